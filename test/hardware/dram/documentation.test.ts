/** docs/dram-devices.md and its schema follow the code. Regenerate: `UPDATE_DOCS=1 npx vitest run test/hardware/dram/documentation.test.ts`. */
import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { dramDeviceJsonSchema, dramDeviceTable, dramFieldTables } from "../../../src/hardware/dram/index.js";

const page = new URL("../../../docs/dram-devices.md", import.meta.url);
const schemaFile = new URL("../../../docs/dram-device.schema.json", import.meta.url);

function withBlock(text: string, name: string, content: string): string {
  const block = new RegExp(`(<!-- ${name}: [^\n]*-->\n)[\\s\\S]*(<!-- end ${name} -->)`);
  expect(text).toMatch(block);
  return text.replace(block, (_, start: string, end: string) => `${start}\n${content.trim()}\n\n${end}`);
}

function compare(file: URL, wanted: string): void {
  if (process.env["UPDATE_DOCS"]) writeFileSync(file, wanted);
  expect(readFileSync(file, "utf8")).toBe(wanted);
}

test("the page has the generated tables", () => {
  const text = readFileSync(page, "utf8");
  compare(page, withBlock(withBlock(text, "devices", dramDeviceTable()), "fields", dramFieldTables()));
});

test("the JSON Schema is that of the code", () => {
  compare(schemaFile, `${JSON.stringify(dramDeviceJsonSchema(), null, 2)}\n`);
});

test("every field is described", () => {
  expect(dramFieldTables()).not.toContain("undefined");
});
