/**
 * From a DRAMsim3 `.ini` file to a device of ours: every key understood or reported, what is absent filled in as DRAMsim3 does,
 * and the keys it never reads (REFI, tRTP_L) taken for what they mean, unless its own reading is asked for.
 */
import { stringify } from "yaml";
import { nearestName, type Problem, UserError } from "../../base/index.js";
import type { DramProtocol } from "./device.js";
import { type IniEntry, parseIni } from "./ini.js";
import { ABSENT } from "./ini-defaults.js";
import { columnFactor, INERT_KEYS, INI_FIELDS, rankMegabytes } from "./names.js";
import { SIMULATOR_DEFAULTS } from "./normalise.js";
import { isGddr, isHbm, usesTppd } from "./protocol.js";
import { SCHEDULING_QUIRKS } from "./quirks.js";

/** An imported device. */
export interface ImportedDevice {
  /** The device file, as YAML. */
  yaml: string;
  /** What a reader should know: keys without effect, keys misread, defaults taken. One sentence each. */
  notes: string[];
  /** Line of the `.ini` that gave a field of ours. */
  lines: ReadonlyMap<string, number>;
}

const ABSENT_COLUMNS = 1024;
const ABSENT_CHANNEL_MEGABYTES = 1024;

/** Sections that describe no memory device, each with what it is. */
const OTHER_SECTIONS: Readonly<Record<string, string>> = {
  thermal: "heat is not modelled",
  other: "says what DRAMsim3 prints",
  hmc: "hybrid memory cubes are not modelled",
};

const TIMING_KEYS = new Set([
  ...Object.keys(ABSENT)
    .filter((path) => path.startsWith("timing."))
    .map((path) => path.slice("timing.".length)),
  "tRFCb",
  "tREFIb",
]);
const COMPUTED_KEYS = ["columns", "channel_size", "bankgroup_enable"];
const MISREAD: Readonly<Record<string, "tREFI" | "tRTP">> = { REFI: "tREFI", tRTP_L: "tRTP" };

/** Imports the text of a `.ini` file; `asDramsim3` takes what the simulator runs with, not what the file means. */
export function importDramsim3(text: string, file: string, options: { asDramsim3?: boolean } = {}): ImportedDevice {
  return new Import(parseIni(text, file), file, options.asDramsim3 === true).device();
}

class Import {
  private readonly notes: string[] = [];
  private readonly problems: Problem[] = [];
  private readonly lines = new Map<string, number>();
  private readonly fields = new Map<string, unknown>();
  private readonly keys = new Map<string, IniEntry>();
  private readonly asDramsim3Timing: Record<string, number> = {};

  constructor(
    entries: readonly IniEntry[],
    private readonly file: string,
    private readonly asDramsim3: boolean,
  ) {
    for (const entry of entries) this.take(entry);
  }

  device(): ImportedDevice {
    const protocol = (this.fields.get("protocol") ?? ABSENT["protocol"]) as DramProtocol;
    this.misread("REFI");
    this.misread("tRTP_L");
    this.dropUnread(protocol);
    this.fillAbsent(protocol);
    this.organise(protocol);
    if (this.problems.length > 0) throw new UserError(this.problems);
    return { yaml: this.yaml(), notes: this.notes, lines: this.lines };
  }

  /** Sorts one key of the file in. */
  private take(entry: IniEntry): void {
    const { section, key, line } = entry;
    const path = INI_FIELDS[key] ?? (TIMING_KEYS.has(key) ? `timing.${key}` : undefined);
    if (path !== undefined) {
      this.fields.set(path, this.value(entry));
      this.lines.set(path, line);
    } else if (COMPUTED_KEYS.includes(key) || MISREAD[key] !== undefined) this.keys.set(key, entry);
    else if (OTHER_SECTIONS[section] !== undefined)
      this.note(`[${section}] ${key} has no effect: ${OTHER_SECTIONS[section]}`, line);
    else if (INERT_KEYS[key] !== undefined) this.note(`${key} has no effect: ${INERT_KEYS[key]}`, line);
    else {
      const known = [...Object.keys(INI_FIELDS), ...TIMING_KEYS, ...COMPUTED_KEYS];
      const nearest = nearestName(key, known);
      this.note(
        `${key} is a key DRAMsim3 never reads; left out${nearest === undefined ? "" : `, was ${nearest} meant?`}`,
        line,
      );
    }
  }

  private note(text: string, line?: number): void {
    this.notes.push(line === undefined ? text : `line ${line}: ${text}`);
  }

  /** A number, a switch or a word. */
  private value({ key, value, line }: IniEntry): unknown {
    if (["unified_queue", "hbm_dual_cmd", "bankgroup_enable"].includes(key)) {
      if (/^(true|yes|on|1)$/i.test(value)) return true;
      if (/^(false|no|off|0)$/i.test(value)) return false;
      this.bad(key, value, line, "true or false");
      return false;
    }
    if (["protocol", "address_mapping", "queue_structure", "row_buf_policy", "refresh_policy"].includes(key))
      return value;
    // As the simulator does: what follows the number (`0.666 (1/1.5)`) is a remark.
    const number = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?(?![\w.])/i.exec(value);
    if (number) return Number(number[0]);
    this.bad(key, value, line, "a number");
    return 1;
  }

  private bad(key: string, seen: string, line: number, accepted: string): void {
    this.problems.push({
      code: "bad-value",
      message: `"${key}" does not hold a value that can be used`,
      place: { file: this.file, line },
      seen: JSON.stringify(seen),
      accepted,
    });
  }

  /** A key that DRAMsim3 does not read although the file means something by it. */
  private misread(key: "REFI" | "tRTP_L"): void {
    const entry = this.keys.get(key);
    if (!entry) return;
    const name = MISREAD[key]!;
    const path = `timing.${name}`;
    if (this.fields.has(path)) {
      this.note(`${key} has no effect: the file gives ${name} as well`, entry.line);
      return;
    }
    const meant = this.value(entry) as number;
    const runs = SIMULATOR_DEFAULTS[name];
    this.lines.set(path, entry.line);
    if (this.asDramsim3) {
      this.fields.set(path, runs);
      this.note(
        `${key} = ${meant} is a key DRAMsim3 does not read: it runs with ${name} = ${runs}, and so does this device`,
        entry.line,
      );
    } else {
      this.fields.set(path, meant);
      this.asDramsim3Timing[name] = runs;
      this.note(
        `${key} is a key DRAMsim3 does not read: it runs with its default ${name} = ${runs}; taken here for what it means, ${name} = ${meant} (--as-dramsim3 keeps ${runs})`,
        entry.line,
      );
    }
  }

  /** Keys that the family of the device does not read. */
  private dropUnread(protocol: DramProtocol): void {
    const split = isGddr(protocol) || isHbm(protocol);
    const drop = (path: string, read: boolean) => {
      if (read || !this.fields.has(path)) return;
      this.fields.delete(path);
      this.note(`${path.split(".")[1]} has no effect in a device of ${protocol}; left out`, this.lines.get(path));
    };
    drop("timing.tRCD", !split);
    drop("timing.tRCDRD", split);
    drop("timing.tRCDWR", split);
    drop("timing.t32AW", isGddr(protocol));
    drop("timing.tPPD", usesTppd(protocol));
    if (!isHbm(protocol)) this.fields.delete("controller.dualCommand");
  }

  private fillAbsent(protocol: DramProtocol): void {
    const split = isGddr(protocol) || isHbm(protocol);
    const unread = new Set<string>([
      ...(split ? ["timing.tRCD"] : ["timing.tRCDRD", "timing.tRCDWR"]),
      ...(isGddr(protocol) ? [] : ["timing.t32AW"]),
      ...(usesTppd(protocol) ? [] : ["timing.tPPD"]),
      ...(isHbm(protocol) ? [] : ["controller.dualCommand"]),
    ]);
    const taken: string[] = [];
    const fill = (path: string, value: unknown) => {
      if (this.fields.has(path) || unread.has(path)) return;
      this.fields.set(path, value);
      // What has a default of its own in our files needs no words.
      if (path !== "timing.AL" && path !== "controller.dualCommand") taken.push(`${path} = ${value}`);
    };
    for (const [path, value] of Object.entries(ABSENT)) fill(path, value);
    if (this.asDramsim3 || this.fields.get("controller.refreshPolicy") === "BANK_LEVEL_STAGGERED") {
      fill("timing.tRFCb", SIMULATOR_DEFAULTS.tRFCb);
      fill("timing.tREFIb", SIMULATOR_DEFAULTS.tREFIb);
      fill("power.idd5pbMa", SIMULATOR_DEFAULTS.idd5pbMa);
    }
    if (taken.length > 0) this.note(`not in the file, DRAMsim3's defaults taken: ${taken.join(", ")}`);
  }

  /** Columns, groups and ranks, which the file says in a way of its own. */
  private organise(protocol: DramProtocol): void {
    const at = (path: string) => this.fields.get(path);
    const number = (key: string, absent: number) => {
      const entry = this.keys.get(key);
      return entry ? (this.value(entry) as number) : absent;
    };
    const enabled = this.keys.get("bankgroup_enable");
    if (enabled && this.value(enabled) === false) {
      const [groups, banks] = [at("organization.bankGroups") as number, at("organization.banksPerGroup") as number];
      this.fields.set("organization.bankGroups", 1);
      this.fields.set("organization.banksPerGroup", groups * banks);
      this.note(
        `bank groups are off: ${groups} groups of ${banks} banks become one of ${groups * banks}`,
        enabled.line,
      );
    }
    const factor = columnFactor(protocol, at("organization.burstLength") as number);
    this.fields.set("organization.columns", number("columns", ABSENT_COLUMNS) * factor);
    const columns = this.keys.get("columns");
    if (columns) this.lines.set("organization.columns", columns.line);
    if (factor > 1) this.note(`columns count ${factor} columns of the device each`, columns?.line);
    const size = number("channel_size", ABSENT_CHANNEL_MEGABYTES);
    const rank = rankMegabytes(at);
    const ranks = Math.max(1, Math.floor(size / rank));
    this.fields.set("organization.ranks", ranks);
    const channel = this.keys.get("channel_size");
    if (channel) this.lines.set("organization.ranks", channel.line);
    if (size < rank) this.note(`channel_size of ${size} MB is below one rank; raised to ${rank} MB`, channel?.line);
    else if (size !== ranks * rank)
      this.note(
        `channel_size of ${size} MB is no whole number of ranks of ${rank} MB; lowered to ${ranks * rank} MB`,
        channel?.line,
      );
  }

  private yaml(): string {
    const name = this.file.replace(/^.*[\\/]/, "").replace(/\.ini$/i, "");
    const section = (prefix: string) =>
      Object.fromEntries(
        [...this.fields]
          .filter(([path]) => path.startsWith(`${prefix}.`))
          .map(([path, value]) => [path.slice(prefix.length + 1), value]),
      );
    const protocol = this.fields.get("protocol") as string;
    const form = {
      name,
      description: `${protocol}, imported from ${name}.ini`,
      protocol,
      tCkNs: this.fields.get("tCkNs"),
      organization: section("organization"),
      addressMap: this.fields.get("addressMap"),
      timing: section("timing"),
      controller: section("controller"),
      power: section("power"),
      ...(this.asDramsim3 ? { quirks: Object.fromEntries(SCHEDULING_QUIRKS.map((quirk) => [quirk, true])) } : {}),
      ...(Object.keys(this.asDramsim3Timing).length > 0 ? { asDramsim3: { timing: this.asDramsim3Timing } } : {}),
      sources: Object.fromEntries(
        ["tCkNs", "organization", "addressMap", "timing", "controller", "power"].map((path) => [path, `${name}.ini`]),
      ),
    };
    return stringify(form, { lineWidth: 0 });
  }
}
