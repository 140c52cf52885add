/** Partitions that end inside a column slice: raw sums go through memory and are added by the slice's last part. */
import { describe, expect, it } from "vitest";
import { type Chip, readChip } from "../../src/hardware/index.js";
import { registerStrategy } from "../../src/mapper/index.js";
import type { Mapping } from "../../src/mapping/index.js";
import { checkMapping } from "../../src/mapping/index.js";
import { type Network, NetworkBuilder } from "../../src/workload/index.js";
import { errorsOf, settingOf, verifyRun } from "../functional/setting.js";
import { runRight } from "./run.js";

const thread = readChip("thread-2");

function chipWith(change: (chip: Chip) => void): Chip {
  const chip = structuredClone(thread);
  change(chip);
  return chip;
}

/** Slices of 9 row blocks on a chip of 8 arrays, behind each other, with a fused addition and a pool over overlapping windows. */
function tall(): Network {
  const b = new NetworkBuilder("tall");
  const x = b.input("input", { height: 5, width: 4, channels: 64 });
  const y = b.conv(x, { channels: 20, kernel: 3, padding: 1, activation: "relu" });
  const z = b.sum(b.conv(y, { channels: 20, kernel: 1 }), y);
  const w = b.conv(z, { channels: 32, kernel: 3, padding: 1 });
  const pooled = b.maxpool(w, { kernel: 3, stride: 2, padding: 1 });
  b.output(b.fc(pooled, { channels: 10 }));
  return b.build();
}

/** A sum behind a slice that is cut: the other operand is read where the slice is finished. */
function addition(): Network {
  const b = new NetworkBuilder("addition");
  const x = b.input("input", { height: 3, width: 3, channels: 64 });
  const y = b.conv(x, { channels: 16, kernel: 1 });
  b.output(b.sum(b.conv(x, { channels: 16, kernel: 3, padding: 1 }), y, { activation: "relu" }));
  return b.build();
}

const cutSlices = (mapping: Mapping) =>
  mapping.partitions.flatMap((p) => p.layers.flatMap((l) => l.slices.filter((s) => s.sumsTo >= 0)));

describe("cuts inside a column slice", () => {
  it("are right in random orders, for batches, rounds and both strategies", () => {
    for (const network of [tall(), addition()])
      for (const [batch, strategy, samplesPerRound] of [
        [1, "greedy", 1],
        [3, "layerwise", 1],
        [4, "greedy", 2],
      ] as const) {
        const { mapping } = runRight(network, thread, { batch, strategy, samplesPerRound }, 1);
        expect(cutSlices(mapping).length).toBeGreaterThan(0);
        expect(checkMapping(mapping, network, thread)).toEqual([]);
      }
  });
  it("with strips, and one MVM a row block", () => {
    const little = chipWith((c) => {
      c.core.localMemory.bytes = 900;
    });
    const { mapping } = runRight(tall(), little, { batch: 2 }, 1);
    expect(mapping.partitions.some((p) => p.layers.some((l) => l.strips > 1))).toBe(true);
    runRight(tall(), thread, { batch: 2, mvmPer: "rowBlock" }, 1);
  });
  it("with replicas and sums that run through three partitions, on a bus and on a mesh", () => {
    registerStrategy({
      name: "one-by-one",
      about: "a partition a unit",
      cut: ({ units }) => units.map((_, start) => ({ start, end: start + 1 })),
    });
    for (const mesh of [false, true]) {
      const wide = chipWith((c) => {
        c.cores = 4;
        if (mesh)
          c.network = {
            kind: "mesh",
            columns: 2,
            rows: 2,
            ticksPerByte: { num: 1, den: 8 },
            clock: { hz: 1e9, ticksPerCycle: { num: 1, den: 1 } },
            hopCycles: 1,
            packetBytes: 64,
            arbitration: "oldest",
            memoryNode: 0,
          };
      });
      const { mapping } = runRight(addition(), wide, { batch: 2, strategy: "one-by-one" }, 1);
      const cut = cutSlices(mapping);
      // 9 row blocks in units of 4, 4 and 1.
      expect(cut.length).toBe(2);
      expect(cut[1]!.sumsFrom).toBeGreaterThanOrEqual(0);
      expect(cut.every(({ copies }) => copies.length > 1)).toBe(true);
    }
  });
  it("give the reference's numbers in a timed run, without races", () => {
    for (const options of [{}, { mvmPer: "rowBlock" }] as const) {
      const setting = settingOf(tall(), "thread-2", 2, undefined, options);
      expect(errorsOf(verifyRun(setting))).toEqual([]);
    }
  });
});
