/** Law 11: the structure digest is blind to times, rates and energies, and sees all that a program depends on. */
import { describe, expect, it } from "vitest";
import {
  arrayRowBytes,
  columnsPerWeight,
  type LoadOptions,
  readChip,
  rowsPerChip,
  runsWidths,
  structureDigest,
  structureOf,
  weightCapacity,
  weightsPerArrayRow,
  widthFor,
  wordlinesUsed,
} from "../../src/hardware/index.js";

const digest = (name: string, set: NonNullable<LoadOptions["set"]> = {}) => structureDigest(readChip(name, { set }));

describe("structure digest", () => {
  it.each([
    { name: "other", description: "other", clock: "2 GHz" },
    { "core.arrays.write.pulseTime": "1 us", "core.arrays.write.verify": { kind: "none" }, sources: null },
    { "core.arrays.write.rowsPerPulse": 1, "core.arrays.write.portsPerCore": 2 },
    { "core.arrays.timing.phaseTime": 3, "core.arrays.timing.converter.bits": 5 },
    { "core.localMemory.bandwidth": "99 B/cycle", "core.localMemory.arbitration": "fixed" },
    { "dram.bandwidth": "1 GB/s", "dram.latency": 99, "dram.storeAck": "accepted" },
    { "network.bandwidth": "1 B/cycle", "network.arbitration": "fixed" },
    { "energy.cellWrite": "1 nJ", "energy.staticPower": "1 W" },
    { "core.outstanding.load": 1, "core.mvmIssueTime": 99, "core.vectorUnit.startTime": 9 },
    { "core.arrays.inputRegisters": 1, defaultPrecision: { weightBits: 4, activationBits: 4 } },
  ])("is unchanged by %j", (set) => {
    expect(digest("thread-2", set)).toBe(digest("thread-2"));
  });

  it.each([
    { cores: 3 },
    { "core.arrays.count": 8 },
    { "core.arrays.rows": 65 },
    { "core.arrays.columns": 72 },
    { "core.arrays.depth": 2 },
    { "core.arrays.cellBits": 1 },
    { "core.arrays.railsPerCell": 2, "core.arrays.modes": ["normal", "double"] },
    { "core.arrays.arraysPerInput": 4 },
    { "core.arrays.write.doubleBanked": true },
    { "core.arrays.write.broadcast": false },
    { "core.localMemory.size": "32 kB" },
    { "core.localMemory.banks": 4 },
    { "core.weightBuffer.size": "8 kB" },
    { globalBuffer: { size: "64 kB", bandwidth: "8 B/cycle" } },
    { "dram.size": "1 GB" },
    { "dram.channels": 2 },
    { "core.accumulatorBits": 24 },
    { "core.accumulatorEntries": 512 },
    { "core.semaphores": 64 },
    { "core.channelCredits": 1 },
    { network: { kind: "mesh", columns: 2, rows: 1, bandwidth: "8 B/cycle", hopTime: 1 }, sources: null },
    { weightBits: [8] },
    { inputBits: [4, 8, 16] },
  ])("is changed by %j", (set) => {
    expect(digest("thread-2", set)).not.toBe(digest("thread-2"));
  });

  it("tells all general presets apart", () => {
    const names = [
      "compass-s",
      "compass-m",
      "compass-l",
      "isaac",
      "dimc-28nm",
      "rram-130nm",
      "thread-2",
      "thread-2-banked",
    ];
    expect(new Set(names.map((name) => digest(name))).size).toBe(names.length);
  });

  it("is over a plain value", () => {
    const structure = structureOf(readChip("isaac"));
    expect(JSON.parse(JSON.stringify(structure))).toEqual(structure);
  });
});

describe("counts", () => {
  const chip = readChip("thread-2");

  it("follow from the geometry", () => {
    // 64 columns of 2-bit cells: 8 bits take 4 columns, 4 bits take 2.
    expect([columnsPerWeight(chip, 8), columnsPerWeight(chip, 4), columnsPerWeight(chip, 3)]).toEqual([4, 2, 2]);
    expect([weightsPerArrayRow(chip, 8), weightsPerArrayRow(chip, 4)]).toEqual([16, 32]);
    expect(weightCapacity(chip, 8)).toBe(2 * 4 * 64 * 16);
    expect(arrayRowBytes(chip)).toBe(16);
    expect(rowsPerChip(chip)).toBe(512);
    expect([0, 1, 2].map((row) => wordlinesUsed(chip, 100, row))).toEqual([64, 36, 0]);
  });

  it("say which widths run", () => {
    expect(runsWidths(chip, 8, 4)).toBe(true);
    expect(runsWidths(chip, 16, 4)).toBe(false);
    expect(widthFor(chip, "weightBits", 3)).toBe(4);
    expect(() => widthFor(chip, "inputBits", 16)).toThrow(/runs no inputs of 16 bits; saw 16; accepted: 4, 8/);
  });
});
