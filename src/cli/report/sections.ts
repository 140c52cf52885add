/** Sections that the reports of `run` and `simulate` share. */
import { TERMS, type TermCycles } from "../../base/index.js";
import type { CheckSummary, SimulationFields, Writes } from "../../results/index.js";
import { formatBytes, formatCount, formatDifference, formatEnergy, formatShare } from "../numbers.js";
import { heading, type Style } from "./style.js";
import { table } from "./table.js";
import { ENERGY_WORDS, RESOURCE_WORDS, TERM_WORDS } from "./words.js";

const RIGHT = { align: "right" } as const;

/** Time spent writing weights: exposed, hidden, removable. */
export function writeSection({ writes, path, cycles }: SimulationFields, style: Style): string {
  return writeText(writes, path.terms.weightLoad, cycles, style);
}

/** The same from its numbers. */
export function writeText(writes: Writes, weightLoad: number, cycles: number, style: Style): string {
  if (writes.activeCycles === 0) return "";
  const rows = [
    ["exposed", formatCount(writes.exposedCycles), formatShare(writes.exposedCycles, cycles), "on the critical path"],
    [
      "hidden",
      formatCount(writes.hiddenCycles),
      formatShare(writes.hiddenCycles, cycles),
      "written while other work decided the time",
    ],
  ];
  if (writes.removableCycles !== null)
    rows.push([
      "removable",
      formatCount(writes.removableCycles),
      formatShare(writes.removableCycles, cycles),
      removableText(writes.removableCycles, writes.exposedCycles),
    ]);
  rows.push(
    ["active", formatCount(writes.activeCycles), formatShare(writes.activeCycles, cycles), "any write port at work"],
    ["busy", formatCount(writes.busyCycles), "", "all write ports added up"],
    [
      "moving weights",
      formatCount(weightLoad),
      formatShare(weightLoad, cycles),
      "bringing them to the arrays, on the critical path",
    ],
  );
  return (
    heading(style, "Writing weights, in cycles") +
    table([{ title: "" }, { title: "cycles", ...RIGHT }, { title: "of run", ...RIGHT }, { title: "" }], rows)
  );
}

function removableText(removable: number, exposed: number): string {
  const base = "what the run loses when writes are free";
  if (removable < 0) return `${base}; negative: without them other work gets in its own way`;
  if (removable > exposed) return `${base}; more than exposed: waits behind writes go too`;
  if (removable * 2 < exposed) return `${base}; less than exposed: other work takes the place`;
  return base;
}

/** Energy by component, the largest first. */
export function energySection({ energyPj }: SimulationFields, style: Style): string {
  const total = energyPj["total"] ?? 0;
  const rows = Object.entries(energyPj)
    .filter(([name, value]) => name !== "total" && value > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([name, value]) => [ENERGY_WORDS[name] ?? name, formatEnergy(value), formatShare(value, total)]);
  return (
    heading(style, `Energy, ${formatEnergy(total)} in all`) +
    table([{ title: "component" }, { title: "energy", ...RIGHT }, { title: "share", ...RIGHT }], rows)
  );
}

/** The critical path by term, beside the estimate where there is one. */
export function pathSection({ path, cycles }: SimulationFields, style: Style, estimate?: TermCycles): string {
  return pathText(path.terms, cycles, style, estimate);
}

/** The same from its numbers. */
export function pathText(path: TermCycles, cycles: number, style: Style, estimate?: TermCycles): string {
  const rows = TERMS.filter((term) => path[term] !== 0 || (estimate?.[term] ?? 0) !== 0).map((term) => {
    const row = [TERM_WORDS[term], formatCount(path[term]), formatShare(path[term], cycles)];
    return estimate === undefined
      ? row
      : [...row, formatCount(estimate[term]), formatDifference(path[term] - estimate[term])];
  });
  const columns = [{ title: "term" }, { title: "critical path", ...RIGHT }, { title: "share", ...RIGHT }];
  if (estimate !== undefined) columns.push({ title: "estimate", ...RIGHT }, { title: "gap", ...RIGHT });
  return heading(style, "Where the time goes, in cycles") + table(columns, rows);
}

/** How much each kind of shared resource was used. */
export function resourceSection({ resources }: SimulationFields, style: Style): string {
  const used = resources.filter(({ busyCycles }) => busyCycles > 0);
  if (used.length === 0) return "";
  const rows = used.map(({ kind, count, busiest, utilisation }) => [
    RESOURCE_WORDS[kind] ?? kind,
    formatCount(count),
    formatShare(utilisation, 1),
    busiest,
  ]);
  return (
    heading(style, "Shared resources") +
    table([{ title: "kind" }, { title: "count", ...RIGHT }, { title: "busiest", ...RIGHT }, { title: "which" }], rows)
  );
}

/** Both bounds around the simulated cycles. */
export function boundsSection({ bounds, cycles }: SimulationFields, style: Style, estimate?: number): string {
  const name =
    bounds.busiestResource === null ? "" : `; busiest: ${bounds.busiestResource}, ${formatCount(bounds.busiestCycles)}`;
  const beside = estimate === undefined ? "" : ` (estimate ${formatCount(estimate)})`;
  return `${heading(style, "Bounds, in cycles")}  ${formatCount(bounds.lowerCycles)} ≤ ${formatCount(cycles)}${beside} ≤ ${formatCount(bounds.upperCycles)}\n${style.dim(`  lower: ${bounds.method}${name}; upper: every hold end to end`)}\n`;
}

/** Whether the laws hold, and which were not looked at. */
export function checkSection({ check }: SimulationFields, style: Style): string {
  return checkText(check, style);
}

/** The same for any check; `alone`: on a trace file, without a run's counters. */
export function checkText(check: CheckSummary, style: Style, alone = false): string {
  const on = {
    trace: alone ? "on the trace" : "on the whole trace and the counters",
    counters: "on the counters",
    none: "",
  }[check.mode];
  const verdict =
    check.violations.length === 0
      ? style.green(`clean: ${check.laws.length} laws hold ${on}`)
      : style.red(`${check.violations.length} violations of ${check.laws.length} laws ${on}; please report them`);
  const broken = check.violations.slice(0, 20).map(({ law, message }) => `  ${style.red(law)}: ${message}\n`);
  const skipped = check.skipped.map(({ law, reason }) => style.dim(`  skipped ${law.split(":")[0]}: ${reason}\n`));
  return `${heading(style, "Check")}  ${verdict}\n${broken.join("")}${skipped.join("")}`;
}

/** What each form of trace is for. */
const TRACE_WORDS: Readonly<Record<SimulationFields["traces"][number]["form"], string>> = {
  csv: "every row, for `wordline check` and for scripts",
  perfetto: "open at https://ui.perfetto.dev (Open trace file)",
  "dram-dramsim3": "DRAM requests, for DRAMsim3 and `wordline dram replay`",
  "dram-ramulator": "DRAM requests, for Ramulator's load-store front end",
};

/** What the DRAM's controller did, where it was played by commands. */
export function dramSection({ dram }: SimulationFields, style: Style): string {
  if (dram === undefined) return "";
  const { commands, readRowHits, writeRowHits, rowMisses, energyPj } = dram;
  const columns = readRowHits + writeRowHits + rowMisses;
  const issued = Object.entries(commands).map(([name, count]) => `${formatCount(count)} ${name}`);
  const hits = columns === 0 ? "no column commands" : `${formatShare(readRowHits + writeRowHits, columns)} row hits`;
  const energy = energyPj === null ? "no energy model" : formatEnergy(energyPj.total);
  return `${heading(style, "DRAM")}  ${dram.device}, policy ${dram.policy}: ${hits}; ${energy}\n${style.dim(`  ${issued.join(", ")}`)}\n`;
}

/** The trace files, and how to open them. */
export function traceSection({ traces }: SimulationFields, style: Style): string {
  if (traces.length === 0) return "";
  const lines = traces.map(({ file, form, bytes, filtered }) => {
    const what = TRACE_WORDS[form];
    return `  ${style.bold(file)}  ${formatBytes(bytes)}, ${filtered ? "part of the run; " : ""}${what}\n`;
  });
  return heading(style, "Traces") + lines.join("");
}
