/** Law 7, path: read backwards it tiles the makespan with no remainder, and its totals by term are those folded forwards during the run. */
import { sumTerms, TERMS, type TermCycles } from "../../base/index.js";
import type { CheckContext } from "../context.js";
import { totalsOfPath } from "../path.js";

const LAW = "path";

/** Checks the path; returns its totals where it could be read. */
export function checkPath(context: CheckContext): { terms: TermCycles; holds: number } | undefined {
  const { findings, whole, known, table } = context;
  const { makespanTicks, pathTerms } = table.footer;
  if (!whole) {
    findings.skip("the trace is filtered: holds of the path were left out", LAW);
    return undefined;
  }
  if (table.instructions.length === 0) return undefined;
  const { terms, ending } = totalsOfPath(context);
  if (ending.broken !== undefined) {
    const message = `the path breaks off at tick ${ending.reachedTick}: ${ending.broken}`;
    if (ending.row < 0) findings.add({ law: LAW, code: "broken", message });
    else context.blameHold(LAW, "broken", ending.row, message);
    return undefined;
  }
  const sum = sumTerms(terms);
  if (sum !== makespanTicks)
    findings.add({ law: LAW, code: "remainder", message: `the path has ${sum} of ${makespanTicks} ticks` });
  if (sumTerms(pathTerms) !== makespanTicks)
    findings.add({
      law: LAW,
      code: "totals",
      message: `the totals in the footer make ${sumTerms(pathTerms)} of ${makespanTicks} ticks`,
    });
  if (!known) {
    findings.skip("without program and chip the path's terms are not known, only that it tiles the makespan", LAW);
    return undefined;
  }
  for (const term of TERMS)
    if (terms[term] !== pathTerms[term])
      findings.add({
        law: LAW,
        code: "totals",
        message: `${term}: ${terms[term]} ticks read backwards, ${pathTerms[term]} in the footer`,
      });
  return { terms, holds: ending.holds };
}
