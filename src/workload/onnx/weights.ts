/**
 * Numbers of weights and biases: reordering to KHWC, quantisation, and folding of scales and shifts.
 * Inputs: constants of the graph and layers of the draft. Invariants: arrays are never changed in place, since one
 * constant may serve several layers; numbers the file does not have stay absent.
 */
import { asymmetryOf } from "../asymmetric.js";
import type { Bias, ConvLayer, FcLayer, WeightData, Weighted } from "../network.js";
import type { Constant, Numbers } from "./numbers.js";
import { product } from "./numbers.js";
import { demand } from "./refusal.js";

/** Reorders row-major numbers: dimension i of the result is dimension `permutation[i]` of the source. */
export function permute<T extends Numbers>(values: T, dims: readonly number[], permutation: readonly number[]): T {
  const result = new (values.constructor as new (length: number) => T)(values.length);
  const strides = dims.map((_, index) => product(dims.slice(index + 1)));
  const extents = permutation.map((index) => dims[index]!);
  const steps = permutation.map((index) => strides[index]!);
  const counter = extents.map(() => 0);
  let source = 0;
  for (let target = 0; target < values.length; target++) {
    result[target] = values[source]!;
    for (let axis = extents.length - 1; axis >= 0; axis--) {
      source += steps[axis]!;
      if (++counter[axis]! < extents[axis]!) break;
      source -= steps[axis]! * extents[axis]!;
      counter[axis] = 0;
    }
  }
  return result;
}

/** The constant with its dimensions reordered; a quantisation axis moves along. */
export function permuteConstant(constant: Constant, permutation: readonly number[]): Constant {
  const { values, quantization } = constant;
  return {
    ...constant,
    dims: permutation.map((index) => constant.dims[index]!),
    ...(values === undefined ? {} : { values: permute(values, constant.dims, permutation) }),
    ...(quantization === undefined
      ? {}
      : { quantization: { ...quantization, axis: permutation.indexOf(quantization.axis) } }),
  };
}

/** What a layer carries for a weight constant whose first dimension is the output channel and whose rest is H, W, C. */
export function weightsOf(constant: Constant): Omit<Weighted, "bias"> {
  const { bits, values, quantization } = constant;
  if (quantization !== undefined) {
    const several = (quantization.scales?.length ?? 1) > 1 || (quantization.zeroPoints?.length ?? 1) > 1;
    demand(
      !several || quantization.axis === 0,
      `weights have one scale per index of axis ${quantization.axis}`,
      "output channels",
    );
    demand(
      (quantization.scales?.length ?? 1) === 1 || quantization.scales!.length === constant.dims[0],
      "weights have another number of scales than output channels",
    );
    demand(
      (quantization.zeroPoints?.length ?? 1) === 1 || quantization.zeroPoints!.length === constant.dims[0],
      "weights have another number of zero points than output channels",
    );
  }
  const width = bits === undefined ? {} : { weightBits: bits };
  if (values === undefined) return width;
  const unsigned = values instanceof Uint8Array;
  const shift = unsigned ? 2 ** ((bits ?? 8) - 1) : 0;
  const data = unsigned
    ? Int8Array.from(values, (value) => value - shift)
    : values instanceof Float64Array
      ? Float32Array.from(values)
      : values;
  const zeroPoints = quantization?.zeroPoints ?? (unsigned ? [0] : undefined);
  const weights: WeightData = {
    layout: "KHWC",
    data,
    ...(quantization?.scales === undefined ? {} : { scales: quantization.scales }),
    ...(zeroPoints === undefined ? {} : { zeroPoints: zeroPoints.map((point) => point - shift) }),
  };
  return { ...width, weights, ...(bits === undefined ? {} : asymmetryOf(weights, bits)) };
}

/** A bias of one number per output channel out of a constant of as many elements, or of one. */
export function biasOf(constant: Constant, channels: number, factor = 1): Bias {
  const count = product(constant.dims);
  demand(count === channels || count === 1, `its bias has ${count} numbers`, `${channels} (output channels)`);
  const { values, bits, quantization } = constant;
  const bias: Bias = bits === undefined ? {} : { bits };
  if (values === undefined) return bias;
  demand(channels <= 2 ** 24, `${channels} output channels are too many`);
  const at = (index: number) => values[count === 1 ? 0 : index]!;
  if (bits === undefined) bias.data = Float32Array.from({ length: channels }, (_, index) => factor * at(index));
  else bias.data = Int32Array.from({ length: channels }, (_, index) => at(index));
  if (quantization?.scales !== undefined) bias.scales = quantization.scales;
  if (bits !== undefined && factor !== 1) bias.scales = (bias.scales ?? [1]).map((scale) => scale * factor);
  return bias;
}

/** Multiplies each output channel of a layer by one factor, or one each; undefined: by numbers the file does not have. */
export function foldScale(layer: ConvLayer | FcLayer, channels: number, factors: readonly number[] | undefined): void {
  const { weights, bias } = layer;
  if (factors === undefined) {
    delete layer.weights;
    if (bias !== undefined) layer.bias = bias.bits === undefined ? {} : { bits: bias.bits };
    return;
  }
  if (weights !== undefined) layer.weights = scaleWeights(weights, channels, factors);
  if (bias?.data === undefined) return;
  if (bias.data instanceof Int32Array) layer.bias = { ...bias, scales: multiply(bias.scales ?? [1], factors) };
  else layer.bias = { ...bias, data: bias.data.map((value, index) => value * pick(factors, index)) };
}

/** Adds one number, or one each, to the output channels of a layer; undefined: numbers the file does not have. */
export function foldShift(layer: ConvLayer | FcLayer, channels: number, shifts: readonly number[] | undefined): void {
  const { bias } = layer;
  if (shifts === undefined) {
    layer.bias = {};
    return;
  }
  demand(channels <= 2 ** 24, `${channels} output channels are too many`);
  if (bias !== undefined && bias.data === undefined) return; // its numbers are not known anyway
  const scales = bias?.scales ?? [1];
  const before = (index: number) => (bias?.data === undefined ? 0 : bias.data[index]! * pick(scales, index));
  layer.bias = { data: Float32Array.from({ length: channels }, (_, index) => before(index) + pick(shifts, index)) };
}

function scaleWeights(weights: WeightData, channels: number, factors: readonly number[]): WeightData {
  if (weights.scales !== undefined || !(weights.data instanceof Float32Array))
    return scaleIntegers(weights, channels, factors);
  const each = weights.data.length / channels;
  return { ...weights, data: weights.data.map((value, index) => value * pick(factors, Math.floor(index / each))) };
}

/** Integers keep their values and change their scales, which are positive: a negative factor turns signs, 0 leaves nothing of a channel. */
function scaleIntegers(weights: WeightData, channels: number, factors: readonly number[]): WeightData {
  const scales = multiply(weights.scales ?? [1], factors);
  if (scales.every((scale) => scale > 0)) return { ...weights, scales };
  const [data, each] = [weights.data.slice(), weights.data.length / channels];
  const zeroPoints = Array.from({ length: channels }, (_, channel) => pick(weights.zeroPoints ?? [0], channel));
  const lowest = data instanceof Int8Array ? -128 : Number.NEGATIVE_INFINITY;
  for (let channel = 0; channel < channels; channel++) {
    const scale = pick(scales, channel);
    if (scale > 0) continue;
    zeroPoints[channel]! *= scale < 0 ? -1 : 0;
    for (let index = channel * each; index < (channel + 1) * each; index++) {
      demand(
        scale === 0 || data[index]! > lowest,
        `a negative factor turns a weight of ${lowest}`,
        "weights from -127",
      );
      data[index]! *= scale < 0 ? -1 : 0;
    }
  }
  const positive = Array.from({ length: channels }, (_, channel) => Math.abs(pick(scales, channel)) || 1);
  return { ...weights, data, scales: positive, ...(weights.zeroPoints === undefined ? {} : { zeroPoints }) };
}

/** Element `index` of a list that may hold one number for all. */
export function pick(list: readonly number[], index: number): number {
  return list.length === 1 ? list[0]! : list[index]!;
}

function multiply(a: readonly number[], b: readonly number[]): number[] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, index) => pick(a, index) * pick(b, index));
}
