/**
 * The binary form of a program, little-endian:
 * magic (8 bytes), version (u32), sections (u32), then each section as length (u32), the first 8 bytes of SHA-256 over its
 * content, and the content. The first section holds the static tables, each further one a stream: its texts, then its columns
 * (opcodes u8, offsets u32) and its pool. Loops stay loops. Equal programs have equal bytes.
 */
import type { Problem } from "../base/index.js";
import { digestBytes, UserError } from "../base/index.js";
import { PackedCode, packedForm, readInstruction } from "./code.js";
import type { NamedField, Values } from "./field.js";
import { UNITS } from "./instruction.js";
import { ByteReader, BytesError, ByteWriter, NameTable, packRow, unpackRow } from "./pack.js";
import type { ArrayGroup, Piece, Program, Stream, Tag, TensorPlace, Tile } from "./program.js";
import { TABLES } from "./tables.js";

/** The first bytes of every binary program. */
export const MAGIC = "WORDLINE";
/** The version this code writes, and the only one it reads. */
export const BINARY_VERSION = 1;

function u32(out: ByteWriter, value: number): void {
  for (let shift = 0; shift < 32; shift += 8) out.byte((value >>> shift) & 0xff);
}

function readU32(from: ByteReader): number {
  const bytes = from.raw(4);
  return bytes[0]! + bytes[1]! * 0x100 + bytes[2]! * 0x10000 + bytes[3]! * 0x1000000;
}

function checksumOf(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(digestBytes(bytes).match(/../g)!, (pair) => Number.parseInt(pair, 16));
}

function packTables(program: Program): Uint8Array {
  const names = new NameTable();
  const rows = new ByteWriter();
  const put = (fields: readonly NamedField[], list: readonly object[], inner?: (row: never) => void): void => {
    rows.unsigned(list.length);
    for (const row of list) {
      packRow(rows, names, fields, row);
      inner?.(row as never);
    }
  };
  packRow(rows, names, TABLES.program, program);
  put(TABLES.tag, program.tags);
  put(TABLES.tile, program.tiles);
  put(TABLES.group, program.groups, (group: ArrayGroup) => put(TABLES.piece, group.pieces));
  put(TABLES.tensor, program.tensors, (tensor: TensorPlace) => put(TABLES.slice, tensor.slices));
  const out = new ByteWriter();
  packNames(out, names.names);
  out.raw(rows.finish());
  return out.finish();
}

function packNames(out: ByteWriter, names: readonly string[]): void {
  out.unsigned(names.length);
  for (const name of names) out.text(name);
}

function packStream(stream: Stream): Uint8Array {
  const code = packedForm(stream.code);
  const out = new ByteWriter();
  out.signed(stream.core);
  out.byte(UNITS.indexOf(stream.unit));
  packNames(out, code.names);
  u32(out, code.length);
  u32(out, code.pool.length);
  out.raw(code.opcodes);
  for (const offset of code.offsets) u32(out, offset);
  out.raw(code.pool);
  return out.finish();
}

/** A program as bytes. */
export function encodeProgram(program: Program): Uint8Array {
  const out = new ByteWriter();
  out.raw(new TextEncoder().encode(MAGIC));
  u32(out, BINARY_VERSION);
  u32(out, 1 + program.streams.length);
  const section = (content: Uint8Array): void => {
    u32(out, content.length);
    out.raw(checksumOf(content));
    out.raw(content);
  };
  section(packTables(program));
  for (const stream of program.streams) section(packStream(stream));
  return out.finish();
}

function unpackNames(from: ByteReader): string[] {
  const names: string[] = [];
  for (let left = from.unsigned(); left > 0; left--) names.push(from.text());
  return names;
}

function unpackTables(from: ByteReader): Program {
  const names = unpackNames(from);
  const get = <Row>(fields: readonly NamedField[], inner?: () => Values): Row[] => {
    const rows: Row[] = [];
    for (let left = from.unsigned(); left > 0; left--) {
      const row = unpackRow(from, names, fields);
      rows.push((inner ? Object.assign(row, inner()) : row) as Row);
    }
    return rows;
  };
  const header = unpackRow(from, names, TABLES.program);
  return {
    ...(header as unknown as Program),
    tags: get<Tag>(TABLES.tag),
    tiles: get<Tile>(TABLES.tile),
    groups: get<ArrayGroup>(TABLES.group, () => ({ pieces: get<Piece>(TABLES.piece) })),
    tensors: get<TensorPlace>(TABLES.tensor, () => ({ slices: get<Values>(TABLES.slice) })),
    streams: [],
  };
}

function unpackStream(from: ByteReader): Stream {
  const core = from.signed();
  const unit = UNITS[from.byte()];
  if (unit === undefined) throw new BytesError("there is no such unit", from.position - 1);
  const names = unpackNames(from);
  const length = readU32(from);
  const poolLength = readU32(from);
  const opcodes = from.raw(length).slice();
  if (length * 4 > from.left) throw new BytesError("it ends too early", from.position);
  const offsets = Uint32Array.from({ length }, () => readU32(from));
  const poolStart = from.position;
  const pool = from.raw(poolLength).slice();
  const walk = new ByteReader(pool);
  try {
    for (let index = 0; index < length; index++) {
      if (offsets[index] !== walk.position) throw new BytesError(`instruction ${index} is out of place`, walk.position);
      readInstruction(walk, names, opcodes[index]!);
    }
    if (walk.left > 0) throw new BytesError("bytes are left over", walk.position);
  } catch (error) {
    throw error instanceof BytesError ? new BytesError(error.message, poolStart + error.offset) : error;
  }
  return { core, unit, code: new PackedCode(opcodes, offsets, pool, names) };
}

/** Reads a program from bytes; throws a `UserError` with the offset where they are cut off or damaged. */
export function decodeProgram(bytes: Uint8Array, file?: string): Program {
  const refuse = (code: string, message: string, more: Partial<Problem> = {}): never => {
    throw new UserError({ code, message, ...(file === undefined ? {} : { place: { file } }), ...more });
  };
  const magic = new TextEncoder().encode(MAGIC);
  if (magic.some((byte, index) => bytes[index] !== byte))
    refuse("not-a-program", "this is no binary Wordline program", { accepted: `a file that begins with ${MAGIC}` });
  const from = new ByteReader(bytes, magic.length);
  try {
    const version = readU32(from);
    if (version !== BINARY_VERSION)
      refuse("unknown-version", "unknown version", { seen: String(version), accepted: String(BINARY_VERSION) });
    const sections = readU32(from);
    if (sections < 1) throw new BytesError("it has no tables", magic.length + 4);
    let program: Program | undefined;
    for (let section = 0; section < sections; section++) {
      const length = readU32(from);
      const checksum = from.raw(8);
      const start = from.position;
      const content = from.raw(length);
      if (checksumOf(content).some((byte, index) => checksum[index] !== byte))
        throw new BytesError(`section ${section} is damaged: its checksum differs`, start);
      const inside = new ByteReader(bytes, start, start + length);
      if (program) program.streams.push(unpackStream(inside));
      else program = unpackTables(inside);
      if (inside.left > 0) throw new BytesError(`section ${section} is too long`, inside.position);
    }
    if (from.left > 0) throw new BytesError("there is more behind its end", from.position);
    return program!;
  } catch (error) {
    if (!(error instanceof BytesError)) throw error;
    return refuse(
      "damaged-program",
      `the program cannot be read at byte ${error.offset} of ${bytes.length}: ${error.message}`,
    );
  }
}
