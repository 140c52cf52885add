/**
 * Wordline as a library: the whole chain, and what it takes and gives.
 * The rooms below have entrances of their own: `wordline/hardware`, `/workload`, `/isa`, `/machine`, `/mapper`, `/analytical`, `/trace`,
 * `/check`, `/explain`, `/results`, `/run`.
 */
export { UserError } from "./base/index.js";
export { type Chip, listChips, parseChip, readChip } from "./hardware/index.js";
export { type Simulation, simulate } from "./machine/index.js";
export { strategies } from "./mapper/index.js";
export { type Estimate, type Result, resultJsonSchema } from "./results/index.js";
export { compileNetwork, executeProgram, mapNetwork, type Run, type RunOptions, runNetwork } from "./run/index.js";
export { listNetworks, type Network, readNetwork } from "./workload/index.js";
