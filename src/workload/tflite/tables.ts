/**
 * Checked access to the tables of a FlatBuffer, field by field in the order of the schema.
 * Inputs: the bytes of a file. Invariants: nothing is read outside the bytes; whatever leads outside is a CorruptFile
 * with the byte it happened at, and vectors are never longer than the file.
 */
import { ByteBuffer } from "flatbuffers";

/** Thrown where the bytes stop making sense. */
export class CorruptFile extends Error {}

/** One table of the buffer; fields are numbered from 0 in the order of the schema. */
export class Table {
  constructor(
    private readonly buffer: ByteBuffer,
    private readonly position: number,
  ) {}

  /** The root table of a file that carries the given identifier. */
  static root(bytes: Uint8Array, identifier: string): Table {
    const buffer = new ByteBuffer(bytes);
    check(buffer, 0, 8);
    if (!buffer.__has_identifier(identifier)) throw new CorruptFile(`the identifier ${identifier} is not at byte 4`);
    return new Table(buffer, follow(buffer, 0));
  }

  /** An unsigned byte. */
  byte(field: number, fallback = 0): number {
    return this.scalar(field, 1, (at) => this.buffer.readUint8(at), fallback);
  }

  /** A signed byte. */
  signedByte(field: number, fallback = 0): number {
    return this.scalar(field, 1, (at) => this.buffer.readInt8(at), fallback);
  }

  /** A signed 32-bit integer. */
  int(field: number, fallback = 0): number {
    return this.scalar(field, 4, (at) => this.buffer.readInt32(at), fallback);
  }

  /** A 32-bit floating-point number. */
  float(field: number, fallback = 0): number {
    return this.scalar(field, 4, (at) => this.buffer.readFloat32(at), fallback);
  }

  /** An unsigned 32-bit integer. */
  uint(field: number, fallback = 0): number {
    return this.int(field, fallback) >>> 0;
  }

  /** An unsigned 64-bit integer, as far as numbers reach. */
  ulong(field: number): number {
    return this.scalar(field, 8, (at) => Number(this.buffer.readUint64(at)), 0);
  }

  /** A text; empty where it is absent. */
  text(field: number): string {
    const bytes = this.bytes(field);
    return bytes === undefined ? "" : new TextDecoder().decode(bytes);
  }

  /** A table; undefined where it is absent. */
  table(field: number): Table | undefined {
    const at = this.at(field, 4);
    return at === undefined ? undefined : new Table(this.buffer, follow(this.buffer, at));
  }

  /** A vector of tables. */
  tables(field: number): Table[] {
    return this.vector(field, 4, (at) => new Table(this.buffer, follow(this.buffer, at)));
  }

  /** A vector of signed 32-bit integers. */
  ints(field: number): number[] {
    return this.vector(field, 4, (at) => this.buffer.readInt32(at));
  }

  /** A vector of 32-bit floating-point numbers. */
  floats(field: number): number[] {
    return this.vector(field, 4, (at) => this.buffer.readFloat32(at));
  }

  /** A vector of signed 64-bit integers, as far as numbers reach. */
  longs(field: number): number[] {
    return this.vector(field, 8, (at) => Number(this.buffer.readInt64(at)));
  }

  /** A vector of bytes as a view into the file; undefined where it is absent. */
  bytes(field: number): Uint8Array | undefined {
    const found = this.extent(field, 1);
    return found === undefined ? undefined : this.buffer.bytes().subarray(found.start, found.start + found.length);
  }

  private scalar(field: number, size: number, read: (at: number) => number, fallback: number): number {
    const at = this.at(field, size);
    return at === undefined ? fallback : read(at);
  }

  private vector<T>(field: number, size: number, read: (at: number) => T): T[] {
    const found = this.extent(field, size);
    if (found === undefined) return [];
    return Array.from({ length: found.length }, (_, index) => read(found.start + size * index));
  }

  private extent(field: number, size: number): { start: number; length: number } | undefined {
    const at = this.at(field, 4);
    if (at === undefined) return undefined;
    const start = follow(this.buffer, at) + 4;
    const length = this.buffer.readInt32(start - 4) >>> 0;
    check(this.buffer, start, length * size);
    return { start, length };
  }

  /** Where a field lies, by the table's own list of offsets; undefined where the field has its default. */
  private at(field: number, size: number): number | undefined {
    const { buffer, position } = this;
    check(buffer, position, 4);
    const list = position - buffer.readInt32(position);
    check(buffer, list, 4);
    const listed = buffer.readInt16(list) & 0xffff;
    const entry = 4 + 2 * field;
    if (entry + 2 > listed) return undefined;
    check(buffer, list, entry + 2);
    const offset = buffer.readInt16(list + entry) & 0xffff;
    if (offset === 0) return undefined;
    check(buffer, position + offset, size);
    return position + offset;
  }
}

/** The position an offset at `at` points to; there are at least 4 bytes. */
function follow(buffer: ByteBuffer, at: number): number {
  check(buffer, at, 4);
  const target = at + (buffer.readInt32(at) >>> 0);
  check(buffer, target, 4);
  return target;
}

function check(buffer: ByteBuffer, at: number, size: number): void {
  if (at < 0 || at + size > buffer.capacity())
    throw new CorruptFile(`it refers to ${size} bytes at byte ${at}, but has ${buffer.capacity()} bytes`);
}
