/** Chips: schema, presets, unit conversions, counts. */
export * from "./chip.js";
