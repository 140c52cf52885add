/**
 * Experiments: the same program with a part of the machine made free, to see what that removes (laws 8 and 9).
 * What goes may be more than the part, or less, or negative: other work moves in. Then the term that took its place is named.
 */
import { subtractTerms, TERMS, type Term } from "../base/index.js";
import { idealPartFor, type PathSegment } from "../explain/index.js";
import type { IdealPart, Simulation } from "../machine/index.js";
import { type Comparison, type Experiment, settled } from "../results/index.js";

/** The largest part of any stage's gap: the term, its stage and cycles. */
export interface LargestPart {
  stage: number;
  term: Term;
  cycles: number;
  /** The part of the machine to make free. */
  ideal: string;
}

/** The largest positive part of any stage's gap that some part of the machine stands for; undefined where there is none. */
export function largestPart(comparison: Comparison, idealOf: IdealOf): LargestPart | undefined {
  let largest: LargestPart | undefined;
  for (const { stage, parts: all } of comparison.stages) {
    const parts = settled(all);
    for (const term of TERMS)
      if (parts[term] > (largest?.cycles ?? 0)) {
        const ideal = idealOf(term, stage);
        if (ideal !== undefined) largest = { stage, term, cycles: parts[term], ideal };
      }
  }
  return largest;
}

/** The part of the machine to make free to see what a term costs in a stage. */
export type IdealOf = (term: Term, stage: number) => string | undefined;

/** From the critical path itself: the part on which most of the term's time in that stage is spent. */
export function idealFromPath(segments: readonly PathSegment[]): IdealOf {
  return (term, stage) =>
    idealPartFor(
      term,
      segments.filter((segment) => segment.stage === stage),
    );
}

/** Without a path: by the term; moving terms go to the busiest of the ways they take. */
export function idealFromCounters(simulation: Simulation): IdealOf {
  return (term) => {
    switch (term) {
      case "write":
      case "mvm":
      case "adc":
      case "vector":
        return term;
      case "dramRow":
      case "dramTurnaround":
      case "dramRefresh":
        return "dram";
      case "partialSums":
        return "vector";
      case "weightLoad":
        return busiestWay(simulation, ["dram", "bus"]);
      case "inputLoad":
      case "store":
        return busiestWay(simulation, ["dram", "bus", "sram"]);
      case "network":
        return busiestWay(simulation, ["bus", "sram"]);
      default:
        return undefined;
    }
  };
}

const KINDS_OF: Readonly<Partial<Record<IdealPart, readonly string[]>>> = {
  dram: ["dram"],
  bus: ["bus", "link"],
  sram: ["localRead", "localWrite", "globalRead", "globalWrite"],
};

function busiestWay(simulation: Simulation, parts: readonly IdealPart[]): IdealPart {
  const busiest = (part: IdealPart): number =>
    Math.max(
      0,
      ...simulation.resources
        .filter(({ kind }) => KINDS_OF[part]!.includes(kind))
        .map(({ busyCycles, ports }) => busyCycles / ports),
    );
  return parts.reduce((most, part) => (busiest(part) > busiest(most) ? part : most));
}

/** What a second run says beside the first; where less than half of the part went, what took its place. */
export function experimentOf(
  base: Simulation,
  freed: Simulation,
  reason: Experiment["reason"],
  term: Term,
  part?: LargestPart,
): Experiment {
  const removedCycles = base.cycles - freed.cycles;
  const partCycles = part?.cycles ?? null;
  const grown = subtractTerms(freed.path, base.path);
  const successor = TERMS.reduce((most, name) => (grown[name] > grown[most] ? name : most));
  const short = partCycles !== null && removedCycles * 2 < partCycles && grown[successor] > 0;
  return {
    ideal: freed.ideal,
    cycles: freed.cycles,
    removedCycles,
    reason,
    stage: part?.stage ?? null,
    term,
    partCycles,
    tookItsPlace: short ? successor : null,
  };
}
