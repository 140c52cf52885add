/** What a strategy is: it cuts the list of units into partitions; everything else is shared by all. */
import type { Chip } from "../../hardware/index.js";
import type { CostFunction, PartitionPlan } from "../../mapping/index.js";
import type { Network } from "../../workload/index.js";
import type { GeneticOptions } from "../compass/genetic.js";
import type { Unit } from "../decompose.js";
import type { Geometry } from "../geometry.js";

/** Units [start, end) that are in the arrays together. */
export interface Cut {
  start: number;
  end: number;
}

/** What a strategy may look at. */
export interface StrategyInput {
  network: Network;
  chip: Chip;
  geometry: Geometry;
  units: readonly Unit[];
  /** Whether units [start, end) fit the chip together, cores packed. */
  fits(start: number, end: number): boolean;
  /**
   * Where a partition may end: after this unit. Between units of one slice it may where their raw sums fill whole bytes, for they
   * then go through memory.
   */
  mayCutAfter(index: number): boolean;
  search: SearchRequest;
}

/** What a strategy that searches is given besides: what partitions would be, what they cost, and how to search. */
export interface SearchRequest extends GeneticOptions {
  /** The plan of units [start, end). */
  plan(start: number, end: number): PartitionPlan;
  /** Their cost; a strategy that searches refuses to work without. */
  cost?: CostFunction;
}

/** A way to cut a network into partitions. */
export interface Strategy {
  name: string;
  about: string;
  /** Whether it searches by cost: one MVM a row block then, as COMPASS counts them, unless asked otherwise. */
  searches?: boolean;
  cut(input: StrategyInput): Cut[];
}

/** Longest runs from `start` that fit, ending only where allowed and where `stop` does not demand an earlier end. */
export function longestRuns(input: StrategyInput, stop: (previous: Unit, next: Unit) => boolean): Cut[] {
  const { units } = input;
  const cuts: Cut[] = [];
  let start = 0;
  while (start < units.length) {
    let end = start;
    while (end < units.length) {
      if (end > start && stop(units[end - 1]!, units[end]!)) break;
      let next = end + 1;
      while (next < units.length && !input.mayCutAfter(next - 1)) next++;
      if (!input.fits(start, next)) break;
      end = next;
    }
    if (end === start) return [];
    cuts.push({ start, end });
    start = end;
  }
  return cuts;
}
