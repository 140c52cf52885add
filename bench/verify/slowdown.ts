/**
 * Whether a run without --verify is timed as fast as bare `simulate`: CPU seconds of both in rounds A B B A in one process, so that a
 * drift of the machine falls on both, a ratio a round, their median with its interval by order statistics (no normal noise assumed).
 */
import { readChip } from "../../src/hardware/index.js";
import { simulate } from "../../src/machine/index.js";
import { compileNetwork, executeProgram } from "../../src/run/index.js";
import { readNetwork } from "../../src/workload/index.js";

/** A ratio of CPU times. */
export interface Ratio {
  rounds: number;
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
  return { rounds: count, median, low: sorted[rank]!, high: sorted[count - 1 - rank]! };
}

async function compare(a: () => Promise<number>, b: () => Promise<number>, rounds: number): Promise<Ratio> {
  const ratios: number[] = [];
  for (const one of [a, b, b, a]) await one();
  for (let round = 0; round < rounds; round++) {
    const [a1, b1, b2, a2] = [await a(), await b(), await b(), await a()];
    ratios.push((b1 + b2) / (a1 + a2));
  }
  return ratioOf(ratios);
}

/** What a run without --verify costs over bare `simulate`, and the same of bare `simulate` over itself: what noise alone gives. */
export async function slowdown(
  network: string,
  chipName: string,
  rounds: number,
): Promise<{ run: Ratio; noise: Ratio }> {
  const chip = readChip(chipName);
  const { program } = compileNetwork(readNetwork(network, { weights: false }), chip);
  const bare = async () => {
    const before = process.cpuUsage();
    simulate(program, chip);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  };
  // What a run calls its CPU time is the simulation alone, as it is called there: with nobody listening but a verification.
  const ofRun = async () => (await executeProgram(program, chip, { checkRows: 0 })).fields.cpuSeconds;
  return { run: await compare(bare, ofRun, rounds), noise: await compare(bare, bare, rounds) };
}
