/** Programs of the four systems: hand-written texts, canonical and legal on their preset, played in both modes on both engines. */
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { readChip } from "../../../src/hardware/index.js";
import { checkProgram, formatProgram, parseProgram } from "../../../src/isa/index.js";
import { limitsOf } from "../../../src/run/limits.js";
import { type Played, play } from "../tables/table.js";

/** DRAM as bandwidth and latency: cycles by hand are derived on these, not on what a controller makes of them. */
const PLAIN_DRAM: Readonly<Record<string, Record<string, unknown>>> = {
  "compass-s": { "dram.clock": "800 MHz", "dram.bandwidth": "6.4 GB/s", "dram.latency": "31 cycles" },
  "ddc-pim": { "dram.bandwidth": "64 bit/cycle", "dram.latency": "60 ns" },
  "pack-dimc": { "dram.bandwidth": "64 B/cycle", "dram.latency": "60 ns" },
  "www-digital6t-rf": { "dram.bandwidth": "32 B/cycle", "dram.latency": "100 ns" },
};
const WITHOUT_DEVICE = { "dram.model": "bandwidth", "dram.device": null, "dram.settings": null };

/** Reads `test/programs/<name>.cim`, checks it and plays it on a preset. */
export function playSystem(name: string, preset: string): Played {
  const text = readFileSync(new URL(`../../programs/${name}.cim`, import.meta.url), "utf8");
  const program = parseProgram(text, `${name}.cim`);
  expect(formatProgram(program)).toBe(text);
  const chip = readChip(preset, { set: { ...WITHOUT_DEVICE, ...PLAIN_DRAM[preset] } });
  expect(checkProgram(program, limitsOf(chip))).toEqual([]);
  return play(program, chip);
}
