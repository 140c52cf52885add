/** The shape of a mapping's text form, field by field; unknown fields are errors. */
import * as z from "zod";
import { MAPPING_FORMAT, MAPPING_VERSION, type Mapping, MVM_PER, PIPELINES } from "./mapping.js";

const whole = z.int().min(0);
const count = z.int().min(1);
const id = z.int().min(-1);
const byNumber = z.record(z.string().regex(/^\d+$/), whole);

const tile = z.strictObject({
  name: z.string(),
  layer: whole,
  row0: whole,
  rows: count,
  column0: whole,
  columns: count,
  group0: whole,
  groups: count,
  weightBits: count,
  columnsPerWeight: count,
  address: whole,
  rowBytes: count,
});

const piece = z.strictObject({ array: whole, depth: whole, tile: whole, inputElement0: whole, output0: whole });
const step = z.strictObject({ accumulate: z.enum(["set", "add"]), pieces: z.array(piece).min(1) });
const part = z.strictObject({
  core: whole,
  row0: whole,
  rows: whole,
  kernelRow0: whole,
  kernelRows: whole,
  channel0: whole,
  channels: whole,
  steps: z.array(step),
});
const slice = z.strictObject({
  channel0: whole,
  channels: count,
  copies: z.array(z.strictObject({ parts: z.array(part).min(1) })).min(1),
  pass: whole,
  sumsTo: id,
  sumsFrom: id,
});

const layer = z.strictObject({
  layer: whole,
  name: z.string(),
  kind: z.enum(["matrix", "vector"]),
  fused: z.array(whole),
  output: whole,
  replicas: count,
  strips: count,
  spareRows: whole,
  spareRowsOn: z.record(z.string().regex(/^\d+$/), whole),
  vectorsPerMvm: count,
  slices: z.array(slice).min(1),
  stored: z.boolean(),
});

const why = [
  "none",
  "partition",
  "network",
  "vector-consumer",
  "second-stream",
  "strips",
  "local-memory",
  "sample-pipeline",
  "streaming-off",
];
const edge = z.strictObject({
  tensor: whole,
  from: id,
  to: id,
  kind: z.enum(["stream", "memory", "fused"]),
  why: z.enum(why),
  bytes: whole,
});

const coreWork = z.strictObject({
  core: whole,
  groupVectors: whole,
  mvms: whole,
  arrayVectors: whole,
  weightRows: whole,
  weightBytes: whole,
  arrayRows: byNumber,
  inputMemoryBytes: whole,
  inputStreamBytes: whole,
  outputMemoryBytes: whole,
  outputStreamBytes: whole,
  partialSumBytes: whole,
  sumInputBytes: whole,
  sumOutputBytes: whole,
  vectorBytes: whole,
  vectorOps: whole,
});

const work = z.strictObject({
  layer: whole,
  windows: whole,
  windowsPerReplica: whole,
  groupsPerWindow: whole,
  cores: z.array(coreWork),
});

const bytes = z.number().min(0);
const traffic = z.strictObject({
  weightBytes: bytes,
  weightRepeatBytes: bytes,
  weightAlignmentBytes: bytes,
  loadMarkBytes: bytes,
  storeMarkBytes: bytes,
  spillLoadBytes: bytes,
  spillStoreBytes: bytes,
  repeatBytes: bytes,
  partialSumBytes: bytes,
  alignmentBytes: bytes,
});

const partition = z.strictObject({
  index: whole,
  unit0: whole,
  unit1: whole,
  samplesPerRound: count,
  layers: z.array(layer),
  edges: z.array(edge),
  weightBytes: whole,
  loadBytes: whole,
  storeBytes: whole,
  traffic,
  slots: whole,
  localMemoryBytes: byNumber,
  work: z.array(work),
});

const tensor = z.strictObject({
  tensor: whole,
  name: z.string(),
  height: count,
  width: count,
  bits: count,
  slices: z.array(z.strictObject({ channel0: whole, channels: count, address: whole, pixelBytes: count })),
  sampleStride: whole,
});

const sums = z.strictObject({
  layer: whole,
  channel0: whole,
  channels: count,
  from: whole,
  to: count,
  height: count,
  width: count,
  bits: count,
  address: whole,
  pixelBytes: count,
});

/** A mapping as JSON. */
export const mappingSchema = z.strictObject({
  format: z.literal(MAPPING_FORMAT),
  version: z.literal(MAPPING_VERSION),
  network: z.strictObject({ name: z.string(), digest: z.string() }),
  chip: z.strictObject({ name: z.string(), structureDigest: z.string() }),
  strategy: z.string(),
  batch: count,
  precision: z.strictObject({ weightBits: count, activationBits: count }),
  resident: z.boolean(),
  loopOrder: z.array(z.string()),
  accumulatorBuffers: count,
  accumulatorEntriesPerBuffer: count,
  tensorMemory: z.enum(["gm", "gb"]),
  weightMulticast: z.boolean(),
  mvmPer: z.enum(MVM_PER),
  pipeline: z.enum(PIPELINES),
  prefetchWeights: z.boolean(),
  tiles: z.array(tile),
  tensors: z.array(tensor),
  partialSums: z.array(sums),
  partitions: z.array(partition),
}) as unknown as z.ZodType<Mapping>;
