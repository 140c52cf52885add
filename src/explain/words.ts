/** Terms in words, and the part of the machine that an experiment makes free to see what a term costs. */
import type { Term } from "../base/index.js";
import type { HoldKind } from "../trace/index.js";
import type { PathSegment } from "./path.js";

/** What each term is, as the subject of a sentence. */
export const TERM_WORDS: Readonly<Record<Term, string>> = {
  write: "writing weights",
  weightLoad: "loading weights",
  inputLoad: "loading inputs",
  mvm: "driving the arrays",
  adc: "converting",
  partialSums: "adding partial sums",
  vector: "the vector unit",
  store: "storing results",
  network: "messages between cores",
  dramRow: "closing and opening DRAM rows",
  dramTurnaround: "turning the DRAM's data bus round",
  dramRefresh: "refreshing the DRAM",
  fill: "filling the pipeline",
  drain: "emptying the pipeline",
  wait: "waiting for clock edges and issue slots",
};

/** What a part of a gap is made of. */
export interface PartInWords {
  term: Term;
  cycles: number;
  estimateCycles?: number;
  simulatedCycles?: number;
}

/** A part of a gap as a sentence, e.g. "writing weights takes 1200 cycles more than the estimate's 300". */
export function causeInWords(part: PartInWords): string {
  const what = TERM_WORDS[part.term];
  const size = Math.abs(Math.round(part.cycles));
  if (part.cycles === 0) return `${what} takes what the estimate says`;
  const way = part.cycles > 0 ? "more" : "fewer";
  if (part.estimateCycles === 0) return `${what} takes ${size} cycles that the estimate leaves out`;
  if (part.simulatedCycles === 0) return `${what} is off the critical path, where the estimate counts ${size} cycles`;
  const than = part.estimateCycles === undefined ? "the estimate" : `the estimate's ${Math.round(part.estimateCycles)}`;
  return `${what} takes ${size} cycles ${way} than ${than}`;
}

/** The part to make free (`--ideal`) that holds of one kind stand on; undefined where there is none. */
function partOfKind(kind: HoldKind): string | undefined {
  switch (kind) {
    case "latency":
    case "dram":
    case "dramTurnaround":
    case "dramRow":
    case "dramRefresh":
      return "dram";
    case "bus":
    case "link":
    case "router":
      return "bus";
    case "localRead":
    case "localWrite":
    case "globalRead":
    case "globalWrite":
    case "weightBuffer":
      return "sram";
    case "vector":
      return "vector";
    case "pulse":
      return "write";
    case "convert":
    case "convertTail":
      return "adc";
    case "compute":
    case "settle":
      return "mvm";
    case "issue":
      return "issue";
    default:
      return undefined;
  }
}

/**
 * The part of the machine to make free in order to see what a term costs: the one on which most of the term's time on the path is spent.
 * Undefined where the term is not on the path, or stands on nothing that can be made free.
 */
export function idealPartFor(term: Term, segments: Iterable<PathSegment>): string | undefined {
  const ticks = new Map<string, number>();
  for (const segment of segments) {
    if (segment.term !== term) continue;
    // A compute hold's conversions are the converters'.
    const part = segment.holdKind === "compute" && term === "adc" ? "adc" : partOfKind(segment.holdKind);
    if (part !== undefined) ticks.set(part, (ticks.get(part) ?? 0) + segment.toTick - segment.fromTick);
  }
  let best: string | undefined;
  for (const [part, spent] of ticks) if (best === undefined || spent > ticks.get(best)!) best = part;
  return best;
}
