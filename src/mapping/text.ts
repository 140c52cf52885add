/** The text form of a mapping: JSON, one tile, slice or edge a line, so that two mappings can be compared line by line. */
import { type Problem, UserError } from "../base/index.js";
import type { Mapping } from "./mapping.js";
import { mappingSchema } from "./schema.js";

/** Values up to this many characters stay on one line. */
const LINE = 160;

/** Writes a mapping as text. */
export function formatMapping(mapping: Mapping): string {
  return `${write(mapping, "")}\n`;
}

function write(value: unknown, indent: string): string {
  const flat = JSON.stringify(value);
  if (value === null || typeof value !== "object" || flat.length + indent.length <= LINE) return flat;
  const deeper = `${indent} `;
  if (Array.isArray(value)) return `[\n${value.map((one) => deeper + write(one, deeper)).join(",\n")}\n${indent}]`;
  const fields = Object.entries(value).map(([key, one]) => `${deeper}${JSON.stringify(key)}: ${write(one, deeper)}`);
  return `{\n${fields.join(",\n")}\n${indent}}`;
}

/** Reads a mapping from text; throws a UserError with every problem of its shape. Its meaning is checked by `checkMapping`. */
export function readMapping(text: string, file?: string): Mapping {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError({
      code: "not-json",
      message: `a mapping is JSON: ${error instanceof Error ? error.message : String(error)}`,
      place: file === undefined ? {} : { file },
    });
  }
  const result = mappingSchema.safeParse(value);
  if (result.success) return result.data;
  const problems: Problem[] = result.error.issues.slice(0, 50).map((issue) => ({
    code: "bad-mapping",
    message: issue.message,
    place: { ...(file === undefined ? {} : { file }), field: issue.path.map(String).join(".") },
  }));
  throw new UserError(problems);
}
