/** Integer parameters of conv and fc layers: weights checked against their width, bias, requantisation of every output channel. */
import type { Problem } from "../../base/index.js";
import type { ConvLayer, FcLayer, Network } from "../network.js";
import { matrixOf } from "../totals.js";
import { outputStage } from "./activations.js";
import { needsTable } from "./curves.js";
import { fixedFactor } from "./fixed.js";
import { pairFilters } from "./pairs.js";
import type { IntegerWeights, MatrixParameters, TensorRange } from "./parameters.js";
import type { SingleMatrix } from "./single.js";

/** The integer parameters of a matrix layer of a filled network; what is wrong with it is added to `problems`. */
export function matrixParameters(
  network: Network,
  layer: ConvLayer | FcLayer,
  tensors: readonly TensorRange[],
  problems: Problem[],
  paired: boolean,
): MatrixParameters {
  const matrix = matrixOf(network, layer)!;
  const channels = matrix.cols * matrix.groups;
  const { rows } = matrix;
  const place = { field: `layer ${layer.name}` };
  const { scales = [1] } = layer.weights!;
  const input = tensors[layer.inputs[0]!]!;
  const output = tensors[layer.output]!;
  const float = network.requantisation === "float";
  const end = outputStage(layer, output, float);
  let weights = integerWeights(layer, channels, rows, problems);
  let pairs: MatrixParameters["pairs"];
  if (paired && channels % 2 !== 0)
    problems.push({
      code: "odd-pairs",
      message: "filters of an odd number make no pairs",
      place,
      seen: `${channels} channels`,
    });
  else if (paired && layer.asymmetric === true)
    problems.push({ code: "asymmetric-pairs", message: "asymmetric weights make no pairs", place });
  else if (paired) {
    const { means, stored, weights: recovered } = pairFilters(weights, channels, rows);
    pairs = { means, stored };
    weights = recovered;
  }
  const bias = new Float64Array(channels);
  const correctedBias = new Float64Array(channels);
  const multiplier = new Int32Array(channels);
  const shift = new Int32Array(channels);
  const unit = new Float32Array(channels);
  for (let k = 0; k < channels; k++) {
    let sum = 0;
    for (let i = k * rows; i < (k + 1) * rows; i++) sum += weights[i]!;
    const sumScale = input.scale * scales[scales.length > 1 ? k : 0]!;
    bias[k] = biasOf(layer, k, sumScale);
    if (!(sumScale > 0) || !Number.isFinite(sumScale))
      problems.push({ code: "weight-scale", message: `channel ${k} has no usable scale`, place, seen: `${sumScale}` });
    const factor = fixedFactor(sumScale > 0 ? sumScale / end.scale : 0);
    correctedBias[k] = bias[k]! - input.zeroPoint * sum;
    multiplier[k] = factor.multiplier;
    shift[k] = factor.shift;
    unit[k] = Math.fround(Math.fround(input.scale) * Math.fround(scales[scales.length > 1 ? k : 0]!));
  }
  return {
    kind: "matrix",
    layer: layer.name,
    weightBits: layer.weightBits!,
    channels,
    rows,
    weights,
    bias,
    correctedBias,
    multiplier,
    shift,
    inputZeroPoint: input.zeroPoint,
    output: end.stage,
    ...(float ? { single: singleMatrix(layer, unit, output) } : {}),
    ...(pairs === undefined ? {} : { pairs }),
    ...(layer.asymmetric === true ? { asymmetric: storedWeights(layer, channels) } : {}),
  };
}

/** Weights with their zero points in, as arrays hold them, and the zero points. */
function storedWeights(layer: ConvLayer | FcLayer, channels: number): MatrixParameters["asymmetric"] & object {
  const { data, zeroPoints = [0] } = layer.weights!;
  const stored: IntegerWeights = data instanceof Float32Array ? Int32Array.from(data) : data;
  const own = (_: unknown, k: number) => zeroPoints[zeroPoints.length > 1 ? k : 0]!;
  return { stored, zeroPoints: Int32Array.from({ length: channels }, own) };
}

/** Factors in single precision, and the function where it is no clamp. */
function singleMatrix(layer: ConvLayer | FcLayer, unit: Float32Array, output: TensorRange): SingleMatrix {
  const { activation, clip, coefficients } = layer;
  const factor = unit.map((scale) => scale / Math.fround(output.scale));
  if (!needsTable(activation)) return { factor };
  const numbers = { ...(clip === undefined ? {} : { clip }), ...(coefficients === undefined ? {} : { coefficients }) };
  return { factor, curve: { unit, of: { activation, ...numbers }, output } };
}

/** Weights less their zero points, in the narrowest array that holds the layer's width (one bit more where they are asymmetric). */
function integerWeights(
  layer: ConvLayer | FcLayer,
  channels: number,
  rows: number,
  problems: Problem[],
): IntegerWeights {
  const { data, zeroPoints } = layer.weights!;
  const weightBits = layer.weightBits! + (layer.asymmetric === true ? 1 : 0);
  const place = { field: `layer ${layer.name}` };
  const count = channels * rows;
  if (data.length !== count) {
    const message = "wrong number of weights";
    problems.push({ code: "weight-count", message, place, seen: `${data.length}`, accepted: `${count}` });
  }
  const weights: IntegerWeights =
    weightBits <= 8 ? new Int8Array(count) : weightBits <= 16 ? new Int16Array(count) : new Int32Array(count);
  const highest = 2 ** (weightBits - 1) - 1;
  let outside: number | undefined;
  for (let k = 0; k < channels; k++) {
    const zero = zeroPoints?.[zeroPoints.length > 1 ? k : 0] ?? 0;
    for (let i = k * rows; i < (k + 1) * rows; i++) {
      const weight = data[i]! - zero;
      if (weight > highest || weight < -highest - 1) outside ??= weight;
      weights[i] = weight;
    }
  }
  if (outside !== undefined)
    problems.push({
      code: "weight-range",
      message: `weights less their zero point do not fit ${weightBits} signed bits`,
      place,
      seen: `${outside}`,
      accepted: `${-highest - 1} to ${highest}`,
    });
  return weights;
}

/** The bias of a channel in units of its sums. */
function biasOf(layer: ConvLayer | FcLayer, channel: number, sumScale: number): number {
  const { data, scales } = layer.bias ?? {};
  if (data === undefined) return 0;
  const value = data[channel]!;
  if (data instanceof Float32Array) return Math.round(value / sumScale);
  if (scales === undefined) return value;
  const ratio = scales[scales.length > 1 ? channel : 0]! / sumScale;
  return Math.abs(ratio - 1) < 1e-5 ? value : Math.round(value * ratio);
}
