/**
 * Packing: values to bytes and back, led by the field descriptors.
 * Whole numbers are zigzag varints of at most 8 bytes (|n| ≤ 2^52), so a small operand takes one byte and a 48-bit address seven.
 */
import { InternalError } from "../base/index.js";
import type { Field, NamedField, Values } from "./field.js";
import { VECTOR_PARTS } from "./field.js";
import type { Address, Block, VectorSource } from "./instruction.js";
import { SPACES } from "./instruction.js";

/** The largest magnitude a packed number may have. */
export const LARGEST_NUMBER = 2 ** 52;

/** A growing run of bytes. */
export class ByteWriter {
  private bytes = new Uint8Array(256);
  private used = 0;

  get length(): number {
    return this.used;
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.bytes.slice(0, this.used);
  }

  byte(value: number): void {
    if (this.used === this.bytes.length) this.grow(1);
    this.bytes[this.used++] = value;
  }

  /** Appends bytes as they are. */
  raw(bytes: Uint8Array): void {
    if (this.used + bytes.length > this.bytes.length) this.grow(bytes.length);
    this.bytes.set(bytes, this.used);
    this.used += bytes.length;
  }

  /** A whole number from 0 up. */
  unsigned(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest % 0x80) + 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.byte(rest);
  }

  /** A whole number of either sign. */
  signed(value: number): void {
    this.unsigned(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  /** A text: its length in bytes, then UTF-8. */
  text(value: string): void {
    const bytes = new TextEncoder().encode(value);
    this.unsigned(bytes.length);
    this.raw(bytes);
  }

  private grow(by: number): void {
    const bytes = new Uint8Array(Math.max(this.bytes.length * 2, this.used + by));
    bytes.set(this.bytes.subarray(0, this.used));
    this.bytes = bytes;
  }
}

/** Raised by a reader that runs into the end or into a value that cannot be; `offset` is where. */
export class BytesError extends Error {
  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(message);
  }
}

/** Reads what a `ByteWriter` wrote. */
export class ByteReader {
  constructor(
    private readonly bytes: Uint8Array,
    public position = 0,
    private readonly end = bytes.length,
  ) {}

  get left(): number {
    return this.end - this.position;
  }

  byte(): number {
    if (this.position >= this.end) throw new BytesError("it ends too early", this.position);
    return this.bytes[this.position++]!;
  }

  raw(length: number): Uint8Array {
    if (length > this.left) throw new BytesError("it ends too early", this.position);
    const out = this.bytes.subarray(this.position, this.position + length);
    this.position += length;
    return out;
  }

  unsigned(): number {
    const start = this.position;
    let factor = 1;
    let value = 0;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) break;
      factor *= 0x80;
      if (factor > 2 ** 49) throw new BytesError("a number is too long", start);
    }
    if (value > 2 * LARGEST_NUMBER) throw new BytesError("a number is too large", start);
    return value;
  }

  signed(): number {
    const value = this.unsigned();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  text(): string {
    const start = this.position;
    const bytes = this.raw(this.unsigned());
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw new BytesError("a text is not UTF-8", start);
    }
  }
}

/** Texts of one code or program, each kept once. */
export class NameTable {
  readonly names: string[] = [];
  private readonly indices = new Map<string, number>();

  /** The index of a text, added where it is new. */
  intern(name: string): number {
    let index = this.indices.get(name);
    if (index === undefined) {
      index = this.names.length;
      this.names.push(name);
      this.indices.set(name, index);
    }
    return index;
  }
}

/** Refuses a value that is not of its descriptor's shape; only our own callers can hand one in. */
function misshapen(where: string, expected: string, seen: unknown): never {
  throw new InternalError(`${where}: expected ${expected}, got ${JSON.stringify(seen) ?? "nothing"}`);
}

/** Writes a whole number after looking at its shape. */
export function packNumber(out: ByteWriter, value: unknown, where: string): void {
  if (typeof value !== "number" || !Number.isInteger(value) || Math.abs(value) > LARGEST_NUMBER)
    misshapen(where, "a whole number", value);
  out.signed(value as number);
}

/** Steps without trailing zeros: the canonical form, as a missing step is a step of 0. */
function usedSteps(steps: readonly number[] | undefined): number {
  let used = steps?.length ?? 0;
  while (used > 0 && steps![used - 1] === 0) used--;
  return used;
}

function packAddress(out: ByteWriter, value: Address | undefined, where: string): void {
  const space = SPACES.indexOf(value?.space as Address["space"]);
  if (!value || space < 0) misshapen(where, "an address", value);
  const steps = usedSteps(value!.steps);
  out.unsigned(space + (value!.ring ? 8 : 0) + steps * 16);
  packNumber(out, value!.base, `${where}.base`);
  for (let level = 0; level < steps; level++) packNumber(out, value!.steps![level], `${where}.steps`);
  if (value!.ring) {
    packNumber(out, value!.ring.base, `${where}.ring.base`);
    packNumber(out, value!.ring.bytes, `${where}.ring.bytes`);
  }
}

function numbers(from: ByteReader, length: number): number[] {
  const out: number[] = [];
  for (let left = length; left > 0; left--) out.push(from.signed());
  return out;
}

function unpackAddress(from: ByteReader): Address {
  const at = from.position;
  const head = from.unsigned();
  const space = SPACES[head & 7];
  if (space === undefined) throw new BytesError("an address names no known space", at);
  const stepCount = Math.floor(head / 16);
  if (stepCount > from.left) throw new BytesError("an address has more steps than there are bytes", at);
  const out: Address = { space, base: from.signed() };
  if (stepCount > 0) out.steps = numbers(from, stepCount);
  if (head & 8) out.ring = { base: from.signed(), bytes: from.signed() };
  return out;
}

/** Writes one value as its descriptor says. */
export function packValue(out: ByteWriter, names: NameTable, field: NamedField, value: unknown, where: string): void {
  switch (field.kind) {
    case "integer":
      packNumber(out, value, where);
      return;
    case "boolean":
      out.byte(value ? 1 : 0);
      return;
    case "name":
      if (typeof value !== "string") misshapen(where, "a text", value);
      out.unsigned(names.intern(value as string));
      return;
    case "choice": {
      const index = field.values.indexOf(value as string);
      if (index < 0) misshapen(where, `one of ${field.values.join(", ")}`, value);
      out.byte(index);
      return;
    }
    case "list": {
      if (!Array.isArray(value)) misshapen(where, "a list", value);
      out.unsigned((value as number[]).length);
      for (const item of value as number[]) {
        if (item < 0) misshapen(where, "numbers from 0 up", value);
        packNumber(out, item, where);
      }
      return;
    }
    case "address":
      packAddress(out, value as Address, where);
      return;
    case "block":
      packAddress(out, (value as Block | undefined)?.address, where);
      packNumber(out, (value as Block).stride, `${where}.stride`);
      return;
    case "vector":
      packAddress(out, (value as VectorSource | undefined)?.address, where);
      for (const part of VECTOR_PARTS) packNumber(out, (value as VectorSource)[part], `${where}.${part}`);
      return;
    case "rowRange": {
      const range = value as { row0: number; rows: number };
      packNumber(out, range.row0, `${where}.row0`);
      packNumber(out, range.rows, `${where}.rows`);
      return;
    }
  }
}

/** Reads one value as its descriptor says. */
export function unpackValue(from: ByteReader, names: readonly string[], field: Field): unknown {
  switch (field.kind) {
    case "integer":
      return from.signed();
    case "boolean":
      return from.byte() !== 0;
    case "name":
      return lookUp(from, names, "a text");
    case "choice":
      return lookUp(from, field.values, "a word");
    case "list": {
      const at = from.position;
      const length = from.unsigned();
      if (length > from.left) throw new BytesError("a list is longer than what is left", at);
      return numbers(from, length);
    }
    case "address":
      return unpackAddress(from);
    case "block":
      return { address: unpackAddress(from), stride: from.signed() } satisfies Block;
    case "vector": {
      const out = { address: unpackAddress(from) } as VectorSource;
      for (const part of VECTOR_PARTS) out[part] = from.signed();
      return out;
    }
    case "rowRange":
      return { row0: from.signed(), rows: from.signed() };
  }
}

function lookUp(from: ByteReader, words: readonly string[], what: string): string {
  const at = from.position;
  const word = words[from.unsigned()];
  if (word === undefined) throw new BytesError(`${what} is not in its table`, at);
  return word;
}

/** Writes the fields of a record without optional ones (a row of a program's tables). */
export function packRow(out: ByteWriter, names: NameTable, fields: readonly NamedField[], row: object): void {
  for (const field of fields) packValue(out, names, field, (row as Values)[field.name], field.name);
}

/** Reads what `packRow` wrote. */
export function unpackRow(from: ByteReader, names: readonly string[], fields: readonly NamedField[]): Values {
  const out: Values = {};
  for (const field of fields) out[field.name] = unpackValue(from, names, field);
  return out;
}
