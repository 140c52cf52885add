/**
 * Bias correction: rounded weights and inputs shift a layer's sums, on average over samples, by an amount of each output
 * channel's own; it is taken off the bias.
 * Inputs: a network with integer weights, samples, the means of its real sums. Invariants: layers are corrected in order, each
 * measured on what its quantised predecessors give it; layers without a bias get none; memory is bounded by the tensors
 * alive in all samples.
 * Sources: M. Nagel et al., "Data-free quantization through weight equalization and bias correction" (2019), its empirical
 * form; R. Banner et al., "Post training 4-bit quantization of convolutional networks" (2019), who correct weights likewise.
 */
import { isMacLayer, type Layer, type Network, type Tensor } from "../network.js";
import { addMeans } from "./calibrate.js";
import { activateLayer, checkedInputs, executeLayer, type RealMatrix, type RealValues, realMatrix } from "./float.js";
import { keepsWeights, quantiseBias } from "./layer.js";
import { aliveAfter } from "./lifetimes.js";

/** What is corrected, and by what. */
export interface CorrectionRequest {
  /** The network of real numbers. */
  real: Network;
  /** Its weights and biases by layer. */
  matrices: readonly (RealMatrix | undefined)[];
  /** The same network with scales everywhere and integer weights. */
  network: Network;
  samples: readonly ReadonlyMap<number, Float32Array>[];
  /** Means of the real sums over these samples, by layer and output channel. */
  means: ReadonlyMap<number, Float64Array>;
}

/** The layers of a network with corrected integer biases. */
export function correctedLayers({ real, matrices, network, samples, means }: CorrectionRequest): Layer[] {
  const { tensors } = network;
  const alive = aliveAfter(network);
  const held = samples.map((sample): RealValues => {
    const inputs = [...checkedInputs(network, sample)];
    return new Map(inputs.map(([id, list]) => [id, rounded(list.slice(), tensors[id]!)]));
  });
  return network.layers.map((layer) => {
    const own = matrices[layer.id];
    const corrects = isMacLayer(layer) && layer.bias !== undefined && !keepsWeights(real.layers[layer.id]!);
    const plain = quantiseBias(layer, own?.bias, tensors);
    const matrix = realMatrix(network, plain);
    const sums = held.map((values) => executeLayer(network, plain, matrix, values));
    const shift = corrects ? shiftOf(sums, means.get(layer.id)!) : undefined;
    sums.forEach((list, sample) => {
      if (shift !== undefined) for (let i = 0; i < list.length; i++) list[i]! += shift[i % shift.length]!;
      const values = held[sample]!;
      values.set(layer.output, rounded(activateLayer(network, layer, list), tensors[layer.output]!));
      alive.free(layer.id, values);
    });
    if (shift === undefined) return plain;
    return quantiseBias(
      layer,
      own!.bias.map((value, k) => value + shift[k]!),
      tensors,
    );
  });
}

/** By how much the means of sums fall short of the true ones. */
function shiftOf(sums: readonly Float32Array[], truth: Float64Array): Float64Array {
  const seen = new Float64Array(truth.length);
  for (const list of sums) addMeans(seen, list, sums.length);
  return truth.map((mean, k) => mean - seen[k]!);
}

/** Real numbers as a tensor holds them, in place. */
function rounded(values: Float32Array, { bits = 8, signed = true, quantization }: Tensor): Float32Array {
  const { scale, zeroPoint } = quantization!;
  const low = (signed ? -(2 ** (bits - 1)) : 0) - zeroPoint;
  const high = low + 2 ** bits - 1;
  for (let i = 0; i < values.length; i++)
    values[i] = scale * Math.min(high, Math.max(low, Math.round(values[i]! / scale)));
  return values;
}
