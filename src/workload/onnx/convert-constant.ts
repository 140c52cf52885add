/**
 * Constants and the small computations on shapes that exporters leave in a graph.
 * Inputs: a node whose inputs are constants, or Shape of an activation. Invariants: only lists of numbers are computed;
 * weights pass through views unchanged.
 */
import type { NodeContext } from "./context.js";
import { pickChannel } from "./convert-channels.js";
import { type Constant, product, toConstant } from "./numbers.js";
import { demand, Refusal } from "./refusal.js";
import { dimensionIndex } from "./view.js";

/** Constant, in each form of its value. */
export function convertConstant(context: NodeContext): void {
  const { attributes } = context.node;
  const tensor = attributes.get("value")?.tensor;
  if (tensor !== undefined) {
    const constant = toConstant(tensor);
    if (typeof constant === "string") throw new Refusal(`its value ${constant}`);
    context.set({ kind: "constant", constant });
    return;
  }
  const int = attributes.get("value_int")?.int;
  const float = attributes.get("value_float")?.float;
  const ints = attributes.get("value_ints")?.ints;
  const floats = attributes.get("value_floats")?.floats;
  if (int !== undefined) setNumbers(context, [int], [], 64);
  else if (float !== undefined) setNumbers(context, [float], []);
  else if (ints !== undefined) setNumbers(context, ints, [ints.length], 64);
  else if (floats !== undefined) setNumbers(context, floats, [floats.length]);
  else throw new Refusal("it has no value", { accepted: "value, value_int, value_ints, value_float, value_floats" });
}

/** Shape: the extents of its input, with batch 1. */
export function convertShape(context: NodeContext): void {
  const value = context.value(0);
  demand(value.kind === "activation" || value.kind === "constant", "its input is no tensor");
  const dims = value.kind === "activation" ? context.dims(value) : value.constant.dims;
  const end = context.node.attributes.get("end")?.int;
  const list = dims.slice(context.int("start", 0), end ?? dims.length);
  setNumbers(context, list, [list.length], 64);
}

/** Gather of single elements out of a list of numbers. */
export function convertGather(context: NodeContext): void {
  if (context.value(0).kind === "activation") {
    pickChannel(context);
    return;
  }
  const source = context.constant(0);
  demand(source.dims.length === 1 && context.int("axis", 0) === 0, "it picks from a matrix", "a list");
  const list = context.numbers(0);
  const indices = context.constant(1);
  const picked = context.numbers(1).map((index) => {
    const at = dimensionIndex(index, list.length);
    demand(at !== undefined, `index ${index} is outside its ${list.length} numbers`);
    return list[at]!;
  });
  setNumbers(context, picked, indices.dims, source.bits);
}

/** Slice of a list of numbers. */
export function convertSlice(context: NodeContext): void {
  demand(context.value(0).kind !== "activation", "it cuts an activation", "a list of extents");
  const source = context.constant(0);
  demand(source.dims.length === 1, "it cuts a matrix", "a list");
  const first = (index: number, attribute: string, fallback: number) =>
    context.has(index) ? (context.numbers(index)[0] ?? fallback) : (context.ints(attribute)?.[0] ?? fallback);
  demand(first(4, "steps", 1) === 1, "it steps by more than 1", "1");
  const list = context.numbers(0).slice(first(1, "starts", 0), first(2, "ends", source.dims[0]!));
  setNumbers(context, list, [list.length], source.bits);
}

/** Arithmetic on two short constants. */
export function foldArithmetic(context: NodeContext, apply: (a: number, b: number) => number): void {
  const [a, b] = [context.constant(0), context.constant(1)];
  const [left, right] = [context.numbers(0), context.numbers(1)];
  const length = Math.max(left.length, right.length);
  const fits = (list: number[]) => list.length === 1 || list.length === length;
  demand(fits(left) && fits(right), `it combines constants of ${a.dims.join("x")} and ${b.dims.join("x")}`);
  const at = (list: number[], index: number) => list[list.length === 1 ? 0 : index]!;
  const result = Array.from({ length }, (_, index) => apply(at(left, index), at(right, index)));
  setNumbers(context, result, product(a.dims) === length ? a.dims : b.dims, a.bits);
}

function setNumbers(context: NodeContext, list: readonly number[], dims: number[], bits?: number): void {
  const constant: Constant = { dims, values: Float64Array.from(list), ...(bits === undefined ? {} : { bits }) };
  context.set({ kind: "constant", constant });
}
