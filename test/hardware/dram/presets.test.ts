/** DRAM presets: equal to the reference list number by number, each number with its source, none that nothing reads. */
import { describe, expect, test } from "vitest";
import {
  type DramDevice,
  describeDramDevice,
  dramDeviceSources,
  listDramDevices,
  listDramVariants,
  readDramDevice,
} from "../../../src/hardware/dram/index.js";
import { HAS_REFERENCE, referenceDevices } from "./reference.js";

const devices = listDramDevices();

test("there are twenty devices", () => {
  expect(devices.length).toBe(20);
  expect(devices).toContain("lpddr4_3200_x16_jedec");
});

test.each(devices)("%s: every number has a source", (name) => {
  const without = dramDeviceSources(name).filter(({ source }) => source === undefined);
  // Switches that are off by default, and defaults of the ramulator2 policy, are ours.
  const ours = /^quirks\.|^controller\.dualCommand$|^timing\.AL$/;
  expect(without.map(({ path }) => path).filter((path) => !ours.test(path))).toStrictEqual([]);
});

test.each(devices)("%s: its description says what it is", (name) => {
  const { protocol, channels, ranks, description, peakBytesPerSecond, requestBytes } = describeDramDevice(name);
  expect(description).toContain(protocol === "HBM" ? "HBM" : protocol);
  expect(description).toContain(channels === 1 ? "1 channel " : `${channels} channels`);
  expect(description).toContain(ranks === 1 ? "1 rank" : `${ranks} ranks`);
  const { tCkNs } = readDramDevice(name);
  expect(peakBytesPerSecond * tCkNs * 1e-9).toBeLessThanOrEqual(channels * requestBytes);
});

/** What the reference calls a timing, in a device of ours. */
function timingOf(device: DramDevice): Record<string, number> {
  const t = device.timing;
  return { ...t, RL: t.AL + t.CL, WL: t.AL + t.CWL, tRC: t.tRAS + t.tRP };
}

/** Read by the simulator's file reader and by nothing else. */
const UNUSED = new Set(["tCKE", "tCKESR", "tXS", "tXP", "burst_cycle", "read_delay", "write_delay"]);

describe.skipIf(!HAS_REFERENCE)("against the reference list", () => {
  const list = HAS_REFERENCE ? referenceDevices() : undefined;

  test("every device of the list is here, and no other", () => {
    const wanted = [...list!.dramsim3, ...list!.other].map(({ id }) => id).sort();
    expect(devices).toStrictEqual(wanted);
  });

  test.each(list?.dramsim3 ?? [])("$id as DRAMsim3 runs it", (theirs) => {
    const ours = readDramDevice(theirs.id, { asDramsim3: true });
    expect(ours.protocol).toBe(theirs.protocol);
    expect(ours.tCkNs).toBe(theirs.tCK_ns);
    const o = theirs.organization;
    expect(ours.organization).toStrictEqual({
      channels: o["channels"],
      ranks: o["ranks"],
      bankGroups: o["bankgroups"],
      banksPerGroup: o["banks_per_group"],
      rows: o["rows"],
      columns: o["columns"],
      deviceWidthBits: o["device_width"],
      busWidthBits: o["bus_width"],
      devicesPerRank: o["devices_per_rank"],
      burstLength: o["BL"],
      requestBytes: o["request_size_bytes"],
    });
    expect(ours.addressMap).toBe(theirs.address_map.order_msb_to_lsb);
    const wanted = Object.entries(theirs.timing_cycles).filter(([name]) => !UNUSED.has(name));
    const timing = timingOf(ours);
    expect(Object.fromEntries(wanted.map(([name]) => [name, timing[name]]))).toStrictEqual(Object.fromEntries(wanted));
    expect(Object.keys(timing).filter((name) => theirs.timing_cycles[name] === undefined)).toStrictEqual([]);
    const c = theirs.controller;
    expect(ours.controller).toStrictEqual({
      queueStructure: c["queue_structure"],
      commandQueueEntries: c["cmd_queue_size"],
      transactionQueueEntries: c["trans_queue_size"],
      unifiedQueue: c["unified_queue"],
      rowBufferPolicy: c["row_buf_policy"],
      refreshPolicy: c["refresh_policy"],
      dualCommand: theirs.flags["hbm_dual_cmd"],
    });
    const p = theirs.power_mA_V;
    expect(ours.power).toStrictEqual({
      vddV: p["VDD"],
      idd0Ma: p["IDD0"],
      idd2nMa: p["IDD2N"],
      idd3nMa: p["IDD3N"],
      idd4rMa: p["IDD4R"],
      idd4wMa: p["IDD4W"],
      idd5abMa: p["IDD5AB"],
      idd5pbMa: p["IDD5PB"] ?? 5,
    });
    expect(ours.quirks).toStrictEqual({
      refbBlocksOthers: true,
      simultaneousRefreshesFirstRank: true,
      lastWritesStay: true,
      autoPrechargeBounds: true,
      readBeforeWriteLock: true,
      energyLacksClock: false,
    });
  });

  test.each(list?.dramsim3 ?? [])("$id as its file means it", (theirs) => {
    const ours = readDramDevice(theirs.id);
    const file = theirs.timing_keys_in_file;
    expect(ours.timing.tREFI).toBe(file["REFI"] ?? file["tREFI"]);
    expect(ours.timing.tRTP).toBe(file["tRTP"] ?? file["tRTP_L"]);
    expect(Object.values(ours.quirks)).not.toContain(true);
    const as = readDramDevice(theirs.id, { asDramsim3: true });
    const { tREFI: _, tRTP: __, ...rest } = as.timing;
    expect(ours.timing).toMatchObject(rest);
  });

  test.each(list?.dramsim3_variants ?? [])("the variant $id", ({ id, base, overrides }) => {
    const set = Object.entries(overrides).map(([key, value]) => `${key}=${value}`);
    const device = readDramDevice(id, { asDramsim3: true });
    expect(device.name).toBe(id);
    expect({ ...device, name: base }).toStrictEqual(readDramDevice(base, { asDramsim3: true, set }));
    expect(device).not.toStrictEqual(readDramDevice(base, { asDramsim3: true }));
    expect(listDramVariants()).toContain(id.split(".")[1]);
  });

  test.each(list?.ramulator2 ?? [])("$id for Ramulator", ({ id, organization, timing_cycles }) => {
    const { ramulator2 } = readDramDevice(id, { asDramsim3: true });
    const { rate: _, tCK_ps: __, nCCD, nRRD, nWTR, ...rest } = timing_cycles;
    const both = (name: string, value: number | undefined) =>
      value === undefined ? {} : { [`${name}S`]: value, [`${name}L`]: value };
    const wanted = { ...rest, ...both("nCCD", nCCD), ...both("nRRD", nRRD), ...both("nWTR", nWTR) };
    expect(ramulator2!.timing).toStrictEqual(wanted);
    const ours = ramulator2!.organization;
    expect({
      channel: ours.channels,
      rank: ours.ranks,
      ...(ours.bankGroups > 1 ? { bankgroup: ours.bankGroups } : {}),
      bank: ours.banksPerGroup,
      row: ours.rows,
      column: ours.columns,
    }).toStrictEqual(organization);
  });

  test("the device of another simulator: times as there, rails folded without losing power", () => {
    const { timing_cycles: t, power_A_V: p } = list!.other[0]!;
    const { timing, power } = readDramDevice(list!.other[0]!.id);
    expect(timing).toMatchObject({ CL: t["RL"], CWL: t["WL"], tRP: t["tRPpb"], tRAS: t["tRAS"], tRFC: t["tRFCab"] });
    expect(timing.tRAS + timing.tRP).toBe(t["tRCpb"]);
    for (const [ours, theirs] of [
      ["idd0Ma", "idd0"],
      ["idd2nMa", "idd2n"],
      ["idd3nMa", "idd3n"],
      ["idd4rMa", "idd4r"],
      ["idd4wMa", "idd4w"],
      ["idd5abMa", "idd5"],
    ] as const) {
      const watts = p["vdd1"]! * p[`${theirs}_1`]! + p["vdd2"]! * p[`${theirs}_2`]! + p["vddq"]! * p[`${theirs}_q`]!;
      expect((power.vddV * power[ours]) / 1000).toBeCloseTo(watts, 6);
    }
  });
});
