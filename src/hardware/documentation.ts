/** The generated parts of docs/chips.md: tables of every field and of the chips that come with the package. A test keeps the page equal to them. */
import type * as z from "zod";
import { formatSi } from "../base/index.js";
import { describeChip } from "./describe.js";
import { acceptedText } from "./issues.js";
import { listChips } from "./presets.js";
import { chipSchema } from "./schema.js";
import { shapeOf, taggedOptions, unwrap } from "./schema-walk.js";

/** Markdown tables of every field of a chip file, one table an object. */
export function fieldTables(): string {
  return schemaTables("chip", chipSchema);
}

/** Markdown tables of every field of a file of this schema, one table an object. */
export function schemaTables(title: string, schema: z.ZodType): string {
  return section("", title, schema).join("\n");
}

/** The table of one object, then those of the objects in it. */
function section(path: string, title: string, schema: z.ZodType): string[] {
  const lines = [`#### \`${title}\``, "", `${unwrap(schema).description}.`, ""];
  lines.push("| field | meaning | accepted | default |", "|---|---|---|---|");
  const inner: string[] = [];
  for (const [name, field] of Object.entries(shapeOf(unwrap(schema).schema)!)) {
    const { schema: bare, description, defaultValue, optional } = unwrap(field);
    const fieldPath = path === "" ? name : `${path}.${name}`;
    const options = taggedOptions(bare);
    const isObject = shapeOf(bare) !== undefined;
    const accepted = options
      ? options.map((option) => `\`${option.tag}: ${option.value}\``).join(" or ")
      : isObject
        ? `see \`${fieldPath}\``
        : acceptedText(bare);
    const standard = !optional ? "required" : defaultValue === undefined ? "–" : defaultText(defaultValue);
    lines.push(`| \`${name}\` | ${description} | ${accepted} | ${standard} |`);
    for (const option of options ?? [])
      inner.push(...section(fieldPath, `${fieldPath} with ${option.tag}: ${option.value}`, option.schema));
    if (isObject) inner.push(...section(fieldPath, fieldPath, field));
  }
  return [...lines, "", ...inner];
}

function defaultText(value: unknown): string {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return `${value}`;
  if (Array.isArray(value)) return value.join(", ");
  const entries = Object.entries(value as object).map(([key, item]) => `${key}: ${item}`);
  return entries.length === 0 ? "all defaults" : entries.join(", ");
}

/** A Markdown table of the chips that come with the package. */
export function presetTable(): string {
  const lines = [
    "| chip | what it is | cores × arrays | array | weights held | DRAM |",
    "|---|---|---|---|---|---|",
    ...listChips().map((name) => {
      const chip = describeChip(name);
      const depth = chip.depth > 1 ? ` × ${chip.depth} deep` : "";
      const array = `${chip.rows} × ${chip.columns}${depth}, ${chip.cellBits}-bit cells`;
      const held = `${chip.weightCapacity.toLocaleString("en-US")} of ${chip.capacityWeightBits} bits`;
      const dram = formatSi(chip.dramBytesPerSecond, "B/s");
      return `| \`${name}\` | ${chip.description} | ${chip.cores} × ${chip.arraysPerCore} | ${array} | ${held} | ${dram} |`;
    }),
  ];
  return lines.join("\n");
}
