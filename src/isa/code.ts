/**
 * Packed code: the struct-of-arrays form of one stream.
 * Columns: one opcode byte and one offset an instruction; its operands lie behind the offset in a pool of bytes (`pack.ts`), texts
 * in a table of their own. A typical instruction takes 25 to 60 bytes. `at` hands out a fresh object, in canonical form: no empty
 * waits, posts or steps, no trailing zero steps, no absent options.
 */
import { InternalError } from "../base/index.js";
import type { NamedField, Values } from "./field.js";
import { isOptional } from "./field.js";
import { FIELDS, OPCODE_INDEX } from "./fields.js";
import type { Instruction, Post, Wait } from "./instruction.js";
import { OPCODES } from "./instruction.js";
import { ByteReader, BytesError, ByteWriter, NameTable, packNumber, packValue, unpackValue } from "./pack.js";
import type { Code } from "./program.js";

/** Bits of an instruction's first pool byte; optional fields take the bits above. */
const HAS_TAG = 1;
const HAS_WAITS = 2;
const HAS_POSTS = 4;
const FIRST_OPTION = 8;

/** The optional fields of every opcode, in order of their presence bits. */
const OPTIONS: readonly (readonly NamedField[])[] = FIELDS.map((fields) => fields.filter(isOptional));

/** The fields of every opcode in order, each with its presence bit; 0 where it is always there. */
const READ: readonly (readonly { field: NamedField; name: string; bit: number }[])[] = FIELDS.map((fields, opcode) =>
  fields.map((field) => ({
    field,
    name: field.name,
    bit: isOptional(field) ? FIRST_OPTION << OPTIONS[opcode]!.indexOf(field) : 0,
  })),
);

/** One stream's code, packed. */
export class PackedCode implements Code {
  readonly length: number;

  constructor(
    /** Index in `OPCODES` of every instruction. */
    readonly opcodes: Uint8Array,
    /** Where each instruction's operands begin in the pool. */
    readonly offsets: Uint32Array,
    readonly pool: Uint8Array,
    /** Texts the operands name. */
    readonly names: readonly string[],
  ) {
    this.length = opcodes.length;
  }

  /** Bytes the columns and the pool take. */
  get byteLength(): number {
    return this.opcodes.byteLength + this.offsets.byteLength + this.pool.byteLength;
  }

  opcodeAt(index: number): number {
    this.mustHold(index);
    return this.opcodes[index]!;
  }

  at(index: number): Instruction {
    this.mustHold(index);
    return readInstruction(new ByteReader(this.pool, this.offsets[index]!), this.names, this.opcodes[index]!);
  }

  private mustHold(index: number): void {
    if (!Number.isInteger(index) || index < 0 || index >= this.length)
      throw new InternalError(`instruction ${index} of a code of ${this.length}`);
  }
}

/** Reads one instruction's operands from a pool. */
export function readInstruction(from: ByteReader, names: readonly string[], opcode: number): Instruction {
  const op = OPCODES[opcode];
  if (op === undefined) throw new BytesError(`there is no opcode ${opcode}`, from.position);
  const flags = from.byte();
  const out: Values = { op };
  for (const { field, name, bit } of READ[opcode]!)
    if (bit === 0 || (flags & bit) !== 0) out[name] = unpackValue(from, names, field);
  if (flags & HAS_WAITS) {
    const waits: Wait[] = [];
    for (let left = from.unsigned(); left > 0; left--) waits.push({ semaphore: from.signed(), count: from.signed() });
    out["waits"] = waits;
  }
  if (flags & HAS_POSTS) {
    const posts: Post[] = [];
    for (let left = from.unsigned(); left > 0; left--)
      posts.push({ core: from.signed(), semaphore: from.signed(), count: from.signed() });
    out["posts"] = posts;
  }
  if (flags & HAS_TAG) out["tag"] = from.signed();
  return out as unknown as Instruction;
}

/** Packs instructions as they come. */
export class CodeBuilder {
  private readonly opcodes = new ByteWriter();
  private offsets = new Uint32Array(64);
  private readonly pool = new ByteWriter();
  private readonly names = new NameTable();

  get length(): number {
    return this.opcodes.length;
  }

  /** Appends one instruction and returns its index; its shape is looked at, its meaning is not (see `checkProgram`). */
  push(instruction: Instruction): number {
    const opcode = OPCODE_INDEX.get(instruction.op);
    if (opcode === undefined) throw new InternalError(`no opcode ${String(instruction.op)}`);
    const index = this.length;
    if (index === this.offsets.length) {
      const grown = new Uint32Array(index * 2);
      grown.set(this.offsets);
      this.offsets = grown;
    }
    this.offsets[index] = this.pool.length;
    this.write(instruction, opcode);
    this.opcodes.byte(opcode);
    return index;
  }

  /** The code so far. */
  finish(): PackedCode {
    const { names } = this.names;
    return new PackedCode(
      this.opcodes.finish(),
      this.offsets.slice(0, this.length),
      this.pool.finish(),
      Object.freeze([...names]),
    );
  }

  private write(instruction: Instruction, opcode: number): void {
    const { waits, posts, tag } = instruction;
    const values = instruction as unknown as Values;
    const { pool } = this;
    let flags = tag === undefined ? 0 : HAS_TAG;
    if (waits && waits.length > 0) flags |= HAS_WAITS;
    if (posts && posts.length > 0) flags |= HAS_POSTS;
    OPTIONS[opcode]!.forEach((field, bit) => {
      if (values[field.name] !== undefined) flags |= FIRST_OPTION << bit;
    });
    pool.byte(flags);
    for (const field of FIELDS[opcode]!) {
      const value = values[field.name];
      if (value === undefined && isOptional(field)) continue;
      packValue(pool, this.names, field, value, `${instruction.op} ${field.name}`);
    }
    if (flags & HAS_WAITS) {
      pool.unsigned(waits!.length);
      for (const wait of waits!) {
        packNumber(pool, wait.semaphore, "wait.semaphore");
        packNumber(pool, wait.count, "wait.count");
      }
    }
    if (flags & HAS_POSTS) {
      pool.unsigned(posts!.length);
      for (const post of posts!) {
        packNumber(pool, post.core, "post.core");
        packNumber(pool, post.semaphore, "post.semaphore");
        packNumber(pool, post.count, "post.count");
      }
    }
    if (flags & HAS_TAG) packNumber(pool, tag, "tag");
  }
}

/** Packs a list of instructions. */
export function packCode(instructions: Iterable<Instruction>): PackedCode {
  const builder = new CodeBuilder();
  for (const instruction of instructions) builder.push(instruction);
  return builder.finish();
}

/** Any code in packed form; packed code as it is. */
export function packedForm(code: Code): PackedCode {
  if (code instanceof PackedCode) return code;
  const builder = new CodeBuilder();
  for (let index = 0; index < code.length; index++) builder.push(code.at(index));
  return builder.finish();
}
