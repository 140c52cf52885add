/** The ground floor: diagnostics, units, rationals, digests, random streams, time terms. */
export * from "./diagnostics.js";
export * from "./digest.js";
export * from "./random.js";
export * from "./rational.js";
export * from "./terms.js";
export * from "./units.js";
