/** Interval arithmetic of sliding windows: which inputs a run of outputs needs. */
import { hasWindow, isMacLayer, type Layer, type Network, UNIT_WINDOW, type Window } from "../workload/index.js";

/** A half-open interval of rows or columns. */
export interface Interval {
  low: number;
  high: number;
}

/** One axis of a window. */
export interface Axis {
  kernel: number;
  stride: number;
  dilation: number;
  padLow: number;
  padHigh: number;
}

/** The window of a layer; an fc is a convolution whose kernel is the whole map; undefined for element-by-element layers. */
export function windowOf(network: Network, layer: Layer): Window | undefined {
  if (hasWindow(layer)) return layer;
  if (!isMacLayer(layer)) return undefined;
  const { height, width } = network.tensors[layer.inputs[0]!]!.shape;
  return { ...UNIT_WINDOW, kernelHeight: height, kernelWidth: width };
}

/** The vertical axis of a window. */
export function axisY(window: Window): Axis {
  const { kernelHeight, strideY, dilationY, padTop, padBottom } = window;
  return { kernel: kernelHeight, stride: strideY, dilation: dilationY, padLow: padTop, padHigh: padBottom };
}

/** The horizontal axis of a window. */
export function axisX(window: Window): Axis {
  const { kernelWidth, strideX, dilationX, padLeft, padRight } = window;
  return { kernel: kernelWidth, stride: strideX, dilation: dilationX, padLow: padLeft, padHigh: padRight };
}

/** Inputs that outputs [low, high) look at, padding included: may begin below 0 and end behind the map. */
export function reach(axis: Axis, outputs: Interval): Interval {
  return {
    low: outputs.low * axis.stride - axis.padLow,
    high: (outputs.high - 1) * axis.stride - axis.padLow + axis.dilation * (axis.kernel - 1) + 1,
  };
}

/** An interval cut to [0, extent); empty intervals lie inside too. */
export function clip(interval: Interval, extent: number): Interval {
  const low = Math.min(Math.max(0, interval.low), extent);
  return { low, high: Math.max(low, Math.min(extent, interval.high)) };
}

/** Rows of the input map that output rows need; element-by-element layers need the same rows. */
export function rowsNeeded(network: Network, layer: Layer, input: number, outputs: Interval): Interval {
  const window = windowOf(network, layer);
  return window ? clip(reach(axisY(window), outputs), network.tensors[input]!.shape.height) : outputs;
}

/** Columns of the input map that output columns need. */
export function columnsNeeded(network: Network, layer: Layer, input: number, outputs: Interval): Interval {
  const window = windowOf(network, layer);
  return window ? clip(reach(axisX(window), outputs), network.tensors[input]!.shape.width) : outputs;
}

/** The columns of strip `strip` of `strips` over a width. */
export function stripColumns(width: number, strips: number, strip: number): Interval {
  const each = Math.ceil(width / strips);
  return { low: Math.min(width, strip * each), high: Math.min(width, (strip + 1) * each) };
}

/** The kernel positions whose inputs lie inside the map, for one output at `position`: [first, last + 1). */
export function positionsInside(axis: Axis, position: number, extent: number, kernel: Interval): Interval {
  const start = position * axis.stride - axis.padLow;
  const low = Math.max(kernel.low, start < 0 ? Math.ceil(-start / axis.dilation) : 0);
  const high = Math.min(kernel.high, start >= extent ? 0 : Math.floor((extent - 1 - start) / axis.dilation) + 1);
  return { low: Math.min(low, kernel.high), high: Math.max(Math.min(low, kernel.high), high) };
}
