/**
 * The thin thread, from a network to an explained gap: a 1×1 and a 3×3 layer at 8 and 4 bits on two cores with one shared ADC group
 * each and one DRAM channel, in both modes, on both engines, with the numbers that come out of the arrays held against the reference.
 */
import { describe, expect, it } from "vitest";
import { sumTerms, TERMS } from "../../src/base/index.js";
import { readChip } from "../../src/hardware/index.js";
import { runNetwork, Verification } from "../../src/run/index.js";
import { type Network, NetworkBuilder } from "../../src/workload/index.js";

function thread(bits: number): Network {
  const build = new NetworkBuilder(`thread ${bits} bit`);
  const x = build.input("x", { height: 6, width: 6, channels: 8 }, { bits, signed: true });
  const point = build.conv(x, { name: "point", channels: 16, kernel: 1, bias: true, activation: "relu" });
  build.output(build.conv(point, { name: "window", channels: 8, kernel: 3, padding: 1, bias: true }));
  return build.build();
}

describe.each([8, 4])("the thin thread at %i bits", (bits) => {
  it.each(["thread-2", "thread-2-banked"])("runs right on %s, resident and replaced", async (name) => {
    const digests = new Map<string, string>();
    for (const arrays of [4, 2]) {
      // With half the arrays the layers replace each other.
      const set =
        arrays === 4 ? {} : { cores: 1, "core.arrays.count": 4, "core.arrays.timing.converter.arraysPerGroup": 4 };
      const chip = readChip(name, { set });
      const precision = { weightBits: bits, activationBits: bits };
      for (const mode of ["fine", "coarse"] as const)
        for (const engine of ["wheel", "heap"] as const) {
          const verification = new Verification(thread(bits), chip, { seed: "1", batch: 2, precision });
          const { result } = await runNetwork(verification.network, chip, {
            batch: 2,
            precision,
            mode,
            engine,
            experiments: false,
            mapper: arrays === 4 ? "greedy" : "layerwise",
            verification,
          });
          expect(result.verify).toMatchObject({ passed: true, equal: true, races: [], unwritten: [] });
          expect(result.check.violations).toEqual([]);
          expect(sumTerms(result.path.terms)).toBe(result.cycles);
          // The gap is the sum of its parts, and its parts are differences term by term.
          expect(result.gap.cycles).toBe(result.cycles - result.estimate.cycles);
          expect(sumTerms(result.gap.parts)).toBe(result.gap.cycles);
          for (const term of TERMS)
            expect(result.gap.parts[term]).toBe(result.path.terms[term] - result.estimate.terms[term]);
          const known = digests.get(`${arrays}`) ?? result.digest;
          digests.set(`${arrays}`, known);
          expect(result.digest).toBe(known);
          expect(result.layers.map((layer) => layer.name)).toEqual(expect.arrayContaining(["point", "window"]));
        }
    }
  });
});
