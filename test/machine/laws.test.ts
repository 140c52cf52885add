/** Laws on random legal programs and random chips: same digest in every way of running, bounds, unloaded equality, path totals. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { programBounds } from "../../src/analytical/index.js";
import { sumTerms } from "../../src/base/index.js";
import { simulate } from "../../src/machine/index.js";
import { legalProgram } from "../isa/legal.js";
import { anySmallChip, forChip } from "./chips.js";
import { run } from "./lab.js";

const RUNS = Number(process.env["WORDLINE_RUNS"] ?? 1000);

describe("random legal programs", () => {
  it("have one digest over engines, modes, shuffled ties and repeats (law 2, law 3)", () => {
    fc.assert(
      fc.property(legalProgram, anySmallChip, fc.nat({ max: 1000 }), (legal, chip, shuffle) => {
        const program = forChip(legal, chip);
        const first = simulate(program, chip, { checked: true });
        for (const options of [
          { engine: "heap" as const },
          { mode: "fine" as const },
          { shuffleSeed: shuffle },
          { shuffleSeed: shuffle + 1, engine: "heap" as const, mode: "fine" as const },
          { pathTotals: false },
        ]) {
          const other = simulate(program, chip, { checked: true, ...options });
          expect({ ...options, cycles: other.cycles, digest: other.digest }).toEqual({
            ...options,
            cycles: first.cycles,
            digest: first.digest,
          });
        }
      }),
      { numRuns: RUNS },
    );
  });

  it("stay within the bounds, and their path totals are the makespan (laws 5 and 7)", () => {
    fc.assert(
      fc.property(legalProgram, anySmallChip, (legal, chip) => {
        const program = forChip(legal, chip);
        const { result } = run(program, chip);
        const bounds = programBounds(program, chip);
        expect(bounds.lowerTicks).toBeLessThanOrEqual(result.cycles);
        expect(result.cycles).toBeLessThanOrEqual(bounds.upperTicks);
        expect(sumTerms(result.path)).toBe(result.cycles);
        expect(result.writes.hiddenCycles).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: RUNS },
    );
  });
});
