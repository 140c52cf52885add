/**
 * One row of the CSV form, from bytes to a record.
 * The records are reused from row to row; nothing is allocated unless the row is wrong.
 */
import { CAUSE_KINDS, type CellRule, CSV_COLUMNS, HOLD_CELLS, INSTRUCTION_CELLS } from "./columns.js";
import { HOLD_KINDS, type HoldRecord, type InstructionRecord, type TraceHeader } from "./record.js";

/** What is wrong with a row. */
export interface RowProblem {
  code: string;
  message: string;
  /** Character column, from 1. */
  column?: number;
  field?: string;
  seen?: string;
  accepted?: string;
}

const MOST_INT = 0x7fffffff;
const COLUMNS = CSV_COLUMNS.length;
const COMMA = 44;
const ZERO = 48;

const RULES: readonly CellRule[] = ["empty", "tick", "int", "maybeTick", "maybeInt"];
const ACCEPTED: Readonly<Record<CellRule, string>> = {
  empty: "an empty cell in a row of this type",
  tick: `a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`,
  int: `a whole number from 0 to ${MOST_INT}`,
  maybeTick: `an empty cell or a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`,
  maybeInt: `an empty cell or a whole number from 0 to ${MOST_INT}`,
};
const rulesOf = (cells: typeof HOLD_CELLS): Uint8Array =>
  Uint8Array.from(CSV_COLUMNS, (column) => RULES.indexOf(cells[column] ?? "empty"));
const INSTRUCTION_RULES = rulesOf(INSTRUCTION_CELLS);
const HOLD_RULES = rulesOf(HOLD_CELLS);
const [STREAM, KIND, RESOURCE, CAUSE_KIND] = (["stream", "kind", "resource", "cause_kind"] as const).map((column) =>
  CSV_COLUMNS.indexOf(column),
) as [number, number, number, number];

/** One flag an id, of the ids listed. */
function idFlags(rows: readonly { id: number }[]): Uint8Array {
  const flags = new Uint8Array(rows.reduce((most, row) => Math.max(most, row.id + 1), 0));
  for (const row of rows) flags[row.id] = 1;
  return flags;
}

/** Parses rows against a header's tables. */
export class CsvRow {
  /** The last instruction row. */
  readonly instruction = {} as InstructionRecord;
  /** The last hold row. */
  readonly hold = {} as HoldRecord;
  private streams: Uint8Array = new Uint8Array(0);
  private resources: Uint8Array = new Uint8Array(0);
  private readonly cells = new Float64Array(COLUMNS);

  /** Takes the ids that rows may name. */
  setHeader(header: TraceHeader): void {
    this.streams = idFlags(header.streams);
    this.resources = idFlags(header.resources);
  }

  /** Parses the row in [start, end), whose type cell was seen to be one letter; fills the record or says what is wrong. */
  parse(data: Buffer, start: number, end: number, isInstruction: boolean): RowProblem | undefined {
    const cells = this.cells;
    const rules = isInstruction ? INSTRUCTION_RULES : HOLD_RULES;
    let column = 1;
    let value = -1;
    let wrong = 0;
    for (let at = start + 2; at <= end; at++) {
      const code = at === end ? COMMA : data[at]!;
      if (code === COMMA) {
        if (column >= COLUMNS) return wrongCount(data, start, end);
        const rule = rules[column]!;
        // By the order of RULES: 0 must be empty, 1 and 2 must not, odd ones are ticks.
        const allowed =
          value < 0
            ? rule === 0 || rule > 2
            : rule !== 0 && value <= ((rule & 1) === 1 ? Number.MAX_SAFE_INTEGER : MOST_INT);
        if (!allowed && wrong === 0) wrong = column;
        cells[column++] = value;
        value = -1;
      } else if (code >= ZERO && code <= ZERO + 9) value = value < 0 ? code - ZERO : value * 10 + (code - ZERO);
      else value = Number.POSITIVE_INFINITY; // refused by every rule
    }
    if (column !== COLUMNS) return wrongCount(data, start, end);
    if (wrong > 0) return wrongCell(data, start, end, wrong, "this cell is wrong", ACCEPTED[RULES[rules[wrong]!]!]);
    const unknown = this.unknownReference(isInstruction);
    if (unknown > 0) {
      const name = CSV_COLUMNS[unknown]!;
      const count = unknown === CAUSE_KIND ? CAUSE_KINDS.length : unknown === KIND ? HOLD_KINDS.length : 0;
      const accepted = count > 0 ? `0 to ${count - 1}` : `an id of the header's ${name}s`;
      return wrongCell(data, start, end, unknown, `this ${name} is not in the header`, accepted);
    }
    if (isInstruction) this.fillInstruction();
    else this.fillHold();
    return undefined;
  }

  /** The column of a stream, kind or resource that the header does not list, 0 where all are known. */
  private unknownReference(isInstruction: boolean): number {
    const cells = this.cells;
    if (this.streams[cells[STREAM]!] !== 1) return STREAM;
    if (isInstruction) return cells[CAUSE_KIND]! >= CAUSE_KINDS.length ? CAUSE_KIND : 0;
    if (cells[KIND]! >= HOLD_KINDS.length) return KIND;
    return cells[RESOURCE]! >= 0 && this.resources[cells[RESOURCE]!] !== 1 ? RESOURCE : 0;
  }

  private fillInstruction(): void {
    const cells = this.cells;
    const row = this.instruction;
    row.stream = cells[1]!;
    row.n = cells[2]!;
    row.pc = cells[3]!;
    row.fetchTick = cells[4]!;
    row.startTick = cells[11]!;
    row.endTick = cells[12]!;
    row.releaseTick = cells[13]!;
    row.causeKind = cells[14]!;
    row.causeStream = cells[15]!;
    row.causeN = cells[16]!;
    row.causeStage = cells[17]!;
    row.causePacket = cells[18]!;
  }

  private fillHold(): void {
    const cells = this.cells;
    const row = this.hold;
    row.stream = cells[1]!;
    row.n = cells[2]!;
    row.stage = cells[5]!;
    row.packet = cells[6]!;
    row.kind = cells[7]!;
    row.resource = cells[8]!;
    row.bytes = cells[9]!;
    row.readyTick = cells[10]!;
    row.startTick = cells[11]!;
    row.endTick = cells[12]!;
    row.releaseTick = cells[13]!;
    row.causeStream = cells[15]!;
    row.causeN = cells[16]!;
    row.causeStage = cells[17]!;
    row.causePacket = cells[18]!;
  }
}

function wrongCount(data: Buffer, start: number, end: number): RowProblem {
  return {
    code: "trace-cells",
    message: "this row has the wrong number of cells",
    seen: String(data.toString("latin1", start, end).split(",").length),
    accepted: String(COLUMNS),
  };
}

function wrongCell(
  data: Buffer,
  start: number,
  end: number,
  column: number,
  message: string,
  accepted: string,
): RowProblem {
  const cells = data.toString("latin1", start, end).split(",");
  return {
    code: "trace-cell",
    message,
    column: cells.slice(0, column).join(",").length + 2,
    field: CSV_COLUMNS[column]!,
    seen: JSON.stringify(cells[column]),
    accepted,
  };
}
