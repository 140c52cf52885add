/** `wordline dram replay` from end to end: files derived by hand, the summary, wrong input. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { temporaryFolder, wordline, wordlineJson } from "./lab.js";

const file = temporaryFolder();
const DDR4 = ["--device", "ddr4_2400_x8"];

/** Two reads of one row, a write, and a read of what is being written. */
const SMALL = file("small.trace");
writeFileSync(SMALL, "0x0 READ 0\n0x40 READ 0\n0x20000 WRITE 2\n0x20000 READ 3\n");

async function replay(...argv: string[]): Promise<{ commands: string[]; requests: string[] }> {
  const outputs = ["--commands", file("c.csv"), "--requests", file("r.csv")];
  const { exit, stderr } = await wordline("dram", "replay", SMALL, ...DDR4, ...outputs, ...argv);
  expect([exit, stderr]).toStrictEqual([0, ""]);
  const lines = (name: string) => readFileSync(file(name), "utf8").trim().split("\n").slice(1);
  return { commands: lines("c.csv"), requests: lines("r.csv") };
}

describe("files derived by hand", () => {
  // tRCD 17, CL 17, burst 4, tCCD_L 6. Offered in cycle a: accepted a + 1, in a queue at the end of it, first command a + 2.
  test("dramsim3: the write is posted and stays in the buffer, its read is served from there", async () => {
    const { commands, requests } = await replay();
    expect(commands).toStrictEqual([
      "2,0,ACT,0,0,0,0,-1",
      "19,0,RD,0,0,0,0,0", // 2 + tRCD
      "25,0,RD,0,0,0,0,1", // 19 + tCCD_L
    ]);
    // One request a cycle; 19 + 17 + 4 and 25 + 17 + 4; posted and forwarded ones are done a cycle after their acceptance.
    expect(requests).toStrictEqual(["0,1,40", "1,2,46", "2,3,4", "3,4,5"]);
  });

  test("dramsim3 --product: the write reaches the memory in the end", async () => {
    const { commands, requests } = await replay("--product");
    expect(commands.filter((line) => line.includes(",WR,"))).toHaveLength(1);
    expect(requests).toStrictEqual(["0,1,40", "1,2,46", "2,3,4", "3,4,5"]);
  });

  test("ramulator2: another map, the write done at its WR once no read waits", async () => {
    const { commands, requests } = await replay("--policy", "ramulator2");
    // 0x20000 is block 2048: column 0, rank 0, group 0, bank 2. ACT the cycle after the last read left, WR nRCD later.
    expect(commands).toStrictEqual([
      "2,0,ACT,0,0,0,0,-1",
      "19,0,RD,0,0,0,0,0",
      "25,0,RD,0,0,0,0,1",
      "26,0,ACT,0,0,2,0,-1",
      "43,0,WR,0,0,2,0,0",
    ]);
    expect(requests).toStrictEqual(["0,1,40", "1,2,46", "2,3,43", "3,4,5"]);
  });

  test("a wider issue offers both reads in cycle 0", async () => {
    const { requests } = await replay("--issue-width", "2");
    expect(requests.slice(0, 2)).toStrictEqual(["0,1,40", "1,1,46"]);
  });

  test("settings by DRAMsim3's names and ours", async () => {
    const closed = await replay("--set", "row_buf_policy=CLOSE_PAGE");
    expect(closed.commands[1]).toBe("19,0,RDA,0,0,0,0,0");
    const slow = await replay("--set", "timing.tRCD=20");
    expect(slow.commands[1]).toBe("22,0,RD,0,0,0,0,0");
  });

  test("gzipped where the name says so", async () => {
    await replay();
    const { exit } = await wordline("dram", "replay", SMALL, ...DDR4, "--commands", file("c.csv.gz"));
    expect(exit).toBe(0);
    expect(gunzipSync(readFileSync(file("c.csv.gz"))).toString()).toBe(readFileSync(file("c.csv"), "utf8"));
  });
});

describe("the summary", () => {
  test("as JSON", async () => {
    const { exit, value } = await wordlineJson("dram-replay", "dram", "replay", SMALL, ...DDR4);
    expect(exit).toBe(0);
    expect(value).toMatchObject({
      device: "ddr4_2400_x8",
      policy: "dramsim3",
      requests: 4,
      reads: 3,
      writes: 1,
      lastDoneCycle: 46,
      cycles: 2047, // 0 to 46, and 2000 more
      commands: { ACT: 1, RD: 2 },
      readRowHits: 1,
      rankActiveCycles: 2045, // open from cycle 2 to the end
      rankIdleCycles: 2 * 2047 - 2045,
      readLatencyCycles: { average: (39 + 44 + 1) / 3, p50: 39, p99: 39, max: 44 },
      causes: { hit: 1, miss: 2, merged: 1 }, // the posted write counts as a hit
    });
    expect(value.bandwidthGBps).toBeCloseTo((4 * 64) / (47 * 0.83), 12);
    expect(value.peakBandwidthGBps).toBeCloseTo(64 / (4 * 0.83), 12);
  });

  test("energies: in pJ, and as DRAMsim3 prints them without the factor tCK", async () => {
    const right = await wordlineJson("dram-replay", "dram", "replay", SMALL, ...DDR4);
    const raw = await wordlineJson("dram-replay", "dram", "replay", SMALL, ...DDR4, "--as-dramsim3");
    expect([right.value.energy!.unit, raw.value.energy!.unit]).toStrictEqual(["pJ", "V·mA·cycle"]);
    // Two reads: 1.2 V × (135 − 43) mA × 4 cycles × 8 devices each.
    expect(raw.value.energy!.read).toBeCloseTo(2 * 1.2 * (135 - 43) * 4 * 8, 9);
    expect(right.value.energy!.total).toBeCloseTo(raw.value.energy!.total * 0.83, 6);
    expect(right.value.energy!.averagePowerMw).toBeCloseTo(raw.value.energy!.averagePowerMw, 9);
    const other = await wordlineJson("dram-replay", "dram", "replay", SMALL, ...DDR4, "--policy", "ramulator2");
    expect(other.value.energy).toBeNull();
  });

  test("for people", async () => {
    const { stdout } = await wordline("dram", "replay", SMALL, ...DDR4);
    expect(stdout).toContain("4: 3 reads, 1 writes");
    expect(stdout).toContain("had their row opened in a closed bank");
    expect(stdout).toContain("background, some bank open");
  });

  test("progress of a long run, and Ctrl-C without a half file", async () => {
    const { runCli } = await import("../../src/cli/cli.js");
    const { MemoryTerminal } = await import("../../src/cli/terminal.js");
    const lines = Array.from({ length: 30_000 }, (_, i) =>
      `0x${((i * 7919) % 65536) * 8192}`.replace(/\d+$/, (d) => Number(d).toString(16)),
    );
    writeFileSync(file("long.trace"), `${lines.map((address) => `${address} READ 0`).join("\n")}\n`);
    const argv = ["dram", "replay", file("long.trace"), ...DDR4, "--commands", file("long.csv")];
    const watched = new MemoryTerminal(true);
    expect(await runCli(argv, watched)).toBe(0);
    expect(watched.steps.length).toBeGreaterThan(0);
    expect(watched.steps[0]!.step).toBe("replay");
    const stopped = new MemoryTerminal(true);
    stopped.stop = true;
    expect(await runCli([...argv.slice(0, -1), file("stopped.csv")], stopped)).toBe(130);
    expect(existsSync(file("stopped.csv"))).toBe(false);
  });
});

describe("wrong input", () => {
  async function refused(trace: string, ...argv: string[]): Promise<string> {
    const { exit, stdout, stderr } = await wordline("dram", "replay", trace, ...argv);
    expect([exit, stdout]).toStrictEqual([2, ""]);
    expect(stderr).not.toMatch(/\n\s+at /);
    return stderr;
  }

  test("everything wrong with a trace, by line, and no file left", async () => {
    writeFileSync(file("bad.trace"), "0x0 READ 5\n0x40 RAED 5\n0x40 READ 4\n0x400000000 READ 6\nhello\n");
    const message = await refused(file("bad.trace"), ...DDR4, "--commands", file("none.csv"));
    expect(message).toContain("4 problems");
    expect(message).toContain('bad.trace:2 kind: a request reads or writes; saw "RAED"');
    expect(message).toContain("bad.trace:3 arrival: arrivals go backwards; saw 4 after 5");
    expect(message).toContain("bad.trace:4 address: this address is beyond the device");
    expect(message).toContain("bad.trace:5: a request has three fields");
    expect(existsSync(file("none.csv"))).toBe(false);
  });

  test("--wrap takes an address modulo the device", async () => {
    writeFileSync(file("far.trace"), "0x400000040 READ 0\n");
    await refused(file("far.trace"), ...DDR4);
    const argv = ["dram", "replay", file("far.trace"), ...DDR4, "--wrap", "--commands", file("far.csv")];
    expect((await wordline(...argv)).exit).toBe(0);
    expect(readFileSync(file("far.csv"), "utf8")).toContain("\n19,0,RD,0,0,0,0,1\n");
  });

  test.each([
    [["--device", "ddr4_2400x8"], 'did you mean "ddr4_2400_x8"?'],
    [[...DDR4, "--set", "timing.tREFY=3"], 'did you mean "timing.tREFI"?'],
    [[...DDR4, "--policy", "ramulator"], "dramsim3, ramulator2"],
    [["--device", "hbm2_x128", "--policy", "ramulator2"], "a DDR3 or DDR4 device"],
    [[...DDR4, "--issue-width", "0"], "1 or more"],
    [[...DDR4, "--policy", "ramulator2", "--set", "nREFI=20"], "refreshes take all the time"],
    [[...DDR4, "--product", "--as-dramsim3"], "exclude each other"],
    [[...DDR4, "--policy", "ramulator2", "--as-dramsim3"], "exclude each other"],
    [[...DDR4, "--commands", "same.csv", "--requests", "same.csv"], "two outputs go to one file"],
    [[], "--device"],
  ])("%j: %s", async (argv, words) => {
    expect(await refused(SMALL, ...argv)).toContain(words);
  });

  test("a trace that is not there", async () => {
    expect(await refused(file("nowhere.trace"), ...DDR4)).toContain("cannot read this trace file");
  });
});
