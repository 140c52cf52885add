/**
 * The names a setting of a device is known by: our own paths, the keys of DRAMsim3's `.ini` files, Ramulator's n-names.
 * A key that no command depends on is refused by name, so that nobody believes to have set something.
 */
import { nearestName, type Problem, UserError } from "../../base/index.js";
import { parseOverrides } from "../load.js";
import { pathParts, shapeOf, unwrap, valueAt } from "../schema-walk.js";
import type { Overrides } from "../yaml-text.js";
import type { DramProtocol } from "./device.js";
import { isGddr, isHbm } from "./protocol.js";
import { dramSchema } from "./schema.js";

/** Keys of a `.ini` file that name a field of ours. */
export const INI_FIELDS: Readonly<Record<string, string>> = {
  protocol: "protocol",
  tCK: "tCkNs",
  channels: "organization.channels",
  bankgroups: "organization.bankGroups",
  banks_per_group: "organization.banksPerGroup",
  rows: "organization.rows",
  device_width: "organization.deviceWidthBits",
  bus_width: "organization.busWidthBits",
  BL: "organization.burstLength",
  address_mapping: "addressMap",
  queue_structure: "controller.queueStructure",
  cmd_queue_size: "controller.commandQueueEntries",
  trans_queue_size: "controller.transactionQueueEntries",
  unified_queue: "controller.unifiedQueue",
  row_buf_policy: "controller.rowBufferPolicy",
  refresh_policy: "controller.refreshPolicy",
  hbm_dual_cmd: "controller.dualCommand",
  VDD: "power.vddV",
  IDD0: "power.idd0Ma",
  IDD2N: "power.idd2nMa",
  IDD3N: "power.idd3nMa",
  IDD4R: "power.idd4rMa",
  IDD4W: "power.idd4wMa",
  IDD5AB: "power.idd5abMa",
  IDD5PB: "power.idd5pbMa",
};

/** Keys that need the rest of the device to say what they mean. */
const COMPUTED = ["channel_size", "columns", "bankgroup_enable"] as const;

/** Ramulator's names of a device with one bank group. */
const BOTH: Readonly<Record<string, readonly string[]>> = {
  nCCD: ["nCCDS", "nCCDL"],
  nRRD: ["nRRDS", "nRRDL"],
  nWTR: ["nWTRS", "nWTRL"],
};

/** Keys of DRAMsim3's files on which no command depends, with the reason. */
export const INERT_KEYS: Readonly<Record<string, string>> = {
  tRPRE: "read and never used",
  tWPRE: "read and never used",
  tCKE: "only for power-down and self refresh, which no device uses",
  tCKESR: "only for self refresh, which no device uses",
  tCKSRE: "never read; meant for self refresh",
  tXS: "only for self refresh, which no device uses",
  tXP: "only for power-down, which does not exist",
  tRFC2: "never read: fine-granularity refresh does not exist",
  tRFC4: "never read: fine-granularity refresh does not exist",
  tWR2: "never read",
  tRTP_L: "never read; tRTP is what counts",
  tRTP_S: "never read; tRTP is what counts",
  IPP0: "no energy depends on it",
  IDD2P: "no energy depends on it: there is no power-down",
  IDD3P: "no energy depends on it: there is no power-down",
  IDD6x: "only for self refresh, which no device uses",
  write_buf_size: "not used: the write buffer has trans_queue_size entries",
  enable_self_refresh: "self refresh cannot start once a rank has been used, and is left out",
  sref_threshold: "self refresh cannot start once a rank has been used, and is left out",
  aggressive_precharging_enabled: "read and never used",
  epoch_period: "says how often DRAMsim3 prints",
  output_level: "says what DRAMsim3 prints",
  output_prefix: "says where DRAMsim3 prints",
};

/** Sections whose fields are known by their own last name as well. */
const SECTIONS = ["organization", "timing", "controller", "power", "quirks"] as const;

/** Every name of a field, the paths it stands for. */
function names(): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const root = shapeOf(dramSchema)!;
  const fields = (section: string) => Object.keys(shapeOf(unwrap(root[section]!).schema)!);
  for (const section of SECTIONS)
    for (const field of fields(section)) {
      found.set(`${section}.${field}`, [`${section}.${field}`]);
      found.set(field, [`${section}.${field}`]);
    }
  const ramulator = shapeOf(unwrap(root["ramulator2"]!).schema)!;
  for (const part of ["timing", "organization"] as const)
    for (const field of Object.keys(shapeOf(unwrap(ramulator[part]!).schema)!)) {
      const path = `ramulator2.${part}.${field}`;
      found.set(path, [path]);
      if (part === "timing") found.set(field, [path]);
    }
  for (const [name, both] of Object.entries(BOTH))
    found.set(
      name,
      both.map((field) => `ramulator2.timing.${field}`),
    );
  found.set("ramulator2.tCkNs", ["ramulator2.tCkNs"]);
  for (const field of ["name", "description", "protocol", "tCkNs", "addressMap"]) found.set(field, [field]);
  for (const [key, path] of Object.entries(INI_FIELDS)) found.set(key, [path]);
  for (const key of COMPUTED) found.set(key, [key]);
  return found;
}

const NAMES = names();

/** Every name by which something of a device can be set. */
export function dramNames(): string[] {
  return [...NAMES.keys()];
}

/** Overrides from texts such as `tREFI=3120` or `controller.rowBufferPolicy=CLOSE_PAGE`. */
export function parseDramOverrides(texts: readonly string[]): Overrides {
  return parseOverrides(texts);
}

/** Overrides by the paths of our fields, whatever names they came under; `raw` is the device they go into. */
export function resolveOverrides(set: Overrides, raw: unknown): Record<string, unknown> {
  const resolved: Record<string, unknown> = {};
  const problems: Problem[] = [];
  const computed: [string, unknown][] = [];
  for (const [key, value] of Object.entries(set)) {
    const paths = NAMES.get(key);
    if (paths === undefined) problems.push(unknownKey(key));
    else if (key === "columns" || (paths[0] === key && COMPUTED.includes(key as never))) computed.push([key, value]);
    else for (const path of paths) resolved[path] = value;
  }
  const at = (path: string) => resolved[path] ?? valueAt(raw, pathParts(path));
  // In this order: the size of a rank hangs on its columns and banks.
  for (const key of ["columns", "bankgroup_enable", "channel_size"] as const) {
    const entry = computed.find(([name]) => name === key);
    if (!entry) continue;
    try {
      Object.assign(resolved, compute(key, entry[1], at));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new UserError(problems);
  return resolved;
}

function unknownKey(key: string): Problem {
  const reason = INERT_KEYS[key];
  if (reason !== undefined)
    return { code: "inert-field", message: `no command and no energy depends on this key (${reason})`, seen: key };
  const nearest = nearestName(key, NAMES.keys());
  return {
    code: "unknown-field",
    message: "unknown field of a DRAM device",
    seen: key,
    accepted: "a field's path such as timing.tREFI, a key of DRAMsim3's .ini files, or a name of Ramulator's timing",
    ...(nearest === undefined ? {} : { nearest }),
  };
}

type At = (path: string) => unknown;

function compute(key: (typeof COMPUTED)[number], value: unknown, at: At): Record<string, unknown> {
  if (key === "bankgroup_enable") {
    if (typeof value !== "boolean") throw bad(key, value, "true or false");
    if (value) return {};
    return {
      "organization.bankGroups": 1,
      "organization.banksPerGroup": number(at, "organization.bankGroups") * number(at, "organization.banksPerGroup"),
    };
  }
  if (typeof value !== "number" || !(value > 0)) throw bad(key, value, "a number above 0");
  if (key === "columns") {
    const factor = columnFactor(at("protocol") as DramProtocol, number(at, "organization.burstLength"));
    return { "organization.columns": value * factor };
  }
  return { "organization.ranks": ranksOf(value, at) };
}

/** Columns of the device behind one column of a `.ini` file: GDDR files count bursts, HBM files pairs. */
export function columnFactor(protocol: DramProtocol, burstLength: number): number {
  return isGddr(protocol) ? burstLength : isHbm(protocol) ? 2 : 1;
}

/** Ranks in a channel of so many MB: whole ranks, at least one. */
function ranksOf(channelMegabytes: number, at: At): number {
  return Math.max(1, Math.floor(channelMegabytes / rankMegabytes(at)));
}

/** Megabytes of one rank. */
export function rankMegabytes(at: At): number {
  const part = (name: string) => number(at, `organization.${name}`);
  const bits = part("columns") * part("busWidthBits") * part("rows") * part("bankGroups") * part("banksPerGroup");
  return bits / 8 / 2 ** 20;
}

function number(at: At, path: string): number {
  const value = at(path);
  if (typeof value === "number") return value;
  throw new UserError({ code: "missing-field", message: `the device has no usable "${path}"`, seen: String(value) });
}

function bad(key: string, value: unknown, accepted: string): UserError {
  return new UserError({
    code: "bad-value",
    message: `"${key}" does not hold a value that can be used`,
    seen: JSON.stringify(value),
    accepted,
  });
}
