/** One network on one chip, verified bit by bit: what is verified, at which size, and the word for what came out. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { listChips, readChip } from "../../src/hardware/index.js";
import { listNetworks, loadBuiltin, type Network, readNetwork, withInputSize } from "../../src/workload/index.js";
import { quantise } from "../../src/workload/quantise/index.js";
import { MACHINES, programOf, SEED, type VerifyOutcome, verifyProgram } from "./outcome.js";

/** Input sizes that keep every layer alive; networks not named run as they are. */
const SIZES: Readonly<Record<string, number>> = {
  resnet8: 16,
  resnet18: 32,
  resnet50: 32,
  vgg16: 32,
  squeezenet1_1: 35,
  mobilenet_v1_025: 32,
  mobilenet_v2: 32,
  efficientnet_b0: 32,
};

/** Files with real weights, in the folder WORDLINE_MODELS names (default: ../shared/models); float ones are quantised first. */
const MODELS = ["resnet8_int8.tflite", "ds_cnn_int8.tflite", "resnet8.onnx", "ds_cnn.onnx", "deepautoencoder.onnx"];

/** Networks of so many weights that each pair takes one case a mapper. */
const LARGE = ["resnet18", "resnet50", "vgg16", "mobilenet_v2", "efficientnet_b0"];

/** Chips that cut large networks into a thousand partitions and more: not tried there, but for the one that stays below. */
const SMALL_CHIPS = ["thread-2", "thread-2-banked", "ddc-pim"];

/** Mappers that are verified. */
export const STRATEGIES = ["greedy", "layerwise", "compass", "compass-optimal"] as const;

/** Batches that are verified. */
export const BATCHES = [1, 3] as const;

/** One verification. */
export interface VerifyCase {
  network: string;
  chip: string;
  strategy: string;
  batch: number;
  mode: "coarse" | "fine";
  engine: "wheel" | "heap";
}

function modelPath(name: string): string {
  return resolve(process.env["WORDLINE_MODELS"] ?? "../shared/models", name);
}

/** The rows of the table in their order: built-in networks, then files. */
export function tableNetworks(): string[] {
  return [...listNetworks(), ...MODELS];
}

/** Those that can be verified here: a file may be missing. */
export function verifiedNetworks(): string[] {
  return tableNetworks().filter((name) => !MODELS.includes(name) || existsSync(modelPath(name)));
}

/** A network's name with the input size it is verified at. */
export function sizedName(name: string): string {
  return SIZES[name] === undefined ? name : `${name}@${SIZES[name]}`;
}

/** The network of a row; a float model is quantised to 8 bits with seeded calibration. */
export function verifiedNetwork(name: string): Network {
  if (MODELS.includes(name)) {
    const network = { ...readNetwork(modelPath(name)), name };
    return name.endsWith(".onnx") ? quantise(network, { seed: SEED }) : network;
  }
  const size = SIZES[name];
  return size === undefined ? loadBuiltin(name) : withInputSize(loadBuiltin(name), size, size);
}

/**
 * The cases of a network on a chip: greedy and layerwise in both batches, the searching mappers in one each, all in turn over rows and
 * columns so that every mapper meets both batches, every mode and engine. Large networks: each mapper in one batch.
 */
function pairCases(network: string, row: number, chip: string, column: number): VerifyCase[] {
  const large = LARGE.includes(network);
  if (large && SMALL_CHIPS.includes(chip) && network !== "mobilenet_v2") return [];
  return STRATEGIES.flatMap((strategy, s) =>
    BATCHES.flatMap((batch, b) => {
      if ((large || s >= 2) && (row + column + s) % 2 !== b) return [];
      return [{ network, chip, strategy, batch, ...MACHINES[(row + column + 2 * s + b) % MACHINES.length]! }];
    }),
  );
}

/** Every case of the table. */
export function verifyCases(networks: readonly string[], chips: readonly string[] = listChips()): VerifyCase[] {
  const rows = tableNetworks();
  const columns = listChips();
  return networks.flatMap((network) =>
    chips.flatMap((chip) => pairCases(network, rows.indexOf(network), chip, columns.indexOf(chip))),
  );
}

/** Verifies one case. */
export async function verifyCase(one: VerifyCase): Promise<VerifyOutcome> {
  const { network, chip, strategy: mapper, batch, mode, engine } = one;
  return verifyProgram(verifiedNetwork(network), readChip(chip), { mapper, batch, mode, engine });
}

/** Digest of the program of a case as the code of now makes it. */
export function caseProgram({ network, chip, strategy: mapper, batch }: VerifyCase): string {
  return programOf(verifiedNetwork(network), readChip(chip), { mapper, batch });
}
