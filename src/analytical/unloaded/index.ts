/** One instruction alone on an idle machine, in closed form or by the recurrence of the timing contract. */
export * from "./closed.js";
export type { TickRange, UnloadedContext } from "./context.js";
export * from "./flow.js";
export { flowOf } from "./lower.js";
export { activeRows, arrayTicks, type MvmFacts, mvmFacts } from "./mvm.js";
export { type FlowSolution, solveFlow } from "./recurrence.js";
export * from "./unloaded.js";
