/** Programs of the four systems: hand-written texts, canonical and legal on their preset, played in both modes on both engines. */
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { readChip } from "../../../src/hardware/index.js";
import { checkProgram, formatProgram, parseProgram } from "../../../src/isa/index.js";
import { limitsOf } from "../../../src/run/limits.js";
import { type Played, play } from "../tables/table.js";

/** Reads `test/programs/<name>.cim`, checks it and plays it on a preset. */
export function playSystem(name: string, preset: string): Played {
  const text = readFileSync(new URL(`../../programs/${name}.cim`, import.meta.url), "utf8");
  const program = parseProgram(text, `${name}.cim`);
  expect(formatProgram(program)).toBe(text);
  const chip = readChip(preset);
  expect(checkProgram(program, limitsOf(chip))).toEqual([]);
  return play(program, chip);
}
