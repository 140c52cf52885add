/** The digest of a program: over its canonical binary, so that equal programs have equal digests however they were written. */
import { digestBytes } from "../base/index.js";
import { encodeProgram } from "./binary.js";
import type { Program } from "./program.js";

/** Sixteen hex digits that stand for a program. */
export function programDigest(program: Program): string {
  return digestBytes(encodeProgram(program));
}
