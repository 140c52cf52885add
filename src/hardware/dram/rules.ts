/**
 * What the fields of a device can contradict together, and the assumptions of an event-driven controller:
 * that a bound on a group is no weaker than one on the rank (_S at most _L), and that bounds a command puts on its own bank dominate.
 */
import type { FormReader } from "../form-reader.js";
import type { Finding, Rule } from "../rules.js";
import { sourceRules } from "../rules-sources.js";
import type { DramProtocol } from "./device.js";
import { beatsPerCycle, isGddr, isHbm, runsOnRamulator, usesTppd } from "./protocol.js";
import { ADDRESS_FIELDS } from "./schema.js";

const COUNTS = [
  "channels",
  "ranks",
  "bankGroups",
  "banksPerGroup",
  "rows",
  "columns",
  "deviceWidthBits",
  "busWidthBits",
  "burstLength",
] as const;

const isPowerOfTwo = (value: number) => Number.isInteger(Math.log2(value));

function powerOfTwo(path: string): Rule {
  return (form, report) => {
    if (!form.has(path)) return;
    const value = form.number(path);
    if (!isPowerOfTwo(value))
      report({ path, message: `"${path}" is not a power of two`, seen: String(value), accepted: nearPowers(value) });
  };
}

function nearPowers(value: number): string {
  const below = 2 ** Math.floor(Math.log2(value));
  return `${below} or ${2 * below}`;
}

/** One field must not be above another; both readable, or nothing is said. */
function atMost(small: string, large: string, why: string): Rule {
  return (form, report) => {
    if (!form.has(small) || !form.has(large)) return;
    const [a, b] = [form.number(small), form.number(large)];
    if (a > b)
      report({
        path: small,
        message: `${small} is above ${large}: ${why}`,
        seen: `${a} against ${b}`,
        accepted: `at most ${b}`,
      });
  };
}

function protocolOf(form: FormReader): DramProtocol {
  return form.text("protocol") as DramProtocol;
}

const wholeRank: Rule = (form, report) => {
  const [bus, device] = [form.number("organization.busWidthBits"), form.number("organization.deviceWidthBits")];
  if (device > bus)
    report({
      path: "organization.deviceWidthBits",
      message: "a device is wider than its bus",
      seen: `${device} against ${bus} bits`,
      accepted: `at most ${bus}`,
    });
};

const burstFits: Rule = (form, report) => {
  const burst = form.number("organization.burstLength");
  const columns = form.number("organization.columns");
  if (columns % burst !== 0)
    report({
      path: "organization.columns",
      message: "bursts do not divide the row",
      seen: `${columns} columns, bursts of ${burst}`,
      accepted: `a multiple of ${burst}`,
    });
  const beats = beatsPerCycle(protocolOf(form));
  if (burst % beats !== 0)
    report({
      path: "organization.burstLength",
      message: `a burst does not fill whole cycles: ${protocolOf(form)} moves ${beats} beats a cycle`,
      seen: String(burst),
      accepted: `a multiple of ${beats}`,
    });
  if (form.number("organization.busWidthBits") % 8 !== 0)
    report({
      path: "organization.busWidthBits",
      message: "a bus of no whole bytes",
      seen: form.number("organization.busWidthBits").toString(),
      accepted: "a multiple of 8",
    });
};

const addressMap: Rule = (form, report) => {
  const map = form.text("addressMap");
  const fields = map.match(/../g) ?? [];
  const right =
    map.length === 12 && new Set(fields).size === 6 && fields.every((field) => ADDRESS_FIELDS.includes(field as never));
  if (!right)
    report({
      path: "addressMap",
      message: "the address map is not six distinct fields",
      seen: map,
      accepted: `${ADDRESS_FIELDS.join(", ")}, each once, such as rochrababgco`,
    });
};

/** A field that a family of devices needs, and that nothing reads in another. */
function belongs(path: string, needed: (protocol: DramProtocol) => boolean, families: string): Rule {
  return (form, report) => {
    const protocol = protocolOf(form);
    if (needed(protocol) === form.has(path) || !form.valid(path)) return;
    if (form.has(path))
      report({
        path,
        message: `nothing reads "${path}" in a device of ${protocol}`,
        accepted: `${families} only`,
        atName: true,
        code: "inert-field",
      });
    else report({ path, message: `"${path}" is missing: ${protocol} needs it`, code: "missing-field" });
  };
}

const splitRcd = (protocol: DramProtocol) => isGddr(protocol) || isHbm(protocol);

const bankRefreshKnown: Rule = (form, report) => {
  if (form.text("controller.refreshPolicy") !== "BANK_LEVEL_STAGGERED") return;
  for (const path of ["timing.tRFCb", "timing.tREFIb", "power.idd5pbMa"])
    if (!form.has(path))
      report({ path, message: `"${path}" is missing: BANK_LEVEL_STAGGERED needs it`, code: "missing-field" });
};

/** The row cycle must dominate what an ACT says about its own bank through group and rank. */
const ownBankDominates: Rule = (form, report) => {
  const rowCycle = form.number("timing.tRAS") + form.number("timing.tRP");
  for (const path of ["timing.tRRD_S", "timing.tRRD_L", "timing.tPPD"]) {
    if (!form.has(path)) continue;
    const value = form.number(path);
    if (value > rowCycle)
      report({
        path,
        message: `${path} is above the row cycle tRAS + tRP`,
        seen: `${value} against ${rowCycle}`,
        accepted: `at most ${rowCycle}`,
      });
  }
};

const columnAfterAct: Rule = (form, report) => {
  if (!form.has("timing.tRCD")) return;
  const [additive, rcd] = [form.number("timing.AL"), form.number("timing.tRCD")];
  if (additive >= rcd)
    report({
      path: "timing.AL",
      message: "the additive latency leaves no cycle between ACT and column command",
      seen: `AL ${additive}, tRCD ${rcd}`,
      accepted: `at most ${rcd - 1}`,
    });
};

const refreshFits: Rule = (form, report) => {
  const [rfc, refi] = [form.number("timing.tRFC"), form.number("timing.tREFI")];
  if (rfc >= refi)
    report({
      path: "timing.tRFC",
      message: "a refresh takes as long as the interval between refreshes: nothing else could ever run",
      seen: `tRFC ${rfc}, tREFI ${refi}`,
      accepted: `below ${refi}`,
    });
};

/** Ranks take turns within one interval: there must be a cycle for each. */
function intervalForRanks(path: string): Rule {
  return (form, report) => {
    if (!form.has(path)) return;
    const [interval, ranks] = [form.number(path), form.number("organization.ranks")];
    if (interval < ranks)
      report({
        path,
        message: `${path} leaves less than a cycle for the refresh of each rank`,
        seen: `${interval} cycles for ${ranks} ranks`,
        accepted: `at least ${ranks}`,
      });
  };
}

const dualOnHbm: Rule = (form, report) => {
  if (form.value("controller.dualCommand") === true && !isHbm(protocolOf(form)))
    report({
      path: "controller.dualCommand",
      message: `two commands a cycle in a device of ${protocolOf(form)}`,
      seen: "true",
      accepted: "HBM only",
    });
};

const ramulatorRuns: Rule = (form, report) => {
  if (form.has("ramulator2") && !runsOnRamulator(protocolOf(form)))
    report({
      path: "ramulator2",
      message: `the ramulator2 policy does not run ${protocolOf(form)}`,
      accepted: "DDR3 or DDR4",
      atName: true,
      code: "inert-field",
    });
};

/** Ramulator's row cycle must be at least nRAS + nRP, whichever of the three the file gives. */
const ramulatorRowCycle: Rule = (form, report) => {
  if (!form.has("ramulator2.timing.nRC")) return;
  const own = (name: string, main: string) =>
    form.number(form.has(`ramulator2.timing.${name}`) ? `ramulator2.timing.${name}` : `timing.${main}`);
  const least = own("nRAS", "tRAS") + own("nRP", "tRP");
  const rowCycle = form.number("ramulator2.timing.nRC");
  if (rowCycle < least)
    report({
      path: "ramulator2.timing.nRC",
      message: "the row cycle is below nRAS + nRP",
      seen: String(rowCycle),
      accepted: `at least ${least}`,
    });
};

const oneGroup: Rule = (form, report) => {
  if (!form.has("ramulator2") || form.number("organization.bankGroups") > 1) return;
  const pairs: Finding[] = [];
  for (const name of ["nCCD", "nRRD", "nWTR"]) {
    const [short, long] = [`ramulator2.timing.${name}S`, `ramulator2.timing.${name}L`];
    if (form.has(short) && form.has(long) && form.number(short) !== form.number(long))
      pairs.push({
        path: long,
        message: `${name}L differs from ${name}S in a device with one bank group`,
        seen: `${form.number(long)} against ${form.number(short)}`,
        accepted: String(form.number(short)),
      });
  }
  for (const finding of pairs) report(finding);
};

const SHORT_LONG = "what holds between groups holds within one";

/** Checks of a DRAM device. */
export const dramRules: readonly Rule[] = [
  ...COUNTS.map((name) => powerOfTwo(`organization.${name}`)),
  powerOfTwo("ramulator2.organization.rows"),
  powerOfTwo("ramulator2.organization.columns"),
  wholeRank,
  burstFits,
  addressMap,
  belongs("timing.tRCD", (protocol) => !splitRcd(protocol), "DDR and LPDDR"),
  belongs("timing.tRCDRD", splitRcd, "GDDR and HBM"),
  belongs("timing.tRCDWR", splitRcd, "GDDR and HBM"),
  belongs("timing.t32AW", isGddr, "GDDR"),
  belongs("timing.tPPD", usesTppd, "GDDR and LPDDR4"),
  bankRefreshKnown,
  atMost("timing.tCCD_S", "timing.tCCD_L", SHORT_LONG),
  atMost("timing.tRRD_S", "timing.tRRD_L", SHORT_LONG),
  atMost("timing.tWTR_S", "timing.tWTR_L", SHORT_LONG),
  atMost("timing.tRRD_S", "timing.tFAW", "four activations take at least one gap"),
  atMost("timing.tFAW", "timing.t32AW", "32 activations take at least as long as four"),
  atMost("timing.tRCD", "timing.tRAS", "a row would close before its first column"),
  atMost("timing.tRCDRD", "timing.tRAS", "a row would close before its first column"),
  atMost("timing.tRFCb", "timing.tRFC", "one bank refreshes no longer than all"),
  ownBankDominates,
  columnAfterAct,
  refreshFits,
  intervalForRanks("timing.tREFI"),
  intervalForRanks("timing.tREFIb"),
  dualOnHbm,
  ramulatorRuns,
  ramulatorRowCycle,
  oneGroup,
  ...["CCD", "RRD", "WTR"].map((name) =>
    atMost(`ramulator2.timing.n${name}S`, `ramulator2.timing.n${name}L`, SHORT_LONG),
  ),
  ...sourceRules,
];
