/** Partitions beside a published estimate: what a mapper that searches was told they cost, and what they took. */
import * as z from "zod";
import { causeSchema } from "./comparison.js";

/** One partition by the estimate of COMPASS. */
export const modelledPartitionSchema = z.strictObject({
  index: z.number().int(),
  layers: z.array(z.string()).describe("layers that run in this partition"),
  units: z.number().int().describe("units of the decomposition it holds"),
  modelCycles: z.number().describe("cycles by the estimate of COMPASS, which knows nothing of ideal parts"),
  modelEnergyPj: z.number(),
  modelParts: z
    .strictObject({
      loadWeightCycles: z.number(),
      writeCycles: z.number(),
      sampleCycles: z.number().describe("one sample in the steady state"),
      fillCycles: z.number(),
      ioCycles: z.number().describe("activations of the batch over memory"),
    })
    .describe("what modelCycles is made of"),
  loadBytes: z.number().describe("by the marks of COMPASS, for one sample"),
  storeBytes: z.number().describe("by the marks of COMPASS, for one sample"),
});

/** Bytes of one partition over memory by reason; weights once, everything else for one sample. */
export const trafficSchema = z.strictObject({
  weightBytes: z.number().describe("each weight once"),
  weightRepeatBytes: z.number().describe("weights read again for further cores or arrays"),
  weightAlignmentBytes: z.number().describe("padding of tile rows and unused cells"),
  loadMarkBytes: z.number().describe("elements other partitions or nobody made, once each"),
  storeMarkBytes: z.number().describe("results that others need or that leave the network"),
  spillLoadBytes: z.number().describe("tensors made and read in this partition that could not stay in local memories"),
  spillStoreBytes: z.number(),
  repeatBytes: z.number().describe("elements read again by further cores, replicas and strips"),
  partialSumBytes: z.number().describe("raw sums across cuts, both ways"),
  alignmentBytes: z.number().describe("pixels begin on a byte"),
});

/** One partition: model, estimate and simulation. */
export const partitionComparisonSchema = modelledPartitionSchema.extend({
  estimateCycles: z.number().describe("Wordline's own estimate"),
  simulatedCycles: z.number().describe("critical-path cycles of this partition"),
  gapCycles: z.number().describe("simulated minus modelCycles"),
  cause: causeSchema,
  writeExposedCycles: z.number().describe("write pulses and verification on the critical path"),
  samplesPerRound: z.number().int().describe("samples whose rows are ordered together"),
  inStrips: z
    .array(z.string())
    .describe("layers that work in vertical strips, as local memory has no room for whole rows"),
  traffic: trafficSchema,
});

/** A whole Mapping by the estimate of COMPASS. */
export const modelSummarySchema = z.strictObject({
  name: z.literal("compass"),
  cycles: z.number().describe("all partitions one after another"),
  energyPj: z.number(),
  throughputPerSecond: z.number(),
});

/** One partition by the estimate of COMPASS. */
export type ModelledPartition = z.infer<typeof modelledPartitionSchema>;
/** One partition: model, estimate and simulation. */
export type PartitionComparison = z.infer<typeof partitionComparisonSchema>;
/** A whole Mapping by the estimate of COMPASS. */
export type ModelSummary = z.infer<typeof modelSummarySchema>;
