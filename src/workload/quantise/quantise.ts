/**
 * A simple post-training quantiser: weights symmetric per output channel, activations by the ranges seen in calibration.
 * Inputs: a network with real weights, and samples to calibrate with (seeded ones where none are given). Invariants: the
 * result has every number an integer executor needs; what the network already states is kept; scales fit single precision.
 */
import { randomStream, UserError } from "../../base/index.js";
import { elementsOf, isMacLayer, type Layer, type Network, type Quantization, type Tensor } from "../network.js";
import { floatExecutor, type RealValues, realMatrix } from "./float.js";

/** How a network is quantised. */
export interface QuantiseOptions {
  /** Samples to calibrate with, real values by input tensor; absent: `samples` seeded ones. */
  inputs?: readonly ReadonlyMap<number, Float32Array>[];
  seed?: string | number;
  /** Seeded samples; default 4. */
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
  const { weightBits = 8, activationBits = 8, seed = 1, samples = 4, range = { min: -1, max: 1 } } = options;
  demandBits("weightBits", weightBits);
  demandBits("activationBits", activationBits);
  const inputs =
    options.inputs ?? Array.from({ length: samples }, (_, sample) => seededReals(network, seed, sample, range));
  if (inputs.length === 0)
    throw new UserError({ code: "quantise-samples", message: "there are no samples to calibrate with" });
  const ranges = calibrate(network, inputs);
  const tensors = network.tensors.map(
    (tensor): Tensor => ({ ...tensor, bits: tensor.bits ?? activationBits, signed: tensor.signed ?? true }),
  );
  for (const tensor of tensors) tensor.quantization ??= quantizationOf(tensor, ranges[tensor.id]!);
  const layers = network.layers.map((layer) => quantiseLayer(network, layer, tensors, weightBits));
  return { ...network, tensors, layers };
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

interface Reach {
  min: number;
  max: number;
}

/** Smallest and largest value of each tensor; tensors that must share a scale share their range. */
function calibrate(network: Network, inputs: readonly ReadonlyMap<number, Float32Array>[]): Reach[] {
  const execute = floatExecutor(network);
  const ranges = network.tensors.map((): Reach => ({ min: 0, max: 0 }));
  for (const sample of inputs) {
    const values: RealValues = execute(sample);
    for (const [id, list] of values) {
      const own = ranges[id]!;
      for (const value of list) {
        if (!Number.isFinite(value)) throw overflow(network.tensors[id]!.name, value);
        if (value < own.min) own.min = value;
        if (value > own.max) own.max = value;
      }
    }
  }
  const shared = sharedScales(network);
  network.tensors.forEach(({ id }) => {
    const root = ranges[shared[id]!]!;
    root.min = Math.min(root.min, ranges[id]!.min);
    root.max = Math.max(root.max, ranges[id]!.max);
  });
  return network.tensors.map(({ id }) => ranges[shared[id]!]!);
}

function overflow(tensor: string, value: number): UserError {
  const message = "calibration leads to a number that is not finite";
  return new UserError({ code: "calibration", message, place: { field: `tensor ${tensor}` }, seen: `${value}` });
}

/** For each tensor the one whose scale it takes: pools and concatenations move integers without changing their meaning. */
function sharedScales(network: Network): number[] {
  const parent = network.tensors.map(({ id }) => id);
  const root = (id: number): number => {
    let at = id;
    while (parent[at] !== at) at = parent[at]!;
    return at;
  };
  for (const { op, inputs, output } of network.layers)
    if (op === "concat" || op === "maxpool" || op === "avgpool")
      for (const input of inputs) parent[root(input)] = root(output);
  return parent.map((_, id) => root(id));
}

/** Scale and zero point of a range that holds 0, so that 0 is an integer exactly. */
function quantizationOf({ bits, signed }: Tensor, { min, max }: Reach): Quantization {
  const steps = 2 ** bits! - 1;
  const low = signed ? -(2 ** (bits! - 1)) : 0;
  const scale = Math.fround((max - min) / steps) || 1;
  const zeroPoint = Math.min(low + steps, Math.max(low, low - Math.round(min / scale)));
  return { scale, zeroPoint };
}

function quantiseLayer(network: Network, layer: Layer, tensors: readonly Tensor[], widest: number): Layer {
  if (!isMacLayer(layer)) return { ...layer };
  const real = realMatrix(network, layer)!;
  const { channels } = tensors[layer.output]!.shape;
  const input = tensors[layer.inputs[0]!]!.quantization!.scale;
  const kept = !(layer.weights!.data instanceof Float32Array) && layer.weights!.scales !== undefined;
  const weightBits = layer.weightBits ?? (kept ? 8 : widest);
  const scales = kept
    ? Array.from({ length: channels }, (_, k) => layer.weights!.scales![layer.weights!.scales!.length === 1 ? 0 : k]!)
    : weightScales(real.weights, real.bias, channels, weightBits, input);
  const weights = kept ? layer.weights! : integers(real.weights, scales, weightBits);
  const sums = scales.map((scale) => scale * input);
  // The sum of a layer is held in 32 bits: a bias beyond them saturates.
  const limit = 2 ** 31 - 1;
  const bias = Int32Array.from(real.bias, (value, k) =>
    Math.min(limit, Math.max(-limit, Math.round(value / sums[k]!))),
  );
  return {
    ...layer,
    weightBits,
    weights,
    ...(layer.bias === undefined ? {} : { bias: { bits: 32, data: bias, scales: sums } }),
  };
}

/** One scale a channel: its largest weight at the end of the range; wider where its bias would not fit 30 bits. */
function weightScales(
  weights: Float32Array,
  bias: Float32Array,
  channels: number,
  bits: number,
  input: number,
): number[] {
  const high = 2 ** (bits - 1) - 1;
  const rows = weights.length / channels;
  const largest = Array.from({ length: channels }, (_, k) => {
    let reach = 0;
    for (let i = k * rows; i < (k + 1) * rows; i++) reach = Math.max(reach, Math.abs(weights[i]!));
    return reach;
  });
  const most = largest.reduce((a, b) => Math.max(a, b), 0) || 1;
  return largest.map((reach, k) =>
    Math.fround(Math.max((reach || most) / high, Math.abs(bias[k]!) / (input * 2 ** 30), 1e-30)),
  );
}

function integers(real: Float32Array, scales: number[], bits: number) {
  const high = 2 ** (bits - 1) - 1;
  const rows = real.length / scales.length;
  const data = bits <= 8 ? new Int8Array(real.length) : new Int32Array(real.length);
  for (let i = 0; i < real.length; i++)
    data[i] = Math.min(high, Math.max(-high, Math.round(real[i]! / scales[Math.floor(i / rows)]!)));
  return { layout: "KHWC" as const, data, scales };
}
