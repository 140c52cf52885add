/**
 * Hand-derived estimates of tiny Mappings on the thin chip. A byte takes 1/2 tick in DRAM (20 before the first), 1/8 on the bus, 1/4 in local
 * memory, 1/16 in the weight buffer, 1/2 in the vector unit (2 more an instruction); a pulse of two rows takes 10; 4-bit inputs take 4 phases
 * for up to 32 rows, settling 3, converting 2 for every 8 of the physical columns (2 a weight); accumulating 5.
 */
import { describe, expect, it } from "vitest";
import { estimateDetail, estimateMapping } from "../../src/analytical/index.js";
import { sumTerms, TERMS, type TermCycles } from "../../src/base/index.js";
import type { Chip } from "../../src/hardware/index.js";
import { estimateSchema } from "../../src/results/index.js";
import { type ConvSpec, chainMapping, chainNetwork } from "./estimate-fixtures.js";
import { thinChip } from "./fixtures.js";

interface Case {
  size?: number;
  channels: number;
  specs: ConvSpec[];
  batch?: number;
  chip?: Chip;
  ideal?: string[];
  multicast?: boolean;
}

function detail({ size = 4, channels, specs, batch = 1, chip = thinChip(), ideal = [], multicast = true }: Case) {
  const network = chainNetwork(size, channels, specs);
  const mapping = { ...chainMapping(network, specs, batch), weightMulticast: multicast };
  return estimateDetail(mapping, network, chip, { ideal });
}

const used = (terms: TermCycles) => Object.fromEntries(TERMS.filter((t) => terms[t] > 0).map((t) => [t, terms[t]]));

const one: ConvSpec = { kernel: 1, channels: 16, cores: [0], stage: 0 };

describe("estimates by hand", () => {
  it("one 1x1 layer, 4x4x32 to 4x4x16", () => {
    // Weights: one tile of 32 rows x 8 B = 256 B. L = l = 20 + 256/2 = 148. 16 pulse groups of 16 B: W = w = 16·10 = 160 (reading 256/16 = 16 hides).
    //   L + w = 308.
    // First row: 4 pixels x 16 B = 64 B, 20 + 64/2 = 52.
    // MVM: 4 phases, c = 32/8·2 = 8, H = 4·8 = 32 (mvm 3, adc 29); its load 16 B/4 = 4 hides. 16 windows: 512.
    // Behind it for the last row: tail min(3, 8) + 5 = 8, vector 32 B/2 + 2 = 18, store 32 B/2 = 16: 42.
    const { stages, ...all } = detail({ channels: 32, specs: [one] });
    expect(all.cycles).toBe(308 + 52 + 512 + 42);
    expect(used(all.terms)).toEqual({ write: 160, weightLoad: 148, mvm: 16 * 3, adc: 16 * 29, fill: 52, drain: 42 });
    expect(stages[0]).toMatchObject({ bound: "core 0 array 0", weightTicks: 308, fillTicks: 52, sampleTicks: 512 });
    // Alone, the array is the layer's busiest resource too.
    expect(stages[0]!.layers).toMatchObject([{ layer: "conv0", cycles: 512, bound: "core 0 array 0" }]);
    // Batch 3: only the bound resource's work is repeated.
    expect(detail({ channels: 32, specs: [one], batch: 3 }).cycles).toBe(308 + 52 + 3 * 512 + 42);
  });

  it("one 3x3 layer, 4x4x8 to 4x4x16: two row tiles in lockstep", () => {
    // Weights: 72 rows in tiles of 64 and 8: 512 B and 64 B. L = 20 + 576/2 = 308, l = 20 + 256 = 276; w = 32·10 = 320,
    //   W = 320 + 4·10 = 360. max(308 + 320, 276 + 360) = 636: bound by writing.
    // The first output row needs input rows 0 and 1: 2 · 16 B/2 + 20 = 36.
    // MVM: 64 rows, 32 at once: 8 phases of 8: H = 64 (mvm 3, adc 61). 16 windows: 1024. Behind: 8 + 18 + 16.
    const all = detail({ channels: 8, specs: [{ ...one, kernel: 3 }] });
    expect(all.cycles).toBe(636 + 36 + 1024 + 42);
    expect(used(all.terms)).toEqual({ write: 360, weightLoad: 276, mvm: 48, adc: 16 * 61, fill: 36, drain: 42 });
  });

  it("two layers in one stage, rows streamed from core to core", () => {
    // conv0, 32 to 8 channels: c = 16/8·2 = 4, H = 16; a row of 4 windows 64, tail 3 + 5, vector 16 B/2 + 2 = 10,
    //   sending 16 B: local memory 4, bus 2: 4. First row loaded at 52, out at 52 + 64 + 8 + 10 + 4 = 138.
    // conv1 is the 3x3 layer of the case before: needs two rows, the second 64 later: 202. Then 1024 a sample, 42 behind.
    // Weights: 128 B, 512 B, 64 B. L = 20 + 704/2 = 372, l = 276, w = 320, W = 360 (core 1): 372 + 320 = 692, bound by loading.
    const specs: ConvSpec[] = [
      { kernel: 1, channels: 8, cores: [0], stage: 0 },
      { kernel: 3, channels: 16, cores: [1], stage: 0, stream: true },
    ];
    const all = detail({ channels: 32, specs, batch: 2 });
    expect(all.cycles).toBe(692 + 202 + 2 * 1024 + 42);
    expect(used(all.terms)).toEqual({ write: 320, weightLoad: 372, mvm: 96, adc: 32 * 61, fill: 202, drain: 42 });
    expect(all.stages[0]!.bound).toBe("core 1 array 0");
    expect(all.stages[0]!.layers.map(({ cycles }) => cycles)).toEqual([2 * 256, 2 * 1024]);
  });

  it("a slow first layer: what follows it is drain", () => {
    // conv0 3x3, 8 to 16 channels: 1024 a sample from 36 on, 256 a row. conv1 1x1, 16 to 16: H = 32, a row 128.
    // Behind conv0's arrays: tail 8, vector 18, sending 32 B/4 = 8; then conv1's last row: 128 + 8 + 18 + store 16.
    // Weights: 512 B, 64 B, 128 B: L = 372, l = 276, w = 320, W = 360: 692.
    const specs: ConvSpec[] = [
      { kernel: 3, channels: 16, cores: [0], stage: 0 },
      { kernel: 1, channels: 16, cores: [1], stage: 0, stream: true },
    ];
    const all = detail({ channels: 8, specs });
    expect(all.cycles).toBe(692 + 36 + 1024 + (8 + 18 + 8) + (128 + 8 + 18 + 16));
    expect(used(all.terms)).toMatchObject({ fill: 36, drain: 204 });
  });

  it("a replaced partition: its weights are loaded ahead, its writes are not hidden", () => {
    // Stage 0 is the first case: 308 + 606. Stage 1, 16 to 16 channels: 128 B: L = 20 + 64 = 84, W = 8·10 = 80.
    // Memory is used for 256 + 128 B by stage 0: 192 of 606 ticks, so all of L runs ahead: 80 exposed.
    // First row 32 B/2 + 20 = 36, then 512, behind 42.
    const specs: ConvSpec[] = [one, { ...one, stage: 1 }];
    const all = detail({ channels: 32, specs });
    expect(all.stages.map(({ cycles }) => cycles)).toEqual([914, 80 + 36 + 512 + 42]);
    expect(used(all.stages[1]!.terms)).toEqual({ write: 80, mvm: 48, adc: 464, fill: 36, drain: 42 });
    expect(all.cycles).toBe(914 + 670);
    // A weight buffer that holds half the tile: 20 + 64/2 run ahead, 84 − 52 = 32 are left before the first write.
    const small = thinChip((chip) => {
      chip.core.weightBuffer!.bytes = 64;
    });
    expect(detail({ channels: 32, specs, chip: small }).stages[1]!.cycles).toBe(670 + 32);
    // Double-banked: load and write hide behind stage 0 (192 + 84 + 80 < 606), the swap of one array takes 3.
    const banked = thinChip((chip) => {
      chip.core.arrays.write.doubleBanked = true;
    });
    const two = detail({ channels: 32, specs, chip: banked });
    expect(two.stages.map(({ cycles }) => cycles)).toEqual([914 + 3, 3 + 36 + 512 + 42]);
  });

  it("two replicas share rows and, on a bus, one read of the weights", () => {
    // Each copy has 8 windows: 256. First row at 52; behind: tail 8, vector 18, store of both copies' rows 64 B/2 = 32.
    const specs: ConvSpec[] = [{ ...one, cores: [0, 1] }];
    expect(detail({ channels: 32, specs }).cycles).toBe(308 + 52 + 256 + 58);
    // Without multicast the tile is read twice: L = 20 + 256 = 276; 276 + 160 = 436.
    expect(detail({ channels: 32, specs, multicast: false }).cycles).toBe(436 + 52 + 256 + 58);
    // Both on one core: one broadcast write. A read of the array inputs is no bound, the vector unit has both copies' rows: 36 a round of 2.
    const same: ConvSpec[] = [{ ...one, cores: [0, 0] }];
    expect(detail({ channels: 32, specs: same }).stages[0]!.weightTicks).toBe(308);
  });

  it("drawn verification counts its expected passes", () => {
    // p = 1/2, at most 2: 1·1/2 + 2·1/2 = 1.5 passes of 10 + 4: 21 a group, 16 groups: 336.
    const chip = thinChip(({ core }) => {
      core.arrays.write.verify = { kind: "program", readCycles: 4, maxPasses: 2, passProbability: 0.5 };
    });
    const all = detail({ channels: 32, specs: [one], chip });
    expect(all.terms.write).toBe(336);
    expect(all.cycles).toBe(148 + 336 + 606);
  });

  it("weights straight from DRAM: groups are read while others are pulsed", () => {
    // 16 pulses of 10 behind the latency of 20; reading, 148 in all, is ahead of them.
    const chip = thinChip(({ core }) => {
      core.arrays.weightsFrom = "dram";
    });
    expect(detail({ channels: 32, specs: [one], chip }).stages[0]!.weightTicks).toBe(180);
  });

  it("a bound that is not an array: issue slots, vector unit, DRAM", () => {
    const issue = thinChip(({ core }) => {
      core.mvmIssueCycles = 50;
    });
    const slow = detail({ channels: 32, specs: [one], chip: issue });
    expect(slow.stages[0]).toMatchObject({ bound: "core 0 MVM issue", sampleTicks: 800 });
    // Of 50 ticks a vector 32 are its own (mvm 3, adc 29), 18 are the interval.
    expect(slow.terms).toMatchObject({ mvm: 16 * (3 + 18), adc: 16 * 29 });
    const vector = thinChip(({ core }) => {
      core.vectorUnit.ticksPerByte = { num: 8, den: 1 };
    });
    // 128 B · 8 + 4 · 2 = 1032. Before: first row 52, its windows 128, tail 8. Behind: store 16.
    const slowVector = detail({ channels: 32, specs: [one], chip: vector });
    expect(slowVector.stages[0]).toMatchObject({ bound: "core 0 vector unit", sampleTicks: 1032, fillTicks: 188 });
    expect(slowVector.terms).toMatchObject({ vector: 1032, drain: 16 });
    const memory = thinChip(({ dram }) => {
      dram!.cyclesPerByte = { num: 4, den: 1 };
    });
    // 256 B in, 128 B out, 4 ticks each; loads begin at the latency and nothing follows the last store.
    const slowMemory = detail({ channels: 32, specs: [one], chip: memory });
    expect(slowMemory.stages[0]).toMatchObject({ bound: "DRAM", sampleTicks: 1536, fillTicks: 20, drainTicks: 0 });
    expect(slowMemory.terms).toMatchObject({ inputLoad: 1024, store: 512 });
  });

  it("ideal writes take a tick a tile; ideal DRAM neither latency nor time", () => {
    expect(detail({ channels: 32, specs: [one], ideal: ["write"] }).terms.write).toBe(1);
    const all = detail({ channels: 32, specs: [one], ideal: ["dram"] });
    // Load 256/8 over the bus, write 160; first row 64 B: local memory 16; behind: the store's bus 4, local memory 8.
    expect(all.cycles).toBe(32 + 160 + 16 + 512 + (8 + 18 + 8));
  });

  it("is what results expect, terms exact", () => {
    const network = chainNetwork(4, 32, [one]);
    const estimate = estimateMapping(chainMapping(network, [one]), network, thinChip());
    expect(estimateSchema.parse(estimate)).toEqual(estimate);
    expect(sumTerms(estimate.terms)).toBe(estimate.cycles);
  });
});
