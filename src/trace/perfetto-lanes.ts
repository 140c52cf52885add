/**
 * Rows of the Perfetto view: processes (chip, shared memory, network, core k), threads and their extra lanes.
 * Invariant: spans of one lane never overlap, in whatever order they come, so that every viewer can nest them.
 */
import { HOLD_KINDS, type TraceHeader } from "./record.js";
import type { RowBuffer } from "./row-buffer.js";

/** Process of the chip's counters, of DRAM and global buffer, of buses and links; core k is `FIRST_CORE_PID + k`. */
export const CHIP_PID = 1;
/** The process of DRAM channels and the global buffer. */
export const MEMORY_PID = 2;
/** The process of buses, mesh links and routers. */
export const NETWORK_PID = 3;
/** The process of core 0. */
export const FIRST_CORE_PID = 4;

/** Thread ids are unique in the file and never a process id, which viewers would take for a main thread. */
const FIRST_TID = 1_000_000;

const NETWORK_KINDS: readonly string[] = ["bus", "link", "router"];

/** One lane: a thread of the view with the span that is open on it. */
export interface Lane {
  /** Counted over the file from 0. */
  index: number;
  pid: number;
  tid: number;
  /** `{"ph":"X","pid":P,"tid":T,`, encoded once. */
  prefix: Uint8Array;
  /** End of the last span, open ones included. */
  endTick: number;
  /** The open span, which touching packets of the same flow and stage lengthen; none when packets is 0. */
  packets: number;
  stream: number;
  n: number;
  stage: number;
  firstPacket: number;
  startTick: number;
  bytes: number;
  waitedTicks: number;
}

/** One row: a thread name and its lanes, made as overlaps demand. */
interface Row {
  pid: number;
  name: string;
  sort: number;
  lanes: Lane[];
}

/** The rows of one trace; names of processes and threads are written when first used. */
export class PerfettoLanes {
  lanes = 0;
  private readonly streamRows: Row[] = [];
  private readonly holdRows: Row[] = [];
  private readonly namedPids = new Set<number>();
  private readonly streamCore: number[] = [];
  private readonly streamName: string[] = [];

  constructor(
    private readonly header: TraceHeader,
    private readonly writeText: (event: string) => void,
  ) {
    for (const stream of header.streams) {
      this.streamCore[stream.id] = stream.core;
      this.streamName[stream.id] = stream.unit;
    }
  }

  /** A lane of the stream's instruction row that is free over the span; the span is booked. */
  instructionLane(stream: number, startTick: number, endTick: number): Lane {
    let row = this.streamRows[stream];
    if (!row) {
      row = {
        pid: this.corePid(stream),
        name: this.streamName[stream] ?? `stream ${stream}`,
        sort: stream * 64,
        lanes: [],
      };
      this.streamRows[stream] = row;
    }
    const lane = freeLane(row, startTick) ?? this.addLane(row);
    lane.endTick = endTick;
    return lane;
  }

  /** The lanes of a hold's row: one row a resource and kind, or a stream and kind where the hold is private. */
  holdLanes(stream: number, resource: number, kind: number): Row {
    const shared = resource >= 0;
    const key = ((shared ? resource : stream) * 2 + (shared ? 1 : 0)) * HOLD_KINDS.length + kind;
    let row = this.holdRows[key];
    if (!row) {
      row = shared ? this.resourceRow(resource, kind) : this.privateRow(stream, kind);
      this.holdRows[key] = row;
    }
    return row;
  }

  /** A lane of a row that is free from `startTick` on, made if there is none. */
  laneFrom(row: Row, startTick: number): Lane {
    return freeLane(row, startTick) ?? this.addLane(row);
  }

  /** Calls back for every lane of holds. */
  forEachHoldLane(callback: (lane: Lane) => void): void {
    this.holdRows.forEach((row) => {
      for (const lane of row.lanes) callback(lane);
    });
  }

  /** Writes a process's name once. */
  nameProcess(pid: number): void {
    if (this.namedPids.has(pid)) return;
    this.namedPids.add(pid);
    const name =
      pid === CHIP_PID
        ? "chip"
        : pid === MEMORY_PID
          ? "shared memory"
          : pid === NETWORK_PID
            ? "network"
            : `core ${pid - FIRST_CORE_PID}`;
    this.writeText(JSON.stringify({ ph: "M", name: "process_name", pid, tid: 0, args: { name } }));
    this.writeText(JSON.stringify({ ph: "M", name: "process_sort_index", pid, tid: 0, args: { sort_index: pid } }));
  }

  private corePid(stream: number): number {
    return FIRST_CORE_PID + (this.streamCore[stream] ?? 0);
  }

  private resourceRow(resource: number, kind: number): Row {
    const known = this.header.resources.find((row) => row.id === resource);
    const kindName = HOLD_KINDS[kind]!;
    const shared = NETWORK_KINDS.includes(kindName) ? NETWORK_PID : MEMORY_PID;
    const name = known === undefined ? `resource ${resource}` : known.name;
    return {
      pid: known === undefined || known.core < 0 ? shared : FIRST_CORE_PID + known.core,
      name: known === undefined || known.kind !== kindName ? `${name} ${kindName}` : name,
      sort: 1_000_000 + resource * HOLD_KINDS.length + kind,
      lanes: [],
    };
  }

  private privateRow(stream: number, kind: number): Row {
    const name = `${this.streamName[stream] ?? `stream ${stream}`} ${HOLD_KINDS[kind]}`;
    return { pid: this.corePid(stream), name, sort: stream * 64 + 1 + kind, lanes: [] };
  }

  private addLane(row: Row): Lane {
    const index = this.lanes++;
    const tid = FIRST_TID + index;
    const name = row.lanes.length === 0 ? row.name : `${row.name} (${row.lanes.length + 1})`;
    const { pid } = row;
    this.nameProcess(pid);
    this.writeText(JSON.stringify({ ph: "M", name: "thread_name", pid, tid, args: { name } }));
    this.writeText(JSON.stringify({ ph: "M", name: "thread_sort_index", pid, tid, args: { sort_index: row.sort } }));
    const lane: Lane = {
      index,
      pid,
      tid,
      prefix: Buffer.from(`{"ph":"X","pid":${pid},"tid":${tid},`),
      endTick: 0,
      packets: 0,
      stream: -1,
      n: -1,
      stage: -1,
      firstPacket: -1,
      startTick: 0,
      bytes: 0,
      waitedTicks: 0,
    };
    row.lanes.push(lane);
    return lane;
  }
}

/** The lane whose last span ends latest, but not after `startTick`: spans come by end, for which this needs fewest lanes. */
function freeLane(row: Row, startTick: number): Lane | undefined {
  let best: Lane | undefined;
  for (const lane of row.lanes)
    if (lane.endTick <= startTick && (best === undefined || lane.endTick > best.endTick)) best = lane;
  return best;
}

/** Writes ticks as Perfetto's microseconds. */
export class TimeScale {
  private readonly nanosecondsPerTick: number;

  constructor(
    readonly time: "cycles" | "real",
    clockHz: number,
  ) {
    this.nanosecondsPerTick = 1e9 / clockHz;
  }

  /** What the file's metadata says of its time. */
  get description(): string {
    return this.time === "cycles" ? "1 µs = 1 tick (cycle)" : "1 µs = 1 µs of simulated time, rounded to ns";
  }

  /** A moment. */
  moment(rows: RowBuffer, tick: number): void {
    if (this.time === "cycles") rows.integer(tick);
    else this.nanoseconds(rows, Math.round(tick * this.nanosecondsPerTick));
  }

  /** A length; ends are rounded and then subtracted, so that touching spans still touch. */
  length(rows: RowBuffer, startTick: number, endTick: number): void {
    if (this.time === "cycles") rows.integer(endTick - startTick);
    else {
      const start = Math.round(startTick * this.nanosecondsPerTick);
      this.nanoseconds(rows, Math.round(endTick * this.nanosecondsPerTick) - start);
    }
  }

  private nanoseconds(rows: RowBuffer, value: number): void {
    const whole = Math.floor(value / 1000);
    rows.integer(whole);
    rows.byte(46);
    rows.padded(value - whole * 1000, 3);
  }
}
