/**
 * Loading chips: a preset's name or a YAML file's path in, a normalised Chip out.
 * Everything wrong with a file is reported at once, each problem at its line and column (law 14).
 */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { nearestName, type Problem, UserError } from "../base/index.js";
import type { Chip } from "./chip.js";
import { problemsOf } from "./issues.js";
import { normalise } from "./normalise.js";
import { listChips, presetText } from "./presets.js";
import { checkForm } from "./rules.js";
import { type ChipForm, chipSchema } from "./schema.js";
import { isRecord, pathText } from "./schema-walk.js";
import { type Overrides, YamlText } from "./yaml-text.js";

/** How to load a chip. */
export interface LoadOptions {
  /** Fields to set before validation: path in the YAML form to value; null takes the field away. */
  set?: Overrides;
}

/** The chip of this name, or of this file. */
export function readChip(nameOrPath: string, options: LoadOptions = {}): Chip {
  return normalise(readForm(nameOrPath, options));
}

/** The chip written in a text; `file` is its name in messages. */
export function parseChip(text: string, file = "chip", options: LoadOptions = {}): Chip {
  return normalise(parseForm(text, file, options));
}

/** The validated YAML form of the chip of this name, or of this file, with its sources. */
export function readForm(nameOrPath: string, options: LoadOptions = {}): ChipForm {
  const { text, file } = chipText(nameOrPath);
  return parseForm(text, file, options);
}

/** The text of a preset or a chip file. */
export function chipText(nameOrPath: string): { text: string; file: string } {
  const preset = presetText(nameOrPath);
  if (preset) return preset;
  try {
    return { text: readFileSync(nameOrPath, "utf8"), file: nameOrPath };
  } catch (error) {
    const looksLikeFile = /[\\/]|\.ya?ml$/.test(nameOrPath);
    const names = listChips();
    const nearest = nearestName(nameOrPath, names);
    throw new UserError({
      code: looksLikeFile ? "unreadable-file" : "unknown-chip",
      message: looksLikeFile
        ? `the chip file cannot be read (${(error as NodeJS.ErrnoException).code})`
        : "unknown chip",
      seen: nameOrPath,
      accepted: `a path to a YAML file, or one of ${names.join(", ")}`,
      ...(nearest !== undefined && !looksLikeFile ? { nearest } : {}),
    });
  }
}

/** The validated YAML form of a chip. */
export function parseForm(text: string, file: string, options: LoadOptions = {}): ChipForm {
  const yaml = new YamlText(text, file, options.set);
  const problems: Problem[] = [...yaml.problems];
  if (yaml.value !== undefined && !isRecord(yaml.value))
    problems.push({
      code: "bad-value",
      message: "a chip file holds named fields",
      place: { file, line: 1, column: 1 },
    });
  if (!isRecord(yaml.value)) throw new UserError(problems);

  dropSources(yaml.value, options.set);
  const parsed = chipSchema.safeParse(yaml.value);
  const issues = parsed.success ? [] : parsed.error.issues;
  problems.push(...problemsOf(issues, chipSchema, yaml));
  // A misspelt name leaves the object it stands in readable; anything else makes its field unreadable.
  const bad = issues
    .filter((issue) => issue.code !== "unrecognized_keys")
    .map((issue) => pathText(issue.path as never));
  problems.push(...checkForm(yaml.value, bad, (path, part) => yaml.place(path, part)));
  if (problems.length > 0 || !parsed.success) throw new UserError(inReadingOrder(problems));
  return parsed.data;
}

/** Sources of fields that an override takes away go with them. */
function dropSources(value: Record<string, unknown>, set: Overrides | undefined): void {
  const { sources } = value;
  if (!isRecord(sources)) return;
  for (const [path, to] of Object.entries(set ?? {}))
    if (to === null)
      for (const name of Object.keys(sources)) if (name === path || name.startsWith(`${path}.`)) delete sources[name];
}

/** Problems by line and column. */
export function inReadingOrder(problems: readonly Problem[]): Problem[] {
  const line = ({ place }: Problem) => place?.line ?? 0;
  const column = ({ place }: Problem) => place?.column ?? 0;
  return [...problems].sort((a, b) => line(a) - line(b) || column(a) - column(b));
}

/** Overrides from texts such as `core.arrays.write.rowsPerPulse=4`; values are YAML, `null` takes a field away. */
export function parseOverrides(texts: readonly string[]): Record<string, unknown> {
  const overrides: Record<string, unknown> = {};
  const problems: Problem[] = [];
  for (const text of texts) {
    const match = /^\s*([A-Za-z][\w.]*)\s*=(.*)$/s.exec(text);
    let value: unknown;
    try {
      value = match ? parse(match[2]!) : undefined;
    } catch {
      value = undefined;
    }
    if (match && value !== undefined) overrides[match[1]!] = value;
    else
      problems.push({
        code: "bad-override",
        message: "not an override of a chip field",
        seen: text,
        accepted: "path=value, such as core.arrays.write.rowsPerPulse=4",
      });
  }
  if (problems.length > 0) throw new UserError(problems);
  return overrides;
}
