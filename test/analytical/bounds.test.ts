/** Bounds, counts and energy: by hand on tiny programs, against unrolling on random ones. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  COUNT_NAMES,
  energyOf,
  instructionCounts,
  programBounds,
  programCounts,
  unloadedTicks,
} from "../../src/analytical/index.js";
import type { Chip } from "../../src/hardware/index.js";
import type { Instruction } from "../../src/isa/index.js";
import { OPCODES } from "../../src/isa/index.js";
import { at, block, mesh, mvm, program, ratio, thinChip, wwr } from "./fixtures.js";
import { groups, programs } from "./random.js";

const load = (bytes: number): Instruction => ({
  op: "LD",
  rows: 1,
  rowBytes: bytes,
  destination: block("lm", bytes),
  source: block("gm", bytes),
});

describe("bounds", () => {
  it("of one instruction are its unloaded ticks below, its holds end to end above", () => {
    const chip = thinChip();
    const one = programBounds(program([{ core: 0, unit: "load", code: [load(32)] }]), chip);
    // 20 + 8 + 2 + 4 + 8 below; issue 1, latency 20 and two packets of 8 + 2 + 4 above.
    expect(one).toMatchObject({ lowerTicks: 42, upperTicks: 1 + 20 + 2 * 14, method: "chain", instructions: 1 });
  });

  it("follow tokens: the wait starts at the K-th earliest post", () => {
    // LD ends at 34 and posts; LD 2 (limit 1) starts at 34, ends at 68. A WAIT for two tokens starts at 68, its MVM (80 ticks) at 69.
    const code = [
      { op: "LOOP", trips: 2 },
      { ...load(16), posts: [{ core: 0, semaphore: 1, count: 1 }] },
      { op: "ENDL" },
    ] as Instruction[];
    const waiting: Instruction[] = [{ op: "WAIT", waits: [{ semaphore: 1, count: 2 }] }, mvm()];
    const bounds = programBounds(
      program([
        { core: 0, unit: "load", code },
        { core: 0, unit: "mvm", code: waiting },
      ]),
      thinChip(),
    );
    expect(bounds.chain).toEqual({ ticks: 69 + 80, instructions: 4, stuck: [] });
  });

  it("follow messages and credits", () => {
    const send: Instruction = { op: "SEND", cores: [1], channel: 0, rows: 1, rowBytes: 16, source: block("lm", 16) };
    const receive: Instruction = {
      op: "RECV",
      core: 0,
      channel: 0,
      rows: 1,
      rowBytes: 16,
      destination: block("lm", 16),
    };
    const streams = program([
      { core: 0, unit: "send", code: [send, send, send] },
      { core: 1, unit: "receive", code: [receive, receive, receive] },
    ]);
    // A send takes 6, a receive 4. Sends at 0, 6, 12 (two credits: the first message is received at 10); the last arrives at 18.
    expect(programBounds(streams, thinChip()).chain!.ticks).toBe(22);
    // One credit: each send waits for the receive before it: 6 + 4 a message.
    expect(
      programBounds(
        streams,
        thinChip((chip) => (chip.core.channelCredits = 1)),
      ).chain!.ticks,
    ).toBe(30);
  });

  it("meet at barriers, and tell who is stuck", () => {
    const bar: Instruction = { op: "BAR", barrier: 0, count: 2, posts: [{ core: 0, semaphore: 0, count: 1 }] };
    const late: Instruction[] = [{ op: "WSWAP", array: 0 }, { op: "WSWAP", array: 1 }, bar];
    const both = program([
      { core: 0, unit: "load", code: [bar] },
      { core: 0, unit: "weightWrite", code: late },
      { core: 0, unit: "store", code: [{ op: "WAIT", waits: [{ semaphore: 0, count: 2 }] }] },
    ]);
    // Swaps at 0 and 3, the barrier has the one port at 6, ends at 7; the WAIT takes one more.
    expect(programBounds(both, thinChip()).chain).toEqual({ ticks: 8, instructions: 5, stuck: [] });
    const never = program([{ core: 0, unit: "load", code: [{ op: "WAIT", waits: [{ semaphore: 0, count: 1 }] }] }]);
    expect(programBounds(never, thinChip()).chain!.stuck).toEqual([{ core: 0, unit: "load", index: 0 }]);
  });

  it("find the busiest resource over ports, also where the program is too long to run", () => {
    const chip = thinChip((c) => {
      c.core.outstanding.load = 4;
      c.dram!.clock = { hz: 4e8, ticksPerCycle: ratio(5, 2) };
      c.dram!.channels = 2;
    });
    const code: Instruction[] = [{ op: "LOOP", trips: 1_000_000_000 }, load(32), { op: "ENDL" }];
    const bounds = programBounds(program([{ core: 0, unit: "load", code }]), chip);
    // Two packets of 8 cycles a load on two channels of period 5/2: 8 · 5/2 = 20 ticks a load.
    // (A load alone takes at least 50 of latency + 20 + 20 + 2 + 4 - a bit, over 4 at once: 24 a load and more.)
    expect(bounds.method).toBe("busiest");
    expect(bounds.resources.find((r) => r.name === "DRAM")!.boundTicks).toBe(20e9);
    expect(bounds.resources[0]).toMatchObject({ name: "core 0 load unit", ports: 4, boundTicks: 24e9 });
    expect(bounds.lowerTicks).toBe(24e9);
  });

  it("keep the MVM issue slot an interval a vector", () => {
    const chip = thinChip((c) => {
      c.core.mvmIssueCycles = 100;
      c.core.outstanding.mvm = 8;
    });
    const streams = program([{ core: 0, unit: "mvm", code: [mvm({ vectors: 3 }), mvm()] }]);
    expect(programBounds(streams, chip).chain!.ticks).toBe(300 + 80);
    expect(programBounds(streams, chip, { ideal: new Set(["issue"]) }).chain!.ticks).toBe(8 + 3 * 64 + 8);
  });

  const chips: [string, Chip][] = [
    ["thin", thinChip()],
    [
      "clocked",
      thinChip((chip) => {
        chip.network = mesh({ clock: { hz: 8e8, ticksPerCycle: ratio(5, 4) } });
        chip.dram!.clock = { hz: 1.5e9, ticksPerCycle: ratio(2, 3) };
        chip.core.arrays.write.verify = { kind: "program", readCycles: 2, maxPasses: 4, passProbability: 0.5 };
        chip.core.outstanding.load = 2;
      }),
    ],
  ];

  for (const [name, chip] of chips)
    it(`are ordered, and the same with loops unrolled (${name})`, () => {
      fc.assert(
        fc.property(programs, ({ rolled, unrolled }) => {
          const bounds = programBounds(rolled, chip);
          expect(bounds.chain!.stuck).toEqual([]);
          expect(bounds.lowerTicks).toBeLessThanOrEqual(bounds.upperTicks);
          const busiest = programBounds(rolled, chip, { chainCap: 0 });
          expect(busiest.lowerTicks).toBeLessThanOrEqual(bounds.lowerTicks);
          expect(programBounds(unrolled, chip)).toEqual(bounds);
        }),
        { numRuns: 150 },
      );
    });

  for (const [name, chip] of chips)
    it(`counts are those of every instruction one after another (${name})`, () => {
      fc.assert(
        fc.property(programs, fc.constantFrom<"best" | "worst">("best", "worst"), ({ rolled, unrolled }, passes) => {
          const counts = programCounts(rolled, chip, passes);
          const sums = Object.fromEntries(COUNT_NAMES.map((count) => [count, 0])) as Record<string, number>;
          const ops = Object.fromEntries(OPCODES.map((op) => [op, 0])) as Record<string, number>;
          for (const { core, code } of unrolled.streams)
            for (let index = 0; index < code.length; index++) {
              const instruction = code.at(index);
              ops[instruction.op]!++;
              const one = instructionCounts(instruction, { chip, groups, core, passes });
              for (const count of COUNT_NAMES) sums[count]! += one[count];
            }
          expect(counts).toEqual({ ...sums, instructions: ops });
        }),
        { numRuns: 100 },
      );
    });
});

describe("counts", () => {
  const counts = (instruction: Instruction, chip = thinChip(), passes: "best" | "worst" | number[] = "best") => {
    const all = instructionCounts(instruction, { chip, groups, core: 0, passes });
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== 0));
  };

  it("of an MVM", () => {
    // Group 1: arrays 1 and 2, most rows 40: F = 4 · 2 = 8, of them 4 a cell; cells 40 · 12 + 10 · 7; columns 19; 20 + 5 bytes a vector.
    expect(counts(mvm({ groups: [1], vectors: 3 }))).toEqual({
      mvmVectors: 3,
      arrayMvm: 6,
      cellPhases: 3 * 4 * (480 + 70),
      conversions: 3 * 8 * 19,
      localMemoryReadBytes: 75,
    });
    expect(counts(mvm({ groups: [1], mode: "split", rowRange: { row0: 0, rows: 20 } }))).toEqual({
      mvmVectors: 1,
      arrayMvm: 2,
      cellPhases: 4 * (20 * 12 + 70),
      conversions: 4 * 19 * 2,
      localMemoryReadBytes: 50,
    });
  });

  it("of a write, with its passes", () => {
    const verified = thinChip((chip) => {
      chip.core.arrays.write.verify = { kind: "program", readCycles: 2, maxPasses: 3, passProbability: 0.5 };
    });
    const write = wwr({ arrays: [0, 1] });
    expect(counts(write)).toEqual({ rowsWritten: 10, cellWrites: 320, weightBufferReadBytes: 40 });
    expect(counts(write, verified)).toMatchObject({ cellWrites: 320, verifyRows: 10 });
    expect(counts(write, verified, "worst")).toMatchObject({ rowsWritten: 10, cellWrites: 960, verifyRows: 30 });
    // Groups of 2, 2 and 1 rows with 1, 3 and 2 passes: 2 + 6 + 2 = 10 row passes.
    expect(counts(write, verified, [1, 3, 2])).toMatchObject({ cellWrites: 640, verifyRows: 20 });
    expect(counts({ op: "WVF", array: 0, row0: 0, rows: 7 })).toEqual({ verifyRows: 7 });
  });

  it("of bytes", () => {
    expect(counts(load(40))).toEqual({ dramReadBytes: 40, networkBytes: 40, localMemoryWriteBytes: 40 });
    const weights: Instruction = { op: "WLD", destination: at("wb"), source: at("gb"), bytes: 32, cores: [0, 1] };
    expect(counts(weights)).toEqual({ globalBufferReadBytes: 32, networkBytes: 32, weightBufferWriteBytes: 64 });
    // On a mesh a byte counts once a link: from core 0 to core 5, three.
    const send: Instruction = { op: "SEND", cores: [5], channel: 0, rows: 1, rowBytes: 10, source: block("lm", 10) };
    expect(
      counts(
        send,
        thinChip((chip) => (chip.network = mesh())),
      ),
    ).toEqual({
      localMemoryReadBytes: 10,
      networkBytes: 30,
    });
    expect(counts({ op: "ACC.ADD", destination: at("lm"), a: at("lm"), b: at("lm"), elements: 10 })).toEqual({
      localMemoryReadBytes: 60,
      vectorBytes: 30,
      localMemoryWriteBytes: 30,
    });
  });

  it("make energy, each times its entry of the table", () => {
    const chip = thinChip();
    const streams = program([{ core: 0, unit: "weightWrite", code: [wwr()] }]);
    const ticks = unloadedTicks(wwr(), { chip, groups, core: 0 }).ticks;
    // 160 cells of 3 pJ, 40 bytes of 1 pJ, 31 ns of 1 mW = 31 pJ.
    expect(energyOf(programCounts(streams, chip), chip, ticks)).toMatchObject({
      writes: 480,
      weightBuffer: 40,
      static: 31,
      totalPj: 551,
    });
  });
});
