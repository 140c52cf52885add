/** The machine: timed components, and simulate(). */
export { COUNTS, type CountName, IDEAL_PARTS, type IdealPart } from "./plan/plan.js";
export * from "./probes.js";
export * from "./simulate.js";
