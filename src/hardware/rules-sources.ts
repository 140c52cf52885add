/** Checks of the sources: each names a field that the file really has, so that sources cannot outlive their numbers. */
import { nearestName } from "../base/index.js";
import type { Rule } from "./rules.js";
import { leaves } from "./rules-quantities.js";
import { isRecord } from "./schema-walk.js";

const sourcesName: Rule = (form, report) => {
  const whole = form.value("");
  const sources = form.value("sources");
  if (!isRecord(sources) || !isRecord(whole)) return;
  const { sources: _, ...fields } = whole;
  const known = new Set<string>();
  for (const { path } of leaves(fields))
    for (let length = 1; length <= path.length; length++) known.add(path.slice(0, length).join("."));
  // An empty list or object has no leaves, but is a field.
  for (const name of Object.keys(fields)) known.add(name);
  for (const path of Object.keys(sources)) {
    // Of a field that is missing or wrong itself, that has been said already.
    if (known.has(path) || !form.valid(path)) continue;
    const nearest = nearestName(path, known);
    report({
      path: ["sources", path],
      atName: true,
      code: "unknown-field",
      message: `a source for "${path}", a field this file does not have`,
      seen: path,
      accepted: "the path of a field of this file, or the start of one",
      ...(nearest === undefined ? {} : { nearest }),
    });
  }
};

/** Checks of the sources. */
export const sourceRules: readonly Rule[] = [sourcesName];
