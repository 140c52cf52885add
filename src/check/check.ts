/** The laws, on any trace: what a run left behind, looked at by rules of its own and never by the machine that made it. */
import type { ProgramBounds } from "../analytical/index.js";
import type { Chip } from "../hardware/index.js";
import type { Program } from "../isa/index.js";
import { collectTrace, type TraceTable } from "../trace/index.js";
import { CheckContext } from "./context.js";
import { checkArrays } from "./laws/arrays.js";
import { openBarriers } from "./laws/barrier.js";
import { checkBounds } from "./laws/bounds.js";
import { checkCauses } from "./laws/cause.js";
import { checkCounts } from "./laws/counts.js";
import { checkDigest } from "./laws/digest.js";
import { checkGrants } from "./laws/grants.js";
import { checkHeader } from "./laws/header.js";
import { checkPath } from "./laws/path.js";
import { checkResources } from "./laws/resources.js";
import { checkStarts } from "./laws/start.js";
import { checkTiles } from "./laws/tiles.js";
import { checkTiling } from "./laws/tiling.js";
import { checkWrites } from "./laws/writes.js";
import { type CheckReport, Findings } from "./report.js";

/** What a caller may know already. */
export interface CheckOptions {
  /** Bounds of the program under the trace's ideal parts; worked out where they are not given. */
  bounds?: Pick<ProgramBounds, "lowerTicks" | "upperTicks" | "method">;
}

/**
 * Checks a trace. With the program and the chip it was made from every law is looked at; without them, or where rows were filtered out, those that can
 * be, and the others are named in `skipped` with the reason.
 */
export function check(table: TraceTable, program?: Program, chip?: Chip, options: CheckOptions = {}): CheckReport {
  const findings = new Findings();
  const context = new CheckContext(table, findings, program, chip);
  checkHeader(context);
  checkDigest(context);
  checkTiling(context);
  checkGrants(context);
  const gates = checkArrays(context);
  checkStarts(context);
  checkCauses(context, gates, openBarriers(context));
  const resources = checkResources(context);
  const work = checkCounts(context);
  const bounds = checkBounds(context, options.bounds);
  const path = checkPath(context);
  const writes = checkWrites(context, path?.terms.write);
  checkTiles(context);
  return {
    violations: findings.violations,
    violationCounts: findings.counts,
    skipped: findings.skipped,
    counted: {
      instructions: table.instructions.length,
      holds: table.holds.length,
      makespanTicks: table.footer.makespanTicks,
      resources,
      ...(work && { work }),
      ...(path && { pathTerms: path.terms, pathHolds: path.holds }),
      ...(writes && { writes }),
      ...(bounds && { bounds }),
    },
  };
}

/**
 * Checks a trace file. The whole trace is held in memory, about 110 bytes a hold and 90 an instruction, with what is sorted beside it; a
 * trace that is too large for that is checked by windows, written with a trace filter.
 */
export async function checkFile(file: string, program?: Program, chip?: Chip): Promise<CheckReport> {
  return check(await collectTrace(file), program, chip);
}
