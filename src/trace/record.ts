/**
 * The trace record and the sink contract.
 * A trace keeps one row an instruction and one a hold (law 7). Sinks are called with plain numbers, so that tracing allocates nothing per fact.
 */
import type { Term } from "../base/index.js";

/** What holds are made on; the code is the index. */
export const HOLD_KINDS = [
  "issue", // the issue slot of a stream: one tick, or the MVM issue interval
  "latency", // DRAM latency, once a transfer
  "dram", // a DRAM channel
  "bus",
  "link", // a mesh link
  "router",
  "localRead",
  "localWrite",
  "globalRead",
  "globalWrite",
  "weightBuffer",
  "pulse", // weight write pulses with their verification
  "swap", // exchange of array banks
  "compute", // an array set computing one vector
  "settle", // one phase, where conversions are granted phase by phase
  "convert", // one phase's conversions on shared ADC groups
  "convertTail", // conversion left over after the last compute hold
  "accumulate", // adder-tree latency, shift-and-add, accumulation
  "vector",
  "sync", // stand-alone WAIT, POST, BAR
  // What a packet of a DRAM played command by command met beyond row hits; such a hold is `dram` otherwise.
  "dramTurnaround", // the data bus had to turn round
  "dramRow", // a row had to be closed or opened
  "dramRefresh", // a refresh ran while it waited
] as const;
/** One kind of hold. */
export type HoldKind = (typeof HOLD_KINDS)[number];

/** One row a hold. */
export interface HoldRecord {
  /** The instruction: stream index and n-th issue in it (from 0). */
  stream: number;
  n: number;
  /** Stage of the flow (lane) and packet (vector, phase) within it; −1 stage: the issue hold. */
  stage: number;
  packet: number;
  kind: number;
  /** Resource id of the header's table, −1 where private. */
  resource: number;
  bytes: number;
  /** When it could have begun but for its shared resource. */
  readyTick: number;
  startTick: number;
  endTick: number;
  /** End of the causing hold, and that hold; −1 where the cause is the start of time. */
  releaseTick: number;
  causeStream: number;
  causeN: number;
  causeStage: number;
  causePacket: number;
}

/** One row an instruction. */
export interface InstructionRecord {
  stream: number;
  n: number;
  /** Index in the stream's code. */
  pc: number;
  /** When it became the next of its stream; when it started; when it completed. */
  fetchTick: number;
  startTick: number;
  endTick: number;
  /** What let it start: kind as in docs/timing.md section 8, and the hold. */
  releaseTick: number;
  causeKind: number;
  causeStream: number;
  causeN: number;
  causeStage: number;
  causePacket: number;
}

/** One resource of the machine. */
export interface ResourceRow {
  id: number;
  name: string;
  kind: HoldKind;
  /** Core, −1 where shared by the chip. */
  core: number;
  ports: number;
}

/** One stream of the program. */
export interface StreamRow {
  id: number;
  core: number;
  unit: string;
}

/** What a trace holds: nothing outside the window or of other components. */
export interface TraceFilter {
  fromTick?: number;
  untilTick?: number;
  cores?: number[];
  units?: string[];
  kinds?: HoldKind[];
}

/** What a reader needs to know before the first row. */
export interface TraceHeader {
  format: 1;
  chip: string;
  structureDigest: string;
  programDigest: string;
  program: string;
  clockHz: number;
  mode: "fine" | "coarse";
  ideal: string[];
  seed: string;
  filter: TraceFilter;
  streams: StreamRow[];
  resources: ResourceRow[];
  /** Term of each (opcode, hold kind) is fixed by `termOf`; listed for foreign readers. */
  tags: { stage: number; layer: string }[];
}

/** What is known at the end. */
export interface TraceFooter {
  makespanTicks: number;
  instructions: number;
  holds: number;
  digest: string;
  /** Path totals, folded forwards, to be equal to those read backwards. */
  pathTerms: Record<Term, number>;
}

/**
 * Where a run's facts go. A listener cannot change timing. Rows come in order of end tick within a stream; instruction rows at completion.
 * The record objects are reused by the caller: a sink copies what it keeps.
 */
export interface TraceSink {
  begin(header: TraceHeader): void;
  instruction(record: Readonly<InstructionRecord>): void;
  hold(record: Readonly<HoldRecord>): void;
  end(footer: TraceFooter): void | Promise<void>;
}
