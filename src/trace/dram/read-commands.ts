/** Reading a file of memory commands, plain or gzipped, in bounded memory: `cycle,ch,cmd,rank,bg,bank,row,col`. */
import { nearestName, UserError } from "../../base/index.js";
import { readError, unpackedChunks } from "../read.js";
import { LineParser, quoted } from "./line-parser.js";
import { DRAM_COMMAND_HEADER } from "./write.js";

/** One command; −1 where a field has no meaning. */
export interface DramCommandLine {
  line: number;
  cycle: number;
  channel: number;
  /** Its place in the list of names. */
  kind: number;
  rank: number;
  group: number;
  bank: number;
  row: number;
  column: number;
}

const FIELDS = DRAM_COMMAND_HEADER.split(",");
/** A longer line is no command. */
const MOST_LINE_CHARACTERS = 4096;

/** Hands the commands of a file to `take`, line by line; where the file is wrong every problem found is thrown. */
export async function readDramCommands(
  file: string,
  kinds: readonly string[],
  take: (command: DramCommandLine) => void,
): Promise<void> {
  const parser = new DramCommandParser(file, kinds, take);
  try {
    for await (const bytes of unpackedChunks(file)) parser.chunk(bytes.toString("latin1"));
    parser.finish();
  } catch (error) {
    throw readError(file, error);
  }
}

/** A parser that is fed texts and hands on commands. */
export class DramCommandParser extends LineParser {
  private readonly byName: ReadonlyMap<string, number>;
  private readonly unknown = new Set<string>();
  private rest = "";
  private lastCycle = 0;

  constructor(
    file: string,
    private readonly kinds: readonly string[],
    private readonly take: (command: DramCommandLine) => void,
  ) {
    super(file);
    this.byName = new Map(kinds.map((kind, number) => [kind, number]));
  }

  /** Takes the next part of the text. */
  chunk(text: string): void {
    const whole = this.rest + text;
    let start = 0;
    for (let end = whole.indexOf("\n"); end >= 0; end = whole.indexOf("\n", start)) {
      this.lineOf(whole.slice(start, whole[end - 1] === "\r" ? end - 1 : end));
      start = end + 1;
    }
    this.rest = whole.slice(start);
    if (this.rest.length <= MOST_LINE_CHARACTERS) return;
    this.line++;
    this.problem("dram-command-line", `this line is longer than ${MOST_LINE_CHARACTERS} characters`, {
      accepted: DRAM_COMMAND_HEADER,
    });
    throw new UserError(this.problems);
  }

  /** The text is at its end. */
  finish(): void {
    if (this.rest !== "") this.lineOf(this.rest);
    if (this.line < 2 && this.problems.length === 0) {
      this.line = Math.max(1, this.line);
      this.problem("dram-command-empty", "this file has no commands", {
        accepted: `${DRAM_COMMAND_HEADER}, then a line a command`,
      });
    }
    if (this.problems.length > 0) throw new UserError(this.problems);
  }

  private lineOf(text: string): void {
    this.line++;
    if (this.line === 1) {
      if (text === DRAM_COMMAND_HEADER) return;
      this.problem("dram-command-header", "a file of commands begins with the names of its columns", {
        seen: quoted(text),
        accepted: DRAM_COMMAND_HEADER,
      });
      throw new UserError(this.problems);
    }
    const fields = text.split(",");
    if (fields.length !== FIELDS.length) {
      this.problem("dram-command-line", `a command has ${FIELDS.length} fields`, {
        seen: quoted(text),
        accepted: DRAM_COMMAND_HEADER,
      });
      return;
    }
    const kind = this.byName.get(fields[2]!);
    if (kind === undefined) {
      // The commands of another policy: each name is told once.
      if (this.unknown.has(fields[2]!)) return;
      this.unknown.add(fields[2]!);
      const nearest = nearestName(fields[2]!, this.kinds);
      this.problem("dram-command-name", "no command of this policy has this name", {
        field: "cmd",
        seen: quoted(fields[2]!),
        accepted: this.kinds.join(", "),
        ...(nearest === undefined ? {} : { nearest }),
      });
      return;
    }
    const number = (at: number, least: number) => {
      const value = fields[at]!;
      if (/^(-1|\d{1,15})$/.test(value) && Number(value) >= least) return Number(value);
      this.problem("dram-command-number", "this is no number of a command", {
        field: FIELDS[at]!,
        seen: quoted(value),
        accepted: `a whole number of at most 15 digits${least < 0 ? ", or -1 where the field has no meaning" : ""}`,
      });
      return Number.NaN;
    };
    const before = this.problems.length;
    const command: DramCommandLine = {
      line: this.line,
      cycle: number(0, 0),
      channel: number(1, 0),
      kind,
      rank: number(3, 0),
      group: number(4, -1),
      bank: number(5, -1),
      row: number(6, -1),
      column: number(7, -1),
    };
    if (this.problems.length > before) return;
    if (command.cycle < this.lastCycle) {
      this.problem("dram-command-order", "cycles go backwards", {
        field: "cycle",
        seen: `${command.cycle} after ${this.lastCycle}`,
        accepted: "commands in the order of their cycles",
      });
      return;
    }
    this.lastCycle = command.cycle;
    if (this.problems.length === 0) this.take(command);
  }
}
