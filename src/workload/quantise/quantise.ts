/**
 * A simple post-training quantiser: weights symmetric per output channel, activations by the ranges seen in calibration, biases
 * corrected by the mean error calibration shows.
 * Inputs: a network with real weights, and samples to calibrate with (seeded ones where none are given). Invariants: the
 * result has every number an integer executor needs; what the network already states is kept; scales fit single precision.
 */
import { randomStream, UserError } from "../../base/index.js";
import { elementsOf, type Network, type Quantization, type Tensor } from "../network.js";
import { addMeans, calibrate, type Reach, worthwhileSamples } from "./calibrate.js";
import { correctedLayers } from "./correct.js";
import { realMatrix } from "./float.js";
import { quantiseWeights } from "./layer.js";
import { bestRange, isNarrow } from "./search.js";

/** How a network is quantised. */
export interface QuantiseOptions {
  /** Samples to calibrate with, real values by input tensor; absent: `samples` seeded ones. */
  inputs?: readonly ReadonlyMap<number, Float32Array>[];
  seed?: string | number;
  /** Seeded samples; default as many as 2^27 multiplications pay for, 2 to 32. */
  samples?: number;
  /** Range of seeded input values; default −1 to 1. */
  range?: { min: number; max: number };
  /** Bits per weight; default 8. */
  weightBits?: number;
  /** Bits per activation; default 8. */
  activationBits?: number;
}

/** A copy of a network in integers: bit widths, scales and zero points everywhere, integer weights and biases. */
export function quantise(network: Network, options: QuantiseOptions = {}): Network {
  const { weightBits = 8, activationBits = 8, seed = 1, range = { min: -1, max: 1 } } = options;
  demandBits("weightBits", weightBits);
  demandBits("activationBits", activationBits);
  const length = options.samples ?? worthwhileSamples(network);
  const inputs = options.inputs ?? Array.from({ length }, (_, sample) => seededReals(network, seed, sample, range));
  if (inputs.length === 0)
    throw new UserError({ code: "quantise-samples", message: "there are no samples to calibrate with" });
  const matrices = network.layers.map((layer) => realMatrix(network, layer));
  // Ranges want every sample, biases a few: those of even distances, as files are often sorted by class.
  const distance = Math.ceil(inputs.length / worthwhileSamples(network));
  const samples = inputs.filter((_, index) => index % distance === 0);
  const means = new Map(
    network.layers.map(({ id, output }) => [id, new Float64Array(network.tensors[output]!.shape.channels)]),
  );
  const reaches = calibrate(network, matrices, inputs, (layer, sums, index) => {
    if (index % distance === 0) addMeans(means.get(layer)!, sums, samples.length);
  });
  const tensors = network.tensors.map((tensor): Tensor => {
    const own = { ...tensor, bits: tensor.bits ?? activationBits, signed: tensor.signed ?? true };
    return { ...own, quantization: tensor.quantization ?? quantizationOf(own, reaches[tensor.id]!) };
  });
  const layers = network.layers.map((layer) => quantiseWeights(layer, matrices[layer.id], tensors, weightBits));
  const filled = { ...network, tensors, layers };
  return { ...filled, layers: correctedLayers({ real: network, matrices, network: filled, samples, means }) };
}

/** Seeded real values for every input of a network, evenly over a range. */
export function seededReals(
  network: Network,
  seed: string | number,
  sample = 0,
  { min, max } = { min: -1, max: 1 },
): Map<number, Float32Array> {
  const result = new Map<number, Float32Array>();
  for (const id of network.inputs) {
    const { name, shape } = network.tensors[id]!;
    const random = randomStream(seed, `input/${name}/${sample}`);
    result.set(
      id,
      Float32Array.from({ length: elementsOf(shape) }, () => min + (max - min) * random()),
    );
  }
  return result;
}

function demandBits(field: string, bits: number): void {
  if (Number.isInteger(bits) && bits >= 2 && bits <= 16) return;
  const message = "width cannot be quantised to";
  throw new UserError({
    code: "quantise-bits",
    message,
    place: { field },
    seen: `${bits}`,
    accepted: "2 to 16 bits",
  });
}

/** Scale and zero point of a range that holds 0, so that 0 is an integer exactly. */
function quantizationOf({ bits = 8, signed }: Tensor, reach: Reach): Quantization {
  const { min, max } = isNarrow(bits) ? bestRange(reach, bits) : reach;
  const steps = 2 ** bits - 1;
  const low = signed ? -(2 ** (bits - 1)) : 0;
  const scale = Math.fround((max - min) / steps) || 1;
  const zeroPoint = Math.min(low + steps, Math.max(low, low - Math.round(min / scale)));
  return { scale, zeroPoint };
}
