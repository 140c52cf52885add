/** The independent estimate of a Mapping: cycles by stage, layer and term, and energy. */
export { type EstimateOptions, estimateDetail, estimateEnergy, estimateMapping } from "./estimate.js";
export type { EstimateDetail, LayerDetail, StageDetail } from "./types.js";
export { expectedPasses } from "./weights.js";
