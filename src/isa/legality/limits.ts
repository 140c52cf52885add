/**
 * Limits: what of a chip decides whether a program is legal on it.
 * A plain struct, so that this room needs no other; a higher room fills it from a Chip.
 */
import type { InstructionOf, Space } from "../instruction.js";

/** What a chip allows a program. */
export interface Limits {
  chipName: string;
  /** Digest of the chip's structure; a program carries the one it was made for. */
  structureDigest: string;
  cores: number;
  arraysPerCore: number;
  /** Rows and physical columns of an array, and weights behind each multiplier. */
  rows: number;
  columns: number;
  depth: number;
  cellBits: number;
  /** Rails a cell drives: with 2 a column can make two results. */
  railsPerCell: 1 | 2;
  doubleBanked: boolean;
  /** Whether one write may go to several arrays. */
  broadcast: boolean;
  /** Memories an array takes inputs and weights from, and puts results to. */
  inputsFrom: Space;
  weightsFrom: Space;
  outputsTo: Space;
  localMemoryBytes: number;
  /** 0 where the chip has none; likewise below. */
  weightBufferBytes: number;
  globalBufferBytes: number;
  dramBytes: number;
  accumulatorEntries: number;
  accumulatorBits: number;
  /** Semaphores a core has. */
  semaphores: number;
  weightBits: readonly number[];
  inputBits: readonly number[];
  modes: readonly InstructionOf<"MVM">["mode"][];
  network: "bus" | "mesh";
}

/** Most tokens a semaphore can hold. */
export const MOST_TOKENS = 65535;

/** Bytes of a memory, or entries of the accumulators. */
export function sizeOf(space: Space, limits: Limits): number {
  switch (space) {
    case "lm":
      return limits.localMemoryBytes;
    case "wb":
      return limits.weightBufferBytes;
    case "acc":
      return limits.accumulatorEntries;
    case "gb":
      return limits.globalBufferBytes;
    case "gm":
      return limits.dramBytes;
  }
}

/** What people call a space. */
export const SPACE_NAMES: Readonly<Record<Space, string>> = {
  lm: "local memory",
  wb: "weight buffer",
  acc: "accumulators",
  gb: "global buffer",
  gm: "DRAM",
};
