/** Runs: chains of the rooms below, as pure functions. */

export type { AnalogueRequest } from "./analogue.js";
export { checkSummary } from "./check-run.js";
export * from "./execute.js";
export * from "./limits.js";
export { type ModelledMapping, modelMapping } from "./partitions.js";
export * from "./progress.js";
export * from "./run.js";
export { onnxFile } from "./runtime-check.js";
export { simulationResult } from "./simulation-result.js";
export { isFiltering, type TraceRequest } from "./traces.js";
export * from "./verify.js";
export { summaryOf, verifyFailure } from "./verify-summary.js";
export { weightsOf } from "./weights.js";
