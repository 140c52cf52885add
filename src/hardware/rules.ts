/**
 * Semantic checks of a chip file: what single fields cannot say, but fields together can contradict.
 * Also refuses what nothing would read (a bank interleave with one bank), so that no field is inert (law 10).
 */
import type { Problem } from "../base/index.js";
import { FormReader, Unreadable } from "./form-reader.js";
import { arrayRules } from "./rules-arrays.js";
import { dramRules } from "./rules-dram.js";
import { energyRules } from "./rules-energy.js";
import { memoryRules } from "./rules-memory.js";
import { quantityRules } from "./rules-quantities.js";
import { sourceRules } from "./rules-sources.js";
import { type Path, pathParts } from "./schema-walk.js";

/** A contradiction found by a check, at a field. */
export interface Finding {
  /** Dotted path, or its parts where a name holds dots. */
  path: string | Path;
  message: string;
  seen?: string;
  accepted?: string;
  nearest?: string;
  /** Points at the field's name instead of its value. */
  atName?: true;
  /** Default `contradiction`. */
  code?: string;
}

/** One check: reads fields, reports findings. */
export type Rule = (form: FormReader, report: (finding: Finding) => void) => void;

const RULES: readonly Rule[] = [
  ...quantityRules,
  ...arrayRules,
  ...memoryRules,
  ...dramRules,
  ...energyRules,
  ...sourceRules,
];

/** Every contradiction in a chip file; `bad` are the paths that validation has already complained about. */
export function checkForm(
  value: unknown,
  bad: readonly string[],
  place: (path: Path, part: "name" | "value") => NonNullable<Problem["place"]>,
): Problem[] {
  return checkRules(RULES, new FormReader(value, bad), place);
}

/** What these checks find in a file, at its places. */
export function checkRules(
  rules: readonly Rule[],
  form: FormReader,
  place: (path: Path, part: "name" | "value") => NonNullable<Problem["place"]>,
): Problem[] {
  const problems: Problem[] = [];
  const report = ({ path, atName, code = "contradiction", ...rest }: Finding) =>
    problems.push({
      code,
      place: place(typeof path === "string" ? pathParts(path) : path, atName ? "name" : "value"),
      ...rest,
    });
  for (const rule of rules) {
    try {
      rule(form, report);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
    }
  }
  return problems;
}
