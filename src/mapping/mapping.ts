/**
 * The Mapping: what goes where and in what order, as a plain value that can be saved and read again.
 * Made by a strategy of `mapper`, checked by `checkMapping`, read by the code emitter and by the estimate.
 * Invariants: partitions stand in the order they run; tiles, tensors and layers are referred to by index or id, never by object.
 */
import type { Precision } from "../hardware/index.js";

/** Format name and version of the text form. */
export const MAPPING_FORMAT = "wordline-mapping";
/** Version of the text form; a reader refuses any other. */
export const MAPPING_VERSION = 3;

/** A block of a layer's weight matrix that takes one array slot (an array at one depth level). */
export interface MappedTile {
  name: string;
  /** Layer id. */
  layer: number;
  /** First matrix row and column (inside matrix group `group0`), and size in weights. */
  row0: number;
  rows: number;
  column0: number;
  columns: number;
  /** Block-diagonal packing: `groups` matrix groups from `group0` along the diagonal; 1 for a dense tile. */
  group0: number;
  groups: number;
  weightBits: number;
  columnsPerWeight: number;
  /** Byte address of the tile's data in DRAM, row after row, each `rowBytes` long. */
  address: number;
  rowBytes: number;
}

/** One tile in one array slot. */
export interface MappedPiece {
  array: number;
  depth: number;
  /** Index into `Mapping.tiles`. */
  tile: number;
  /** First element of the unit's input vector that array row 0 takes. */
  inputElement0: number;
  /** First result that array column 0 makes. */
  output0: number;
}

/** Pieces driven in lockstep by one MVM; a slice with more tiles than distinct arrays takes several steps. */
export interface MappedStep {
  accumulate: "set" | "add";
  pieces: MappedPiece[];
}

/** The share of a slice that one core computes: all matrix rows, or a chunk of them. */
export interface MappedPart {
  core: number;
  /** Matrix rows [row0, row0 + rows). */
  row0: number;
  rows: number;
  /** The part of the window it reads: kernel rows [kernelRow0, +kernelRows) and channels [channel0, +channels) of the input. */
  kernelRow0: number;
  kernelRows: number;
  channel0: number;
  channels: number;
  steps: MappedStep[];
}

/** One replica of a slice; `parts[0]` is the owner, which adds the partial sums of the others and makes the results. */
export interface MappedCopy {
  parts: MappedPart[];
}

/** Output channels made together: stored as one slice of the tensor. */
export interface MappedSlice {
  channel0: number;
  channels: number;
  /** Replica r makes the final rows y with y mod replicas = r. */
  copies: MappedCopy[];
  /** Vector layers only: slices of a later pass run after those of earlier ones and reuse their local memory. */
  pass: number;
  /**
   * The slice's matrix rows are spread over several partitions and this is not the last of them: its raw sums go to
   * `Mapping.partialSums[sumsTo]`, and nothing else is made of them here. −1 elsewhere.
   */
  sumsTo: number;
  /** Not the first of such partitions: the raw sums `Mapping.partialSums[sumsFrom]` are added to its own. −1 elsewhere. */
  sumsFrom: number;
}

/** Raw sums of one slice so far, on their way from one partition to the next that has rows of it: height × width × channels, without gaps. */
export interface MappedSums {
  /** Layer id of the head, whose rows these are. */
  layer: number;
  channel0: number;
  channels: number;
  /** The partition that makes them, and the one that adds them up. */
  from: number;
  to: number;
  height: number;
  width: number;
  /** Bits of one sum: the chip's accumulators, so that nothing is lost. */
  bits: number;
  /** Byte address of sample 0 in memory; further samples lie a frame (`sampleStride` of the tensors) apart. */
  address: number;
  pixelBytes: number;
}

/** What a layer does in one partition, with its fused followers. */
export interface MappedLayer {
  /** Layer id and name of the head: a matrix layer, or a vector layer that runs by itself. */
  layer: number;
  name: string;
  kind: "matrix" | "vector";
  /** Ids of the layers applied to the head's rows before they leave the core, in order. */
  fused: number[];
  /** Tensor that leaves the core: the output of the last fused layer, or of the head. */
  output: number;
  replicas: number;
  /** Vertical strips the final rows are cut into where full-width rows do not fit the local memory; 1 for none. */
  strips: number;
  /** Rows a ring holds beyond those of one window, so that the next rows arrive while this one is computed. */
  spareRows: number;
  /** By core: how many instead where the core's memory has no room for as many. */
  spareRowsOn: Record<string, number>;
  /** Most vectors of one MVM, so that `accumulatorBuffers` chunks of results fit. */
  vectorsPerMvm: number;
  slices: MappedSlice[];
  /** Whether the output is written to memory (it has a consumer there, or is a network output). */
  stored: boolean;
}

/** Why a tensor takes the way through memory. */
export type SpillReason =
  | "partition" // consumer in another partition
  | "network" // input or output of the network
  | "vector-consumer" // the consumer is a vector layer, and a stream is not possible or costs time
  | "second-stream" // another layer takes the tensor as a stream, and a second one costs time
  | "strips" // producer or consumer works in strips
  | "local-memory" // the ring did not fit
  | "sample-pipeline" // the consumer starts when the whole sample is there
  | "streaming-off"; // switched off by option

/** One way a tensor takes from its producer to a consumer inside a partition (or into it). */
export interface MappedEdge {
  tensor: number;
  /** Head layer id of the producer, −1 for the network's input. */
  from: number;
  /** Head layer id of the consumer, −1 for the network's output. */
  to: number;
  /** Partition that consumes. */
  kind: "stream" | "memory" | "fused";
  why: SpillReason | "none";
  /** Bytes of one sample moved on this edge, copies to several cores counted apart. */
  bytes: number;
}

/** Integer work of one layer in one partition and one core; bytes, rows and vectors of one sample unless said otherwise. */
export interface CoreWork {
  core: number;
  /** Array-group vectors (MVM × vectors), and MVM instructions. */
  groupVectors: number;
  mvms: number;
  /** Array vectors: group vectors × pieces. */
  arrayVectors: number;
  /** Weight rows written once a partition; bytes of weights brought to this core (a multicast counts at every receiver). */
  weightRows: number;
  weightBytes: number;
  /** Rows written per array, by array. */
  arrayRows: Record<string, number>;
  inputMemoryBytes: number;
  inputStreamBytes: number;
  outputMemoryBytes: number;
  outputStreamBytes: number;
  /** Bytes of raw partial sums sent to another core. */
  partialSumBytes: number;
  /** Bytes of raw partial sums of a slice cut by partitions: read from memory, and written to it. */
  sumInputBytes: number;
  sumOutputBytes: number;
  /** Bytes of results of the vector unit (ACC.OUT included). */
  vectorBytes: number;
  /** Vector-unit instructions. */
  vectorOps: number;
}

/** The work of one layer in one partition. */
export interface LayerWork {
  layer: number;
  /** Output windows of one sample, and of the busiest replica. */
  windows: number;
  windowsPerReplica: number;
  /** Array groups that one window drives (all slices, parts and steps of one replica). */
  groupsPerWindow: number;
  cores: CoreWork[];
}

/**
 * Bytes a partition moves to and from the memory its tensors live in, by reason; weights once, everything else for one sample.
 * An element of 4 bits is half a byte, so parts may be halves; what pads them is in the alignment, and the sum is whole.
 */
export interface MappedTraffic {
  /** Weights, once each; once more for every further core (or array) they are read for; padding of tile rows and unused cells. */
  weightBytes: number;
  weightRepeatBytes: number;
  weightAlignmentBytes: number;
  /** Memory marks: elements that earlier partitions (or nobody) made, once each; results that others need, or that leave the network. */
  loadMarkBytes: number;
  storeMarkBytes: number;
  /** Tensors made and read inside the partition that could not stay in local memories. */
  spillLoadBytes: number;
  spillStoreBytes: number;
  /** Elements read again: by further cores and replicas, or by strips that overlap. */
  repeatBytes: number;
  /** Raw sums across cuts, both ways. */
  partialSumBytes: number;
  /** Pixels begin on a byte. */
  alignmentBytes: number;
}

/** A stage: units that are in the arrays together. */
export interface MappedPartition {
  index: number;
  /** Units [unit0, unit1) of the decomposition. */
  unit0: number;
  unit1: number;
  /** Samples in one round of its loop over the batch, whose rows are ordered together so that they overlap; divides the batch. */
  samplesPerRound: number;
  layers: MappedLayer[];
  edges: MappedEdge[];
  /** Distinct weight bytes, as read from DRAM once each (or once a core where there is no multicast). */
  weightBytes: number;
  /** Activation bytes of one sample read from and written to memory. */
  loadBytes: number;
  storeBytes: number;
  /** The bytes of weights, loads, stores and partial sums by reason. */
  traffic: MappedTraffic;
  /** Array slots in use. */
  slots: number;
  /** Local memory in use, by core. */
  localMemoryBytes: Record<string, number>;
  work: LayerWork[];
}

/** Where a tensor lives in memory: slices of channels, each stored height × width × its channels. */
export interface MappedTensor {
  tensor: number;
  name: string;
  height: number;
  width: number;
  bits: number;
  slices: { channel0: number; channels: number; address: number; pixelBytes: number }[];
  sampleStride: number;
}

/** What one MVM drives: all arrays of a part that see a window, or the arrays of one row block (array group) of it. */
export const MVM_PER = ["unit", "rowBlock"] as const;
/** One of them. */
export type MvmPer = (typeof MVM_PER)[number];

/**
 * When a layer may start on a sample of its producer in the same partition: when the rows of its window are there, or when the producer
 * has finished the sample (then tensors between them go through memory).
 */
export const PIPELINES = ["window", "sample"] as const;
/** One of them. */
export type Pipeline = (typeof PIPELINES)[number];

/** Loop nest of every layer, outermost first; the same for all layers of a mapping made here. */
export const LOOP_ORDER = ["partition", "sample", "strip", "row", "slice", "chunk", "vector"] as const;

/** A whole mapping. */
export interface Mapping {
  format: typeof MAPPING_FORMAT;
  version: typeof MAPPING_VERSION;
  network: { name: string; digest: string };
  chip: { name: string; structureDigest: string };
  strategy: string;
  batch: number;
  /** Widths of tensors and weights that state none. */
  precision: Precision;
  /** All weights are written once, before the first sample, and stay. */
  resident: boolean;
  loopOrder: string[];
  /** Parts the accumulators are divided into, and entries of each. */
  accumulatorBuffers: number;
  accumulatorEntriesPerBuffer: number;
  /** Memory that tensors live in: DRAM, or the global buffer of a chip without DRAM. */
  tensorMemory: "gm" | "gb";
  /** Whether one weight read feeds the buffers of several cores. */
  weightMulticast: boolean;
  /** What one MVM drives; the steps of all parts were cut by it. */
  mvmPer: MvmPer;
  pipeline: Pipeline;
  /** Whether weights of the next partition are loaded into a core's buffer before the core's last results of this one are out. */
  prefetchWeights: boolean;
  tiles: MappedTile[];
  tensors: MappedTensor[];
  /** Partial sums that go through memory because a partition ends inside a column slice. */
  partialSums: MappedSums[];
  partitions: MappedPartition[];
}
