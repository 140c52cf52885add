/**
 * Instructions: what the units of a core can be told to do.
 * Objects here are the readable form, used by builders, text codec and tests; `Program` keeps them as a struct of arrays.
 * Derived from the comparison of published CIM instruction sets; streams are one a unit and direction (docs/architecture.md).
 */

/** The in-order streams of a core. Loads and stores, sends and receives are streams of their own, so that one never blocks the other. */
export const UNITS = ["weightLoad", "weightWrite", "load", "store", "mvm", "vector", "send", "receive"] as const;
/** One in-order stream of a core. */
export type Unit = (typeof UNITS)[number];

/** Address spaces: core-local memory, weight buffer, accumulators (in entries), global buffer, DRAM. All but `acc` in bytes. */
export const SPACES = ["lm", "wb", "acc", "gb", "gm"] as const;
/** One address space. */
export type Space = (typeof SPACES)[number];

/**
 * An address: base + Σ steps[level]·(trip of loop `level`, outermost first); inside a ring it wraps to
 * ring.base + ((address − ring.base) mod ring.bytes).
 */
export interface Address {
  space: Space;
  base: number;
  steps?: number[];
  ring?: { base: number; bytes: number };
}

/** A wait: consumes `count` tokens of a semaphore of this core before the instruction starts. */
export interface Wait {
  semaphore: number;
  count: number;
}

/** A post: adds `count` tokens to a semaphore of a core when the instruction completes. */
export interface Post {
  core: number;
  semaphore: number;
  count: number;
}

/** What every instruction carries. */
export interface Carried {
  waits?: Wait[];
  posts?: Post[];
  /** Index into `Program.tags`: the stage and layer this work belongs to. */
  tag?: number;
}

/**
 * The input vector of an MVM, gathered from memory: `headRows` zero segments, then `segments` segments `segmentStride` bytes apart,
 * each of `parts` parts of `partBytes` bytes `partStride` bytes apart, then `tailRows` zero segments. Zero segments hold
 * `padValue` elements. The array group says which elements of this vector each of its pieces takes.
 */
export interface VectorSource {
  address: Address;
  segments: number;
  segmentStride: number;
  parts: number;
  partBytes: number;
  partStride: number;
  headRows: number;
  tailRows: number;
  padValue: number;
}

/** A two-dimensional block: `rows` rows of `rowBytes`, `stride` bytes from one row's start to the next. */
export interface Block {
  address: Address;
  stride: number;
}

/** Vector operations; numeric meaning is fixed by `params` (a named entry of the program's data). */
export const VECTOR_KINDS = [
  "add",
  "sub",
  "mul",
  "max",
  "min",
  "relu",
  "clip",
  "lut",
  "requant",
  "copy",
  "shiftLeft",
  "shiftRight",
] as const;
/** One vector operation. */
export type VectorKind = (typeof VECTOR_KINDS)[number];

/** Pooling kinds. */
export type PoolKind = "max" | "avg";

/** Every instruction, by opcode. */
export type Instruction = Carried &
  (
    | { op: "WLD"; destination: Address; source: Address; bytes: number; cores: number[] }
    | {
        op: "WWR";
        /** One array, or several written together with the same data (text form: WBC). */
        arrays: number[];
        row0: number;
        rows: number;
        column0: number;
        /** Physical columns. */
        columns: number;
        depth: number;
        source: Address;
        /** Index into `Program.tiles`. */
        tile: number;
        /** First row of the tile this write puts down. */
        tileRow0: number;
      }
    | { op: "WVF"; array: number; row0: number; rows: number }
    | { op: "WSWAP"; array: number }
    | {
        op: "MVM";
        /** Indices into `Program.groups`; several groups take one broadcast input (text form: MVMM). */
        groups: number[];
        source: VectorSource;
        vectors: number;
        /** Bytes from one vector's source to the next. */
        vectorStride: number;
        /** Where each group's results go: `outputs` accumulator entries from here, vector after vector; groups one after another. */
        accumulator: Address;
        accumulate: "set" | "add";
        mode: "normal" | "double" | "dualBroadcast" | "split";
        /** Row-level form (text form: MVMR): only these rows of every piece. */
        rowRange?: { row0: number; rows: number };
      }
    | { op: "ACC.ADD"; destination: Address; a: Address; b: Address; elements: number }
    | {
        op: "ACC.OUT";
        accumulator: Address;
        elements: number;
        destination: Address;
        /** Bits of one result element; packed, starting on a byte. */
        elementBits: number;
        /** Name of requantisation parameters in the program's data, or "raw" for accumulator values. */
        params: string;
      }
    | { op: "RECOVER"; accumulator: Address; elements: number; params: string }
    | {
        op: "VEC";
        kind: VectorKind;
        rows: number;
        rowElements: number;
        elementBits: number;
        destination: Block;
        a: Block;
        b?: Block;
        params: string;
      }
    | {
        op: "POOL";
        kind: PoolKind;
        /** Outputs in a row of the pooled map, made in one instruction. */
        outputs: number;
        channels: number;
        elementBits: number;
        /** Rows and columns of the window that lie inside the map; rows `rowStride` apart (ring), pixels `pixelStride` apart. */
        kernelRows: number;
        kernelColumns: number;
        strideX: number;
        /** Columns of padding left of the first window, and the width of the source row, to clip windows at the edges. */
        padLeft: number;
        width: number;
        rowStride: number;
        pixelStride: number;
        source: Address;
        destination: Block;
        params: string;
      }
    | { op: "CPY"; rows: number; rowBytes: number; destination: Block; source: Block }
    | { op: "FILL"; rows: number; rowBytes: number; destination: Block; value: number; elementBits: number }
    | { op: "LD"; rows: number; rowBytes: number; destination: Block; source: Block }
    | { op: "ST"; rows: number; rowBytes: number; destination: Block; source: Block }
    | { op: "SEND"; cores: number[]; channel: number; rows: number; rowBytes: number; source: Block }
    | { op: "RECV"; core: number; channel: number; rows: number; rowBytes: number; destination: Block }
    | { op: "POST" }
    | { op: "WAIT" }
    | { op: "BAR"; barrier: number; count: number }
    | { op: "MARK"; kind: "partition" | "layer" | "sample" | "phase"; a: number; b: number }
    | { op: "LOOP"; trips: number }
    | { op: "ENDL" }
    | { op: "HALT" }
  );

/** The name of an instruction. */
export type Opcode = Instruction["op"];

/** Every opcode, in the order of its binary code. */
export const OPCODES = [
  "WLD",
  "WWR",
  "WVF",
  "WSWAP",
  "MVM",
  "ACC.ADD",
  "ACC.OUT",
  "RECOVER",
  "VEC",
  "POOL",
  "CPY",
  "FILL",
  "LD",
  "ST",
  "SEND",
  "RECV",
  "POST",
  "WAIT",
  "BAR",
  "MARK",
  "LOOP",
  "ENDL",
  "HALT",
] as const satisfies readonly Opcode[];

/** The units each opcode may stand in; opcodes not listed may stand in any. */
export const UNIT_OF: Readonly<Partial<Record<Opcode, Unit>>> = {
  WLD: "weightLoad",
  WWR: "weightWrite",
  WVF: "weightWrite",
  WSWAP: "weightWrite",
  MVM: "mvm",
  "ACC.ADD": "vector",
  "ACC.OUT": "vector",
  RECOVER: "vector",
  VEC: "vector",
  POOL: "vector",
  CPY: "vector",
  FILL: "vector",
  LD: "load",
  ST: "store",
  SEND: "send",
  RECV: "receive",
};

/** An instruction of one opcode. */
export type InstructionOf<Op extends Opcode> = Extract<Instruction, { op: Op }>;

/** Deepest loop nest of a stream. */
export const MAX_LOOP_DEPTH = 8;
