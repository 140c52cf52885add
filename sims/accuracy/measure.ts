/** One setting of the study: cycles and energy from the simulation, numbers from the same program with these converters. */
import { type AdcModel, readTensor, Verifier } from "../../src/functional/index.js";
import type { Chip } from "../../src/hardware/index.js";
import { type Simulation, simulate } from "../../src/machine/index.js";
import { emit, map } from "../../src/mapper/index.js";
import type { Network } from "../../src/workload/index.js";
import { dequantise, sqnrDecibels, topOne } from "../../src/workload/quantise/index.js";
import { executeReference, parametersOf } from "../../src/workload/reference/index.js";
import { chipOf } from "./chip.js";
import { loadStudyNetwork, type StudyNetwork } from "./networks.js";
import { kindOf, sampleInputs } from "./samples.js";

const PRECISION = { weightBits: 8, activationBits: 8 };

/** Samples of one case. */
export const BLOCK = 8;

/** Columns of the rows of a case; one row a sample. */
export const SAMPLE_COLUMNS = [
  ...["network", "weights", "rowsActive", "adcBits", "adc", "block", "sample", "inputs"],
  ...["idealTop", "top", "outputSqnrDb", "worstSqnrDb", "worstLayer", "conversions", "clipped"],
];

/** Columns of the rows of a timing case. */
export const TIMING_COLUMNS = [
  ...["network", "weights", "rowsActive", "adcBits", "firstCycles", "sampleCycles"],
  ...["sampleNj", "adcNj", "arrayNj", "staticNj", "restNj"],
];

function compile(network: Network, chip: Chip, batch: number) {
  return emit(map(network, chip, { batch, precision: PRECISION }), network, chip);
}

/** Decibels as a cell: `exact` where nothing differs. */
function decibels(value: number): string {
  return Number.isFinite(value) ? value.toFixed(2) : "exact";
}

/** Runs a block of samples on real numbers; one row a sample. */
export function measureSamples(
  study: StudyNetwork,
  rowsActive: number,
  adcBits: number,
  adc: AdcModel,
  block: number,
): (string | number)[][] {
  const chip = chipOf(adcBits, rowsActive, PRECISION.activationBits);
  const network = loadStudyNetwork(study);
  const parameters = parametersOf(network, { seed: 1, precision: PRECISION });
  const program = compile(network, chip, BLOCK);
  const samples = Array.from({ length: BLOCK }, (_, index) => block * BLOCK + index);
  const inputs = samples.map((sample) => sampleInputs(network, sample));
  const setting = { program, network, chip, parameters, inputs, options: { adc }, checkDataFlow: false };
  const { machine, sink } = new Verifier(setting);
  simulate(program, chip, { pathTotals: false, sink });
  machine.finish();
  const { conversions, clipped } = machine.counts;
  return samples.map((sample, index) => {
    const ideal = executeReference(network, parameters, inputs[index]!);
    let worst = { sqnr: Number.POSITIVE_INFINITY, layer: "" };
    let output = { sqnr: Number.NaN, ideal: -1, top: -1 };
    for (const place of program.tensors) {
      const tensor = network.tensors[place.tensor]!;
      const truth = ideal.get(place.tensor)!;
      const seen = readTensor(machine, place, index, parameters.tensors[place.tensor]!.signed);
      const sqnr = sqnrDecibels(dequantise(truth, tensor), dequantise(seen, tensor));
      const layer = network.layers.find((one) => one.output === place.tensor)?.name ?? "";
      if (sqnr < worst.sqnr) worst = { sqnr, layer };
      if (network.outputs.includes(place.tensor)) output = { sqnr, ideal: topOne(truth), top: topOne(seen) };
    }
    return [
      ...[study.name, study.weights, rowsActive, adcBits, adc, block, sample, kindOf(sample)],
      ...[output.ideal, output.top, decibels(output.sqnr), decibels(worst.sqnr), worst.layer.replaceAll(",", ";")],
      // Counted for the block as a whole; each of its rows takes its share.
      ...[conversions / BLOCK, clipped / BLOCK],
    ];
  });
}

/** Times a setting: the first sample with its weights, and what each further one costs with weights in place. */
export function measureTiming(study: StudyNetwork, rowsActive: number, adcBits: number): (string | number)[][] {
  const chip = chipOf(adcBits, rowsActive, PRECISION.activationBits);
  const network = loadStudyNetwork(study);
  const further = 4;
  const run = (batch: number): Simulation => simulate(compile(network, chip, batch), chip, { pathTotals: false });
  const first = run(1);
  const all = run(1 + further);
  const cycles = (all.cycles - first.cycles) / further;
  const energy = (part: string) => (all.energyPj[part]! - first.energyPj[part]!) / further / 1000;
  const [total, adc, array, still] = ["total", "adc", "array", "static"].map(energy) as [
    number,
    number,
    number,
    number,
  ];
  const parts = [total, adc, array, still, total - adc - array - still].map((value) => value.toFixed(1));
  return [[study.name, study.weights, rowsActive, adcBits, first.cycles, Math.round(cycles), ...parts]];
}
