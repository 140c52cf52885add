/**
 * Operators without weights: sums, pools, concatenation, activations, views and changes of scale.
 * Inputs: an operator with activations. Invariants: where the network's layers need equal scales and the file has others,
 * a layer that only changes the scale stands between; views add nothing.
 */
import type { Activation, ClipRange, Coefficients } from "../network.js";
import { demand } from "../onnx/refusal.js";
import { type ActivationType, type OperatorContext, sameType } from "./context.js";
import { samePaddingOf, turnedWindow, windowOf } from "./convert-matrix.js";
import { channelNumbers, combineConstant, constantOperand } from "./convert-operand.js";

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

/** QUANTIZE: lands on a real input of the network; between integers it is a layer, unless only the sign of an input changes; behind a SOFTMAX it is dropped with it. */
export function convertQuantize(context: OperatorContext): void {
  const value = context.activation(0, { last: true });
  if (value.last !== undefined) {
    context.set(value);
    return;
  }
  const input = context.typeOf(context.source(0)!);
  const output = context.typeOf(context.result);
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
  // An input whose sign alone changes stays as the file has it, so that samples are what its users have.
  const free = ofNetwork && input.bits === output.bits && from.scale === to.scale && shifted;
  if (sameType(input, output) || (free && leadsToWeights(context, context.result.index))) context.set(value);
  else context.set({ ...value, tensor: context.requantize(value.tensor, context.result.name, output) });
}

/** Whether all who read a tensor multiply it by weights, views and padding in between: they take it with any zero point. */
function leadsToWeights(context: OperatorContext, index: number): boolean {
  const { operators, outputs } = context.conversion.model;
  const readers = operators.filter(({ inputs }) => inputs.includes(index));
  if (outputs.includes(index) || readers.length === 0) return false;
  return readers.every(({ name, outputs: [made] }) => {
    if (["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"].includes(name)) return true;
    return (
      ["RESHAPE", "SQUEEZE", "EXPAND_DIMS", "TRANSPOSE", "PAD", "PADV2"].includes(name) &&
      leadsToWeights(context, made!)
    );
  });
}

/** SOFTMAX and the like: dropped at the end of a network, refused elsewhere by whoever reads them. */
export function convertLast(context: OperatorContext): void {
  const value = context.activation(0, { last: true });
  context.set({ ...value, last: context.operator.name });
}
