/** Servers given within the request, where nobody listens: everything but the number of events is as with an arbitration for each. */
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Servers } from "../../src/machine/arbiter/servers.js";
import { machineProbes, type SimulateOptions, simulate } from "../../src/machine/index.js";
import { legalProgram } from "../isa/legal.js";
import { anySmallChip, forChip } from "./chips.js";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("servers given within the request", () => {
  it("change nothing but events on random programs, and are taken over by lower ids of the same tick", () => {
    const given = { free: 0, takenOver: 0 };
    const { takePromptly } = Servers.prototype;
    vi.spyOn(Servers.prototype, "takePromptly").mockImplementation(function (this: Servers, server, lane, tick) {
      const loser = takePromptly.call(this, server, lane, tick);
      if (loser === -1) given.free++;
      else if (loser >= 0) given.takenOver++;
      return loser;
    });
    let fewer = 0;
    fc.assert(
      fc.property(legalProgram, anySmallChip, fc.nat({ max: 1000 }), (legal, chip, shuffleSeed) => {
        const program = forChip(legal, chip);
        for (const options of [{}, { shuffleSeed }] satisfies SimulateOptions[]) {
          // Whoever may listen is shown every arbitration, so probes make the slow machine.
          const { events: slow, ...heard } = simulate(program, chip, { checked: true, probes: machineProbes() });
          const { events: fast, ...unheard } = simulate(program, chip, { checked: true, ...options });
          expect({ shuffleSeed, ...unheard }).toEqual({ shuffleSeed, ...heard });
          expect(fast).toBeLessThanOrEqual(slow);
          if (fast < slow) fewer++;
        }
      }),
      { numRuns: 300, seed: 5 },
    );
    expect(fewer).toBeGreaterThan(100);
    expect(given.free).toBeGreaterThan(1000);
    expect(given.takenOver).toBeGreaterThan(20);
  });
});
