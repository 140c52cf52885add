/** Networks: layers, tensors and edges, with readers, built-ins, checks and totals. */
export * from "./builder.js";
export * from "./builtin.js";
export * from "./check.js";
export * from "./json.js";
export * from "./layer-table.js";
export * from "./network.js";
export * from "./order.js";
export * from "./resize.js";
export * from "./shapes.js";
export * from "./totals.js";
