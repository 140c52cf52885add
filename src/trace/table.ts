/**
 * A trace in memory, as columns: one typed array a field.
 * `MemorySink` fills it from a run or from the reader; check and explain read it.
 */
import { InternalError } from "../base/index.js";
import type { HoldRecord, InstructionRecord, TraceFooter, TraceHeader, TraceSink } from "./record.js";

/** How each field of an instruction is kept: ticks reach beyond 32 bits. */
const INSTRUCTION_FIELDS = {
  stream: Int32Array,
  n: Int32Array,
  pc: Int32Array,
  fetchTick: Float64Array,
  startTick: Float64Array,
  endTick: Float64Array,
  releaseTick: Float64Array,
  causeKind: Int8Array,
  causeStream: Int32Array,
  causeN: Int32Array,
  causeStage: Int32Array,
  causePacket: Int32Array,
} as const satisfies Record<keyof InstructionRecord, ColumnType>;

/** How each field of a hold is kept. */
const HOLD_FIELDS = {
  stream: Int32Array,
  n: Int32Array,
  stage: Int32Array,
  packet: Int32Array,
  kind: Int8Array,
  resource: Int32Array,
  bytes: Float64Array,
  readyTick: Float64Array,
  startTick: Float64Array,
  endTick: Float64Array,
  releaseTick: Float64Array,
  causeStream: Int32Array,
  causeN: Int32Array,
  causeStage: Int32Array,
  causePacket: Int32Array,
} as const satisfies Record<keyof HoldRecord, ColumnType>;

type ColumnType = Int8ArrayConstructor | Int32ArrayConstructor | Float64ArrayConstructor;
type ColumnsOf<Fields extends Record<string, ColumnType>> = {
  -readonly [Name in keyof Fields]: InstanceType<Fields[Name]>;
};

/** Instruction rows as columns; row r is element r of each, r < length. */
export type InstructionColumns = ColumnsOf<typeof INSTRUCTION_FIELDS> & { length: number };
/** Hold rows as columns. */
export type HoldColumns = ColumnsOf<typeof HOLD_FIELDS> & { length: number };

/** A whole trace in memory. */
export interface TraceTable {
  header: TraceHeader;
  footer: TraceFooter;
  instructions: InstructionColumns;
  holds: HoldColumns;
}

const FIRST_CAPACITY = 1024;

type AnyColumns = { length: number } & Record<string, InstanceType<ColumnType> | number>;

function makeColumns(fields: Record<string, ColumnType>): AnyColumns {
  const columns: AnyColumns = { length: 0 };
  for (const [name, Type] of Object.entries(fields)) columns[name] = new Type(FIRST_CAPACITY);
  return columns;
}

/** Doubles the room of every column. */
function growColumns(columns: AnyColumns, fields: Record<string, ColumnType>): void {
  for (const [name, Type] of Object.entries(fields)) {
    const old = columns[name] as Int32Array;
    const wider = new Type(old.length * 2);
    wider.set(old);
    columns[name] = wider;
  }
}

/** Every column cut to its rows: views, not copies. */
function trimColumns(columns: AnyColumns, fields: Record<string, ColumnType>): AnyColumns {
  const trimmed: AnyColumns = { length: columns.length };
  for (const name of Object.keys(fields))
    trimmed[name] = (columns[name] as Int32Array<ArrayBuffer>).subarray(0, columns.length);
  return trimmed;
}

/** Collects a trace into a `TraceTable`. */
export class MemorySink implements TraceSink {
  private header: TraceHeader | undefined;
  private footer: TraceFooter | undefined;
  private readonly instructions = makeColumns(INSTRUCTION_FIELDS) as unknown as InstructionColumns;
  private readonly holds = makeColumns(HOLD_FIELDS) as unknown as HoldColumns;

  begin(header: TraceHeader): void {
    this.header = structuredClone(header);
  }

  instruction(record: Readonly<InstructionRecord>): void {
    const to = this.instructions;
    const row = to.length;
    if (row === to.stream.length) growColumns(to as unknown as AnyColumns, INSTRUCTION_FIELDS);
    to.stream[row] = record.stream;
    to.n[row] = record.n;
    to.pc[row] = record.pc;
    to.fetchTick[row] = record.fetchTick;
    to.startTick[row] = record.startTick;
    to.endTick[row] = record.endTick;
    to.releaseTick[row] = record.releaseTick;
    to.causeKind[row] = record.causeKind;
    to.causeStream[row] = record.causeStream;
    to.causeN[row] = record.causeN;
    to.causeStage[row] = record.causeStage;
    to.causePacket[row] = record.causePacket;
    to.length = row + 1;
  }

  hold(record: Readonly<HoldRecord>): void {
    const to = this.holds;
    const row = to.length;
    if (row === to.stream.length) growColumns(to as unknown as AnyColumns, HOLD_FIELDS);
    to.stream[row] = record.stream;
    to.n[row] = record.n;
    to.stage[row] = record.stage;
    to.packet[row] = record.packet;
    to.kind[row] = record.kind;
    to.resource[row] = record.resource;
    to.bytes[row] = record.bytes;
    to.readyTick[row] = record.readyTick;
    to.startTick[row] = record.startTick;
    to.endTick[row] = record.endTick;
    to.releaseTick[row] = record.releaseTick;
    to.causeStream[row] = record.causeStream;
    to.causeN[row] = record.causeN;
    to.causeStage[row] = record.causeStage;
    to.causePacket[row] = record.causePacket;
    to.length = row + 1;
  }

  end(footer: TraceFooter): void {
    this.footer = structuredClone(footer);
  }

  /** The trace; only after `end`. */
  get table(): TraceTable {
    if (!this.header || !this.footer) throw new InternalError("a trace is read before its end");
    return {
      header: this.header,
      footer: this.footer,
      instructions: trimColumns(this.instructions as unknown as AnyColumns, INSTRUCTION_FIELDS) as never,
      holds: trimColumns(this.holds as unknown as AnyColumns, HOLD_FIELDS) as never,
    };
  }
}

/** Plays a table into a sink, holds first where an instruction ends in the same tick as its last hold. */
export async function replayTable(table: TraceTable, sink: TraceSink): Promise<void> {
  sink.begin(table.header);
  const { instructions, holds } = table;
  let next = 0;
  const instructionNames = Object.keys(INSTRUCTION_FIELDS) as (keyof InstructionRecord)[];
  const holdNames = Object.keys(HOLD_FIELDS) as (keyof HoldRecord)[];
  const instruction = {} as InstructionRecord;
  const hold = {} as HoldRecord;
  for (let row = 0; row < instructions.length; row++) {
    for (; next < holds.length && holds.endTick[next]! <= instructions.endTick[row]!; next++) {
      for (const name of holdNames) hold[name] = holds[name][next]!;
      sink.hold(hold);
    }
    for (const name of instructionNames) instruction[name] = instructions[name][row]!;
    sink.instruction(instruction);
  }
  for (; next < holds.length; next++) {
    for (const name of holdNames) hold[name] = holds[name][next]!;
    sink.hold(hold);
  }
  await sink.end(table.footer);
}
