/**
 * `npm run bench -- compass`: what searching for partitions costs. CPU seconds of the genetic algorithm (from nothing, and three seeds) and
 * of the exact optimum for the nine pairs of COMPASS at batch 16, how far the one stays from the other, and the baselines beside them.
 */
import { compassEstimator } from "../src/analytical/index.js";
import { readChip } from "../src/hardware/index.js";
import {
  type GeneticOptions,
  type Group,
  score,
  searchGenetic,
  searchOptimum,
  searchSpace,
} from "../src/mapper/index.js";
import { readNetwork } from "../src/workload/index.js";
import { formatTable } from "./lib/table.js";

const BATCH = 16;
const SEEDS = ["1", "2", "3"];

function cpu<T>(work: () => T): { value: T; seconds: number } {
  const before = process.cpuUsage();
  const value = work();
  const used = process.cpuUsage(before);
  return { value, seconds: (used.user + used.system) / 1e6 };
}

function row(networkName: string, chipName: string, batch: number): string[] {
  const network = readNetwork(networkName);
  const chip = readChip(chipName);
  const made = cpu(() => searchSpace(network, chip));
  const space = made.value;
  const cost = compassEstimator(chip, batch);
  const options = (seed: string): GeneticOptions => ({
    seed,
    objective: "latency",
    population: 100,
    generations: 30,
    earlyStop: false,
  });
  const genetic = cpu(() => {
    const costs = space.costs(cost);
    return { costs, found: searchGenetic(costs, options(SEEDS[0]!)) };
  });
  const exact = cpu(() => {
    const costs = space.costs(cost);
    return { costs, found: searchOptimum(costs, "latency") };
  });
  const { costs, found } = exact.value;
  const ratios = SEEDS.map((seed) => searchGenetic(costs, options(seed)).fitness / found.fitness);
  const best = Math.min(...ratios);
  const over = (group: Group) => (score(costs, "latency", group).fitness / found.fitness / best).toFixed(2);
  return [
    `${networkName} ${chipName} ${batch}`,
    String(space.units.length),
    String(costs.size),
    (made.seconds + genetic.seconds).toFixed(2),
    (made.seconds + exact.seconds).toFixed(2),
    ratios.map((ratio) => ratio.toFixed(4)).join(" "),
    `${genetic.value.found.borders.length - 1} / ${found.borders.length - 1}`,
    over(space.greedy),
    over(space.layerwise),
  ];
}

/** Runs the bench; `compass NETWORK CHIP BATCH` measures one case. */
export async function run(args: string[]): Promise<void> {
  const cases: [string, string, number][] =
    args.length >= 2
      ? [[args[0]!, args[1]!, Number(args[2] ?? BATCH)]]
      : ["vgg16", "resnet18", "squeezenet1_1"].flatMap((network) =>
          ["compass-s", "compass-m", "compass-l"].map((chip): [string, string, number] => [network, chip, BATCH]),
        );
  const rows = [
    [
      "network chip batch",
      "units",
      "partitions",
      "GA s",
      "optimum s",
      "GA / optimum, seeds 1 2 3",
      "parts GA / opt",
      "greedy / GA",
      "layerwise / GA",
    ],
  ];
  for (const [network, chip, batch] of cases) rows.push(row(network, chip, batch));
  process.stdout.write(`${formatTable(rows)}\n`);
}
