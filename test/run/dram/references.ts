/** The reference runs of the peers, where this checkout has them beside it, and how a replay compares with each. */
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { type DramPolicy, readDramDevice } from "../../../src/hardware/index.js";
import type { DramReplayResult } from "../../../src/results/index.js";
import { replayDram } from "../../../src/run/dram/index.js";

const ROOT = new URL("../../../../shared/reference/dram/", import.meta.url);

/** Whether the reference runs are there. */
export const HAS_REFERENCES = existsSync(new URL("expected/", ROOT));

/** One line of a summary: a device, a trace, and what the peer counted. */
export interface Reference {
  policy: DramPolicy;
  device: string;
  trace: string;
  expected: Record<string, string>;
}

/** Every visible run of both peers. */
export function references(): Reference[] {
  return (["dramsim3", "ramulator2"] as const).flatMap((policy) => {
    const [head, ...lines] = readFileSync(new URL(`expected/${policy}/summary.csv`, ROOT), "utf8")
      .trim()
      .split("\n");
    const names = head.trim().split(",");
    return lines.map((line) => {
      const expected = Object.fromEntries(
        line
          .trim()
          .split(",")
          .map((value, i) => [names[i], value]),
      );
      return { policy, device: expected.device, trace: expected.trace, expected };
    });
  });
}

/** What a comparison found. */
export interface Compared {
  /** Everything that differs; empty where the run is reproduced. */
  differences: string[];
  commands: number;
  result: DramReplayResult;
}

/** Columns of a summary that a replay prints too, exactly. */
const COUNTS: Readonly<Record<string, (result: DramReplayResult) => number>> = {
  requests: ({ requests }) => requests,
  reads: ({ reads }) => reads,
  writes: ({ writes }) => writes,
  ticks: ({ cycles }) => cycles,
  last_cycle: ({ cycles }) => cycles,
  last_done: ({ lastDoneCycle }) => lastDoneCycle,
  ACT: ({ commands }) => commands["ACT"] ?? 0,
  PRE: ({ commands }) => commands["PRE"] ?? 0,
  PREpb: ({ commands }) => commands["PREpb"] ?? 0,
  PREab: ({ commands }) => commands["PREab"] ?? 0,
  RD: ({ commands }) => (commands["RD"] ?? 0) + (commands["RDA"] ?? 0),
  WR: ({ commands }) => (commands["WR"] ?? 0) + (commands["WRA"] ?? 0),
  REF: ({ commands }) => commands["REF"] ?? 0,
  REFB: ({ commands }) => commands["REFB"] ?? 0,
  REFab: ({ commands }) => commands["REFab"] ?? 0,
  rd_row_hits: ({ readRowHits }) => readRowHits,
  wr_row_hits: ({ writeRowHits }) => writeRowHits,
  row_misses: ({ rowMisses }) => rowMisses,
  rank_active_cycles: ({ rankActiveCycles }) => rankActiveCycles,
  all_bank_idle_cycles: ({ rankIdleCycles }) => rankIdleCycles,
  hbm_dual_cmds: ({ dualCommands }) => dualCommands,
  read_lat_p50: ({ readLatencyCycles }) => readLatencyCycles.p50,
  read_lat_p99: ({ readLatencyCycles }) => readLatencyCycles.p99,
  read_lat_max: ({ readLatencyCycles }) => readLatencyCycles.max,
};

/** Columns printed with four decimals. */
const ROUNDED: Readonly<Record<string, (result: DramReplayResult) => number>> = {
  read_lat_avg: ({ readLatencyCycles }) => readLatencyCycles.average,
  bandwidth_GBps: ({ bandwidthGBps }) => bandwidthGBps,
  peak_GBps: ({ peakBandwidthGBps }) => peakBandwidthGBps,
};

/** Energies, to 1e-9 of their size. */
const ENERGIES: Readonly<Record<string, keyof NonNullable<DramReplayResult["energy"]>>> = {
  raw_act: "activate",
  raw_read: "read",
  raw_write: "write",
  raw_ref: "refresh",
  raw_refb: "bankRefresh",
  raw_act_stb: "activeBackground",
  raw_pre_stb: "idleBackground",
  raw_total: "total",
};

/** Columns that say which run it is. */
const NAMES = ["device", "trace", "trace_file", "width", "total_pJ"];

/** Replays a reference run with files named after `output`, and compares every file and every column. */
export async function compare({ policy, device, trace, expected }: Reference, output: string): Promise<Compared> {
  const set = policy === "dramsim3" ? { "quirks.energyLacksClock": true } : {};
  const model = readDramDevice(device, { asDramsim3: true, set });
  const commands = `${output}.cmds.csv`;
  const requests = `${output}.reqs.csv`;
  const path = new URL(`traces/${expected.trace_file}`, ROOT);
  const options = { policy, issueWidth: Number(expected.width), wrap: false, commands, requests };
  const result = await replayDram(path.pathname, model, options);
  const differences: string[] = [];
  for (const [kind, file] of [
    ["cmds", commands],
    ["reqs", requests],
  ] as const) {
    const reference = new URL(`expected/${policy}/${device}.${trace}.${kind}.csv.gz`, ROOT);
    const difference = firstDifference(gunzipSync(readFileSync(reference)).toString(), readFileSync(file, "utf8"));
    if (difference !== undefined) differences.push(`${kind} ${difference}`);
  }
  for (const [column, text] of Object.entries(expected)) {
    if (NAMES.includes(column)) continue;
    const value = Number(text);
    const energy = ENERGIES[column];
    const seen =
      COUNTS[column]?.(result) ?? ROUNDED[column]?.(result) ?? (energy && (result.energy![energy] as number));
    const room = column in ROUNDED ? 0.5001e-4 : energy ? 1e-9 * Math.abs(value) : 0;
    if (seen === undefined || !(Math.abs(seen - value) <= room)) differences.push(`${column}: ${text} against ${seen}`);
  }
  if (
    result.energy &&
    Math.abs(result.energy.total * result.tCkNs - Number(expected.total_pJ)) > 1e-9 * Number(expected.total_pJ)
  )
    differences.push(`total_pJ: ${expected.total_pJ}`);
  return { differences, commands: Object.values(result.commands).reduce((sum, count) => sum + count, 0), result };
}

function firstDifference(expected: string, seen: string): string | undefined {
  if (expected === seen) return undefined;
  const left = expected.split("\n");
  const right = seen.split("\n");
  const at = left.findIndex((line, i) => line !== right[i]);
  return `line ${at + 1}: ${left[at]} against ${right[at]}`;
}
