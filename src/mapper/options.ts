/** Options of a mapping, with their defaults. */
import type { Precision } from "../hardware/index.js";
import type { CostFunction, MvmPer, Pipeline } from "../mapping/index.js";
import type { Generation } from "./compass/genetic.js";
import type { Objective } from "./compass/objective.js";
import type { UnitRule } from "./compass/search-unit.js";
import type { ReplicationRule } from "./replication.js";

/** What a caller may choose. */
export interface MapOptions {
  /** Name of a strategy (default `greedy`). */
  strategy?: string;
  /** Samples (default 1). */
  batch?: number;
  /** Most samples of a batch whose rows are ordered together, in all partitions (default 4, fewer in some of a large network; a divisor of the batch is taken). */
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
  /** Rows a ring holds beyond one window (default 4; lowered where the local memory is short). */
  spareRows?: number;
  /** What one MVM drives: all arrays of a unit, or those of one of its row blocks (default `unit`). */
  mvmPer?: MvmPer;
  /** When a layer starts on its producer's sample: as soon as its window is there, or when the sample is finished (default `window`). */
  pipeline?: Pipeline;
  /** Whether weights are loaded into the weight buffers while the cores still compute with others (default true). */
  prefetchWeights?: boolean;
  /** Whether one weight read may feed several cores (default true; a mesh never does). */
  weightMulticast?: boolean;
  /** How layers are cut into units: `two-dimensional` (default), or `columns`, which refuses columns taller than a core. */
  unitRule?: UnitRule;
  /** When replication stops (default `chip-full`). */
  replication?: ReplicationRule;
  /** Strategies that search: what a partition costs; they refuse to work without. */
  cost?: CostFunction;
  /** What they make small (default latency). */
  objective?: Objective;
  /** Genetic search: seed (default "1"), groups in a generation (default 100), generations (default 30). */
  seed?: string;
  population?: number;
  generations?: number;
  /** Whether it stops where the best no longer improves (default false). */
  earlyStop?: boolean;
  /** Told after every generation. */
  onGeneration?: (generation: Generation) => void;
}
