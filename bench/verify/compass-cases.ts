/**
 * Programs of the COMPASS study at reduced input size, with the study's settings and with every option that changes what is emitted.
 * Input size shrinks feature maps only: weight matrices, and so units, partitions and cuts inside columns, stay those of the full networks.
 */
import { type Chip, type Overrides, readChip } from "../../src/hardware/index.js";
import type { MapOptions } from "../../src/mapper/index.js";
import { loadBuiltin, type Network, withInputSize } from "../../src/workload/index.js";
import { MACHINES } from "./outcome.js";

/** Chips and schemes of the study. */
export const CHIPS = ["compass-s", "compass-m", "compass-l"] as const;
/** The baselines, the genetic search and the exact one. */
export const SCHEMES = ["greedy", "layerwise", "compass", "compass-optimal"] as const;

/** What differs from the study's settings. */
export interface Variation {
  mapping?: Omit<MapOptions, "strategy" | "batch" | "precision" | "cost">;
  chip?: Overrides;
}

const banked: Overrides = { "core.arrays.write.doubleBanked": true, "core.arrays.write.swapTime": "4 ns" };
const ports: Overrides = { "core.arrays.write.portsPerCore": 3 };
const sample = { pipeline: "sample" } as const;

/** The study's settings, and what they are varied by. */
export const VARIATIONS: Readonly<Record<string, Variation>> = {
  study: {},
  unit: { mapping: { mvmPer: "unit" } },
  sample: { mapping: sample },
  "sample-rounds-of-1": { mapping: { ...sample, samplesPerRound: 1 } },
  "rounds-of-all": { mapping: { samplesPerRound: 64 } },
  "no-prefetch": { mapping: { prefetchWeights: false } },
  "no-replicas": { mapping: { replicate: false } },
  "half-reserve": { mapping: { replication: "half-reserve" } },
  "issue-bound": { mapping: { replication: "issue-bound" } },
  columns: { mapping: { unitRule: "columns" } },
  "no-streams": { mapping: { stream: false } },
  "no-multicast": { mapping: { weightMulticast: false } },
  banked: { chip: banked },
  "rows-per-pulse-8": { chip: { "core.arrays.write.rowsPerPulse": 8 } },
  "ports-3": { chip: ports },
  "memory-4k": { chip: { "core.localMemory.size": "4 kB" } },
  "memory-1k": { chip: { "core.localMemory.size": "1 kB" } },
  "bits-8": { chip: { defaultPrecision: { weightBits: 8, activationBits: 8 } } },
  "banked-ports-no-prefetch": { chip: { ...banked, ...ports }, mapping: { prefetchWeights: false } },
  "banked-sample-unit": { chip: banked, mapping: { ...sample, mvmPer: "unit" } },
  "memory-4k-sample": { chip: { "core.localMemory.size": "4 kB" }, mapping: sample },
};

/** One program to verify. */
export interface CompassCase {
  network: string;
  size: number;
  chip: string;
  scheme: string;
  batch: number;
  /** Name of a variation. */
  options: string;
}

/** Networks, input sizes that keep every layer alive, and on how many of the schemes each variation runs. */
const NETWORKS: readonly (readonly [string, number, number])[] = [
  ["squeezenet1_1", 35, 4],
  ["resnet18", 32, 2],
  ["vgg16", 32, 1],
];

/** All points of the study up to batch 4. */
function points(network: string, size: number): CompassCase[] {
  return [3, 1, 2, 4].flatMap((batch) =>
    CHIPS.flatMap((chip) => SCHEMES.map((scheme) => ({ network, size, chip, scheme, batch, options: "study" }))),
  );
}

/** Every variation; chips, schemes and batches in turn, so that each variation meets each of them over the networks. */
function varied(row: number, network: string, size: number, schemes: number): CompassCase[] {
  const names = Object.keys(VARIATIONS).filter((name) => name !== "study");
  return names.flatMap((options, turn) =>
    Array.from({ length: schemes }, (_, at) => ({
      ...{ network, size, options },
      scheme: SCHEMES[(turn + at + row) % SCHEMES.length]!,
      chip: CHIPS[(row + turn + at) % CHIPS.length]!,
      batch: 2 + ((row + Math.floor(turn / 2) + at) % 2),
    })),
  );
}

/** Larger inputs, whose feature maps do not end after a few rows, and the study's largest batch. */
function larger(): CompassCase[] {
  const study = { options: "study" };
  return [
    ...CHIPS.map((chip) => ({ network: "squeezenet1_1", size: 35, chip, scheme: "compass", batch: 16, ...study })),
    ...CHIPS.map((chip) => ({ network: "resnet18", size: 32, chip, scheme: "compass", batch: 16, ...study })),
    ...SCHEMES.flatMap((scheme, at) => [
      { network: "squeezenet1_1", size: 99, chip: CHIPS[at % 3]!, scheme, batch: 3, ...study },
      { network: "resnet18", size: 64, chip: CHIPS[(at + 1) % 3]!, scheme, batch: 3, ...study },
      { network: "vgg16", size: 64, chip: CHIPS[at % 3]!, scheme, batch: 1, ...study },
    ]),
    { network: "resnet18", size: 112, chip: "compass-m", scheme: "compass", batch: 1, ...study },
  ];
}

/** Every case; kinds and networks in turn, so that a campaign that is stopped has seen some of all. */
export function compassCases(): CompassCase[] {
  const kinds = NETWORKS.flatMap(([network, size, schemes], row) => [
    varied(row, network, size, schemes),
    points(network, size),
  ]);
  return alternating([...kinds, larger()]);
}

/** One of each list in turn. */
function alternating(lists: readonly CompassCase[][]): CompassCase[] {
  const longest = Math.max(...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, at) => lists.flatMap((list) => list.slice(at, at + 1))).flat();
}

/** The network of a case. */
export function networkOf({ network, size }: CompassCase): Network {
  return withInputSize(loadBuiltin(network), size, size);
}

/** The chip of a case. */
export function chipOf({ chip, options }: CompassCase): Chip {
  return readChip(chip, { set: VARIATIONS[options]!.chip ?? {} });
}

/** The mapping options of a case: the study's where they are not varied. */
export function mappingOf({ options }: CompassCase): MapOptions {
  const study = { mvmPer: "rowBlock", pipeline: "window", replication: "chip-full", seed: "1" } as const;
  return { ...study, ...VARIATIONS[options]!.mapping };
}

/** The machine of a case: modes and engines in turn, the same for a case wherever it stands. */
export function machineOf({ network, chip, scheme, batch, options }: CompassCase): (typeof MACHINES)[number] {
  const turn = [...`${network}${chip}${scheme}${options}`].reduce((sum, sign) => sum + sign.charCodeAt(0), batch);
  return MACHINES[turn % MACHINES.length]!;
}
