/**
 * The Mapping: what goes where and in what order, as a plain value that can be saved and read again.
 * Made by a strategy of `mapper`, checked by `checkMapping`, read by the code emitter and by the estimate.
 * Invariants: partitions stand in the order they run; tiles, tensors and layers are referred to by index or id, never by object.
 */
import type { Precision } from "../hardware/index.js";

/** Format name and version of the text form. */
export const MAPPING_FORMAT = "wordline-mapping";
/** Version of the text form; a reader refuses any other. */
export const MAPPING_VERSION = 1;

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
  | "vector-consumer" // the consumer is a vector layer
  | "second-stream" // another layer already takes the tensor as a stream
  | "strips" // producer or consumer works in strips
  | "local-memory" // the ring did not fit
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

/** A stage: units that are in the arrays together. */
export interface MappedPartition {
  index: number;
  /** Units [unit0, unit1) of the decomposition. */
  unit0: number;
  unit1: number;
  layers: MappedLayer[];
  edges: MappedEdge[];
  /** Distinct weight bytes, as read from DRAM once each (or once a core where there is no multicast). */
  weightBytes: number;
  /** Activation bytes of one sample read from and written to memory. */
  loadBytes: number;
  storeBytes: number;
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
  /** Samples in one round of the batch loop, whose rows are ordered together so that they overlap; divides the batch. */
  samplesPerRound: number;
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
  tiles: MappedTile[];
  tensors: MappedTensor[];
  partitions: MappedPartition[];
}
