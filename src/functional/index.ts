/** Functional execution: a timed program's effects on real bytes, verified against the reference, with data flow and races checked. */
export type { CellFaults } from "./cells.js";
export type { ArithmeticCounts } from "./context.js";
export * from "./dataflow.js";
export * from "./elements.js";
export * from "./image.js";
export * from "./machine.js";
export type { AdcModel } from "./multiply.js";
export { legalOrder } from "./orders.js";
export { OrderedPairs } from "./pairs.js";
export type { FunctionalOptions } from "./state.js";
export * from "./verify.js";
