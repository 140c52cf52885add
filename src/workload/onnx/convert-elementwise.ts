/**
 * Add, Sub, Mul, Div and BatchNormalization: sums and products of activations, or scales and shifts by constants.
 * Inputs: a node with one or two activations. Invariants: a scale or shift of each channel folds into the weights before
 * it when nothing else reads them, otherwise it becomes a depthwise 1x1 convolution with the same result.
 */
import type { Activation, Curve, Shape } from "../network.js";
import { UNIT_WINDOW } from "../shapes.js";
import { describeView, type NodeContext } from "./context.js";
import { applyGated } from "./convert-activation.js";
import { isPicked, scalePicked } from "./convert-channels.js";
import { type Constant, product } from "./numbers.js";
import { demand, Refusal } from "./refusal.js";
import type { ActivationValue } from "./values.js";
import type { View } from "./view.js";
import { foldScale, foldShift, pick } from "./weights.js";

/** A factor or summand for all channels (one number), for each one (many), or not in the file. */
export type PerChannel = { known: number[] } | { known?: undefined };

/** Add, Sub, Mul and Div. */
export function convertArithmetic(op: "Add" | "Sub" | "Mul" | "Div"): (context: NodeContext) => void {
  return (context) => {
    const kinds = [context.value(0).kind, context.value(1).kind];
    if (kinds.includes("scalar")) {
      convertWithScalar(context, op);
      return;
    }
    if (kinds[0] === "activation" && kinds[1] === "activation") {
      if (op === "Mul" && applyGated(context)) return;
      demand(op === "Add" || op === "Mul", `${op} of two activations`, "Add, Mul");
      addElementwise(context, op === "Add" ? "add" : "mul", 0, 1);
      return;
    }
    const index = kinds[0] === "activation" ? 0 : 1;
    if (isPicked(context, index)) {
      scalePicked(context, op, index);
      return;
    }
    const value = context.bound(index);
    const other = perChannel(context, value, context.constant(1 - index));
    const change = (map: (x: number) => number): PerChannel =>
      other.known === undefined ? {} : { known: other.known.map(map) };
    if (op === "Add") applyAffine(context, index, undefined, other);
    else if (op === "Mul") applyAffine(context, index, other, undefined);
    else if (op === "Sub" && index === 0)
      applyAffine(
        context,
        0,
        undefined,
        change((x) => -x),
      );
    else if (op === "Sub") applyAffine(context, 1, { known: [-1] }, other);
    else if (index === 0)
      applyAffine(
        context,
        0,
        change((x) => 1 / x),
        undefined,
      );
    else throw new Refusal("Div of a constant by an activation", { accepted: "an activation divided by a constant" });
  };
}

/** Sum of any number of activations: one after the other; between integers of two at most, whose sum is rounded once. */
export function convertSum(context: NodeContext): void {
  const count = context.node.inputs.length;
  if (count === 1) context.passOn(0, context.bound(0));
  else if (count === 2) convertArithmetic("Add")(context);
  else {
    const values = context.node.inputs.map((_, index) => context.bound(index));
    const integers = values.some(({ tensor }) => context.draft.isSettled(tensor));
    demand(!integers, `it adds ${count} tensors of integers`, "1 or 2");
    values.reduce((sum, value) => addValues(context, "add", sum, value));
  }
}

/** BatchNormalization in its inference form. */
export function convertBatchNormalization(context: NodeContext): void {
  // It normalises along dimension 1, whatever that is: only channels have a scale and shift each.
  const value = context.activation(0).view.length > 2 ? context.channelsFirst(0) : context.bound(0);
  const channels = context.shape(value).channels;
  const [scale, shift, mean, variance] = [1, 2, 3, 4].map((index) => {
    const constant = context.constant(index);
    const count = product(constant.dims);
    demand(count === channels, `input ${index + 1} has ${count} numbers`, `${channels} (channels)`);
    return constant.values;
  });
  if (scale === undefined || shift === undefined || mean === undefined || variance === undefined) {
    applyAffine(context, 0, {}, {});
    return;
  }
  const epsilon = context.float("epsilon", 1e-5);
  const factors = Array.from(scale, (factor, index) => factor / Math.sqrt(variance[index]! + epsilon));
  const summands = Array.from(shift, (summand, index) => summand - mean[index]! * factors[index]!);
  applyAffine(context, 0, { known: factors }, { known: summands });
}

/** Adds an elementwise layer over two inputs, the one that is repeated second. */
export function addElementwise(context: NodeContext, op: "add" | "mul", first: number, second: number): number {
  return addValues(context, op, context.bound(first), context.bound(second)).tensor;
}

function addValues(context: NodeContext, op: "add" | "mul", a: ActivationValue, b: ActivationValue): ActivationValue {
  const [wide, narrow] = repeatsOver(context.shape(a), context.shape(b)) ? [b, a] : [a, b];
  const rank = Math.max(a.view.length, b.view.length);
  const [left, right] = [aligned(wide.view, rank), aligned(narrow.view, rank)];
  const fits = left.every((axes, index) => right[index]!.length === 0 || axes.join() === right[index]!.join());
  demand(fits, `its inputs are laid out as ${describeView(a.view)} and ${describeView(b.view)}`, "the same layout");
  const layer = { op, name: context.node.label, inputs: [wide.tensor, narrow.tensor], activation: "none" as const };
  const tensor = context.draft.add(layer, context.outputName);
  context.produce(tensor, left);
  return { kind: "activation", tensor, view: left, direct: true };
}

/** Whether the first shape is 1x1xC and the second is not. */
function repeatsOver(a: Shape, b: Shape): boolean {
  return a.height * a.width === 1 && b.height * b.width > 1;
}

function aligned(view: View, rank: number): View {
  return [...Array.from({ length: rank - view.length }, () => []), ...view];
}

/** A constant that has one number, or one per channel in the place where the activation has its channels. */
export function perChannel(context: NodeContext, value: ActivationValue, constant: Constant): PerChannel {
  const channels = context.shape(value).channels;
  const count = product(constant.dims);
  const rank = Math.max(value.view.length, constant.dims.length);
  const axes = aligned(value.view, rank);
  const dims = [...new Array<number>(rank - constant.dims.length).fill(1), ...constant.dims];
  const fits =
    count === 1 || (count === channels && dims.every((dim, index) => dim === 1 || axes[index]!.join() === "channels"));
  demand(
    fits,
    `its constant is ${constant.dims.join("x")} beside an input laid out as ${describeView(value.view)}`,
    `one number, or ${channels} along the channels`,
  );
  return numbersOf(constant);
}

function numbersOf({ values, quantization }: Constant): PerChannel {
  if (values === undefined) return {};
  const { scales = [1], zeroPoints = [0] } = quantization ?? {};
  return { known: Array.from(values, (value, index) => (value - pick(zeroPoints, index)) * pick(scales, index)) };
}

/** Applies scale · x + shift to input `index`; an absent part changes nothing, an unknown one is only counted. */
function applyAffine(context: NodeContext, index: number, scale?: PerChannel, shift?: PerChannel): void {
  const value = context.bound(index);
  const { draft } = context;
  if (idle(scale, 1) && idle(shift, 0)) {
    context.passOn(index, value);
    return;
  }
  const before = draft.producerOf(value.tensor);
  if (
    before !== undefined &&
    isAffine(before.activation) &&
    !draft.isSettled(value.tensor) &&
    before.clip === undefined
  ) {
    if (context.exclusive(index) && known(scale) && known(shift)) {
      Object.assign(before, affineCurve(...chained(before, scale, shift)));
      context.fuse(value.tensor);
      context.produce(value.tensor, value.view);
      return;
    }
  }
  applyApart(context, value, context.exclusive(index), scale, shift);
}

/** Applies scale · x + shift to a value: in the weights before it where it is theirs alone (`own`), otherwise by a layer. */
export function applyApart(
  context: NodeContext,
  value: ActivationValue,
  own: boolean,
  scale?: PerChannel,
  shift?: PerChannel,
): void {
  const { draft } = context;
  const { channels } = context.shape(value);
  if (draft.isSettled(value.tensor) && known(scale) && known(shift)) {
    // Behind a rounding to integers nothing may be folded into the weights.
    const layer = { op: "activation" as const, name: context.node.label, inputs: [value.tensor] };
    context.produce(draft.add({ ...layer, ...affineCurve(scale, shift) }, context.outputName), value.view);
    return;
  }
  let { tensor } = value;
  let layer = draft.producerOf(tensor);
  const weighted = layer?.op === "conv" || layer?.op === "fc";
  if (!weighted || layer!.activation !== "none" || !own) {
    tensor = addIdentityConvolution(context, tensor, channels);
    layer = draft.producerOf(tensor);
  } else context.fuse(tensor);
  if (layer?.op !== "conv" && layer?.op !== "fc") return;
  if (layer.weights?.scales !== undefined) context.approximate("a scale or shift");
  if (!idle(scale, 1)) foldScale(layer, channels, scale!.known);
  if (!idle(shift, 0)) foldShift(layer, channels, shift!.known);
  context.produce(tensor, value.view);
}

/** Whether a part changes nothing. */
function idle(part: PerChannel | undefined, neutral: number): boolean {
  return part === undefined || part.known?.every((number) => number === neutral) === true;
}

/** Whether a function is a scale or a shift of every channel. */
export function isAffine(activation: Activation): boolean {
  return activation === "plus" || activation === "times" || activation === "affine";
}

function known(part: PerChannel | undefined): boolean {
  return part === undefined || part.known !== undefined;
}

/** Scale and shift of a layer that is both, or one of them, followed by another scale and shift. */
function chained(
  { activation, coefficients = {} }: Curve,
  scale: PerChannel | undefined,
  shift: PerChannel | undefined,
): [PerChannel, PerChannel] {
  const { slopes = [1], shifts = [0] } = coefficients;
  const [slope, move] = activation === "plus" ? [[1], slopes] : [slopes, shifts];
  const [factor, summand] = [scale?.known ?? [1], shift?.known ?? [0]];
  const length = Math.max(slope.length, move.length, factor.length, summand.length);
  const each = (value: (index: number) => number) => ({ known: Array.from({ length }, (_, index) => value(index)) });
  return [
    each((index) => pick(slope, index) * pick(factor, index)),
    each((index) => pick(move, index) * pick(factor, index) + pick(summand, index)),
  ];
}

/** Scale and shift as a function of every channel. */
export function affineCurve(scale: PerChannel | undefined, shift: PerChannel | undefined): Curve {
  const numbers = (part: PerChannel | undefined, neutral: number) => part?.known ?? [neutral];
  if (shift === undefined) return { activation: "times", coefficients: { slopes: numbers(scale, 1) } };
  if (scale === undefined) return { activation: "plus", coefficients: { slopes: numbers(shift, 0) } };
  const length = Math.max(numbers(scale, 1).length, numbers(shift, 0).length);
  const each = (part: PerChannel, neutral: number) =>
    Array.from({ length }, (_, index) => pick(numbers(part, neutral), index));
  return { activation: "affine", coefficients: { slopes: each(scale, 1), shifts: each(shift, 0) } };
}

/** A depthwise 1x1 convolution with weights of one, to carry a scale and a shift. */
function addIdentityConvolution(context: NodeContext, input: number, channels: number): number {
  demand(channels <= 2 ** 24, `${channels} channels are too many`);
  return context.draft.add(
    {
      op: "conv",
      name: context.node.label,
      inputs: [input],
      activation: "none",
      groups: channels,
      ...UNIT_WINDOW,
      weights: { layout: "KHWC", data: new Float32Array(channels).fill(1) },
    },
    context.outputName,
    channels,
  );
}

/** Products with a scale known only at run time: constants in it fold into the weights, the rest is dropped. */
function convertWithScalar(context: NodeContext, op: string): void {
  demand(op === "Mul", `${op} with a scale that is known only at run time`, "Mul");
  const index = context.value(0).kind === "scalar" ? 0 : 1;
  const scalar = context.value(index);
  const other = context.value(1 - index);
  if (scalar.kind !== "scalar") return;
  if (other.kind === "constant") context.set({ kind: "scalar", factors: [...scalar.factors, other.constant] });
  else if (other.kind === "scalar") context.set({ kind: "scalar", factors: [...scalar.factors, ...other.factors] });
  else if (other.kind === "activation") {
    const value = context.bound(1 - index);
    const parts = scalar.factors.map((factor) => perChannel(context, value, factor));
    if (parts.length === 0) context.passOn(1 - index, value);
    else applyAffine(context, 1 - index, parts.reduce(multiplied), undefined);
  }
}

function multiplied(a: PerChannel, b: PerChannel): PerChannel {
  if (a.known === undefined || b.known === undefined) return {};
  const [left, right] = [a.known, b.known];
  const length = Math.max(left.length, right.length);
  return { known: Array.from({ length }, (_, index) => pick(left, index) * pick(right, index)) };
}
