/** One network on one chip, verified bit by bit: what is verified, at which size, and the word for what came out. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { listChips, readChip } from "../../src/hardware/index.js";
import { listNetworks, loadBuiltin, type Network, readNetwork, withInputSize } from "../../src/workload/index.js";
import { quantise } from "../../src/workload/quantise/index.js";
import { MACHINES, SEED, type VerifyOutcome, verifyProgram } from "./outcome.js";

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
const MODELS = ["resnet8_int8.tflite", "ds_cnn_int8.tflite", "deepautoencoder.onnx"];

/** Mappers that are verified. */
export const STRATEGIES = ["greedy", "layerwise"];

/** Batches that are verified. */
export const BATCHES = [1, 3];

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

/** Every case of the table: both mappers, both batches, and over the four of them every mode on every engine. */
export function verifyCases(networks: readonly string[], chips: readonly string[] = listChips()): VerifyCase[] {
  return networks.flatMap((network, row) =>
    chips.flatMap((chip, column) =>
      STRATEGIES.flatMap((strategy, s) =>
        BATCHES.map((batch, b) => ({
          network,
          chip,
          strategy,
          batch,
          ...MACHINES[(row + column + 2 * s + b) % MACHINES.length]!,
        })),
      ),
    ),
  );
}

/** Verifies one case. */
export async function verifyCase(one: VerifyCase): Promise<VerifyOutcome> {
  const { network, chip, strategy: mapper, batch, mode, engine } = one;
  return verifyProgram(verifiedNetwork(network), readChip(chip), { mapper, batch, mode, engine });
}
