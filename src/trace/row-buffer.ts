/**
 * Rows as bytes: numbers and fixed texts put straight into one big buffer, handed on when it is full.
 * Nothing is allocated per row, so that tracing costs tens of nanoseconds a row and not microseconds.
 */
import { InternalError } from "../base/index.js";

/** Where finished bytes go: a file, or memory in a test. The bytes are reused after the call. */
export interface ByteOutput {
  write(bytes: Uint8Array): void;
  /** Makes the output whole. */
  finish(): void;
  /** Drops everything written; harmless when already finished or dropped. */
  abort(): void;
}

/** The bytes "00", "01" … "99" one after another. */
const PAIRS = new Uint8Array(200);
for (let i = 0; i < 100; i++) {
  PAIRS[2 * i] = 48 + Math.floor(i / 10);
  PAIRS[2 * i + 1] = 48 + (i % 10);
}

/** Decimal digits of an integer in [10, 2^31). */
function digitCount(value: number): number {
  if (value < 100000) return value < 100 ? 2 : value < 1000 ? 3 : value < 10000 ? 4 : 5;
  if (value < 10000000) return value < 1000000 ? 6 : 7;
  return value < 100000000 ? 8 : value < 1000000000 ? 9 : 10;
}

/** A buffer that rows are written into; a row asks for its room first by `reserve`. */
export class RowBuffer {
  private readonly buffer: Uint8Array;
  private position = 0;

  constructor(
    private readonly output: ByteOutput,
    capacityBytes = 1 << 20,
  ) {
    this.buffer = new Uint8Array(capacityBytes);
  }

  /** Makes sure that `bytes` more fit, handing on what is there if need be. */
  reserve(bytes: number): void {
    if (this.position + bytes > this.buffer.length) this.flush();
    if (bytes > this.buffer.length) throw new InternalError(`a row of ${bytes} bytes does not fit the row buffer`);
  }

  /** One byte, by character code. */
  byte(code: number): void {
    this.buffer[this.position++] = code;
  }

  /** A short text already encoded. */
  bytes(text: Uint8Array): void {
    const buffer = this.buffer;
    let position = this.position;
    for (let i = 0; i < text.length; i++) buffer[position++] = text[i]!;
    this.position = position;
  }

  /** A non-negative safe integer in decimal digits; at most 16 bytes. */
  integer(value: number): void {
    const buffer = this.buffer;
    if (value < 10 && value >= 0) {
      buffer[this.position++] = 48 + value;
      return;
    }
    if (!(value >= 0 && value <= 0x7fffffff)) {
      this.longInteger(value);
      return;
    }
    let end = this.position + digitCount(value);
    this.position = end;
    let rest = value | 0;
    while (rest >= 100) {
      const quotient = (rest / 100) | 0;
      const pair = (rest - quotient * 100) * 2;
      buffer[--end] = PAIRS[pair + 1]!;
      buffer[--end] = PAIRS[pair]!;
      rest = quotient;
    }
    if (rest >= 10) {
      buffer[--end] = PAIRS[2 * rest + 1]!;
      buffer[--end] = PAIRS[2 * rest]!;
    } else buffer[--end] = 48 + rest;
  }

  /** An integer in exactly `width` digits, zeros in front; value < 2^31. */
  padded(value: number, width: number): void {
    const buffer = this.buffer;
    let rest = value;
    for (let at = this.position + width - 1; at >= this.position; at--) {
      const quotient = (rest / 10) | 0;
      buffer[at] = 48 + (rest - quotient * 10);
      rest = quotient;
    }
    this.position += width;
  }

  /** Text of any length, outside the hot path. */
  text(text: string): void {
    const bytes = Buffer.from(text, "utf8");
    if (bytes.length > this.buffer.length - this.position) {
      this.flush();
      if (bytes.length > this.buffer.length) {
        this.output.write(bytes);
        return;
      }
    }
    this.buffer.set(bytes, this.position);
    this.position += bytes.length;
  }

  /** Hands on what is there. */
  flush(): void {
    if (this.position === 0) return;
    const filled = this.buffer.subarray(0, this.position);
    this.position = 0;
    this.output.write(filled);
  }

  private longInteger(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0)
      throw new InternalError(`a trace row holds ${value}, which is no whole number from 0`);
    const high = Math.floor(value / 1e9);
    this.integer(high);
    this.padded(value - high * 1e9, 9);
  }
}
