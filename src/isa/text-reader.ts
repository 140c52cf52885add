/**
 * Reading `.cim` text.
 * Everything wrong with a file is collected with its line and column and thrown at once (law 14).
 */
import type { Place } from "../base/index.js";
import { nearestName, UserError } from "../base/index.js";
import { CodeBuilder } from "./code.js";
import type { NamedField, Values } from "./field.js";
import { isOptional, VECTOR_PARTS } from "./field.js";
import { fieldsOf, OPCODE_INDEX } from "./fields.js";
import type { Instruction, Opcode, Post, Unit, Wait } from "./instruction.js";
import { OPCODES, UNITS } from "./instruction.js";
import { ProblemList } from "./problems.js";
import type { ArrayGroup, Program, TensorPlace } from "./program.js";
import type { TableName } from "./tables.js";
import { TABLES } from "./tables.js";
import { FIRST_OMITTED_PART, MNEMONICS, namingOf } from "./text.js";
import type { Token } from "./text-tokens.js";
import { linesOf, pairsOf, tokensOf } from "./text-tokens.js";
import { readNumber, readValue, ValueProblem } from "./text-values.js";

const WORDS = [...Object.keys(TABLES), "core", "stream"].map((word) => `.${word}`);
const MNEMONIC_LIST = [...OPCODES, ...Object.keys(MNEMONICS)];
const OUTERMOST_WORDS = ["tag", "tile", "group"] as const;

class Reader {
  readonly found = new ProblemList();
  private readonly program: Program = {
    name: "",
    chip: "",
    structureDigest: "",
    cores: 0,
    batch: 1,
    tags: [],
    tiles: [],
    groups: [],
    streams: [],
    tensors: [],
    resident: false,
  };
  private readonly codes = new Map<string, { core: number; unit: Unit; code: CodeBuilder }>();
  private readonly naming = namingOf(this.program);
  private line = 0;
  private headed = false;
  private core: number | undefined;
  private code: CodeBuilder | undefined;

  constructor(private readonly file: string | undefined) {}

  read(lines: Iterable<string>): Program {
    for (const line of lines) {
      this.line++;
      const tokens = tokensOf(line, (column, message) => this.problem("bad-line", column, message));
      if (tokens.length > 0) this.readLine(tokens);
      if (this.found.full) break;
    }
    this.line++;
    if (!this.headed && !this.found.full)
      this.problem("no-header", 1, "there is no .program line", {
        accepted: ".program name=… chip=… structure=… cores=…",
      });
    if (this.found.problems.length > 0) throw new UserError(this.found.problems);
    for (const { core, unit, code } of this.codes.values())
      this.program.streams.push({ core, unit, code: code.finish() });
    return this.program;
  }

  private problem(
    code: string,
    column: number,
    message: string,
    more: { seen?: string; accepted?: string; nearest?: string | undefined } = {},
  ): void {
    const place: Place = { line: this.line, column };
    if (this.file !== undefined) place.file = this.file;
    const { nearest, ...rest } = more;
    this.found.add({ code, message, place, ...rest, ...(nearest === undefined ? {} : { nearest }) });
  }

  private readLine(tokens: Token[]): void {
    const [head, ...rest] = tokens as [Token, ...Token[]];
    const word = head.text.slice(1);
    if (!head.text.startsWith(".")) this.readInstruction(head, rest);
    else if (word === "core" || word === "stream") this.readSection(word, head, rest);
    else if (Object.hasOwn(TABLES, word)) this.readTable(word as TableName, head, rest);
    else
      this.problem("unknown-section", head.column, "no such section", {
        seen: head.text,
        accepted: WORDS.join(", "),
        nearest: nearestName(head.text, WORDS),
      });
  }

  private readSection(word: "core" | "stream", head: Token, rest: Token[]): void {
    const [value] = rest;
    if (!value || rest.length > 1) {
      this.problem("bad-section", value ? rest[1]!.column : head.column, `.${word} takes one word`);
      return;
    }
    if (word === "core") {
      this.code = undefined;
      this.core = this.attempt(value, () => readNumber(value.text)) as number | undefined;
      return;
    }
    this.code = new CodeBuilder();
    if (!(UNITS as readonly string[]).includes(value.text)) {
      this.problem("unknown-unit", value.column, "no such stream", {
        seen: value.text,
        accepted: UNITS.join(", "),
        nearest: nearestName(value.text, UNITS),
      });
      return;
    }
    if (this.core === undefined) {
      this.problem("no-core", head.column, "a stream needs a .core line before it");
      return;
    }
    const key = `${this.core} ${value.text}`;
    if (this.codes.has(key))
      this.problem("doubled-stream", head.column, `core ${this.core} already has a stream ${value.text}`);
    else this.codes.set(key, { core: this.core, unit: value.text as Unit, code: this.code });
  }

  private readTable(table: TableName, head: Token, tokens: Token[]): void {
    const { program } = this;
    let rest = tokens;
    const indexed = (OUTERMOST_WORDS as readonly string[]).includes(table);
    if (indexed && rest[0] && /^[0-9]+$/.test(rest[0].text)) {
      const expected = program[`${table}s` as "tags"].length;
      if (Number(rest[0].text) !== expected)
        this.problem("wrong-index", rest[0].column, "indices count up from 0", {
          seen: rest[0].text,
          accepted: String(expected),
        });
      rest = rest.slice(1);
    }
    const values = this.readPairs(TABLES[table], head, rest);
    if (table === "program") {
      if (this.headed) this.problem("doubled-header", head.column, "there is a .program line already");
      this.headed = true;
      Object.assign(program, values);
    } else if (table === "piece") this.addInto(program.groups.at(-1)?.pieces, values, head, ".group");
    else if (table === "slice") this.addInto(program.tensors.at(-1)?.slices, values, head, ".tensor");
    else if (table === "group") {
      const group = { ...values, pieces: [] } as unknown as ArrayGroup;
      this.naming.groups.add(group.name ?? "", program.groups.push(group) - 1);
    } else if (table === "tensor") program.tensors.push({ ...values, slices: [] } as unknown as TensorPlace);
    else {
      const size = (program[`${table}s`] as unknown[]).push(values);
      if (table === "tile") this.naming.tiles.add(String(values["name"] ?? ""), size - 1);
    }
  }

  private addInto(list: object[] | undefined, values: Values, head: Token, parent: string): void {
    if (list) list.push(values);
    else this.problem("no-parent", head.column, `${head.text} needs a ${parent} line before it`);
  }

  private readInstruction(head: Token, rest: Token[]): void {
    if (!MNEMONIC_LIST.includes(head.text)) {
      this.problem("unknown-opcode", head.column, "no such instruction", {
        seen: head.text,
        nearest: nearestName(head.text, MNEMONIC_LIST),
      });
      return;
    }
    const op = MNEMONICS[head.text] ?? (head.text as Opcode);
    const before = this.found.problems.length;
    const values = this.readPairs(fieldsOf(op), head, rest, op);
    if (head.text === "MVMR" && values["rowRange"] === undefined)
      this.problem("missing-key", head.column, "MVMR needs rowRange", { accepted: "rowRange=row0:rows" });
    if (!this.code) this.problem("no-stream", head.column, "an instruction needs a .stream line before it");
    else if (this.found.problems.length === before && OPCODE_INDEX.has(op))
      this.code.push({ op, ...values } as unknown as Instruction);
  }

  /** Reads `key=value` pairs; with an opcode also wait, post and tag. */
  private readPairs(fields: readonly NamedField[], head: Token, tokens: Token[], op?: Opcode): Values {
    const vector = fields.find((field) => field.kind === "vector");
    const known = fields.map((field) => field.key);
    if (vector) known.push(...VECTOR_PARTS);
    if (op) known.push("wait", "post", "tag");
    const pairs = pairsOf(tokens, known, (column, code, message, more) => this.problem(code, column, message, more));
    const out: Values = {};
    const take = (key: string, read: (text: string) => unknown): unknown => {
      const token = pairs.get(key);
      return token ? this.attempt(token, () => read(token.text)) : undefined;
    };
    for (const field of fields) {
      const value = take(field.key, (text) => readValue(field, text, this.naming));
      if (value !== undefined) out[field.name] = value;
      else if (!pairs.has(field.key)) this.fallBack(field, head, out);
    }
    if (vector && out[vector.name] !== undefined)
      out[vector.name] = this.readVector(out[vector.name], pairs, head, take);
    if (op) {
      const waits = take("wait", readWaits);
      const posts = take("post", (text) => readPosts(text, this.core ?? 0));
      const tag = take("tag", readNumber);
      Object.assign(out, waits ? { waits } : {}, posts ? { posts } : {}, tag === undefined ? {} : { tag });
    }
    return out;
  }

  private fallBack(field: NamedField, head: Token, out: Values): void {
    if ("fallback" in field && field.fallback !== undefined) out[field.name] = field.fallback;
    else if (!isOptional(field))
      this.problem("missing-key", head.column, `${head.text} needs ${field.key}`, {
        accepted: `${field.key}=… (${field.about})`,
      });
  }

  private readVector(
    address: unknown,
    pairs: ReadonlyMap<string, Token>,
    head: Token,
    take: (key: string, read: (text: string) => unknown) => unknown,
  ): Values {
    const out: Values = { address };
    for (const [at, part] of VECTOR_PARTS.entries()) {
      if (pairs.has(part)) out[part] = take(part, readNumber);
      else if (at >= FIRST_OMITTED_PART) out[part] = 0;
      else this.problem("missing-key", head.column, `${head.text} needs ${part}`, { accepted: `${part}=…` });
    }
    return out;
  }

  private attempt(token: Token, read: () => unknown): unknown {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ValueProblem)) throw error;
      const { message, accepted, nearest } = error;
      this.problem("bad-value", token.column, message, { seen: token.text, accepted, nearest });
      return undefined;
    }
  }
}

function readCounts(text: string, accepted: string, sizes: readonly number[]): number[][] {
  return text.split(",").map((item) => {
    const parts = item.split(":");
    if (!sizes.includes(parts.length)) throw new ValueProblem(`"${item}" is not of that form`, accepted);
    return parts.map(readNumber);
  });
}

function readWaits(text: string): Wait[] {
  return readCounts(text, "semaphore:count,…", [2]).map(([semaphore, count]) => ({
    semaphore: semaphore!,
    count: count!,
  }));
}

function readPosts(text: string, here: number): Post[] {
  return readCounts(text, "semaphore:count,… or core:semaphore:count,…", [2, 3]).map((numbers) => {
    const [count, semaphore, core] = numbers.reverse();
    return { core: core ?? here, semaphore: semaphore!, count: count! };
  });
}

/** Reads a program from `.cim` text; throws a `UserError` with every problem found. */
export function parseProgram(source: string | Iterable<string>, file?: string): Program {
  return new Reader(file).read(typeof source === "string" ? linesOf(source) : source);
}
