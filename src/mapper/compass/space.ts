/**
 * A search space: the units, validity and partition costs of one network on one chip, without making a Mapping. For studies that compare
 * groups of partitions by their cost alone, under any unit rule.
 */
import type { Chip, Precision } from "../../hardware/index.js";
import type { CostFunction, MvmPer } from "../../mapping/index.js";
import type { Network } from "../../workload/index.js";
import { accumulatorsOf } from "../accumulators.js";
import { NetworkView } from "../chains.js";
import { decompose } from "../decompose.js";
import { geometryOf } from "../geometry.js";
import type { ReplicationRule } from "../replication.js";
import { CostTable } from "./cost-table.js";
import { Planner } from "./planner.js";
import { capacityUnits, checkUnitRule, type SearchUnit, searchUnits, type UnitRule } from "./search-unit.js";
import { type Group, longestGroup, type Validity, validityOf } from "./validity.js";

/** Options of a search space. */
export interface SpaceOptions {
  precision?: Precision;
  /** How layers are cut; `capacity` can be searched, though not placed. */
  unitRule?: UnitRule | "capacity";
  replication?: ReplicationRule;
  /** What one MVM drives (default rowBlock). */
  mvmPer?: MvmPer;
}

/** Everything a search needs, and the baselines. */
export interface SearchSpace {
  units: SearchUnit[];
  validity: Validity;
  planner: Planner;
  /** Fills the chip, then starts the next partition. */
  greedy: Group;
  /** Also cuts where the layer changes. */
  layerwise: Group;
  /** A table of the costs of all partitions. */
  costs(cost: CostFunction): CostTable;
}

/** The search space of a network on a chip. */
export function searchSpace(network: Network, chip: Chip, options: SpaceOptions = {}): SearchSpace {
  const precision = options.precision ?? chip.defaultPrecision;
  const rule = options.unitRule ?? "two-dimensional";
  const view = new NetworkView(network, precision);
  const geometry = geometryOf(chip);
  let units: SearchUnit[];
  if (rule === "capacity") units = capacityUnits(view, geometry);
  else {
    const whole = decompose(network, chip, precision);
    checkUnitRule(view, geometry, whole, rule);
    units = searchUnits(view, geometry, whole, {
      mvmPer: options.mvmPer ?? "rowBlock",
      mostOutputs: accumulatorsOf(chip, whole).entries,
    });
  }
  const validity = validityOf(units, geometry);
  const planner = new Planner(view, chip, geometry, units, {
    replicate: true,
    replication: options.replication ?? "chip-full",
    partialSumBits: chip.core.accumulatorBits,
  });
  const layerOf = (atom: number) => units[validity.firstUnit[atom]!]!.layer;
  return {
    units,
    validity,
    planner,
    greedy: longestGroup(validity),
    layerwise: longestGroup(validity, (atom) => layerOf(atom) !== layerOf(atom - 1)),
    costs: (cost) =>
      new CostTable(validity, (start, end) => cost(planner.plan(validity.firstUnit[start]!, validity.firstUnit[end]!))),
  };
}
