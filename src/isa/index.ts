/** The instruction set: instructions, programs, codecs, legality. */
export * from "./instruction.js";
export * from "./program.js";
