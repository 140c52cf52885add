/**
 * Walking the chip schema: the field behind a path, its default and the names known beside it, and a list of all fields.
 * Serves error messages, semantic checks and the generated documentation.
 */
import type * as z from "zod";
import { quantityInfo } from "./quantities.js";

/** A path into a chip file. */
export type Path = readonly (string | number)[];

type Any = z.ZodType & { _zod: { def: Record<string, unknown> & { type: string } } };

/** A schema without its wrappers, with what they said. */
export interface Unwrapped {
  schema: z.ZodType;
  description: string | undefined;
  defaultValue: unknown;
  optional: boolean;
}

/** Takes optional, default and prefault off a schema. */
export function unwrap(schema: z.ZodType): Unwrapped {
  let current = schema as Any;
  let description = current.description;
  let defaultValue: unknown;
  let optional = false;
  while (["optional", "default", "prefault"].includes(current._zod.def.type)) {
    if (current._zod.def.type !== "optional") defaultValue ??= current._zod.def["defaultValue"];
    optional = true;
    current = current._zod.def["innerType"] as Any;
    description ??= current.description;
  }
  return { schema: current, description, defaultValue, optional };
}

/** The named fields of an object schema; undefined for anything else. */
export function shapeOf(schema: z.ZodType): Record<string, z.ZodType> | undefined {
  const { def } = (schema as Any)._zod;
  return def.type === "object" ? (def["shape"] as Record<string, z.ZodType>) : undefined;
}

/** The options of a tagged union with their tags; undefined for anything else. */
export function taggedOptions(schema: z.ZodType): { tag: string; value: string; schema: z.ZodType }[] | undefined {
  const { def } = (schema as Any)._zod;
  if (def.type !== "union" || typeof def["discriminator"] !== "string") return undefined;
  const tag = def["discriminator"];
  return (def["options"] as z.ZodType[]).map((option) => {
    const literal = shapeOf(option)![tag] as Any;
    return { tag, value: String((literal._zod.def["values"] as unknown[])[0]), schema: option };
  });
}

/** The texts or numbers an enumeration or union of literals accepts; undefined for anything else. */
export function choicesOf(schema: z.ZodType): (string | number)[] | undefined {
  const { def } = (schema as Any)._zod;
  if (def.type === "enum") return Object.values(def["entries"] as Record<string, string>);
  if (def.type === "literal") return def["values"] as (string | number)[];
  if (def.type === "array") return choicesOf(def["element"] as z.ZodType);
  if (def.type === "union" && quantityInfo(schema) === undefined && def["discriminator"] === undefined)
    return (def["options"] as z.ZodType[]).flatMap((option) => choicesOf(option) ?? []);
  return undefined;
}

/** The schema of the field at a path, tagged unions resolved by what the file says; undefined where there is none. */
export function fieldAt(root: z.ZodType, value: unknown, path: Path): Unwrapped | undefined {
  let field = unwrap(root);
  let here: unknown = value;
  for (const key of path) {
    here ??= field.defaultValue;
    const options = taggedOptions(field.schema);
    const said = options && isRecord(here) ? here[options[0]!.tag] : undefined;
    // Without a known tag only the tag itself can be spoken about.
    const object = options ? (options.find((option) => option.value === said) ?? options[0]!).schema : field.schema;
    const { def } = (object as Any)._zod;
    let next = shapeOf(object)?.[String(key)];
    if (def.type === "array") next = def["element"] as z.ZodType;
    if (def.type === "record") next = def["valueType"] as z.ZodType;
    if (next === undefined) return undefined;
    here = isRecord(here) || Array.isArray(here) ? (here as Record<string | number, unknown>)[key] : undefined;
    field = unwrap(next);
  }
  return field;
}

/** The names known in the object at a path. */
export function namesAt(root: z.ZodType, value: unknown, path: Path): string[] {
  const field = fieldAt(root, value, path);
  if (!field) return [];
  const options = taggedOptions(field.schema);
  if (!options) return Object.keys(shapeOf(field.schema) ?? {});
  let here: unknown = value;
  for (const key of path) here = isRecord(here) ? here[String(key)] : undefined;
  const said = isRecord(here) ? here[options[0]!.tag] : undefined;
  const chosen = options.find((option) => option.value === said);
  return [...new Set((chosen ? [chosen] : options).flatMap((option) => Object.keys(shapeOf(option.schema)!)))];
}

/** Whether a value is an object with named fields. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a path; undefined where there is none. */
export function valueAt(value: unknown, path: Path): unknown {
  let here: unknown = value;
  for (const key of path) {
    if (!isRecord(here) && !Array.isArray(here)) return undefined;
    here = Object.hasOwn(here, key) ? (here as Record<string | number, unknown>)[key] : undefined;
  }
  return here;
}

/** A path as text: `core.arrays.rows`, `weightBits.0`. */
export function pathText(path: Path): string {
  return path.join(".");
}

/** The parts of a dotted path; the empty text is the whole file. */
export function pathParts(text: string): Path {
  return text === "" ? [] : text.split(".").map((key) => (/^\d+$/.test(key) ? Number(key) : key));
}
