/**
 * How much of the time resources are busy, the busiest first; and, apart from that, how well a mapping fills the arrays it drives.
 * The two are different questions: an array may compute all the time with most of its cells unused.
 */

import { mvmFacts, tripsOf } from "../analytical/index.js";
import type { Chip } from "../hardware/index.js";
import type { Program } from "../isa/index.js";

/** A resource and how long it was held: a row of `check`'s report, or of a simulation. */
export interface BusyResource {
  name: string;
  ports: number;
  busyTicks: number;
}

/** A resource with its share of the time. */
export interface RankedResource extends BusyResource {
  /** Busy time over elapsed time and ports, 0 to 1. */
  utilisation: number;
}

/** Resources by utilisation, the busiest first; those never held are left out. */
export function rankResources(resources: readonly BusyResource[], elapsedTicks: number): RankedResource[] {
  return resources
    .filter(({ busyTicks, ports }) => busyTicks > 0 && ports > 0)
    .map((resource) => ({
      ...resource,
      utilisation: elapsedTicks > 0 ? resource.busyTicks / (elapsedTicks * resource.ports) : 0,
    }))
    .sort((a, b) => b.utilisation - a.utilisation || (a.name < b.name ? -1 : 1));
}

/** The share of the cells of the arrays driven that an MVM uses, averaged over all vectors of all arrays, 0 to 1; 0 without MVMs. */
export function mappingEfficiency(program: Program, chip: Chip): number {
  const { rows, columns } = chip.core.arrays;
  let used = 0;
  let driven = 0;
  for (const { core, code } of program.streams) {
    const trips = tripsOf(code);
    for (let index = 0; index < code.length; index++) {
      if (trips[index] === 0) continue;
      const instruction = code.at(index);
      if (instruction.op !== "MVM") continue;
      const facts = mvmFacts(instruction, { chip, groups: program.groups, core });
      const times = trips[index]! * instruction.vectors;
      used += times * facts.cells;
      driven += times * facts.arrays.length * rows * columns;
    }
  }
  return driven === 0 ? 0 : used / driven;
}
