/**
 * Validity of partitions (COMPASS section 4 of our specification): which runs of units the chip holds at once.
 * A run [a, b) is valid if it and all its shorter beginnings pack into the cores, so one number a start, its reach, is the whole map.
 * Atoms are what a search moves: single units, or runs of units that must not be parted.
 */
import { type RandomStream, uniformInt } from "../../base/index.js";
import type { Geometry } from "../geometry.js";
import type { Cut } from "../strategies/strategy.js";
import { CorePacker } from "./core-packer.js";

/** What validity needs of a unit. */
export interface Sized {
  slots: number;
}

/** Partition borders and the reach of each start, counted in atoms. */
export interface Validity {
  /** Atoms. */
  count: number;
  /** First unit of every atom, and behind the last the number of units. */
  firstUnit: number[];
  /** Largest b for which [a, b) is valid; a itself where the atom alone does not fit. */
  reach: number[];
}

/** The validity of a list of units; a partition may end only after units for which `mayCutAfter` holds. */
export function validityOf(
  units: readonly Sized[],
  geometry: Pick<Geometry, "cores" | "slotsPerCore">,
  mayCutAfter: (unit: number) => boolean = () => true,
): Validity {
  const firstUnit = [0];
  units.forEach((_, unit) => {
    if (unit + 1 === units.length || mayCutAfter(unit)) firstUnit.push(unit + 1);
  });
  if (units.length === 0) return { count: 0, firstUnit: [0], reach: [] };
  const count = firstUnit.length - 1;
  const packer = new CorePacker(geometry);
  const capacity = geometry.cores * geometry.slotsPerCore;
  const largest = Math.max(0, ...units.map(({ slots }) => slots));
  const reach: number[] = [];
  const counts = new Int32Array(largest + 1);
  for (let start = 0; start < count; start++) {
    counts.fill(0);
    let used = 0;
    let end = start;
    while (end < count) {
      for (let unit = firstUnit[end]!; unit < firstUnit[end + 1]!; unit++) {
        counts[units[unit]!.slots]!++;
        used += units[unit]!.slots;
      }
      if (used > capacity || !packer.packs(counts)) break;
      end++;
    }
    reach.push(end);
  }
  return { count, firstUnit, reach };
}

/** Share of all runs [a, b) that are valid. */
export function validShare({ count, reach }: Validity): number {
  let valid = 0;
  for (let start = 0; start < count; start++) valid += reach[start]! - start;
  return count === 0 ? 1 : valid / ((count * (count + 1)) / 2);
}

/** A group of partitions, as its borders: partition k is [borders[k], borders[k + 1]). */
export type Group = number[];

/** Whether a list of borders covers all atoms with valid partitions. */
export function isGroup({ count, reach }: Validity, borders: Group): boolean {
  if (borders[0] !== 0 || borders.at(-1) !== count) return false;
  for (let k = 0; k + 1 < borders.length; k++)
    if (borders[k + 1]! <= borders[k]! || borders[k + 1]! > reach[borders[k]!]!) return false;
  return true;
}

/** Random borders strictly behind `start` up to and including `end`: each partition's length is drawn from what is valid. */
export function randomBorders({ reach }: Validity, start: number, end: number, random: RandomStream): Group {
  const borders: Group = [];
  let at = start;
  while (at < end) {
    at = uniformInt(random, at + 1, Math.min(reach[at]!, end));
    borders.push(at);
  }
  return borders;
}

/** Longest valid partitions, one after another; `stop` ends one earlier, before the atom given. */
export function longestGroup({ count, reach }: Validity, stop: (atom: number) => boolean = () => false): Group {
  const borders: Group = [0];
  let start = 0;
  while (start < count) {
    let end = start + 1;
    while (end < reach[start]! && !stop(end)) end++;
    borders.push(end);
    start = end;
  }
  return borders;
}

/** The partitions of a group as runs of units. */
export function cutsOf({ firstUnit }: Validity, borders: Group): Cut[] {
  return borders.slice(1).map((border, k) => ({ start: firstUnit[borders[k]!]!, end: firstUnit[border]! }));
}
