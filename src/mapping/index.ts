/** Mappings: the value, its checks, its text form. */
export * from "./check.js";
export * from "./mapping.js";
export * from "./plan.js";
export { mappingSchema } from "./schema.js";
export * from "./text.js";
export * from "./traffic.js";
