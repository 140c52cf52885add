/**
 * Laws that need no trace: the counters of a run against what can be read off the program.
 * They hold a run of any length to its program; the laws on single holds need the rows (src/check).
 */

import { type ProgramBounds, type ProgramShapes, programCounts, programShapes } from "../analytical/index.js";
import { sumTerms } from "../base/index.js";
import type { Chip } from "../hardware/index.js";
import type { Program } from "../isa/index.js";
import type { Simulation } from "../machine/index.js";
import type { CheckSummary } from "../results/index.js";

/** What was checked on counters, skipped, and found broken. */
export type CounterFindings = Pick<CheckSummary, "laws" | "skipped" | "violations">;

/** Counts that machine and program must agree on: name in the simulation, names in the program's counts. */
const COMPARED = [
  ["arrayMvms", ["arrayMvm"]],
  ["cellPhases", ["cellPhases"]],
  ["conversions", ["conversions"]],
  ["rowsWritten", ["rowsWritten"]],
  ["cellWrites", ["cellWrites"]],
  ["verifyRows", ["verifyRows"]],
  ["localReadBytes", ["localMemoryReadBytes"]],
  ["localWriteBytes", ["localMemoryWriteBytes"]],
  ["weightBufferBytes", ["weightBufferReadBytes", "weightBufferWriteBytes"]],
  ["globalReadBytes", ["globalBufferReadBytes"]],
  ["globalWriteBytes", ["globalBufferWriteBytes"]],
  ["dramReadBytes", ["dramReadBytes"]],
  ["dramWriteBytes", ["dramWriteBytes"]],
  ["networkBytes", ["networkBytes"]],
  ["vectorBytes", ["vectorBytes"]],
] as const;

/** Names of the laws on counters, as results show them. */
export const COUNTER_LAWS = {
  bounds: "5 bounds",
  counts: "6 counts equal the program's",
  busy: "6 busy time within elapsed × ports",
  instructions: "6 every instruction ran once",
  path: "7 path terms sum to the makespan",
  writes: "8 hidden write time is not negative",
} as const;

/** Holds a run's counters to its program. */
export function checkCounters(
  simulation: Simulation,
  program: Program,
  chip: Chip,
  bounds: ProgramBounds,
  shapes: ProgramShapes = programShapes(program, chip),
): CounterFindings {
  const violations: CounterFindings["violations"] = [];
  const skipped: CounterFindings["skipped"] = [];
  const laws: string[] = [];
  const hold = (law: string, broken: string[]) => {
    laws.push(law);
    for (const message of broken) violations.push({ law, message });
  };
  const { cycles } = simulation;
  hold(
    COUNTER_LAWS.bounds,
    cycles < bounds.lowerTicks || cycles > bounds.upperTicks
      ? [`${cycles} cycles lie outside ${bounds.lowerTicks} to ${bounds.upperTicks}`]
      : [],
  );
  if (bounds.method !== "chain")
    skipped.push({
      law: "5 longest dependency chain",
      reason: "the program is too long; the busiest resource bounds it",
    });
  if (simulation.ideal.length > 0)
    skipped.push({ law: COUNTER_LAWS.counts, reason: `the run made ${simulation.ideal.join(", ")} free` });
  else hold(COUNTER_LAWS.counts, brokenCounts(simulation, program, chip, shapes));
  hold(
    COUNTER_LAWS.busy,
    simulation.resources
      .filter(({ busyCycles, ports }) => busyCycles > cycles * ports)
      .map(({ name, busyCycles, ports }) => `${name} was busy ${busyCycles} of ${cycles} × ${ports} cycles`),
  );
  hold(
    COUNTER_LAWS.instructions,
    simulation.instructions === bounds.instructions
      ? []
      : [`${simulation.instructions} instructions ran, the program has ${bounds.instructions}`],
  );
  const path = sumTerms(simulation.path);
  hold(COUNTER_LAWS.path, path === cycles ? [] : [`the terms sum to ${path}, the run took ${cycles} cycles`]);
  hold(
    COUNTER_LAWS.writes,
    simulation.writes.hiddenCycles < 0 ? [`${simulation.writes.hiddenCycles} hidden cycles`] : [],
  );
  return { laws, skipped, violations };
}

/** Counts that differ; where verification draws its passes, pulses and reads only have to lie between best and worst. */
function brokenCounts(simulation: Simulation, program: Program, chip: Chip, shapes: ProgramShapes): string[] {
  const best = programCounts(program, chip, "best", shapes);
  const drawn = chip.core.arrays.write.verify.kind === "program";
  const worst = drawn ? programCounts(program, chip, "worst", shapes) : best;
  const broken: string[] = [];
  for (const [name, parts] of COMPARED) {
    const low = parts.reduce((sum, part) => sum + best[part], 0);
    const high = parts.reduce((sum, part) => sum + worst[part], 0);
    const seen = simulation.counts[name];
    if (seen < low || seen > high)
      broken.push(`${name}: the run has ${seen}, the program ${low === high ? low : `${low} to ${high}`}`);
  }
  return broken;
}
