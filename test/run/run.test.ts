/** The whole chain on small networks: what a result says and that it is consistent with itself. */
import { describe, expect, test } from "vitest";
import { sumTerms, TERMS } from "../../src/base/index.js";
import { runResultSchema } from "../../src/results/index.js";
import { type RunOptions, runNetwork } from "../../src/run/index.js";
import { roomyChip, smallNetwork, tightChip, tinyChip } from "./networks.js";

const quick: RunOptions = { experiments: false, checkRows: 0 };

describe("a run", () => {
  const done = runNetwork(smallNetwork(), roomyChip(), { batch: 2 });

  test("has the documented shape", async () => {
    const { result } = await done;
    expect(runResultSchema.parse(JSON.parse(JSON.stringify(result)))).toStrictEqual(JSON.parse(JSON.stringify(result)));
  });

  test("is clean by all laws on its trace", async () => {
    const { check } = (await done).result;
    expect(check).toMatchObject({ mode: "trace", violations: [], skipped: [] });
    expect(check.laws.length).toBeGreaterThan(15);
  });

  test("closes its gap: per stage, per term, over the run", async () => {
    const { result } = await done;
    expect(sumTerms(result.path.terms)).toBe(result.cycles);
    expect(sumTerms(result.estimate.terms)).toBe(result.estimate.cycles);
    expect(result.gap.cycles).toBe(result.cycles - result.estimate.cycles);
    expect(sumTerms(result.gap.parts)).toBe(result.gap.cycles);
    expect(result.stages.reduce((sum, stage) => sum + stage.simulatedCycles, 0)).toBe(result.cycles);
    expect(result.stages.reduce((sum, stage) => sum + stage.estimateCycles, 0)).toBe(result.estimate.cycles);
    for (const term of TERMS)
      expect(result.stages.reduce((sum, { parts }) => sum + parts[term], 0)).toBe(result.gap.parts[term]);
  });

  test("lies within its bounds, and its energy is the sum of its components", async () => {
    const { result } = await done;
    expect(result.cycles).toBeGreaterThanOrEqual(result.bounds.lowerCycles);
    expect(result.cycles).toBeLessThanOrEqual(result.bounds.upperCycles);
    const { total, ...parts } = result.energyPj;
    expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBeCloseTo(total!, 3);
  });

  test("tells first load and steady state apart where weights are resident", async () => {
    const { result } = await done;
    expect(result.weights.case).toBe("resident");
    expect(result.firstLoad!.cycles).toBeGreaterThan(0);
    expect(result.firstLoad!.firstMvmCycle).toBeLessThanOrEqual(result.firstLoad!.cycles);
    expect(result.steady.method).toBe("one batch more");
    expect(result.steady.cyclesPerBatch).toBeGreaterThan(0);
    expect(result.throughputPerSecond).toBeCloseTo((2 * result.clockHz) / result.steady.cyclesPerBatch, 6);
  });

  test("says what free writes remove, and what the largest part of the gap costs", async () => {
    const { result } = await done;
    const [writes, largest] = result.experiments;
    expect(writes).toMatchObject({ ideal: ["write"], reason: "removable writes" });
    expect(result.writes.removableCycles).toBe(result.cycles - writes!.cycles);
    const part = Math.max(...result.stages.flatMap(({ parts }) => TERMS.map((term) => parts[term])));
    expect(largest!.partCycles).toBeLessThanOrEqual(part);
    if (largest!.removedCycles * 2 < largest!.partCycles!) expect(largest!.tookItsPlace).not.toBeNull();
    expect(result.writes.hiddenCycles + result.writes.exposedCycles).toBe(result.writes.activeCycles);
  });

  test("names a cause for every layer with a gap, layers in the order of the network", async () => {
    const { result } = await done;
    for (const layer of result.layers) expect(layer.cause === "none", layer.name).toBe(layer.gap === 0);
    const order = smallNetwork().layers.map(({ name }) => name);
    const seen = result.layers.map(({ name }) => order.indexOf(name));
    expect(seen).toStrictEqual([...seen].sort((a, b) => a - b));
    expect(seen).not.toContain(-1);
  });
});

describe("the three weight cases", () => {
  test("replaced per partition", async () => {
    const { result } = await runNetwork(smallNetwork(), tightChip(), quick);
    expect(result.weights).toMatchObject({ case: "replaced", largerLayers: [] });
    expect(result.weights.stages).toBeGreaterThan(1);
    expect(result).toMatchObject({ firstLoad: null, steady: { method: "whole run", cyclesPerBatch: result.cycles } });
    expect(result.check.violations).toStrictEqual([]);
  });

  test("a single layer larger than the chip", async () => {
    const { result } = await runNetwork(smallNetwork(), tinyChip(), quick);
    expect(result.weights.case).toBe("layerLargerThanChip");
    expect(result.weights.largerLayers.length).toBeGreaterThan(0);
    expect(result.check.violations).toStrictEqual([]);
  });
});

describe("ways of running", () => {
  const plain = runNetwork(smallNetwork(), tightChip(), quick);

  test.each<[string, RunOptions]>([
    ["again", {}],
    ["on the heap", { engine: "heap" }],
    ["in fine mode", { mode: "fine" }],
    ["with a trace in memory", { checkRows: 1e7 }],
    ["with progress", { onProgress: () => {} }],
  ])("%s: the same cycles and digest", async (_, options) => {
    const { result } = await runNetwork(smallNetwork(), tightChip(), { ...quick, ...options });
    const reference = (await plain).result;
    expect(result.digest).toBe(reference.digest);
    expect(result.cycles).toBe(reference.cycles);
    expect(result.path).toStrictEqual(reference.path);
  });

  test("free parts are free on both sides", async () => {
    const reference = (await plain).result;
    const { result } = await runNetwork(smallNetwork(), tightChip(), { ...quick, ideal: ["write", "dram"] });
    expect(result.ideal).toStrictEqual(["dram", "write"]);
    expect(result.cycles).toBeLessThan(reference.cycles);
    expect(result.estimate.cycles).toBeLessThan(reference.estimate.cycles);
    expect(result.check.skipped.map(({ law }) => law)).toContain("6 counts equal the program's");
  });

  test("one program for a range of write times", async () => {
    const slow = tightChip();
    slow.core.arrays.write.pulseCycles *= 10;
    const fast = await plain;
    const { result } = await runNetwork(smallNetwork(), slow, quick);
    expect(result.programDigest).toBe(fast.result.programDigest);
    expect(result.cycles).toBeGreaterThan(fast.result.cycles);
  });

  test("a run that is stopped throws, and says that it was stopped", async () => {
    await expect(runNetwork(smallNetwork(), tightChip(), { ...quick, aborted: () => true })).rejects.toThrow(/stopped/);
  });
});
