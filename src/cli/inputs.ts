/** Reading what a command line names: network, chip, program; every problem of all of them at once. */
import { readFileSync } from "node:fs";
import { nearestName, type Problem, UserError } from "../base/index.js";
import { type Chip, type Precision, parseOverrides, readChip } from "../hardware/index.js";
import { decodeProgram, MAGIC, type Program, parseProgram } from "../isa/index.js";
import { IDEAL_PARTS } from "../machine/index.js";
import { systemReason } from "../trace/index.js";

/** Calls each reader; where any of them finds problems, throws those of all. */
export function readAll<Values extends unknown[]>(
  ...readers: { [Index in keyof Values]: () => Values[Index] }
): Values {
  const problems: Problem[] = [];
  const values = readers.map((read) => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  });
  if (problems.length > 0) throw new UserError(problems);
  return values as Values;
}

/** A chip by name or file, with fields set by texts such as `core.arrays.count=32`. */
export function chipOf(nameOrFile: string, set: readonly string[]): Chip {
  return readChip(nameOrFile, { set: parseOverrides(set) });
}

/** Precision from `w8a8`: bits of weights and activations. */
export function precisionOf(text: string): Precision {
  const match = /^w(\d+)a(\d+)$/i.exec(text);
  if (match) return { weightBits: Number(match[1]), activationBits: Number(match[2]) };
  throw new UserError({
    code: "bad-precision",
    message: "not a precision",
    seen: `"${text}"`,
    accepted: "bits of weights and activations, such as w8a8 or w4a4",
  });
}

/** Names of parts to make free, from `write,adc`. */
export function idealOf(text: string): string[] {
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const problems = names
    .filter((name) => !(IDEAL_PARTS as readonly string[]).includes(name))
    .map((name): Problem => {
      const nearest = nearestName(name, IDEAL_PARTS);
      return {
        code: "unknown-ideal",
        message: "no part of this name can be made free",
        seen: `"${name}"`,
        accepted: IDEAL_PARTS.join(", "),
        ...(nearest === undefined ? {} : { nearest }),
      };
    });
  if (problems.length > 0) throw new UserError(problems);
  return [...new Set(names)];
}

/** A whole number from `least` to `most`. */
export function wholeNumber(option: string, least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    const whole = /^\d+$/.test(text);
    if (whole && value >= least && value <= most) return value;
    // The largest number that is exact here is only worth a word to whoever asked for more.
    const open = most === Number.MAX_SAFE_INTEGER && !(whole && value > most);
    throw new UserError({
      code: "bad-number",
      message: `${option} takes a whole number`,
      seen: `"${text}"`,
      accepted: open ? `${least} or more` : `${least} to ${most}`,
    });
  };
}

/** A number from `least` to `most`. */
export function realNumber(option: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && value >= least && value <= most) return value;
    throw new UserError({
      code: "bad-number",
      message: `${option} takes a number`,
      seen: `"${text}"`,
      accepted: `${least} to ${most}`,
    });
  };
}

/** A range of numbers from `-1,1`. */
export function rangeOf(text: string): { min: number; max: number } {
  const [min, max, ...rest] = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (rest.length === 0 && Number.isFinite(min) && Number.isFinite(max) && min! < max!) return { min: min!, max: max! };
  throw new UserError({
    code: "bad-range",
    message: "not a range of numbers",
    seen: `"${text}"`,
    accepted: "two numbers, the smaller first, such as 0,255",
  });
}

/** The bytes of a file. */
export function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UserError({
      code: "file-unreadable",
      message: "the file cannot be read",
      place: { file },
      seen: systemReason(error),
    });
  }
}

/** The first bytes of a file as text. */
export function firstBytes(file: string, count: number): string {
  return new TextDecoder("latin1").decode(readBytes(file).subarray(0, count));
}

/** A program from its text (.cim) or binary (.cimb) form, whichever the file holds. */
export function readProgram(file: string): Program {
  const bytes = readBytes(file);
  const start = new TextDecoder("latin1").decode(bytes.subarray(0, MAGIC.length));
  return start === MAGIC ? decodeProgram(bytes, file) : parseProgram(new TextDecoder().decode(bytes), file);
}
