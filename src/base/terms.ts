/**
 * The one list of time terms.
 * Estimates, critical paths and gaps are all sums over these, so that their parts can be subtracted term by term.
 */

/** Every named share of time, in the order reports show them. */
export const TERMS = [
  "write", // weight pulses and verification
  "weightLoad", // moving weights to the array's side
  "inputLoad", // moving activations to local memory and to the array's input registers
  "mvm", // driving rows, settling, digital reduction, the issue interval
  "adc", // conversions
  "partialSums", // shift-and-add, accumulation, adding partial sums
  "vector", // the vector unit: requantisation, activation, pooling, residual adds
  "store", // moving results to memory
  "network", // core-to-core transfers
  "dramRow", // DRAM by commands: waiting for rows to be closed and opened
  "dramTurnaround", // DRAM by commands: the data bus turns round between reading and writing
  "dramRefresh", // DRAM by commands: refreshes that requests waited for
  "fill", // filling a pipeline (estimates only; a path shows the work itself)
  "drain", // emptying a pipeline (estimates only)
  "wait", // clock edges, issue slots, refresh, stand-alone synchronisation
] as const;

/** One of the named shares of time. */
export type Term = (typeof TERMS)[number];

/** The index of each term in `TERMS`. */
export const TERM_INDEX: Readonly<Record<Term, number>> = Object.freeze(
  Object.fromEntries(TERMS.map((term, index) => [term, index])) as Record<Term, number>,
);

/** A number of cycles for every term. */
export type TermCycles = Record<Term, number>;

/** All terms at zero. */
export function zeroTerms(): TermCycles {
  return Object.fromEntries(TERMS.map((term) => [term, 0])) as TermCycles;
}

/** The sum over all terms. */
export function sumTerms(terms: Readonly<TermCycles>): number {
  let sum = 0;
  for (const term of TERMS) sum += terms[term];
  return sum;
}

/** Adds `added` into `into`, term by term, and returns it. */
export function addTerms(into: TermCycles, added: Readonly<Partial<TermCycles>>): TermCycles {
  for (const term of TERMS) into[term] += added[term] ?? 0;
  return into;
}

/** Term-by-term difference `a − b`. */
export function subtractTerms(a: Readonly<TermCycles>, b: Readonly<TermCycles>): TermCycles {
  const out = zeroTerms();
  for (const term of TERMS) out[term] = a[term] - b[term];
  return out;
}
