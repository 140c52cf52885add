/** Episodes: the steps random legal programs are made of, and the small chip they are for. */
import type { Limits } from "../../src/isa/index.js";

/** The limits of the small chip these programs are for. */
export const smallLimits: Limits = {
  chipName: "small",
  structureDigest: "0123456789abcdef",
  cores: 2,
  arraysPerCore: 4,
  rows: 16,
  columns: 16,
  depth: 2,
  cellBits: 2,
  railsPerCell: 1,
  doubleBanked: false,
  broadcast: true,
  inputsFrom: "lm",
  weightsFrom: "wb",
  outputsTo: "lm",
  localMemoryBytes: 4096,
  weightBufferBytes: 1024,
  globalBufferBytes: 4096,
  dramBytes: 65536,
  accumulatorEntries: 64,
  accumulatorBits: 32,
  semaphores: 16,
  weightBits: [4, 8],
  inputBits: [4, 8],
  modes: ["normal"],
  network: "bus",
};

/** A tile written into arrays, then used inside up to two loops. */
export interface ComputeEpisode {
  kind: "compute";
  core: number;
  array: number;
  /** Arrays written together; the first one computes. */
  copies: number;
  rows: number;
  outputs: number;
  depth: number;
  weightBits: 4 | 8;
  inputBits: 4 | 8;
  vectors: number;
  /** Trips of the loops, outermost first. */
  loops: number[];
  /** Whether the tile is written in two parts, and verified. */
  split: boolean;
  verify: boolean;
  relu: boolean;
  rowRange: boolean;
}

/** Messages from one core to the other. */
export interface MessageEpisode {
  kind: "message";
  from: number;
  count: number;
  bytes: number;
  channel: number;
  /** Whether the receiver writes its RECVs out instead of looping. */
  unrolled: boolean;
}

/** Both cores meet. */
export interface BarrierEpisode {
  kind: "barrier";
}

/** One step of a random program. */
export type Episode = ComputeEpisode | MessageEpisode | BarrierEpisode;
