/**
 * Operators that move no data, or could only move it: views, transpositions, extents and padding.
 * Inputs: operators with an activation. Invariants: nothing is added; what moves data is marked as something only the end of a network may have.
 */
import { demand } from "../onnx/refusal.js";
import { count, type OperatorContext, shapeOf } from "./context.js";

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
