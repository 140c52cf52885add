/** What the machine leaves behind is in order: random programs on random chips in every mode, and hand programs for the rest. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { programCounts } from "../../src/analytical/index.js";
import { sumTerms } from "../../src/base/index.js";
import { type CheckReport, check, formatViolation } from "../../src/check/index.js";
import { programDigest } from "../../src/isa/index.js";
import { legalProgram } from "../isa/legal.js";
import { anySmallChip, forChip } from "../machine/chips.js";
import { run } from "../machine/lab.js";
import { hands } from "./programs.js";

const RUNS = Number(process.env["WORDLINE_RUNS"] ?? 400);
const PARTS = ["write", "dram", "bus", "adc", "sram", "vector", "mvm", "issue"];

const found = (report: CheckReport): string[] => report.violations.map(formatViolation);

describe("a trace as the machine leaves it", () => {
  it(`of ${RUNS} random programs on random chips breaks no law`, () => {
    fc.assert(
      fc.property(
        legalProgram,
        anySmallChip,
        fc.constantFrom("coarse" as const, "fine" as const),
        fc.oneof(fc.constant<string[]>([]), fc.subarray(PARTS)),
        fc.nat({ max: 9 }),
        (legal, chip, mode, ideal, seed) => {
          const program = forChip(legal, chip);
          const { table, result } = run(program, chip, {
            mode,
            ideal,
            seed: `${seed}`,
            programDigest: programDigest(program),
          });
          const report = check(table, program, chip);
          expect(found(report)).toEqual([]);
          expect(report.skipped).toEqual([]);
          expect(report.counted.pathTerms).toEqual(result.path);
          expect(report.counted.writes).toEqual({
            exposedTicks: result.writes.exposedCycles,
            hiddenTicks: result.writes.hiddenCycles,
            activeTicks: result.writes.activeCycles,
            busyTicks: result.writes.busyCycles,
          });
          for (const { busyTicks, idleTicks, stalledTicks, ports } of report.counted.resources) {
            expect(busyTicks + idleTicks + stalledTicks).toBe(result.cycles * ports);
            expect(Math.min(busyTicks, idleTicks, stalledTicks)).toBeGreaterThanOrEqual(0);
          }
        },
      ),
      { numRuns: RUNS },
    );
  });

  for (const { name, program, chip } of hands)
    for (const mode of ["coarse", "fine"] as const)
      it(`of the hand program "${name}" breaks no law, ${mode}`, () => {
        const { table, result } = run(program, chip, { mode });
        const report = check(table, program, chip);
        expect(found(report)).toEqual([]);
        expect(report.skipped).toEqual([]);
        expect(sumTerms(report.counted.pathTerms!)).toBe(result.cycles);
        const counts = programCounts(program, chip);
        expect(report.counted.work!.dramReadBytes).toBe(counts.dramReadBytes);
        expect(report.counted.work!.mvmVectors).toBe(counts.mvmVectors);
      });
});
