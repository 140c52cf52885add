/**
 * The law on memory commands, constraint by constraint: a pair of commands exactly as far apart as the device wants is legal, one cycle
 * less is not, and the constraint is named. The distances are worked out by hand from the data beside each device.
 */
import { describe, expect, test } from "vitest";
import { type DramPolicy, readDramDevice } from "../../../src/hardware/index.js";
import { checkAll } from "./stream.js";

/** `before; {t} after`: `gap` is the least distance of the two commands with `@` in their place. */
type Row = [rule: string, before: string, first: number, after: string, gap: number];

function pairs(
  device: string,
  policy: DramPolicy,
  rows: readonly Row[],
  options: { product?: boolean; set?: string[] } = {},
) {
  const read = () => readDramDevice(device, { asDramsim3: options.product !== true, set: options.set ?? [] });
  test.each(rows)(`%s: %s … %i + %s: %i`, (rule, before, first, after, gap) => {
    const found = (apart: number) => checkAll(read(), policy, `${before}; ${first + apart} ${after}`).violations;
    expect(found(gap)).toStrictEqual([]);
    const [violation, ...more] = found(gap - 1);
    expect(more).toStrictEqual([]);
    expect(violation).toMatchObject({ rule, cycle: first + gap - 1, shortCycles: 1, earlier: { cycle: first } });
  });
}

// BC 4, RL 17, WL 12, tRCD 17, tRP 17, tRAS 39, tRC 56, tRTP 9, tWR 18, tRTRS 1, tRFC 420; S/L: tCCD 4/6, tRRD 4/6, tWTR 3/9; tFAW 26.
describe("ddr4_2400_x8, DRAMsim3", () => {
  const open = "0 ACT 0.0.0 r1; 100 ACT 0.0.1 r1; 200 ACT 0.1.0 r1; 300 ACT 1.0.0 r1";
  pairs("ddr4_2400_x8", "dramsim3", [
    ["tRCD", "100 ACT 0.0.0 r1", 100, "RD 0.0.0 r1 c0", 17],
    ["tRCD", "100 ACT 0.0.0 r1", 100, "WRA 0.0.0 r1 c0", 17],
    ["tRAS", "100 ACT 0.0.0 r1", 100, "PRE 0.0.0", 39],
    ["tRRD_L", "100 ACT 0.0.0 r1", 100, "ACT 0.0.1 r1", 6],
    ["tRRD_S", "100 ACT 0.0.0 r1", 100, "ACT 0.1.0 r1", 4],
    ["tRP", "100 ACT 0.0.0 r1; 200 PRE 0.0.0", 200, "ACT 0.0.0 r2", 17],
    ["tRP", "100 ACT 0.0.0 r1; 200 PRE 0.0.0", 200, "REF 0", 17],
    ["tRFC", "100 REF 0", 100, "ACT 0.3.3 r1", 420],
    ["tRFC", "100 REF 0", 100, "REF 0", 420],
    ["tCCD_L", `${open}; 400 RD 0.0.0 r1 c0`, 400, "RD 0.0.0 r1 c1", 6],
    ["tCCD_L", `${open}; 400 RD 0.0.0 r1 c0`, 400, "RDA 0.0.1 r1 c1", 6],
    ["tCCD_S", `${open}; 400 RDA 0.0.0 r1 c0`, 400, "RD 0.1.0 r1 c1", 4],
    ["tCCD_L", `${open}; 400 WR 0.0.0 r1 c0`, 400, "WR 0.0.1 r1 c1", 6],
    ["tCCD_S", `${open}; 400 WR 0.0.0 r1 c0`, 400, "WR 0.1.0 r1 c1", 4],
    // 17 + 4 - 12 + 1
    ["read to write", `${open}; 400 RD 0.0.0 r1 c0`, 400, "WR 0.1.0 r1 c1", 10],
    // 12 + 4 + 9 and + 3
    ["tWTR_L", `${open}; 400 WR 0.0.0 r1 c0`, 400, "RD 0.0.1 r1 c1", 25],
    ["tWTR_S", `${open}; 400 WR 0.0.0 r1 c0`, 400, "RD 0.1.0 r1 c1", 19],
    // 4 + 1
    ["read to read, other rank", `${open}; 400 RD 0.0.0 r1 c0`, 400, "RD 1.0.0 r1 c1", 5],
    // 21 + 4 + 1 - 16
    ["read to write, other rank", `${open}; 400 RD 0.0.0 r1 c0`, 400, "WR 1.0.0 r1 c1", 10],
    // 16 + 4 + 1 - 21 = 0: only the one command a cycle is left, which the next test has
    ["write to write, other rank", `${open}; 400 WR 0.0.0 r1 c0`, 400, "WR 1.0.0 r1 c1", 4],
    ["tRTP", `${open}; 400 RD 0.0.0 r1 c0`, 400, "PRE 0.0.0", 9],
    // 12 + 4 + 18
    ["tWR", `${open}; 400 WR 0.0.0 r1 c0`, 400, "PRE 0.0.0", 34],
    // 4 + 9 + 17 with the quirk, and without the burst to a refresh
    ["tRTP + tRP", `${open}; 400 RDA 0.0.0 r1 c0`, 400, "ACT 0.0.0 r2", 30],
    ["tRTP + tRP", "0 ACT 0.0.0 r1; 400 RDA 0.0.0 r1 c0", 400, "REF 0", 26],
    // 34 + 17
    ["tWR + tRP", `${open}; 400 WRA 0.0.0 r1 c0`, 400, "ACT 0.0.0 r2", 51],
    ["tWR + tRP", "0 ACT 0.0.0 r1; 400 WRA 0.0.0 r1 c0", 400, "REF 0", 51],
    ["tFAW", "100 ACT 0.0.0 r1; 104 ACT 0.1.0 r1; 108 ACT 0.2.0 r1; 112 ACT 0.3.0 r1", 100, "ACT 0.0.1 r1", 26],
  ]);

  test("the row cycle, where the precharge comes as early as it may", () => {
    const found = (cycle: number, pre: number) =>
      checkAll(readDramDevice("ddr4_2400_x8"), "dramsim3", `100 ACT 0.0.0 r1; ${pre} PRE 0.0.0; ${cycle} ACT 0.0.0 r2`)
        .violations;
    expect(found(156, 139)).toStrictEqual([]);
    expect(found(155, 139)).toMatchObject([{ rule: "tRC", shortCycles: 1 }]);
    expect(found(155, 140)).toMatchObject([{ rule: "tRP", shortCycles: 2 }]);
  });

  test("other ranks and other channels do not know each other's rows", () => {
    const wide = readDramDevice("ddr4_2400_x8", { set: ["channels=2"] });
    expect(checkAll(wide, "dramsim3", "100 ACT 0.0.0 r1; 101 ACT 1.0.0 r1").violationCount).toBe(0);
    expect(checkAll(wide, "dramsim3", "100@0 ACT 0.0.0 r1; 100@1 ACT 0.0.0 r1").violationCount).toBe(0);
    expect(checkAll(wide, "dramsim3", "100@0 ACT 0.0.0 r1; 100@0 ACT 1.0.0 r1").violations).toMatchObject([
      { rule: "one command a cycle", earlier: { line: 2 } },
    ]);
  });
});

describe("ddr4_2400_x8 as it should be", () => {
  pairs(
    "ddr4_2400_x8",
    "dramsim3",
    [
      ["tRTP + tRP", "0 ACT 0.0.0 r1; 400 RDA 0.0.0 r1 c0", 400, "ACT 0.0.0 r2", 26],
      // The precharge behind RDA waits for tRAS: 39 + 17.
      ["tRC", "100 ACT 0.0.0 r1; 117 RDA 0.0.0 r1 c0", 100, "REF 0", 56],
    ],
    { product: true },
  );
});

// BC 2, RL 14, WL 4, tRCDRD 14, tRCDWR 14; S/L: tCCD 1/2, tRRD 4/6; tRTRS 2; one rank.
describe("hbm2_x128", () => {
  pairs("hbm2_x128", "dramsim3", [
    ["tRCDRD", "100 ACT 0.0.0 r1", 100, "RD 0.0.0 r1 c0", 14],
    ["tRCDWR", "100 ACT 0.0.0 r1", 100, "WR 0.0.0 r1 c0", 14],
    ["tCCD_S", "0 ACT 0.0.0 r1; 50 ACT 0.1.0 r1; 400 RD 0.0.0 r1 c0", 400, "RD 0.1.0 r1 c0", 2],
    // 14 + 2 - 4 + 2
    ["read to write", "0 ACT 0.0.0 r1; 400 RD 0.0.0 r1 c0", 400, "WR 0.0.0 r1 c0", 14],
    // As DRAMsim3 runs it, whatever the file says.
    ["tRTP", "0 ACT 0.0.0 r1; 400 RD 0.0.0 r1 c0", 400, "PRE 0.0.0", 5],
  ]);

  test("two commands a cycle where exactly one moves data", () => {
    const device = readDramDevice("hbm2_x128");
    const found = (last: string) => checkAll(device, "dramsim3", `0 ACT 0.0.0 r1; 50 ACT 0.1.0 r1; ${last}`).violations;
    expect(found("400 RD 0.0.0 r1 c0; 400 ACT 0.2.0 r1")).toStrictEqual([]);
    expect(found("400 PRE 0.1.0; 400 RD 0.0.0 r1 c0")).toStrictEqual([]);
    expect(found("400 ACT 0.2.0 r1; 400 PRE 0.0.0")).toMatchObject([{ rule: "two commands a cycle" }]);
    expect(found("400 RD 0.0.0 r1 c0; 400 ACT 0.2.0 r1; 400 PRE 0.1.0")).toMatchObject([
      { rule: "two commands a cycle", message: "a third command in its cycle" },
    ]);
    const single = readDramDevice("hbm2_x128.nodual");
    expect(
      checkAll(single, "dramsim3", "0 ACT 0.0.0 r1; 400 RD 0.0.0 r1 c0; 400 ACT 0.2.0 r1").violations,
    ).toMatchObject([{ rule: "one command a cycle" }]);
  });
});

// BC 8/4 = 2, one group of 16 banks: tCCD 2, tRRD 10, tPPD 5, tFAW 40, t32AW 360.
describe("gddr5_x32", () => {
  pairs("gddr5_x32", "dramsim3", [
    ["tRRD", "100 ACT 0.0.0 r1", 100, "ACT 0.0.1 r1", 10],
    ["tPPD", "0 ACT 0.0.0 r1; 20 ACT 0.0.1 r1; 400 PRE 0.0.0", 400, "PRE 0.0.1", 5],
    ["tCCD", "0 ACT 0.0.0 r1; 20 ACT 0.0.1 r1; 400 RD 0.0.0 r1 c0", 400, "RD 0.0.1 r1 c0", 2],
  ]);

  test("32 activations", () => {
    // 16 banks opened, closed and opened again, 10 apart at best: the window of 32 needs more than 320 cycles to matter.
    const device = readDramDevice("gddr5_x32", { set: ["t32AW=400", "tRAS=40", "tRP=10", "tRCDRD=24", "tRCDWR=20"] });
    const round = (start: number) =>
      Array.from(
        { length: 16 },
        (_, at) => `${start + at * 11} ACT 0.0.${at} r1; ${start + at * 11 + 57} PRE 0.0.${at}`,
      );
    const stream = [...round(1000), ...round(1176)].join("; ").split("; ");
    stream.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
    const found = (cycle: number) => {
      const before = stream.filter((words) => Number.parseInt(words, 10) < cycle).join("; ");
      return checkAll(device, "dramsim3", `${before}; ${cycle} ACT 0.0.0 r2`).violations;
    };
    expect(found(1400)).toStrictEqual([]);
    expect(found(1399)).toMatchObject([{ rule: "t32AW", shortCycles: 1, earlier: { cycle: 1000 } }]);
  });
});

// tRFCb 30, tREFIb 238, tRRD 10, tRC 80, tRP 24, tRFC 74, tREFI 3800.
describe("refreshing bank by bank", () => {
  const set = ["refresh_policy=BANK_LEVEL_STAGGERED"];
  const idle = "0 REFB 0.0.5; 5000 REFB 0.0.0";
  pairs(
    "gddr5_x32",
    "dramsim3",
    [
      ["tRFCb", idle, 5000, "ACT 0.0.0 r1", 30],
      ["tRFCb", idle, 5000, "REFB 0.0.1", 30],
      ["tRRD", idle, 5000, "ACT 0.0.1 r1", 10],
      ["tRRD", "100 ACT 0.0.1 r1", 100, "REFB 0.0.0", 10],
      ["tRP", "100 ACT 0.0.0 r1; 400 PRE 0.0.0", 400, "REFB 0.0.0", 24],
    ],
    { product: true, set },
  );
  pairs(
    "gddr5_x32",
    "dramsim3",
    [
      ["tRFC", idle, 5000, "ACT 0.0.1 r1", 74],
      ["tREFI", idle, 5000, "REFB 0.0.1", 3800],
      ["tRC", "100 ACT 0.0.1 r1", 100, "REFB 0.0.0", 80],
    ],
    { set },
  );

  test("the bank itself is free at once as DRAMsim3 has it", () => {
    const device = readDramDevice("gddr5_x32", { asDramsim3: true, set });
    const report = checkAll(device, "dramsim3", `${idle}; 5001 ACT 0.0.0 r1`);
    expect(report.violations).toStrictEqual([]);
    expect(report.skipped).toMatchObject([{ rule: "refresh" }]);
  });
});

// nBL 4, nCL 17, nCWL 12, nRCD/nRP 17, nRAS 39, nRC 56, nRTP 9, nWR 18, nCS 2, nRFC 420.
describe("ddr4_2400_x8, Ramulator", () => {
  const open = "0 ACT 0.0.0 r1; 100 ACT 0.0.1 r1; 200 ACT 0.1.0 r1; 300 ACT 1.0.0 r1";
  pairs("ddr4_2400_x8", "ramulator2", [
    ["nRCD", "100 ACT 0.0.0 r1", 100, "RD 0.0.0 r1 c0", 17],
    ["nRAS", "100 ACT 0.0.0 r1", 100, "PREpb 0.0.0", 39],
    ["nRAS", "100 ACT 0.0.0 r1", 100, "PREab 0", 39],
    ["nRRDL", "100 ACT 0.0.0 r1", 100, "ACT 0.0.1 r1", 6],
    ["nRRDS", "100 ACT 0.0.0 r1", 100, "ACT 0.1.0 r1", 4],
    ["nRP", "100 ACT 0.0.0 r1; 200 PREpb 0.0.0", 200, "REFab 0", 17],
    ["nRP", "100 ACT 0.0.0 r1; 200 PREab 0", 200, "ACT 0.2.0 r1", 17],
    ["nRP", "100 PREab 0", 100, "REFab 0", 17],
    ["nRFC", "100 REFab 0", 100, "ACT 0.0.0 r1", 420],
    ["nRFC", "100 REFab 0", 100, "PREab 0", 420],
    ["nCCDL", `${open}; 400 RD 0.0.0 r1 c0`, 400, "RD 0.0.1 r1 c1", 6],
    ["nBL", `${open}; 400 RD 0.0.0 r1 c0`, 400, "RD 0.1.0 r1 c1", 4],
    // 17 + 4 + 2 - 12
    ["read to write", `${open}; 400 RD 0.0.0 r1 c0`, 400, "WR 0.1.0 r1 c1", 11],
    ["nWTRL", `${open}; 400 WR 0.0.0 r1 c0`, 400, "RD 0.0.1 r1 c1", 25],
    ["nWTRS", `${open}; 400 WR 0.0.0 r1 c0`, 400, "RD 0.1.0 r1 c1", 19],
    ["nCS", `${open}; 400 RD 0.0.0 r1 c0`, 400, "RD 1.0.0 r1 c1", 6],
    ["nCS", `${open}; 400 RD 0.0.0 r1 c0`, 400, "WR 1.0.0 r1 c1", 6],
    ["nBL", `${open}; 400 WR 0.0.0 r1 c0`, 400, "WR 1.0.0 r1 c1", 4],
    ["nRTP", `${open}; 400 RD 0.0.0 r1 c0`, 400, "PREab 0", 9],
    ["nWR", `${open}; 400 WR 0.0.0 r1 c0`, 400, "PREpb 0.0.0", 34],
    ["nWR", `${open}; 400 WR 0.0.0 r1 c0`, 400, "PREab 0", 34],
    ["nFAW", "100 ACT 0.0.0 r1; 104 ACT 0.1.0 r1; 108 ACT 0.2.0 r1; 112 ACT 0.3.0 r1", 100, "ACT 0.0.1 r1", 26],
  ]);

  test("a refresh needs the row cycle", () => {
    const found = (cycle: number) =>
      checkAll(readDramDevice("ddr4_2400_x8"), "ramulator2", `100 ACT 0.0.0 r1; 139 PREab 0; ${cycle} REFab 0`)
        .violations;
    expect(found(156)).toStrictEqual([]);
    expect(found(155)).toMatchObject([{ rule: "nRC", shortCycles: 1 }]);
  });

  test("a precharge of all closes every bank of its rank and no other", () => {
    const device = readDramDevice("ddr4_2400_x8");
    expect(checkAll(device, "ramulator2", `${open}; 400 PREab 0; 500 REFab 0`).violations).toStrictEqual([]);
    expect(checkAll(device, "ramulator2", `${open}; 400 PREab 0; 500 REFab 1`).violations).toMatchObject([
      { rule: "bank state", message: "1 banks of this rank have a row open" },
    ]);
  });

  test("DDR3 has no bound between a refresh and a precharge of all; other families are not run", () => {
    expect(checkAll(readDramDevice("ddr3_1600_x8"), "ramulator2", "100 REFab 0; 101 PREab 0").violations).toStrictEqual(
      [],
    );
    expect(() => checkAll(readDramDevice("hbm2_x128"), "ramulator2", "")).toThrow("does not run HBM");
  });
});

describe("bank states", () => {
  const device = readDramDevice("ddr4_2400_x8");
  test.each([
    ["100 ACT 0.0.0 r1; 300 ACT 0.0.0 r2", "row 1 of this bank is open"],
    ["100 RD 0.0.0 r1 c0", "no row of this bank is open"],
    ["100 ACT 0.0.0 r1; 300 RD 0.0.0 r2 c0", "row 1 of this bank is open, not row 2"],
    ["100 ACT 0.0.0 r1; 300 RDA 0.0.0 r1 c0; 400 WR 0.0.0 r1 c0", "no row of this bank is open"],
    ["100 PRE 0.0.0", "no row of this bank is open"],
    ["100 ACT 0.0.0 r1; 300 REF 0", "1 banks of this rank have a row open"],
    ["100 ACT 0.0.0 r1; 300 REFB 0.0.0", "row 1 of this bank is open"],
  ])("%s: %s", (stream, message) => {
    expect(checkAll(device, "dramsim3", stream).violations).toMatchObject([{ rule: "bank state", message }]);
  });

  test.each([
    ["100 ACT 2.0.0 r1", "the rank is 2, the device has 0 to 1"],
    ["100 ACT 0.4.0 r1", "the group is 4, the device has 0 to 3"],
    ["100 ACT 0.0.4 r1", "the bank is 4, the device has 0 to 3"],
    ["100 ACT 0.0.0 r65536", "the row is 65536, the device has 0 to 65535"],
    ["100 ACT 0.0.0", "the row is -1, the device has 0 to 65535"],
    ["100 ACT 0.0.0 r1; 300 RD 0.0.0 r1 c128", "the column is 128, the device has 0 to 127"],
    ["100 PRE 0", "the group is -1, the device has 0 to 3"],
  ])("%s: %s", (stream, message) => {
    expect(checkAll(device, "dramsim3", stream).violations[0]).toMatchObject({ rule: "fields", message });
  });

  test("a channel the device does not have is no command", () => {
    expect(() => checkAll(device, "dramsim3", "100@1 ACT 0.0.0 r1")).toThrow("no such channel");
  });
});

describe("refreshes", () => {
  const device = readDramDevice("lpddr3_1600_x32"); // one rank, every 3120 cycles
  const refreshes = (...cycles: number[]) => cycles.map((cycle) => `${cycle} REF 0`).join("; ");

  test("each within its interval", () => {
    expect(checkAll(device, "dramsim3", refreshes(3120, 6240, 9360))).toMatchObject({
      violationCount: 0,
      worstRefreshesOwed: 0,
    });
  });

  test("put off, but not for ever", () => {
    // Eight intervals without: the ninth is due, eight are owed beside it.
    const late = 9 * 3120;
    const options = { mostRefreshesOwed: 8, endCycle: late + 1 };
    expect(checkAll(device, "dramsim3", refreshes(late), options)).toMatchObject({
      violationCount: 0,
      worstRefreshesOwed: 8,
    });
    expect(
      checkAll(device, "dramsim3", refreshes(late), { ...options, mostRefreshesOwed: 7 }).violations,
    ).toMatchObject([{ rule: "refresh" }]);
    expect(checkAll(device, "dramsim3", refreshes(late + 3120), options).violations).toMatchObject([
      { rule: "refresh", line: 2 },
    ]);
  });

  test("none at the end", () => {
    expect(checkAll(device, "dramsim3", "0 ACT 0.0.0 r1", { endCycle: 10 * 3120 }).violations).toMatchObject([
      { rule: "refresh", message: expect.stringContaining("owes 9 refreshes") },
    ]);
  });

  test("every rank, unless DRAMsim3's error is kept", () => {
    const ranks = ["refresh_policy=RANK_LEVEL_SIMULTANEOUS"];
    const first = Array.from({ length: 20 }, (_, at) => `${(at + 1) * 9360} REF 0`).join("; ");
    const right = readDramDevice("ddr4_2400_x8", { set: ranks });
    const theirs = readDramDevice("ddr4_2400_x8", { set: ranks, asDramsim3: true });
    expect(checkAll(right, "dramsim3", first).violations).toMatchObject([
      { rule: "refresh", message: expect.stringContaining("rank 1") },
    ]);
    expect(checkAll(theirs, "dramsim3", first).violations).toStrictEqual([]);
  });

  test("every bank", () => {
    const byBank = readDramDevice("gddr5_x32", { set: ["refresh_policy=BANK_LEVEL_STAGGERED"] });
    const rounds = (banks: number) =>
      Array.from({ length: 16 * 12 }, (_, at) => at)
        .filter((at) => at % 16 < banks)
        .map((at) => `${(at + 1) * 238} REFB 0.0.${at % 16}`)
        .join("; ");
    expect(checkAll(byBank, "dramsim3", rounds(16)).violations).toStrictEqual([]);
    expect(checkAll(byBank, "dramsim3", rounds(15)).violations).toMatchObject([
      { rule: "refresh", message: expect.stringContaining("bank 15") },
    ]);
  });
});
