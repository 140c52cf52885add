/**
 * Views: how the dimensions of an ONNX tensor lie over height, width and channels.
 * Inputs: dimensions as ONNX has them. Invariants: each dimension is a row-major product of axes; axes of extent 1 are
 * left out, and so is the batch, which is 1; a reshape that would split an axis has no view.
 */
import type { Shape } from "../network.js";

/** One axis of our tensors. */
export type Axis = "height" | "width" | "channels";

/** For each ONNX dimension the axes it is the product of, outermost first. */
export type View = readonly (readonly Axis[])[];

/** The extents ONNX sees. */
export function viewDims(view: View, shape: Shape): number[] {
  return view.map((axes) => axes.reduce((value, axis) => value * shape[axis], 1));
}

/** A view of the given axes, one a dimension (null = a dimension of 1), without those of extent 1. */
export function makeView(axes: readonly (Axis | null)[], shape: Shape): View {
  return axes.map((axis) => (axis === null || shape[axis] === 1 ? [] : [axis]));
}

/** Batch, channels, height, width: the layout of convolutions and pools. */
export function channelsFirst(shape: Shape, rank = 4): View {
  return makeView([null, "channels", "height", "width"].slice(0, rank) as (Axis | null)[], shape);
}

/** Whether two views are the same. */
export function sameView(a: View, b: View): boolean {
  return a.length === b.length && a.every((axes, index) => axes.join() === b[index]!.join());
}

/** Whether a view is the one convolutions and pools need. */
export function isChannelsFirst(view: View, shape: Shape): boolean {
  return sameView(view, channelsFirst(shape, view.length));
}

/** The view after a transposition. */
export function transposeView(view: View, permutation: readonly number[]): View {
  return permutation.map((index) => view[index]!);
}

/** The view after a reshape to the given extents, or undefined when an axis would be split or the counts differ. */
export function reshapeView(view: View, shape: Shape, dims: readonly number[]): View | undefined {
  const atoms = view.flat();
  let next = 0;
  const result: Axis[][] = [];
  for (const dim of dims) {
    const axes: Axis[] = [];
    let extent = 1;
    while (extent < dim && next < atoms.length) {
      extent *= shape[atoms[next]!];
      axes.push(atoms[next++]!);
    }
    if (extent !== dim) return undefined;
    result.push(axes);
  }
  return next === atoms.length ? result : undefined;
}

/** The axis a dimension carries alone, null when it is 1, undefined when it is a product. */
export function soleAxis(view: View, index: number): Axis | null | undefined {
  const axes = view[index]!;
  return axes.length === 0 ? null : axes.length === 1 ? axes[0]! : undefined;
}

/** A dimension index counted from the front; negative ones count from the end; undefined when out of range. */
export function dimensionIndex(index: number, rank: number): number | undefined {
  const positive = index < 0 ? index + rank : index;
  return Number.isInteger(positive) && positive >= 0 && positive < rank ? positive : undefined;
}
