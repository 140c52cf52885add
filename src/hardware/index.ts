/** Chips: schema, presets, unit conversions, counts. */
export * from "./chip.js";
export * from "./counts.js";
export { type ChipDescription, chipSources, describeChip, type NumericLeaf, numericLeaves } from "./describe.js";
export { fieldTables, presetTable } from "./documentation.js";
export * from "./dram/index.js";
export { burstCyclesOf, burstPjPerByte, playsCommands } from "./dram/rates.js";
export { chipJsonSchema } from "./json-schema.js";
export { type LoadOptions, parseChip, parseOverrides, readChip, readForm } from "./load.js";
export { listChips } from "./presets.js";
export type { ChipForm } from "./schema.js";
export * from "./structure.js";
export type { Overrides } from "./yaml-text.js";
