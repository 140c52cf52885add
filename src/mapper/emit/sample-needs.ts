/**
 * Which samples of an earlier partition's round a sample of this partition's round needs, where their rounds may differ.
 * Sample j of trip t of a loop in rounds of s samples is sample t·s + j of the batch.
 */
import type { Region } from "./graph.js";

/** A row in memory: what is written of it, by sample of its maker's round. */
export type SampledRow = readonly Region[];

/**
 * A sample of an earlier loop that this loop's sample needs. Where a trip here covers several trips there, `turn` is which of these;
 * where a trip there covers several here, `turn` is which of those here needs it, so that each turn has a need of its own.
 */
export interface SampleNeed {
  region: Region;
  turn: number;
}

/** What sample `sample` of a round of `round` samples needs of a row in memory. */
export function sampleNeeds(row: SampledRow, sample: number, round: number): SampleNeed[] {
  const made = row.length;
  if (round % made === 0) return [{ region: row[sample % made]!, turn: Math.floor(sample / made) }];
  if (made % round === 0)
    return Array.from({ length: made / round }, (_, turn) => ({ region: row[turn * round + sample]!, turn }));
  // Rounds that do not divide one another have no common turns: the whole earlier loop is waited for.
  return row.map((region) => ({ region, turn: 0 }));
}
