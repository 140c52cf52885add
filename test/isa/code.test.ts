/** Packed code: gives back what was pushed, stays small, counts what runs. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InternalError } from "../../src/base/index.js";
import {
  CodeBuilder,
  dynamicCount,
  FIELDS,
  type Instruction,
  loopsOf,
  OPCODES,
  packCode,
} from "../../src/isa/index.js";
import { anyInstruction, anyInstructionOf } from "./arbitrary.js";

const load: Instruction = {
  op: "LD",
  rows: 3,
  rowBytes: 1792,
  destination: { address: { space: "lm", base: 0, steps: [0, 1792], ring: { base: 0, bytes: 8192 } }, stride: 1792 },
  source: { address: { space: "gm", base: 2 ** 47, steps: [150528, 1792] }, stride: 1792 },
  waits: [{ semaphore: 4, count: 1 }],
  posts: [{ core: 3, semaphore: 2, count: 1 }],
  tag: 5,
};

const multiply: Instruction = {
  op: "MVM",
  groups: [12],
  source: {
    address: { space: "lm", base: 4096, steps: [0, 1792, 16], ring: { base: 4096, bytes: 8192 } },
    segments: 3,
    segmentStride: 1792,
    parts: 1,
    partBytes: 48,
    partStride: 48,
    headRows: 0,
    tailRows: 0,
    padValue: 0,
  },
  vectors: 1,
  vectorStride: 0,
  accumulator: { space: "acc", base: 256 },
  accumulate: "set",
  mode: "normal",
  waits: [{ semaphore: 2, count: 1 }],
  posts: [{ core: 3, semaphore: 3, count: 1 }],
  tag: 5,
};

describe("packed code", () => {
  for (const op of OPCODES)
    it(`gives back what was pushed: ${op}`, () => {
      fc.assert(
        fc.property(fc.array(anyInstructionOf(op), { maxLength: 4 }), (instructions) => {
          const code = packCode(instructions);
          expect(code.length).toBe(instructions.length);
          expect(instructions.map((_, index) => code.at(index))).toStrictEqual(instructions);
        }),
        { numRuns: 40 },
      );
    });

  it("gives back mixed instructions at any index", () => {
    fc.assert(
      fc.property(fc.array(anyInstruction, { maxLength: 30 }), (instructions) => {
        const code = packCode(instructions);
        for (let index = instructions.length - 1; index >= 0; index--) {
          expect(code.at(index)).toStrictEqual(instructions[index]);
          expect(OPCODES[code.opcodeAt(index)]).toBe(instructions[index]!.op);
        }
      }),
    );
  });

  it("leaves out empty lists, absent options and trailing zero steps", () => {
    const code = packCode([
      {
        op: "LD",
        rows: 1,
        rowBytes: 4,
        destination: { address: { space: "lm", base: -0, steps: [0, 4, 0, 0] }, stride: 4 },
        source: { address: { space: "gm", base: 8, steps: [0] }, stride: 4 },
        waits: [],
        posts: [],
      },
    ]);
    expect(code.at(0)).toStrictEqual({
      op: "LD",
      rows: 1,
      rowBytes: 4,
      destination: { address: { space: "lm", base: 0, steps: [0, 4] }, stride: 4 },
      source: { address: { space: "gm", base: 8 }, stride: 4 },
    });
  });

  it("hands out a fresh object every time", () => {
    const code = packCode([load]);
    (code.at(0) as { rows: number }).rows = 99;
    expect(code.at(0)).toStrictEqual(load);
  });

  it("takes at most 60 bytes for a typical instruction", () => {
    for (const instruction of [load, multiply]) {
      const count = 1000;
      const code = packCode(Array.from({ length: count }, () => instruction));
      expect(code.byteLength / count).toBeLessThanOrEqual(60);
    }
  });

  it("keeps the builder usable after finish", () => {
    const builder = new CodeBuilder();
    expect(builder.push(load)).toBe(0);
    const first = builder.finish();
    expect(builder.push(multiply)).toBe(1);
    expect(first.length).toBe(1);
    expect(builder.finish().at(1)).toStrictEqual(multiply);
  });

  it("refuses misshapen instructions and indices as our own fault, and says where", () => {
    const push = (instruction: object) => new CodeBuilder().push(instruction as Instruction);
    expect(() => push({ op: "NOP" })).toThrow(InternalError);
    expect(() => push({ ...load, rows: 1.5 })).toThrow(/LD rows: expected a whole number, got 1.5/);
    expect(() => push({ ...load, source: undefined })).toThrow(/LD source: expected an address/);
    expect(() => push({ ...multiply, mode: "fast" })).toThrow(/MVM mode: expected one of normal/);
    expect(() => packCode([load]).at(1)).toThrow(InternalError);
  });

  it("has no more options an opcode than presence bits", () => {
    for (const fields of FIELDS) expect(fields.filter((f) => "optional" in f).length).toBeLessThanOrEqual(4);
  });
});

describe("loops", () => {
  const post: Instruction = { op: "POST" };
  const loop = (trips: number, ...body: Instruction[]): Instruction[] => [
    { op: "LOOP", trips },
    ...body,
    { op: "ENDL" },
  ];

  it("finds each LOOP's ENDL, trips and depth", () => {
    const code = packCode([...loop(2, post, ...loop(3, post), ...loop(4)), ...loop(5)]);
    expect(loopsOf(code)).toStrictEqual([
      { start: 0, end: 7, trips: 2, depth: 0 },
      { start: 2, end: 4, trips: 3, depth: 1 },
      { start: 5, end: 6, trips: 4, depth: 1 },
      { start: 8, end: 9, trips: 5, depth: 0 },
    ]);
  });

  it("counts what runs, nested loops exactly, without LOOP, ENDL, MARK and HALT", () => {
    const code = packCode([
      post,
      ...loop(2, post, { op: "MARK", kind: "layer", a: 0, b: 0 }, ...loop(3, post, post), post),
      { op: "HALT" },
    ]);
    expect(dynamicCount(code)).toBe(1 + 2 * (1 + 3 * 2 + 1));
  });

  it("refuses loops that do not match", () => {
    expect(() => loopsOf(packCode([{ op: "ENDL" }]))).toThrow(/ENDL #0 without LOOP/);
    expect(() => loopsOf(packCode([{ op: "LOOP", trips: 2 }]))).toThrow(/LOOP #0 without ENDL/);
  });
});
