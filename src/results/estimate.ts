/**
 * Estimate: the cycles a mapping takes by closed form, per stage and layer, as sums over the one list of time terms.
 * Made by `analytical` from a Mapping, never from a Program, so that an error in code emission shows as a gap.
 */
import * as z from "zod";
import { TERMS, type Term } from "../base/index.js";

const cycles = z.number().describe("clock cycles of the chip");

/** A number of cycles for every term; the terms add up to the cycles they stand beside. */
export const termCyclesSchema = z
  .strictObject(Object.fromEntries(TERMS.map((term) => [term, cycles])) as Record<Term, typeof cycles>)
  .describe("cycles of every time term; they sum to the cycles beside them");

/** The estimate of one layer in one stage: its own service time. */
export const layerEstimateSchema = z.strictObject({
  layer: z.string().describe("name of the layer"),
  cycles: cycles.describe("service time of the layer in this stage, for the whole batch"),
  terms: termCyclesSchema,
});

/** The estimate of one stage: layers that run together. */
export const stageEstimateSchema = z.strictObject({
  stage: z.number().int(),
  cycles,
  terms: termCyclesSchema,
  layers: z.array(layerEstimateSchema),
});

/** The estimate of a whole mapping. */
export const estimateSchema = z.strictObject({
  cycles,
  terms: termCyclesSchema,
  stages: z.array(stageEstimateSchema),
  overlap: z.string().describe("what the estimate assumes to run at the same time"),
});

/** The estimate of a whole mapping. */
export type Estimate = z.infer<typeof estimateSchema>;
/** The estimate of one stage. */
export type StageEstimate = z.infer<typeof stageEstimateSchema>;
/** The estimate of one layer in one stage. */
export type LayerEstimate = z.infer<typeof layerEstimateSchema>;
