/** The path behind the end of a hold, as a sum of terms. */
import { TERM_INDEX, type Term } from "../../base/index.js";

/** The end of a hold and the terms of its path from the instruction's start. */
export interface PathEnd {
  tick: number;
  /** By `TERM_INDEX`. */
  terms: Float64Array;
}

/** The later of two causes; the first where they are equal or the second is absent. */
export function laterOf(first: PathEnd, second: PathEnd | undefined): PathEnd {
  return second !== undefined && second.tick > first.tick ? second : first;
}

/** A hold after its cause: clock gap as `wait`, the hold as its term. */
export function extend(cause: PathEnd, start: number, end: number, term: Term): PathEnd {
  const terms = cause.terms.slice();
  terms[TERM_INDEX.wait]! += start - cause.tick;
  terms[TERM_INDEX[term]]! += end - start;
  return { tick: end, terms };
}
