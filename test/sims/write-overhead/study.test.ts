/** The write-overhead study: its bisection, its count of rewrites against the simulated program, and the claims its cases rest on. */
import { describe, expect, test } from "vitest";
import { BASE, type StudyCase } from "../../../sims/write-overhead/cases.js";
import { chipOf, passNs } from "../../../sims/write-overhead/chip.js";
import { bracketOf, closeIn, nextTry } from "../../../sims/write-overhead/crossover.js";
import { measureCase, measureWear, RUN_COLUMNS, WEAR_COLUMNS } from "../../../sims/write-overhead/measure.js";
import { crossovers, enduranceRows, withShares, writeEnergyShare } from "../../../sims/write-overhead/summary.js";
import { SECONDS_PER_YEAR, wearOf, yearsToWearOut } from "../../../sims/write-overhead/wear.js";
import { readChip, structureDigest } from "../../../src/hardware/index.js";
import { simulate } from "../../../src/machine/index.js";
import { compileNetwork } from "../../../src/run/index.js";
import { loadBuiltin } from "../../../src/workload/index.js";

const SMALL = { set: { cores: 2, "core.arrays.count": 2 } };

function asRows(columns: readonly string[], rows: readonly (string | number)[][]): Record<string, string>[] {
  return rows.map((row) => Object.fromEntries(columns.map((column, at) => [column, String(row[at])])));
}

describe("crossover", () => {
  // A share that passes 5 % exactly at 137 ns.
  const share = (ns: number) => (0.05 * ns) / 137;

  test("bisection closes in on the passage", () => {
    const points = [10, 100, 1000].map((rowWriteNs) => ({ rowWriteNs, share: share(rowWriteNs) }));
    const { below, reached } = closeIn(points, 0.05, 1.06, share);
    expect(below).toBeLessThan(137);
    expect(reached).toBeGreaterThanOrEqual(137);
    expect(reached! / below!).toBeLessThanOrEqual(1.06);
    expect(points.length).toBeLessThan(12);
  });

  test("no passage in the range is said, not made up", () => {
    expect(bracketOf([{ rowWriteNs: 10, share: 0.01 }], 0.05)).toEqual({ below: 10 });
    expect(bracketOf([{ rowWriteNs: 10, share: 0.2 }], 0.05)).toEqual({ reached: 10 });
    expect(nextTry({ reached: 10 }, 1.06)).toBeUndefined();
  });

  test("whole nanoseconds end it where the ratio cannot be reached", () => {
    expect(nextTry({ below: 3, reached: 4 }, 1.06)).toBeUndefined();
  });
});

describe("wear", () => {
  test("rows counted from the mapping are those the program writes", () => {
    const network = loadBuiltin("resnet8");
    const chip = readChip("compass-s", SMALL);
    const { mapping, program } = compileNetwork(network, chip, { batch: 1, mapping: { mvmPer: "rowBlock" } });
    expect(mapping.partitions.length).toBeGreaterThan(1);
    const wear = wearOf(mapping, 4, chip.core.arrays.rows);
    expect(wear.rowsWritten).toBe(simulate(program, chip, { pathTotals: false }).counts.rowsWritten);
    expect(wear.mostWrittenRow).toBeGreaterThanOrEqual(wear.mostWrittenArray);
    expect(wear.mostWrittenArray).toBeGreaterThanOrEqual(wear.meanRewrites);
    expect(wear.mostWrittenRow).toBeLessThanOrEqual(mapping.partitions.length);
  });

  test("years", () => {
    expect(yearsToWearOut(1e6, 2, 0.5)).toBeCloseTo(1e6 / SECONDS_PER_YEAR, 10);
    expect(yearsToWearOut(1e6, 0, 30)).toBe(Number.POSITIVE_INFINITY);
  });

  test("a resident network never wears out, another one does", () => {
    const rows = asRows(WEAR_COLUMNS, [
      ...measureWear("resnet8", "compass-s", 4, "greedy"),
      ...measureWear("resnet8", "compass-s", 4, "layerwise"),
    ]);
    const of = (mapper: string) => enduranceRows(rows).filter((row) => row["mapper"] === mapper);
    expect(of("greedy").every((row) => row["yearsAt1PerSecond"] === "never")).toBe(true);
    const rram = of("layerwise").find((row) => row["cycles"] === "1000000")!;
    const perInference = Number(rram["mostWrittenRow"]) / 4;
    expect(Number(rram["yearsAt1PerSecond"])).toBeCloseTo(1e6 / perInference / SECONDS_PER_YEAR, 3);
    expect(Number(rram["yearsAt30PerSecond"])).toBeCloseTo(Number(rram["yearsAt1PerSecond"]) / 30, 3);
  });
});

describe("cases", () => {
  test("chips of one case differ in times only", () => {
    expect(structureDigest(chipOf(BASE, 1))).toBe(structureDigest(chipOf(BASE, 10_000)));
    const drawn = { ...BASE, verify: "drawn" as const };
    expect(structureDigest(chipOf(drawn, 100))).toBe(structureDigest(chipOf(BASE, 100)));
    expect(structureDigest(chipOf({ ...BASE, doubleBanked: true }, 10))).not.toBe(structureDigest(chipOf(BASE, 10)));
  });

  test("two drawn passes take the row-write time", () => {
    for (const ns of [10, 100, 1000, 10_000]) {
      const { pulseNs, readNs } = passNs(ns);
      expect(2 * (pulseNs + readNs)).toBe(ns);
    }
  });

  test("one program over a range: exposed grows, free writes give one makespan, laws hold", async () => {
    const one: StudyCase = {
      ...BASE,
      name: "small",
      network: "resnet8",
      batch: 1,
      mapper: "layerwise",
      sweep: [1, 10, 1000, 10_000],
      tolerance: 2,
    };
    const rows = asRows(RUN_COLUMNS, await measureCase(one));
    expect(rows.find((row) => row["rowWriteNs"] === "10")!["check"]).toBe("clean");
    expect(new Set(rows.map((row) => row["programDigest"])).size).toBe(1);
    expect(new Set(rows.map((row) => row["idealCycles"])).size).toBe(1);
    const shares = withShares(rows).map((row) => Number(row["exposedShare"]));
    expect(shares.at(-1)!).toBeGreaterThan(0.5);
    expect(shares.at(-1)!).toBeGreaterThan(shares[0]!);
    for (const { below, reached } of crossovers(rows).map((row) => ({
      below: Number(row["belowNs"]),
      reached: Number(row["reachedNs"]),
    })))
      expect(reached / below).toBeLessThanOrEqual(2);
  });

  test("recompiled rows carry the program they were made of", async () => {
    const one: StudyCase = {
      ...BASE,
      name: "each",
      network: "resnet8",
      batch: 1,
      program: "each",
      sweep: [1, 10_000],
      tolerance: 0,
      checked: false,
    };
    const [fast, slow] = asRows(RUN_COLUMNS, await measureCase(one));
    // Greedy cuts do not look at times.
    expect(fast!["programDigest"]).toBe(slow!["programDigest"]);
    expect(fast!["digest"]).not.toBe(slow!["digest"]);
  });
});

test("the share of writing in the energy follows the energy of a cell", () => {
  const row = { totalNj: "100", writeNj: "10", cellWrites: "1000000" };
  expect(writeEnergyShare(row, 0)).toBe(0);
  expect(writeEnergyShare(row, 10_000)).toBeCloseTo(10_000 / 10_090, 6);
});
