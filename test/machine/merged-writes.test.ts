/** Writes whose pulses wait for nothing are one hold where nobody listens: everything but the number of events is as with every hold. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { readChip } from "../../src/hardware/index.js";
import { type SimulateOptions, simulate } from "../../src/machine/index.js";
import { KIND } from "../../src/machine/plan/plan.js";
import { Recorder } from "../../src/machine/recorder.js";
import { emit, map } from "../../src/mapper/index.js";
import { loadBuiltin } from "../../src/workload/index.js";
import { run } from "./lab.js";

/** An autoencoder on a chip of few arrays, so that weights are replaced; with a slow or fast weight buffer beside the pulses. */
function replaced(set: Record<string, unknown>) {
  const chip = readChip("compass-s", { set: { cores: 2, "core.arrays.count": 2, ...set } });
  const network = loadBuiltin("deep_autoencoder");
  const mapping = map(network, chip, { strategy: "greedy", batch: 2 });
  return { chip, program: emit(mapping, network, chip) };
}

/** A run that nobody listens to, with how often it merged a write, and one with every hold shown. */
function both(set: Record<string, unknown>, options: SimulateOptions = {}) {
  const { chip, program } = replaced(set);
  const merging = vi.spyOn(Recorder.prototype, "merged");
  // Bursts of packets are merged too; only those of a weight buffer are writes.
  const writesMerged = (): number => merging.mock.calls.filter(([, kind]) => kind === KIND.weightBuffer).length;
  const { events: _fewer, ...alone } = simulate(program, chip, options);
  const merged = writesMerged();
  const { events: _all, ...heard } = run(program, chip, { ...options, checked: false }).result;
  expect(writesMerged()).toBe(merged);
  return { merged, alone, heard };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("merged writes", () => {
  it("leave cycles, digest, holds, path terms, write times and energy as they are", () => {
    const { merged, alone, heard } = both({});
    // A trace has a row for every issue too.
    const { holds, ...rest } = alone;
    const { holds: heardHolds, ...heardRest } = heard;
    expect(rest).toEqual(heardRest);
    expect(heardHolds).toBeGreaterThan(holds);
    expect(merged).toBeGreaterThan(0);
    expect(alone.writes.busyCycles).toBeGreaterThan(0);
  });

  it("count holds and their ticks as the fine mode does, which never merges", () => {
    const { chip, program } = replaced({});
    const { events: _coarse, ...coarse } = simulate(program, chip);
    const { events: _fine, ...fine } = simulate(program, chip, { mode: "fine" });
    expect(coarse).toEqual(fine);
  });

  it("stay single where the weight buffer is slower than a pulse, or takes as long", () => {
    // A row of 32 bytes takes two ticks to read, narrow tiles one.
    for (const pulseTime of ["1 ns", "2 ns"]) {
      const { merged, alone, heard } = both({
        "core.weightBuffer.bandwidth": "26 B/cycle",
        "core.arrays.write.pulseTime": pulseTime,
      });
      expect({ ...alone, holds: 0 }).toEqual({ ...heard, holds: 0 });
      if (pulseTime === "1 ns") expect(merged).toBe(0);
    }
  });

  it("stay single where passes are drawn", () => {
    const verify = { kind: "program", readTime: "2 ns", passProbability: 0.5, maxPasses: 4 };
    const { merged, alone, heard } = both({ "core.arrays.write.verify": verify });
    expect({ ...alone, holds: 0 }).toEqual({ ...heard, holds: 0 });
    expect(merged).toBe(0);
  });
});
