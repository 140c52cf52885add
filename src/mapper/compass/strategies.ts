/** The strategies `compass` (genetic algorithm) and `compass-optimal` (shortest path) over the same partitions and costs. */
import { UserError } from "../../base/index.js";
import type { Cut, SearchRequest, Strategy, StrategyInput } from "../strategies/strategy.js";
import { CostTable } from "./cost-table.js";
import { searchGenetic } from "./genetic.js";
import { searchOptimum } from "./optimum.js";
import { cutsOf, type Group, validityOf } from "./validity.js";

/** Cuts where a search over costs says; no cuts where a single atom does not fit the chip. */
function cutBySearch(name: string, input: StrategyInput, search: (costs: CostTable) => Group): Cut[] {
  const { plan, cost }: SearchRequest = input.search;
  if (cost === undefined)
    throw new UserError({
      code: "no-cost",
      message: `the strategy ${name} searches for the cheapest partitions and was given no cost function`,
      accepted: "the option `cost`, such as the COMPASS estimate that the command line hands in",
    });
  const validity = validityOf(input.units, input.geometry, input.mayCutAfter);
  if (validity.reach.some((end, start) => end === start)) return [];
  const costs = new CostTable(validity, (start, end) =>
    cost(plan(validity.firstUnit[start]!, validity.firstUnit[end]!)),
  );
  return cutsOf(validity, search(costs));
}

/** COMPASS: the genetic algorithm as published. */
export const compass: Strategy = {
  name: "compass",
  about: "searches the partitions of least cost with the genetic algorithm of COMPASS",
  searches: true,
  cut: (input) => cutBySearch("compass", input, (costs) => searchGenetic(costs, input.search).borders),
};

/** The exact optimum of the same costs. */
export const compassOptimal: Strategy = {
  name: "compass-optimal",
  about: "the partitions of least cost, exactly",
  searches: true,
  cut: (input) =>
    cutBySearch("compass-optimal", input, (costs) => searchOptimum(costs, input.search.objective).borders),
};
