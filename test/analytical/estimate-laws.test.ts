/** What holds for every estimate: exact sums, whole cycles, and never slower where a part of the chip gets faster or free. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stageDemands } from "../../src/analytical/estimate/demand.js";
import { estimateDetail, IDEAL_PARTS } from "../../src/analytical/index.js";
import { sumTerms, TERMS } from "../../src/base/index.js";
import { type Chip, listChips, readChip } from "../../src/hardware/index.js";
import { map } from "../../src/mapper/index.js";
import type { Mapping } from "../../src/mapping/index.js";
import { listNetworks, loadBuiltin, type Network } from "../../src/workload/index.js";
import { type ConvSpec, chainMapping, chainNetwork } from "./estimate-fixtures.js";
import { ratio, thinChip } from "./fixtures.js";

const spec = fc.record({
  kernel: fc.constantFrom<1 | 3>(1, 3),
  channels: fc.constantFrom(2, 8, 16),
  cores: fc.constantFrom([0], [1], [0, 1], [2, 3]),
  cut: fc.boolean(),
  stream: fc.boolean(),
});

/** A chain of one to four layers: stages rise by one at every cut, streams stay inside a stage. */
const chain = fc
  .record({
    size: fc.integer({ min: 2, max: 6 }),
    channels: fc.constantFrom(2, 8, 14),
    layers: fc.array(spec, { minLength: 1, maxLength: 4 }),
    batch: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ size, channels, layers, batch }) => {
    let stage = 0;
    const specs = layers.map(({ cut, stream, cores, ...rest }, index): ConvSpec => {
      if (index > 0 && cut) stage++;
      return { ...rest, cores: [...cores], stage, stream: index > 0 && !cut && stream };
    });
    const network = chainNetwork(size, channels, specs);
    return { network, mapping: chainMapping(network, specs, batch) };
  });

/** The chip's knobs: each a whole number, larger is faster. */
const knobs = {
  dram: (chip: Chip, n: number) => {
    chip.dram!.cyclesPerByte = ratio(12, n);
  },
  bus: (chip: Chip, n: number) => {
    chip.network.ticksPerByte = ratio(4, n);
  },
  localMemory: (chip: Chip, n: number) => {
    chip.core.localMemory.ticksPerByte = ratio(6, n);
  },
  vector: (chip: Chip, n: number) => {
    chip.core.vectorUnit.ticksPerByte = ratio(8, n);
  },
  rowsPerPulse: (chip: Chip, n: number) => {
    chip.core.arrays.write.rowsPerPulse = n;
  },
  writePorts: (chip: Chip, n: number) => {
    chip.core.arrays.write.portsPerCore = n;
  },
  weightBuffer: (chip: Chip, n: number) => {
    chip.core.weightBuffer!.bytes = 64 * n;
  },
};
type Knob = keyof typeof knobs;
const names = Object.keys(knobs) as Knob[];

const settings = fc.record({
  values: fc.array(fc.integer({ min: 1, max: 8 }), { minLength: names.length, maxLength: names.length }),
  doubleBanked: fc.boolean(),
  straight: fc.boolean(),
});

function chipOf(values: readonly number[], doubleBanked: boolean, straight: boolean): Chip {
  return thinChip((chip) => {
    names.forEach((name, index) => {
      knobs[name](chip, values[index]!);
    });
    chip.core.arrays.write.doubleBanked = doubleBanked;
    if (straight) chip.core.arrays.weightsFrom = "dram";
  });
}

function expectSound(mapping: Mapping, network: Network, chip: Chip, ideal: string[] = []): number {
  const all = estimateDetail(mapping, network, chip, { ideal });
  for (const { terms, cycles } of [all, ...all.stages, ...all.stages.flatMap((stage) => stage.layers)]) {
    expect(sumTerms(terms)).toBe(cycles);
    for (const term of TERMS) expect(Number.isSafeInteger(terms[term]) && terms[term] >= 0).toBe(true);
    expect(terms.wait).toBe(0);
  }
  expect(all.stages.reduce((sum, { cycles }) => sum + cycles, 0)).toBe(all.cycles);
  expect(Number.isFinite(all.energyPj.totalPj)).toBe(true);
  return all.cycles;
}

describe("laws of the estimate", () => {
  it("terms are whole and sum up; a faster part never makes it slower", () => {
    fc.assert(
      fc.property(
        chain,
        settings,
        fc.nat(names.length - 1),
        ({ network, mapping }, { values, doubleBanked, straight }, knob) => {
          const slow = expectSound(mapping, network, chipOf(values, doubleBanked, straight));
          const faster = values.map((value, index) => (index === knob ? value + 1 : value));
          expect(expectSound(mapping, network, chipOf(faster, doubleBanked, straight))).toBeLessThanOrEqual(slow);
        },
      ),
      { numRuns: 400 },
    );
  });

  it("an ideal part never makes it slower", () => {
    fc.assert(
      fc.property(
        chain,
        settings,
        fc.subarray([...IDEAL_PARTS]),
        fc.constantFrom(...IDEAL_PARTS),
        ({ network, mapping }, { values, doubleBanked, straight }, ideal, part) => {
          const chip = chipOf(values, doubleBanked, straight);
          const without = expectSound(mapping, network, chip, ideal);
          expect(expectSound(mapping, network, chip, [...ideal, part])).toBeLessThanOrEqual(without);
        },
      ),
      { numRuns: 400 },
    );
  });

  it("a larger batch is never faster, and its bound never takes less a sample", () => {
    fc.assert(
      fc.property(chain, ({ network, mapping }) => {
        const once = estimateDetail({ ...mapping, batch: 1 }, network, thinChip());
        const twice = estimateDetail({ ...mapping, batch: 2 }, network, thinChip());
        const sample = once.stages.reduce((sum, stage) => sum + stage.sampleTicks, 0);
        expect(twice.cycles).toBeGreaterThanOrEqual(once.cycles);
        // Another resource may become the bound, but never one that takes less a sample.
        expect(twice.stages.reduce((sum, stage) => sum + stage.sampleTicks, 0)).toBeGreaterThanOrEqual(sample - 1e-9);
      }),
      { numRuns: 200 },
    );
  });
});

describe("estimates of real mappings", () => {
  const small = ["ds_cnn", "resnet8", "mobilenet_v1_025", "deep_autoencoder"];
  const pairs = listChips().flatMap((chip) =>
    // All networks on one chip that replaces weights, the small ones everywhere; the rest is slow to map, not to estimate.
    (chip === "compass-s" ? listNetworks() : small).map((network) => [network, chip] as const),
  );
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

  it.each(pairs)(
    "%s on %s: finite, positive, sums exact, counts as the mapper counts",
    (name, chipName) => {
      const chip = readChip(chipName);
      const network = loadBuiltin(name);
      let mapping: Mapping;
      try {
        mapping = map(network, chip, { batch: 2 });
      } catch (error) {
        expect((error as Error).name).toBe("UserError");
        return;
      }
      expect(expectSound(mapping, network, chip)).toBeGreaterThan(0);
      for (const partition of mapping.partitions) {
        const demands = stageDemands({ mapping, network, chip, ideal: new Set() }, partition);
        partition.layers.forEach((layer, index) => {
          const row = partition.work.find((one) => one.layer === layer.layer)!;
          for (const work of row.cores) {
            const mine = demands[index]!.cores.get(work.core);
            const where = `${name} ${chipName} stage ${partition.index} ${layer.name} core ${work.core}`;
            expect(mine?.inputMemory ?? 0, where).toBe(work.inputMemoryBytes + work.sumInputBytes);
            expect(mine?.outputMemory ?? 0, where).toBe(work.outputMemoryBytes + work.sumOutputBytes);
            expect(mine?.outputStream ?? 0, where).toBe(work.outputStreamBytes);
            expect(sum(mine?.results ?? []), where).toBeCloseTo(work.vectorBytes, 6);
            // The mapper counts rows handed over on the same core as received; here they are vector results.
            expect(mine?.inputStream ?? 0, where).toBeLessThanOrEqual(work.inputStreamBytes);
          }
        });
      }
    },
    60_000,
  );
});
