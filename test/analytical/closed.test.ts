/** The closed forms against the recurrence, and the recurrence with skipping against walking. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  closedTicks,
  type FlowForm,
  packetCount,
  pipelineTicks,
  type StageForm,
  solveFlow,
} from "../../src/analytical/index.js";
import { sumTerms } from "../../src/base/index.js";
import { ratio } from "./fixtures.js";

const stage = (full: number, rest: number, extra = 0, period?: { num: number; den: number }): StageForm => ({
  kind: "vector",
  term: "vector",
  fullCycles: full,
  restCycles: Math.min(full, rest),
  firstExtraCycles: extra,
  fullMovedBytes: 1,
  restMovedBytes: 1,
  ...(period && { period }),
});

const flow = (stages: StageForm[], runs: number, packetsPerRun: number): FlowForm => ({
  packets: { runs, packetsPerRun, fullBytes: 1, restBytes: 1 },
  lead: [],
  stages,
  trail: [],
});

const cycles = fc.integer({ min: 1, max: 9 });
const pairs = fc.array(fc.tuple(cycles, cycles), { minLength: 1, maxLength: 5 });

describe("closed forms", () => {
  it("are Σt + (P−1)·max t for equal packets", () => {
    // Stages of 2, 5, 3 and 4 packets: 10 to fill, then the slowest sets the pace: 10 + 3·5.
    expect(pipelineTicks([2, 5, 3], [2, 5, 3], 4)).toBe(25);
    expect(solveFlow(flow([stage(2, 2), stage(5, 5), stage(3, 3)], 4, 1), 0).endTick).toBe(25);
  });

  it("equal the recurrence for any packets, last packet and first extra", () => {
    fc.assert(
      fc.property(pairs, fc.integer({ min: 1, max: 12 }), fc.nat(30), fc.nat(4), (times, packets, extra, where) => {
        const stages = times.map(([full, rest], s) => stage(full, rest, s === where % times.length ? extra : 0));
        const one = flow(stages, 1, packets);
        expect(closedTicks(one)).toBe(solveFlow(one, 0, { skip: false }).endTick);
      }),
      { numRuns: 3000 },
    );
  });

  it("equal the recurrence for vectors of an MVM", () => {
    fc.assert(
      fc.property(
        cycles,
        cycles,
        cycles,
        cycles,
        cycles,
        fc.integer({ min: 1, max: 2 }),
        (f, r, k, v, hold, registers) => {
          const form: FlowForm = {
            ...flow([stage(f, r)], v, k),
            compute: {
              grain: "vector",
              holdTicks: hold,
              parts: [{ term: "mvm", ticks: hold }],
              registers: Math.min(v, registers),
            },
          };
          expect(closedTicks(form)).toBe(solveFlow(form, 0, { skip: false }).endTick);
        },
      ),
    );
  });
});

describe("the recurrence", () => {
  it("shows why runs of several packets have no simple form", () => {
    // Two stages, runs of a packet of 10 and one of 1: each stage alone needs 11 a run, the room of two makes it 20.
    const form = flow([stage(10, 1), stage(10, 1)], 100, 2);
    const per = solveFlow({ ...form, packets: { ...form.packets, runs: 101 } }, 0).endTick - solveFlow(form, 0).endTick;
    expect(per).toBe(20);
  });

  const period = fc.constantFrom(undefined, ratio(5, 4), ratio(3), ratio(2, 3), ratio(7, 5));
  const compute = fc.constantFrom<FlowForm["compute"]>(
    undefined,
    {
      grain: "vector",
      holdTicks: 7,
      parts: [
        { term: "mvm", ticks: 3 },
        { term: "adc", ticks: 4 },
      ],
      registers: 2,
    },
    { grain: "phase", phases: 3, settleTicks: 2, convertTicks: 5, room: 2, registers: 1 },
    { grain: "phase", phases: 2, settleTicks: 4, convertTicks: 1, room: 1, registers: 2 },
  );

  it("skips whole periods exactly, and its terms sum to its ticks", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cycles, cycles, fc.nat(3), period), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 150 }),
        fc.integer({ min: 1, max: 5 }),
        fc.nat(20),
        compute,
        (times, runs, k, start, computing) => {
          const stages = times.map(([full, rest, extra, clock]) => stage(full, rest, extra, clock));
          const [a, b] = k === 5 ? [1, runs] : [runs, k];
          const form: FlowForm = { ...flow(stages, a, b), ...(computing && { compute: computing }) };
          const walked = solveFlow(form, start, { skip: false });
          const skipped = solveFlow(form, start);
          expect({ ...skipped, walkedPackets: 0 }).toEqual({ ...walked, walkedPackets: 0 });
          expect(sumTerms(walked.terms)).toBe(walked.endTick - start);
        },
      ),
      { numRuns: 1500 },
    );
  });

  it("takes a few packets for a million", () => {
    const form = flow([stage(3, 2, 1), stage(2, 2, 0, ratio(5, 4)), stage(4, 1)], 1, 1_000_000);
    const solution = solveFlow(form, 0);
    expect(solution.walkedPackets).toBeLessThan(200);
    expect(packetCount(form.packets)).toBe(1_000_000);
  });
});
