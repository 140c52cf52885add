/** How many samples of a batch each partition takes in one round of its loop. */
import type { MappedLayer } from "../mapping/index.js";
import type { NetworkView } from "./chains.js";

/** What decides the rounds of a mapping. */
export interface RoundRules {
  batch: number;
  /** Most samples of a round, where the caller sets a number; then all partitions take the same. */
  asked?: number;
}

/** What of a partition decides its rounds. */
export interface RoundFacts {
  /** Rows of all parts of all slices, of one sample. */
  rows: number;
  /** How long a round of some samples keeps its busiest unit, gaps included: the next round may begin behind it. */
  cyclesOf: (samples: number) => number;
}

/** Samples of a round where the caller sets no number: three quarters of what rounds can save at all. */
const MOST_SAMPLES = 4;

/**
 * Rows of a program, each as often as its round has samples, where the caller sets no number. Programs grow with them: by some forty
 * instructions a row in VGG16 on COMPASS's small chip, whose batches of 16 then take less than 400 MiB to map, emit and simulate.
 */
const MOST_ROWS = 8000;

/**
 * By partition, the samples whose rows are ordered together, so that they overlap; they divide the batch and one another.
 * Where not all partitions can take the most, those whose timetable gains most a row of their program come first.
 */
export function samplesPerRound({ batch, asked }: RoundRules, partitions: readonly RoundFacts[]): number[] {
  const most = largestDivisor(batch, asked ?? MOST_SAMPLES);
  const all = partitions.reduce((sum, { rows }) => sum + rows, 0);
  if (asked !== undefined || most === 1 || most * all <= MOST_ROWS) return partitions.map(() => most);
  const samples = partitions.map(() => 1);
  let left = MOST_ROWS - all;
  for (const { index, from, to, rows } of stepsOf(partitions, most)) {
    if (samples[index] !== from || rows > left) continue;
    samples[index] = to;
    left -= rows;
  }
  return samples;
}

/** One partition's rounds made larger, and the rows that its program then has more. */
interface Step {
  index: number;
  from: number;
  to: number;
  rows: number;
  cyclesPerRow: number;
}

/** All that can be gained, the most cycles of a sample for a row first. */
function stepsOf(partitions: readonly RoundFacts[], most: number): Step[] {
  const sizes = Array.from({ length: most }, (_, index) => index + 1).filter((size) => most % size === 0);
  const steps: Step[] = [];
  partitions.forEach(({ rows: own, cyclesOf }, index) => {
    // What the second sample of a round saves, every further one saves too.
    const saved = 2 * cyclesOf(1) - cyclesOf(2);
    if (!(saved > 0)) return;
    sizes.slice(1).forEach((to, at) => {
      const from = sizes[at]!;
      const rows = (to - from) * own;
      steps.push({ index, from, to, rows, cyclesPerRow: (saved * (1 / from - 1 / to)) / rows });
    });
  });
  return steps.sort((a, b) => b.cyclesPerRow - a.cyclesPerRow || a.index - b.index || a.from - b.from);
}

/** Rows of all parts of all slices of a partition. */
export function rowsOf(view: NetworkView, layers: readonly MappedLayer[]): number {
  let rows = 0;
  for (const layer of layers) {
    const parts = layer.slices.reduce((sum, slice) => sum + slice.copies[0]!.parts.length, 0);
    rows += view.shape(layer.output).height * layer.strips * parts;
  }
  return rows;
}

/** The largest divisor of a number that is at most `most`, and at least 1. */
function largestDivisor(of: number, most: number): number {
  for (let divisor = Math.min(of, most); divisor > 1; divisor--) if (of % divisor === 0) return divisor;
  return 1;
}
