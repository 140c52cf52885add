/** What `wordline dram replay` prints for people. */
import type { DramDevice } from "../../hardware/index.js";
import type { DramReplayResult } from "../../results/index.js";
import { formatCount, formatEnergy, formatSeconds, formatShare } from "../numbers.js";
import { heading, type Style } from "./style.js";
import { table } from "./table.js";

const RIGHT = { align: "right" } as const;

const CAUSE_WORDS: Readonly<Record<keyof DramReplayResult["causes"], string>> = {
  hit: "found their row open",
  turnaround: "waited for the bus to turn round or change rank",
  miss: "had their row opened in a closed bank",
  conflict: "found another row open",
  refresh: "waited for a refresh",
  merged: "joined another request, without a command of their own",
};

const ENERGY_WORDS: Readonly<Record<string, string>> = {
  activate: "opening and closing rows",
  read: "reads",
  write: "writes",
  refresh: "refresh",
  bankRefresh: "refresh of single banks",
  activeBackground: "background, some bank open",
  idleBackground: "background, all banks closed",
};

/** The whole report of a replay. */
export function dramReplayReport(result: DramReplayResult, device: DramDevice, style: Style): string {
  const { readLatencyCycles: latency } = result;
  const ns = (cycles: number) => `${(cycles * result.tCkNs).toFixed(1)} ns`;
  const facts = [
    [
      "requests",
      `${formatCount(result.requests)}: ${formatCount(result.reads)} reads, ${formatCount(result.writes)} writes`,
    ],
    [
      "last done",
      `cycle ${formatCount(result.lastDoneCycle)} = ${formatSeconds(result.lastDoneCycle * result.tCkNs * 1e-9)}; ${formatCount(result.cycles)} cycles simulated`,
    ],
    [
      "bandwidth",
      `${result.bandwidthGBps.toFixed(3)} GB/s of ${result.peakBandwidthGBps.toFixed(3)}: ${formatShare(result.bandwidthGBps, result.peakBandwidthGBps)}`,
    ],
  ];
  if (result.reads > 0)
    facts.push([
      "read latency",
      `average ${latency.average.toFixed(1)} cycles (${ns(latency.average)}), median ${formatCount(latency.p50)}, 99 % below ${formatCount(latency.p99 + 1)}, most ${formatCount(latency.max)}`,
    ]);
  const causes = Object.entries(CAUSE_WORDS)
    .map(([name, words]) => ({ words, count: result.causes[name as keyof DramReplayResult["causes"]] }))
    .filter(({ count }) => count > 0)
    .map(({ words, count }) => [words, formatCount(count), formatShare(count, result.requests)]);
  const posts = result.policy === "dramsim3" && result.writes > 0;
  const commands = Object.entries(result.commands).map(([name, count]) => [name, formatCount(count)]);
  if (result.dualCommands > 0) commands.push(["two in one cycle", formatCount(result.dualCommands)]);
  return [
    `${style.bold(result.device)}  ${device.description} · policy ${result.policy}\n\n`,
    table([{ title: "" }, { title: "" }], facts).replace(/^\s*\n/, ""),
    heading(style, "Requests, by the worst that happened to them"),
    table([{ title: "" }, { title: "requests", ...RIGHT }, { title: "share", ...RIGHT }], causes),
    posts ? style.dim("  writes are posted: done when accepted, and counted as if their row was open\n") : "",
    heading(style, "Commands"),
    table([{ title: "" }, { title: "number", ...RIGHT }], commands),
    energyText(result, style),
  ].join("");
}

function energyText({ energy }: DramReplayResult, style: Style): string {
  if (energy === null) return "";
  const raw = energy.unit !== "pJ";
  const amount = (value: number) => (raw ? value.toPrecision(12) : formatEnergy(value));
  const rows = Object.entries(ENERGY_WORDS)
    .map(([name, words]) => ({ words, value: energy[name as "read"] }))
    .filter(({ value }) => value !== 0)
    .map(({ words, value }) => [words, amount(value), formatShare(value, energy.total)]);
  rows.push(["all", amount(energy.total), `${energy.averagePowerMw.toFixed(0)} mW`]);
  const title = raw ? "Energy, in volts × milliamperes × cycles (DRAMsim3 calls it pJ)" : "Energy";
  return heading(style, title) + table([{ title: "" }, { title: "", ...RIGHT }, { title: "", ...RIGHT }], rows);
}
