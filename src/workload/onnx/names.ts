/**
 * Which names of an ONNX graph hold which tensors of the network made of it, and in what order of axes.
 * For whoever runs the file elsewhere and compares: feeds, names to ask for, and values turned to height, width, channels.
 */
import { elementsOf, type Shape } from "../network.js";
import type { Axis, View } from "./view.js";

/** One name of the graph. */
export interface OnnxName {
  name: string;
  /** Tensor id of the network. */
  tensor: number;
  /** Whether it holds the tensor's integers rather than real numbers. */
  integer: boolean;
  /** Axes of its elements, outermost first; axes of extent 1 are left out. */
  axes: readonly Axis[];
}

/** An input of the graph: what a runtime wants to be fed with. */
export interface OnnxInput extends OnnxName {
  /** Extents as the file has them, open ones set to what the network has. */
  dims: readonly number[];
  /** TensorProto.DataType. */
  type: number;
  /** Samples the file's fixed first extent holds. */
  batch: number;
}

/** Names of a graph that was read as a network. */
export interface OnnxNames {
  inputs: OnnxInput[];
  /** Every name that holds a tensor as it finally is, in the order of the graph. */
  names: OnnxName[];
  /** What the graph hands out by itself. */
  outputs: string[];
  /** Why integers of this graph may be rounded otherwise elsewhere: an operator in real numbers between them. */
  approximate?: string;
}

/** The axes of a view, outermost first. */
export function axesOf(view: View): Axis[] {
  return view.flat();
}

/** The values of a name, turned to height, width, channels. */
export function fromOnnx(values: ArrayLike<number>, axes: readonly Axis[], shape: Shape): Float64Array {
  const result = new Float64Array(elementsOf(shape));
  eachElement(axes, shape, (own, other) => {
    result[own] = values[other]!;
  });
  return result;
}

/** Values in height, width, channels order, turned to the order of a name. */
export function toOnnx(values: ArrayLike<number>, axes: readonly Axis[], shape: Shape): Float64Array {
  const result = new Float64Array(elementsOf(shape));
  eachElement(axes, shape, (own, other) => {
    result[other] = values[own]!;
  });
  return result;
}

function eachElement(axes: readonly Axis[], shape: Shape, visit: (own: number, other: number) => void): void {
  const steps = { height: 0, width: 0, channels: 0 };
  let step = 1;
  for (const axis of [...axes].reverse()) {
    steps[axis] = step;
    step *= shape[axis];
  }
  let own = 0;
  for (let y = 0; y < shape.height; y++)
    for (let x = 0; x < shape.width; x++)
      for (let c = 0; c < shape.channels; c++) visit(own++, y * steps.height + x * steps.width + c * steps.channels);
}
