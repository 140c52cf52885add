/**
 * What a device allows, read from its timing as data sheets state it; with the quirks of a device kept, as DRAMsim3 has it.
 * Written from the table of constraints alone, never from a controller.
 */
import type { DramDevice } from "../../hardware/dram/index.js";
import type { GapRule, LegalTable, RefreshRule } from "./gap.js";

type Kind = "ACT" | "PRE" | "RD" | "WR" | "RDA" | "WRA" | "REF" | "REFB";

const READS = ["RD", "RDA"] as const;
const WRITES = ["WR", "WRA"] as const;

/** The table of a device under DRAMsim3's commands. */
export function dramsim3Table(device: DramDevice): LegalTable<Kind> {
  const { organization, controller } = device;
  const gddr = device.protocol.startsWith("GDDR");
  const windows = [{ name: "tFAW", activations: 4, cycles: device.timing.tFAW }];
  if (gddr) windows.push({ name: "t32AW", activations: 32, cycles: device.timing.t32AW });
  return {
    kinds: ["ACT", "PRE", "RD", "WR", "RDA", "WRA", "REF", "REFB"],
    effects: {
      ACT: ["open"],
      PRE: ["close"],
      RD: ["read"],
      WR: ["write"],
      RDA: ["read", "close"],
      WRA: ["write", "close"],
      REF: ["refreshRank"],
      REFB: ["refreshBank"],
    },
    gaps: [
      ...rowGaps(device),
      ...columnGaps(device),
      ...(organization.ranks > 1 ? rankGaps(device) : []),
      ...refreshGaps(device),
    ].filter(({ cycles }) => cycles > 0),
    windows,
    dualCommand: controller.dualCommand,
    refresh: refreshRule(device),
  };
}

/** Beats a cycle by family: everything but graphics memory moves two. */
const BEATS: Readonly<Record<string, number>> = { GDDR5: 4, GDDR5X: 8, GDDR6: 16 };

/** Delays that several constraints share, in cycles. */
function delays({ protocol, organization, timing }: DramDevice) {
  const burst = organization.burstLength / (BEATS[protocol] ?? 2);
  const read = timing.AL + timing.CL;
  const write = timing.AL + timing.CWL;
  return { burst, read, write, readEnd: read + burst, writeEnd: write + burst };
}

/** Opening and closing rows. */
function rowGaps(device: DramDevice): GapRule<Kind>[] {
  const { timing: t, protocol, quirks } = device;
  const { burst, writeEnd } = delays(device);
  const graphics = protocol.startsWith("GDDR");
  const apart = graphics || protocol.startsWith("HBM");
  const act = ["ACT"] as const;
  const pre = ["PRE"] as const;
  const gaps: GapRule<Kind>[] = [
    { name: "tRC", earlier: act, later: act, reach: "bank", cycles: t.tRAS + t.tRP },
    {
      name: apart ? "tRCDRD" : "tRCD",
      earlier: act,
      later: READS,
      reach: "bank",
      cycles: apart ? t.tRCDRD : t.tRCD - t.AL,
    },
    {
      name: apart ? "tRCDWR" : "tRCD",
      earlier: act,
      later: WRITES,
      reach: "bank",
      cycles: apart ? t.tRCDWR : t.tRCD - t.AL,
    },
    { name: "tRAS", earlier: act, later: pre, reach: "bank", cycles: t.tRAS },
    { name: "tRP", earlier: pre, later: act, reach: "bank", cycles: t.tRP },
    { name: "tRTP", earlier: ["RD"], later: pre, reach: "bank", cycles: t.AL + t.tRTP },
    { name: "tWR", earlier: ["WR"], later: pre, reach: "bank", cycles: writeEnd + t.tWR },
    { name: "tWR + tRP", earlier: ["WRA"], later: act, reach: "bank", cycles: writeEnd + t.tWR + t.tRP },
    {
      name: "tRTP + tRP",
      earlier: ["RDA"],
      later: act,
      reach: "bank",
      cycles: t.AL + t.tRTP + t.tRP + (quirks.autoPrechargeBounds ? burst : 0),
    },
    ...split(device, { name: "tRRD", earlier: act, later: act, short: t.tRRD_S, long: t.tRRD_L }),
  ];
  if (graphics || protocol === "LPDDR4")
    gaps.push({ name: "tPPD", earlier: pre, later: pre, reach: "otherBanks", cycles: t.tPPD });
  return gaps;
}

/** Reading and writing within a rank. */
function columnGaps(device: DramDevice): GapRule<Kind>[] {
  const { timing: t } = device;
  const { burst, write, readEnd, writeEnd } = delays(device);
  const column = { name: "tCCD", short: Math.max(burst, t.tCCD_S), long: Math.max(burst, t.tCCD_L) };
  return [
    ...split(device, { ...column, earlier: READS, later: READS }),
    ...split(device, { ...column, earlier: WRITES, later: WRITES }),
    {
      name: "read to write",
      earlier: READS,
      later: WRITES,
      reach: "wholeRank",
      cycles: readEnd - write + t.tRTRS,
    },
    ...split(device, {
      name: "tWTR",
      earlier: WRITES,
      later: READS,
      short: writeEnd + t.tWTR_S,
      long: writeEnd + t.tWTR_L,
    }),
  ];
}

/** One data bus for all ranks. */
function rankGaps(device: DramDevice): GapRule<Kind>[] {
  const { tRTRS } = device.timing;
  const { burst, readEnd, writeEnd } = delays(device);
  const reach = "otherRanks";
  return [
    { name: "read to read, other rank", earlier: READS, later: READS, reach, cycles: burst + tRTRS },
    {
      name: "read to write, other rank",
      earlier: READS,
      later: WRITES,
      reach,
      cycles: readEnd - writeEnd + burst + tRTRS,
    },
    {
      name: "write to read, other rank",
      earlier: WRITES,
      later: READS,
      reach,
      cycles: writeEnd - readEnd + burst + tRTRS,
    },
    { name: "write to write, other rank", earlier: WRITES, later: WRITES, reach, cycles: burst },
  ];
}

/** Refreshes of a rank or a bank: what has to be over before, and what has to wait behind. */
function refreshGaps(device: DramDevice): GapRule<Kind>[] {
  const { timing: t, quirks } = device;
  const { writeEnd } = delays(device);
  const rowCycle = t.tRAS + t.tRP;
  const rank = ["REF"] as const;
  const bank = ["REFB"] as const;
  const gaps: GapRule<Kind>[] = [
    { name: "tRFC", earlier: rank, later: ["ACT", "REF"], reach: "wholeRank", cycles: t.tRFC },
    { name: "tRP", earlier: ["PRE"], later: rank, reach: "wholeRank", cycles: t.tRP },
    { name: "tRP", earlier: ["PRE"], later: bank, reach: "bank", cycles: t.tRP },
    { name: "tRTP + tRP", earlier: ["RDA"], later: rank, reach: "wholeRank", cycles: t.AL + t.tRTP + t.tRP },
    { name: "tRTP + tRP", earlier: ["RDA"], later: bank, reach: "bank", cycles: t.AL + t.tRTP + t.tRP },
    { name: "tWR + tRP", earlier: ["WRA"], later: rank, reach: "wholeRank", cycles: writeEnd + t.tWR + t.tRP },
    { name: "tWR + tRP", earlier: ["WRA"], later: bank, reach: "bank", cycles: writeEnd + t.tWR + t.tRP },
  ];
  if (!quirks.autoPrechargeBounds)
    gaps.push(
      { name: "tRC", earlier: ["ACT"], later: rank, reach: "wholeRank", cycles: rowCycle },
      { name: "tRC", earlier: ["ACT"], later: bank, reach: "bank", cycles: rowCycle },
    );
  if (quirks.refbBlocksOthers)
    gaps.push(
      { name: "tRC", earlier: ["ACT"], later: bank, reach: "otherBanks", cycles: rowCycle },
      { name: "tRFC", earlier: bank, later: ["ACT"], reach: "otherBanks", cycles: t.tRFC },
      { name: "tREFI", earlier: bank, later: bank, reach: "otherBanks", cycles: t.tREFI },
    );
  else
    gaps.push(
      { name: "tRFCb", earlier: bank, later: ["ACT"], reach: "bank", cycles: t.tRFCb },
      // A bank's refresh activates it, and one bank of a rank is refreshed at a time.
      { name: "tRFCb", earlier: bank, later: ["REFB", "REF"], reach: "wholeRank", cycles: t.tRFCb },
      { name: "tRFC", earlier: rank, later: bank, reach: "wholeRank", cycles: t.tRFC },
      ...split(device, { name: "tRRD", earlier: bank, later: ["ACT"], short: t.tRRD_S, long: t.tRRD_L }),
      ...split(device, { name: "tRRD", earlier: ["ACT"], later: bank, short: t.tRRD_S, long: t.tRRD_L }),
    );
  return gaps;
}

/** A constraint that is longer within a bank group; without groups the short one holds everywhere. */
function split(
  { organization }: DramDevice,
  { short, long, ...rule }: Omit<GapRule<Kind>, "reach" | "cycles"> & { short: number; long: number },
): GapRule<Kind>[] {
  if (organization.bankGroups === 1) return [{ ...rule, reach: "wholeRank", cycles: short }];
  return [
    { ...rule, name: `${rule.name}_L`, reach: "sameGroup", cycles: long },
    { ...rule, name: `${rule.name}_S`, reach: "otherGroups", cycles: short },
  ];
}

function refreshRule({ controller, quirks, timing, organization }: DramDevice): LegalTable["refresh"] {
  const rank = (unit: RefreshRule["unit"]) => ({ unit, intervalCycles: timing.tREFI });
  switch (controller.refreshPolicy) {
    case "RANK_LEVEL_STAGGERED":
      return rank("rank");
    case "RANK_LEVEL_SIMULTANEOUS":
      return rank(quirks.simultaneousRefreshesFirstRank ? "firstRank" : "rank");
    case "BANK_LEVEL_STAGGERED": {
      if (quirks.refbBlocksOthers)
        return { skipped: "per-bank refreshes of DRAMsim3 fall behind without bound (quirk refbBlocksOthers)" };
      const { bankGroups, banksPerGroup } = organization;
      return { unit: "bank", intervalCycles: timing.tREFIb * bankGroups * banksPerGroup };
    }
  }
}
