/** docs/isa.md: its tables are the descriptors', its example reads, is legal and is canonical. */
import { readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import {
  checkProgram,
  type Field,
  formatProgram,
  INSTRUCTIONS,
  isOptional,
  OPCODES,
  parseProgram,
  TABLES,
  UNIT_OF,
} from "../../src/isa/index.js";
import { smallLimits } from "./legal.js";

const place = new URL("../../docs/isa.md", import.meta.url);

function kindOf(field: Field): string {
  switch (field.kind) {
    case "choice":
      return field.values.map((value) => `\`${value}\``).join(" ");
    case "address":
    case "block":
    case "vector": {
      const chip = "role" in field && field.role ? ", the one the chip's arrays use" : "";
      return `${field.kind === "vector" ? "input vector" : field.kind} in ${field.spaces.map((space) => `\`${space}\``).join(" ")}${chip}`;
    }
    case "rowRange":
      return "rows of a piece";
    case "integer":
      return `number${field.minimum === undefined ? "" : ` ≥ ${field.minimum}`}`;
    default:
      return field.kind;
  }
}

const cell = (text: string): string => text.replaceAll("|", "\\|");

function instructionTable(): string[] {
  const lines = ["| instruction | stream | meaning | operand | form | |", "|---|---|---|---|---|---|"];
  for (const op of OPCODES) {
    const { about, fields } = INSTRUCTIONS[op];
    const head = [`\`${op}\``, UNIT_OF[op] ?? "any", about];
    const rows = Object.entries(fields as Record<string, Field>).map(([name, field]) => [
      isOptional(field) ? `[\`${name}\`]` : `\`${name}\``,
      kindOf(field),
      field.about,
    ]);
    if (rows.length === 0) rows.push(["–", "", ""]);
    rows.forEach((row, index) => {
      lines.push(`| ${[...(index === 0 ? head : ["", "", ""]), ...row].map(cell).join(" | ")} |`);
    });
  }
  return lines;
}

function tableTable(): string[] {
  const lines = ["| line | key | form | meaning | where left out |", "|---|---|---|---|---|"];
  for (const [table, fields] of Object.entries(TABLES))
    fields.forEach((field, index) => {
      const fallback = "fallback" in field && field.fallback !== undefined ? String(field.fallback) : "";
      const row = [index === 0 ? `\`.${table}\`` : "", `\`${field.key}\``, kindOf(field), field.about, fallback];
      lines.push(`| ${row.map(cell).join(" | ")} |`);
    });
  return lines;
}

/** The text with the lines between two markers replaced. */
function filled(text: string, name: string, lines: string[]): string {
  const parts = new RegExp(`(<!-- ${name}: [^>]*-->\n)[\\s\\S]*?(<!-- end of ${name} -->)`);
  expect(text).toMatch(parts);
  return text.replace(parts, (_, head, tail) => `${head}\n${lines.join("\n")}\n\n${tail}`);
}

it("has the tables the descriptors make", () => {
  const text = readFileSync(place, "utf8");
  const expected = filled(filled(text, "instructions", instructionTable()), "tables", tableTable());
  if (process.env["UPDATE_DOCS"]) writeFileSync(place, expected);
  expect(readFileSync(place, "utf8")).toBe(expected);
});

it("has an example that reads, is legal, and is canonical but for its comments", () => {
  const example = /```cim\n([\s\S]*?)```/.exec(readFileSync(place, "utf8"))![1]!;
  const program = parseProgram(example, "docs/isa.md");
  expect(checkProgram(program, smallLimits)).toStrictEqual([]);
  expect(formatProgram(program)).toBe(example.replace(/ +;.*$/gm, ""));
});
