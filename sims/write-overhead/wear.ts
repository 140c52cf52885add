/**
 * How often cells are rewritten, counted from the mapping. A tile lies in its array from row 0 on, and every partition writes its tiles once
 * a batch; a resident network is written once for good.
 */
import type { Mapping } from "../../src/mapping/index.js";

/** Seconds of a year of 365.25 days. */
export const SECONDS_PER_YEAR = 31_557_600;

/** Rewrites of one batch. */
export interface Wear {
  /** Rows written in all, and arrays of the chip that are written at all. */
  rowsWritten: number;
  arraysWritten: number;
  /** Rows written ÷ rows of all arrays of the chip: rewrites of a mean cell. */
  meanRewrites: number;
  /** Rows written ÷ rows of the array, of the array with most. */
  mostWrittenArray: number;
  /** Rewrites of the row written most often. */
  mostWrittenRow: number;
}

/** What one batch rewrites on a chip of so many arrays of so many rows. */
export function wearOf(mapping: Mapping, chipArrays: number, rows: number): Wear {
  const writes = new Map<string, number[]>();
  for (const partition of mapping.partitions) {
    // Two steps may drive the same tile in the same place; it is written once.
    const placed = new Map<string, { array: string; tile: number }>();
    for (const layer of partition.layers)
      for (const slice of layer.slices)
        for (const copy of slice.copies)
          for (const { core, steps } of copy.parts)
            for (const { array, depth, tile } of steps.flatMap((step) => step.pieces))
              placed.set(`${core} ${array} ${depth} ${tile}`, { array: `${core} ${array} ${depth}`, tile });
    for (const { array, tile } of placed.values()) {
      const counts = writes.get(array) ?? new Array<number>(rows).fill(0);
      writes.set(array, counts);
      for (let row = 0; row < mapping.tiles[tile]!.rows; row++) counts[row]!++;
    }
  }
  const sums = [...writes.values()].map((counts) => counts.reduce((sum, count) => sum + count, 0));
  const rowsWritten = sums.reduce((sum, one) => sum + one, 0);
  return {
    rowsWritten,
    arraysWritten: writes.size,
    meanRewrites: rowsWritten / (rows * chipArrays),
    mostWrittenArray: Math.max(0, ...sums) / rows,
    mostWrittenRow: [...writes.values()].reduce((most, counts) => Math.max(most, ...counts), 0),
  };
}

/** Years until cells of such an endurance are worn out; infinite where nothing is rewritten. */
export function yearsToWearOut(endurance: number, rewritesPerInference: number, inferencesPerSecond: number): number {
  const perSecond = rewritesPerInference * inferencesPerSecond;
  return perSecond === 0 ? Number.POSITIVE_INFINITY : endurance / perSecond / SECONDS_PER_YEAR;
}
