/** The machine's state in numeric arrays (law 13): steady state recognised, checkpoints restored, deadlocks explained, folds exact. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { coreProgram } from "../../bench/lib/core-program.js";
import { readChip } from "../../src/hardware/index.js";
import { machineProbes, simulate } from "../../src/machine/index.js";
import { Machine } from "../../src/machine/machine.js";
import { registerState } from "../../src/machine/registered.js";
import { MachineState } from "../../src/machine/state.js";
import { legalProgram } from "../isa/legal.js";
import { anySmallChip, forChip } from "./chips.js";
import { programOf } from "./lab.js";

const coarse = { mode: "coarse", engine: "wheel", ideal: new Set<never>(), seed: "1", pathTotals: true } as const;

describe("path totals", () => {
  it("are the same however often the log folds", () => {
    fc.assert(
      fc.property(legalProgram, anySmallChip, (legal, chip) => {
        const program = forChip(legal, chip);
        const whole = simulate(program, chip);
        const folded = simulate(program, chip, { pathCapacity: 64 });
        expect(folded.path).toEqual(whole.path);
        expect(folded.digest).toBe(whole.digest);
      }),
      { numRuns: 200 },
    );
  });

  it("stay exact over long runs in bounded memory", () => {
    const chip = readChip("compass-s", { set: { cores: 2, "dram.model": "bandwidth" } });
    const program = coreProgram(chip, 2, 4000);
    const whole = simulate(program, chip, { pathCapacity: 1 << 20 });
    const folded = simulate(program, chip, { pathCapacity: 4096 });
    expect(folded.path).toEqual(whole.path);
  });
});

describe("snapshots", () => {
  it("recognise steady state: some later tick stands as an earlier one, but for its time", () => {
    const chip = readChip("compass-s", { set: { cores: 2, "dram.model": "bandwidth" } });
    const state = new MachineState(coreProgram(chip, 2, 2000), chip, coarse);
    const machine = new Machine(state, undefined);
    const registry = registerState(state);
    machine.begin();
    state.queue.run(machine, { untilTick: 40_000 });
    const early = registry.snapshot();
    let period = 0;
    for (let tick = 40_001; tick < 60_000 && period === 0; tick++) {
      state.queue.run(machine, { untilTick: tick });
      if (registry.equals(early)) period = tick - 40_000;
    }
    expect(period).toBeGreaterThan(0);
    // The period repeats: one more of it, and the state is the same again.
    state.queue.run(machine, { untilTick: 40_000 + 2 * period });
    expect(registry.equals(early)).toBe(true);
    state.queue.run(machine, { untilTick: 40_000 + 2 * period + 1 });
    expect(registry.equals(early)).toBe(false);
  });

  it("restored, the run goes on as if never stopped", () => {
    const chip = readChip("compass-s", { set: { cores: 2, "dram.model": "bandwidth" } });
    const program = coreProgram(chip, 2, 200);
    const plain = simulate(program, chip, { pathTotals: false });
    const state = new MachineState(program, chip, { ...coarse, pathTotals: false });
    const machine = new Machine(state, undefined);
    const registry = registerState(state);
    machine.begin();
    state.queue.run(machine, { untilTick: 5000 });
    const checkpoint = registry.snapshot();
    state.queue.run(machine, { untilTick: 9000 });
    registry.restore(checkpoint);
    state.queue.run(machine);
    expect(machine.recorder.makespan).toBe(plain.cycles);
  });
});

describe("deadlock", () => {
  it("names the cycle of waits with instructions", () => {
    const chip = readChip("thread-2");
    const program = programOf(chip, [
      [
        0,
        "mvm",
        [
          { op: "WAIT", waits: [{ semaphore: 1, count: 1 }] },
          { op: "POST", posts: [{ core: 0, semaphore: 2, count: 1 }] },
        ],
      ],
      [
        0,
        "vector",
        [
          { op: "WAIT", waits: [{ semaphore: 2, count: 1 }] },
          { op: "POST", posts: [{ core: 0, semaphore: 1, count: 1 }] },
        ],
      ],
    ]);
    expect(() => simulate(program, chip)).toThrow(
      /deadlock.*core 0 mvm #0 WAIT.*semaphore 1 of core 0.*core 0 vector #0 WAIT/,
    );
  });

  it("names a token nothing will bring", () => {
    const chip = readChip("thread-2");
    const program = programOf(chip, [[0, "mvm", [{ op: "WAIT", waits: [{ semaphore: 1, count: 1 }] }]]]);
    expect(() => simulate(program, chip)).toThrow(/nothing left will bring/);
  });

  it("a program for another chip is refused with both names", () => {
    const chip = readChip("thread-2");
    const program = programOf(chip, [[0, "mvm", [{ op: "POST" }]]]);
    expect(() => simulate(program, readChip("compass-s"))).toThrow(/thread-2.*compass-s/);
  });
});

describe("probes", () => {
  it("tell listeners what happens and change nothing", () => {
    const chip = readChip("compass-s", { set: { cores: 2, "dram.model": "bandwidth" } });
    const program = coreProgram(chip, 2, 40);
    const probes = machineProbes();
    const seen = { starts: 0, ends: 0, holds: 0, grants: 0 };
    probes.instructionStart(() => seen.starts++);
    probes.instructionEnd(() => seen.ends++);
    probes.hold(() => seen.holds++);
    const grants = probes.grant((grant) => {
      expect(grant.resource).toBeGreaterThanOrEqual(0);
      seen.grants++;
    });
    const watched = simulate(program, chip, { probes });
    expect(seen.starts).toBe(watched.instructions);
    expect(seen.ends).toBe(watched.instructions);
    expect(seen.holds).toBeGreaterThan(seen.grants);
    expect(seen.grants).toBeGreaterThan(0);
    expect(watched.digest).toBe(simulate(program, chip).digest);
    grants.unbind();
    const before = seen.grants;
    simulate(program, chip, { probes });
    expect(seen.grants).toBe(before);
  });
});
