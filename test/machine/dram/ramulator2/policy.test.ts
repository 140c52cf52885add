/** The `ramulator2` policy: cycles derived by hand, and equality with the ticking oracle on random devices and traces. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type DramDevice, readDramDevice } from "../../../../src/hardware/dram/index.js";
import { DRAM_CAUSE } from "../../../../src/machine/dram/index.js";
import { playFast } from "./fast-run.js";
import { type Line, type Offered, playOracle } from "./oracle.js";

const DDR4 = readDramDevice("ddr4_2400_x8");
/** How many random runs; `WORDLINE_RANDOM=2000` looks longer. */
const RUNS = Number(process.env["WORDLINE_RANDOM"] ?? 60);

/** Bytes from one row of a bank to the next, and from one rank to the other, on DDR4: 128 columns, 2 ranks, 4 groups, 4 banks. */
const RANK = 64 * 128;
const ROW = RANK * 2 * 4 * 4;

function read(address: number, arrival = 0): Offered {
  return { address, write: false, arrival };
}

function write(address: number, arrival = 0): Offered {
  return { address, write: true, arrival };
}

function short({ cycle, name }: Line): string {
  return `${cycle} ${name}`;
}

describe("derived by hand on DDR4-2400 x8 (nRCD 17, nCL 17, nCWL 12, nBL 4, nRAS 39, nRP 17, nRTP 9, nCCDL 6)", () => {
  test("one read: accepted in cycle 1, ACT 2, RD 2 + nRCD = 19, done 19 + nCL + nBL = 40", () => {
    const run = playFast(DDR4, [read(0)], 1);
    expect(run.commands.map(short)).toStrictEqual(["2 ACT", "19 RD"]);
    expect([run.accepted, run.done, run.causes]).toStrictEqual([[1], [40], [DRAM_CAUSE.miss]]);
    // 2000 cycles after the last completion; the row stays open from cycle 2 on.
    expect([run.lastCycle, run.summary.rankActiveCycles]).toStrictEqual([2040, 2039]);
    expect(run.summary.rankIdleCycles).toBe(2 * 2040 - 2039);
  });

  test("a second read of the row: a hit, nCCDL = 6 behind in the same group", () => {
    const run = playFast(DDR4, [read(0), read(64)], 1);
    expect(run.commands.map(short)).toStrictEqual(["2 ACT", "19 RD", "25 RD"]);
    expect(run.summary.readRowHits).toBe(1);
  });

  test("another row of the bank: PREpb at ACT + nRAS = 41, ACT + nRP = 58, RD + nRCD = 75", () => {
    const run = playFast(DDR4, [read(0), read(ROW)], 1);
    expect(run.commands.map(short)).toStrictEqual(["2 ACT", "19 RD", "41 PREpb", "58 ACT", "75 RD"]);
    expect(run.causes[1]).toBe(DRAM_CAUSE.conflict);
  });

  test("the other rank: its ACT next cycle, its RD nBL + nCS = 6 behind", () => {
    const run = playFast(DDR4, [read(0), read(RANK)], 1);
    expect(run.commands.map(short)).toStrictEqual(["2 ACT", "3 ACT", "19 RD", "25 RD"]);
  });

  test("write then read of its row: done at its WR; the read waits nCWL + nBL + nWTRL = 25 from then", () => {
    // No read waits in cycle 1: write mode. The read of cycle 2 ends it once looked at (a single write is below 6.4).
    const run = playFast(DDR4, [write(0), read(64, 1)], 1);
    expect(run.commands.map(short)).toStrictEqual(["2 ACT", "19 WR", "44 RD"]);
    expect(run.done).toStrictEqual([19, 44 + 21]);
    expect(run.causes).toStrictEqual([DRAM_CAUSE.miss, DRAM_CAUSE.turnaround]);
  });

  test("a write on a waiting write joins it at once, a read of it is served in the next cycle", () => {
    const run = playFast(DDR4, [write(0), write(0), read(0)], 4);
    expect(run.commands.map(short)).toStrictEqual(["2 ACT", "19 WR"]);
    expect(run.done).toStrictEqual([19, 1, 2]);
    expect(run.causes.slice(1)).toStrictEqual([DRAM_CAUSE.merged, DRAM_CAUSE.merged]);
  });

  test("refresh at nREFI = 9360: PREab of the open rank, REFab nRP later, the closed rank right behind", () => {
    const run = playFast(DDR4, [read(0), read(64, 9359)], 1);
    // The read arrives while the refresh waits: no new row work on any rank until both are done; ACT at 9377 + nRFC.
    expect(run.commands.map(short)).toStrictEqual([
      "2 ACT",
      "19 RD",
      "9360 PREab",
      "9377 REFab",
      "9378 REFab",
      "9797 ACT",
      "9814 RD",
    ]);
    expect(run.causes[1]).toBe(DRAM_CAUSE.refresh);
  });
});

const cycles = (least: number, most: number) => fc.integer({ min: least, max: most });

/** A device with any timing, small enough that rows conflict and refreshes come often. */
const devices: fc.Arbitrary<DramDevice> = fc
  .record({
    ranks: fc.constantFrom(1, 2, 4),
    bankGroups: fc.constantFrom(1, 2, 4),
    banksPerGroup: fc.constantFrom(1, 2, 4),
    ddr3: fc.boolean(),
    timing: fc.record({
      nBL: fc.constantFrom(2, 4, 8),
      nCL: cycles(5, 24),
      nRCD: cycles(2, 24),
      nRP: cycles(1, 24),
      nRAS: cycles(2, 60),
      extra: cycles(0, 10),
      nWR: cycles(1, 24),
      nRTP: cycles(1, 12),
      nCWL: cycles(1, 20),
      nCCDS: cycles(1, 8),
      nCCDL: cycles(1, 12),
      nRRDS: cycles(1, 8),
      nRRDL: cycles(1, 12),
      nWTRS: cycles(1, 10),
      nWTRL: cycles(1, 16),
      nFAW: cycles(4, 60),
      nRFC: cycles(10, 300),
      nREFI: fc.constantFrom(350, 600, 1000, 3000),
      nCS: cycles(0, 4),
    }),
  })
  .map(({ ranks, bankGroups, banksPerGroup, ddr3, timing: { extra, ...timing } }) => {
    const organization = { ...DDR4.ramulator2!.organization, ranks, bankGroups, banksPerGroup, rows: 8, columns: 64 };
    return {
      ...DDR4,
      protocol: ddr3 ? "DDR3" : "DDR4",
      ramulator2: { tCkNs: 1, organization, timing: { ...timing, nRC: timing.nRAS + timing.nRP + extra } },
    } as DramDevice;
  });

/** Traces that stream, jump, repeat addresses, pause and crowd. */
const traces: fc.Arbitrary<Offered[]> = fc
  .array(
    fc.record({
      start: fc.integer({ min: 0, max: 16383 }),
      step: fc.constantFrom(0, 1, 1, 8, 64, 97),
      length: fc.integer({ min: 1, max: 24 }),
      writes: fc.constantFrom(0, 0, 1, 2, 3),
      every: fc.constantFrom(0, 0, 1, 5, 30),
      pause: fc.constantFrom(0, 0, 3, 50, 700),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((bursts) => {
    const trace: Offered[] = [];
    let arrival = 0;
    for (const { start, step, length, writes, every, pause } of bursts) {
      for (let i = 0; i < length; i++) {
        trace.push({ address: ((start + i * step) % 16384) * 64, write: i % 3 < writes, arrival });
        arrival += every;
      }
      arrival += pause;
    }
    return trace;
  });

test("equals the ticking oracle on random devices, traces and issue widths", () => {
  fc.assert(
    fc.property(devices, traces, fc.constantFrom(1, 2, 8), (device, trace, width) => {
      const fast = playFast(device, trace, width);
      const oracle = playOracle(device, trace, width);
      expect(fast.commands).toStrictEqual(oracle.commands);
      expect(fast.accepted).toStrictEqual(oracle.accepted);
      expect(fast.done).toStrictEqual(oracle.done);
      expect(fast.summary.rankActiveCycles).toBe(oracle.rankActiveCycles);
      expect(fast.lastCycle).toBe(oracle.lastCycle);
    }),
    { numRuns: RUNS, seed: 20261121 },
  );
});
