/** Any instruction that needs no weights. */
import fc from "fast-check";
import type { Instruction } from "../../../src/isa/index.js";
import { VECTOR_KINDS } from "../../../src/isa/index.js";

const bytes = fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 90 }) }, fc.integer({ min: 1, max: 900 }));
const rows = fc.integer({ min: 1, max: 9 });
/** An address. */
export const base = fc.integer({ min: 0, max: 300 });
const far = fc.constantFrom<"gm" | "gb">("gm", "gb");
/** A block of a memory. */
export const area = (space: "lm" | "gb" | "gm", at: number, stride: number) => ({
  address: { space, base: at },
  stride,
});

/** A block of rows without a gap, or with one. */
const block = fc
  .tuple(rows, fc.integer({ min: 1, max: 60 }), fc.constantFrom(0, 0, 5, 40), base)
  .map(([count, rowBytes, gap, at]) => ({ count, rowBytes, stride: rowBytes + gap, at }));

/** Transfers: loads, stores, messages. */
export const transfers: fc.Arbitrary<Instruction>[] = [
  fc.tuple(far, block, base).map(
    ([space, b, to]): Instruction => ({
      op: "LD",
      rows: b.count,
      rowBytes: b.rowBytes,
      destination: area("lm", to, b.rowBytes),
      source: area(space, b.at, b.stride),
    }),
  ),
  fc.tuple(far, block, base).map(
    ([space, b, from]): Instruction => ({
      op: "ST",
      rows: b.count,
      rowBytes: b.rowBytes,
      destination: area(space, b.at, b.stride),
      source: area("lm", from, b.rowBytes),
    }),
  ),
  fc.tuple(block, fc.nat({ max: 3 })).map(
    ([b, to]): Instruction => ({
      op: "SEND",
      cores: [to],
      channel: 0,
      rows: b.count,
      rowBytes: b.rowBytes,
      source: area("lm", b.at, b.stride),
    }),
  ),
  fc.tuple(block, fc.nat({ max: 3 })).map(
    ([b, from]): Instruction => ({
      op: "RECV",
      core: from,
      channel: 0,
      rows: b.count,
      rowBytes: b.rowBytes,
      destination: area("lm", b.at, b.stride),
    }),
  ),
  fc.tuple(far, bytes, base, fc.integer({ min: 1, max: 4 })).map(
    ([space, size, at, cores]): Instruction => ({
      op: "WLD",
      destination: { space: "wb", base: 0 },
      source: { space, base: at },
      bytes: size,
      cores: Array.from({ length: cores }, (_, core) => core),
    }),
  ),
];

/** Work of the vector unit. */
export const vectors: fc.Arbitrary<Instruction>[] = [
  block.map(
    (b): Instruction => ({
      op: "CPY",
      rows: b.count,
      rowBytes: b.rowBytes,
      destination: area("lm", 512, b.rowBytes),
      source: area("lm", b.at, b.stride),
    }),
  ),
  block.map(
    (b): Instruction => ({
      op: "FILL",
      rows: b.count,
      rowBytes: b.rowBytes,
      destination: area("lm", b.at, b.stride),
      value: 0,
      elementBits: 8,
    }),
  ),
  fc
    .record({
      kind: fc.constantFrom(...VECTOR_KINDS),
      rows,
      elements: bytes,
      bits: fc.constantFrom(4, 8, 32),
      b: fc.boolean(),
    })
    .map(
      (v): Instruction => ({
        op: "VEC",
        kind: v.kind,
        rows: v.rows,
        rowElements: v.elements,
        elementBits: v.bits,
        destination: area("lm", 0, 64),
        a: area("lm", 64, 64),
        ...(v.b ? { b: area("lm", 128, 64) } : {}),
        params: "p",
      }),
    ),
  fc.tuple(bytes, base).map(
    ([elements, at]): Instruction => ({
      op: "ACC.ADD",
      destination: { space: "lm", base: at },
      a: { space: "lm", base: 0 },
      b: { space: "lm", base: 512 },
      elements,
    }),
  ),
  fc
    .tuple(bytes, fc.constantFrom<"lm" | "gb" | "gm">("lm", "gb", "gm"), base, fc.constantFrom(3, 4, 8), fc.boolean())
    .map(
      ([elements, space, at, elementBits, raw]): Instruction => ({
        op: "ACC.OUT",
        accumulator: { space: "acc", base: 0 },
        elements,
        destination: { space, base: at },
        elementBits,
        params: raw ? "raw" : "p",
      }),
    ),
  bytes.map(
    (elements): Instruction => ({ op: "RECOVER", accumulator: { space: "acc", base: 0 }, elements, params: "p" }),
  ),
  fc
    .record({
      outputs: rows,
      channels: bytes,
      bits: fc.constantFrom(4, 8),
      kernelRows: fc.integer({ min: 1, max: 3 }),
      kernelColumns: fc.integer({ min: 1, max: 3 }),
    })
    .map(
      ({ outputs, channels, bits, kernelRows, kernelColumns }): Instruction => ({
        op: "POOL",
        kind: "max",
        outputs,
        channels,
        elementBits: bits,
        kernelRows,
        kernelColumns,
        strideX: 1,
        padLeft: 0,
        width: 12,
        rowStride: 64,
        pixelStride: 8,
        source: { space: "lm", base: 0 },
        destination: area("lm", 512, 8),
        params: "p",
      }),
    ),
];

/** What only synchronises. */
export const sync: fc.Arbitrary<Instruction>[] = [
  fc.constant({ op: "POST" }),
  fc.constant({ op: "WAIT" }),
  fc.constant({ op: "BAR", barrier: 0, count: 1 }),
];
