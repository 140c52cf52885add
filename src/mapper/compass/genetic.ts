/**
 * The genetic algorithm of COMPASS (section 7 of our specification): select the best, mutate copies of them, no crossover.
 * Every random choice comes from one named stream, so the same seed gives the same group. The best never gets worse, as it is always selected.
 */
import { type RandomStream, randomStream, uniformInt } from "../../base/index.js";
import type { CostTable } from "./cost-table.js";
import { type Objective, type Scored, score } from "./objective.js";
import { OPERATORS } from "./operators.js";
import { type Group, randomBorders } from "./validity.js";

/** How the algorithm runs. */
export interface GeneticOptions {
  seed: string;
  objective: Objective;
  /** Groups in a generation; a fifth of them is selected, the others are mutations of those. */
  population: number;
  generations: number;
  /** Whether it stops when the best has improved by less than 1e-4 over 10 generations. */
  earlyStop: boolean;
  onGeneration?: (generation: Generation) => void;
}

/** What one generation found. */
export interface Generation {
  generation: number;
  generations: number;
  /** Fitness of the best group, and partitions in it. */
  best: number;
  partitions: number;
}

/** What the published algorithm ran with. */
export const PUBLISHED = { population: 100, generations: 30, selected: 20 } as const;

const STOP_GENERATIONS = 10;
const STOP_GAIN = 1e-4;

/** The result of a search. */
export interface Found {
  borders: Group;
  fitness: number;
  /** One entry a generation, from the first random one (0) on. */
  history: Generation[];
}

/** Searches the best group. */
export function searchGenetic(costs: CostTable, options: GeneticOptions): Found {
  const { objective, population: size, generations } = options;
  const { validity } = costs;
  const random = randomStream(options.seed, "compass");
  const rated = (borders: Group) => score(costs, objective, borders);
  const selectedCount = Math.max(1, Math.round((size * PUBLISHED.selected) / PUBLISHED.population));
  let population = Array.from({ length: size }, () =>
    rated([0, ...randomBorders(validity, 0, validity.count, random)]),
  );
  const history: Generation[] = [];
  const note = (generation: number): Scored => {
    const best = population.reduce((least, one) => (one.fitness < least.fitness ? one : least));
    const entry = { generation, generations, best: best.fitness, partitions: best.scores.length };
    history.push(entry);
    options.onGeneration?.(entry);
    return best;
  };
  let best = note(0);
  for (let generation = 1; generation <= generations && validity.count > 0; generation++) {
    const meanPrefix = meanScores(population, validity.count);
    // The sort is stable: among equals the earlier stays first.
    const selected = population
      .slice()
      .sort((a, b) => a.fitness - b.fitness)
      .slice(0, selectedCount);
    population = [...selected, ...mutations(selected, size - selectedCount, meanPrefix)];
    best = note(generation);
    const before = history[generation - STOP_GENERATIONS];
    if (options.earlyStop && before && (before.best - best.fitness) / before.best < STOP_GAIN) break;
  }
  return { borders: best.borders, fitness: best.fitness, history };

  function mutations(parents: readonly Scored[], count: number, meanPrefix: Float64Array): Scored[] {
    const made: Scored[] = [];
    while (made.length < count) {
      const parent = { ...pick(parents, random), meanPrefix };
      const borders = pick(OPERATORS, random)(parent, validity, random);
      if (borders) made.push(rated(borders));
    }
    return made;
  }
}

function pick<T>(list: readonly T[], random: RandomStream): T {
  return list[uniformInt(random, 0, list.length - 1)]!;
}

/** Prefix sums over atoms of the mean, over the population, of the score of the partition that holds the atom, an equal share an atom. */
function meanScores(population: readonly Scored[], count: number): Float64Array {
  const prefix = new Float64Array(count + 1);
  for (const { borders, scores } of population)
    scores.forEach((of, k) => {
      const share = of / (borders[k + 1]! - borders[k]!) / population.length;
      for (let atom = borders[k]!; atom < borders[k + 1]!; atom++) prefix[atom + 1]! += share;
    });
  for (let atom = 0; atom < count; atom++) prefix[atom + 1]! += prefix[atom]!;
  return prefix;
}
