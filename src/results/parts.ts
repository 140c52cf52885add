/** Results of the single steps: mapping, compiling, estimating, checking, explaining, converting, listing. */
import * as z from "zod";
import { TERMS } from "../base/index.js";
import { estimateSchema, termCyclesSchema } from "./estimate.js";
import { modelledPartitionSchema, modelSummarySchema } from "./partitions.js";
import { checkSchema, weightsSchema, writesSchema } from "./run.js";

const head = { format: z.literal(1) };
const mapped = {
  network: z.string(),
  chip: z.string(),
  mapper: z.string(),
  batch: z.number().int(),
  precision: z.strictObject({ weightBits: z.number(), activationBits: z.number() }),
};

/** A mapping in a few numbers. */
export const mappingSummarySchema = z
  .strictObject({
    kind: z.literal("mapping"),
    ...head,
    ...mapped,
    weights: weightsSchema,
    file: z.string().nullable().describe("where the mapping was written"),
    model: modelSummarySchema.describe("the mapping by the estimate of COMPASS"),
    partitions: z.array(modelledPartitionSchema),
    stages: z.array(
      z.strictObject({
        stage: z.number().int(),
        slots: z.number().describe("array slots in use"),
        weightBytes: z.number(),
        loadBytes: z.number().describe("activations read from memory, for one sample"),
        storeBytes: z.number().describe("activations written to memory, for one sample"),
        layers: z.array(
          z.strictObject({
            name: z.string(),
            kind: z.enum(["matrix", "vector"]),
            replicas: z.number().int(),
            strips: z.number().int(),
            fused: z.number().int().describe("layers applied to its rows before they leave the core"),
          }),
        ),
      }),
    ),
  })
  .describe("what `wordline map --json` prints");

/** A compiled program in a few numbers. */
export const compileSummarySchema = z
  .strictObject({
    kind: z.literal("program"),
    ...head,
    ...mapped,
    file: z.string(),
    form: z.enum(["text", "binary"]),
    programDigest: z.string(),
    structureDigest: z.string(),
    cores: z.number().int(),
    streams: z.number().int(),
    staticInstructions: z.number().describe("as written, loops once"),
    instructions: z.number().describe("as run, loops unrolled"),
    bytes: z.number(),
  })
  .describe("what `wordline compile --json` prints");

/** An estimate with what it was made for. */
export const estimateResultSchema = z
  .strictObject({
    kind: z.literal("estimate"),
    ...head,
    ...mapped,
    clockHz: z.number(),
    seconds: z.number(),
    estimate: estimateSchema,
    energyPj: z.record(z.string(), z.number()),
  })
  .describe("what `wordline estimate --json` prints");

/** The check of a trace file. */
export const checkResultSchema = z
  .strictObject({
    kind: z.literal("check"),
    ...head,
    trace: z.string(),
    chip: z.string(),
    program: z.string(),
    cycles: z.number(),
    instructions: z.number(),
    holds: z.number(),
    check: checkSchema,
  })
  .describe("what `wordline check --json` prints");

/** What a trace explains. */
export const explainResultSchema = z
  .strictObject({
    kind: z.literal("explanation"),
    ...head,
    trace: z.string(),
    chip: z.string(),
    program: z.string(),
    cycles: z.number(),
    path: z.strictObject({
      terms: termCyclesSchema,
      holds: z.number().int().nullable().describe("holds on the critical path; null without program and chip"),
      longest: z
        .array(
          z.strictObject({
            stage: z.number().int(),
            layer: z.string(),
            core: z.number().int(),
            unit: z.string(),
            instruction: z.number().int().describe("n-th issue of its stream"),
            kind: z.string().describe("kind of hold"),
            term: z.enum(TERMS),
            fromCycle: z.number(),
            untilCycle: z.number(),
          }),
        )
        .describe("the longest stretches of the critical path"),
    }),
    stages: z.array(z.strictObject({ stage: z.number().int(), cycles: z.number(), path: termCyclesSchema })),
    layers: z.array(
      z.strictObject({ stage: z.number().int(), layer: z.string(), cycles: z.number(), path: termCyclesSchema }),
    ),
    writes: writesSchema.omit({ removableCycles: true }),
  })
  .describe("what `wordline explain --json` prints");

/** A conversion. */
export const convertResultSchema = z
  .strictObject({
    kind: z.literal("conversion"),
    ...head,
    from: z.string(),
    to: z.string(),
    what: z.enum(["program", "trace", "network", "device"]),
    bytes: z.number(),
    notes: z
      .array(z.string())
      .optional()
      .describe("what a reader of the file should know: an .ini's keys without effect"),
  })
  .describe("what `wordline convert --json` prints");

/** A mapping in a few numbers. */
export type MappingSummary = z.infer<typeof mappingSummarySchema>;
/** A compiled program in a few numbers. */
export type CompileSummary = z.infer<typeof compileSummarySchema>;
/** An estimate with what it was made for. */
export type EstimateResult = z.infer<typeof estimateResultSchema>;
/** The check of a trace file. */
export type CheckResult = z.infer<typeof checkResultSchema>;
/** What a trace explains. */
export type ExplainResult = z.infer<typeof explainResultSchema>;
/** A conversion. */
export type ConvertResult = z.infer<typeof convertResultSchema>;
