/**
 * Parsing the CSV form, chunk by chunk.
 * Input: bytes in any cutting; output: calls of a sink. Memory: one line and at most MOST_PROBLEMS problems.
 */
import { nearestName, type Problem, UserError } from "../base/index.js";
import { CAUSE_KINDS, CSV_COLUMNS } from "./columns.js";
import { CsvRow } from "./csv-row.js";
import { FOOTER_CHECK, HEADER_CHECKS, ROWS_CHECK } from "./header-check.js";
import { HOLD_KINDS, type TraceFooter, type TraceHeader, type TraceSink } from "./record.js";

/** After so many problems a file is given up. */
export const MOST_PROBLEMS = 20;
/** A longer line is no trace: the header's table of streams is the longest line of a real one. */
const MOST_LINE_BYTES = 1 << 28;
const COLUMN_LINE = CSV_COLUMNS.join(",");
/** A parser that is fed chunks and plays rows into a sink. */
export class CsvParser {
  /** The footer, once read; handed on by the caller. */
  footer: TraceFooter | undefined;
  private readonly problems: Problem[] = [];
  private readonly header: Record<string, unknown> = {};
  private state: "header" | "rows" | "ended" = "header";
  private rows: { instructions: number; holds: number } | undefined;
  private instructionRows = 0;
  private holdRows = 0;
  private line = 0;
  private rest: Buffer | undefined;
  private readonly row = new CsvRow();

  constructor(
    private readonly file: string,
    private readonly sink: TraceSink,
  ) {}

  /** Takes the next bytes. */
  chunk(bytes: Buffer): void {
    let data = bytes;
    if (this.rest) data = Buffer.concat([this.rest, bytes]);
    let start = 0;
    for (;;) {
      const end = data.indexOf(10, start);
      if (end < 0) break;
      this.line++;
      this.parseLine(data, start, end > start && data[end - 1] === 13 ? end - 1 : end);
      start = end + 1;
    }
    this.rest = start < data.length ? Buffer.from(data.subarray(start)) : undefined;
    if (this.rest && this.rest.length > MOST_LINE_BYTES)
      this.giveUp("trace-line", `this line is longer than ${MOST_LINE_BYTES} bytes`, this.line + 1);
    // Without its first line a file is not ours: say so before reading gigabytes of it.
    if (this.line === 0 && this.rest && !"# format:".startsWith(this.rest.toString("latin1", 0, 9))) this.notATrace();
  }

  /** All bytes were given: what is missing is told now. */
  finish(): TraceFooter {
    if (this.line === 0 && this.problems.length === 0 && !this.rest) this.notATrace();
    if (this.rest) this.problem("trace-truncated", "the file is cut off in the middle of this line", this.line + 1);
    else if (this.state === "header")
      this.problem("trace-truncated", "the file ends before the line of column names", this.line);
    else if (!this.footer)
      this.problem(
        "trace-truncated",
        "the file ends without its `# footer:` line: the run was stopped, or the file was cut",
        this.line,
      );
    if (this.footer && this.problems.length === 0) {
      const { instructions, holds } = this.rows ?? { instructions: -1, holds: -1 };
      if (instructions !== this.instructionRows || holds !== this.holdRows)
        this.problem("trace-rows", "rows are missing or too many", this.line, {
          seen: `${this.instructionRows} instruction rows and ${this.holdRows} hold rows`,
          accepted: this.rows
            ? `${instructions} and ${holds}, as its \`# rows:\` line says`
            : "a `# rows:` line before the footer",
        });
    }
    this.throwProblems();
    return this.footer!;
  }

  private parseLine(data: Buffer, start: number, end: number): void {
    const first = data[start];
    if (this.state === "rows" && (first === 105 || first === 104) && data[start + 1] === 44) {
      this.parseRow(data, start, end, first === 105);
      return;
    }
    if (start === end) {
      if (this.state !== "ended") this.problem("trace-line", "this line is empty", this.line);
      return;
    }
    if (this.state === "ended") {
      this.giveUp("trace-line", "there is more after the footer", this.line);
      return;
    }
    if (first === 35) this.parseComment(data.toString("utf8", start, end));
    else if (this.line === 1) this.notATrace();
    else if (this.state === "header") this.parseColumnLine(data.toString("utf8", start, end));
    else
      this.problem("trace-row-type", "unknown type of row", this.line, {
        column: 1,
        field: "type",
        seen: JSON.stringify(data.toString("utf8", start, Math.min(end, start + 20)).split(",")[0]),
        accepted: "i (instruction) or h (hold)",
      });
  }

  private parseComment(line: string): void {
    const match = /^# ([A-Za-z_]+): (.*)$/.exec(line);
    if (this.line === 1 && match?.[1] !== "format") this.notATrace();
    const known =
      this.state === "header" ? ["hold_kinds", "cause_kinds", ...Object.keys(HEADER_CHECKS)] : ["rows", "footer"];
    const key = match?.[1] ?? line.slice(2, 30);
    if (!match || !known.includes(key)) {
      const nearest = nearestName(key, known);
      this.problem("trace-header", "unknown comment line", this.line, {
        seen: JSON.stringify(key),
        accepted: `\`# key: json\` with key one of ${known.join(", ")}`,
        ...(nearest === undefined ? {} : { nearest }),
      });
      return;
    }
    let value: unknown;
    try {
      value = JSON.parse(match[2]!);
    } catch {
      this.problem("trace-header", "what follows the key is no JSON", this.line, {
        column: key.length + 5,
        field: key,
      });
      return;
    }
    this.takeComment(key, value);
  }

  private takeComment(key: string, value: unknown): void {
    if (key === "format" && value !== 1)
      this.giveUp("trace-version", "this version of the trace format is not known here", this.line, {
        seen: JSON.stringify(value),
        accepted: "1",
      });
    const check = key === "rows" ? ROWS_CHECK : key === "footer" ? FOOTER_CHECK : HEADER_CHECKS[key];
    const list = key === "hold_kinds" ? HOLD_KINDS : CAUSE_KINDS;
    const expected = JSON.stringify(list);
    const accepted = check ? check(value) : JSON.stringify(value) === expected ? undefined : expected;
    if (accepted !== undefined) {
      const seen = JSON.stringify(value);
      this.problem("trace-header", "this line does not hold what it should", this.line, {
        field: key,
        seen: seen.length > 80 ? `${seen.slice(0, 80)}…` : seen,
        accepted,
      });
    } else if (key === "rows") this.rows = value as typeof this.rows;
    else if (key === "footer") {
      this.footer = value as TraceFooter;
      this.state = "ended";
    } else this.header[key] = value;
  }

  private parseColumnLine(line: string): void {
    if (line !== COLUMN_LINE)
      this.giveUp("trace-columns", "this is not the line of column names", this.line, {
        seen: JSON.stringify(line.slice(0, 60)),
        accepted: COLUMN_LINE,
      });
    for (const key of ["hold_kinds", "cause_kinds", ...Object.keys(HEADER_CHECKS)])
      if (!(key in this.header) && !this.problems.some((problem) => problem.place?.field === key))
        this.problem("trace-header", `the header has no line \`# ${key}: …\``, this.line, { field: key });
    this.throwProblems();
    const { hold_kinds: _, cause_kinds: __, ...header } = this.header;
    const whole = header as unknown as TraceHeader;
    this.row.setHeader(whole);
    this.state = "rows";
    this.sink.begin(whole);
  }

  private parseRow(data: Buffer, start: number, end: number, isInstruction: boolean): void {
    const wrong = this.row.parse(data, start, end, isInstruction);
    if (wrong !== undefined) {
      const { code, message, ...more } = wrong;
      this.problem(code, message, this.line, more);
    } else if (isInstruction) {
      this.instructionRows++;
      this.sink.instruction(this.row.instruction);
    } else {
      this.holdRows++;
      this.sink.hold(this.row.hold);
    }
  }

  private problem(
    code: string,
    message: string,
    line: number,
    more: { column?: number; field?: string; seen?: string; accepted?: string; nearest?: string } = {},
  ): void {
    const { column, field, ...rest } = more;
    const place = {
      file: this.file,
      line,
      ...(column === undefined ? {} : { column }),
      ...(field === undefined ? {} : { field }),
    };
    this.problems.push({ code, message, place, ...rest });
    if (this.problems.length >= MOST_PROBLEMS) this.throwProblems();
  }

  private giveUp(code: string, message: string, line: number, more: { seen?: string; accepted?: string } = {}): void {
    this.problem(code, message, line, more);
    this.throwProblems();
  }

  private notATrace(): void {
    this.giveUp("trace-format", "this is not a Wordline trace", 1, { accepted: "a first line `# format: 1`" });
  }

  private throwProblems(): void {
    if (this.problems.length > 0) throw new UserError(this.problems);
  }
}
