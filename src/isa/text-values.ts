/**
 * Values in text: how each kind of field is written, and read back.
 * Both directions of a kind stand side by side here; `text.ts` and `text-reader.ts` put them into lines.
 */
import { nearestName } from "../base/index.js";
import type { NamedField } from "./field.js";
import type { Address, Block } from "./instruction.js";
import { SPACES } from "./instruction.js";
import { LARGEST_NUMBER } from "./pack.js";

/** Longest list a range may stand for. */
const LONGEST_LIST = 65536;
const NUMBER = "-?(?:0x[0-9a-fA-F]+|[0-9]+)";
const ADDRESS = new RegExp(
  `^([A-Za-z]+):(${NUMBER})((?:[+-](?:0x[0-9a-fA-F]+|[0-9]+)i[0-9]+)*)(?:@ring\\((${NUMBER}),(${NUMBER})\\))?$`,
);
const STEP = /([+-])(0x[0-9a-fA-F]+|[0-9]+)i([0-9]+)/g;
const BARE_TEXT = /^[A-Za-z0-9_.:/#+-]+$/;
const BARE_NAME = /^[A-Za-z_/][A-Za-z0-9_.:/#+-]*$/;

/** What is wrong with a text that should be a value. */
export class ValueProblem extends Error {
  constructor(
    message: string,
    readonly accepted: string,
    readonly nearest?: string,
  ) {
    super(message);
  }
}

/** Names of tiles or groups that stand for their index: those that are unique and cannot be taken for a number or list. */
export class References {
  private readonly indices = new Map<string, number>();
  private readonly doubled = new Set<string>();

  constructor(private readonly what: string) {}

  add(name: string, index: number): void {
    if (!BARE_NAME.test(name) || name === "none") return;
    if (this.indices.has(name)) this.doubled.add(name);
    else this.indices.set(name, index);
  }

  /** The index as a name where it has one of its own, else as a number. */
  write(index: number, name: string | undefined): string {
    return name !== undefined && this.indices.get(name) === index && !this.doubled.has(name) ? name : String(index);
  }

  /** The index a name or number stands for. */
  read(text: string): number {
    if (/^-?[0-9]/.test(text)) return readNumber(text);
    const index = this.indices.get(text);
    if (index !== undefined && !this.doubled.has(text)) return index;
    const several = this.doubled.has(text) ? `several ${this.what}s are named "${text}"` : `no such ${this.what}`;
    throw new ValueProblem(several, `a ${this.what} named above, or its index`, nearestName(text, this.indices.keys()));
  }
}

/** The names a program's text may use for tiles and groups. */
export interface Naming {
  tiles: References;
  groups: References;
  /** Name of a tile or group by index, for writing. */
  tileName(index: number): string | undefined;
  groupName(index: number): string | undefined;
}

/** A text as it stands in a line: bare where it can be, else in JSON quotes. */
export function writeText(text: string): string {
  return BARE_TEXT.test(text) ? text : JSON.stringify(text);
}

/** An address: `lm:128+16i0+64i1@ring(0,4096)`. */
export function writeAddress(address: Address): string {
  let text = `${address.space}:${address.base}`;
  address.steps?.forEach((step, level) => {
    if (step !== 0) text += `${step < 0 ? "" : "+"}${step}i${level}`;
  });
  if (address.ring) text += `@ring(${address.ring.base},${address.ring.bytes})`;
  return text;
}

/** A list: runs of three and more as `first-last`, an empty one as `none`. */
function writeList(values: readonly number[]): string {
  if (values.length === 0) return "none";
  const parts: string[] = [];
  for (let from = 0; from < values.length; ) {
    let to = from;
    while (to + 1 < values.length && values[to + 1] === values[to]! + 1) to++;
    if (to - from >= 2) parts.push(`${values[from]}-${values[to]}`);
    else for (let at = from; at <= to; at++) parts.push(String(values[at]));
    from = to + 1;
  }
  return parts.join(",");
}

/** One value as text; vector sources are spread over several keys and are not written here. */
export function writeValue(field: NamedField, value: unknown, naming: Naming): string {
  switch (field.kind) {
    case "integer":
      return field.refers === "tiles"
        ? naming.tiles.write(value as number, naming.tileName(value as number))
        : String(value);
    case "boolean":
    case "choice":
      return String(value);
    case "name":
      return writeText(value as string);
    case "list": {
      const list = value as number[];
      if (field.refers !== "groups" || list.length === 0) return writeList(list);
      const names = list.map((index) => naming.groups.write(index, naming.groupName(index)));
      return names.some((name) => /^[0-9]/.test(name)) ? writeList(list) : names.join(",");
    }
    case "address":
    case "vector":
      return writeAddress(field.kind === "vector" ? (value as { address: Address }).address : (value as Address));
    case "block":
      return `${writeAddress((value as Block).address)}/${(value as Block).stride}`;
    case "rowRange":
      return `${(value as { row0: number }).row0}:${(value as { rows: number }).rows}`;
  }
}

/** Reads a whole number, decimal or 0x. */
export function readNumber(text: string): number {
  const match = /^(-?)(0x[0-9a-fA-F]+|[0-9]+)$/.exec(text);
  const value = match ? Number(match[2]) : Number.NaN;
  if (!(value <= LARGEST_NUMBER)) throw new ValueProblem("not a whole number", "a whole number up to 2^52");
  return match![1] && value !== 0 ? -value : value;
}

/** Reads an address. */
export function readAddress(text: string): Address {
  const match = ADDRESS.exec(text);
  if (!match)
    throw new ValueProblem(
      "not an address",
      "space:base+step i level@ring(base,bytes), as lm:128+16i0+64i1@ring(0,4096)",
    );
  const [, space, base, steps, ringBase, ringBytes] = match;
  if (!(SPACES as readonly string[]).includes(space!))
    throw new ValueProblem(`no such space "${space}"`, SPACES.join(", "), nearestName(space!, SPACES));
  const out: Address = { space: space as Address["space"], base: readNumber(base!) };
  const values: number[] = [];
  for (const [, sign, size, levelText] of steps!.matchAll(STEP)) {
    const level = Number(levelText);
    if (level > 63) throw new ValueProblem(`no loop level ${levelText}`, "levels from 0 (outermost) up");
    if (values[level] !== undefined) throw new ValueProblem(`two steps for loop level ${level}`, "one step a level");
    values[level] = readNumber(sign === "-" ? `-${size}` : size!);
  }
  while (values.length > 0 && !values.at(-1)) values.pop();
  if (values.length > 0) out.steps = Array.from(values, (step) => step ?? 0);
  if (ringBase !== undefined) out.ring = { base: readNumber(ringBase), bytes: readNumber(ringBytes!) };
  return out;
}

function readList(text: string, readItem: (item: string) => number): number[] {
  if (text === "none") return [];
  const out: number[] = [];
  for (const item of text.split(",")) {
    const range = /^([0-9]+)-([0-9]+)$/.exec(item);
    const first = range ? readNumber(range[1]!) : readItem(item);
    const last = range ? readNumber(range[2]!) : first;
    if (first < 0) throw new ValueProblem("a negative number in a list", "numbers from 0 up");
    if (last < first) throw new ValueProblem(`the range ${item} runs backwards`, "first-last");
    if (out.length + last - first >= LONGEST_LIST)
      throw new ValueProblem("the list is too long", `at most ${LONGEST_LIST} items`);
    for (let value = first; value <= last; value++) out.push(value);
  }
  return out;
}

function readText(text: string): string {
  if (!text.startsWith('"')) {
    if (text === "") throw new ValueProblem("nothing behind =", 'a word, or a text in double quotes ("" for none)');
    return text;
  }
  try {
    return JSON.parse(text) as string;
  } catch {
    throw new ValueProblem("not a quoted text", "a text in double quotes, as in JSON");
  }
}

/** Reads one value; throws a `ValueProblem` where the text is not one. */
export function readValue(field: NamedField, text: string, naming: Naming): unknown {
  switch (field.kind) {
    case "integer":
      return field.refers === "tiles" ? naming.tiles.read(text) : readNumber(text);
    case "boolean":
      if (text !== "true" && text !== "false") throw new ValueProblem("neither true nor false", "true, false");
      return text === "true";
    case "choice":
      if (!field.values.includes(text))
        throw new ValueProblem(`no such ${field.name}`, field.values.join(", "), nearestName(text, field.values));
      return text;
    case "name":
      return readText(text);
    case "list":
      return readList(text, field.refers === "groups" ? (item) => naming.groups.read(item) : readNumber);
    case "address":
    case "vector":
      return readAddress(text);
    case "block": {
      const slash = text.lastIndexOf("/");
      if (slash < 0) throw new ValueProblem("no row stride", "address/stride, as lm:0/1792");
      return { address: readAddress(text.slice(0, slash)), stride: readNumber(text.slice(slash + 1)) };
    }
    case "rowRange": {
      const parts = text.split(":");
      if (parts.length !== 2) throw new ValueProblem("not a range of rows", "row0:rows");
      return { row0: readNumber(parts[0]!), rows: readNumber(parts[1]!) };
    }
  }
}
