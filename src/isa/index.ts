/** The instruction set: instructions, programs, codecs, legality. */
export * from "./binary.js";
export * from "./builder.js";
export * from "./code.js";
export * from "./digest.js";
export * from "./field.js";
export * from "./fields.js";
export * from "./instruction.js";
export { MOST_TOKENS } from "./legality/limits.js";
export * from "./legality.js";
export * from "./loops.js";
export { PROBLEM_CAP } from "./problems.js";
export * from "./program.js";
export * from "./tables.js";
export * from "./text.js";
export { parseProgram } from "./text-reader.js";
