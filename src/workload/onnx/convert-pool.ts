/**
 * The pools: MaxPool, AveragePool, their global forms, and ReduceMean over height and width.
 * Inputs: a node with one activation. Invariants: a global pool gets a kernel and stride of the input's size.
 */
import type { AvgPoolLayer, Layer, MaxPoolLayer, Shape, Window } from "../network.js";
import { UNIT_WINDOW } from "../shapes.js";
import { describeView, type NodeContext } from "./context.js";
import type { DraftLayer } from "./draft.js";
import { demand } from "./refusal.js";
import type { ActivationValue } from "./values.js";
import { channelsFirst, dimensionIndex, type View } from "./view.js";
import { readWindow } from "./window.js";

/** MaxPool. */
export function convertMaxPool(context: NodeContext): void {
  const value = context.channelsFirst(0, { pad: true });
  const { window, takenPads } = readWindow(context, value, kernelOf(context, value.view.length - 2));
  if (takenPads && value.pad?.lowest !== true)
    demand(
      neverNegative(context.draft.producerOf(value.tensor)),
      "the Pad before it adds zeros, which could win over negative inputs",
      "a Pad with minus infinity, or behind an activation that is never negative",
    );
  maximum(context, value, window);
}

/** A maximum pool means by its integers what its input does. */
function maximum(context: NodeContext, value: ActivationValue, window: Window): void {
  const layer = { op: "maxpool" as const, ...common(context, value.tensor), ...window };
  const tensor = add(context, layer, value.view.length, value.integer);
  context.draft.inherit(tensor, value.tensor);
}

/** AveragePool over input `index`. */
export function convertAveragePool(context: NodeContext, index = 0): number {
  const value = context.channelsFirst(index, { pad: true });
  const reading = readWindow(context, value, kernelOf(context, value.view.length - 2));
  demand(value.pad?.lowest !== true, "the Pad before it does not pad with zeros");
  const counted = context.int("count_include_pad", 0) !== 0;
  demand(
    !reading.takenPads || counted || !reading.ownPads,
    "the zeros of the Pad before it count in the mean and its own padding does not",
    "one of the two",
  );
  const countIncludePad = counted || reading.takenPads;
  demand(!countIncludePad || !reading.ceilPads, "ceil_mode with counted padding cuts off the last windows");
  const layer = { op: "avgpool" as const, ...common(context, value.tensor), ...reading.window, countIncludePad };
  return add(context, layer, value.view.length);
}

/** GlobalAveragePool over input `index`. */
export function convertGlobalAveragePool(context: NodeContext, index = 0): number {
  const value = context.channelsFirst(index);
  const window = wholeWindow(context.shape(value), true, true);
  const layer = { op: "avgpool" as const, ...common(context, value.tensor), ...window, countIncludePad: false };
  return add(context, { ...layer, global: true }, value.view.length);
}

/** GlobalMaxPool. */
export function convertGlobalMaxPool(context: NodeContext): void {
  const value = context.channelsFirst(0);
  maximum(context, value, wholeWindow(context.shape(value), true, true));
}

/** ReduceMean and ReduceMax over height, width or both. */
export function convertReduce(op: "avgpool" | "maxpool"): (context: NodeContext) => void {
  return (context) => reduce(context, op);
}

function reduce(context: NodeContext, op: "avgpool" | "maxpool"): void {
  const value = context.bound(0);
  const rank = value.view.length;
  const listed = context.ints("axes") ?? (context.has(1) ? context.numbers(1) : []);
  if (listed.length === 0 && context.int("noop_with_empty_axes", 0) !== 0) {
    context.passOn(0, value);
    return;
  }
  const axes = new Set<number>();
  for (const axis of listed.length > 0 ? listed : value.view.keys()) {
    const index = dimensionIndex(axis, rank);
    demand(index !== undefined, `axis ${axis} is outside its ${rank} dimensions`);
    axes.add(index);
  }
  const reduced = value.view.filter((_, index) => axes.has(index)).flat();
  demand(
    !reduced.includes("channels"),
    `it takes the ${op === "avgpool" ? "mean" : "largest"} along ${describeView(value.view)} over dimensions ${[...axes]}`,
    "height and width",
  );
  const keep = context.int("keepdims", 1) !== 0;
  const view: View = value.view
    .map((atoms, index) => (axes.has(index) ? [] : atoms))
    .filter((_, index) => keep || !axes.has(index));
  if (reduced.length === 0) {
    context.passOn(0, value, { view });
    return;
  }
  const window = wholeWindow(context.shape(value), reduced.includes("height"), reduced.includes("width"));
  const own = { ...common(context, value.tensor), ...window };
  if (op === "avgpool") {
    context.produce(context.draft.add({ op, ...own, countIncludePad: false }, context.outputName), view);
    return;
  }
  const tensor = context.draft.add({ op, ...own }, context.outputName);
  context.produce(tensor, view, value.integer);
  context.draft.inherit(tensor, value.tensor);
}

function common(context: NodeContext, tensor: number) {
  return { name: context.node.label, inputs: [tensor], activation: "none" as const };
}

function add(
  context: NodeContext,
  layer: DraftLayer & { op: "maxpool" | "avgpool" },
  rank: number,
  integer = false,
): number {
  const { kernelHeight, kernelWidth, dilationY, dilationX } = layer;
  demand(
    (kernelHeight === 1 || dilationY === 1) && (kernelWidth === 1 || dilationX === 1),
    `dilations are [${dilationY}, ${dilationX}]`,
    "a pool without gaps",
  );
  const tensor = context.draft.add(layer, context.outputName);
  context.produce(tensor, channelsFirst(context.draft.tensors[tensor]!.shape, rank), integer);
  return tensor;
}

function kernelOf(context: NodeContext, spatial: number): [number, number] {
  const kernel = context.ints("kernel_shape", spatial);
  demand(kernel !== undefined, "attribute kernel_shape is missing", `${spatial} numbers`);
  return [kernel[0]!, kernel[1] ?? 1];
}

function wholeWindow(shape: Shape, height: boolean, width: boolean): Window {
  const y = height ? shape.height : 1;
  const x = width ? shape.width : 1;
  return { ...UNIT_WINDOW, kernelHeight: y, kernelWidth: x, strideY: y, strideX: x };
}

/** Whether a layer's output is never below zero, so that a zero beside it changes no maximum. */
function neverNegative(layer: Layer | AvgPoolLayer | MaxPoolLayer | undefined): boolean {
  if (layer === undefined) return false;
  if (layer.activation === "clip") return (layer.clip?.min ?? -1) >= 0;
  return ["relu", "relu6", "sigmoid", "hardsigmoid"].includes(layer.activation);
}
