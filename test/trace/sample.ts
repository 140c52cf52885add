/** A made-up but consistent trace: loads through DRAM, bus and local memory beside weight writes and MVMs, rows in order of their ends. */
import { randomStream, uniformInt, zeroTerms } from "../../src/base/index.js";
import {
  HOLD_KINDS,
  type HoldKind,
  type HoldRecord,
  type InstructionRecord,
  type TraceFooter,
  type TraceHeader,
  type TraceSink,
} from "../../src/trace/index.js";

const UNITS_USED = ["load", "weightWrite", "mvm"] as const;

/** Rows in the order a run would give them. */
export interface Sample {
  header: TraceHeader;
  footer: TraceFooter;
  rows: ({ type: "i"; row: InstructionRecord } | { type: "h"; row: HoldRecord })[];
  instructions: InstructionRecord[];
  holds: HoldRecord[];
}

/** A header for `cores` cores of three streams each. */
export function sampleHeader(cores: number): TraceHeader {
  const streams = [];
  const resources: TraceHeader["resources"] = [
    { id: 0, name: "DRAM channel 0", kind: "dram", core: -1, ports: 1 },
    { id: 1, name: "bus", kind: "bus", core: -1, ports: 1 },
  ];
  for (let core = 0; core < cores; core++) {
    for (const unit of UNITS_USED) streams.push({ id: streams.length, core, unit });
    resources.push({ id: 2 + core, name: `local memory ${core} write`, kind: "localWrite", core, ports: 2 });
  }
  return {
    format: 1,
    chip: 'té"st, chip',
    structureDigest: "0123456789abcdef",
    programDigest: "fedcba9876543210",
    program: "sample\nprogram",
    clockHz: 1.5e9,
    mode: "coarse",
    ideal: [],
    seed: "1",
    filter: {},
    streams,
    resources,
    tags: [
      { stage: 0, layer: "conv1" },
      { stage: 1, layer: "fc" },
    ],
  };
}

/** A footer with these totals. */
export function sampleFooter(makespanTicks: number, instructions: number, holds: number): TraceFooter {
  return { makespanTicks, instructions, holds, digest: "00ff00ff00ff00ff", pathTerms: { ...zeroTerms(), mvm: 5 } };
}

/** Plays a sample into a sink. */
export async function play(sample: Sample, sink: TraceSink): Promise<void> {
  sink.begin(sample.header);
  for (const entry of sample.rows) {
    if (entry.type === "i") sink.instruction(entry.row);
    else sink.hold(entry.row);
  }
  await sink.end(sample.footer);
}

/** Makes a sample with `rounds` of (load, weight write, MVM) on each core; two loads are under way at a time. */
export function makeSample(rounds: number, cores = 2, seed = "sample"): Sample {
  const random = randomStream(seed, "trace-sample");
  const instructions: InstructionRecord[] = [];
  const holds: HoldRecord[] = [];
  const free = new Map<number, number>();
  const kind = (name: HoldKind): number => HOLD_KINDS.indexOf(name);
  const hold = (part: Partial<HoldRecord> & { kind: number; length: number; ready: number }): HoldRecord => {
    const { length, ready, ...given } = part;
    const resource = given.resource ?? -1;
    const start = resource < 0 ? ready : Math.max(ready, free.get(resource) ?? 0);
    if (resource >= 0) free.set(resource, start + length);
    // One shape for all rows, as a run's reused record has: the writers are measured with these.
    const row: HoldRecord = {
      stream: given.stream ?? 0,
      n: given.n ?? 0,
      stage: given.stage ?? 0,
      packet: given.packet ?? 0,
      kind: given.kind,
      resource,
      bytes: given.bytes ?? 0,
      readyTick: ready,
      startTick: start,
      endTick: start + length,
      releaseTick: start,
      causeStream: given.causeStream ?? -1,
      causeN: given.causeN ?? -1,
      causeStage: given.causeStage ?? -1,
      causePacket: given.causePacket ?? -1,
    };
    holds.push(row);
    return row;
  };
  const cause = (by: HoldRecord | undefined) => ({
    causeStream: by?.stream ?? -1,
    causeN: by?.n ?? -1,
    causeStage: by?.stage ?? -1,
    causePacket: by?.packet ?? -1,
  });
  const loadEnds: number[][] = Array.from({ length: cores }, () => [0, 0]);
  const lastMvm: (HoldRecord | undefined)[] = [];
  const lastStart: number[] = new Array(cores * 3).fill(-1);
  const issue = (stream: number, n: number, at: number, by: HoldRecord | undefined, causeKind: number) => {
    const start = Math.max(at, lastStart[stream]! + 1);
    const fetch = Math.min(start, lastStart[stream]! + 1);
    lastStart[stream] = start;
    hold({ stream, n, stage: -1, kind: kind("issue"), length: 1, ready: start, ...cause(by) });
    const record: InstructionRecord = {
      stream,
      n,
      pc: 1 + (n % 4),
      fetchTick: fetch,
      startTick: start,
      endTick: start,
      releaseTick: start,
      causeKind,
      causeStream: by?.stream ?? -1,
      causeN: by?.n ?? -1,
      causeStage: by?.stage ?? -1,
      causePacket: by?.packet ?? -1,
    };
    instructions.push(record);
    return record;
  };
  for (let round = 0; round < rounds; round++)
    for (let core = 0; core < cores; core++) {
      const [load, write, mvm] = [core * 3, core * 3 + 1, core * 3 + 2] as [number, number, number];
      const ld = issue(load, round, loadEnds[core]!.shift()!, undefined, -1);
      let last: HoldRecord | undefined;
      const packets = uniformInt(random, 1, 8);
      for (let packet = 0; packet < packets; packet++) {
        const common = { stream: load, n: round, packet, bytes: 64 };
        const a = hold({
          ...common,
          stage: 0,
          kind: kind("dram"),
          resource: 0,
          length: 3,
          ready: ld.startTick + packet,
        });
        const b = hold({
          ...common,
          stage: 1,
          kind: kind("bus"),
          resource: 1,
          length: 2,
          ready: a.endTick,
          ...cause(a),
        });
        last = hold({
          ...common,
          stage: 2,
          kind: kind("localWrite"),
          resource: 2 + core,
          length: 1,
          ready: b.endTick,
          ...cause(b),
        });
      }
      ld.endTick = last!.endTick;
      loadEnds[core]!.push(ld.endTick);
      const wwr = issue(write, round, lastMvm[core]?.endTick ?? 0, lastMvm[core], 2);
      let pulse: HoldRecord | undefined;
      for (let packet = 0; packet < 4; packet++)
        pulse = hold({
          stream: write,
          n: round,
          packet,
          kind: kind("pulse"),
          length: 20,
          ready: pulse?.endTick ?? wwr.startTick,
          bytes: 16,
          ...cause(pulse),
        });
      wwr.endTick = pulse!.endTick;
      const later = pulse!.endTick >= last!.endTick ? pulse! : last!;
      const run = issue(mvm, round, later.endTick, later, 2);
      let done: HoldRecord | undefined;
      for (let packet = 0; packet < uniformInt(random, 2, 6); packet++)
        done = hold({
          stream: mvm,
          n: round,
          packet,
          kind: kind("compute"),
          length: 8,
          ready: (done?.endTick ?? run.startTick) + (packet % 2),
          ...cause(done),
        });
      run.endTick = done!.endTick;
      lastMvm[core] = done;
    }
  const rows: Sample["rows"] = [
    ...holds.map((row) => ({ type: "h" as const, row })),
    ...instructions.map((row) => ({ type: "i" as const, row })),
  ];
  rows.sort((a, b) => a.row.endTick - b.row.endTick || (a.type < b.type ? -1 : a.type > b.type ? 1 : 0));
  const makespan = rows.reduce((most, { row }) => Math.max(most, row.endTick), 0);
  const footer = sampleFooter(makespan, instructions.length, holds.length);
  return { header: sampleHeader(cores), footer, rows, instructions, holds };
}
