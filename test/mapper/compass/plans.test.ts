/** The plan that a search costs is the Mapping that is made: both roads to it meet, for every strategy. */
import { describe, expect, it } from "vitest";
import { compassEstimator, mappingPlans } from "../../../src/analytical/index.js";
import { UserError } from "../../../src/base/index.js";
import { type Chip, readChip } from "../../../src/hardware/index.js";
import { programDigest } from "../../../src/isa/index.js";
import { emit, type MapOptions, map, searchSpace } from "../../../src/mapper/index.js";
import type { PartitionPlan } from "../../../src/mapping/index.js";
import { loadBuiltin, type Network, readNetwork } from "../../../src/workload/index.js";

/** A plan with shares of bytes rounded, so that sums in another order are equal. */
function rounded(plan: PartitionPlan): unknown {
  return JSON.parse(
    JSON.stringify(plan, (_, value) => (typeof value === "number" ? Math.round(value * 1e3) / 1e3 : value)),
  );
}

function mapped(network: Network, chip: Chip, options: MapOptions) {
  const { batch = 1 } = options;
  return map(network, chip, { ...options, cost: compassEstimator(chip, batch) });
}

describe("a plan", () => {
  it.each([
    ["resnet18", "compass-s", { strategy: "compass", batch: 4, generations: 5 }],
    ["resnet18", "compass-m", { strategy: "compass-optimal", objective: "edp" }],
    ["squeezenet1_1", "compass-s", { strategy: "compass-optimal", replication: "issue-bound" }],
    ["resnet18", "compass-s", { strategy: "greedy", mvmPer: "rowBlock", replication: "half-reserve" }],
    ["vgg16", "compass-m", { strategy: "greedy", mvmPer: "rowBlock" }],
    ["resnet18", "compass-l", { strategy: "layerwise", mvmPer: "unit" }],
    ["mobilenet_v2", "compass-m", { strategy: "compass-optimal" }],
  ] as const)("%s on %s, %j: equals what the finished mapping holds", (name, chipName, options) => {
    const network = loadBuiltin(name);
    const chip = readChip(chipName);
    const mapping = mapped(network, chip, options);
    const { planner } = searchSpace(network, chip, { mvmPer: mapping.mvmPer, ...options });
    const plans = mappingPlans(mapping, network, chip);
    expect(plans.length).toBeGreaterThan(1);
    for (const plan of plans) expect(rounded(plan)).toEqual(rounded(planner.plan(plan.unit0, plan.unit1)));
  });

  it("loads what a partition reads and stores what others need: bytes by hand", () => {
    const network = readNetwork("resnet8@16x16");
    const chip = readChip("compass-s");
    const { units, planner } = searchSpace(network, chip);
    const whole = planner.plan(0, units.length);
    // The whole network in one: the image (16 x 16 x 3, two bytes a pixel) in, ten results out.
    expect(whole).toMatchObject({ loadBytes: 16 * 16 * 2, storeBytes: 5, partialLoadBytes: 0, partialStoreBytes: 0 });
    // Cut in two, what crosses is stored once and loaded once.
    for (let cut = 1; cut < units.length; cut++) {
      const [before, behind] = [planner.plan(0, cut), planner.plan(cut, units.length)];
      expect(before.storeBytes).toBeGreaterThan(0);
      expect(before.weightBytes + behind.weightBytes).toBe(whole.weightBytes);
      expect(before.resultBytes + behind.resultBytes).toBeCloseTo(whole.resultBytes, 6);
      expect(before.partialStoreBytes).toBe(behind.partialLoadBytes);
    }
  });
});

describe("replication", () => {
  const network = loadBuiltin("resnet18");
  const chip = readChip("compass-m");
  const plans = (["chip-full", "half-reserve", "issue-bound"] as const).map((replication) =>
    searchSpace(network, chip, { replication }).planner.plan(0, 9),
  );
  const used = plans.map(({ layers }) => layers.reduce((sum, { slots, replicas }) => sum + slots * replicas, 0));

  it("fills the chip until the slowest layer has no room for another copy", () => {
    const { layers } = plans[0]!;
    const slowest = layers.reduce((a, b) => (b.windowsPerReplica > a.windowsPerReplica ? b : a));
    expect(used[0]).toBeLessThanOrEqual(256);
    expect(used[0]! + slowest.slots).toBeGreaterThan(256 - 16);
  });

  it("keeps half in reserve", () => {
    expect(used[1]).toBeLessThanOrEqual(128);
    expect(used[1]).toBeGreaterThan(128 - 32);
  });

  it("stops where the issue ports, equally busy, are as slow", () => {
    const { layers } = plans[2]!;
    // Issue interval and MVM both take 200 ns, so windows compare with issues a core.
    const issues = layers.reduce((sum, { groups, windows }) => sum + groups * windows, 0) / 16;
    const slowest = Math.max(...layers.map(({ windowsPerReplica }) => windowsPerReplica));
    expect(slowest).toBeLessThanOrEqual(issues);
    expect(used[2]).toBeLessThan(used[0]!);
  });
});

describe("the strategies", () => {
  const network = readNetwork("resnet18@32x32");
  const chip = readChip("compass-s");

  it("the same seed gives the same program, byte for byte", () => {
    const digest = (seed: string) => {
      const mapping = mapped(network, chip, { strategy: "compass", seed, generations: 3, population: 20 });
      return programDigest(emit(mapping, network, chip));
    };
    expect(digest("7")).toBe(digest("7"));
    expect(digest("7")).not.toBe(digest("8"));
  });

  it("tell of every generation", () => {
    const seen: number[] = [];
    mapped(network, chip, {
      strategy: "compass",
      generations: 4,
      population: 10,
      onGeneration: ({ generation }) => seen.push(generation),
    });
    expect(seen).toEqual([0, 1, 2, 3, 4]);
  });

  it("the optimum costs no more than any other strategy", () => {
    const cost = compassEstimator(chip, 2);
    const total = (strategy: string) => {
      const mapping = map(network, chip, { strategy, batch: 2, cost, mvmPer: "rowBlock" });
      return mappingPlans(mapping, network, chip).reduce((sum, plan) => sum + cost(plan).cycles, 0);
    };
    const least = total("compass-optimal");
    for (const strategy of ["greedy", "layerwise", "compass"]) expect(total(strategy)).toBeGreaterThanOrEqual(least);
  });

  it("refuse to search without a cost, and columns taller than a core where rows must not be cut", () => {
    const code = (run: () => unknown): string[] => {
      try {
        run();
      } catch (error) {
        if (error instanceof UserError) return error.problems.map((problem) => problem.code);
        throw error;
      }
      return [];
    };
    expect(code(() => map(network, chip, { strategy: "compass" }))).toEqual(["no-cost"]);
    // The 3 x 3 kernels over 256 and 512 channels: 9 row blocks fit a core of 9, 18 do not.
    const tall = () => mapped(network, chip, { strategy: "compass", unitRule: "columns" });
    expect(code(tall)).toEqual(["unit-larger-than-core"]);
    // One cause, one message: layer4.0.conv2, layer4.1.conv1 and layer4.1.conv2 are equally tall.
    expect(tall).toThrow(/^layer "layer4\.0\.conv2": .*, and so do those of 2 more; saw 18 array slots .*$/);
    const narrow = readChip("compass-s", {
      set: { "core.arrays.count": 1, "core.arrays.rows": 16, "core.arrays.timing.rowsActive": 16 },
    });
    expect(code(() => searchSpace(network, narrow, { unitRule: "capacity" }))).toEqual(["unit-larger-than-core"]);
  });
});
