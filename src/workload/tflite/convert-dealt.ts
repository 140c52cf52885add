/**
 * SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND around a convolution: how older converters wrote gaps between the taps of a kernel.
 * Inputs: one of the two, or a convolution between them. Invariants: no layer is added; the convolution takes block and pads over as
 * its dilation and padding, and what is cropped behind it is taken off its padding.
 */
import type { Window } from "../network.js";
import { demand } from "../onnx/refusal.js";
import { inferShape } from "../shapes.js";
import type { Dealt, OperatorContext } from "./context.js";

/** SPACE_TO_BATCH_ND: input, block, pads. */
export function convertToBatches(context: OperatorContext): void {
  const value = context.spatial(0);
  demand(!value.turned, "a RESHAPE before it turns a row into a column");
  const [y, x] = pair(context, 1);
  const [top, bottom, left, right] = sides(context, 2);
  const { height, width, channels } = value.shape;
  const [high, wide] = [height + top + bottom, width + left + right];
  demand(
    high % y === 0 && wide % x === 0,
    `its map with pads, ${high}x${wide}, is no multiple of its block, ${y}x${x}`,
  );
  const dealt: Dealt = { block: { y, x }, pad: { top, bottom, left, right } };
  context.set({ tensor: value.tensor, dims: [1, high / y, wide / x, channels], dealt });
}

/** BATCH_TO_SPACE_ND: input, block, crops. */
export function convertFromBatches(context: OperatorContext): void {
  const value = context.activation(0, { dealt: true });
  const layer = context.draft.producerOf(value.tensor);
  const { dealt } = value;
  demand(dealt?.convolved === true && layer?.op === "conv", "no convolution behind a SPACE_TO_BATCH_ND leads to it");
  const [y, x] = pair(context, 1);
  demand(y === dealt.block.y && x === dealt.block.x, `its block is ${y}x${x}`, `${dealt.block.y}x${dealt.block.x}`);
  const [top, bottom, left, right] = sides(context, 2);
  const fits = top <= layer.padTop && bottom <= layer.padBottom && left <= layer.padLeft && right <= layer.padRight;
  demand(fits, `it crops ${top}, ${bottom}, ${left}, ${right}, more than was padded`);
  demand(context.uses(0) === 1, "what it crops is read by others too");
  layer.padTop -= top;
  layer.padBottom -= bottom;
  layer.padLeft -= left;
  layer.padRight -= right;
  const { tensors } = context.draft;
  const tensor = tensors[value.tensor]!;
  const shape = inferShape(layer, [tensors[layer.inputs[0]!]!.shape], tensor.shape.channels);
  demand(typeof shape !== "string", String(shape));
  tensor.shape = shape;
  tensor.name = context.result.name;
  context.set({ tensor: value.tensor, dims: [1, shape.height, shape.width, shape.channels] });
}

/** The window over the whole map of a convolution that each batch sees with its own. */
export function dealtWindow(window: Window, { block, pad, convolved }: Dealt): Window {
  demand(convolved === undefined, "a second convolution follows before BATCH_TO_SPACE_ND", "one");
  demand(window.strideY === 1 && window.strideX === 1, `it strides between batches`, "strides of 1");
  return {
    ...window,
    dilationY: window.dilationY * block.y,
    dilationX: window.dilationX * block.x,
    padTop: pad.top + block.y * window.padTop,
    padBottom: pad.bottom + block.y * window.padBottom,
    padLeft: pad.left + block.x * window.padLeft,
    padRight: pad.right + block.x * window.padRight,
  };
}

/** Marks what a convolution made of a dealt map: only BATCH_TO_SPACE_ND may read it. */
export function keepDealt(context: OperatorContext, dealt: Dealt | undefined): void {
  if (dealt === undefined) return;
  const value = context.conversion.values.get(context.result.index)!;
  context.set({ ...value, dealt: { ...dealt, convolved: true } });
}

function pair(context: OperatorContext, index: number): [number, number] {
  const list = context.integers(index);
  demand(list.length === 2 && list.every((one) => one >= 1), `its block is [${list.join(", ")}]`, "height and width");
  return [list[0]!, list[1]!];
}

function sides(context: OperatorContext, index: number): [number, number, number, number] {
  const list = context.integers(index);
  demand(list.length === 4 && list.every((one) => one >= 0), `its sides are [${list.join(", ")}]`, "four from 0");
  return list as [number, number, number, number];
}
