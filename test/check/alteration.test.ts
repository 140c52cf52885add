/**
 * Every single alteration of a trace is caught: one field of one row, a row lost or doubled, a cause put to another hold of the same end, one value of
 * the footer. A table at the end says which law fired how often; every law must have fired.
 */
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { randomStream, uniformInt } from "../../src/base/index.js";
import { check, LAWS, type LawName } from "../../src/check/index.js";
import type { Chip } from "../../src/hardware/index.js";
import type { Program } from "../../src/isa/index.js";
import { legalProgram } from "../isa/legal.js";
import { anySmallChip, forChip } from "../machine/chips.js";
import { run } from "../machine/lab.js";
import { ALTERATIONS } from "./alter.js";
import { hands } from "./programs.js";

const PAIRS = Number(process.env["WORDLINE_ALTERED"] ?? 12);

const names = Object.keys(LAWS) as LawName[];
const fired = new Map<string, Map<LawName, number>>();

/** Applies every alteration `times` times at random rows; returns those that went unseen. */
function unseen(program: Program, chip: Chip, seed: string, times: number): string[] {
  const { table } = run(program, chip);
  const draw = randomStream(seed, "alterations");
  const missed: string[] = [];
  for (const { name, apply } of ALTERATIONS)
    for (let time = 0; time < times; time++) {
      const spoilt = apply(table, (count) => uniformInt(draw, 0, count - 1));
      if (!spoilt) continue;
      const { violationCounts } = check(spoilt, program, chip);
      const laws = Object.keys(violationCounts) as LawName[];
      if (laws.length === 0) missed.push(`${name} (seed ${seed})`);
      const row = fired.get(name) ?? new Map<LawName, number>();
      for (const law of laws) row.set(law, (row.get(law) ?? 0) + 1);
      fired.set(name, row);
    }
  return missed;
}

describe("a single alteration is caught", () => {
  for (const { name, program, chip } of hands)
    it(`in the hand program "${name}"`, () => {
      expect(unseen(program, chip, name, 2)).toEqual([]);
    });

  it(`in ${PAIRS} random programs`, () => {
    const pairs = fc.sample(fc.tuple(legalProgram, anySmallChip), { seed: 20, numRuns: PAIRS });
    const missed = pairs.flatMap(([legal, chip], index) => unseen(forChip(legal, chip), chip, `pair ${index}`, 1));
    expect(missed).toEqual([]);
  });

  it("and every law fires", () => {
    const seen = new Set([...fired.values()].flatMap((row) => [...row.keys()]));
    expect(names.filter((law) => !seen.has(law))).toEqual([]);
  });

  afterAll(() => {
    const rows = [...fired].map(([name, row]) => [name, ...names.map((law) => `${row.get(law) ?? ""}`)]);
    const widths = ["alteration", ...names].map((title, column) =>
      Math.max(title.length, ...rows.map((row) => row[column]!.length)),
    );
    const line = (cells: string[]): string => cells.map((cell, column) => cell.padEnd(widths[column]!)).join("  ");
    console.log([["alteration", ...names], ...rows].map(line).join("\n"));
  });
});
