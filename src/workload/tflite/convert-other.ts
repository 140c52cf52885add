/**
 * Operators without weights: sums, pools, concatenation, activations, views and changes of scale.
 * Inputs: an operator with activations. Invariants: where the network's layers need equal scales and the file has others,
 * a layer that only changes the scale stands between; views add nothing.
 */
import type { Activation, ClipRange, Coefficients } from "../network.js";
import { demand } from "../onnx/refusal.js";
import {
  type ActivationType,
  type ActivationValue,
  count,
  type OperatorContext,
  sameType,
  shapeOf,
  usableScale,
} from "./context.js";
import { samePaddingOf, turnedWindow, windowOf } from "./convert-matrix.js";

/** ADD and MUL; the first option is the activation. A constant operand is a number, or one a channel. */
export function convertElementwise(op: "add" | "mul"): (context: OperatorContext) => void {
  return (context) => {
    const constant = constantOperand(context);
    if (constant !== undefined) {
      const coefficients = channelNumbers(context, constant, context.activation(1 - constant));
      combineConstant(context, op === "add" ? "plus" : "times", 1 - constant, coefficients);
      return;
    }
    const [a, b] = [context.spatial(0), context.spatial(1)];
    const swap = a.shape.height * a.shape.width === 1 && b.shape.height * b.shape.width > 1;
    const inputs = swap ? [b.tensor, a.tensor] : [a.tensor, b.tensor];
    context.produce({ op, name: context.label, inputs, ...context.fused(0) });
  };
}

/** Pool2DOptions: padding, stride x, stride y, filter width, filter height, activation. */
export function convertPool(op: "maxpool" | "avgpool"): (context: OperatorContext) => void {
  return (context) => {
    const value = context.spatial(0, { pad: true });
    const { options } = context.operator;
    const same = samePaddingOf(context);
    const int = (field: number) => options?.int(field) ?? 0;
    const kernel = [int(4), int(3)] as const;
    const upright = windowOf(value.shape, kernel, { x: int(1), y: int(2) }, { x: 1, y: 1 }, same, value.pad);
    const window = value.turned ? turnedWindow(upright) : upright;
    const common = { name: context.label, inputs: [value.tensor], ...context.fused(5), ...window };
    const input = context.typeOf(context.source(0)!);
    const padded = value.pad !== undefined;
    if (op === "maxpool") {
      const lowest = input.signed ? -(2 ** (input.bits! - 1)) : 0;
      demand(!padded || input.quantization?.zeroPoint === lowest, "a PAD of zeros before it could win over its inputs");
      pool(context, { op, ...common }, input);
      return;
    }
    const own = Object.entries(window).some(([field, size]) => field.startsWith("pad") && size > 0);
    demand(!padded || !same || !own, "the zeros of the PAD before it count in the mean and its own padding does not");
    pool(context, { op, ...common, countIncludePad: padded }, input);
  };
}

/** A pool keeps the scale of its input; another one takes a layer of its own. */
function pool(context: OperatorContext, layer: Parameters<OperatorContext["produce"]>[0], input: ActivationType): void {
  const output = context.typeOf(context.result);
  context.produce(layer, 0, input);
  if (sameType(input, output)) return;
  const value = context.conversion.values.get(context.result.index)!;
  context.set({ ...value, tensor: context.requantize(value.tensor, context.result.name, output) });
}

/** MEAN over height and width: a pool of the whole map, which may change the scale. */
export function convertMean(context: OperatorContext): void {
  const common = { name: context.label, ...wholeMap(context, "averages") };
  const input = context.typeOf(context.source(0)!);
  const output = context.typeOf(context.result);
  demand(input.bits === output.bits && input.signed === output.signed, "it changes the type", "one type");
  const global = input.bits === undefined ? {} : { global: true };
  context.produce({ op: "avgpool", ...common, countIncludePad: false, ...global });
}

/** REDUCE_MAX over height and width. */
export function convertLargest(context: OperatorContext): void {
  const common = { name: context.label, ...wholeMap(context, "takes the largest") };
  pool(context, { op: "maxpool", ...common }, context.typeOf(context.source(0)!));
}

/** Input and window of an operator that reduces height and width to one element. */
function wholeMap(context: OperatorContext, does: string) {
  const value = context.spatial(0);
  const rank = value.dims.length;
  const axes = new Set(context.integers(1).map((axis) => (axis < 0 ? axis + rank : axis)));
  const spatial = Array.from({ length: Math.max(0, rank - 2) }, (_, index) => index + 1);
  demand(
    axes.size === spatial.length && spatial.every((axis) => axes.has(axis)),
    `it ${does} over dimensions ${[...axes].join(", ")} of ${rank}`,
    "height and width",
  );
  const { height, width } = value.shape;
  const upright = windowOf(value.shape, [height, width], { x: width, y: height }, { x: 1, y: 1 }, false);
  const window = value.turned ? turnedWindow(upright) : upright;
  return { inputs: [value.tensor], activation: "none" as const, ...window };
}

/** ConcatenationOptions: axis, activation. */
export function convertConcat(context: OperatorContext): void {
  const { operator } = context;
  demand(operator.inputs.length > 0, "it has no inputs");
  const values = operator.inputs.map((_, index) => context.spatial(index));
  const rank = values[0]!.dims.length;
  const axis = operator.options?.int(0) ?? 0;
  demand(axis === rank - 1 || axis === -1, `it joins dimension ${axis} of ${rank}`, "the last (channels)");
  const output = context.typeOf(context.result);
  const inputs = values.map((value, index) =>
    sameType(context.typeOf(context.source(index)!), output)
      ? value.tensor
      : context.requantize(value.tensor, `${context.source(index)!.name}_requantized`, output),
  );
  const { activation } = context.fused(1);
  demand(activation === "none", `it ends in activation ${activation}`, "none");
  context.produce({ op: "concat", name: context.label, inputs, activation });
}

/** SUB of a constant, as ADD with the factor of its scale negated: so does the runtime. */
export function convertDifference(context: OperatorContext): void {
  demand(constantOperand(context) === 1, "it takes an activation off", "an activation less a constant");
  const { slopes = [], slopeScale } = channelNumbers(context, 1, context.activation(0));
  const less = slopeScale === undefined ? { slopes: slopes.map((one) => -one) } : { slopes, slopeScale: -slopeScale };
  combineConstant(context, "plus", 0, less);
}

/** DIV of real numbers by a constant. */
export function convertQuotient(context: OperatorContext): void {
  demand(constantOperand(context) === 1, "it divides by an activation", "an activation divided by a constant");
  demand(context.source(0)?.type === "float32", "it divides integers", "real numbers");
  const { slopes = [] } = channelNumbers(context, 1, context.activation(0));
  combineConstant(context, "times", 0, { slopes: slopes.map((one) => 1 / one) });
}

/** MINIMUM and MAXIMUM of an activation and one number of its scale: a bound. */
export function convertBound(side: "min" | "max"): (context: OperatorContext) => void {
  return (context) => {
    const constant = constantOperand(context);
    demand(constant !== undefined, "it compares two activations", "an activation and a number");
    const source = context.source(constant)!;
    const { slopes = [], slopeScale = 1 } = channelNumbers(context, constant, context.activation(1 - constant));
    demand(slopes.length === 1, `"${source.name}" is [${source.dims.join(", ")}]`, "one number");
    const types = [context.source(1 - constant)!, source, context.result].map((one) => context.typeOf(one));
    demand(
      types.every((type) => sameType(type, types[0]!)),
      "its inputs and its output mean different numbers by one integer",
      "one scale and zero point",
    );
    convertActivation("clip", { [side]: slopes[0]! * slopeScale }, undefined, 1 - constant)(context);
  };
}

/** Which of two operands is a constant, where one is. */
function constantOperand(context: OperatorContext): number | undefined {
  demand(context.operator.inputs.length === 2, `it has ${context.operator.inputs.length} inputs`, "2");
  return [0, 1].find((index) => context.source(index)?.data !== undefined);
}

/** A function of every channel, then the activation where the operator ends in one. */
function combineConstant(
  context: OperatorContext,
  activation: "plus" | "times",
  index: number,
  coefficients: Coefficients,
): void {
  const value = context.activation(index);
  const { activation: end, clip } = context.fused(0);
  const ends = end === "none" ? {} : { clip: clip ?? { min: 0, ...(end === "relu6" ? { max: 6 } : {}) } };
  context.produce({ op: "activation", name: context.label, inputs: [value.tensor], activation, coefficients, ...ends });
}

/** PRELU: a slope, or one a channel. */
export function convertPrelu(context: OperatorContext): void {
  const value = context.activation(0);
  const coefficients = channelNumbers(context, 1, value);
  context.produce({
    op: "activation",
    name: context.label,
    inputs: [value.tensor],
    activation: "leakyrelu",
    coefficients,
  });
}

/** A constant operand as one number or one a channel: real, or integers less their zero point with their scale. */
function channelNumbers(context: OperatorContext, index: number, value: ActivationValue): Coefficients {
  const source = context.source(index)!;
  const channels = context.draft.tensors[value.tensor]!.shape.channels;
  const { dims, type, data, scales, zeroPoints, name } = source;
  demand(data !== undefined, `"${name}" is not constant`, "a constant");
  const elements = count(dims);
  const along = elements === 1 || (elements === channels && dims.at(-1) === channels && value.dims.at(-1) === channels);
  demand(along, `"${name}" is [${dims.join(", ")}]`, `one number, or ${channels} along the channels`);
  demand(type === "int8" || type === "uint8" || type === "float32", `"${name}" is ${type}`, "int8, uint8, float32");
  const bytes = data.slice();
  demand(bytes.length === elements * (type === "float32" ? 4 : 1), `"${name}" has ${bytes.length} bytes`);
  if (type === "float32") return { slopes: Array.from(new Float32Array(bytes.buffer)) };
  demand(scales.length === 1, `"${name}" has ${scales.length} scales`, "1");
  const integers = type === "int8" ? new Int8Array(bytes.buffer) : bytes;
  const zero = zeroPoints[0] ?? 0;
  return { slopes: Array.from(integers, (one) => one - zero), slopeScale: usableScale(scales[0]!, name) };
}

/** LEAKY_RELU: its slope is the first option. */
export function convertLeakyRelu(context: OperatorContext): void {
  const alpha = context.operator.options?.float(0) ?? 0;
  convertActivation("leakyrelu", undefined, { slopes: [alpha] })(context);
}

/** RELU and its kin: fused where that changes no number, otherwise a layer. */
export function convertActivation(
  activation: Activation,
  clip?: ClipRange,
  coefficients?: Coefficients,
  index = 0,
): (context: OperatorContext) => void {
  return (context) => {
    const value = context.activation(index);
    const producer = context.draft.producerOf(value.tensor);
    const clamp = activation === "relu" || activation === "relu6" || activation === "clip";
    const same = sameType(context.typeOf(context.source(index)!), context.typeOf(context.result));
    const alone = context.uses(index) === 1 && producer?.activation === "none" && producer.op !== "concat";
    if (producer !== undefined && clamp && same && alone) {
      producer.activation = activation;
      if (clip !== undefined) producer.clip = clip;
      context.draft.tensors[value.tensor]!.name = context.result.name;
      context.set(value);
      return;
    }
    const numbers = {
      ...(clip === undefined ? {} : { clip }),
      ...(coefficients === undefined ? {} : { coefficients }),
    };
    context.produce({ op: "activation", name: context.label, inputs: [value.tensor], activation, ...numbers });
  };
}

/** RESHAPE, SQUEEZE and EXPAND_DIMS: the same elements with other extents. */
export function convertView(context: OperatorContext): void {
  const value = context.activation(0, { last: true });
  const dims = context.dimsOf(context.result);
  demand(
    count(dims) === count(value.dims),
    `it turns [${value.dims.join(", ")}] into [${dims.join(", ")}]`,
    `${count(value.dims)} elements`,
  );
  context.set({ ...value, dims });
}

/**
 * TRANSPOSE: the same elements where only extents of 1 change places; at the input of the network its new order is the input's; one that
 * moves data is dropped at the end of a network.
 */
export function convertTranspose(context: OperatorContext): void {
  const value = context.activation(0, { last: true });
  const order = context.integers(1);
  const rank = value.dims.length;
  demand(
    order.length === rank && order.toSorted((a, b) => a - b).every((one, index) => one === index),
    `its order is [${order.join(", ")}]`,
    `each of 0 to ${rank - 1} once`,
  );
  const dims = order.map((from) => value.dims[from]!);
  const moved = order.filter((from) => value.dims[from] !== 1);
  if (moved.every((from, index) => index === 0 || from > moved[index - 1]!)) context.set({ ...value, dims });
  else if (context.draft.producerOf(value.tensor) === undefined && context.uses(0) === 1) {
    context.draft.tensors[value.tensor]!.shape = shapeOf(dims);
    context.set({ ...value, dims });
  } else context.set({ ...value, dims, last: value.last ?? "a TRANSPOSE that moves data" });
}

/** SHAPE, and STRIDED_SLICE and PACK of its result: extents for a RESHAPE, whose own result says them anyway. */
export function convertExtents(context: OperatorContext): void {
  const { operator, conversion } = context;
  const values = operator.inputs.map((index) => conversion.values.get(index)).filter((value) => value !== undefined);
  demand(
    operator.name === "SHAPE" || (values.length > 0 && values.every(({ extents }) => extents !== undefined)),
    `${operator.name} of data is not supported`,
    "extents that lead to a RESHAPE",
  );
  context.set({ tensor: values[0]!.tensor, dims: [], extents: operator.name });
}

/** PAD, and PADV2 with the zero point: taken over by the convolution or pool behind it. */
export function convertPad(context: OperatorContext): void {
  const value = context.spatial(0, { pad: true });
  const sides = context.integers(1);
  const rank = value.dims.length;
  demand(sides.length === 2 * rank, `it has ${sides.length} paddings`, `${2 * rank}`);
  demand(
    sides.every((side) => side >= 0),
    `it pads by ${Math.min(...sides)}`,
    "from 0",
  );
  const spatial = sides.slice(2, -2);
  const others = [...sides.slice(0, 2), ...sides.slice(-2)];
  demand(!value.turned, "a RESHAPE before it turns a row into a column");
  demand(rank >= 3 && others.every((side) => side === 0), "it pads batch or channels", "height and width");
  if (context.operator.inputs.length > 2) {
    const [fill] = context.integers(2);
    const zero = context.typeOf(context.source(0)!).quantization?.zeroPoint ?? 0;
    demand(fill === zero, `it pads with ${fill}`, `the zero point, ${zero}`);
  }
  const [top = 0, bottom = 0, left = 0, right = 0] = spatial;
  const before = value.pad ?? { top: 0, bottom: 0, left: 0, right: 0 };
  const pad = {
    top: before.top + top,
    bottom: before.bottom + bottom,
    left: before.left + left,
    right: before.right + right,
  };
  context.set({ tensor: value.tensor, dims: value.dims, pad });
}

/** QUANTIZE: lands on a real input of the network; between integers it is a layer, unless only the sign changes; behind a SOFTMAX it is dropped with it. */
export function convertQuantize(context: OperatorContext): void {
  const value = context.activation(0, { last: true });
  if (value.last !== undefined) {
    context.set(value);
    return;
  }
  const input = context.typeOf(context.source(0)!);
  const output = context.typeOf(context.result);
  const { tensors } = context.draft;
  const ofNetwork = context.draft.producerOf(value.tensor) === undefined && context.uses(0) === 1;
  if (input.bits === undefined) {
    demand(ofNetwork, "it quantises a real-valued tensor inside the network", "an input of the network");
    context.draft.annotate(value.tensor, output, output.quantization);
    context.set(value);
    return;
  }
  const [from, to] = [input.quantization!, output.quantization!];
  const lowest = (type: ActivationType) => (type.signed ? -(2 ** (type.bits! - 1)) : 0);
  const shifted = from.zeroPoint - lowest(input) === to.zeroPoint - lowest(output);
  const relabel = ofNetwork && input.bits === output.bits && from.scale === to.scale && shifted;
  if (relabel) Object.assign(tensors[value.tensor]!, { signed: output.signed, quantization: to });
  if (relabel || sameType(input, output)) context.set(value);
  else context.set({ ...value, tensor: context.requantize(value.tensor, context.result.name, output) });
}

/** SOFTMAX and the like: dropped at the end of a network, refused elsewhere by whoever reads them. */
export function convertLast(context: OperatorContext): void {
  const value = context.activation(0, { last: true });
  context.set({ ...value, last: context.operator.name });
}
