/** Check: the laws of the design, on any trace. */
export * from "./check.js";
export { CheckContext, type Known, type Static } from "./context.js";
export { digestOf } from "./laws/digest.js";
export { writeTicks } from "./laws/writes.js";
export { lastSlot, type PathEnding, type PathPiece, termsOfHold, totalsOfPath, walkPath } from "./path.js";
export * from "./report.js";
