/** The estimate of COMPASS against sums by hand, and its constants against the chip. */
import { describe, expect, it } from "vitest";
import { compassEstimator, compassTerms } from "../../src/analytical/index.js";
import { sumTerms } from "../../src/base/index.js";
import { readChip } from "../../src/hardware/index.js";
import type { PartitionPlan } from "../../src/mapping/index.js";

/** compass-m with round figures: DRAM at 6.4 GB/s is 5 / 32 cycles a byte, an MVM 200 cycles, an array write 256 x 10. */
const chip = readChip("compass-m");

/** Two layers: the first on cores 0 and 1, one replica each; the second, three groups, on core 1. */
const plan: PartitionPlan = {
  unit0: 0,
  unit1: 2,
  layers: [
    {
      layer: 0,
      inputBits: 4,
      windows: 100,
      replicas: 2,
      windowsPerReplica: 50,
      windowsBeforeConsumer: 22,
      groups: 2,
      slots: 4,
      cells: 4000,
      columns: 300,
    },
    {
      layer: 1,
      inputBits: 4,
      windows: 60,
      replicas: 1,
      windowsPerReplica: 60,
      windowsBeforeConsumer: 0,
      groups: 3,
      slots: 6,
      cells: 9000,
      columns: 500,
    },
  ],
  cores: [
    { core: 0, slotsWritten: 4, groups: [2, 0] },
    { core: 1, slotsWritten: 10, groups: [2, 3] },
  ],
  weightBytes: 6400,
  receivedWeightBytes: 9600,
  rowsWritten: 1000,
  cellsWritten: 17_000,
  loadBytes: 3200,
  storeBytes: 640,
  partialLoadBytes: 0,
  partialStoreBytes: 0,
  innerBytes: 320,
  resultBytes: 900,
};

describe("the estimate of COMPASS", () => {
  it("by windows, memory beside computing", () => {
    const estimate = compassEstimator(chip, 4)(plan);
    expect(estimate).toMatchObject({
      loadWeightCycles: (6400 * 5) / 32,
      writeCycles: 10 * 2560,
      // Core 1 issues 2 x 50 + 3 x 60 groups; its slowest layer takes 60 x 200.
      sampleCycles: 280 * 200,
      // 22 windows of the first layer, two at a time.
      fillCycles: (22 * 200) / 2,
      ioCycles: (4 * 3840 * 5) / 32,
    });
    expect(estimate.cycles).toBe(1000 + 25_600 + 2200 + 4 * 56_000);
  });

  it("by samples, memory after computing, issue ports in pieces", () => {
    const estimate = compassEstimator(chip, 4, { fill: "sample", combine: "sum", issue: "piecewise" })(plan);
    // Window by window: 50 with five groups at work, 10 with three; never shorter than an MVM.
    expect(estimate.sampleCycles).toBe(50 * 5 * 200 + 10 * 3 * 200);
    expect(estimate.fillCycles).toBe(56_000);
    expect(estimate.cycles).toBe(1000 + 25_600 + 56_000 + 4 * 56_000 + 2400);
    const fast = readChip("compass-m", { set: { "core.mvmIssueTime": "20 ns" } });
    // Five groups in 100 cycles, three in 60: the MVM's 200 decide.
    expect(compassEstimator(fast, 1, { issue: "piecewise" })(plan).sampleCycles).toBe(60 * 200);
    expect(compassEstimator(fast, 1)(plan).sampleCycles).toBe(60 * 200);
  });

  it("where memory decides", () => {
    const slow = { ...plan, loadBytes: 3_200_000 };
    const estimate = compassEstimator(chip, 2)(slow);
    expect(estimate.cycles).toBe(1000 + 25_600 + (2 * 3_200_640 * 5) / 32);
    const terms = compassTerms(estimate, slow, chip, 2);
    expect(terms).toMatchObject({ fill: 0, mvm: 0, adc: 0, write: 25_600, weightLoad: 1000 });
    expect(sumTerms(terms)).toBeCloseTo(estimate.cycles, 6);
  });

  it.each([{}, { combine: "sum" }, { fill: "sample" }] as const)("terms sum to its cycles: %j", (model) => {
    const estimate = compassEstimator(chip, 3, model)(plan);
    const terms = compassTerms(estimate, plan, chip, 3, model);
    expect(sumTerms(terms)).toBeCloseTo(estimate.cycles, 6);
    // Of an MVM of 200 cycles the first 10 drive the rows, the rest converts.
    expect(terms.adc / (terms.adc + terms.mvm)).toBeCloseTo(190 / 200, 12);
  });

  it("every rate comes from the chip", () => {
    const base = compassEstimator(chip, 1)(plan);
    const with_ = (set: Record<string, unknown>) => compassEstimator(readChip("compass-m", { set }), 1)(plan);
    expect(with_({ "core.arrays.write.pulseTime": "20 ns" }).writeCycles).toBe(2 * base.writeCycles);
    expect(with_({ "core.arrays.write.rowsPerPulse": 4 }).writeCycles).toBe(base.writeCycles / 4);
    expect(with_({ "core.arrays.write.portsPerCore": 4 }).writeCycles).toBe(3 * 2560);
    expect(with_({ "core.mvmIssueTime": "100 ns" }).sampleCycles).toBe(base.sampleCycles / 2);
    expect(with_({ "network.bandwidth": "3.2 GB/s" }).loadWeightCycles).toBe(2 * base.loadWeightCycles);
  });

  it("energy: weights once a batch, the rest a sample", () => {
    const free = readChip("compass-m", { set: { "energy.staticPower": "0 mW" } });
    const energy = (batch: number) => compassEstimator(free, batch)(plan).energyPj;
    const sample = energy(2) - energy(1);
    expect(energy(5) - energy(1)).toBeCloseTo(4 * sample, 3);
    // Array MVMs at 2.188 nJ: 4 slots x 100 windows + 6 x 60.
    expect(sample).toBeGreaterThan(760 * 2188);
    // Weights: cells at 25.75 fJ, 9600 bytes into and out of buffers at 0.5 pJ, 6400 bytes over DRAM and bus at 1 pJ or more.
    expect(energy(1) - sample).toBeGreaterThan(17_000 * 0.02575 + 9600 + 6400);
    const half = readChip("compass-m", { set: { "energy.staticPower": "1 mW" } });
    const { cycles, energyPj } = compassEstimator(half, 1)(plan);
    // 1 mW is 1 pJ a nanosecond, a cycle here.
    expect(energyPj).toBeCloseTo(energy(1) + cycles, 3);
  });
});
