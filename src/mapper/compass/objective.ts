/**
 * What a search makes small (COMPASS section 6 of our specification): time, energy, or their product. Time and energy of a group are sums over
 * its partitions; the product (EDP) is of the two sums, and a partition's share of it is energy × all time + time × all energy.
 */
import type { CostTable } from "./cost-table.js";
import type { Group } from "./validity.js";

/** Objectives by name. */
export const OBJECTIVES = ["latency", "energy", "edp"] as const;
/** What a search makes small. */
export type Objective = (typeof OBJECTIVES)[number];

/** A group with its fitness: smaller is better. */
export interface Scored {
  borders: Group;
  /** Score of every partition. */
  scores: number[];
  /** Cycles, pJ, or cycles × pJ. */
  fitness: number;
}

/** Scores a group. */
export function score(costs: CostTable, objective: Objective, borders: Group): Scored {
  const scores: number[] = new Array(borders.length - 1);
  let cycles = 0;
  let energy = 0;
  for (let k = 0; k + 1 < borders.length; k++) {
    cycles += costs.cyclesOf(borders[k]!, borders[k + 1]!);
    energy += costs.energyOf(borders[k]!, borders[k + 1]!);
  }
  for (let k = 0; k + 1 < borders.length; k++) {
    const ownCycles = costs.cyclesOf(borders[k]!, borders[k + 1]!);
    const ownEnergy = costs.energyOf(borders[k]!, borders[k + 1]!);
    scores[k] =
      objective === "latency"
        ? ownCycles
        : objective === "energy"
          ? ownEnergy
          : ownEnergy * cycles + ownCycles * energy;
  }
  const fitness = objective === "latency" ? cycles : objective === "energy" ? energy : cycles * energy;
  return { borders, scores, fitness };
}
