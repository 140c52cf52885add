/**
 * Writing `.cim` text: a stream of lines, so that a large program needs no large string.
 * The text is canonical: equal programs have equal texts, and reading it gives the program back.
 */
import type { NamedField, Values } from "./field.js";
import { VECTOR_PARTS } from "./field.js";
import { fieldsOf } from "./fields.js";
import type { Instruction, Opcode } from "./instruction.js";
import type { Program } from "./program.js";
import type { TableName } from "./tables.js";
import { TABLES } from "./tables.js";
import type { Naming } from "./text-values.js";
import { References, writeValue } from "./text-values.js";

/** Names that stand for an opcode with particular operands. */
export const MNEMONICS: Readonly<Record<string, Opcode>> = { WBC: "WWR", MVMM: "MVM", MVMR: "MVM" };

/** The name an instruction has in text: its opcode, or WBC, MVMM, MVMR. */
export function mnemonicOf(instruction: Instruction): string {
  if (instruction.op === "WWR" && instruction.arrays.length > 1) return "WBC";
  if (instruction.op !== "MVM") return instruction.op;
  if (instruction.rowRange) return "MVMR";
  return instruction.groups.length > 1 ? "MVMM" : "MVM";
}

/** Parts of a vector source from here on are left out of text where they are 0. */
export const FIRST_OMITTED_PART = VECTOR_PARTS.indexOf("headRows");

/** The names a program's tiles and groups have in its text. */
export function namingOf(program: Pick<Program, "tiles" | "groups">): Naming {
  const tiles = new References("tile");
  const groups = new References("group");
  program.tiles.forEach((tile, index) => {
    tiles.add(tile.name, index);
  });
  program.groups.forEach((group, index) => {
    groups.add(group.name, index);
  });
  return {
    tiles,
    groups,
    tileName: (index) => program.tiles[index]?.name,
    groupName: (index) => program.groups[index]?.name,
  };
}

function* pairs(fields: readonly NamedField[], values: Values, naming: Naming): Iterable<string> {
  for (const field of fields) {
    const value = values[field.name];
    if (value === undefined) continue;
    yield `${field.key}=${writeValue(field, value, naming)}`;
    if (field.kind !== "vector") continue;
    for (const [at, part] of VECTOR_PARTS.entries()) {
      const number = (value as Values)[part];
      if (at < FIRST_OMITTED_PART || number !== 0) yield `${part}=${number}`;
    }
  }
}

/** One instruction as a line without its indentation; `core` is the core of its stream. */
export function instructionText(instruction: Instruction, core: number, naming: Naming): string {
  const parts = [mnemonicOf(instruction)];
  for (const pair of pairs(fieldsOf(instruction.op), instruction as unknown as Values, naming)) parts.push(pair);
  const { waits, posts, tag } = instruction;
  if (waits && waits.length > 0)
    parts.push(`wait=${waits.map(({ semaphore, count }) => `${semaphore}:${count}`).join(",")}`);
  if (posts && posts.length > 0)
    parts.push(
      `post=${posts.map((post) => `${post.core === core ? "" : `${post.core}:`}${post.semaphore}:${post.count}`).join(",")}`,
    );
  if (tag !== undefined) parts.push(`tag=${tag}`);
  return parts.join(" ");
}

function tableLine(table: TableName, row: object, naming: Naming, index?: number): string {
  const parts = [`.${table}`];
  if (index !== undefined) parts.push(String(index));
  for (const pair of pairs(TABLES[table], row as Values, naming)) parts.push(pair);
  return parts.join(" ");
}

/** The lines of a program's text, without line ends. */
export function* programLines(program: Program): Generator<string> {
  const naming = namingOf(program);
  yield tableLine("program", program, naming);
  for (const [index, tag] of program.tags.entries()) yield tableLine("tag", tag, naming, index);
  for (const [index, tile] of program.tiles.entries()) yield tableLine("tile", tile, naming, index);
  for (const [index, group] of program.groups.entries()) {
    yield tableLine("group", group, naming, index);
    for (const piece of group.pieces) yield `  ${tableLine("piece", piece, naming)}`;
  }
  for (const tensor of program.tensors) {
    yield tableLine("tensor", tensor, naming);
    for (const slice of tensor.slices) yield `  ${tableLine("slice", slice, naming)}`;
  }
  let core: number | undefined;
  for (const stream of program.streams) {
    if (stream.core !== core) {
      yield "";
      yield `.core ${stream.core}`;
    }
    core = stream.core;
    yield `.stream ${stream.unit}`;
    let depth = 1;
    for (let index = 0; index < stream.code.length; index++) {
      const instruction = stream.code.at(index);
      if (instruction.op === "ENDL") depth = Math.max(1, depth - 1);
      yield "  ".repeat(depth) + instructionText(instruction, core, naming);
      if (instruction.op === "LOOP") depth++;
    }
  }
}

/** A whole program as one text; for large ones write `programLines` out as they come. */
export function formatProgram(program: Program): string {
  let text = "";
  for (const line of programLines(program)) text += `${line}\n`;
  return text;
}
