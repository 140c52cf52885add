/** The reference runs of DRAMsim3, where they are at hand, and a plain driver that records all a controller says. */
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { DramDevice } from "../../../src/hardware/dram/index.js";
import { DRAM_COMMANDS, type DramController, type DramListener } from "../../../src/machine/dram/index.js";

const FOLDER = new URL("../../../../shared/reference/dram/", import.meta.url);

/** Whether the reference runs are here. */
export const referenceExists = existsSync(FOLDER);

/** Requests of a run, in order. */
export interface Trace {
  address: Float64Array;
  write: Uint8Array;
  arrival: Float64Array;
}

/** One line of the summary of the reference runs. */
export interface ReferenceRun {
  device: string;
  trace: string;
  file: string;
  width: number;
  /** Every column of the line by its name. */
  line: Record<string, string>;
}

/** All reference runs of DRAMsim3. */
export function referenceRuns(): ReferenceRun[] {
  const [head, ...lines] = readFileSync(new URL("expected/dramsim3/summary.csv", FOLDER), "utf8").trim().split("\n");
  const names = head.split(",");
  return lines.map((text) => {
    const line = Object.fromEntries(text.split(",").map((cell, column) => [names[column], cell]));
    return { device: line.device, trace: line.trace, file: line.trace_file, width: Number(line.width), line };
  });
}

/** Reads a trace of the reference set. */
export function referenceTrace(file: string): Trace {
  const lines = gunzipSync(readFileSync(new URL(`traces/${file}`, FOLDER)))
    .toString("utf8")
    .trim()
    .split("\n");
  const trace = emptyTrace(lines.length);
  lines.forEach((line, index) => {
    const [address, kind, arrival] = line.split(/\s+/);
    trace.address[index] = Number(address);
    trace.write[index] = kind === "WRITE" ? 1 : 0;
    trace.arrival[index] = Number(arrival);
  });
  return trace;
}

/** A trace of so many requests, all reads of address 0 at once. */
export function emptyTrace(length: number): Trace {
  return { address: new Float64Array(length), write: new Uint8Array(length), arrival: new Float64Array(length) };
}

/** The commands (or requests) file of a reference run, as text. */
export function referenceLines(run: ReferenceRun, kind: "cmds" | "reqs"): string {
  const file = new URL(`expected/dramsim3/${run.device}.${run.trace}.${kind}.csv.gz`, FOLDER);
  return gunzipSync(readFileSync(file)).toString("utf8");
}

/** Builds a controller that tells a listener. */
export type Build = (device: DramDevice, listener: DramListener) => DramController;

/** How a run is driven besides its trace. */
export interface Drive {
  /** Cycles after the last completion; 2000 in the reference runs. */
  tail?: number;
  /** Steps every cycle instead of those in which something can happen. */
  everyCycle?: boolean;
  /** The run ends before this cycle, whatever is left to do. */
  limit?: number;
}

/** Runs a trace the way the reference set was made. */
export function record(build: Build, device: DramDevice, trace: Trace, width: number, drive: Drive = {}) {
  const { tail = 2000, everyCycle = false, limit = Infinity } = drive;
  const commands: string[] = ["cycle,ch,cmd,rank,bg,bank,row,col"];
  const count = trace.address.length;
  const accepted = new Float64Array(count);
  const done = new Float64Array(count);
  let lastDone = -1;
  const causes = new Uint8Array(count);
  const controller = build(device, {
    command: (cycle, channel, command, rank, group, bank, row, column) => {
      commands.push(`${cycle},${channel},${DRAM_COMMANDS[command]},${rank},${group},${bank},${row},${column}`);
    },
    done: (id, cycle, _issue, _data, cause) => {
      done[id] = cycle;
      causes[id] = cause;
      if (cycle > lastDone) lastDone = cycle;
    },
  });
  let cycle = 0;
  let index = 0;
  const advance = () => {
    controller.step(cycle);
    for (let offered = 0; offered < width && index < count && trace.arrival[index] <= cycle; offered++) {
      if (!controller.accepts(trace.address[index], trace.write[index] === 1)) break;
      accepted[index] = controller.accept(index, trace.address[index], trace.write[index] === 1, cycle);
      index++;
    }
    if (everyCycle) {
      cycle++;
      return;
    }
    let next = controller.nextCycle();
    if (index < count) {
      if (trace.arrival[index] > cycle) next = Math.min(next, trace.arrival[index]);
      else if (controller.accepts(trace.address[index], trace.write[index] === 1)) next = cycle + 1;
    }
    cycle = next;
  };
  while (cycle < limit && (index < count || controller.pending > 0)) advance();
  const ended = index === count && controller.pending === 0;
  const ticks = ended ? Math.min(limit, lastDone + 1 + tail) : limit;
  while (cycle < ticks) advance();
  controller.finish(ticks);
  let requests = "idx,accept,done\n";
  for (let i = 0; i < count; i++) requests += `${i},${accepted[i]},${done[i]}\n`;
  return {
    commands: `${commands.join("\n")}\n`,
    requests,
    lastDone,
    ticks,
    ended,
    causes,
    summary: controller.summary(),
  };
}

/** The first line in which two texts differ, with its number; undefined if they are equal. */
export function firstDifference(ours: string, theirs: string): string | undefined {
  if (ours === theirs) return undefined;
  const [a, b] = [ours.split("\n"), theirs.split("\n")];
  const at = a.findIndex((line, index) => line !== b[index]);
  return `line ${at + 1}: ours "${a[at]}", theirs "${b[at]}"`;
}

/** Differences between a run and its reference: commands, requests, counters, energies to one in a thousand million. */
export function differences(run: ReferenceRun, ours: ReturnType<typeof record>): string[] {
  const found: string[] = [];
  const say = (what: string, text: string | undefined) => text !== undefined && found.push(`${what}: ${text}`);
  say("commands", firstDifference(ours.commands, referenceLines(run, "cmds")));
  say("requests", firstDifference(ours.requests, referenceLines(run, "reqs")));
  const { summary } = ours;
  const { commands, energyPj } = summary;
  const count = (name: string) => commands[name] ?? 0;
  const counters: Record<string, number> = {
    ticks: ours.ticks,
    last_done: ours.lastDone,
    ACT: count("ACT"),
    PRE: count("PRE"),
    RD: count("RD") + count("RDA"),
    WR: count("WR") + count("WRA"),
    REF: count("REF"),
    REFB: count("REFB"),
    rd_row_hits: summary.readRowHits,
    wr_row_hits: summary.writeRowHits,
    row_misses: summary.rowMisses,
    rank_active_cycles: summary.rankActiveCycles,
    all_bank_idle_cycles: summary.rankIdleCycles,
    hbm_dual_cmds: summary.dualCommands,
  };
  for (const [name, value] of Object.entries(counters))
    if (value !== Number(run.line[name])) found.push(`${name}: ours ${value}, theirs ${run.line[name]}`);
  const energies: Record<string, number> = {
    raw_act: energyPj!.activate,
    raw_read: energyPj!.read,
    raw_write: energyPj!.write,
    raw_ref: energyPj!.refresh,
    raw_refb: energyPj!.bankRefresh,
    raw_act_stb: energyPj!.activeBackground,
    raw_pre_stb: energyPj!.idleBackground,
    raw_total: energyPj!.total,
  };
  for (const [name, value] of Object.entries(energies)) {
    const theirs = Number(run.line[name]);
    if (Math.abs(value - theirs) > 1e-9 * Math.abs(theirs)) found.push(`${name}: ours ${value}, theirs ${theirs}`);
  }
  return found;
}
