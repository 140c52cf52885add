/** Quantisation of networks with real weights, the executor in real numbers it calibrates with, and measures of the loss. */
export { worthwhileSamples } from "./calibrate.js";
export * from "./float.js";
export * from "./measure.js";
export * from "./quantise.js";
