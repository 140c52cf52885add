/** One network on one chip, verified bit by bit: what is verified, at which size, and the word for what came out. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { UserError } from "../../src/base/index.js";
import { formatMismatch, Verifier, type VerifyReport } from "../../src/functional/index.js";
import { listChips, readChip } from "../../src/hardware/index.js";
import { simulate } from "../../src/machine/index.js";
import { emit, map } from "../../src/mapper/index.js";
import { listNetworks, loadBuiltin, type Network, readNetwork, withInputSize } from "../../src/workload/index.js";
import { quantise } from "../../src/workload/quantise/index.js";
import { fillNetwork, parametersOf, seededInputs } from "../../src/workload/reference/index.js";

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

/** Seed of every number a network lacks, and of its inputs. */
const SEED = 5;

/** Mappers that are verified. */
export const STRATEGIES = ["greedy", "layerwise"];

/** Batches that are verified. */
export const BATCHES = [1, 3];

const MACHINES = [
  { mode: "coarse", engine: "wheel" },
  { mode: "fine", engine: "heap" },
  { mode: "coarse", engine: "heap" },
  { mode: "fine", engine: "wheel" },
] as const;

/** One verification. */
export interface VerifyCase {
  network: string;
  chip: string;
  strategy: string;
  batch: number;
  mode: "coarse" | "fine";
  engine: "wheel" | "heap";
}

/** What a verification gave: `equal`, `overflow`, `DIFFERS`, or the code of the rule that refuses the pair. */
export interface VerifyOutcome {
  word: string;
  /** Elements held against the reference, and products computed for them. */
  elements: number;
  macs: number;
  /** The first things that are wrong, where something is. */
  details: string[];
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
export function verifyCase({
  network: name,
  chip: chipName,
  strategy,
  batch,
  mode,
  engine,
}: VerifyCase): VerifyOutcome {
  let report: VerifyReport;
  try {
    const chip = readChip(chipName);
    const precision = chip.defaultPrecision;
    const network = fillNetwork(verifiedNetwork(name), { seed: SEED, precision, zeroPoints: "seeded" });
    const parameters = parametersOf(network, { seed: SEED, precision });
    const inputs = Array.from({ length: batch }, (_, sample) => seededInputs(network, SEED, sample));
    const program = emit(map(network, chip, { strategy, batch, precision }), network, chip);
    const verifier = new Verifier({ program, network, chip, parameters, inputs });
    simulate(program, chip, { pathTotals: false, mode, engine, sink: verifier.sink });
    report = verifier.report();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { code, message } = error.problems[0]!;
    return { word: code, elements: 0, macs: 0, details: [message] };
  }
  const { passed, counts, elements, unstored } = report;
  const facts = { elements: elements - unstored, macs: counts.macs };
  if (passed) return { word: "equal", ...facts, details: [] };
  const flow = report.flow!.problems.filter(({ kind }) => kind !== "unread").map(({ message }) => message);
  const missing = report.missing.map((tensor) => `the program has no place for output ${tensor}`);
  const details = [...report.mismatches.map(formatMismatch), ...missing, ...flow].slice(0, 5);
  // Accumulators narrower than a layer needs give other numbers without any error of the program; races are none of their doing.
  return { word: counts.overflows > 0 && flow.length === 0 ? "overflow" : "DIFFERS", ...facts, details };
}
