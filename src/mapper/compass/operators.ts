/**
 * The four mutations of COMPASS (section 7 of our specification). Each gives new borders, or nothing where it cannot act; a group it gives
 * is valid if the one it was given is.
 */
import { type RandomStream, uniformInt } from "../../base/index.js";
import type { Scored } from "./objective.js";
import { type Group, randomBorders, type Validity } from "./validity.js";

/** A group to be changed, with the population's mean score of every run of atoms as prefix sums. */
export interface Parent extends Scored {
  /** Element b − element a: what the population spends on atoms [a, b) on average. */
  meanPrefix: Float64Array;
}

/** A mutation: new borders, or nothing. */
export type Operator = (parent: Parent, validity: Validity, random: RandomStream) => Group | undefined;

/** How much worse than the population's average a partition is. */
function ratio({ borders, scores, meanPrefix }: Parent, k: number): number {
  return scores[k]! / (meanPrefix[borders[k + 1]!]! - meanPrefix[borders[k]!]!);
}

/** The partition with the largest value among those allowed, the first of equal ones; −1 for none. */
function worst(count: number, value: (k: number) => number, allowed: (k: number) => boolean = () => true): number {
  let found = -1;
  let most = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < count; k++) {
    if (!allowed(k)) continue;
    const now = value(k);
    if (now > most) {
      most = now;
      found = k;
    }
  }
  return found;
}

/** Joins the two neighbours that are worst together. */
export const merge: Operator = (parent, { reach }) => {
  const { borders, scores, meanPrefix } = parent;
  const pair = worst(
    scores.length - 1,
    (k) => (scores[k]! + scores[k + 1]!) / (meanPrefix[borders[k + 2]!]! - meanPrefix[borders[k]!]!),
  );
  if (pair < 0 || borders[pair + 2]! > reach[borders[pair]!]!) return undefined;
  return borders.filter((_, index) => index !== pair + 1);
};

/** Cuts the worst partition of at least two atoms in two. */
export const split: Operator = (parent, { reach }, random) => {
  const { borders, scores } = parent;
  const chosen = worst(
    scores.length,
    (k) => ratio(parent, k),
    (k) => borders[k + 1]! - borders[k]! >= 2,
  );
  if (chosen < 0) return undefined;
  const end = borders[chosen + 1]!;
  const cut = uniformInt(random, borders[chosen]! + 1, end - 1);
  // What packs whole need not pack without its beginning (first fit has such cases): then there is no such split.
  if (end > reach[cut]!) return undefined;
  return [...borders.slice(0, chosen + 1), cut, ...borders.slice(chosen + 1)];
};

/** Moves one border of the worst partition by one atom, either way. */
export const move: Operator = (parent, { reach }, random) => {
  const { borders, scores } = parent;
  if (scores.length < 2) return undefined;
  const chosen = worst(scores.length, (k) => ratio(parent, k));
  const right = chosen === 0 || (chosen + 1 < scores.length && random() < 0.5);
  const border = right ? chosen + 1 : chosen;
  const to = borders[border]! + (random() < 0.5 ? -1 : 1);
  const [before, after] = [borders[border - 1]!, borders[border + 1]!];
  if (to <= before || to >= after || to > reach[before]! || after > reach[to]!) return undefined;
  const moved = borders.slice();
  moved[border] = to;
  return moved;
};

/** Keeps the best partition and draws everything before and behind it anew. */
export const fixedRandom: Operator = (parent, validity, random) => {
  const { borders, scores } = parent;
  const best = worst(scores.length, (k) => -ratio(parent, k));
  const [start, end] = [borders[best]!, borders[best + 1]!];
  return [
    0,
    ...randomBorders(validity, 0, start, random),
    end,
    ...randomBorders(validity, end, validity.count, random),
  ];
};

/** All four, equally likely. */
export const OPERATORS: readonly Operator[] = [merge, split, move, fixedRandom];
