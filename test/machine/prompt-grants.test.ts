/**
 * Servers given within the request, and packets read in bursts, where nobody listens: everything but the number of events is as with an
 * event for each arbitration and each hold.
 */
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { coreProgram } from "../../bench/lib/core-program.js";
import { type Chip, readChip } from "../../src/hardware/index.js";
import type { Program } from "../../src/isa/index.js";
import { Servers } from "../../src/machine/arbiter/servers.js";
import { Bursts } from "../../src/machine/flow/bursts.js";
import { machineProbes, type SimulateOptions, simulate } from "../../src/machine/index.js";
import { legalProgram } from "../isa/legal.js";
import { anySmallChip, forChip } from "./chips.js";

/** Whoever may listen is shown every arbitration and hold, so probes make the slow machine. */
function bothWays(program: Program, chip: Chip, options: SimulateOptions = {}): { slow: number; fast: number } {
  const { events: slow, ...heard } = simulate(program, chip, { checked: true, probes: machineProbes() });
  const { events: fast, ...unheard } = simulate(program, chip, { checked: true, ...options });
  expect({ ...options, ...unheard }).toEqual({ ...options, ...heard });
  return { slow, fast };
}

/** Counts what the fast machine does. */
function watched() {
  const seen = { free: 0, takenOver: 0, packets: 0, cut: 0, cutBetween: 0 };
  const { takePromptly, regrant } = Servers.prototype;
  vi.spyOn(Servers.prototype, "takePromptly").mockImplementation(function (this: Servers, server, lane, tick) {
    const loser = takePromptly.call(this, server, lane, tick);
    if (loser === -1) seen.free++;
    else if (loser >= 0) seen.takenOver++;
    return loser;
  });
  let regranted = -1;
  vi.spyOn(Servers.prototype, "regrant").mockImplementation(function (this: Servers, server, lane, tick, node) {
    regranted = tick;
    regrant.call(this, server, lane, tick, node);
  });
  const { cut, end } = Bursts.prototype;
  vi.spyOn(Bursts.prototype, "cut").mockImplementation(function (this: Bursts, server) {
    const { servers, queue } = (this as unknown as { state: { servers: Servers; queue: { now: number } } }).state;
    if (servers.burstLane[server]! >= 0) seen.cut++;
    regranted = -1;
    cut.call(this, server);
    if (regranted === queue.now) seen.cutBetween++;
  });
  vi.spyOn(Bursts.prototype, "end").mockImplementation(function (this: Bursts, lane, kind) {
    const before = end.call(this, lane, kind);
    seen.packets += before;
    return before;
  });
  return seen;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("servers given within the request", () => {
  it("change nothing but events on random programs, and are taken over by lower ids of the same tick", () => {
    const seen = watched();
    let fewer = 0;
    fc.assert(
      fc.property(legalProgram, anySmallChip, fc.nat({ max: 1000 }), (legal, chip, shuffleSeed) => {
        const program = forChip(legal, chip);
        for (const options of [{}, { shuffleSeed }] satisfies SimulateOptions[]) {
          const { slow, fast } = bothWays(program, chip, options);
          expect(fast).toBeLessThanOrEqual(slow);
          if (fast < slow) fewer++;
        }
      }),
      { numRuns: 200, seed: 5 },
    );
    expect(fewer).toBeGreaterThan(100);
    expect(seen.free).toBeGreaterThan(1000);
    expect(seen.takenOver).toBeGreaterThan(20);
  });
});

describe("packets read in bursts", () => {
  const bytesPerCycle = fc.constantFrom(4, 8, 13, 32, 100);
  const busyCore = fc.record({
    cores: fc.integer({ min: 1, max: 3 }),
    "core.localMemory.packet": fc.constantFrom("8 B", "16 B", "24 B", "64 B"),
    "core.localMemory.bandwidth": bytesPerCycle.map((bytes) => `${bytes} B/cycle`),
    "core.vectorUnit.bandwidth": bytesPerCycle.map((bytes) => `${bytes} B/cycle`),
    "core.vectorUnit.packet": fc.constantFrom("8 B", "16 B", "64 B"),
    "core.arrays.inputRegisters": fc.integer({ min: 1, max: 2 }),
    "core.outstanding.mvm": fc.integer({ min: 1, max: 3 }),
    "core.mvmIssueTime": fc.constantFrom("1 ns", "7 ns", "50 ns"),
    "core.arrays.timing.converter.conversionTime": fc.constantFrom("1 ns", "5 ns"),
    "core.arrays.timing.phaseTime": fc.constantFrom("1 ns", "3 ns"),
    "network.bandwidth": fc.constant("4 B/cycle"),
    "dram.model": fc.constantFrom("bandwidth", "commands"),
  });

  it("change nothing but events where other units of the core ask in the middle and between two packets", () => {
    const seen = watched();
    fc.assert(
      fc.property(busyCore, fc.nat({ max: 1000 }), (set, shuffleSeed) => {
        const chip = readChip("compass-s", { set });
        const program = coreProgram(chip, set.cores, 24);
        bothWays(program, chip);
        bothWays(program, chip, { shuffleSeed });
        bothWays(program, chip, { engine: "heap", pathCapacity: 64 });
      }),
      { numRuns: 40, seed: 7 },
    );
    expect(seen.packets).toBeGreaterThan(1000);
    expect(seen.cut).toBeGreaterThan(1000);
    expect(seen.cutBetween).toBeGreaterThan(20);
  });
});
