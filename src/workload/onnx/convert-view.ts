/**
 * Operators that move no data: reshapes, transpositions, squeezes, Identity, and Concat and Pad, which only join or
 * surround. Inputs: a node with activations or constants. Invariants: an activation's result is the same tensor seen
 * through another view; where no view exists the node is refused.
 */
import { describeView, type NodeContext } from "./context.js";
import { isPicked, joinPicked } from "./convert-channels.js";
import { type Constant, product } from "./numbers.js";
import { demand } from "./refusal.js";
import type { ActivationValue, PendingPad } from "./values.js";
import { type Axis, dimensionIndex, reshapeView, sameView, soleAxis, transposeView, type View } from "./view.js";
import { permuteConstant } from "./weights.js";

/** Identity, Dropout, Cast: the value itself. */
export function convertIdentity(context: NodeContext): void {
  const value = context.value(0);
  if (value.kind === "activation") context.passOn(0, value);
  else context.set(value);
}

/** Reshape to the extents of its second input, or of the attribute older files have. */
export function convertReshape(context: NodeContext): void {
  const target = context.has(1) ? context.numbers(1) : context.ints("shape");
  demand(target !== undefined, "the new shape is missing");
  reshape(context, (dims) => resolveTarget(context, dims, target));
}

/** Flatten to two dimensions around `axis`. */
export function convertFlatten(context: NodeContext): void {
  const axis = context.int("axis", 1);
  reshape(context, (dims) => {
    const at = axis < 0 ? axis + dims.length : axis;
    demand(at >= 0 && at <= dims.length, `axis ${axis} is outside its ${dims.length} dimensions`);
    return [product(dims.slice(0, at)), product(dims.slice(at))];
  });
}

/** Squeeze: drops dimensions of 1. */
export function convertSqueeze(context: NodeContext): void {
  const axes = listedAxes(context);
  reshape(context, (dims) => {
    const dropped = axes === undefined ? undefined : positions(axes, dims.length);
    const kept = dims.filter((dim, index) => (dropped === undefined ? dim !== 1 : !dropped.has(index)));
    demand(product(kept) === product(dims), `it drops dimensions of [${dims}] that are not 1`);
    return kept;
  });
}

/** Unsqueeze: inserts dimensions of 1. */
export function convertUnsqueeze(context: NodeContext): void {
  const axes = listedAxes(context);
  demand(axes !== undefined, "attribute axes is missing");
  reshape(context, (dims) => {
    const inserted = positions(axes, dims.length + axes.length);
    let next = 0;
    return Array.from({ length: dims.length + axes.length }, (_, index) => (inserted.has(index) ? 1 : dims[next++]!));
  });
}

/** Transpose. */
export function convertTranspose(context: NodeContext): void {
  const value = context.value(0);
  demand(value.kind === "activation" || value.kind === "constant", "its input is no tensor");
  if (value.kind === "activation" && value.last !== undefined) {
    context.passOn(0, value);
    return;
  }
  const rank = value.kind === "activation" ? value.view.length : value.constant.dims.length;
  const order = context.ints("perm", rank) ?? Array.from({ length: rank }, (_, index) => rank - 1 - index);
  const sound = new Set(order).size === rank && order.every((index) => dimensionIndex(index, rank) === index);
  demand(sound, `perm is [${order}]`, `each of 0 to ${rank - 1} once`);
  if (value.kind === "constant") context.set({ kind: "constant", constant: permuteConstant(value.constant, order) });
  else context.passOn(0, value, { view: transposeView(value.view, order) });
}

/** Concat along the channels; lists of numbers are joined too. */
export function convertConcat(context: NodeContext): void {
  const indices = context.node.inputs.map((_, index) => index);
  demand(indices.length > 0, "it has no inputs");
  if (indices.every((index) => context.value(index).kind === "constant")) {
    const lists = indices.map((index) => context.numbers(index));
    demand(
      indices.every((index) => context.constant(index).dims.length === 1),
      "it joins constants that are not lists",
    );
    const values = Float64Array.from(lists.flat());
    context.set({ kind: "constant", constant: { dims: [values.length], values, bits: 64, signed: true } });
    return;
  }
  joinChannels(context, indices, context.int("axis", 1));
}

/** Adds a concat layer over the given inputs along a dimension that must be the channels. */
export function joinChannels(context: NodeContext, indices: readonly number[], axis: number): number {
  if (indices.every((index) => isPicked(context, index))) return joinPicked(context, indices, axis);
  const values = indices.map((index) => context.bound(index));
  const [first] = values as [ActivationValue];
  const at = dimensionIndex(axis, first.view.length);
  demand(at !== undefined && at > 0, `axis ${axis} of [${context.dims(first).join(", ")}]`, "the channels");
  const rest = (view: View) => view.filter((_, index) => index !== at);
  for (const value of values) {
    const joined = value.view[at] ?? [];
    const alike = value.view.length === first.view.length && sameView(rest(value.view), rest(first.view));
    demand(
      alike && joined.every((one) => one === "channels") && !rest(value.view).flat().includes("channels"),
      `it joins ${describeView(first.view)} and ${describeView(value.view)} along dimension ${at}`,
      "joining along the channels",
    );
  }
  const integer = values.every((value) => value.integer === true);
  const inputs = values.map((value) => value.tensor);
  const layer = { op: "concat" as const, name: context.node.label, inputs, activation: "none" as const };
  const tensor = context.draft.add(layer, context.outputName);
  const { channels } = context.draft.tensors[tensor]!.shape;
  context.produce(
    tensor,
    first.view.map((axes, index) => (index === at ? (channels === 1 ? [] : ["channels"]) : axes)),
    integer,
  );
  return tensor;
}

/** Pad: remembered until a convolution or pool takes it over. */
export function convertPad(context: NodeContext): void {
  const value = context.activation(0, { pad: true });
  const rank = value.view.length;
  const mode = context.text("mode", "constant");
  demand(mode === "constant", `mode is ${mode}`, "constant");
  const sides = context.has(1) ? context.numbers(1) : context.ints("pads");
  demand(sides !== undefined, "the pads are missing");
  const axes = context.has(3) ? context.numbers(3) : Array.from({ length: rank }, (_, index) => index);
  demand(sides.length === 2 * axes.length, `it has ${sides.length} pads`, String(2 * axes.length));
  if (sides.every((side) => side === 0)) {
    context.passOn(0, value);
    return;
  }
  const fill = context.has(2) ? (context.numbers(2)[0] ?? 0) : context.float("value", 0);
  const zero = context.draft.tensors[value.tensor]!.quantization?.zeroPoint ?? 0;
  const lowest = fill < -3e38;
  demand(lowest || fill === 0 || fill === zero, `it pads with ${fill}`, "0 or minus infinity");
  demand(value.pad === undefined || value.pad.lowest === lowest, "it pads with another value than the Pad before it");
  const none = { height: 0, width: 0, channels: 0 };
  const pad: PendingPad = {
    before: { ...none, ...value.pad?.before },
    after: { ...none, ...value.pad?.after },
    lowest,
  };
  axes.forEach((position, index) => {
    const [before, after] = [sides[index]!, sides[index + axes.length]!];
    if (before === 0 && after === 0) return;
    demand(before >= 0 && after >= 0, `it cuts off by padding ${Math.min(before, after)}`, "pads from 0");
    const at = dimensionIndex(position, rank);
    const axis: Axis | null | undefined = at === undefined ? undefined : soleAxis(value.view, at);
    demand(axis !== undefined && axis !== null, `it pads dimension ${position} of [${context.dims(value).join(", ")}]`);
    pad.before[axis] += before;
    pad.after[axis] += after;
  });
  context.passOn(0, value, { pad });
}

function reshape(context: NodeContext, target: (dims: readonly number[]) => number[]): void {
  const value = context.value(0);
  if (value.kind === "constant") {
    const { constant } = value;
    const dims = target(constant.dims);
    demand(product(dims) === product(constant.dims), `it turns [${constant.dims}] into [${dims}]`);
    context.set({ kind: "constant", constant: reshapeConstant(constant, dims) });
    return;
  }
  const activation = context.activation(0, { last: true, picked: true });
  if (activation.last !== undefined) {
    context.passOn(0, activation);
    return;
  }
  const dims = target(context.dims(activation));
  const view = reshapeView(activation.view, context.shape(activation), dims);
  if (view !== undefined) context.passOn(0, activation, { view });
  else {
    // Whoever reads it says so; at the end of a network it is dropped.
    const from = `[${context.dims(activation).join(", ")}], laid out as ${describeView(activation.view)}`;
    const last = `${context.node.op} "${context.node.label}" turns ${from}, into [${dims.join(", ")}], which moves data or splits an axis: it`;
    context.passOn(0, activation, { last, integer: false });
  }
}

/** DepthToSpace and its inverse move data: dropped at the end of a network, refused elsewhere by whoever reads them. */
export function convertMoved(context: NodeContext): void {
  context.passOn(0, context.bound(0, { last: true }), { last: context.node.op, integer: false });
}

/** A quantisation axis survives when the extents before it do. */
function reshapeConstant(constant: Constant, dims: number[]): Constant {
  const { quantization } = constant;
  if (quantization === undefined || (quantization.scales?.length ?? 1) === 1) return { ...constant, dims };
  const before = product(constant.dims.slice(0, quantization.axis));
  const axis = dims.findIndex(
    (dim, index) => dim === quantization.scales!.length && product(dims.slice(0, index)) === before,
  );
  demand(axis >= 0, "it reshapes weights across their quantisation axis");
  return { ...constant, dims, quantization: { ...quantization, axis } };
}

/** Extents with 0 (as before) and −1 (what is left) filled in. */
function resolveTarget(context: NodeContext, dims: readonly number[], target: readonly number[]): number[] {
  const count = product(dims);
  const copies = context.int("allowzero", 0) === 0;
  const resolved = target.map((dim, index) => (dim === 0 && copies ? (dims[index] ?? 0) : dim));
  // A file with a fixed batch repeats it here; our batch is 1.
  if (context.conversion.batch !== undefined && resolved[0] === context.conversion.batch) resolved[0] = 1;
  const open = resolved.indexOf(-1);
  if (open >= 0) resolved[open] = count / product(resolved.filter((_, index) => index !== open));
  demand(
    resolved.every((dim) => Number.isInteger(dim) && dim >= 0) && product(resolved) === count,
    `it turns [${dims.join(", ")}] into [${target.join(", ")}]`,
    `${count} elements`,
  );
  return resolved;
}

function listedAxes(context: NodeContext): number[] | undefined {
  return context.has(1) ? context.numbers(1) : context.ints("axes");
}

function positions(axes: readonly number[], rank: number): Set<number> {
  const result = new Set<number>();
  for (const axis of axes) {
    const index = dimensionIndex(axis, rank);
    demand(index !== undefined, `axis ${axis} is outside ${rank} dimensions`);
    result.add(index);
  }
  demand(result.size === axes.length, `axes [${axes}] name a dimension twice`);
  return result;
}
