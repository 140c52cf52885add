/** Random small programs that always end: every stream posts to the next unit's semaphore at least as often as that waits. */
import fc from "fast-check";
import type { ArrayGroup, Instruction, Program, Unit } from "../../src/isa/index.js";
import { at, block, group, mvm, piece, program, wwr } from "./fixtures.js";

export const groups: ArrayGroup[] = [
  group([piece()]),
  group([
    piece({ array: 1, rows: 40, columns: 12, outputs: 6 }),
    piece({ array: 2, inputElement0: 20, rows: 10, columns: 7 }),
  ]),
];

const size = fc.integer({ min: 1, max: 50 });
const far = fc.constantFrom<"gm" | "gb">("gm", "gb");

/** Instructions of each unit. */
const work: Partial<Record<Unit, fc.Arbitrary<Instruction>>> = {
  load: fc.tuple(far, size, size, fc.boolean()).map(
    ([space, rows, rowBytes, apart]): Instruction => ({
      op: "LD",
      rows: (rows % 5) + 1,
      rowBytes,
      destination: block("lm", rowBytes),
      source: block(space, apart ? 64 : rowBytes),
    }),
  ),
  store: fc.tuple(far, size).map(
    ([space, rowBytes]): Instruction => ({
      op: "ST",
      rows: 1,
      rowBytes,
      destination: block(space, rowBytes),
      source: block("lm", rowBytes),
    }),
  ),
  weightLoad: fc.tuple(far, size).map(
    ([space, bytes]): Instruction => ({
      op: "WLD",
      destination: at("wb"),
      source: at(space),
      bytes,
      cores: [0, 1],
    }),
  ),
  weightWrite: fc.oneof(
    fc
      .tuple(size, fc.constantFrom<number[]>([0], [0, 1]))
      .map(([rows, arrays]): Instruction => wwr({ rows: (rows % 9) + 1, arrays })),
    size.map((rows): Instruction => ({ op: "WVF", array: 0, row0: 0, rows })),
  ),
  mvm: fc
    .tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 1, max: 4 }), fc.constantFrom("normal", "split"))
    .map(([index, vectors, mode]): Instruction => mvm({ groups: [index], vectors, mode: mode as "normal" | "split" })),
  vector: fc.oneof(
    size.map((elements): Instruction => ({ op: "ACC.ADD", destination: at("lm"), a: at("lm"), b: at("lm"), elements })),
    fc.tuple(size, fc.constantFrom<"lm" | "gb" | "gm">("lm", "gb", "gm")).map(
      ([elements, space]): Instruction => ({
        op: "ACC.OUT",
        accumulator: at("acc"),
        elements,
        destination: at(space),
        elementBits: 4,
        params: "q",
      }),
    ),
  ),
};

const units = Object.keys(work) as Unit[];

/** A stream as a tree: an instruction, or a loop of some. */
type Tree = { trips: number; body: Tree[] } | { leaf: Instruction };

function flatten(trees: Tree[], out: Instruction[] = []): Instruction[] {
  for (const tree of trees) {
    if ("leaf" in tree) out.push(tree.leaf);
    else {
      out.push({ op: "LOOP", trips: tree.trips });
      flatten(tree.body, out);
      out.push({ op: "ENDL" });
    }
  }
  return out;
}

/** The same with every loop written out. */
function unroll(trees: Tree[], out: Instruction[] = []): Instruction[] {
  for (const tree of trees) {
    if ("leaf" in tree) out.push(tree.leaf);
    else for (let trip = 0; trip < tree.trips; trip++) unroll(tree.body, out);
  }
  return out;
}

/** A program with loops, and the same one unrolled by hand. */
export const programs: fc.Arbitrary<{ rolled: Program; unrolled: Program }> = fc
  .tuple(
    ...units.map((unit) =>
      fc.array(fc.tuple(fc.array(work[unit]!, { minLength: 1, maxLength: 3 }), fc.nat(3)), { maxLength: 3 }),
    ),
  )
  .chain((streams) => fc.tuple(fc.constant(streams), fc.integer({ min: 1, max: 3 })))
  .map(([streams, outer]) => {
    const rolled: { core: number; unit: Unit; code: Instruction[] }[] = [];
    const unrolled: typeof rolled = [];
    streams.forEach((loops, index) => {
      const core = index % 2;
      // Every stream carries `outer` tokens on to the next one of the core, after all its own work of that trip.
      const trees: Tree[] = [
        {
          trips: outer,
          body: [
            { leaf: { op: "WAIT", ...(index >= 2 && { waits: [{ semaphore: index, count: 1 }] }) } },
            ...loops.map(([body, trips]): Tree => ({ trips, body: body.map((leaf) => ({ leaf })) })),
            { leaf: { op: "POST", posts: [{ core, semaphore: index + 2, count: 1 }] } },
          ],
        },
      ];
      rolled.push({ core, unit: units[index]!, code: flatten(trees) });
      unrolled.push({ core, unit: units[index]!, code: unroll(trees) });
    });
    return { rolled: program(rolled, groups), unrolled: program(unrolled, groups) };
  });
