/** One instruction of any opcode alone on any small chip, with what must come before it: a message to take, a tile to compute with. */
import fc from "fast-check";
import type { Chip } from "../../../src/hardware/index.js";
import type { ArrayGroup, Instruction, Piece, Program, Unit } from "../../../src/isa/index.js";
import { UNIT_OF } from "../../../src/isa/index.js";
import { group, mvm, piece, wwr } from "../../analytical/fixtures.js";
import { builderFor } from "../lab.js";
import { anyChip } from "./chips.js";
import { area, base, sync, transfers, vectors } from "./instructions.js";

/** The instruction, the core it is on, the array groups, and how many ticks of other work stand before it. */
export interface Case {
  chip: Chip;
  instruction: Instruction;
  core: number;
  groups: ArrayGroup[];
  before: number;
}

const weightsFrom = fc.constantFrom<"wb" | "gb" | "gm">("wb", "gb", "gm");

/** A write of one or more arrays, a verification, a swap. */
function writesOf(chip: Chip): fc.Arbitrary<Instruction>[] {
  const { arrays } = chip.core;
  const writes: fc.Arbitrary<Instruction>[] = [
    fc
      .record({
        rows: fc.integer({ min: 1, max: arrays.rows }),
        columns: fc.integer({ min: 1, max: arrays.columns }),
        space: weightsFrom,
        at: base,
        which: fc.uniqueArray(fc.nat({ max: 3 }), { minLength: 1, maxLength: 3 }),
      })
      .map(
        (w): Instruction =>
          wwr({ arrays: w.which, rows: w.rows, columns: w.columns, source: { space: w.space, base: w.at } }),
      ),
    fc
      .integer({ min: 1, max: arrays.rows })
      .map((count): Instruction => ({ op: "WVF", array: 0, row0: 0, rows: count })),
  ];
  if (arrays.write.doubleBanked) writes.push(fc.constant({ op: "WSWAP", array: 1 }));
  return writes;
}

/** One to three pieces: in arrays of their own, or two side by side in one. */
function piecesOf(chip: Chip): fc.Arbitrary<Piece[]> {
  const { rows: height, columns: width } = chip.core.arrays;
  const one = fc.record({
    rows: fc.integer({ min: 1, max: height }),
    columns: fc.integer({ min: 1, max: width }),
    inputElement0: fc.nat({ max: 20 }),
    down: fc.nat({ max: 8 }),
  });
  return fc.tuple(fc.array(one, { minLength: 1, maxLength: 3 }), fc.boolean()).map(([list, together]) =>
    list.map(({ rows: wanted, columns, inputElement0, down }, index) => {
      const half = together && index < 2;
      const row0 = Math.min(down, height - 1);
      const taken = half ? Math.max(1, Math.floor(columns / 2)) : columns;
      return piece({
        array: together ? Math.max(0, index - 1) : index,
        row0,
        rows: Math.min(wanted, height - row0),
        column0: together && index === 1 ? Math.floor(width / 2) : 0,
        columns: taken,
        depth: 0,
        tile: index,
        inputElement0,
        output0: 0,
        outputs: Math.max(1, Math.floor(taken / 2)),
      });
    }),
  );
}

function multiplications(chip: Chip): fc.Arbitrary<{ instruction: Instruction; groups: ArrayGroup[] }> {
  return fc
    .record({
      pieces: piecesOf(chip),
      vectors: fc.integer({ min: 1, max: 6 }),
      mode: fc.constantFrom("normal" as const, "double" as const, "dualBroadcast" as const, "split" as const),
      space: fc.constantFrom<"lm" | "gb" | "gm">("lm", "gb", "gm"),
      at: base,
      inputBits: fc.constantFrom(4, 8),
      range: fc.option(fc.tuple(fc.nat({ max: 70 }), fc.integer({ min: 1, max: 64 })), { nil: undefined }),
      twoGroups: fc.boolean(),
      stride: fc.integer({ min: 1, max: 100 }),
    })
    .map((m) => {
      const first = m.pieces[0]!;
      const rowRange = m.range && { row0: first.row0 + (m.range[0] % first.rows), rows: m.range[1] };
      const split = m.twoGroups && m.pieces.length > 1;
      const parts = split ? [m.pieces.slice(0, 1), m.pieces.slice(1)] : [m.pieces];
      const instruction = mvm({
        groups: parts.map((_, index) => index),
        source: { ...mvm().source, address: { space: m.space, base: m.at }, partBytes: 100 },
        vectors: m.vectors,
        vectorStride: m.stride,
        mode: m.mode,
        ...(rowRange && { rowRange }),
      });
      return { instruction, groups: parts.map((list) => group(list, { inputBits: m.inputBits, inputs: 100 })) };
    });
}

/** Any instruction on any chip. */
export const anyCase: fc.Arbitrary<Case> = fc
  .tuple(anyChip, fc.nat({ max: 3 }), fc.nat({ max: 9 }))
  .chain(([chip, core, before]) => {
    const plain = fc
      .oneof(...transfers, ...vectors, ...sync, ...writesOf(chip))
      .map((instruction) => ({ instruction, groups: [] as ArrayGroup[] }));
    return fc
      .oneof({ weight: 3, arbitrary: plain }, { weight: 1, arbitrary: multiplications(chip) })
      .map(({ instruction, groups }) => suited({ chip, instruction, core, groups, before }));
  });

/** Nothing must stand in its own way, and a mesh takes one destination. */
function suited(given: Case): Case {
  const { chip, instruction, core } = given;
  if (["CPY", "VEC", "ACC.ADD", "POOL"].includes(instruction.op))
    // Reads and writes the same memory: with one port or bank for both it would wait for itself, which no form knows.
    Object.assign(chip.core.localMemory, { readPorts: 1, writePorts: 1, banks: 1 });
  for (const each of given.groups) each.core = core;
  if (instruction.op === "WLD" && chip.network.kind === "mesh") instruction.cores = [instruction.cores.at(-1)!];
  if (instruction.op === "SEND" && instruction.cores[0] === core) instruction.cores = [(core + 1) % 4];
  if (instruction.op === "RECV" && instruction.core === core) instruction.core = (core + 1) % 4;
  return given;
}

/** The stream a case's instruction is the last of. */
export function unitOf(instruction: Instruction): Unit {
  return UNIT_OF[instruction.op] ?? "load";
}

/** The program: other work in the same stream, whatever must come first, then the instruction. */
export function programFor({ chip, instruction, core, groups, before }: Case): Program {
  const builder = builderFor(chip);
  const tile = (rowCount: number, columns: number) =>
    builder.tile({
      name: "t",
      layer: 0,
      row0: 0,
      rows: rowCount,
      column0: 0,
      columns,
      group0: 0,
      groups: 1,
      weightBits: 4,
      columnsPerWeight: 2,
      address: 0,
      rowBytes: columns,
    });
  const pieces = groups.flatMap((each) => each.pieces);
  for (const each of pieces) tile(each.rows, each.columns);
  if (pieces.length === 0) tile(chip.core.arrays.rows, chip.core.arrays.columns);
  for (const each of groups) builder.group(each);
  const stream = builder.stream(core, unitOf(instruction));
  for (let tick = 0; tick < before; tick++) stream.push({ op: "POST" });
  const post = (semaphore: number) => ({ posts: [{ core, semaphore, count: 1 }] });
  const { doubleBanked } = chip.core.arrays.write;
  let tokens = 0;
  if (instruction.op === "MVM") {
    const writes = builder.stream(core, "weightWrite");
    for (const each of pieces) {
      const { array, row0, rows: count, column0, columns } = each;
      writes.push(
        wwr({ arrays: [array], row0, rows: count, column0, columns, tile: each.tile, ...post(doubleBanked ? 2 : 0) }),
      );
      tokens++;
    }
    if (doubleBanked) {
      writes.push({ op: "WAIT", waits: [{ semaphore: 2, count: tokens }] });
      tokens = 0;
      for (const array of new Set(pieces.map((each) => each.array))) {
        writes.push({ op: "WSWAP", array, ...post(0) });
        tokens++;
      }
    }
  }
  if (instruction.op === "RECV") {
    const { rows: count, rowBytes } = instruction;
    const source = area("lm", 0, rowBytes);
    builder
      .stream(instruction.core, "send")
      .push({ op: "SEND", cores: [core], channel: 0, rows: count, rowBytes, source });
  }
  if (instruction.op === "SEND") {
    const { rows: count, rowBytes } = instruction;
    const destination = area("lm", 0, rowBytes);
    builder
      .stream(instruction.cores[0]!, "receive")
      .push({ op: "RECV", core, channel: 0, rows: count, rowBytes, destination, waits: [{ semaphore: 1, count: 1 }] });
    const take = { core: instruction.cores[0]!, semaphore: 1, count: 1 };
    stream.push({ ...instruction, posts: [take] });
  } else stream.push(tokens > 0 ? { ...instruction, waits: [{ semaphore: 0, count: tokens }] } : instruction);
  return builder.build();
}

/** Streams in the order of a program. */
export function streamOf(program: Program, core: number, unit: Unit): number {
  return program.streams.findIndex((stream) => stream.core === core && stream.unit === unit);
}
