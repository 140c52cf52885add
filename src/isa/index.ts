/** The instruction set: instructions, programs, codecs, legality. */

export * from "./code.js";
export * from "./fields.js";
export * from "./instruction.js";
export * from "./loops.js";
export * from "./program.js";
