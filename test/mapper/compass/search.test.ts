/** The search: packing by counts, legal mutations, the best that never rises, the exact optimum, and how far the algorithm stays from it. */
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { randomStream } from "../../../src/base/index.js";
import { CorePacker } from "../../../src/mapper/compass/core-packer.js";
import { OPERATORS } from "../../../src/mapper/compass/operators.js";
import { randomBorders } from "../../../src/mapper/compass/validity.js";
import {
  type CostTable,
  type GeneticOptions,
  type Group,
  isGroup,
  OBJECTIVES,
  score,
  searchGenetic,
  searchOptimum,
} from "../../../src/mapper/index.js";
import { packFirstFit } from "../../../src/mapper/pack.js";
import { madeUp, PAIRS, pairCosts } from "./pairs.js";

const published: GeneticOptions = {
  seed: "1",
  objective: "latency",
  population: 100,
  generations: 30,
  earlyStop: false,
};

const geometry = fc.record({ cores: fc.integer({ min: 1, max: 5 }), slotsPerCore: fc.integer({ min: 1, max: 9 }) });
/** Units that each fit a core, the chip they are for, and numbers to make costs of. */
const made = geometry.chain(({ cores, slotsPerCore }) =>
  fc.record({
    geometry: fc.constant({ cores, slotsPerCore }),
    slots: fc.array(fc.integer({ min: 1, max: slotsPerCore }), { minLength: 1, maxLength: 14 }),
    numbers: fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 5, maxLength: 40 }),
    seed: fc.string(),
  }),
);

test("packing by counts of sizes says what packing one by one says", () => {
  fc.assert(
    fc.property(geometry, fc.array(fc.integer({ min: 1, max: 10 }), { maxLength: 30 }), (chip, sizes) => {
      const counts = new Int32Array(11);
      for (const size of sizes) counts[size]!++;
      const whole = { ...chip, arrays: chip.slotsPerCore, depth: 1, slots: 0, rows: 1, columns: 1, cellBits: 1 };
      const items = sizes.map((slots) => ({ slots, load: 0 }));
      expect(new CorePacker(chip).packs(counts)).toBe(packFirstFit(items, whole) !== undefined);
    }),
    { numRuns: 500, seed: 1 },
  );
});

test("mutations of a valid group are valid, whatever the costs", () => {
  const done = OPERATORS.map(() => 0);
  fc.assert(
    fc.property(made, ({ geometry, slots, numbers, seed }) => {
      const costs = madeUp(slots, geometry, numbers);
      const { validity } = costs;
      const random = randomStream(seed, "mutations");
      const meanPrefix = Float64Array.from({ length: validity.count + 1 }, (_, atom) => atom + atom / 7);
      for (let round = 0; round < 12; round++) {
        const borders: Group = [0, ...randomBorders(validity, 0, validity.count, random)];
        expect(isGroup(validity, borders)).toBe(true);
        OPERATORS.forEach((operator, index) => {
          const parent = { ...score(costs, "latency", borders), meanPrefix };
          const before = borders.slice();
          const mutated = operator(parent, validity, random);
          expect(borders).toEqual(before);
          if (mutated === undefined) return;
          done[index]!++;
          expect(isGroup(validity, mutated)).toBe(true);
        });
      }
    }),
    { numRuns: 150, seed: 2 },
  );
  for (const count of done) expect(count).toBeGreaterThan(100);
});

/** Every group there is. */
function* allGroups({ validity }: CostTable, borders: Group = [0]): Generator<Group> {
  const start = borders.at(-1)!;
  if (start === validity.count) yield borders;
  for (let end = start + 1; end <= validity.reach[start]!; end++)
    yield* allGroups({ validity } as CostTable, [...borders, end]);
}

describe("the optimum", () => {
  it.each(OBJECTIVES)("equals trying every group: %s", (objective) => {
    fc.assert(
      fc.property(made, ({ geometry, slots, numbers }) => {
        const costs = madeUp(slots.slice(0, 10), geometry, numbers);
        let least = Number.POSITIVE_INFINITY;
        for (const borders of allGroups(costs)) least = Math.min(least, score(costs, objective, borders).fitness);
        const found = searchOptimum(costs, objective);
        expect(isGroup(costs.validity, found.borders)).toBe(true);
        expect(score(costs, objective, found.borders).fitness).toBeCloseTo(found.fitness, 6);
        expect(found.fitness / least).toBeCloseTo(1, 12);
      }),
      { numRuns: 150, seed: 3 },
    );
  });
});

describe("the genetic algorithm", () => {
  test("is never better than the optimum, its best never rises, and it follows from its seed", () => {
    const endings = new Set<string>();
    fc.assert(
      fc.property(made, fc.constantFrom(...OBJECTIVES), ({ geometry, slots, numbers, seed }, objective) => {
        const costs = madeUp(slots, geometry, numbers);
        const options = { ...published, seed, objective, population: 10, generations: 8 };
        const found = searchGenetic(costs, options);
        expect(isGroup(costs.validity, found.borders)).toBe(true);
        expect(found.fitness).toBeGreaterThanOrEqual(searchOptimum(costs, objective).fitness * (1 - 1e-12));
        found.history.forEach(({ best }, index) => {
          if (index > 0) expect(best).toBeLessThanOrEqual(found.history[index - 1]!.best);
        });
        expect(found.history).toHaveLength(9);
        expect(searchGenetic(costs, options)).toEqual(found);
        endings.add(found.borders.join());
      }),
      { numRuns: 60, seed: 4 },
    );
    expect(endings.size).toBeGreaterThan(20);
  });

  test("stops early where nothing improves, and only if asked", () => {
    const costs = pairCosts("squeezenet1_1", "compass-m");
    const whole = searchGenetic(costs, published);
    const early = searchGenetic(costs, { ...published, earlyStop: true });
    expect(whole.history).toHaveLength(31);
    expect(early.history.length).toBeLessThan(31);
    expect(early.history).toEqual(whole.history.slice(0, early.history.length));
  });

  test("another seed is another search", () => {
    const costs = pairCosts("resnet18", "compass-s");
    const ends = ["1", "2", "3"].map((seed) => searchGenetic(costs, { ...published, seed }).borders.join());
    expect(new Set(ends).size).toBeGreaterThan(1);
  });

  it.each(PAIRS)("%s on %s: within 6 % of the optimum, best of three seeds", (network, chip) => {
    const costs = pairCosts(network, chip);
    const { fitness } = searchOptimum(costs, "latency");
    const ratios = ["1", "2", "3"].map((seed) => searchGenetic(costs, { ...published, seed }).fitness / fitness);
    for (const ratio of ratios) expect(ratio).toBeGreaterThanOrEqual(1 - 1e-12);
    expect(Math.min(...ratios)).toBeLessThanOrEqual(1.06);
  });
});
