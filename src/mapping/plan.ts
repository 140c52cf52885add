/**
 * PartitionPlan: what a cost function sees of one partition before there is a Mapping: sizes, replicas, placement and traffic, no times.
 * Made by the planner of `mapper` while it searches, or read off a finished Mapping by `analytical`; a mapper that optimises is handed
 * its cost as a function of it, so that it need not know any estimate.
 */

/** One matrix layer of a partition, or the part of it whose units lie there. */
export interface PlannedLayer {
  /** Layer id. */
  layer: number;
  /** Bits of its input elements. */
  inputBits: number;
  /** Output windows of one sample. */
  windows: number;
  replicas: number;
  /** Windows of the busiest replica: rows are dealt out whole. */
  windowsPerReplica: number;
  /** Windows its consumers in the partition need before the first of theirs; 0 without such a consumer. */
  windowsBeforeConsumer: number;
  /** Of one replica: array groups (row blocks) one window drives, array slots, weight cells, physical columns of all tiles. */
  groups: number;
  slots: number;
  cells: number;
  columns: number;
}

/** One core that holds units of a partition. */
export interface PlannedCore {
  core: number;
  /** Array slots its port writes one after another: replicas of a unit once where the port broadcasts. */
  slotsWritten: number;
  /** Array groups one window of each layer drives here, replicas added up, in the order of `PartitionPlan.layers`. */
  groups: number[];
}

/** One partition as far as its cost depends on it. */
export interface PartitionPlan {
  /** Units [unit0, unit1) of the decomposition. */
  unit0: number;
  unit1: number;
  layers: PlannedLayer[];
  cores: PlannedCore[];
  /** Bytes of distinct weights, and of weights as they arrive in the cores (a unit once a core). */
  weightBytes: number;
  receivedWeightBytes: number;
  /** Rows and cells written, all replicas. */
  rowsWritten: number;
  cellsWritten: number;
  /** Bytes of one sample read from and written to memory, partial sums across cuts included. */
  loadBytes: number;
  storeBytes: number;
  /** Of these, partial sums of slices that other partitions have a part of. */
  partialLoadBytes: number;
  partialStoreBytes: number;
  /** Bytes of one sample of tensors that stay inside, and of all results made. */
  innerBytes: number;
  resultBytes: number;
}

/** What a partition costs. */
export interface PartitionCost {
  cycles: number;
  energyPj: number;
}

/** A cost function, pure in its plan: what a search calls again and again. */
export type CostFunction = (plan: PartitionPlan) => PartitionCost;
