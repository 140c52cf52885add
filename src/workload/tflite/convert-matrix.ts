/**
 * CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED: the operators with weights.
 * Inputs: an operator with an activation and constant weights. Invariants: weights end in KHWC order with the file's own
 * integers and scales; the bias keeps its integers, in units of input scale × weight scale.
 */
import { asymmetryOf } from "../asymmetric.js";
import { samePadding } from "../builder.js";
import type { Bias, WeightData, Weighted, Window } from "../network.js";
import { demand, Refusal } from "../onnx/refusal.js";
import { type ActivationValue, count, type OperatorContext, type Sides, usableScale } from "./context.js";
import { dealtWindow, keepDealt } from "./convert-dealt.js";
import type { TfliteTensor } from "./model.js";

/** Conv2DOptions: padding, stride x, stride y, activation, dilation x, dilation y. Weights are [K, height, width, C]. */
export function convertConv(context: OperatorContext): void {
  const { operator } = context;
  const value = context.spatial(0, { pad: true, dealt: true });
  const weight = weightTensor(context, 4);
  const [channels, height, width, perGroup] = weight.dims as [number, number, number, number];
  const { options } = operator;
  const strides = { x: options?.int(1) ?? 1, y: options?.int(2) ?? 1 };
  const dilation = { x: options?.int(4, 1) ?? 1, y: options?.int(5, 1) ?? 1 };
  const input = value.shape.channels;
  demand(perGroup > 0 && input % perGroup === 0, `its weights take ${perGroup} of ${input} channels`, "a divisor");
  const own = windowOf(value.shape, [height, width], strides, dilation, samePaddingOf(context), value.pad);
  const window = placed(own, value);
  const weights = weightsOf(weight, 0, (raw) => raw);
  context.produce(
    {
      op: "conv",
      name: context.label,
      inputs: [value.tensor],
      ...context.fused(3),
      groups: input / perGroup,
      ...window,
      ...weights,
      ...biasOf(context, weights.weights, channels),
    },
    channels,
  );
  keepDealt(context, value.dealt);
}

/**
 * DepthwiseConv2DOptions: padding, stride x, stride y, multiplier, activation, dilation x, dilation y. Weights are
 * [1, height, width, K], channel k reading input channel ⌊k / multiplier⌋.
 */
export function convertDepthwise(context: OperatorContext): void {
  const value = context.spatial(0, { pad: true, dealt: true });
  const weight = weightTensor(context, 4);
  const [first, height, width, channels] = weight.dims as [number, number, number, number];
  demand(first === 1, `its weights are [${weight.dims.join(", ")}]`, "a first extent of 1");
  const { options } = context.operator;
  const strides = { x: options?.int(1) ?? 1, y: options?.int(2) ?? 1 };
  const dilation = { x: options?.int(5, 1) ?? 1, y: options?.int(6, 1) ?? 1 };
  const input = value.shape.channels;
  demand(channels % input === 0, `its weights have ${channels} channels for ${input} of its input`, "a multiple");
  const own = windowOf(value.shape, [height, width], strides, dilation, samePaddingOf(context), value.pad);
  const window = placed(own, value);
  const weights = weightsOf(weight, 3, (raw) => {
    const turned = raw.slice();
    const taps = height * width;
    for (let k = 0; k < channels; k++) for (let i = 0; i < taps; i++) turned[k * taps + i] = raw[i * channels + k]!;
    return turned;
  });
  context.produce(
    {
      op: "conv",
      name: context.label,
      inputs: [value.tensor],
      ...context.fused(4),
      groups: input,
      ...window,
      ...weights,
      ...biasOf(context, weights.weights, channels),
    },
    channels,
  );
  keepDealt(context, value.dealt);
}

/** FullyConnectedOptions: activation, weights format. Weights are [K, rows]; over a map of C = rows it is a 1x1 convolution. */
export function convertFullyConnected(context: OperatorContext): void {
  const value = context.activation(0);
  const weight = weightTensor(context, 2);
  const [channels, rows] = weight.dims as [number, number];
  const format = context.operator.options?.signedByte(1) ?? 0;
  demand(format === 0, `its weights have format ${format}`, "0 (row after row)");
  const weights = weightsOf(weight, 0, (raw) => raw);
  singlePrecisionProduct(context, weights.weights);
  const common = { name: context.label, ...context.fused(0), ...weights };
  const bias = biasOf(context, weights.weights, channels);
  if (count(value.dims) === rows) {
    context.produce({ op: "fc", ...common, inputs: [value.tensor], ...bias }, channels);
    return;
  }
  const { shape } = context.spatial(0);
  demand(shape.channels === rows, `its weights have ${rows} rows, its input is [${value.dims.join(", ")}]`);
  const window = windowOf(shape, [1, 1], { x: 1, y: 1 }, { x: 1, y: 1 }, false);
  context.produce({ op: "conv", ...common, inputs: [value.tensor], groups: 1, ...window, ...bias }, channels);
}

/** The runtime multiplies the scales of input and weights of a whole-tensor FULLY_CONNECTED in single precision. */
function singlePrecisionProduct(context: OperatorContext, weights: WeightData): void {
  const input = context.typeOf(context.source(0)!).quantization?.scale;
  if (input === undefined || weights.scales?.length !== 1) return;
  weights.scales = [Math.fround(input * weights.scales[0]!) / input];
}

/** Whether the option `padding`, first of all windows, says SAME. */
export function samePaddingOf(context: OperatorContext): boolean {
  const code = context.operator.options?.signedByte(0) ?? 0;
  demand(code === 0 || code === 1, `its padding is ${code}`, "0 (SAME) or 1 (VALID)");
  return code === 0;
}

/** The window of a layer as the tensor lies: over a row read as a column, or with the gaps of a map dealt into batches. */
function placed(window: Window, value: ActivationValue & { turned: boolean }): Window {
  if (value.turned) {
    demand(
      window.kernelHeight === 1 || window.kernelWidth === 1,
      `its kernel is ${window.kernelHeight}x${window.kernelWidth} over a row read as a column`,
      "a kernel along the row",
    );
    return turnedWindow(window);
  }
  return value.dealt === undefined ? window : dealtWindow(window, value.dealt);
}

/** A window with height and width exchanged. */
export function turnedWindow(own: Window): Window {
  return {
    kernelHeight: own.kernelWidth,
    kernelWidth: own.kernelHeight,
    strideY: own.strideX,
    strideX: own.strideY,
    dilationY: own.dilationX,
    dilationX: own.dilationY,
    padTop: own.padLeft,
    padBottom: own.padRight,
    padLeft: own.padTop,
    padRight: own.padBottom,
  };
}

interface Pair {
  x: number;
  y: number;
}

/** A window over an input that may have been padded before; SAME pads the odd element at the end. */
export function windowOf(
  shape: { height: number; width: number },
  [kernelHeight, kernelWidth]: readonly [number, number],
  stride: Pair,
  dilation: Pair,
  same: boolean,
  pad: Sides = { top: 0, bottom: 0, left: 0, right: 0 },
): Window {
  demand(stride.x >= 1 && stride.y >= 1, `its strides are ${stride.y}, ${stride.x}`, "from 1");
  const height = shape.height + pad.top + pad.bottom;
  const width = shape.width + pad.left + pad.right;
  const [top, bottom] = same ? samePadding(height, kernelHeight, stride.y, dilation.y) : [0, 0];
  const [left, right] = same ? samePadding(width, kernelWidth, stride.x, dilation.x) : [0, 0];
  return {
    kernelHeight,
    kernelWidth,
    strideY: stride.y,
    strideX: stride.x,
    dilationY: dilation.y,
    dilationX: dilation.x,
    padTop: pad.top + top,
    padBottom: pad.bottom + bottom,
    padLeft: pad.left + left,
    padRight: pad.right + right,
  };
}

/** Input 2 as a constant of so many dimensions. */
function weightTensor(context: OperatorContext, rank: number): TfliteTensor {
  const weight = context.source(1);
  demand(weight?.data !== undefined, "its weights are not constant", "constant weights");
  demand(weight.dims.length === rank, `its weights have ${weight.dims.length} dimensions`, String(rank));
  return weight;
}

type Raw = Int8Array | Float32Array;

/** Weights of a layer in KHWC order; unsigned ones are shifted to signed ones that stand for the same numbers. */
function weightsOf(
  tensor: TfliteTensor,
  channelAxis: number,
  turn: (raw: Raw) => Raw,
): Omit<Weighted, "bias"> & { weights: WeightData } {
  const { dims, type, scales, zeroPoints, name, axis } = tensor;
  const data = tensor.data!.slice();
  const channels = dims[channelAxis]!;
  const size = type === "float32" ? 4 : 1;
  demand(type === "int8" || type === "uint8" || type === "float32", `its weights are ${type}`, "int8, uint8, float32");
  demand(
    dims.every((dim) => dim > 0) && data.length === count(dims) * size,
    `its weights "${name}" have ${data.length} bytes, but [${dims.join(", ")}] of ${type} takes ${count(dims) * size}`,
  );
  if (type === "float32")
    return { weights: { layout: "KHWC", data: turn(new Float32Array(data.buffer)) as Float32Array } };
  demand(
    scales.length === 1 || scales.length === channels,
    `its weights have ${scales.length} scales`,
    `1, ${channels}`,
  );
  demand(
    scales.length === 1 || axis === channelAxis,
    `its weights have scales along dimension ${axis}`,
    `${channelAxis}`,
  );
  for (const scale of scales) usableScale(scale, name);
  const shift = type === "uint8" ? 128 : 0;
  const zeros = (zeroPoints.length === 0 ? [0] : zeroPoints).map((zero) => zero - shift);
  demand(
    zeros.length === 1 || zeros.length === channels,
    `its weights have ${zeros.length} zero points`,
    `1, ${channels}`,
  );
  for (const zero of zeros) demand(zero >= -128 && zero <= 127, `its weights have zero point ${zero + shift}`);
  const signed = new Int8Array(data.buffer).map((value) => value ^ (shift === 0 ? 0 : -128));
  const weights: WeightData = {
    layout: "KHWC",
    data: turn(signed) as Int8Array,
    scales: [...scales],
    ...(zeros.every((zero) => zero === 0) ? {} : { zeroPoints: zeros }),
  };
  return { weightBits: 8, weights, ...asymmetryOf(weights, 8) };
}

/** Input 3, where there is one. */
function biasOf(context: OperatorContext, weights: WeightData, channels: number): { bias?: Bias } {
  const tensor = context.source(2);
  if (tensor === undefined) return {};
  const { type, name } = tensor;
  demand(tensor.data !== undefined, `its bias "${name}" is not constant`, "a constant bias");
  const bytes = tensor.data.slice();
  const size = type === "int64" ? 8 : 4;
  demand(bytes.length === channels * size, `its bias "${name}" has ${bytes.length} bytes`, `${channels * size}`);
  if (type === "float32") return { bias: { data: new Float32Array(bytes.buffer) } };
  demand(type === "int32" || type === "int64", `its bias is ${type}`, "int32, int64, float32");
  const wide = type === "int64" ? Array.from(new BigInt64Array(bytes.buffer), Number) : undefined;
  if (wide?.some((value) => Math.abs(value) > 2147483647) === true)
    throw new Refusal(`its bias "${name}" does not fit 32 bits`);
  const input = context.typeOf(context.source(0)!).quantization?.scale;
  const scales = input === undefined ? tensor.scales : weights.scales?.map((scale) => scale * input);
  return {
    bias: {
      bits: 32,
      data: wide === undefined ? new Int32Array(bytes.buffer) : Int32Array.from(wide),
      ...(scales === undefined || scales.length === 0 ? {} : { scales }),
    },
  };
}
