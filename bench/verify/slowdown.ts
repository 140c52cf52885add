/**
 * Whether the timing of a run without --verify is as fast as bare `simulate`. Other work on the machine only ever adds time, so many
 * short runs are taken in the order A B B A, which lets a drift fall on both, and a group of them is worth its fastest; a ratio a
 * group, their median with its interval by order statistics (no normal noise assumed).
 */
import { readChip } from "../../src/hardware/index.js";
import { simulate } from "../../src/machine/index.js";
import { compileNetwork, simulateWatched } from "../../src/run/index.js";
import { readNetwork } from "../../src/workload/index.js";

/** A ratio of times. */
export interface Ratio {
  groups: number;
  median: number;
  /** Interval that holds the true median with at least 95 %. */
  low: number;
  high: number;
}

/** Rank of the lower end of the 95 % interval of a median: the most that leaves at most 2.5 % below, by the binomial of ½. */
export function medianRank(count: number): number {
  let term = 0.5 ** count;
  let below = term;
  let rank = 0;
  while (below + (term * (count - rank)) / (rank + 1) <= 0.025) {
    term *= (count - rank) / (rank + 1);
    below += term;
    rank++;
  }
  return rank;
}

/** Median and interval of ratios. */
export function ratioOf(ratios: readonly number[]): Ratio {
  const sorted = [...ratios].sort((a, b) => a - b);
  const count = sorted.length;
  const rank = medianRank(count);
  const median = (sorted[Math.floor((count - 1) / 2)]! + sorted[Math.floor(count / 2)]!) / 2;
  return { groups: count, median, low: sorted[rank]!, high: sorted[count - 1 - rank]! };
}

/** Milliseconds of the fastest of some runs of two functions, interleaved. */
function fastest(a: () => void, b: () => void, rounds: number): [number, number] {
  const best: [number, number] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < rounds; round++)
    for (const which of [0, 1, 1, 0] as const) {
      const before = performance.now();
      (which === 0 ? a : b)();
      best[which] = Math.min(best[which], performance.now() - before);
    }
  return best;
}

function compare(a: () => void, b: () => void, groups: number, rounds: number): Ratio {
  fastest(a, b, rounds);
  const ratios = Array.from({ length: groups }, () => {
    const [bestA, bestB] = fastest(a, b, rounds);
    return bestB / bestA;
  });
  return ratioOf(ratios);
}

/** What a run without --verify costs over bare `simulate`, and the same of bare `simulate` over itself: what noise alone gives. */
export function slowdown(
  network: string,
  chipName: string,
  groups: number,
  rounds: number,
): { run: Ratio; noise: Ratio } {
  const chip = readChip(chipName);
  const { program } = compileNetwork(readNetwork(network, { weights: false }), chip);
  const bare = () => void simulate(program, chip);
  const ofRun = () => void simulateWatched(program, chip, {}, {}, "simulate");
  return { run: compare(bare, ofRun, groups, rounds), noise: compare(bare, bare, groups, rounds) };
}
