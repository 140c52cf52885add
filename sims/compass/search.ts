/** The search by itself, without any simulation: baselines, three seeds of the genetic algorithm and the exact optimum on one estimate. */
import { type CompassModel, compassEstimator } from "../../src/analytical/index.js";
import { readChip } from "../../src/hardware/index.js";
import {
  type Found,
  type Group,
  PUBLISHED,
  score,
  searchGenetic,
  searchOptimum,
  searchSpace,
} from "../../src/mapper/index.js";
import { readNetwork } from "../../src/workload/index.js";

/** Seeds of the genetic algorithm. */
export const SEEDS = ["1", "2", "3"] as const;

/** A network on a chip with a batch, searched under one or all forms of the estimate. */
export interface SearchCase {
  network: string;
  chip: string;
  batch: number;
  allModels: boolean;
  code: string;
}

/** Columns that say which case a row belongs to. */
export const SEARCH_KEYS = ["network", "chip", "batch", "code"];

/** Columns of the rows of a case: one a model and scheme. */
export const SEARCH_COLUMNS = [
  ...SEARCH_KEYS,
  ...["fill", "combine", "issue", "scheme", "seed", "cycles", "energyNj", "partitions", "firstShare"],
  ...["partitionsAt10", "rises"],
];

function models(all: boolean): CompassModel[] {
  const fills = ["window", "sample"] as const;
  const combines = ["max", "sum"] as const;
  const issues = ["linear", "piecewise"] as const;
  const every = fills.flatMap((fill) =>
    combines.flatMap((combine) => issues.map((issue) => ({ fill, combine, issue }))),
  );
  return all ? every : every.slice(0, 1);
}

/** Generations in which the best group got worse; there must be none. */
function rises({ history }: Found): number {
  return history.filter(({ best }, at) => at > 0 && best > history[at - 1]!.best).length;
}

/** Searches a case. */
export function search({
  network: networkName,
  chip: chipName,
  batch,
  allModels,
  code,
}: SearchCase): (string | number)[][] {
  const network = readNetwork(networkName);
  const chip = readChip(chipName);
  const space = searchSpace(network, chip);
  const rows: (string | number)[][] = [];
  for (const model of models(allModels)) {
    const costs = space.costs(compassEstimator(chip, batch, model));
    const add = (scheme: string, seed: string, borders: Group, found?: Found) => {
      const { fitness: cycles } = score(costs, "latency", borders);
      const { fitness: energyPj } = score(costs, "energy", borders);
      const first = costs.cyclesOf(borders[0]!, borders[1]!) / cycles;
      rows.push([
        ...[networkName, chipName, batch, code, model.fill, model.combine, model.issue, scheme, seed],
        ...[Math.round(cycles), (energyPj / 1000).toFixed(1), borders.length - 1, first.toFixed(4)],
        ...(found ? [found.history[10]!.partitions, rises(found)] : ["", ""]),
      ]);
    };
    add("greedy", "", space.greedy);
    add("layerwise", "", space.layerwise);
    for (const seed of SEEDS) {
      const found = searchGenetic(costs, { seed, objective: "latency", ...PUBLISHED, earlyStop: false });
      add("compass", seed, found.borders, found);
    }
    add("compass-optimal", "", searchOptimum(costs, "latency").borders);
  }
  return rows;
}
