/** docs/result.schema.json is what the code declares. Regenerate with `UPDATE_DOCS=1 npx vitest run test/results`. */
import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { resultJsonSchema } from "../../src/results/index.js";

const file = new URL("../../docs/result.schema.json", import.meta.url);

test("docs/result.schema.json equals the declared schemas", () => {
  const text = `${JSON.stringify(resultJsonSchema(), null, 2)}\n`;
  if (process.env["UPDATE_DOCS"]) writeFileSync(file, text);
  expect(readFileSync(file, "utf8")).toBe(text);
});

test("every command's result stands in it, told apart by kind", () => {
  const { $defs, oneOf } = resultJsonSchema() as {
    $defs: Record<string, { properties?: { kind?: { const: string } } }>;
    oneOf: { $ref: string }[];
  };
  for (const { $ref } of oneOf) {
    const name = $ref.slice("#/$defs/".length);
    expect($defs[name]?.properties?.kind?.const, name).toBe(name);
  }
});
