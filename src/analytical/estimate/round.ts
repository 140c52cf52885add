/** Whole cycles from unrounded ones: rounding happens once, on running totals, and what terms lose by it is given back. */
import { invariant, TERMS, type TermCycles, zeroTerms } from "../../base/index.js";

/** Floating-point dust that rounding is blind to. */
const DUST = 1e-6;

/** The smallest whole number of cycles not below `ticks`. */
export function wholeCycles(ticks: number): number {
  return Math.ceil(ticks - DUST);
}

/**
 * Whole terms that sum to `cycles`, which is at most one off their sum: every term rounded down, what is left given to the largest
 * fractions (earlier terms first), one each.
 */
export function wholeTerms(terms: Readonly<TermCycles>, cycles: number): TermCycles {
  const whole = zeroTerms();
  let left = cycles;
  for (const term of TERMS) {
    whole[term] = Math.floor(terms[term] + DUST);
    left -= whole[term];
  }
  const fraction = (term: keyof TermCycles) => terms[term] - whole[term];
  for (const term of [...TERMS].sort((a, b) => fraction(b) - fraction(a)).slice(0, left)) {
    whole[term]++;
    left--;
  }
  invariant(left === 0, "terms and cycles are more than rounding apart");
  return whole;
}
