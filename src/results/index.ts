/** Results: what runs, estimates and comparisons say, and their JSON Schema. */
export * from "./compare.js";
export * from "./comparison.js";
export * from "./dram.js";
export * from "./dram-lists.js";
export * from "./estimate.js";
export * from "./json-schema.js";
export * from "./lists.js";
export * from "./partitions.js";
export * from "./parts.js";
export * from "./run.js";
export * from "./verify.js";
