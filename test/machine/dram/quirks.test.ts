/** Every error of DRAMsim3 can be kept or not: what each changes, seen in the commands. */
import { expect, test } from "vitest";
import { UserError } from "../../../src/base/index.js";
import { DramCommandChecker } from "../../../src/check/dram/index.js";
import { type DramDevice, type DramQuirks, readDramDevice } from "../../../src/hardware/dram/index.js";
import { createDramController } from "../../../src/machine/dram/index.js";
import { emptyTrace, record, type Trace } from "./reference.js";

interface Command {
  cycle: number;
  name: string;
  rank: number;
  bank: string;
}

const build = (device: DramDevice, quirk: Partial<DramQuirks>, changes: Partial<DramDevice> = {}): DramDevice => ({
  ...device,
  ...changes,
  quirks: { ...device.quirks, ...quirk },
});

function run(device: DramDevice, trace: Trace) {
  const ran = record((d, l) => createDramController(d, "dramsim3", l), device, trace, 1, { tail: 5000 });
  const commands = ran.commands
    .trim()
    .split("\n")
    .slice(1)
    .map((line): Command => {
      const [cycle, , name, rank, group, bank] = line.split(",");
      return { cycle: Number(cycle), name, rank: Number(rank), bank: `${rank}/${group}/${bank}` };
    });
  return { ...ran, list: commands };
}

/** Violations an independent checker finds. */
function violations(device: DramDevice, ran: ReturnType<typeof run>): unknown {
  const checker = new DramCommandChecker(device, "dramsim3");
  for (const line of ran.commands.trim().split("\n").slice(1)) {
    const [cycle, channel, name, ...place] = line.split(",");
    const [rank, group, bank, row, column] = place.map(Number);
    const kind = checker.kinds.indexOf(name);
    checker.command({ line: 0, cycle: Number(cycle), channel: Number(channel), kind, rank, group, bank, row, column });
  }
  return checker.finish(ran.ticks).violations;
}

/** The least gap from a command of one name to a later one of another, over pairs that `related` lets through. */
function leastGap(
  list: readonly Command[],
  from: string,
  to: string,
  related: (a: Command, b: Command) => boolean,
): number {
  let least = Infinity;
  list.forEach((a, index) => {
    if (a.name !== from) return;
    const b = list.slice(index + 1).find((later) => later.name === to && related(a, later));
    if (b) least = Math.min(least, b.cycle - a.cycle);
  });
  return least;
}

function traceOf(requests: readonly [address: number, write: boolean, arrival: number][]): Trace {
  const trace = emptyTrace(requests.length);
  requests.forEach(([address, write, arrival], index) => {
    trace.address[index] = address;
    trace.write[index] = write ? 1 : 0;
    trace.arrival[index] = arrival;
  });
  return trace;
}

/** Reads that jump from row to row over all banks. */
function jumping(count: number, every: number): Trace {
  return traceOf(
    Array.from({ length: count }, (_, index) => [((index * 7919 * 8192) % 2 ** 30) + 64, false, index * every]),
  );
}

test("a refresh of one bank holds up that bank, or with the quirk all others", () => {
  const base = readDramDevice("lpddr3_1600_x32");
  const changes = {
    organization: { ...base.organization, ranks: 2 },
    controller: { ...base.controller, refreshPolicy: "BANK_LEVEL_STAGGERED" as const },
  };
  const { tRFC, tRFCb, tREFIb } = base.timing;
  const sameBank = (a: Command, b: Command) => a.bank === b.bank;
  const otherBank = (a: Command, b: Command) => a.bank !== b.bank && a.rank === b.rank;
  const right = build(base, { refbBlocksOthers: false }, changes);
  const kept = build(base, { refbBlocksOthers: true }, changes);
  const trace = jumping(3000, 9);
  const ranRight = run(right, trace);
  expect(violations(right, ranRight)).toStrictEqual([]);
  expect(leastGap(ranRight.list, "REFB", "ACT", sameBank)).toBeGreaterThanOrEqual(tRFCb);
  expect(leastGap(ranRight.list, "REFB", "ACT", otherBank)).toBeLessThan(tRFC);
  // Each bank once in tREFIb times the banks of its rank, whatever the number of ranks.
  const rounds = ranRight.ticks / (tREFIb * 8);
  expect(ranRight.list.filter(({ name }) => name === "REFB").length).toBeCloseTo(rounds * 16, -1);
  const ranKept = run(kept, trace);
  expect(leastGap(ranKept.list, "REFB", "ACT", sameBank)).toBeLessThan(tRFCb);
  expect(leastGap(ranKept.list, "REFB", "ACT", otherBank)).toBeGreaterThanOrEqual(tRFC);
});

test("refreshes of all ranks at once reach all ranks, or with the quirk the first", () => {
  const base = readDramDevice("ddr4_2400_x8");
  const changes = { controller: { ...base.controller, refreshPolicy: "RANK_LEVEL_SIMULTANEOUS" as const } };
  const ranks = (quirk: boolean) => {
    const ran = run(build(base, { simultaneousRefreshesFirstRank: quirk }, changes), jumping(400, 150));
    return ran.list.filter(({ name }) => name === "REF").map(({ rank }) => rank);
  };
  const six = Math.floor((400 * 150) / base.timing.tREFI);
  expect(ranks(false)).toStrictEqual(Array.from({ length: six * 2 }, (_, index) => index % 2));
  expect(ranks(true)).toStrictEqual(Array.from({ length: six }, () => 0));
});

test("the last writes are written, or with the quirk stay in the buffer", () => {
  const base = readDramDevice("ddr4_2400_x8");
  // DRAMsim3 begins to drain when it holds nine and has nothing else to do, and then empties what there is.
  const stays = new Map([
    [1, 0],
    [8, 0],
    [9, 9],
    [12, 9],
  ]);
  for (const [writes, kept] of stays) {
    const trace = traceOf(Array.from({ length: writes }, (_, index) => [index * 2 ** 20, true, index]));
    const written = (quirk: boolean) => run(build(base, { lastWritesStay: quirk }), trace).summary.commands.WR ?? 0;
    expect(written(false)).toBe(writes);
    expect(written(true)).toBe(kept);
  }
});

test("a refresh after an automatic precharge keeps tRC, or with the quirk does not", () => {
  const base = readDramDevice("ddr4_2400_x8");
  const changes = {
    controller: { ...base.controller, rowBufferPolicy: "CLOSE_PAGE" as const },
    timing: { ...base.timing, tREFI: 1201 },
  };
  const sameRank = (a: Command, b: Command) => a.rank === b.rank;
  const gap = (quirk: boolean) => {
    const device = build(base, { autoPrechargeBounds: quirk }, changes);
    const ran = run(device, jumping(3000, 11));
    if (!quirk) expect(violations(device, ran)).toStrictEqual([]);
    // The last ACT before each REF.
    const reversed = ran.list.map((command) => ({ ...command, cycle: -command.cycle })).reverse();
    return leastGap(reversed, "REF", "ACT", sameRank);
  };
  const tRC = base.timing.tRAS + base.timing.tRP;
  expect(gap(false)).toBeGreaterThanOrEqual(tRC);
  expect(gap(true)).toBeLessThan(tRC);
});

/** Reads fill a bank's queue and the read queue; then a write to the last of them, and writes that fill the buffer. */
function lockingTrace(): Trace {
  const row = 2 ** 18;
  const reads = Array.from({ length: 40 }, (_, index): [number, boolean, number] => [index * row, false, 0]);
  const writes = Array.from({ length: 32 }, (_, index): [number, boolean, number] => [(39 - index) * row, true, 0]);
  return traceOf([...reads, ...writes]);
}

test("a write that waits for a read in the read queue lets it pass, or with the quirk both stop and it is said", () => {
  const base = readDramDevice("ddr4_2400_x8");
  const ran = run(build(base, { readBeforeWriteLock: false }), lockingTrace());
  expect(ran.ended).toBe(true);
  expect(ran.summary.commands).toMatchObject({ RD: 40, WR: 32 });
  let thrown: unknown;
  try {
    run(build(base, { readBeforeWriteLock: true, lastWritesStay: true }), lockingTrace());
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(UserError);
  expect((thrown as UserError).problems[0].code).toBe("dram-live-lock");
  expect((thrown as UserError).message).toContain("0x9c0000");
});

test("energies have the factor tCK, or with the quirk lack it", () => {
  const base = readDramDevice("ddr4_2400_x8");
  const energy = (quirk: boolean) => run(build(base, { energyLacksClock: quirk }), jumping(50, 20)).summary.energyPj!;
  expect(energy(false).total / energy(true).total).toBeCloseTo(base.tCkNs, 12);
  // 3532.8 V·mA·cycles a read (SPEC of the reference set), by 0.83 ns.
  expect(energy(false).read).toBeCloseTo(50 * 3532.8 * 0.83, 6);
});
