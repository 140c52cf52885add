/**
 * Comparison: what was estimated beside what was simulated, per stage and layer, with the gap's parts (law 9).
 * Both sides sum the same terms, so a stage's parts are differences term by term and add up to its gap exactly.
 */
import * as z from "zod";
import { TERMS } from "../base/index.js";
import { termCyclesSchema } from "./estimate.js";

/** The name of the term that makes most of a gap, or `none` where there is no gap. */
export const causeSchema = z
  .enum([...TERMS, "none"])
  .describe(
    "the term that makes most of the gap, where mvm and adc have cancelled as far as they have opposite signs; none without a gap",
  );

/** The gap of a run. */
export const gapSchema = z.strictObject({
  cycles: z.number().describe("simulated minus estimated"),
  parts: termCyclesSchema,
});

/** One stage: its share of the critical path beside its estimate. */
export const stageComparisonSchema = z.strictObject({
  stage: z.number().int(),
  layers: z.array(z.string()).describe("layers that run in this stage"),
  estimateCycles: z.number(),
  simulatedCycles: z.number().describe("critical-path cycles of this stage; the stages add up to the run"),
  gap: z.number(),
  parts: termCyclesSchema.describe("the gap, term by term"),
  path: termCyclesSchema.describe("critical-path cycles of this stage by term"),
  cause: causeSchema,
});

/** One layer in one stage: its own service time beside its estimate. */
export const layerComparisonSchema = z.strictObject({
  name: z.string(),
  stage: z.number().int(),
  estimateCycles: z.number(),
  simulatedCycles: z
    .number()
    .describe("service time: ticks in which the busiest of its streams has any of its work under way"),
  gap: z.number(),
  cause: causeSchema,
  waitCycles: z.number().describe("from its first start to its last end, minus its service time"),
  firstStartCycle: z.number(),
  lastEndCycle: z.number(),
});

/** A whole comparison. */
export const comparisonSchema = z.strictObject({
  gap: gapSchema,
  stages: z.array(stageComparisonSchema),
  layers: z.array(layerComparisonSchema),
});

/** What was estimated beside what was simulated. */
export type Comparison = z.infer<typeof comparisonSchema>;
/** One stage of a comparison. */
export type StageComparison = z.infer<typeof stageComparisonSchema>;
/** One layer of a comparison. */
export type LayerComparison = z.infer<typeof layerComparisonSchema>;
/** The term that makes most of a gap. */
export type Cause = z.infer<typeof causeSchema>;
