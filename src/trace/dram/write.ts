/** Writing what a memory controller did: a line a command, a line a request (docs/dram.md). Files appear whole or not at all. */
import { invariant } from "../../base/index.js";
import { FileOutput } from "../file-output.js";
import { type ByteOutput, RowBuffer } from "../row-buffer.js";

const COMMA = 44;
const MINUS = 45;
const NEWLINE = 10;
/** More than eight numbers and a name take. */
const MOST_ROW_BYTES = 160;

/** The first line of a file of commands, and of one of requests. */
export const DRAM_COMMAND_HEADER = "cycle,ch,cmd,rank,bg,bank,row,col";
export const DRAM_REQUEST_HEADER = "idx,accept,done";

/** Lines of numbers into a file. */
class LineFile {
  protected readonly rows: RowBuffer;
  private readonly output: ByteOutput;

  constructor(target: string | ByteOutput, header: string) {
    this.output = typeof target === "string" ? new FileOutput(target) : target;
    this.rows = new RowBuffer(this.output);
    this.rows.text(`${header}\n`);
  }

  /** Makes the file whole. */
  finish(): void {
    this.rows.flush();
    this.output.finish();
  }

  /** Drops the file. */
  abort(): void {
    this.output.abort();
  }

  /** A whole number; those below 0 are all −1: a field without a meaning. */
  protected number(value: number, end: number): void {
    if (value < 0) {
      this.rows.byte(MINUS);
      this.rows.byte(49);
    } else this.rows.integer(value);
    this.rows.byte(end);
  }
}

/** A file of commands, sorted by cycle and channel; `names` are the commands by number. */
export class DramCommandFile extends LineFile {
  private readonly names: readonly Uint8Array[];
  private lastCycle = -1;
  private lastChannel = -1;

  constructor(target: string | ByteOutput, names: readonly string[]) {
    super(target, DRAM_COMMAND_HEADER);
    this.names = names.map((name) => Buffer.from(`${name},`));
  }

  /** One command; −1 where a field has no meaning. */
  command(
    cycle: number,
    channel: number,
    command: number,
    rank: number,
    group: number,
    bank: number,
    row: number,
    column: number,
  ): void {
    invariant(
      cycle > this.lastCycle || (cycle === this.lastCycle && channel >= this.lastChannel),
      `a DRAM command of cycle ${cycle}, channel ${channel} comes after one of cycle ${this.lastCycle}, channel ${this.lastChannel}`,
    );
    this.lastCycle = cycle;
    this.lastChannel = channel;
    this.rows.reserve(MOST_ROW_BYTES);
    this.number(cycle, COMMA);
    this.number(channel, COMMA);
    this.rows.bytes(this.names[command]);
    this.number(rank, COMMA);
    this.number(group, COMMA);
    this.number(bank, COMMA);
    this.number(row, COMMA);
    this.number(column, NEWLINE);
  }
}

/** A file of requests in the order of their trace. */
export class DramRequestFile extends LineFile {
  constructor(target: string | ByteOutput) {
    super(target, DRAM_REQUEST_HEADER);
  }

  /** One request: its line in the trace from 0, the cycle it was accepted and the cycle it was done. */
  request(index: number, accept: number, done: number): void {
    this.rows.reserve(MOST_ROW_BYTES);
    this.number(index, COMMA);
    this.number(accept, COMMA);
    this.number(done, NEWLINE);
  }
}
