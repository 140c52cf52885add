/** COMPASS: partitions found by search. Units, validity, plans, costs, the genetic algorithm and the exact optimum. */
export { CostTable } from "./cost-table.js";
export { type Found, type Generation, type GeneticOptions, PUBLISHED, searchGenetic } from "./genetic.js";
export { OBJECTIVES, type Objective, score } from "./objective.js";
export { searchOptimum } from "./optimum.js";
export { UNIT_RULES, type UnitRule } from "./search-unit.js";
export { type SearchSpace, searchSpace } from "./space.js";
export { cutsOf, type Group, isGroup, longestGroup, validityOf, validShare } from "./validity.js";
