/** Options of a mapping, with their defaults. */
import type { Precision } from "../hardware/index.js";

/** What a caller may choose. */
export interface MapOptions {
  /** Name of a strategy (default `greedy`). */
  strategy?: string;
  /** Samples (default 1). */
  batch?: number;
  /** Most samples of a batch whose rows are ordered together (default 4, fewer in large networks; a divisor of the batch is taken). */
  samplesPerRound?: number;
  /** Widths of tensors and weights that state none (default the chip's). */
  precision?: Precision;
  /** Whether layers get replicas while the chip has room (default true). */
  replicate?: boolean;
  /** Whether matrix layers may take their input from the producer core directly (default true). */
  stream?: boolean;
  /** Most vectors of one MVM (default as many as fit the accumulators). */
  vectorsPerMvm?: number;
  /** Parts the accumulators are divided into (default 4, or 2 where that is too small). */
  accumulatorBuffers?: number;
  /** Rows a ring holds beyond one window (default 2; lowered where the local memory is short). */
  spareRows?: number;
  /** Whether one weight read may feed several cores (default true; a mesh never does). */
  weightMulticast?: boolean;
}
