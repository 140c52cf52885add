/** Contradictory chips: each is refused at the field to change, with both values. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Problem, UserError } from "../../src/base/index.js";
import { parseChip, readChip } from "../../src/hardware/index.js";

/** The problems of a preset with overrides. */
function problemsOf(preset: string, set: Record<string, unknown>): readonly Problem[] {
  try {
    readChip(preset, { set: { sources: null, ...set } });
  } catch (error) {
    if (error instanceof UserError) return error.problems;
    throw error;
  }
  return [];
}

const converter = "core.arrays.timing.converter";

describe("contradictions", () => {
  it.each<[string, string, Record<string, unknown>, string, RegExp]>([
    [
      "a bus wider than local memory",
      "compass-s",
      { "core.localMemory.bandwidth": "12.8 GB/s" },
      "network.bandwidth",
      /25\.6 GB\/s \(25\.6 B a tick\).*12\.8 GB\/s \(12\.8 B a tick\)/,
    ],
    [
      "a bus wider than the weight buffer",
      "compass-s",
      { "core.weightBuffer.bandwidth": "16 B/cycle" },
      "network.bandwidth",
      /25\.6 GB\/s.*16 B\/cycle/,
    ],
    [
      "a link wider than local memory",
      "isaac",
      { "network.bandwidth": "64 B/cycle" },
      "network.bandwidth",
      /a link of the mesh/,
    ],
    [
      "more wordlines than rows",
      "thread-2",
      { "core.arrays.timing.rowsActive": 65 },
      "core.arrays.timing.rowsActive",
      /wordlines/,
    ],
    [
      "groups that do not divide the arrays",
      "thread-2",
      { [`${converter}.arraysPerGroup`]: 3 },
      `${converter}.arraysPerGroup`,
      /4 arrays.*groups of 3/,
    ],
    [
      "idle converters",
      "thread-2",
      { [`${converter}.convertersPerGroup`]: 257 },
      `${converter}.convertersPerGroup`,
      /more converters than columns/,
    ],
    ["a mesh too small", "isaac", { "network.rows": 11 }, "network", /14 x 11 has 154 nodes, too few for 168 cores/],
    ["a memory node outside the mesh", "isaac", { "network.memoryNode": 168 }, "network.memoryNode", /no such node/],
    [
      "no weight buffer",
      "compass-s",
      { "core.weightBuffer": null, "energy.weightBufferPerByte": null },
      "core.arrays.weightsFrom",
      /no "core.weightBuffer"/,
    ],
    [
      "no DRAM",
      "www-analog6t-smem",
      { dram: null, "energy.dramReadPerByte": null, "energy.dramWritePerByte": null },
      "core.arrays.inputsFrom",
      /no "dram"/,
    ],
    [
      "no global buffer",
      "thread-2",
      { "core.arrays.outputsTo": "globalBuffer" },
      "core.arrays.outputsTo",
      /no "globalBuffer"/,
    ],
    [
      "a weight buffer nothing reads",
      "thread-2",
      { "core.arrays.weightsFrom": "dram" },
      "core.weightBuffer",
      /nothing reads/,
    ],
    [
      "a weight buffer nothing fills",
      "thread-2",
      { dram: null, "energy.dramReadPerByte": null, "energy.dramWritePerByte": null },
      "core.weightBuffer",
      /nothing can fill .* no weights can be loaded and none replaced/,
    ],
    [
      "a weight buffer smaller than a pulse",
      "thread-2",
      { "core.weightBuffer.size": 31 },
      "core.weightBuffer.size",
      /32 bytes/,
    ],
    [
      "cells wider than ever used, weights wider than rows",
      "thread-2",
      { weightBits: [8, 32], "core.arrays.columns": 8, [`${converter}.convertersPerGroup`]: 32 },
      "weightBits.1",
      /takes 16 columns.*has 8/,
    ],
    [
      "a default width the arrays do not run",
      "thread-2",
      { "defaultPrecision.activationBits": 16 },
      "defaultPrecision.activationBits",
      /lists 4, 8/,
    ],
    ["a width listed twice", "thread-2", { inputBits: [4, 8, 4] }, "inputBits.2", /twice/],
    [
      "modes without rails",
      "thread-2",
      { "core.arrays.modes": ["normal", "double"] },
      "core.arrays.modes",
      /two rails/,
    ],
    ["rails without modes", "ddc-pim", { "core.arrays.modes": ["normal"] }, "core.arrays.railsPerCell", /no mode/],
    ["too few accumulators", "thread-2", { "core.accumulatorEntries": 31 }, "core.accumulatorEntries", /32 results/],
    [
      "a bank exchange without banks",
      "thread-2",
      { "core.arrays.write.swapTime": 4 },
      "core.arrays.write.swapTime",
      /not double-banked/,
    ],
    [
      "more write ports than arrays",
      "thread-2",
      { "core.arrays.write.portsPerCore": 5 },
      "core.arrays.write.portsPerCore",
      /more write ports/,
    ],
    [
      "a pulse over more rows than there are",
      "thread-2",
      { "core.arrays.write.rowsPerPulse": 65 },
      "core.arrays.write.rowsPerPulse",
      /more rows/,
    ],
    [
      "an input to more arrays than there are",
      "thread-2",
      { "core.arrays.arraysPerInput": 5 },
      "core.arrays.arraysPerInput",
      /more arrays/,
    ],
    [
      "a phase of more bits than inputs have",
      "thread-2",
      { "core.arrays.timing.inputBitsPerPhase": 9 },
      "core.arrays.timing.inputBitsPerPhase",
      /widest input/,
    ],
    [
      "a step of more rows than there are",
      "www-analog6t-smem",
      { "core.arrays.timing.rowsPerStep": 65 },
      "core.arrays.timing.rowsPerStep",
      /more rows/,
    ],
    [
      "a step of more results than there are",
      "www-analog6t-smem",
      { "core.arrays.timing.columnsPerStep": 65 },
      "core.arrays.timing.columnsPerStep",
      /more results/,
    ],
    [
      "an interleave of one channel",
      "thread-2",
      { "dram.interleave": "1 kB" },
      "dram.interleave",
      /only one of "channels"/,
    ],
    [
      "an interleave of one bank",
      "compass-s",
      { "core.localMemory.interleave": 64 },
      "core.localMemory.interleave",
      /only one of "banks"/,
    ],
    [
      "a packet larger than its memory",
      "thread-2",
      { "core.localMemory.packet": "65 kB" },
      "core.localMemory.packet",
      /larger than its memory/,
    ],
    [
      "a memory nobody can read",
      "thread-2",
      { "core.localMemory.sharedPorts": 0, "core.localMemory.writePorts": 1 },
      "core.localMemory.readPorts",
      /no port of the memory reads/,
    ],
    [
      "a network faster than the chip",
      "thread-2",
      { "network.clock": "2 GHz", "core.localMemory.bandwidth": "16 B/cycle" },
      "network.clock",
      /faster than the chip/,
    ],
    [
      "energy of converters that are not there",
      "dimc-28nm",
      { "energy.conversion": "1 pJ" },
      "energy.conversion",
      /no analogue-to-digital/,
    ],
    [
      "energy of a global buffer that is not there",
      "thread-2",
      { "energy.globalBufferReadPerByte": "1 pJ" },
      "energy.globalBufferReadPerByte",
      /no global buffer/,
    ],
  ])("%s", (_, preset, set, field, message) => {
    const problems = problemsOf(preset, set);
    expect(problems.map((problem) => problem.place!.field)).toContain(field);
    expect(problems.find((problem) => problem.place!.field === field)!.message).toMatch(message);
  });

  it("names a source of no field, with the nearest, at its line", () => {
    const text = readFileSync(new URL("../../src/hardware/presets/thread-2.yaml", import.meta.url), "utf8");
    const wrong = text.replace("core.arrays.timing.rowsActive:", "core.arrays.timing.rowActive:");
    try {
      parseChip(wrong, "x.yaml");
      expect.unreachable();
    } catch (error) {
      const [problem] = (error as UserError).problems;
      const line = wrong.split("\n").findIndex((row) => row.includes("rowActive")) + 1;
      expect(problem).toMatchObject({ nearest: "core.arrays.timing.rowsActive", place: { line, column: 3 } });
    }
  });

  it("leaves unequal resolution of converters and rows to the designer", () => {
    expect(problemsOf("thread-2", { [`${converter}.bits`]: 3 })).toEqual([]);
  });
});
