/** From zod issues to problems a person can act on: place, value seen, what would be accepted, nearest name. */
import type * as z from "zod";
import { nearestName, type Problem } from "../base/index.js";
import { quantityInfo } from "./quantities.js";
import {
  choicesOf,
  fieldAt,
  namesAt,
  type Path,
  pathText,
  shapeOf,
  taggedOptions,
  unwrap,
  valueAt,
} from "./schema-walk.js";
import type { YamlText } from "./yaml-text.js";

/** What a field accepts, in words. */
export function acceptedText(schema: z.ZodType): string {
  const info = quantityInfo(schema);
  if (info) return info.accepted;
  const options = taggedOptions(schema);
  if (options) return options.map((option) => `fields with ${option.tag}: ${option.value}`).join(", or ");
  const choices = choicesOf(schema);
  const { def } = schema._zod as unknown as { def: { type: string; element?: z.ZodType } };
  if (choices) return `${def.type === "array" ? "a list of " : ""}${choices.join(", ")}`;
  switch (def.type) {
    case "number": {
      const number = schema as z.ZodNumber;
      const least = number.minValue ?? Number.NEGATIVE_INFINITY;
      const most = number.maxValue ?? Number.POSITIVE_INFINITY;
      if (!number.isInt) return `a number more than ${least}, at most ${most}`;
      return `a whole number, ${most < Number.MAX_SAFE_INTEGER ? `${least} to ${most}` : `at least ${least}`}`;
    }
    case "boolean":
      return "true or false";
    case "array":
      return `a list, not empty, of ${acceptedText(unwrap(def.element!).schema)}`;
    case "object":
      return `fields ${Object.keys(shapeOf(schema)!).join(", ")}`;
    case "record":
      return "field paths, each with a text";
    default:
      return "a text";
  }
}

/** Writes a value seen in a file, shortened. */
export function seenText(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** The problems behind zod's issues, each at its line and column. */
export function problemsOf(issues: readonly z.core.$ZodIssue[], schema: z.ZodType, text: YamlText): Problem[] {
  return issues.flatMap((issue): Problem[] => {
    const path = issue.path as Path;
    if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownField(key, path, schema, text));
    const field = fieldAt(schema, text.value, path);
    const seen = valueAt(text.value, path);
    const accepted = field ? acceptedText(field.schema) : undefined;
    const name = path.length === 0 ? "the file" : `"${path.at(-1)}"`;
    const missing = seen === undefined;
    const nearest =
      typeof seen === "string" && field ? nearestName(seen, (choicesOf(field.schema) ?? []).map(String)) : undefined;
    const tagged =
      field === undefined || issue.code !== "invalid_union" || !("options" in issue) ? undefined : issue.options;
    const choices = (tagged as string[] | undefined)?.map(String);
    return [
      {
        code: missing ? "missing-field" : "bad-value",
        message: missing ? `${name} is missing` : `${name} does not hold a value that can be used`,
        place: text.place(path),
        ...(missing ? {} : { seen: seenText(seen) }),
        ...(choices ? { accepted: choices.join(", ") } : accepted !== undefined ? { accepted } : {}),
        ...withNearest(choices && typeof seen === "string" ? nearestName(seen, choices) : nearest),
      },
    ];
  });
}

function unknownField(key: string, path: Path, schema: z.ZodType, text: YamlText): Problem {
  const known = namesAt(schema, text.value, path);
  return {
    code: "unknown-field",
    message: path.length === 0 ? "unknown field" : `unknown field in "${pathText(path)}"`,
    place: text.place([...path, key], "name"),
    seen: key,
    accepted: known.join(", "),
    ...withNearest(nearestName(key, known)),
  };
}

function withNearest(nearest: string | undefined): { nearest: string } | Record<string, never> {
  return nearest === undefined ? {} : { nearest };
}
