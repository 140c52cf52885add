/** The columns a program's graph lies in: lists keep their order while they grow, and no number is cut. */
import { describe, expect, it } from "vitest";
import { Ints, Lists } from "../../src/mapper/emit/columns.js";

function entries(lists: Lists, owner: number): [number, number][] {
  const found: [number, number][] = [];
  for (let at = lists.first(owner); at >= 0; at = lists.next(at)) found.push([lists.a(at), lists.b(at)]);
  return found;
}

describe("columns of the emission graph", () => {
  it("keep every owner's entries in the order they were added, however they are mixed", () => {
    const lists = new Lists();
    const plain = new Map<number, [number, number][]>();
    for (let turn = 0; turn < 3000; turn++) {
      const owner = (turn * turn) % 211;
      lists.add(owner, turn, 3 - turn);
      plain.set(owner, [...(plain.get(owner) ?? []), [turn, 3 - turn]]);
    }
    expect(lists.length).toBe(3000);
    for (let owner = 0; owner < 300; owner++) expect(entries(lists, owner)).toEqual(plain.get(owner) ?? []);
  });

  it("change an entry in its place", () => {
    const lists = new Lists();
    for (const a of [5, 6, 7]) lists.add(2, a, 0);
    lists.set(lists.next(lists.first(2)), 60, 1);
    expect(entries(lists, 2)).toEqual([
      [5, 0],
      [60, 1],
      [7, 0],
    ]);
  });

  it("hold large counts as doubles, and refuse to cut them to 32 bits", () => {
    const wide = new Lists(Float64Array);
    wide.add(0, 1, 2 ** 40);
    expect(entries(wide, 0)).toEqual([[1, 2 ** 40]]);
    expect(() => new Lists().add(0, 1, 2 ** 40)).toThrow(/column/);
    expect(() => new Ints().push(2 ** 31)).toThrow(/column/);
  });
});
