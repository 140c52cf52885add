/** `wordline dram devices`, `dram check` and the conversion of DRAMsim3's devices, as a user meets them. */
import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { listDramDevices } from "../../src/hardware/index.js";
import { temporaryFolder, wordline, wordlineJson } from "./lab.js";

const file = temporaryFolder();

function write(name: string, text: string): string {
  writeFileSync(file(name), text);
  return file(name);
}

test("the list, for people and machines", async () => {
  const { exit, stdout } = await wordline("dram", "devices");
  expect(exit).toBe(0);
  for (const name of listDramDevices()) expect(stdout).toContain(name);
  const { value } = await wordlineJson("dram-devices", "dram", "devices");
  const device = value.devices.find(({ name }) => name === "ddr4_2400_x8")!;
  expect(device).toMatchObject({
    rowBytes: 8192,
    requestBytes: 64,
    bytes: 2 ** 34,
    policies: ["dramsim3", "ramulator2"],
  });
});

test("one device, with what was changed and why", async () => {
  const { stdout } = await wordline("dram", "devices", "lpddr3_1600_x32");
  expect(stdout).toMatch(/timing\.tREFI +3120 {2}.*misspelt key REFI/);
  const theirs = await wordline("dram", "devices", "lpddr3_1600_x32", "--as-dramsim3", "--set", "tRCD=16");
  expect(theirs.stdout).toMatch(/timing\.tREFI +7800 {2}DRAMsim3's default/);
  expect(theirs.stdout).toMatch(/timing\.tRCD +16 {2}set here/);
  const { value } = await wordlineJson("dram-device", "dram", "devices", "ddr4_2400_x8.closepage");
  expect(value.numbers).toContainEqual({
    path: "controller.rowBufferPolicy",
    value: "CLOSE_PAGE",
    source: expect.any(String),
  });
});

test("the JSON Schema is the one in the docs", async () => {
  const { stdout } = await wordline("dram", "devices", "--schema");
  expect(stdout).toBe(readFileSync(new URL("../../docs/dram-device.schema.json", import.meta.url), "utf8"));
});

const HEADER = "cycle,ch,cmd,rank,bg,bank,row,col\n";
const GOOD = `${HEADER}2,0,ACT,0,1,2,7,-1\n19,0,RD,0,1,2,7,3\n`;

test("commands that are clean, and those that are not", async () => {
  const good = await wordline("dram", "check", write("good.csv", GOOD), "--device", "ddr4_2400_x8");
  expect(good).toMatchObject({ exit: 0, stderr: "" });
  expect(good.stdout).toContain("clean");
  const early = write("early.csv", GOOD.replace("19,", "18,"));
  const bad = await wordline("dram", "check", early, "--device", "ddr4_2400_x8");
  expect(bad.exit).toBe(1);
  expect(bad.stdout).toContain(
    "line 3: RD rank 0 group 1 bank 2 row 7 in cycle 18: tRCD, 1 short: RD comes 16 cycles after ACT, 17 are needed (line 2: ACT rank 0 group 1 bank 2 row 7 in cycle 2)",
  );
  const { exit, value } = await wordlineJson(
    "dram-check",
    "dram",
    "check",
    early,
    "--device",
    "ddr4_2400_x8",
    "--show",
    "0",
  );
  expect(exit).toBe(1);
  expect(value).toMatchObject({
    violationCount: 1,
    violations: [],
    violationsByRule: { tRCD: 1 },
    counts: { ACT: 1, RD: 1 },
  });
  const faster = await wordline("dram", "check", early, "--device", "ddr4_2400_x8", "--set", "tRCD=16");
  expect(faster.exit).toBe(0);
  const late = await wordline(
    "dram",
    "check",
    early,
    "--device",
    "ddr4_2400_x8",
    "--set",
    "tRCD=16",
    "--until",
    "200000",
  );
  expect(late.stdout).toContain("refresh");
  expect(late.exit).toBe(1);
});

test.each([
  ["nothing", "", "no commands"],
  ["no header", GOOD.slice(HEADER.length), "begins with the names of its columns"],
  ["only the header", HEADER, "no commands"],
  ["too few fields", `${HEADER}2,0,ACT,0,1,2,7`, ":2: a command has 8 fields"],
  ["a strange command", GOOD.replace("RD", "RED"), 'did you mean "RD"'],
  ["a field that is no number", GOOD.replace("19,0", "19,x"), ":3 ch: this is no number"],
  ["time going backwards", GOOD.replace("19,", "1,"), ":3 cycle: cycles go backwards; saw 1 after 2"],
  ["a channel that is not there", GOOD.replace("19,0", "19,1"), "no such channel"],
  ["a line without an end", `${HEADER}${"1".repeat(5000)}`, "longer than 4096"],
])("a file with %s is refused", async (_, text, words) => {
  const { exit, stderr, stdout } = await wordline("dram", "check", write("odd.csv", text), "--device", "ddr4_2400_x8");
  expect({ exit, stdout }).toStrictEqual({ exit: 2, stdout: "" });
  expect(stderr).toContain(words);
});

test.each([
  [["dram", "check", "nowhere.csv", "--device", "ddr4_2400_x8"], "nowhere.csv"],
  [["dram", "check", "x.csv", "--device", "ddr4_2400_x9"], "did you mean"],
  [["dram", "check", "x.csv", "--device", "hbm2_x128", "--policy", "ramulator2"], "does not run HBM"],
  [["dram", "devices", "nothing"], "unknown DRAM device"],
  [["dram", "devices", "ddr4_2400_x8", "--set", "tREFFI=1"], 'did you mean "tREFI"'],
  [["convert", "nowhere.ini", "out.yaml"], "cannot be read"],
  [["convert", "nowhere.ini", "out.json"], "device .ini to .yaml"],
])("%j is refused", async (argv, words) => {
  const { exit, stderr, stdout } = await wordline(...argv);
  expect({ exit, stdout }).toStrictEqual({ exit: 2, stdout: "" });
  expect(stderr).toContain(words);
});

test("a device of DRAMsim3 becomes one of ours", async () => {
  const ini = write(
    "small.ini",
    "[dram_structure]\nprotocol = DDR4\nbankgroups = 4\nbanks_per_group = 4\nrows = 65536\n[timing]\nREFI = 6240\ntCKE = 6\n[system]\nchannel_size = 16384\naddress_mapping = rochrababgco\n",
  );
  const { exit, stdout } = await wordline("convert", ini, file("small.yaml"));
  expect(exit).toBe(0);
  expect(stdout).toMatch(/small\.yaml: device/);
  expect(stdout).toContain("line 7: REFI is a key DRAMsim3 does not read");
  expect(stdout).toContain("line 8: tCKE has no effect");
  const { value } = await wordlineJson("dram-device", "dram", "devices", file("small.yaml"));
  expect(value.numbers).toContainEqual({ path: "timing.tREFI", value: 6240, source: "small.ini" });
  const theirs = await wordlineJson("conversion", "convert", ini, file("theirs.yaml"), "--as-dramsim3");
  expect(theirs.value).toMatchObject({
    what: "device",
    notes: expect.arrayContaining([expect.stringContaining("7800")]),
  });
  expect(readFileSync(file("theirs.yaml"), "utf8")).toMatch(/tREFI: 7800/);
});
