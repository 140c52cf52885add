/** The programs whose mutants are tried: every built-in network at reduced size, and small networks with what those lack. */
import { readFileSync } from "node:fs";
import { compassEstimator } from "../../src/analytical/index.js";
import type { VerifySetting } from "../../src/functional/index.js";
import { loadBuiltin, type Network, readLayerTable, withInputSize } from "../../src/workload/index.js";
import { branchy, settingOf } from "./setting.js";
import { littleCompass, type TowerSize, towers } from "./towers.js";

/** A built-in network at a small input size. */
const small = (name: string, height: number, width: number) => withInputSize(loadBuiltin(name), height, width);

/** A network as the default strategy maps it, with the numbers of any variant. */
function mapped(network: Network, chip: string, batch: number): MutationCase["make"] {
  return (variant) => settingOf(network, chip, batch, undefined, {}, variant);
}

/** Programs of a strategy that searches, with partitions that end inside columns. */
function searched(size: TowerSize, batch: number, variant: number): VerifySetting {
  const chip = littleCompass();
  const options = { strategy: "compass", cost: compassEstimator(chip, batch) };
  return settingOf(towers(size), chip, batch, undefined, options, variant);
}

/** A built-in network with a `divisor`th of its channels, at least four a layer, at a small input size. */
function thin(name: string, divisor: number, height: number, width = height): Network {
  const table = JSON.parse(readFileSync(`src/workload/networks/${name}.json`, "utf8")) as {
    layers: { channels?: number }[];
  };
  for (const layer of table.layers)
    if (layer.channels !== undefined) layer.channels = 4 * Math.max(1, Math.round(layer.channels / divisor / 4));
  return withInputSize(readLayerTable(table), height, width);
}

/** A program and how many of its mutants an ordinary run draws. */
export interface MutationCase {
  name: string;
  /** Another variant is the same program with other numbers. */
  make: (variant: number) => VerifySetting;
  few: number;
}

/** Every program: the first in ordinary runs too, the others in the long mode. */
export function mutationCases(): MutationCase[] {
  return [
    {
      name: "branchy on compass-s, batch 2",
      make: mapped(branchy(), "compass-s", 2),
      few: 200,
    },
    {
      name: "branchy on thread-2, batch 3",
      make: mapped(branchy(), "thread-2", 3),
      few: 20,
    },
    {
      name: "resnet8@4x4 on pack-dimc",
      make: mapped(small("resnet8", 4, 4), "pack-dimc", 1),
      few: 200,
    },
    {
      name: "ds_cnn@12x4 on pack-dimc",
      make: mapped(small("ds_cnn", 12, 4), "pack-dimc", 1),
      few: 200,
    },
    {
      name: "resnet8@8x8 on compass-s, batch 2",
      make: mapped(small("resnet8", 8, 8), "compass-s", 2),
      few: 0,
    },
    {
      name: "resnet8@8x8 on dimc-28nm, batch 2",
      make: mapped(small("resnet8", 8, 8), "dimc-28nm", 2),
      few: 0,
    },
    {
      name: "mobilenet_v1_025@32x32 on rram-130nm",
      make: mapped(small("mobilenet_v1_025", 32, 32), "rram-130nm", 1),
      few: 0,
    },
    {
      name: "towers@9x4 on a little COMPASS, compass, batch 2",
      make: (variant) => searched([9, 4, 64, 1], 2, variant),
      few: 40,
    },
    {
      name: "towers@17x5 on a little COMPASS, compass, batch 3",
      make: (variant) => searched([17, 5, 96, 0], 3, variant),
      few: 0,
    },
    {
      name: "deep_autoencoder on compass-s",
      make: mapped(loadBuiltin("deep_autoencoder"), "compass-s", 1),
      few: 0,
    },
    ...(
      [
        ["efficientnet_b0", 8, 32, "compass-s"],
        ["mobilenet_v2", 8, 32, "compass-s"],
        ["resnet18", 8, 32, "little"],
        ["resnet50", 16, 32, "little"],
        ["squeezenet1_1", 8, 35, "little"],
        ["vgg16", 16, 32, "little"],
      ] as const
    ).map(([name, divisor, size, chip]) => ({
      name: `${name}/${divisor}@${size}x${size} on ${chip === "little" ? "a little COMPASS" : chip}`,
      // Of 8 bits: the 4 of these chips leave little more than constants behind sigmoids, which no wrong address changes.
      make: (variant: number) =>
        settingOf(thin(name, divisor, size), chip === "little" ? littleCompass() : chip, 1, 8, {}, variant),
      few: 0,
    })),
  ];
}
