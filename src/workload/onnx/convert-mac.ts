/**
 * Conv, Gemm and MatMul: the operators with weight matrices.
 * Inputs: a node with an activation and constant weights. Invariants: weights end in KHWC order whatever the file had;
 * a product over a flattened map becomes fc, one over channels only becomes a 1x1 convolution.
 */
import type { Bias } from "../network.js";
import { elementsOf } from "../network.js";
import type { NodeContext } from "./context.js";
import { describeView } from "./context.js";
import type { Constant } from "./numbers.js";
import { demand, Refusal } from "./refusal.js";
import type { ActivationValue } from "./values.js";
import { type Axis, channelsFirst, transposeView, type View } from "./view.js";
import { biasOf, foldScale, permute, permuteConstant, weightsOf } from "./weights.js";
import { readWindow } from "./window.js";

/** Conv: input, weights, optional bias. */
export function convertConv(context: NodeContext): void {
  addConv(context, 0, context.constant(1), (channels) =>
    context.has(2) ? biasOf(context.constant(2), channels) : undefined,
  );
}

/** Gemm: alpha · A' · B' + beta · C with constant B and C. */
export function convertGemm(context: NodeContext): void {
  const beta = context.float("beta", 1);
  addGemm(context, 0, context.constant(1), (channels) =>
    context.has(2) && beta !== 0 ? biasOf(context.constant(2), channels, beta) : undefined,
  );
}

/** MatMul of an activation by a constant. */
export function convertMatMul(context: NodeContext): void {
  if (context.value(0).kind === "activation" && context.value(1).kind === "activation")
    throw new Refusal("MatMul of two activations has no weights to put into arrays", { accepted: "constant weights" });
  addProduct(context, context.bound(0), rowsLast(context.constant(1)));
}

/** Adds a convolution over input `index`; weights are [K, C/groups, kernel…] as ONNX has them. */
export function addConv(
  context: NodeContext,
  index: number,
  weight: Constant,
  bias: (channels: number) => Bias | undefined,
): number {
  const value = context.channelsFirst(index, { pad: true });
  const rank = value.view.length;
  demand(weight.dims.length === rank, `its weights have ${weight.dims.length} dimensions`, String(rank));
  const [channels, perGroup, kernelHeight, kernelWidth = 1] = weight.dims as [number, number, number, number?];
  const declared = context.ints("kernel_shape", rank - 2);
  demand(
    declared === undefined || declared.join() === weight.dims.slice(2).join(),
    `kernel_shape is [${declared}], but its weights are ${weight.dims.join("x")}`,
  );
  const groups = context.int("group", 1);
  const input = context.shape(value).channels;
  demand(
    perGroup * groups === input,
    `its weights take ${perGroup} channels in ${groups} group(s), but its input has ${input}`,
  );
  const { window } = readWindow(context, value, [kernelHeight, kernelWidth]);
  // KCHW to KHWC.
  const ordered = permuteConstant({ ...weight, dims: [channels, perGroup, kernelHeight, kernelWidth] }, [0, 2, 3, 1]);
  const given = bias(channels);
  noteRealBias(context, weight, given);
  const tensor = context.draft.add(
    {
      op: "conv",
      name: context.node.label,
      inputs: [value.tensor],
      activation: "none",
      groups,
      ...window,
      ...weightsOf(ordered),
      ...(given === undefined ? {} : { bias: given }),
    },
    context.outputName,
    channels,
  );
  context.produce(tensor, channelsFirst(context.draft.tensors[tensor]!.shape, rank));
  return tensor;
}

/** A bias in real numbers is rounded to sums of integers here, and need not be elsewhere. */
function noteRealBias(context: NodeContext, weight: Constant, bias: Bias | undefined): void {
  if (weight.quantization?.scales !== undefined && bias?.data instanceof Float32Array) context.approximate("a bias");
}

/** Adds a Gemm over input `index`, reading transA, transB and alpha from the node. */
export function addGemm(
  context: NodeContext,
  index: number,
  weight: Constant,
  bias: (channels: number) => Bias | undefined,
): number {
  let value = context.bound(index);
  demand(value.view.length === 2, `its first input has ${value.view.length} dimensions`, "2");
  demand(weight.dims.length === 2, `its weights have ${weight.dims.length} dimensions`, "2");
  if (context.int("transA", 0) !== 0) value = { ...value, view: transposeView(value.view, [1, 0]) };
  const ordered = context.int("transB", 0) !== 0 ? weight : permuteConstant(weight, [1, 0]);
  const tensor = addProduct(context, value, ordered, bias);
  const alpha = context.float("alpha", 1);
  const layer = context.draft.producerOf(tensor);
  if (alpha !== 1 && (layer?.op === "fc" || layer?.op === "conv")) {
    const kept = layer.bias;
    foldScale(layer, ordered.dims[0]!, [alpha]);
    if (kept !== undefined) layer.bias = kept; // alpha does not touch the bias
  }
  return tensor;
}

/** The weights of a MatMul, [rows, K] with leading ones allowed, turned to [K, rows]. */
export function rowsLast(weight: Constant): Constant {
  const leading = weight.dims.slice(0, -2);
  demand(
    weight.dims.length >= 2 && leading.every((dim) => dim === 1),
    `its weights are ${weight.dims.join("x") || "a scalar"}`,
    "a matrix",
  );
  const { quantization } = weight;
  const matrix: Constant = {
    ...weight,
    dims: weight.dims.slice(-2),
    ...(quantization === undefined
      ? {}
      : { quantization: { ...quantization, axis: quantization.axis - leading.length } }),
  };
  return permuteConstant(matrix, [1, 0]);
}

/** Adds the product of the last dimension of an activation with weights [K, rows]. */
export function addProduct(
  context: NodeContext,
  value: ActivationValue,
  weight: Constant,
  bias?: (channels: number) => Bias | undefined,
): number {
  const [channels, rows] = weight.dims as [number, number];
  const shape = context.shape(value);
  const leading = value.view.slice(0, -1);
  const reduced = value.view.at(-1) ?? [];
  const dims = context.dims(value);
  demand(
    dims.at(-1) === rows,
    `its weights have ${rows} rows, but its input is [${dims.join(", ")}]`,
    `${dims.at(-1)} rows`,
  );
  const common = { name: context.node.label, inputs: [value.tensor], activation: "none" as const };
  const given = bias?.(channels);
  noteRealBias(context, weight, given);
  const extra = given === undefined ? {} : { bias: given };
  const view: View = [...leading, channels === 1 ? [] : ["channels"]];
  if (leading.every((axes) => axes.length === 0)) {
    demand(elementsOf(shape) === rows, `its weights have ${rows} rows for ${elementsOf(shape)} inputs`);
    const weights = weightsOf(flattenOrder(weight, reduced, shape));
    const tensor = context.draft.add({ op: "fc", ...common, ...weights, ...extra }, context.outputName, channels);
    context.produce(tensor, view);
    return tensor;
  }
  const overChannels = reduced.every((axis) => axis === "channels") && !leading.flat().includes("channels");
  demand(overChannels, `it multiplies along ${describeView(value.view)}`, "all of a map, or its channels");
  const window = { kernelHeight: 1, kernelWidth: 1, strideY: 1, strideX: 1, dilationY: 1, dilationX: 1 };
  const padding = { padTop: 0, padBottom: 0, padLeft: 0, padRight: 0 };
  const tensor = context.draft.add(
    { op: "conv", ...common, groups: 1, ...window, ...padding, ...weightsOf(weight), ...extra },
    context.outputName,
    channels,
  );
  context.produce(tensor, view);
  return tensor;
}

/** Reorders the rows of [K, rows] from the order in which ONNX flattened the map to height, width, channels. */
function flattenOrder(weight: Constant, atoms: readonly Axis[], shape: Record<Axis, number>): Constant {
  const wanted = (["height", "width", "channels"] as const).filter((axis) => atoms.includes(axis));
  if (weight.values === undefined || wanted.join() === atoms.join()) return weight;
  const dims = [weight.dims[0]!, ...atoms.map((axis) => shape[axis])];
  const order = [0, ...wanted.map((axis) => atoms.indexOf(axis) + 1)];
  return { ...weight, values: permute(weight.values, dims, order) };
}
