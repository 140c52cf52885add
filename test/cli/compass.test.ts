/** The mappers of COMPASS as a user meets them: what a run prints, and what is refused with one message. */
import { describe, expect, test } from "vitest";
import type { MappingSummary, Result } from "../../src/results/index.js";
import { mappingSummarySchema, runResultSchema } from "../../src/results/index.js";
import { wordline } from "./lab.js";

/** Too small for the network, so that it is cut. */
const CHIP = ["--chip", "compass-s", "--set", "cores=2"];

describe("a run", () => {
  const run = ["run", "resnet8@16x16", ...CHIP, "--batch", "2", "--no-experiments", "--json"];
  const search = ["--mapper", "compass", "--generations", "4", "--population", "12"];

  test("sets every partition beside the estimate it was chosen by", async () => {
    const { exit, stdout } = await wordline(...run, ...search, "--seed", "3");
    expect(exit).toBe(0);
    const result = JSON.parse(stdout) as Result;
    expect(runResultSchema.safeParse(result).error).toBeUndefined();
    expect(result.check.violations).toEqual([]);
    expect(result).toMatchObject({ mapper: "compass", seed: "3" });
    expect(result.partitions.length).toBe(result.weights.stages);
    expect(result.partitions.length).toBeGreaterThan(1);
    const sum = (of: (one: Result["partitions"][number]) => number) =>
      result.partitions.reduce((total, one) => total + of(one), 0);
    expect(sum(({ modelCycles }) => modelCycles)).toBeCloseTo(result.model.cycles, 6);
    expect(sum(({ modelEnergyPj }) => modelEnergyPj)).toBeCloseTo(result.model.energyPj, 3);
    expect(sum(({ estimateCycles }) => estimateCycles)).toBe(result.estimate.cycles);
    expect(sum(({ simulatedCycles }) => simulatedCycles)).toBe(result.cycles);
    for (const { index, modelCycles, simulatedCycles, gapCycles, cause, units, layers } of result.partitions) {
      expect(gapCycles).toBeCloseTo(simulatedCycles - modelCycles, 6);
      expect(cause === "none").toBe(gapCycles === 0);
      expect(units).toBeGreaterThan(0);
      expect(layers.length, `partition ${index}`).toBeGreaterThan(0);
    }
    const again = JSON.parse((await wordline(...run, ...search, "--seed", "3")).stdout) as Result;
    expect(again.programDigest).toBe(result.programDigest);
  });

  test("prints them for people", async () => {
    const argv = run.filter((word) => word !== "--json");
    const { stdout } = await wordline(...argv, "--mapper", "compass-optimal");
    expect(stdout).toContain("Partitions beside the estimate of COMPASS");
    expect(stdout).toMatch(/partition 1 /);
  });
});

describe("a mapping", () => {
  const summary = async (...argv: string[]) => {
    const { exit, stdout, stderr } = await wordline("map", "resnet18@32x32", "--chip", "compass-s", "--json", ...argv);
    expect(stderr).toBe("");
    expect(exit).toBe(0);
    const result = JSON.parse(stdout) as MappingSummary;
    expect(mappingSummarySchema.safeParse(result).error).toBeUndefined();
    return result;
  };

  test("of least time, energy and product: each objective is best at its own", async () => {
    const of = async (objective: string) =>
      (await summary("--mapper", "compass-optimal", "--batch", "4", "--objective", objective)).model;
    const [latency, energy, edp] = [await of("latency"), await of("energy"), await of("edp")];
    expect(latency.cycles).toBeLessThanOrEqual(Math.min(energy.cycles, edp.cycles));
    expect(energy.energyPj).toBeLessThanOrEqual(Math.min(latency.energyPj, edp.energyPj));
    const product = ({ cycles, energyPj }: typeof edp) => cycles * energyPj;
    expect(product(edp)).toBeLessThanOrEqual(Math.min(product(latency), product(energy)) * (1 + 1e-12));
  });

  test("options of the estimate and of replication reach it", async () => {
    const plain = await summary("--mapper", "layerwise");
    const cycles = async (...argv: string[]) => (await summary("--mapper", "layerwise", ...argv)).model.cycles;
    expect(await cycles("--model-combine", "sum")).toBeGreaterThan(plain.model.cycles);
    expect(await cycles("--model-issue", "piecewise")).toBeGreaterThanOrEqual(plain.model.cycles);
    const blocks = await cycles("--mvm-per", "rowBlock");
    expect(blocks).toBeGreaterThan(plain.model.cycles);
    expect(await cycles("--mvm-per", "rowBlock", "--replication", "issue-bound")).not.toBe(blocks);
    const greedy = await summary("--mapper", "greedy");
    const bySample = await summary("--mapper", "greedy", "--model-fill", "sample");
    expect(bySample.model.cycles).not.toBe(greedy.model.cycles);
    // A mapping that works sample by sample is estimated so.
    expect((await summary("--mapper", "greedy", "--pipeline", "sample")).model).toEqual(bySample.model);
  });
});

describe("refused", () => {
  test.each([
    [["--mapper", "compas"], 'did you mean "compass"?'],
    [["--mapper", "compass", "--batch", "0"], "accepted: 1 or more"],
    [["--mapper", "compass", "--batch", "99999999999999999999"], "accepted: 1 to 9007199254740991"],
    [["--mapper", "compass", "--batch", "9007199254740991"], "do not fit the DRAM"],
    [["--mapper", "compass", "--seed", "one"], "--seed takes a whole number"],
    [["--mapper", "compass", "--seed", "99999999999999999999999"], "accepted: 0 to 9007199254740991"],
    [["--mapper", "compass", "--generations", "-1"], "accepted: 0 to 10000"],
    [["--mapper", "compass", "--generations", "999999999"], "accepted: 0 to 10000"],
    [["--mapper", "compass", "--population", "1"], "accepted: 2 to 10000"],
    [["--mapper", "compass", "--population", "1000000000"], "accepted: 2 to 10000"],
    [["--objective", "edp"], "--objective goes with --mapper compass or compass-optimal; saw --mapper greedy"],
    [["--mapper", "compass-optimal", "--generations", "5"], "--generations goes with --mapper compass; saw"],
    [["--mapper", "compass-optimal", "--population", "5"], "--population goes with --mapper compass; saw"],
    [["--mapper", "layerwise", "--early-stop"], "--early-stop goes with --mapper compass; saw"],
    [["--mapper", "greedy", "--seed", "2"], "--seed goes with --mapper compass; saw"],
    // An unknown mapper is named, not what goes with it.
    [["--mapper", "greed", "--objective", "edp"], 'did you mean "greedy"?'],
    [["--mapper", "compass", "--objective", "speed"], "latency, energy, edp"],
    [["--mapper", "compass", "--unit-rule", "columns"], "exceeds a core under the unit rule columns"],
    [["--mapper", "compass", "--set", "core.localMemory.size=1 kB"], "local memory"],
  ])("%j: %s", async (argv, words) => {
    const { exit, stdout, stderr } = await wordline("map", "resnet18@32x32", "--chip", "compass-s", ...argv);
    expect(exit).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).not.toMatch(/\n\s+at /);
    const lines = stderr.trim().split("\n");
    expect(lines.filter((line) => !line.startsWith("(--help"))).toHaveLength(1);
    expect(stderr).toContain(words);
  });

  test("every option that the mapper does not read, at once", async () => {
    const argv = ["--objective", "edp", "--generations", "5", "--population", "3"];
    const { exit, stderr } = await wordline("map", "resnet18@32x32", "--chip", "compass-s", ...argv);
    expect(exit).toBe(2);
    expect(stderr.match(/--\w+ goes with --mapper compass/g)).toHaveLength(3);
  });

  test("filters of a trace without a trace", async () => {
    const argv = ["resnet8@16x16", "--chip", "compass-s", "--no-experiments", "--trace-from", "5"];
    const { exit, stderr } = await wordline("run", ...argv);
    expect([exit, stderr]).toEqual([2, "wordline: --trace-from goes with --trace\n"]);
  });

  test("a chip without DRAM and without a global buffer", async () => {
    const { exit, stderr } = await wordline("map", "resnet18@32x32", "--chip", "compass-s", "--set", "dram=null");
    expect(exit).toBe(2);
    expect(stderr).toContain("neither dram nor globalBuffer, so no weights can be loaded and none replaced");
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  test("a chip without DRAM for a network that does not fit it", async () => {
    const buffer = "{ size: 32 kB, bandwidth: 25.6 GB/s, packet: 128 B }";
    const argv = [
      "--set",
      "dram=null",
      "--set",
      `globalBuffer=${buffer}`,
      "--set",
      "core.arrays.weightsFrom=weightBuffer",
    ];
    const { exit, stderr } = await wordline("map", "resnet18", "--chip", "compass-s", "--mapper", "compass", ...argv);
    expect(exit).toBe(2);
    expect(stderr).toContain("global buffer");
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});
