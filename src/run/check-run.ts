/** Checking one run: all laws on its trace where it was small enough to keep, else those on its counters; what was skipped is named. */
import type { ProgramBounds } from "../analytical/index.js";
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
}

/** The laws on counters, and on the trace where there is one. */
export function checkRun({ simulation, program, chip, bounds }: CheckedRun): CheckSummary {
  const counters = checkCounters(simulation, program, chip, bounds);
  return { mode: "counters", ...counters };
}
