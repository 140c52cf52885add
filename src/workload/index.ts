/** Networks: layers, tensors and edges, with readers, built-ins, checks and totals. */
export * from "./builder.js";
export * from "./check.js";
export * from "./network.js";
export * from "./order.js";
export * from "./shapes.js";
export * from "./totals.js";
