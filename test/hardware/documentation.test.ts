/** docs/chips.md and docs/chip.schema.json follow the schema. Regenerate: `UPDATE_DOCS=1 npx vitest run test/hardware/documentation.test.ts`. */
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { chipJsonSchema, fieldTables, listChips, presetTable } from "../../src/hardware/index.js";

const page = new URL("../../docs/chips.md", import.meta.url);
const schemaFile = new URL("../../docs/chip.schema.json", import.meta.url);

function withBlock(text: string, name: string, content: string): string {
  const block = new RegExp(`(<!-- ${name}: [^\n]*-->\n)[\\s\\S]*(<!-- end ${name} -->)`);
  expect(text).toMatch(block);
  return text.replace(block, (_, start: string, end: string) => `${start}\n${content.trim()}\n\n${end}`);
}

function compare(file: URL, wanted: string): void {
  if (process.env["UPDATE_DOCS"]) writeFileSync(file, wanted);
  expect(readFileSync(file, "utf8")).toBe(wanted);
}

describe("documentation of chips", () => {
  it("has the generated tables", () => {
    const text = readFileSync(page, "utf8");
    compare(page, withBlock(withBlock(text, "presets", presetTable()), "fields", fieldTables()));
  });

  it("has the generated JSON Schema", () => {
    compare(schemaFile, `${JSON.stringify(chipJsonSchema(), null, 2)}\n`);
  });

  it("says how many chips there are", () => {
    const numbers = ["Ten", "Eleven", "Twelve", "Thirteen", "Fourteen", "Fifteen"];
    expect(readFileSync(page, "utf8")).toContain(`${numbers[listChips().length - 10]} come with the package`);
  });

  it("describes every field", () => {
    expect(fieldTables()).not.toContain("undefined");
  });
});
