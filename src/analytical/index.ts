/** Closed forms: one instruction unloaded, the bounds of a program, the estimate of a mapping, exact counts and energy. */

export type { ChainResult } from "./bounds/chain.js";
export type { ResourceLoad } from "./bounds/resources.js";
export * from "./bounds.js";
export * from "./counts.js";
export { metInDram, peakTicks } from "./dram/extremes.js";
export { type DramStream, type DramStreamSpec, dramStreamCycles } from "./dram/stream.js";
export * from "./energy.js";
export * from "./estimate/index.js";
export * from "./models/compass/index.js";
export * from "./shapes.js";
export * from "./terms.js";
export * from "./unloaded/index.js";
export { CodeWalk, tripsOf } from "./walk.js";
