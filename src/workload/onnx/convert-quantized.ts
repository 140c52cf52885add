/**
 * Quantised operators: QuantizeLinear and its inverse, the QLinear family and the integer products.
 * Inputs: a node with scales and zero points. Invariants: no layer is added for them; bit widths, scales and zero points
 * land on the tensors and weights of the layers they surround.
 */
import type { Curve, Quantization } from "../network.js";
import { type NodeContext, sameQuantization } from "./context.js";
import { applyActivation } from "./convert-activation.js";
import { addElementwise } from "./convert-elementwise.js";
import { addConv, addGemm, addProduct, rowsLast } from "./convert-mac.js";
import { addConstant } from "./convert-operand.js";
import { convertAveragePool, convertGlobalAveragePool } from "./convert-pool.js";
import { joinChannels } from "./convert-view.js";
import { type Constant, type ConstantQuantization, integerType, type Numbers } from "./numbers.js";
import { demand } from "./refusal.js";
import { biasOf, pick } from "./weights.js";

/** QuantizeLinear: annotates the tensor; a constant is quantised. */
export function convertQuantize(context: NodeContext): void {
  const value = context.value(0);
  const type = quantizedType(context, 2);
  if (value.kind === "constant") {
    context.set({ kind: "constant", constant: quantizeConstant(context, value.constant, type) });
    return;
  }
  const activation = context.activation(0, { pad: true, last: true });
  if (activation.last !== undefined) {
    context.passOn(0, activation);
    return;
  }
  const { draft } = context;
  const quantization = tensorQuantization(context, 1, 2);
  const own = draft.tensors[activation.tensor]!;
  const settled = draft.isSettled(activation.tensor) && own.quantization !== undefined && quantization !== undefined;
  const same = own.bits === type.bits && own.signed === (type.signed ?? true);
  if (settled && activation.pad === undefined && !(same && sameQuantization(own.quantization!, quantization))) {
    const tensor = draft.requantize(activation.tensor, context.node.label, context.outputName, type, quantization);
    context.produce(tensor, activation.view, true);
    return;
  }
  context.annotate(activation.tensor, type, quantization);
  draft.settle(activation.tensor);
  context.passOn(0, activation, { integer: true });
}

/** DequantizeLinear: a constant keeps its integers and learns their scales. */
export function convertDequantize(context: NodeContext): void {
  const value = context.value(0);
  if (value.kind === "constant") {
    const quantization = constantQuantization(context, 1, 2, context.int("axis", 1), value.constant.dims.length);
    context.set({ kind: "constant", constant: { ...value.constant, quantization } });
    return;
  }
  const activation = context.activation(0, { pad: true, last: true });
  if (activation.last === undefined)
    context.annotate(activation.tensor, quantizedType(context, 2), tensorQuantization(context, 1, 2));
  context.passOn(0, activation, { integer: false });
}

/** DynamicQuantizeLinear: 8 bits with a scale and zero point that only the run knows; the sign is left open, as pools share it with their inputs. */
export function convertDynamicQuantize(context: NodeContext): void {
  const activation = context.activation(0);
  context.draft.tensors[activation.tensor]!.bits ??= 8;
  context.passOn(0, activation);
  context.set({ kind: "scalar", factors: [] }, 1);
  context.set({ kind: "scalar", factors: [] }, 2);
}

/** QLinearConv: x, scale, zero, w, scale, zero, y scale, zero, bias. */
export function convertQLinearConv(context: NodeContext): void {
  annotateInput(context, 0);
  const weight = quantizedWeights(context, 3, 0);
  const tensor = addConv(context, 0, weight, (channels) => quantizedBias(context, 8, channels, weight));
  annotateOutput(context, tensor, 6);
}

/** QLinearMatMul: a, scale, zero, b, scale, zero, y scale, zero. */
export function convertQLinearMatMul(context: NodeContext): void {
  annotateInput(context, 0);
  const rank = context.constant(3).dims.length;
  const tensor = addProduct(context, context.bound(0), rowsLast(quantizedWeights(context, 3, rank - 1)));
  annotateOutput(context, tensor, 6);
}

/** QGemm: a, scale, zero, b, scale, zero, bias, y scale, zero. */
export function convertQGemm(context: NodeContext): void {
  annotateInput(context, 0);
  const weight = quantizedWeights(context, 3, context.int("transB", 0) !== 0 ? 0 : 1);
  const tensor = addGemm(context, 0, weight, (channels) => quantizedBias(context, 6, channels, weight));
  if (context.has(7)) annotateOutput(context, tensor, 7);
}

/** ConvInteger and MatMulInteger: x, w, x zero, w zero; scales follow as products. */
export function convertInteger(kind: "conv" | "matmul"): (context: NodeContext) => void {
  return (context) => {
    const weight = context.constant(1);
    const axis = kind === "conv" ? 0 : weight.dims.length - 1;
    const zeroPoints = context.has(3) ? context.numbers(3) : undefined;
    const quantized: Constant =
      zeroPoints === undefined || zeroPoints.every((point) => point === 0)
        ? weight
        : { ...weight, quantization: { zeroPoints, axis } };
    if (kind === "conv") addConv(context, 0, quantized, () => undefined);
    else addProduct(context, context.bound(0), rowsLast(quantized));
  };
}

/** QLinearAdd and QLinearMul: a, scale, zero, b, scale, zero, y scale, zero. */
export function convertQLinearElementwise(op: "add" | "mul"): (context: NodeContext) => void {
  return (context) => {
    const constant = [0, 3].find((index) => context.value(index).kind === "constant");
    if (constant === undefined) {
      annotateInput(context, 0);
      annotateInput(context, 3);
      annotateOutput(context, addElementwise(context, op, 0, 3), 6);
      return;
    }
    // A bias, or a scale, that stands beside the product it belongs to.
    annotateInput(context, 3 - constant);
    const operand = {
      ...context.constant(constant),
      quantization: constantQuantization(context, constant + 1, constant + 2, 0, 1),
    };
    annotateOutput(context, addConstant(context, op, 3 - constant, operand), 6);
  };
}

/** QLinearConcat: y scale, zero, then x, scale, zero of each input. */
export function convertQLinearConcat(context: NodeContext): void {
  const indices: number[] = [];
  for (let index = 2; index < context.node.inputs.length; index += 3) indices.push(index);
  demand(indices.length > 0, "it has no inputs");
  for (const index of indices) annotateInput(context, index);
  annotateOutput(context, joinChannels(context, indices, context.int("axis", 1)), 0);
}

/** QLinearAveragePool and QLinearGlobalAveragePool: x, scale, zero, y scale, zero. */
export function convertQLinearPool(kind: "window" | "global"): (context: NodeContext) => void {
  return (context) => {
    demand(context.int("channels_last", 0) === 0, "channels_last is 1", "0");
    annotateInput(context, 0);
    const tensor = kind === "window" ? convertAveragePool(context) : convertGlobalAveragePool(context);
    annotateOutput(context, tensor, 3);
  };
}

/** QLinearSigmoid and QLinearLeakyRelu: x, scale, zero, y scale, zero. */
export function convertQLinearCurve(curve: (context: NodeContext) => Curve): (context: NodeContext) => void {
  return (context) => {
    annotateInput(context, 0);
    // The integers before it are rounded ones: nothing may be fused, whoever made them.
    annotateOutput(context, applyActivation(context, 0, curve(context), false), 3);
  };
}

/** The scale and zero point at inputs `index` and `index + 1` of the activation before them. */
function annotateInput(context: NodeContext, index: number): void {
  const value = context.activation(index, { pad: true });
  context.annotate(value.tensor, quantizedType(context, index + 2), tensorQuantization(context, index + 1, index + 2));
}

function annotateOutput(context: NodeContext, tensor: number, scale: number): void {
  context.annotate(tensor, quantizedType(context, scale + 1), tensorQuantization(context, scale, scale + 1));
  context.draft.settle(tensor);
  const value = context.conversion.values.get(context.outputName);
  if (value?.kind === "activation") context.set({ ...value, integer: true });
}

/** Bit width and sign of an activation: those of the zero point, else of `output_dtype`, else 8 bits unsigned as ONNX has it. */
function quantizedType(context: NodeContext, zeroPoint: number): { bits?: number; signed?: boolean } {
  if (!context.has(zeroPoint)) return integerType(context.int("output_dtype", 2)) ?? {};
  const { bits, signed } = context.constant(zeroPoint);
  return bits === undefined ? {} : { bits, signed: signed ?? true };
}

function tensorQuantization(context: NodeContext, scale: number, zeroPoint: number): Quantization | undefined {
  const { values } = context.constant(scale);
  if (values === undefined) return undefined;
  demand(values.length === 1, `an activation has ${values.length} scales`, "1");
  const zeros = context.has(zeroPoint) ? context.constant(zeroPoint).values : undefined;
  demand(values[0]! > 0 && Number.isFinite(values[0]), `the scale is ${values[0]}`, "a positive number");
  return { scale: values[0]!, zeroPoint: zeros?.[0] ?? 0 };
}

function constantQuantization(
  context: NodeContext,
  scale: number,
  zeroPoint: number,
  axis: number,
  rank: number,
): ConstantQuantization {
  const scales = context.constant(scale).values;
  const zeroPoints = context.has(zeroPoint) ? context.constant(zeroPoint).values : undefined;
  return {
    axis: axis < 0 ? axis + rank : axis,
    ...(scales === undefined ? {} : { scales: Array.from(scales) }),
    ...(zeroPoints === undefined ? {} : { zeroPoints: Array.from(zeroPoints) }),
  };
}

function quantizedWeights(context: NodeContext, index: number, axis: number): Constant {
  const constant = context.constant(index);
  return {
    ...constant,
    quantization: constantQuantization(context, index + 1, index + 2, axis, constant.dims.length),
  };
}

/** An int32 bias, whose scale is the product of the scales of input and weights. */
function quantizedBias(context: NodeContext, index: number, channels: number, weight: Constant) {
  if (!context.has(index)) return undefined;
  const bias = biasOf(context.constant(index), channels);
  const input = context.constant(1).values?.[0];
  const scales = weight.quantization?.scales;
  if (input !== undefined && scales !== undefined && bias.scales === undefined && bias.data instanceof Int32Array)
    bias.scales = scales.map((scale) => scale * input);
  return bias;
}

function quantizeConstant(
  context: NodeContext,
  constant: Constant,
  type: { bits?: number; signed?: boolean },
): Constant {
  const { bits = 8, signed = false } = type;
  const quantization = constantQuantization(context, 1, 2, context.int("axis", 1), constant.dims.length);
  const { scales, zeroPoints = [0], axis } = quantization;
  const result: Constant = { dims: constant.dims, bits, signed };
  if (constant.values === undefined || scales === undefined) return result;
  demand(bits <= 16, `it quantises to ${bits} bits`, "up to 16");
  const low = signed ? -(2 ** (bits - 1)) : 0;
  const high = signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
  const inner = constant.dims.slice(axis + 1).reduce((value, dim) => value * dim, 1);
  const along = (list: readonly number[], index: number) =>
    pick(list, list.length === 1 ? 0 : Math.floor(index / inner) % list.length);
  const into: Numbers =
    bits > 8 ? new Int32Array(constant.values.length) : new (signed ? Int8Array : Uint8Array)(constant.values.length);
  constant.values.forEach((value, index) => {
    const level = roundHalfEven(value / along(scales, index)) + along(zeroPoints, index);
    into[index] = Math.min(high, Math.max(low, level));
  });
  return { ...result, values: into };
}

/** Rounding as ONNX defines it: halves go to the even neighbour. */
function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
