/** The nine pairs of COMPASS, and search spaces of made-up units. */
import { compassEstimator } from "../../../src/analytical/index.js";
import { readChip } from "../../../src/hardware/index.js";
import { CostTable, searchSpace, validityOf } from "../../../src/mapper/index.js";
import { loadBuiltin } from "../../../src/workload/index.js";

/** The networks of COMPASS. */
export const NETWORKS = ["vgg16", "resnet18", "squeezenet1_1"] as const;
/** Its chips. */
export const CHIPS = ["compass-s", "compass-m", "compass-l"] as const;

/** Every pair. */
export const PAIRS = NETWORKS.flatMap((network) => CHIPS.map((chip) => [network, chip] as const));

/** The costs of all partitions of a pair at batch 16. */
export function pairCosts(network: string, chipName: string, batch = 16): CostTable {
  const chip = readChip(chipName);
  return searchSpace(loadBuiltin(network), chip).costs(compassEstimator(chip, batch));
}

/** Costs of made-up units on a chip of a few cores: any numbers, so that nothing is learnt from them. */
export function madeUp(
  slots: readonly number[],
  geometry: { cores: number; slotsPerCore: number },
  numbers: readonly number[],
): CostTable {
  const of = (start: number, end: number, salt: number) =>
    numbers[(start * 31 + end * 17 + salt * 7) % numbers.length]! * (end - start + 1);
  return new CostTable(
    validityOf(
      slots.map((each) => ({ slots: each })),
      geometry,
    ),
    (start, end) => ({ cycles: of(start, end, 0), energyPj: of(start, end, 1) }),
  );
}
