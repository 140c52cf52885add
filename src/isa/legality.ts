/**
 * Legality: whether a program can run on a chip at all, found out without running it.
 * Each rule is a file of `legality/`; all see every instruction once, with the loops around it.
 */
import type { Problem } from "../base/index.js";
import { addressRule } from "./legality/addresses.js";
import { Context, walkStream } from "./legality/context.js";
import type { Limits } from "./legality/limits.js";
import { COMPARED_RUNS, messageRule } from "./legality/messages.js";
import { operandRule } from "./legality/operands.js";
import { checkTables } from "./legality/tables.js";
import { tokenRule } from "./legality/tokens.js";
import { weightRule } from "./legality/weights.js";
import type { Program } from "./program.js";

export type { Limits } from "./legality/limits.js";

/** What was found, and what was left unchecked. */
export interface LegalityReport {
  /** At most `PROBLEM_CAP` problems; none where the program is legal. */
  problems: readonly Problem[];
  /** Checks that stopped at a cap, in words. */
  notes: readonly string[];
}

/**
 * Checks a program against a chip's limits. A program made for another chip gets that one problem only: against the wrong
 * limits the others would say nothing.
 */
export function legalityReport(
  program: Program,
  limits: Limits,
  { comparedRuns = COMPARED_RUNS }: { comparedRuns?: number } = {},
): LegalityReport {
  const context = new Context(program, limits);
  if (program.structureDigest !== limits.structureDigest) {
    context.of("program", "another-chip", "the program was made for another chip", {
      seen: `"${program.chip}" (structure ${program.structureDigest})`,
      accepted: `"${limits.chipName}" (structure ${limits.structureDigest})`,
    });
    return { problems: context.found.problems, notes: [] };
  }
  checkTables(context);
  const rules = [
    operandRule(context),
    addressRule(context),
    weightRule(context),
    tokenRule(context),
    messageRule(context, comparedRuns),
  ];
  for (const stream of program.streams) walkStream(context, stream, rules);
  for (const rule of rules) rule.finish?.();
  return { problems: context.found.problems, notes: context.notes };
}

/** Every reason why a program cannot run on a chip, at most `PROBLEM_CAP`; none where it can. */
export function checkProgram(program: Program, limits: Limits): Problem[] {
  return [...legalityReport(program, limits).problems];
}
