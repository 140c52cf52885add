/**
 * Single channels, picked out of an activation, scaled, shifted and joined again: how pretrained networks change from one way of
 * normalising pictures to another. Inputs: the nodes of that chain. Invariants: joined they are one scale and shift of every channel;
 * whoever else reads a single channel is refused.
 */
import type { NodeContext } from "./context.js";
import { applyApart } from "./convert-elementwise.js";
import { demand } from "./refusal.js";
import type { ActivationValue } from "./values.js";
import { channelsFirst, dimensionIndex } from "./view.js";

/** Gather of one channel of an activation. */
export function pickChannel(context: NodeContext): void {
  const indices = context.numbers(1);
  const axis = dimensionIndex(context.int("axis", 0), context.activation(0).view.length);
  demand(axis === 1 && indices.length === 1, "it picks from an activation", "a list of extents, or one channel");
  const value = context.channelsFirst(0);
  const channel = dimensionIndex(indices[0]!, context.shape(value).channels);
  demand(channel !== undefined, `index ${indices[0]} is outside its ${context.shape(value).channels} channels`);
  const kept = context.constant(1).dims.length > 0;
  const view = value.view.flatMap((axes, index) => (index !== 1 ? [axes] : kept ? [[]] : []));
  context.passOn(0, value, { view, picked: { channel, factor: 1, summand: 0 } });
}

/** Whether an input is a single channel. */
export function isPicked(context: NodeContext, index: number): boolean {
  const value = context.value(index);
  return value.kind === "activation" && value.picked !== undefined;
}

/** A single channel with a number added, taken off, multiplied or divided by. */
export function scalePicked(context: NodeContext, op: "Add" | "Sub" | "Mul" | "Div", index: number): void {
  const value = context.activation(index, { picked: true });
  const [number, ...more] = context.numbers(1 - index);
  const { channel, factor, summand } = value.picked!;
  demand(number !== undefined && more.length === 0, "its constant is no single number", "a number");
  demand(index === 0 || op === "Add" || op === "Mul", `${op} of a constant and a channel`, "a channel and a constant");
  const times = op === "Mul" ? number : op === "Div" ? 1 / number : 1;
  const plus = op === "Add" ? number : op === "Sub" ? -number : 0;
  context.passOn(index, value, { picked: { channel, factor: factor * times, summand: summand * times + plus } });
}

/** Concat of all channels of one activation in their order. */
export function joinPicked(context: NodeContext, indices: readonly number[], axis: number): number {
  const values = indices.map((index) => context.activation(index, { picked: true }));
  const [first] = values as [ActivationValue];
  const { tensor } = first;
  const shape = context.shape(first);
  const whole =
    dimensionIndex(axis, first.view.length) === 1 &&
    values.length === shape.channels &&
    values.every(
      (value, index) =>
        value.tensor === tensor && value.picked!.channel === index && value.view.length === first.view.length,
    );
  demand(whole, "it joins single channels", "all channels of one activation in their order");
  const { picked: _, ...rest } = first;
  const value: ActivationValue = { ...rest, view: channelsFirst(shape, first.view.length) };
  const factors = values.map((one) => one.picked!.factor);
  applyApart(context, value, false, { known: factors }, { known: values.map((one) => one.picked!.summand) });
  const result = context.conversion.values.get(context.outputName);
  demand(result?.kind === "activation", "it joins single channels");
  return result.tensor;
}
