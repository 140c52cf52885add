/** Every chip that comes with the package: it validates, says where each number comes from, and holds the values its paper gives. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import { ceilMul, toNumber, UserError } from "../../src/base/index.js";
import {
  arraysForMatrix,
  arraysPerChip,
  type Chip,
  type ComposedTiming,
  chipJsonSchema,
  chipSources,
  columnsPerWeight,
  describeChip,
  listChips,
  numericLeaves,
  readChip,
  weightCapacity,
  weightsPerArrayRow,
} from "../../src/hardware/index.js";

const presetFile = (name: string) => new URL(`../../src/hardware/presets/${name}.yaml`, import.meta.url);

describe.each(listChips())("preset %s", (name) => {
  it("validates and carries its own name", () => {
    expect(readChip(name).name).toBe(name);
  });

  it("has a source for every number", () => {
    expect(numericLeaves(name).length).toBeGreaterThan(20);
    expect(chipSources(name).filter((leaf) => leaf.source === undefined)).toEqual([]);
  });

  it("is accepted by the JSON Schema, which refuses it with a misspelt field", () => {
    const schema = z.fromJSONSchema(chipJsonSchema() as z.core.JSONSchema.JSONSchema);
    const form = parse(readFileSync(presetFile(name), "utf8"));
    expect(schema.safeParse(form).error?.issues ?? []).toEqual([]);
    expect(schema.safeParse({ ...form, colour: 1 }).success).toBe(false);
    expect(schema.safeParse({ ...form, clock: "fast" }).success).toBe(false);
  });

  it("holds only safe whole numbers where time and size are counted", () => {
    const walk = (value: unknown, key: string): void => {
      if (typeof value === "number" && !/Pj|staticPower|passProbability/.test(key))
        expect(value, key).toSatisfy(Number.isSafeInteger);
      else if (typeof value === "object" && value !== null)
        // A DRAM device counts in its own clock and has currents; test/hardware/dram looks at those.
        for (const [inner, item] of Object.entries(value))
          if (inner !== "device") walk(item, inner.match(/^\d+$/) ? key : inner);
    };
    walk(readChip(name), "");
  });

  it("reads every number: changed, it gives another chip or none", () => {
    const chip = JSON.stringify(readChip(name));
    for (const { path, value } of numericLeaves(name)) {
      const changed =
        typeof value === "number" ? value * 2 || 1 : value.replace(/[\d.]+/, (digits) => String(Number(digits) * 2));
      let other: string;
      try {
        other = JSON.stringify(readChip(name, { set: { [path]: changed } }));
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
        continue;
      }
      expect(other, path).not.toBe(chip);
    }
  });

  it("can be described", () => {
    const { weightCapacity: held, sources } = describeChip(name);
    expect(held).toBeGreaterThan(0);
    expect(Object.keys(sources).length).toBeGreaterThan(5);
  });

  it("names this machine nowhere", () => {
    expect(readFileSync(presetFile(name), "utf8")).not.toMatch(/\/(work|home|root|tmp)\//);
  });
});

const composed = (chip: Chip) => chip.core.arrays.timing as ComposedTiming;

/** One vector's compute hold (docs/timing.md, section 5) of a pipelined ADC that converts all columns of one array. */
function vectorCycles(chip: Chip, inputBits: number): number {
  const { phaseCycles, inputBitsPerPhase, converter } = composed(chip);
  if (converter.kind !== "adc") throw new Error("no converters");
  const conversion = Math.ceil(chip.core.arrays.columns / converter.convertersPerGroup) * converter.conversionCycles;
  return Math.ceil(inputBits / inputBitsPerPhase) * Math.max(phaseCycles, conversion);
}

describe("COMPASS chips", () => {
  // Table I of arXiv 2501.06780: cores, crossbars a core, capacity in 2^20 B; 4-bit weights.
  it.each([
    ["compass-s", 16, 9, 1.125],
    ["compass-m", 16, 16, 2],
    ["compass-l", 36, 16, 4.5],
  ])("%s has the published capacity", (name, cores, crossbars, megabytes) => {
    const chip = readChip(name);
    expect(chip.cores).toBe(cores);
    expect(arraysPerChip(chip)).toBe(cores * crossbars);
    expect(weightCapacity(chip, 4) / 2).toBe(megabytes * 2 ** 20);
    expect(weightsPerArrayRow(chip, 4)).toBe(64);
  });

  it("run a 4-bit MVM in 200 ns, write a row in 10 ns, and issue every 200 ns", () => {
    const chip = readChip("compass-m");
    expect(vectorCycles(chip, 4)).toBe(200);
    expect(chip.core.arrays.write.pulseCycles).toBe(10);
    expect(chip.core.mvmIssueCycles).toBe(200);
  });

  it("take whole cycles a packet everywhere", () => {
    const { network, core, dram } = readChip("compass-s");
    for (const [part, ticks] of [
      [network, 5],
      [core.localMemory, 5],
      [core.vectorUnit, 20],
    ] as const)
      expect((part.packetBytes * part.ticksPerByte.num) / part.ticksPerByte.den).toBe(ticks);
    expect(dram!.packetBytes * (dram!.cyclesPerByte.num / dram!.cyclesPerByte.den)).toBe(16);
    expect(ceilMul(16, dram!.clock.ticksPerCycle)).toBe(20);
  });

  it("count crossbars of ResNet-18's largest layers as COMPASS does", () => {
    const chip = readChip("compass-s");
    expect(arraysForMatrix(chip, 9 * 512, 512, 4)).toBe(18 * 8);
    expect(arraysForMatrix(chip, 512, 1000, 4)).toBe(2 * 16);
  });
});

describe("other chips", () => {
  it("isaac converts 128 columns in a phase of 100 ns, 16 phases a vector", () => {
    const chip = readChip("isaac");
    expect(composed(chip).phaseCycles).toBe(128);
    expect(vectorCycles(chip, 16)).toBe(16 * 128);
    expect(arraysPerChip(chip)).toBe(16128);
    expect(columnsPerWeight(chip, 16)).toBe(8);
  });

  it("dimc-28nm makes the published 1.198 TOPS a core", () => {
    const chip = readChip("dimc-28nm");
    const { count, rows } = chip.core.arrays;
    const phases = 8 / composed(chip).inputBitsPerPhase;
    const products = count * rows * weightsPerArrayRow(chip, 8);
    expect((2 * products * chip.clockHz) / phases / 1e12).toBeCloseTo(1.198, 3);
  });

  it("rram-130nm takes CiMLoop's 1.449 us an input bit, to a cycle", () => {
    const chip = readChip("rram-130nm");
    const { phaseCycles, converter } = composed(chip);
    expect(phaseCycles + (converter.kind === "adc" ? converter.conversionCycles : 0)).toBe(Math.ceil(144.9));
  });

  it("pack-dimc is 16 x 256 x 4 deep 8, and DRAM at its peak fills more than one row a macro and cycle", () => {
    const chip = readChip("pack-dimc");
    const { count, rows, columns, depth, write } = chip.core.arrays;
    expect([weightsPerArrayRow(chip, 8), rows, count, depth]).toEqual([16, 256, 4, 8]);
    const rowBytes = columns / 8;
    const { cyclesPerByte, clock } = chip.dram!;
    expect(toNumber(cyclesPerByte) * toNumber(clock.ticksPerCycle)).toBeLessThan(1 / (count * rowBytes));
    expect(write.rowsPerPulse * rowBytes).toBe(chip.dram!.packetBytes);
    expect(write.pulseCycles).toBe(write.rowsPerPulse);
  });

  it("www chips have the peaks of WWW, in products a cycle", () => {
    const peak = (chip: Chip) => {
      const { timing, count } = chip.core.arrays;
      return timing.kind === "given" ? (count * timing.rowsPerStep * timing.columnsPerStep) / timing.cyclesPerStep : 0;
    };
    // GOPS at 1 GHz are twice the products a cycle.
    expect(2 * peak(readChip("www-digital6t-rf", { set: { "core.arrays.count": 3 } }))).toBeCloseTo(1365.33, 2);
    expect(2 * peak(readChip("www-analog6t-smem"))).toBeCloseTo(2730.67, 2);
    const smem = readChip("www-digital6t-rf").globalBuffer!;
    expect(smem.bytes).toBe(262144);
    expect(smem.ticksPerByte).toEqual({ num: 1, den: 42 });
  });

  it("ddc-pim holds 4096 weights a macro, takes 8 cycles a vector and drains in 6", () => {
    const chip = readChip("ddc-pim");
    const { arrays } = chip.core;
    const { phaseCycles, converter } = composed(chip);
    expect(weightCapacity(chip, 8) / arrays.count).toBe(4096);
    expect(phaseCycles * 8).toBe(8);
    expect((converter.kind === "adderTree" ? converter.latencyCycles : 0) + arrays.accumulateCycles).toBe(6);
    expect(chip.dram!.cyclesPerByte).toEqual({ num: 1, den: 8 });
  });

  it("thread-2 shares one group of converters a core, and the banked one differs in banks only", () => {
    const { converter } = composed(readChip("thread-2"));
    expect(converter).toMatchObject({
      kind: "adc",
      arraysPerGroup: readChip("thread-2").core.arrays.count,
      grain: "phase",
    });
    const set = {
      name: "thread-2-banked",
      description: "x",
      "core.arrays.write.doubleBanked": true,
      "core.arrays.write.swapTime": "4 ns",
    };
    expect(readChip("thread-2", { set })).toEqual({ ...readChip("thread-2-banked"), description: "x" });
  });

  it("general chips have room: accumulators for two array groups, semaphores, credits", () => {
    for (const name of ["compass-s", "compass-m", "compass-l", "isaac", "dimc-28nm", "rram-130nm", "thread-2"]) {
      const chip = readChip(name);
      const outputs = chip.core.arrays.count * weightsPerArrayRow(chip, chip.weightBits[0]!);
      expect(chip.core.accumulatorEntries, name).toBeGreaterThanOrEqual(2 * outputs);
      expect(chip.core.semaphores).toBe(1024);
      expect(chip.core.channelCredits).toBe(2);
      expect(chip.core.weightBuffer, name).toBeDefined();
      expect(chip.dram, name).toBeDefined();
    }
  });
});
