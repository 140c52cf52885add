/**
 * CSV text as rows of trimmed cells with their lines, and typed cells that report where they are wrong.
 * Inputs: the text of a file. Invariants: header names compare without case and spaces around; empty lines are skipped;
 * a trailing comma adds no column.
 */
import { nearestName, type Problem, UserError } from "../../base/index.js";

/** One record of a CSV file. */
export interface CsvRow {
  /** Line in the file, from 1. */
  line: number;
  cells: string[];
}

/** Splits CSV text into a header and rows; quotes may protect commas, but not line ends. */
export function parseCsv(text: string): { header: CsvRow | undefined; rows: CsvRow[] } {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
  const rows = lines
    .map((line, index) => ({ line: index + 1, cells: splitLine(line) }))
    .filter(({ cells }) => cells.some((cell) => cell !== ""));
  for (const row of rows) while (row.cells.at(-1) === "") row.cells.pop();
  return { header: rows[0], rows: rows.slice(1) };
}

function splitLine(line: string): string[] {
  const cells: string[] = [];
  const pattern = /\s*(?:"((?:[^"]|"")*)"|([^,]*))\s*(,|$)/y;
  for (let more = true; more; ) {
    const found = pattern.exec(line);
    if (found === null) {
      // A quote in the middle of a cell: take the rest as it stands.
      cells.push(line.slice(pattern.lastIndex).trim());
      break;
    }
    cells.push((found[1]?.replaceAll('""', '"') ?? found[2]!).trim());
    more = found[3] === ",";
  }
  return cells;
}

/** Columns of a CSV file by name, collecting the problems of the whole file. */
export class CsvTable {
  readonly problems: Problem[] = [];
  private readonly columns = new Map<string, number>();

  /** `known` lists the accepted columns, `required` those that must be there. */
  constructor(
    readonly header: CsvRow,
    known: readonly string[],
    required: readonly string[],
    private readonly file?: string,
  ) {
    const names = new Map(known.map((name) => [name.toLowerCase(), name]));
    header.cells.forEach((cell, index) => {
      const name = names.get(cell.toLowerCase());
      if (name === undefined) {
        const nearest = nearestName(cell, known);
        const rest = { seen: `"${cell}"`, accepted: known.join(", "), ...(nearest === undefined ? {} : { nearest }) };
        this.report(header.line, undefined, "csv-column", "unknown column", rest);
      } else if (this.columns.has(name)) this.report(header.line, name, "csv-column", "the column stands twice");
      else this.columns.set(name, index);
    });
    for (const name of required)
      if (!this.columns.has(name)) this.report(header.line, name, "csv-column", "the column is missing");
  }

  /** Whether the file has a column. */
  has(column: string): boolean {
    return this.columns.has(column);
  }

  /** A cell as text; "" where there is none. */
  text(row: CsvRow, column: string): string {
    const index = this.columns.get(column);
    return index === undefined ? "" : (row.cells[index] ?? "");
  }

  /** A cell as an integer of at least `min`; reports and returns `min` otherwise. */
  integer(row: CsvRow, column: string, min: number): number {
    const text = this.text(row, column);
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value < 2 ** 31) return value;
    if (this.has(column))
      this.report(row.line, column, "csv-value", text === "" ? "is empty" : "has a wrong value", {
        seen: `"${text}"`,
        accepted: `an integer from ${min}`,
      });
    return min;
  }

  /** Reports a row with more cells than the header has columns. */
  checkWidth(row: CsvRow): void {
    const { length } = this.header.cells;
    if (row.cells.length > length)
      this.report(row.line, undefined, "csv-row", `has ${row.cells.length} cells, the header has ${length} columns`);
  }

  /** Adds a problem at a line and column. */
  report(
    line: number,
    column: string | undefined,
    code: string,
    message: string,
    rest: Pick<Problem, "seen" | "accepted" | "nearest"> = {},
  ): void {
    const place = { line, ...(this.file === undefined ? {} : { file: this.file }) };
    this.problems.push({ code, message, place: column === undefined ? place : { ...place, field: column }, ...rest });
  }

  /** Runs a step; the problems of a UserError it throws are reported at the row. */
  guard<T>(row: CsvRow, step: () => T): T | undefined {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      for (const { code, message } of error.problems) this.report(row.line, undefined, code, message);
      return undefined;
    }
  }

  /** Throws everything collected, if anything was. */
  throwIfAny(): void {
    if (this.problems.length > 0) throw new UserError(this.problems);
  }
}
