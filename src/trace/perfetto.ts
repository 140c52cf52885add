/**
 * The picture of a trace: Chrome's JSON trace format, opened at ui.perfetto.dev.
 * Instructions and holds are spans, causes across streams are arrows, bandwidth and array use are counters. Streamed: memory
 * grows with the number of rows on screen, not with the run.
 */
import { OPCODES, type Program } from "../isa/index.js";
import { CAUSE_KINDS } from "./columns.js";
import type { FileTraceSink } from "./csv.js";
import { FileOutput, type FileOutputOptions } from "./file-output.js";
import { HoldMemory } from "./hold-memory.js";
import { COUNTERS, Downsampler } from "./perfetto-counters.js";
import { type Lane, PerfettoLanes, TimeScale } from "./perfetto-lanes.js";
import { HOLD_KINDS, type HoldRecord, type InstructionRecord, type TraceFooter, type TraceHeader } from "./record.js";
import { type ByteOutput, RowBuffer } from "./row-buffer.js";

/** What the instruction at a stream's code index is: its opcode, and its tag's index. */
export type DescribeInstruction = (stream: number, pc: number) => { op: string; tag?: number } | undefined;

/** How the picture is made. */
export interface PerfettoOptions {
  /** Names for instructions; without it they are called by their code index. */
  describe?: DescribeInstruction;
  /** `cycles` (default): 1 µs on screen is one tick. `real`: simulated time. */
  time?: "cycles" | "real";
  /** Most points of a counter; default 2000. */
  counterPoints?: number;
  /** Also show the issue slot's holds; default no, an instruction's span begins with it. */
  issueHolds?: boolean;
  /** Draw arrows from causes; default yes. */
  arrows?: boolean;
}

/** Names from a program whose streams stand in the order of the trace's. */
export function describeFrom(program: Program): DescribeInstruction {
  return (stream, pc) => {
    const code = program.streams[stream]?.code;
    if (!code || pc < 0 || pc >= code.length) return undefined;
    const { tag } = code.at(pc);
    return { op: OPCODES[code.opcodeAt(pc)]!, ...(tag === undefined ? {} : { tag }) };
  };
}

/** Longest span: fixed texts and at most eight numbers; names are counted apart. */
const SPAN_BYTES = 512;
const ISSUE = HOLD_KINDS.indexOf("issue");
const encode = (text: string): Uint8Array => Buffer.from(text, "utf8");
const HOLD_ARGUMENTS = encode('","args":{"stage":');
const N = encode(',"n":');
const PACKET = encode(',"packet":');
const PACKETS = encode(',"packets":');
const BYTES = encode(',"bytes":');
const WAITED = encode(',"waitedTicks":');
const TIME = encode('},"ts":');
const LENGTH = encode(',"dur":');
const ARROW_START = encode('{"ph":"s","cat":"cause","name":"cause","id":');
const ARROW_END = encode('{"ph":"f","bp":"e","cat":"cause","name":"cause","id":');
const PID = encode(',"pid":');
const TID = encode(',"tid":');
const TIMESTAMP = encode(',"ts":');
const CAUSES = ["none", ...CAUSE_KINDS].map((kind) => encode(`,"cause":"${kind}"`));

/** Writes the Perfetto form into an output. */
export class PerfettoSink implements FileTraceSink {
  private readonly rows: RowBuffer;
  private readonly options: PerfettoOptions;
  private readonly known = new HoldMemory();
  private readonly instructionTexts: (Uint8Array | undefined)[][] = [];
  private readonly streamTexts: Uint8Array[] = [];
  private counters: Downsampler[] = [];
  private counterOfKind: number[] = [];
  private lanes!: PerfettoLanes;
  private scale!: TimeScale;
  private header!: TraceHeader;
  private firstEvent = true;
  private arrows = 0;
  private arrowsOmitted = 0;

  constructor(
    private readonly output: ByteOutput,
    options: PerfettoOptions = {},
  ) {
    this.options = options;
    this.rows = new RowBuffer(output);
  }

  begin(header: TraceHeader): void {
    this.header = header;
    this.scale = new TimeScale(this.options.time ?? "cycles", header.clockHz);
    this.lanes = new PerfettoLanes(header, (event) => this.event(event));
    const points = this.options.counterPoints ?? 2000;
    this.counters = COUNTERS.map(() => new Downsampler(points, header.filter.fromTick ?? 0));
    this.counterOfKind = HOLD_KINDS.map((kind) =>
      COUNTERS.findIndex(({ kinds }) => (kinds as readonly string[]).includes(kind)),
    );
    for (const stream of header.streams)
      this.streamTexts[stream.id] = encode(`"cat":"hold","name":"core ${stream.core} ${stream.unit} #`);
    const { streams: _, resources: __, tags: ___, ...metadata } = header;
    this.rows.text(
      `{"otherData":${JSON.stringify({ tool: "wordline", time: this.scale.description, ...metadata })},\n"traceEvents":[\n`,
    );
  }

  instruction(record: Readonly<InstructionRecord>): void {
    const { rows } = this;
    const lane = this.lanes.instructionLane(record.stream, record.startTick, record.endTick);
    const text = this.instructionTexts[record.stream]?.[record.pc] ?? this.instructionText(record.stream, record.pc);
    rows.reserve(SPAN_BYTES + text.length);
    this.separate();
    rows.bytes(lane.prefix);
    rows.bytes(text);
    rows.bytes(N);
    rows.integer(record.n);
    rows.bytes(WAITED);
    rows.integer(record.startTick - record.fetchTick);
    rows.bytes(CAUSES[record.causeKind + 1] ?? CAUSES[0]!);
    this.closeSpan(record.startTick, record.endTick);
    const crosses = record.causeStream >= 0 && record.causeStream !== record.stream && record.releaseTick >= 0;
    if (crosses && this.options.arrows !== false) this.arrow(record, lane);
  }

  hold(record: Readonly<HoldRecord>): void {
    const counter = this.counterOfKind[record.kind]!;
    if (counter >= 0) {
      const { startTick, endTick } = record;
      const amount = COUNTERS[counter]!.unit === "bytes" ? record.bytes : endTick - startTick;
      this.counters[counter]!.add(startTick, endTick, amount);
    }
    if (record.kind === ISSUE && this.options.issueHolds !== true) return;
    const row = this.lanes.holdLanes(record.stream, record.resource, record.kind);
    let lane = continuedLane(row.lanes, record);
    if (lane) {
      lane.packets++;
      lane.bytes += record.bytes;
      lane.waitedTicks += record.startTick - record.readyTick;
    } else {
      lane = this.lanes.laneFrom(row, record.startTick);
      if (lane.packets > 0) this.writeHolds(lane);
      lane.packets = 1;
      lane.stream = record.stream;
      lane.n = record.n;
      lane.stage = record.stage;
      lane.firstPacket = record.packet;
      lane.startTick = record.startTick;
      lane.bytes = record.bytes;
      lane.waitedTicks = record.startTick - record.readyTick;
    }
    lane.endTick = record.endTick;
    if (this.options.arrows !== false) this.known.remember(record, lane);
  }

  end(footer: TraceFooter): void {
    this.lanes.forEachHoldLane((lane) => {
      if (lane.packets > 0) this.writeHolds(lane);
    });
    this.writeCounters();
    const { arrows, arrowsOmitted } = this;
    this.rows.text(
      `\n],\n"wordline":${JSON.stringify({ ...footer, rows: this.lanes.lanes, arrows, arrowsOmitted })}}\n`,
    );
    this.rows.flush();
    this.output.finish();
  }

  abort(): void {
    this.output.abort();
  }

  /** One event as text, outside the hot path. */
  private event(text: string): void {
    this.rows.reserve(2);
    this.separate();
    this.rows.text(text);
  }

  private separate(): void {
    if (!this.firstEvent) {
      this.rows.byte(44);
      this.rows.byte(10);
    }
    this.firstEvent = false;
  }

  /** The end of a span: its arguments are closed, its time is written. */
  private closeSpan(startTick: number, endTick: number): void {
    const { rows } = this;
    rows.bytes(TIME);
    this.scale.moment(rows, startTick);
    rows.bytes(LENGTH);
    this.scale.length(rows, startTick, endTick);
    rows.byte(125);
  }

  private writeHolds(lane: Lane): void {
    const { rows } = this;
    const text = this.streamTexts[lane.stream]!;
    rows.reserve(SPAN_BYTES + text.length);
    this.separate();
    rows.bytes(lane.prefix);
    rows.bytes(text);
    rows.integer(lane.n);
    rows.bytes(HOLD_ARGUMENTS);
    rows.integer(Math.max(0, lane.stage));
    rows.bytes(PACKET);
    rows.integer(Math.max(0, lane.firstPacket));
    rows.bytes(PACKETS);
    rows.integer(lane.packets);
    rows.bytes(BYTES);
    rows.integer(lane.bytes);
    rows.bytes(WAITED);
    rows.integer(lane.waitedTicks);
    this.closeSpan(lane.startTick, lane.endTick);
    lane.packets = 0;
  }

  /** An arrow from the causing hold's last tick to the instruction's start. */
  private arrow(record: Readonly<InstructionRecord>, to: Lane): void {
    const { causeStream, causeN, causeStage, causePacket, releaseTick } = record;
    const from = this.known.find(causeStream, causeN, causeStage, causePacket);
    if (!from) {
      this.arrowsOmitted++;
      return;
    }
    // Inside the hold, even where a waiter saw its release later, at an edge of its own clock.
    const tick = Math.min(releaseTick, this.known.foundEndTick) - 1;
    // Viewers bind an arrow to a span that stands before it in the file or begins before it in time.
    if (from.packets > 0 && from.startTick >= tick) this.writeHolds(from);
    const id = this.arrows++;
    this.arrowEnd(ARROW_START, id, from, tick);
    this.arrowEnd(ARROW_END, id, to, record.startTick);
  }

  private arrowEnd(phase: Uint8Array, id: number, lane: Lane, tick: number): void {
    const { rows } = this;
    rows.reserve(SPAN_BYTES);
    this.separate();
    rows.bytes(phase);
    rows.integer(id);
    rows.bytes(PID);
    rows.integer(lane.pid);
    rows.bytes(TID);
    rows.integer(lane.tid);
    rows.bytes(TIMESTAMP);
    this.scale.moment(rows, tick);
    rows.byte(125);
  }

  private writeCounters(): void {
    const perSecond = this.header.clockHz;
    for (const [index, counter] of this.counters.entries()) {
      if (!counter.used) continue;
      const { name, pid, unit } = COUNTERS[index]!;
      this.lanes.nameProcess(pid);
      for (const { tick, perTick } of counter.series()) {
        const value = Number((unit === "bytes" ? perTick * perSecond : perTick).toPrecision(6));
        this.rows.reserve(SPAN_BYTES);
        this.separate();
        this.rows.text(`{"ph":"C","name":"${name}","pid":${pid},"args":{"value":${value}},"ts":`);
        this.scale.moment(this.rows, tick);
        this.rows.byte(125);
      }
    }
  }

  private instructionText(stream: number, pc: number): Uint8Array {
    const described = this.options.describe?.(stream, pc);
    const tag = described?.tag === undefined ? undefined : this.header.tags[described.tag];
    const name = described?.op ?? `pc ${pc}`;
    let text = `"cat":"instruction","name":${JSON.stringify(name)},"args":{"pc":${pc}`;
    if (described) text += `,"op":${JSON.stringify(described.op)}`;
    if (tag) text += `,"layer":${JSON.stringify(tag.layer)},"stage":${tag.stage}`;
    const bytes = encode(text);
    this.instructionTexts[stream] ??= [];
    this.instructionTexts[stream][pc] = bytes;
    return bytes;
  }
}

/** The lane whose open span a hold lengthens: it is of the same flow and stage and ends where the hold starts. */
function continuedLane(lanes: readonly Lane[], record: Readonly<HoldRecord>): Lane | undefined {
  for (const open of lanes)
    if (
      open.packets > 0 &&
      open.endTick === record.startTick &&
      open.n === record.n &&
      open.stream === record.stream &&
      open.stage === record.stage
    )
      return open;
  return undefined;
}

/** A Perfetto trace file, gzipped where the name ends in `.gz`; the file is opened at once, so that a bad name fails before a long run. */
export function perfettoTrace(file: string, options: PerfettoOptions & FileOutputOptions = {}): FileTraceSink {
  return new PerfettoSink(new FileOutput(file, options), options);
}
