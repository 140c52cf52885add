/**
 * Fills in the numbers a network lacks: bit widths, seeded weights and biases, scales and zero points.
 * Input: any network. Result: a copy in which every tensor has bits, signedness and quantization and every matrix layer integer
 * weights with scales. Scales follow the estimated root mean square of each tensor, so that outputs use their range and few saturate.
 */
import { type RandomStream, randomStream, UserError, uniformInt } from "../../base/index.js";
import {
  type ConvLayer,
  elementsOf,
  type FcLayer,
  isMacLayer,
  type Layer,
  type Network,
  type Quantization,
  type Tensor,
  type WeightData,
} from "../network.js";
import { matrixOf } from "../totals.js";
import { needsTable } from "./curves.js";

/** What to fill in and how. */
export interface FillOptions {
  seed: string | number;
  /** Widths of tensors and weights that state none. */
  precision: { weightBits: number; activationBits: number };
  /** Zero points of tensors without quantization: all 0 (the default), or seeded ones, which exercise every correction. */
  zeroPoints?: "zero" | "seeded";
}

/** A matrix layer after filling. */
type MatrixLayer = ConvLayer | FcLayer;

/** A copy of a network with every number an integer executor needs; what the network states is kept. */
export function fillNetwork(network: Network, options: FillOptions): Network {
  const tensors = network.tensors.map((tensor) => ({
    ...tensor,
    bits: tensor.bits ?? options.precision.activationBits,
    signed: tensor.signed ?? true,
  }));
  const layers: Layer[] = network.layers.map((layer) => ({ ...layer }));
  const filled: Network = { ...network, tensors, layers };
  const real = new Float64Array(tensors.length);
  for (const id of network.inputs) real[id] = inputSpread(tensors[id]!);
  for (const layer of layers) {
    if (isMacLayer(layer)) fillWeights(filled, layer, options, seededGain(layer, real[layer.inputs[0]!]!));
    real[layer.output] = outputSpread(filled, layer, real);
  }
  fillQuantization(filled, options, real);
  for (const layer of layers) if (isMacLayer(layer)) fillBias(filled, layer, options, real[layer.output]!);
  return filled;
}

/** Root mean square of a network input: a third of its reach where it is quantised, else 1. */
function inputSpread(tensor: Tensor): number {
  const { quantization, bits } = tensor;
  return quantization === undefined ? 1 : (quantization.scale * 2 ** bits!) / 6;
}

/** Root mean square of a layer's output, from those of its inputs. */
function outputSpread(network: Network, layer: Layer, real: Float64Array): number {
  const inputs = layer.inputs.map((id) => real[id]!);
  let spread: number;
  if (isMacLayer(layer)) spread = inputs[0]! * weightGain(network, layer);
  else if (layer.op === "add") spread = Math.hypot(...inputs);
  else if (layer.op === "mul") spread = inputs[0]! * inputs[1]!;
  else spread = Math.max(...inputs);
  switch (layer.activation) {
    case "relu":
    case "swish":
    case "hardswish":
      return spread * Math.SQRT1_2;
    case "relu6":
      return Math.min(spread * Math.SQRT1_2, 4);
    case "sigmoid":
    case "hardsigmoid":
      return 0.5;
    case "tanh":
    case "softsign":
      return Math.min(spread, 1);
    case "clip":
      return Math.min(spread, Math.max(Math.abs(layer.clip?.min ?? spread), Math.abs(layer.clip?.max ?? spread)));
    default:
      return spread;
  }
}

/**
 * Gain of seeded weights: 1, or before a curve as much as brings the sums to a spread of 2, as a normalisation would: much smaller ones see
 * a straight line, or a constant, and behind some dozen such layers no number would depend on another.
 */
function seededGain(layer: MatrixLayer, inputSpreadReal: number): number {
  return needsTable(layer.activation) ? 2 / Math.max(inputSpreadReal, 1e-6) : 1;
}

/** Output spread of a matrix for inputs of spread 1: √rows times the root mean square of the real weights. */
function weightGain(network: Network, layer: MatrixLayer): number {
  const { data, scales, zeroPoints } = layer.weights!;
  const channels = network.tensors[layer.output]!.shape.channels;
  const rows = data.length / channels;
  let sum = 0;
  for (let k = 0; k < channels; k++) {
    const scale = scales?.[scales.length > 1 ? k : 0] ?? 1;
    const zero = zeroPoints?.[zeroPoints.length > 1 ? k : 0] ?? 0;
    let own = 0;
    for (let i = k * rows; i < (k + 1) * rows; i++) own += (data[i]! - zero) ** 2;
    sum += own * scale * scale;
  }
  return Math.sqrt(sum / channels) || 1e-6;
}

function fillWeights(network: Network, layer: MatrixLayer, options: FillOptions, gain: number): void {
  const matrix = matrixOf(network, layer)!;
  const channels = matrix.cols * matrix.groups;
  const random = randomStream(options.seed, `weights/${layer.name}`);
  if (layer.weights === undefined) {
    layer.weightBits ??= options.precision.weightBits;
    layer.weights = seededWeights(random, matrix.rows, channels, layer.weightBits, gain);
    return;
  }
  const { data } = layer.weights;
  layer.weightBits ??= data instanceof Int8Array ? 8 : options.precision.weightBits;
  if (data instanceof Float32Array) layer.weights = quantizeWeights(layer, data, matrix.rows, channels);
  else if (layer.weights.scales === undefined) {
    let sum = 0;
    for (const weight of data) sum += weight * weight;
    const spread = Math.sqrt(sum / Math.max(1, channels)) || 1;
    layer.weights = { ...layer.weights, scales: [1 / spread] };
  }
}

function seededWeights(random: RandomStream, rows: number, channels: number, bits: number, gain: number): WeightData {
  const high = bits === 1 ? 0 : 2 ** (bits - 1) - 1;
  const low = bits === 1 ? -1 : -high;
  const data = bits <= 8 ? new Int8Array(rows * channels) : new Int32Array(rows * channels);
  for (let i = 0; i < data.length; i++) data[i] = uniformInt(random, low, high);
  // Uniform over ±high has root mean square √(high·(high+1)/3): every channel's gain is near the one asked for, each a little different.
  const spread = Math.sqrt(rows) * (bits === 1 ? Math.SQRT1_2 : Math.sqrt((high * (high + 1)) / 3));
  const scales = Array.from({ length: channels }, () => (gain * (0.75 + 0.5 * random())) / spread);
  return { layout: "KHWC", data, scales };
}

/** Symmetric quantisation of real weights, one scale an output channel. */
function quantizeWeights(layer: MatrixLayer, real: Float32Array, rows: number, channels: number): WeightData {
  const bits = layer.weightBits!;
  const high = Math.max(1, 2 ** (bits - 1) - 1);
  const data = bits <= 8 ? new Int8Array(real.length) : new Int32Array(real.length);
  const scales: number[] = [];
  for (let k = 0; k < channels; k++) {
    let largest = 0;
    for (let i = k * rows; i < (k + 1) * rows; i++) largest = Math.max(largest, Math.abs(real[i]!));
    if (!Number.isFinite(largest)) throw notANumber(layer.name);
    const scale = largest === 0 ? 1 : largest / high;
    scales.push(scale);
    for (let i = k * rows; i < (k + 1) * rows; i++) data[i] = Math.round(real[i]! / scale);
  }
  return { layout: "KHWC", data, scales };
}

function notANumber(layer: string): UserError {
  return new UserError({
    code: "weights-not-finite",
    message: `layer ${layer} has weights that are not finite`,
    accepted: "finite numbers",
  });
}

/** Tensors that must share one scale: inputs and output of a concat and of a pool. */
function scaleClasses(network: Network): number[] {
  const parent = network.tensors.map((_, id) => id);
  const root = (id: number): number => {
    let at = id;
    while (parent[at] !== at) at = parent[at]!;
    return at;
  };
  for (const layer of network.layers)
    if (layer.op === "concat" || layer.op === "maxpool" || layer.op === "avgpool")
      for (const input of layer.inputs) parent[root(input)] = root(layer.output);
  return parent.map((_, id) => root(id));
}

function fillQuantization(network: Network, options: FillOptions, real: Float64Array): void {
  const classes = scaleClasses(network);
  const known = new Map<number, Quantization>();
  for (const tensor of network.tensors)
    if (tensor.quantization !== undefined && !known.has(classes[tensor.id]!))
      known.set(classes[tensor.id]!, tensor.quantization);
  const rectified = new Set<number>(network.tensors.map((tensor) => tensor.id));
  const spread = new Map<number, number>();
  for (const tensor of network.tensors) {
    const own = classes[tensor.id]!;
    spread.set(own, Math.max(spread.get(own) ?? 0, real[tensor.id]!));
    if (!isRectified(network, tensor.id)) rectified.delete(own);
  }
  for (const tensor of network.tensors) {
    if (tensor.quantization !== undefined) continue;
    const own = classes[tensor.id]!;
    let quantization = known.get(own);
    if (quantization === undefined) {
      quantization = choose(network, network.tensors[own]!, spread.get(own)!, rectified.has(own), options);
      known.set(own, quantization);
    }
    tensor.quantization = { ...quantization };
  }
}

/** Whether a tensor holds nothing below 0 by construction. */
function isRectified(network: Network, id: number): boolean {
  const producer = network.layers.find((layer) => layer.output === id);
  if (producer === undefined) return false;
  if (producer.op === "maxpool" || producer.op === "avgpool" || producer.op === "concat")
    return producer.activation !== "none" || producer.inputs.every((input) => isRectified(network, input));
  const { activation } = producer;
  return activation === "relu" || activation === "relu6" || activation === "sigmoid" || activation === "hardsigmoid";
}

/**
 * A scale that puts three times the spread (a tensor without negatives: three and a half) at the end of the range; inputs are drawn
 * evenly over their range, whose end is then √3 times the spread.
 */
function choose(
  network: Network,
  tensor: Tensor,
  spread: number,
  rectified: boolean,
  options: FillOptions,
): Quantization {
  const steps = 2 ** tensor.bits!;
  const low = tensor.signed ? -steps / 2 : 0;
  const reach = Math.max(spread, 1e-6) * (network.inputs.includes(tensor.id) ? Math.sqrt(3) : rectified ? 3.5 : 3);
  if (options.zeroPoints !== "seeded") {
    const room = tensor.signed ? Math.max(1, steps / 2 - 1) : steps - 1;
    return { scale: reach / room, zeroPoint: 0 };
  }
  if (rectified) return { scale: reach / (steps - 1), zeroPoint: low };
  const random = randomStream(options.seed, `zeroPoint/${tensor.name}`);
  const offset = Math.round(((random() - 0.5) * steps) / 4);
  return { scale: reach / Math.max(1, steps / 2 - 1 - Math.abs(offset)), zeroPoint: low + steps / 2 + offset };
}

/** A seeded bias of about a tenth of the output's spread, where the layer has a bias without numbers. */
function fillBias(network: Network, layer: MatrixLayer, options: FillOptions, outputSpreadReal: number): void {
  if (layer.bias === undefined || layer.bias.data !== undefined) return;
  const random = randomStream(options.seed, `bias/${layer.name}`);
  const channels = network.tensors[layer.output]!.shape.channels;
  const inputScale = network.tensors[layer.inputs[0]!]!.quantization!.scale;
  const weightScales = layer.weights!.scales!;
  const data = new Int32Array(channels);
  const scales: number[] = [];
  for (let k = 0; k < channels; k++) {
    const scale = inputScale * weightScales[weightScales.length > 1 ? k : 0]!;
    scales.push(scale);
    data[k] = Math.round(((random() - 0.5) * 0.35 * outputSpreadReal) / scale);
  }
  layer.bias = { ...layer.bias, data, scales };
}

/** Seeded integers for every network input of one sample, over the whole range of each tensor. */
export function seededInputs(network: Network, seed: string | number, sample = 0): Map<number, Int32Array> {
  const inputs = new Map<number, Int32Array>();
  for (const id of network.inputs) {
    const tensor = network.tensors[id]!;
    const random = randomStream(seed, `input/${tensor.name}/${sample}`);
    const steps = 2 ** (tensor.bits ?? 8);
    const low = (tensor.signed ?? true) ? -steps / 2 : 0;
    inputs.set(
      id,
      Int32Array.from({ length: elementsOf(tensor.shape) }, () => uniformInt(random, low, low + steps - 1)),
    );
  }
  return inputs;
}
