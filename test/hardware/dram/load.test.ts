/** Loading DRAM devices: names, settings under all their names, contradictions refused one by one. */
import { describe, expect, test } from "vitest";
import { UserError } from "../../../src/base/index.js";
import {
  dramDeviceJsonSchema,
  dramNames,
  parseDramDevice,
  parseDramOverrides,
  readDramDevice,
  readDramForm,
} from "../../../src/hardware/dram/index.js";

/** The one message of a refusal. */
function refusal(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.problems.length, error.message).toBe(1);
    return error.message;
  }
  throw new Error("not refused");
}

const set = (device: string, ...texts: string[]) => readDramDevice(device, { set: texts });

describe("settings", () => {
  test.each([
    ["tREFI=3120", { timing: { tREFI: 3120 } }],
    ["timing.tREFI=3120", { timing: { tREFI: 3120 } }],
    ["row_buf_policy=CLOSE_PAGE", { controller: { rowBufferPolicy: "CLOSE_PAGE" } }],
    ["rowBufferPolicy=CLOSE_PAGE", { controller: { rowBufferPolicy: "CLOSE_PAGE" } }],
    ["unified_queue=True", { controller: { unifiedQueue: true } }],
    ["queue_structure=PER_RANK", { controller: { queueStructure: "PER_RANK" } }],
    ["cmd_queue_size=4", { controller: { commandQueueEntries: 4 } }],
    ["trans_queue_size=64", { controller: { transactionQueueEntries: 64 } }],
    ["refresh_policy=RANK_LEVEL_SIMULTANEOUS", { controller: { refreshPolicy: "RANK_LEVEL_SIMULTANEOUS" } }],
    ["address_mapping=rorabgbachco", { addressMap: "rorabgbachco" }],
    ["channels=4", { organization: { channels: 4 } }],
    ["channel_size=32768", { organization: { ranks: 4 } }],
    ["channel_size=1", { organization: { ranks: 1 } }],
    ["columns=2048", { organization: { columns: 2048 } }],
    ["VDD=1.1", { power: { vddV: 1.1 } }],
    ["IDD5AB=300", { power: { idd5abMa: 300 } }],
    ["nREFI=5000", { timing: { tREFI: 9360 }, ramulator2: { timing: { nREFI: 5000 } } }],
    ["nCCD=5", { ramulator2: { timing: { nCCDS: 5, nCCDL: 5 } } }],
    ["quirks.energyLacksClock=true", { quirks: { energyLacksClock: true } }],
  ])("%s", (text, wanted) => {
    expect(set("ddr4_2400_x8", text)).toMatchObject(wanted);
  });

  test("columns count as in DRAMsim3's files of the family", () => {
    expect(set("hbm2_x128", "columns=32").organization.columns).toBe(64);
    expect(set("gddr6_x16", "columns=64").organization.columns).toBe(1024);
    expect(set("hbm2_x128", "organization.columns=64").organization.columns).toBe(64);
  });

  test("ranks follow the size of a channel and what else is set", () => {
    expect(set("ddr4_2400_x8", "rows=32768", "channel_size=16384").organization.ranks).toBe(4);
    expect(set("ddr4_2400_x8", "channel_size=16384", "columns=512").organization.ranks).toBe(4);
  });

  test("groups go away", () => {
    expect(set("ddr4_2400_x8", "bankgroup_enable=False").organization).toMatchObject({
      bankGroups: 1,
      banksPerGroup: 16,
    });
  });

  test("two commands a cycle", () => {
    expect(set("hbm2_x128", "hbm_dual_cmd=False").controller.dualCommand).toBe(false);
    expect(refusal(() => set("ddr4_2400_x8", "hbm_dual_cmd=True"))).toContain("HBM only");
  });

  test("what is set wins over what DRAMsim3 runs with", () => {
    expect(readDramDevice("lpddr3_1600_x32", { asDramsim3: true }).timing.tREFI).toBe(7800);
    expect(readDramDevice("lpddr3_1600_x32", { asDramsim3: true, set: ["tREFI=3120"] }).timing.tREFI).toBe(3120);
    expect(
      readDramDevice("lpddr3_1600_x32", { asDramsim3: true, set: ["quirks.lastWritesStay=false"] }).quirks,
    ).toMatchObject({ lastWritesStay: false, refbBlocksOthers: true });
    expect(readDramDevice("lpddr3_1600_x32.trefi3120", { asDramsim3: true }).timing.tREFI).toBe(3120);
  });

  test("Ramulator follows the main timing unless told otherwise", () => {
    expect(set("ddr4_3200_x8", "tRCD=20").ramulator2!.timing).toMatchObject({
      nRCD: 20,
      nRC: 74,
      nREFI: 12480,
      nCS: 2,
    });
    expect(readDramDevice("lpddr3_1600_x32").ramulator2).toBeUndefined();
    expect(refusal(() => set("lpddr3_1600_x32", "nRCD=20"))).toContain("does not run LPDDR3");
  });

  test.each([
    ["tREFFI=1", 'did you mean "tREFI"'],
    ["row_buffer_policy=CLOSE_PAGE", 'did you mean "rowBufferPolicy"'],
    ["timing.tREFFI=1", 'did you mean "timing.tREFI"'],
    ["tXP=9", "no command and no energy depends on this key (only for power-down"],
    ["row_buf_policy=CLOSED", "OPEN_PAGE, CLOSE_PAGE"],
    ["columns=many", '"columns" does not hold a value'],
    ["bankgroup_enable=2", "true or false"],
    ["cmd_queue_size=0", "whole number"],
    ["tREFI", "not an override"],
  ])("%s is refused", (text, words) => {
    expect(refusal(() => readDramDevice("ddr4_2400_x8", { set: [text] }))).toContain(words);
  });

  test("every name of a field is known once", () => {
    expect(new Set(dramNames()).size).toBe(dramNames().length);
    expect(parseDramOverrides(["a=1", "b=True"])).toStrictEqual({ a: 1, b: true });
  });
});

describe("names", () => {
  test.each([
    ["ddr4_2400", "unknown DRAM device"],
    ["ddr4_2400_x9", 'did you mean "ddr4_2400_x'],
    ["ddr4_2400_x8.closedpage", 'did you mean "closepage"'],
    ["nowhere/dram.yaml", "cannot be read (ENOENT)"],
    ["nowhere/dram.ini", "cannot be read (ENOENT)"],
    ["../presets/compass-s", "cannot be read"],
  ])("%s", (name, words) => {
    expect(refusal(() => readDramDevice(name))).toContain(words);
  });
});

describe("contradictions", () => {
  test.each([
    ["ddr4_2400_x8", "tRRD_S=7", "timing.tRRD_S is above timing.tRRD_L"],
    ["ddr4_2400_x8", "tCCD_S=7", "timing.tCCD_S is above timing.tCCD_L"],
    ["ddr4_2400_x8", "tWTR_S=10", "timing.tWTR_S is above timing.tWTR_L"],
    ["ddr4_2400_x8", "tFAW=3", "timing.tRRD_S is above timing.tFAW"],
    ["gddr5_x32", "t32AW=39", "timing.tFAW is above timing.t32AW"],
    ["ddr4_2400_x8", "tRRD_L=57", "timing.tRRD_L is above the row cycle"],
    ["gddr5_x32", "tPPD=81", "timing.tPPD is above the row cycle"],
    ["ddr4_2400_x8", "tRAS=16", "timing.tRCD is above timing.tRAS"],
    ["hbm2_x128", "tRCDRD=35", "timing.tRCDRD is above timing.tRAS"],
    ["ddr4_2400_x8", "AL=17", "leaves no cycle between ACT and column command"],
    ["ddr4_2400_x8", "tRFC=9360", "as long as the interval between refreshes"],
    ["gddr5_x32", "tREFIb=0", "whole number"],
    ["ddr4_2400_x8", "rows=1000", "not a power of two"],
    ["ddr4_2400_x8", "organization.ranks=3", "not a power of two"],
    ["ddr4_2400_x8", "columns=4", "bursts do not divide the row"],
    ["gddr6_x16", "BL=8", "does not fill whole cycles"],
    ["ddr4_2400_x8", "device_width=128", "a device is wider than its bus"],
    ["ddr4_2400_x8", "address_mapping=rochrababgro", "not six distinct fields"],
    ["ddr4_2400_x8", "address_mapping=rochrabg", "not six distinct fields"],
    ["ddr4_2400_x8", "tRCDRD=17", 'nothing reads "timing.tRCDRD" in a device of DDR4'],
    ["hbm2_x128", "tRCD=14", 'nothing reads "timing.tRCD" in a device of HBM'],
    ["ddr4_2400_x8", "t32AW=400", 'nothing reads "timing.t32AW"'],
    ["ddr4_2400_x8", "tPPD=2", 'nothing reads "timing.tPPD"'],
    ["ddr4_2400_x8", "nRC=55", "the row cycle is below nRAS + nRP"],
    ["ddr4_2400_x8", "nRRDS=7", "ramulator2.timing.nRRDS"],
    ["ddr3_1600_x8", "nRRDL=6", "nRRDL differs from nRRDS in a device with one bank group"],
  ])("%s with %s", (device, text, words) => {
    // Ramulator's own gaps are compared with each other only where both are given.
    const texts = text === "nRRDS=7" ? [text, "nRRDL=6"] : [text];
    expect(refusal(() => readDramDevice(device, { set: texts }))).toContain(words);
  });

  test("a bank-level refresh needs its times, which DRAMsim3 makes up", () => {
    const read = (asDramsim3: boolean) =>
      readDramDevice("ddr4_2400_x8", { asDramsim3, set: ["refresh_policy=BANK_LEVEL_STAGGERED"] });
    expect(() => read(false)).toThrow(
      /"timing.tRFCb" is missing[\s\S]*"timing.tREFIb" is missing[\s\S]*"power.idd5pbMa" is missing/,
    );
    expect(read(true)).toMatchObject({ timing: { tRFCb: 20, tREFIb: 1950 }, power: { idd5pbMa: 5 } });
    expect(set("gddr5_x32", "refresh_policy=BANK_LEVEL_STAGGERED").timing.tREFIb).toBe(238);
  });

  test("a file: all problems at once, each at its line and column", () => {
    const { sources: _, ...form } = readDramForm("ddr4_2400_x8");
    const text = JSON.stringify(form, null, 2)
      .replace('"CL": 17', '"CK": 17')
      .replace('"tFAW": 26', '"tFAW": 2')
      .replace('"rows": 65536', '"rows": 65537');
    const lines = text.split("\n");
    const line = (word: string) => lines.findIndex((words) => words.includes(word)) + 1;
    let message = "";
    try {
      parseDramDevice(text, "mine.yaml");
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toMatch(new RegExp(`mine\\.yaml:${line('"CK"')}:\\d+ timing\\.CK: unknown field`));
    expect(message).toContain('did you mean "CL"');
    expect(message).toContain('"CL" is missing');
    expect(message).toMatch(new RegExp(`mine\\.yaml:${line('"tRRD_S"')}:\\d+ timing\\.tRRD_S: .* above timing.tFAW`));
    expect(message).toMatch(new RegExp(`mine\\.yaml:${line('"rows"')}:\\d+ organization\\.rows: .*65536 or 131072`));
    expect(message.split("\n").length).toBe(4);
  });

  test.each(["", "a: [", "- 1"])("text that is no device: %j", (text) => {
    expect(() => parseDramDevice(text, "no.yaml")).toThrow(UserError);
  });
});

test("the JSON Schema names every section", () => {
  expect(Object.keys(dramDeviceJsonSchema()["properties"] as object)).toContain("asDramsim3");
});
