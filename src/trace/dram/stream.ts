/** Request streams for other simulators: the form DRAMsim3's trace reader takes, and that of Ramulator 2's load-store front end. */
import { invariant } from "../../base/index.js";
import { FileOutput } from "../file-output.js";
import { type ByteOutput, RowBuffer } from "../row-buffer.js";

/** Forms of a request stream. */
export const DRAM_STREAM_FORMS = ["dramsim3", "ramulator"] as const;
/** A form of a request stream. */
export type DramStreamForm = (typeof DRAM_STREAM_FORMS)[number];

const MOST_ROW_BYTES = 64;
const HEX = Buffer.from("0123456789abcdef");
const WORDS = {
  dramsim3: { read: Buffer.from(" READ "), write: Buffer.from(" WRITE ") },
  ramulator: { read: Buffer.from("LD "), write: Buffer.from("ST ") },
} as const;

/** The form a file name asks for: `.ramulator` (before any `.gz`) for Ramulator's, anything else is DRAMsim3's, which we read back. */
export function dramStreamFormOf(file: string): DramStreamForm {
  return /\.ramulator(\.gz)?$/.test(file) ? "ramulator" : "dramsim3";
}

/**
 * A request stream as it is written: `0xADDRESS READ|WRITE CYCLE` for DRAMsim3 (and `wordline dram replay`), `LD|ST 0xADDRESS` for
 * Ramulator, which offers one request a cycle as fast as it is taken and knows no arrival.
 */
export class DramRequestWriter {
  private readonly output: ByteOutput;
  private readonly rows: RowBuffer;
  private lastCycle = 0;
  private count = 0;

  constructor(
    target: string | ByteOutput,
    private readonly form: DramStreamForm,
  ) {
    this.output = typeof target === "string" ? new FileOutput(target) : target;
    this.rows = new RowBuffer(this.output);
  }

  /** Requests written. */
  get requests(): number {
    return this.count;
  }

  /** One request, in the order of arrival; the cycle is the memory's. */
  add(address: number, write: boolean, cycle: number): void {
    invariant(cycle >= this.lastCycle, `a memory request of cycle ${cycle} is written after one of ${this.lastCycle}`);
    this.lastCycle = cycle;
    this.count++;
    const { rows } = this;
    rows.reserve(MOST_ROW_BYTES);
    const words = WORDS[this.form];
    if (this.form === "ramulator") {
      rows.bytes(write ? words.write : words.read);
      this.hexadecimal(address);
    } else {
      this.hexadecimal(address);
      rows.bytes(write ? words.write : words.read);
      rows.integer(cycle);
    }
    rows.byte(10);
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

  /** `0x` and at least eight digits. */
  private hexadecimal(address: number): void {
    invariant(address >= 0 && address < 2 ** 52, `a memory request goes to address ${address}`);
    const { rows } = this;
    rows.byte(48);
    rows.byte(120);
    const high = Math.floor(address / 2 ** 32);
    let digits = 8;
    while (high >= 2 ** ((digits - 8) * 4)) digits++;
    for (let digit = digits - 1; digit >= 0; digit--)
      rows.byte(HEX[digit >= 8 ? (high >>> ((digit - 8) * 4)) & 15 : (address >>> (digit * 4)) & 15]);
  }
}
