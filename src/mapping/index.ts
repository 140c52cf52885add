/** Mappings: the value, its checks, its text form. */
export * from "./mapping.js";
