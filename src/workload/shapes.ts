/**
 * Shape rules: which output a layer has, given its inputs.
 * Inputs: a layer and the shapes of its operands. Invariants: the result is a shape, or one sentence with the numbers
 * that do not fit; nothing here throws.
 */
import { activations, elementsOf, formatShape, type Layer, type Shape, sameShape, type Window } from "./network.js";

/** Largest extent and largest element count accepted, so that every product stays an exact integer. */
const largestExtent = 2 ** 31 - 1;
const largestCount = 2 ** 50;

/** A window of one element that goes one element at a time. */
export const UNIT_WINDOW: Window = {
  kernelHeight: 1,
  kernelWidth: 1,
  strideY: 1,
  strideX: 1,
  dilationY: 1,
  dilationX: 1,
  padTop: 0,
  padBottom: 0,
  padLeft: 0,
  padRight: 0,
};

/** The output extents of a window over an input, without channels; zero or negative when the window does not fit. */
export function windowExtents(window: Window, input: Shape): { height: number; width: number } {
  const spanY = window.dilationY * (window.kernelHeight - 1) + 1;
  const spanX = window.dilationX * (window.kernelWidth - 1) + 1;
  return {
    height: Math.floor((input.height + window.padTop + window.padBottom - spanY) / window.strideY) + 1,
    width: Math.floor((input.width + window.padLeft + window.padRight - spanX) / window.strideX) + 1,
  };
}

/** What is wrong with a shape's own numbers, or undefined. */
export function shapeProblem(shape: Shape): string | undefined {
  for (const [field, value] of Object.entries(shape) as [string, number][])
    if (!Number.isInteger(value) || value < 1 || value > largestExtent)
      return `${field} ${value} is not an integer from 1 to ${largestExtent}`;
  if (elementsOf(shape) > largestCount) return `${formatShape(shape)} has more than 2^50 elements`;
  return undefined;
}

/** What is wrong with a window's own numbers, or undefined. */
export function windowProblem(window: Window): string | undefined {
  const least = { kernelHeight: 1, kernelWidth: 1, strideY: 1, strideX: 1, dilationY: 1, dilationX: 1 };
  const all = { ...least, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0 };
  for (const [field, minimum] of Object.entries(all)) {
    const value = window[field as keyof Window];
    if (!Number.isInteger(value) || value < minimum || value > largestExtent)
      return `${field} ${value} is not an integer from ${minimum} to ${largestExtent}`;
  }
  return undefined;
}

/**
 * The shape a layer's output must have, or a sentence saying what does not fit.
 * `outputChannels` is used by the layers that choose it themselves: conv and fc.
 */
export function inferShape(layer: Layer, inputs: readonly Shape[], outputChannels: number): Shape | string {
  const wrong = operandProblem(layer, inputs) ?? activationProblem(layer);
  if (wrong !== undefined) return wrong;
  const first = inputs[0]!;
  switch (layer.op) {
    case "conv":
      return convShape(layer, first, outputChannels);
    case "fc": {
      const output = { height: 1, width: 1, channels: outputChannels };
      return shapeProblem(output) ?? countProblem(elementsOf(first) * outputChannels) ?? output;
    }
    case "maxpool":
    case "avgpool":
      return slide(layer, first, first.channels);
    case "add":
    case "mul":
      return elementwiseShape(layer.op, first, inputs[1]!);
    case "concat":
      return concatShape(inputs);
    case "activation":
      return layer.activation === "none" ? "an activation layer needs an activation other than none" : first;
    default: {
      const never: never = layer;
      return `unknown operation ${(never as Layer).op}`;
    }
  }
}

function operandProblem(layer: Layer, inputs: readonly Shape[]): string | undefined {
  if (layer.op === "concat") return inputs.length >= 1 ? undefined : "concat needs at least one input, has 0";
  const wanted = layer.op === "add" || layer.op === "mul" ? 2 : 1;
  return inputs.length === wanted ? undefined : `${layer.op} needs ${wanted} input(s), has ${inputs.length}`;
}

function activationProblem(layer: Layer): string | undefined {
  if (!activations.includes(layer.activation)) return `unknown activation ${layer.activation}`;
  if (layer.clip === undefined) return undefined;
  if (!["clip", "plus", "times", "affine"].includes(layer.activation))
    return `has clip bounds but activation ${layer.activation}`;
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = layer.clip;
  return min <= max ? undefined : `clips to ${min}…${max}, which is empty`;
}

function convShape(layer: Layer & { op: "conv" }, input: Shape, outputChannels: number): Shape | string {
  const { groups } = layer;
  if (!Number.isInteger(groups) || groups < 1) return `groups ${groups} is not an integer from 1`;
  if (input.channels % groups !== 0) return `${groups} groups do not divide ${input.channels} input channels`;
  if (outputChannels % groups !== 0) return `${groups} groups do not divide ${outputChannels} output channels`;
  const output = slide(layer, input, outputChannels);
  if (typeof output === "string") return output;
  const weights = layer.kernelHeight * layer.kernelWidth * (input.channels / groups) * outputChannels;
  return countProblem(weights) ?? countProblem(weights * output.height * output.width) ?? output;
}

function slide(window: Window, input: Shape, channels: number): Shape | string {
  const wrong = windowProblem(window);
  if (wrong !== undefined) return wrong;
  const { height, width } = windowExtents(window, input);
  if (height < 1 || width < 1) {
    const { kernelHeight, kernelWidth, padTop, padBottom, padLeft, padRight } = window;
    return (
      `a ${kernelHeight}x${kernelWidth} window does not fit into ${input.height}x${input.width}` +
      ` with padding ${padTop},${padBottom},${padLeft},${padRight}`
    );
  }
  const output = { height, width, channels };
  return shapeProblem(output) ?? output;
}

function elementwiseShape(op: string, first: Shape, second: Shape): Shape | string {
  const broadcast = second.height === 1 && second.width === 1 && second.channels === first.channels;
  if (broadcast || sameShape(first, second)) return first;
  return `${op} of ${formatShape(first)} and ${formatShape(second)}: the second must be equal or 1x1x${first.channels}`;
}

function concatShape(inputs: readonly Shape[]): Shape | string {
  const first = inputs[0]!;
  for (const other of inputs)
    if (other.height !== first.height || other.width !== first.width)
      return `concat of ${inputs.map(formatShape).join(" and ")}: heights and widths must be equal`;
  const output = { ...first, channels: inputs.reduce((sum, shape) => sum + shape.channels, 0) };
  return shapeProblem(output) ?? output;
}

function countProblem(count: number): string | undefined {
  return count <= largestCount ? undefined : `${count} weights or MACs are more than 2^50`;
}
