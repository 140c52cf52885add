/**
 * The lossless form of a trace: one CSV file, the header and the footer in comment lines.
 * What is written here is read back by read.ts to the last number.
 */
import { stringify } from "csv-stringify/sync";
import { CAUSE_KINDS, CSV_COLUMNS, type CsvColumn } from "./columns.js";
import { FileOutput, type FileOutputOptions } from "./file-output.js";
import {
  HOLD_KINDS,
  type HoldRecord,
  type InstructionRecord,
  type TraceFooter,
  type TraceHeader,
  type TraceSink,
} from "./record.js";
import { type ByteOutput, RowBuffer } from "./row-buffer.js";

/** A sink that owns an output: `abort` drops it, after a failed or interrupted run. */
export interface FileTraceSink extends TraceSink {
  abort(): void;
}

/** Longest row: 18 numbers of at most 16 digits, commas, the type, the line end. */
const ROW_BYTES = 18 * 17 + 2;
const COMMA = 44;
const NEWLINE = 10;
const TYPE_INSTRUCTION = 105; // "i"
const TYPE_HOLD = 104; // "h"

/** One line by csv-stringify; null is an empty cell. */
export function csvLine(cells: readonly (string | number | null)[]): string {
  return stringify([cells as (string | number | null)[]]);
}

/** The header as comment lines, then the line of column names. */
export function csvHeader(header: TraceHeader): string {
  const { format, ...rest } = header;
  const values = { format, hold_kinds: HOLD_KINDS, cause_kinds: CAUSE_KINDS, ...rest };
  const comments = Object.entries(values).map(([key, value]) => `# ${key}: ${JSON.stringify(value)}\n`);
  return comments.join("") + csvLine(CSV_COLUMNS);
}

/** The last lines: how many rows this file holds (a filter may have dropped some of the run's), then the footer. */
export function csvFooter(footer: TraceFooter, instructionRows: number, holdRows: number): string {
  const rows = { instructions: instructionRows, holds: holdRows };
  return `# rows: ${JSON.stringify(rows)}\n# footer: ${JSON.stringify(footer)}\n`;
}

/** Writes the CSV form into an output. */
export class CsvSink implements FileTraceSink {
  private readonly rows: RowBuffer;
  private instructionRows = 0;
  private holdRows = 0;

  constructor(private readonly output: ByteOutput) {
    this.rows = new RowBuffer(output);
  }

  begin(header: TraceHeader): void {
    this.rows.text(csvHeader(header));
  }

  // Rows are put together byte by byte and not by csv-stringify: it makes a tenth of the rows a CPU second (measured by
  // `npm run bench -- trace`: 0.35 against 3.4 million, the playing of the rows included), and a traced run must not be
  // dominated by its trace. `test/trace/csv.test.ts` holds both to the same bytes.
  instruction(record: Readonly<InstructionRecord>): void {
    const rows = this.rows;
    rows.reserve(ROW_BYTES);
    this.instructionRows++;
    rows.byte(TYPE_INSTRUCTION);
    this.cell(record.stream);
    this.cell(record.n);
    this.cell(record.pc);
    this.cell(record.fetchTick);
    for (let i = 0; i < 6; i++) rows.byte(COMMA);
    this.cell(record.startTick);
    this.cell(record.endTick);
    this.cell(record.releaseTick);
    this.cell(record.causeKind);
    this.cell(record.causeStream);
    this.cell(record.causeN);
    this.cell(record.causeStage);
    this.cell(record.causePacket);
    rows.byte(NEWLINE);
  }

  hold(record: Readonly<HoldRecord>): void {
    const rows = this.rows;
    rows.reserve(ROW_BYTES);
    this.holdRows++;
    rows.byte(TYPE_HOLD);
    this.cell(record.stream);
    this.cell(record.n);
    rows.byte(COMMA);
    rows.byte(COMMA);
    this.cell(record.stage);
    this.cell(record.packet);
    this.cell(record.kind);
    this.cell(record.resource);
    this.cell(record.bytes);
    this.cell(record.readyTick);
    this.cell(record.startTick);
    this.cell(record.endTick);
    this.cell(record.releaseTick);
    rows.byte(COMMA);
    this.cell(record.causeStream);
    this.cell(record.causeN);
    this.cell(record.causeStage);
    this.cell(record.causePacket);
    rows.byte(NEWLINE);
  }

  end(footer: TraceFooter): void {
    this.rows.text(csvFooter(footer, this.instructionRows, this.holdRows));
    this.rows.flush();
    this.output.finish();
  }

  abort(): void {
    this.output.abort();
  }

  private cell(value: number): void {
    this.rows.byte(COMMA);
    if (value >= 0) this.rows.integer(value);
    else if (value !== -1) this.rows.integer(Number.NaN); // refused there
  }
}

/** A CSV trace file, gzipped where the name ends in `.gz`; the file is opened at once, so that a bad name fails before a long run. */
export function csvTrace(file: string, options: FileOutputOptions = {}): FileTraceSink {
  return new CsvSink(new FileOutput(file, options));
}

/** An instruction row's cells by column, for csv-stringify and for tests. */
export function instructionCells(record: Readonly<InstructionRecord>): (string | number | null)[] {
  return cells("i", {
    stream: record.stream,
    n: record.n,
    pc: record.pc,
    fetch_tick: record.fetchTick,
    start_tick: record.startTick,
    end_tick: record.endTick,
    cause_kind: record.causeKind,
    ...causeCells(record),
  });
}

/** A hold row's cells by column, for csv-stringify and for tests. */
export function holdCells(record: Readonly<HoldRecord>): (string | number | null)[] {
  return cells("h", {
    stream: record.stream,
    n: record.n,
    stage: record.stage,
    packet: record.packet,
    kind: record.kind,
    resource: record.resource,
    bytes: record.bytes,
    ready_tick: record.readyTick,
    start_tick: record.startTick,
    end_tick: record.endTick,
    ...causeCells(record),
  });
}

function causeCells(record: Readonly<InstructionRecord> | Readonly<HoldRecord>): Partial<Record<CsvColumn, number>> {
  return {
    release_tick: record.releaseTick,
    cause_stream: record.causeStream,
    cause_n: record.causeN,
    cause_stage: record.causeStage,
    cause_packet: record.causePacket,
  };
}

function cells(type: string, values: Partial<Record<CsvColumn, number>>): (string | number | null)[] {
  return CSV_COLUMNS.map((column) => {
    if (column === "type") return type;
    const value = values[column] ?? -1;
    return value === -1 ? null : value;
  });
}
