/** Integer parameters of networks and the plain reference executor. */
export * from "./activations.js";
export * from "./curves.js";
export * from "./execute.js";
export * from "./fixed.js";
export * from "./pairs.js";
export * from "./parameters.js";
export * from "./quantized.js";
export * from "./seeded.js";
export * from "./single.js";
