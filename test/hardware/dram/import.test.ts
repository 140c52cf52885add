/** DRAMsim3's `.ini` files: every reference device written as such a file comes back as our preset. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { UserError } from "../../../src/base/index.js";
import { importDramDevice, parseDramDevice, readDramDevice } from "../../../src/hardware/dram/index.js";
import { HAS_REFERENCE, type ReferenceDevice, referenceDevices } from "./reference.js";

const folder = mkdtempSync(join(tmpdir(), "wordline-ini-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** A small file that says everything. */
const PLAIN = `; a comment
[dram_structure]
protocol = DDR3   ; with another
bankgroups = 1
banks_per_group = 8
rows = 32768
columns = 1024
device_width = 8
BL = 8

[timing]
tCK = 1.25
AL = 0
CL = 11
CWL = 8
tRCD = 11
tRP = 11
tRAS = 28
tRFC = 208
tRFC2 = 208
REFI = 6240
tRRD_S = 5
tRRD_L = 5
tWTR_S = 6
tWTR_L = 6
tFAW = 24
tWR = 12
tRTP = 6
tCCD_S = 4
tCCD_L = 4
tRTRS = 1

[power]
VDD = 1.35
IDD0 = 55
IDD2N = 32
IDD3N = 38
IDD4W = 125
IDD4R = 157
IDD5AB = 235
IDD6x = 20

[system]
channel_size = 4096
channels = 1
bus_width = 64
address_mapping = rochrababgco
queue_structure = PER_BANK
refresh_policy = RANK_LEVEL_STAGGERED
row_buf_policy = OPEN_PAGE
cmd_queue_size = 8
trans_queue_size = 32

[other]
epoch_period = 1000
`;

describe("a plain file", () => {
  const file = write("plain.ini", PLAIN);

  test("means what it says, and REFI what was meant", () => {
    const { device, notes, yaml } = importDramDevice(file);
    expect(device).toMatchObject({ name: "plain", protocol: "DDR3", organization: { ranks: 2, columns: 1024 } });
    expect(device.timing.tREFI).toBe(6240);
    expect(device.controller.commandQueueEntries).toBe(8);
    expect(notes.filter((note) => note.includes("REFI"))).toStrictEqual([
      "line 21: REFI is a key DRAMsim3 does not read: it runs with its default tREFI = 7800; taken here for what it means, tREFI = 6240 (--as-dramsim3 keeps 7800)",
    ]);
    expect(notes.join("\n")).toMatch(/line 20: tRFC2 has no effect/);
    expect(notes.join("\n")).toMatch(/\[other\] epoch_period has no effect/);
    // Nothing is asked of DRAMsim3's defaults but a switch of one queue, which the file leaves out.
    expect(notes.filter((note) => note.includes("defaults"))).toStrictEqual([
      "not in the file, DRAMsim3's defaults taken: controller.unifiedQueue = false",
    ]);
    expect(parseDramDevice(yaml)).toStrictEqual(device);
  });

  test("as DRAMsim3 runs it", () => {
    const { device, notes } = importDramDevice(file, { asDramsim3: true });
    expect(device.timing.tREFI).toBe(7800);
    expect(device.quirks).toMatchObject({ lastWritesStay: true, refbBlocksOthers: true, energyLacksClock: false });
    expect(notes.join("\n")).toContain("runs with tREFI = 7800, and so does this device");
    expect({ ...readDramDevice(file, { asDramsim3: true }), power: 0 }).toStrictEqual({ ...device, power: 0 });
  });

  test("is taken where a device is", () => {
    expect(readDramDevice(file)).toStrictEqual(importDramDevice(file).device);
    expect(readDramDevice(file, { set: ["tREFI=3120"] }).timing.tREFI).toBe(3120);
  });

  test.each([
    [
      "a channel too small for a rank is raised",
      "channel_size = 4096",
      "channel_size = 512",
      /512 MB is below one rank; raised to 2048 MB/,
    ],
    ["one that holds no whole ranks is lowered", "channel_size = 4096", "channel_size = 5000", /lowered to 4096 MB/],
    ["a key nobody knows", "tRFC2 = 208", "tRSC = 208", /tRSC is a key DRAMsim3 never reads; left out, was \w+ meant/],
    ["both spellings", "tRFC2 = 208", "tREFI = 3120", /REFI has no effect: the file gives tREFI as well/],
    ["a key of another family", "tRFC2 = 208", "t32AW = 330", /t32AW has no effect in a device of DDR3/],
    ["what is absent", "tRTP = 6\n", "", /defaults taken: .*timing.tRTP = 5/],
  ])("%s: said", (_, from, to, note) => {
    expect(PLAIN).toContain(from);
    expect(importDramDevice(write("odd.ini", PLAIN.replace(from, to))).notes.join("\n")).toMatch(note);
  });

  test.each([
    ["no number", "CL = 11", "CL = eleven", /odd\.ini:14: "CL" does not hold a value/],
    ["a family without a model", "protocol = DDR3", "protocol = HMC", /odd\.ini:3 protocol: .*saw "HMC"/],
    [
      "a contradiction, on its line",
      "tFAW = 24",
      "tFAW = 4",
      /odd\.ini:22 timing\.tRRD_S: timing.tRRD_S is above timing.tFAW/,
    ],
    ["a line that is neither", "AL = 0", "AL 0", /odd\.ini:13: neither a section nor a key/],
    ["a key twice", "AL = 0", "CL = 0", /odd\.ini:14: the key is given twice/],
    ["no switch", "cmd_queue_size = 8", "unified_queue = perhaps", /odd\.ini:\d+: "unified_queue".*true or false/],
  ])("%s: refused", (_, from, to, message) => {
    expect(PLAIN).toContain(from);
    const read = () => importDramDevice(write("odd.ini", PLAIN.replace(from, to)));
    expect(read).toThrow(UserError);
    expect(read).toThrow(message);
  });
});

/** A reference device as the file it came from. */
function iniOf(device: ReferenceDevice): string {
  const { organization: o, controller: c, flags, power_mA_V, timing_keys_in_file } = device;
  const factor = flags["is_gddr"] ? o["BL"]! : flags["is_hbm"] ? 2 : 1;
  const lines = (values: Record<string, unknown>) => Object.entries(values).map(([key, value]) => `${key} = ${value}`);
  const groupless = device.protocol === "GDDR6";
  return [
    "[dram_structure]",
    ...lines({
      protocol: device.protocol,
      bankgroups: groupless ? 4 : o["bankgroups"],
      banks_per_group: groupless ? 4 : o["banks_per_group"],
      ...(groupless ? { bankgroup_enable: "false" } : {}),
      rows: o["rows"],
      columns: o["columns"]! / factor,
      device_width: o["device_width"],
      BL: o["BL"],
    }),
    "[timing]",
    ...lines(timing_keys_in_file),
    "[power]",
    ...lines(power_mA_V),
    "[system]",
    ...lines({
      channel_size: o["channel_size_MB"],
      channels: o["channels"],
      bus_width: o["bus_width"],
      address_mapping: device.address_map.order_msb_to_lsb,
      queue_structure: c["queue_structure"],
      refresh_policy: c["refresh_policy"],
      row_buf_policy: c["row_buf_policy"],
      cmd_queue_size: c["cmd_queue_size"],
      trans_queue_size: c["trans_queue_size"],
    }),
  ].join("\n");
}

describe.skipIf(!HAS_REFERENCE)("against the presets", () => {
  test.each(HAS_REFERENCE ? referenceDevices().dramsim3 : [])("$id comes back, both ways", (reference) => {
    const file = write(`${reference.id}.ini`, iniOf(reference));
    for (const asDramsim3 of [false, true]) {
      const { description: _, ramulator2: __, ...wanted } = readDramDevice(reference.id, { asDramsim3 });
      const { description: ___, ramulator2: ____, ...imported } = importDramDevice(file, { asDramsim3 }).device;
      expect(imported).toStrictEqual(wanted);
      expect(readDramDevice(file, { asDramsim3 })).toMatchObject(imported);
    }
  });
});
