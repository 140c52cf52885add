/** Law 9: the parts of every gap are differences term by term and sum to it. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { sumTerms, TERMS, type TermCycles, zeroTerms } from "../../src/base/index.js";
import { causeOf, compare, type Estimate } from "../../src/results/index.js";

const terms = fc
  .tuple(...TERMS.map(() => fc.integer({ min: 0, max: 1e6 })))
  .map((values) => Object.fromEntries(TERMS.map((term, index) => [term, values[index]])) as TermCycles);

function estimateOf(stages: TermCycles[]): Estimate {
  const total = zeroTerms();
  for (const stage of stages) for (const term of TERMS) total[term] += stage[term];
  return {
    cycles: sumTerms(total),
    terms: total,
    stages: stages.map((own, stage) => ({ stage, cycles: sumTerms(own), terms: own, layers: [] })),
    overlap: "",
  };
}

test("parts sum to the gap, stages to the run", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(terms, terms), { minLength: 1, maxLength: 5 }), (pairs) => {
      const estimate = estimateOf(pairs.map(([estimated]) => estimated));
      const comparison = compare(
        estimate,
        pairs.map(([, path], stage) => ({ stage, path })),
        [],
      );
      const simulated = pairs.reduce((sum, [, path]) => sum + sumTerms(path), 0);
      expect(comparison.gap.cycles).toBe(simulated - estimate.cycles);
      expect(sumTerms(comparison.gap.parts)).toBe(comparison.gap.cycles);
      expect(comparison.stages.reduce((sum, { gap }) => sum + gap, 0)).toBe(comparison.gap.cycles);
      for (const stage of comparison.stages) {
        expect(stage.simulatedCycles - stage.estimateCycles).toBe(stage.gap);
        expect(sumTerms(stage.parts)).toBe(stage.gap);
        expect(stage.cause).toBe(causeOf(stage.parts));
      }
    }),
  );
});

test("the cause pushes in the direction of the gap", () => {
  expect(causeOf({ ...zeroTerms(), adc: 10, mvm: -3 })).toBe("adc");
  expect(causeOf({ ...zeroTerms(), adc: 10, mvm: -30 })).toBe("mvm");
  expect(causeOf({ ...zeroTerms(), adc: 10, mvm: -10 })).toBe("none");
  expect(causeOf({ ...zeroTerms(), write: 5, adc: 5 })).toBe("write");
  // Cycles that only changed their name between mvm and adc are no cause.
  expect(causeOf({ ...zeroTerms(), mvm: 190, adc: -170, inputLoad: 30 })).toBe("inputLoad");
  expect(causeOf({ ...zeroTerms(), mvm: 190, adc: -170, inputLoad: 10 })).toBe("mvm");
});

test("a stage or layer that only the simulation knows has an estimate of zero", () => {
  const path = { ...zeroTerms(), store: 7 };
  const comparison = compare(
    estimateOf([zeroTerms()]),
    [
      { stage: 0, path: zeroTerms() },
      { stage: 1, path },
    ],
    [{ name: "a", stage: 1, serviceCycles: 5, firstStartCycle: 1, lastEndCycle: 9, terms: path }],
  );
  expect(comparison.stages[1]).toMatchObject({
    estimateCycles: 0,
    simulatedCycles: 7,
    gap: 7,
    cause: "store",
    layers: ["a"],
  });
  expect(comparison.layers[0]).toMatchObject({ gap: 5, waitCycles: 3, cause: "store" });
});
