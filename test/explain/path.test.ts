/** The critical path of random and hand programs: it tiles the makespan, and sums to what the run folded forwards, in all and by stage. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sumTerms, TERMS } from "../../src/base/index.js";
import { criticalPath, mergeSegments, pathTotals, summarisePath, writeTime } from "../../src/explain/index.js";
import { FilterSink, MemorySink, replayTable } from "../../src/trace/index.js";
import { hands, phased } from "../check/programs.js";
import { legalProgram } from "../isa/legal.js";
import { anySmallChip, forChip } from "../machine/chips.js";
import { run } from "../machine/lab.js";

const RUNS = Number(process.env["WORDLINE_RUNS"] ?? 100);

describe("the critical path", () => {
  it("tiles the makespan, and its totals are the run's, by term and by stage", () => {
    fc.assert(
      fc.property(legalProgram, anySmallChip, (legal, chip) => {
        const program = forChip(legal, chip);
        const { table, result } = run(program, chip);
        const path = criticalPath(table, program, chip);
        let reached = result.cycles;
        for (const { fromTick, toTick } of path) {
          expect(toTick).toBe(reached);
          expect(fromTick).toBeLessThan(toTick);
          reached = fromTick;
        }
        expect(reached).toBe(0);
        const totals = pathTotals(path);
        expect(totals.terms).toEqual(result.path);
        // A program without tags has one stage for all.
        if (program.tags.length > 0)
          for (const [stage, terms] of totals.stages) expect(terms).toEqual(result.stagePath[stage]);
        expect(totals.layers.reduce((sum, { terms }) => sum + sumTerms(terms), 0)).toBe(result.cycles);
        const summary = summarisePath(table, program, chip);
        expect(summary.segments).toEqual(mergeSegments(path));
        expect(summary.terms).toEqual(totals.terms);
        expect(summary.layers).toEqual(totals.layers);
        expect(writeTime(table)).toEqual(result.writes);
      }),
      { numRuns: RUNS },
    );
  });

  for (const { name, program, chip } of hands)
    it(`of "${name}" merges neighbours and loses nothing`, () => {
      const { table, result } = run(program, chip);
      const path = criticalPath(table, program, chip);
      const merged = mergeSegments(path);
      expect(merged.length).toBeLessThan(path.length);
      expect(merged.reduce((sum, { fromTick, toTick }) => sum + toTick - fromTick, 0)).toBe(result.cycles);
      expect(merged.reduce((sum, { holds }) => sum + holds, 0)).toBe(path.length);
      const totals = pathTotals(merged);
      for (const term of TERMS) expect(totals.terms[term]).toBe(table.footer.pathTerms[term]);
    });

  it("is refused on a filtered trace and where a cause is missing", async () => {
    const { program, chip } = phased;
    const { table } = run(program, chip);
    const memory = new MemorySink();
    await replayTable(table, new FilterSink(memory, { units: ["mvm"] }));
    expect(() => criticalPath(memory.table, program, chip)).toThrow(/filtered trace/);
    table.holds.causeN.fill(99);
    expect(() => criticalPath(table, program, chip)).toThrow(/breaks off/);
  });
});
