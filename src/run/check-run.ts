/** Checking one run: all laws on its trace where it was small enough to keep, else those on its counters; what was skipped is named. */
import type { ProgramBounds, ProgramShapes } from "../analytical/index.js";
import { type CheckReport, check, formatViolation, LAWS, type LawName } from "../check/index.js";
import type { Chip } from "../hardware/index.js";
import type { Program } from "../isa/index.js";
import type { Simulation } from "../machine/index.js";
import type { CheckSummary } from "../results/index.js";
import type { TraceTable } from "../trace/index.js";
import { checkCounters } from "./counter-laws.js";

/** A run to check. */
export interface CheckedRun {
  simulation: Simulation;
  program: Program;
  chip: Chip;
  bounds: ProgramBounds;
  table: TraceTable | undefined;
  /** Rows up to which traces were kept. */
  checkRows: number;
  shapes: ProgramShapes;
}

/** The laws on counters, and on the trace where there is one. */
export function checkRun({ simulation, program, chip, bounds, table, checkRows, shapes }: CheckedRun): CheckSummary {
  const counters = checkCounters(simulation, program, chip, bounds, shapes);
  if (table === undefined) {
    const reason = `the trace would have more than ${checkRows} rows; raise --check-rows, or write a trace and use wordline check`;
    return {
      mode: "counters",
      ...counters,
      skipped: [...counters.skipped, { law: "laws on single holds", reason }],
    };
  }
  const report = checkSummary(check(table, program, chip));
  return {
    mode: "trace",
    laws: [...counters.laws, ...report.laws],
    skipped: [...counters.skipped, ...report.skipped],
    violations: [...counters.violations, ...report.violations],
  };
}

/** A check's report as results show it. */
export function checkSummary(report: CheckReport): CheckSummary {
  const skipped = new Set(report.skipped.map(({ law }) => law));
  const names = Object.keys(LAWS) as LawName[];
  return {
    mode: "trace",
    laws: names.filter((law) => !skipped.has(law)).map(lawText),
    skipped: report.skipped.map(({ law, reason }) => ({ law: lawText(law), reason })),
    violations: report.violations.map((violation) => ({
      law: lawText(violation.law),
      message: formatViolation(violation),
    })),
  };
}

/** A law by its name and what it says. */
function lawText(law: LawName): string {
  return `${law}: ${LAWS[law]}`;
}
