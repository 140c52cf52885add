/** Explain: the critical path, write time exposed and hidden, the parts of the gap, and what the resources did. */
export * from "./gap.js";
export * from "./path.js";
export * from "./resources.js";
export * from "./words.js";
export * from "./writes.js";
