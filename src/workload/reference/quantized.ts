/**
 * From a network to the integer parameters both executors read.
 * Input: any network; numbers it lacks are filled in from the seed. What integers cannot express is refused with every problem at once.
 */
import { type Problem, UserError } from "../../base/index.js";
import type { AvgPoolLayer, Layer, Network, Tensor } from "../network.js";
import { activationTable, outputStage } from "./activations.js";
import { tablesOf } from "./curves.js";
import { fixedFactor, fixedMeanFactor } from "./fixed.js";
import { matrixParameters } from "./matrix.js";
import type { LayerParameters, NetworkParameters, TensorRange } from "./parameters.js";
import { type FillOptions, fillNetwork } from "./seeded.js";
import { dequantizeSingle, type SingleMean, singleTable } from "./single.js";

/** Options of `parametersOf`. */
export interface ParameterOptions extends FillOptions {
  /** Names of layers whose neighbouring filters become complementary pairs; their channels must be even in number. */
  pairedLayers?: readonly string[];
}

/** The integer parameters of a network; what it does not state is drawn from the seed. */
export function parametersOf(network: Network, options: ParameterOptions): NetworkParameters {
  const filled = fillNetwork(network, options);
  const problems: Problem[] = [];
  const tensors = filled.tensors.map((tensor) => rangeOf(tensor, problems));
  if (problems.length > 0) throw new UserError(problems);
  const layers = filled.layers.map((layer) =>
    layerParameters(filled, layer, tensors, problems, options.pairedLayers?.includes(layer.name) === true),
  );
  if (problems.length > 0) throw new UserError(problems);
  return { tensors, layers, byName: new Map(layers.map((layer) => [layer.layer, layer])) };
}

/** A tensor's range, with what is wrong with it. */
function rangeOf(tensor: Tensor, problems: Problem[]): TensorRange {
  const bits = tensor.bits!;
  const signed = tensor.signed!;
  const { scale, zeroPoint } = tensor.quantization!;
  const low = signed ? -(2 ** (bits - 1)) : 0;
  const high = low + 2 ** bits - 1;
  const place = { field: `tensor ${tensor.name}` };
  if (!Number.isInteger(bits) || bits < 1 || bits > 16)
    problems.push({
      code: "tensor-bits",
      message: "width cannot be executed",
      place,
      seen: `${bits}`,
      accepted: "1 to 16 bits",
    });
  if (!(scale > 0) || !Number.isFinite(scale))
    problems.push({ code: "tensor-scale", message: "scale is not a positive number", place, seen: `${scale}` });
  if (!Number.isInteger(zeroPoint) || zeroPoint < low || zeroPoint > high)
    problems.push({
      code: "tensor-zero-point",
      message: "zero point lies outside the tensor's range",
      place,
      seen: `${zeroPoint}`,
      accepted: `${low} to ${high}`,
    });
  return { bits, signed, scale, zeroPoint, low, high };
}

function layerParameters(
  network: Network,
  layer: Layer,
  tensors: TensorRange[],
  problems: Problem[],
  paired: boolean,
): LayerParameters {
  const inputs = layer.inputs.map((id) => tensors[id]!);
  const output = tensors[layer.output]!;
  const float = network.requantisation === "float";
  const end = outputStage(layer, output, float);
  switch (layer.op) {
    case "conv":
    case "fc":
      return matrixParameters(network, layer, tensors, problems, paired);
    case "add": {
      const leftShift = output.bits > 8 ? 15 : 20;
      const twice = 2 * Math.max(inputs[0]!.scale, inputs[1]!.scale);
      const factors = inputs.map((input) => ({ zeroPoint: input.zeroPoint, ...fixedFactor(input.scale / twice) }));
      const factor = fixedFactor(twice / (2 ** leftShift * end.scale));
      const own = { layer: layer.name, leftShift, inputs: factors, ...factor, output: end.stage };
      return { kind: "add", ...own, ...singleElementwise(float, inputs, output) };
    }
    case "mul": {
      const factor = fixedFactor(Math.fround(Math.fround(inputs[0]!.scale * inputs[1]!.scale) / end.scale));
      const zeroPoints = inputs.map((input) => input.zeroPoint);
      const own = { layer: layer.name, zeroPoints, ...factor, output: end.stage };
      return { kind: "mul", ...own, ...singleElementwise(float, inputs, output) };
    }
    case "maxpool":
    case "avgpool":
      if (!float && layer.op === "avgpool" && layer.global === true)
        demandMean(network, layer, inputs[0]!, output, problems);
      else if (!float || layer.op === "maxpool") demandEqualRanges(network, layer, tensors, problems);
      if (end.stage.table !== undefined) refuseActivation(layer, problems);
      return {
        kind: layer.op,
        layer: layer.name,
        windowPositions: layer.kernelHeight * layer.kernelWidth,
        countIncludePad: layer.op === "avgpool" && layer.countIncludePad,
        inputZeroPoint: inputs[0]!.zeroPoint,
        output: end.stage,
        ...(layer.op === "avgpool" ? meanOf(network, layer, inputs[0]!, output, float) : {}),
      };
    case "concat":
      demandEqualRanges(network, layer, tensors, problems);
      if (layer.activation !== "none") refuseActivation(layer, problems);
      return { kind: "concat", layer: layer.name };
    case "activation": {
      const table = (float ? singleTable : activationTable)(layer, inputs[0]!, output);
      return { kind: "table", layer: layer.name, inputLow: inputs[0]!.low, tables: tablesOf(layer), table };
    }
  }
}

/** Scales of the operands and the result, in single precision. */
function singleElementwise(float: boolean, inputs: readonly TensorRange[], output: TensorRange) {
  if (!float) return {};
  const scales = inputs.map(({ scale }) => Math.fround(scale));
  return { single: { scales, scale: Math.fround(output.scale) } };
}

/** How an average is rounded where it is more than a division of integers. */
function meanOf(network: Network, layer: AvgPoolLayer, input: TensorRange, output: TensorRange, float: boolean) {
  if (float) return { single: singleMean(network, layer, input, output) };
  if (layer.global !== true) return {};
  return { mean: fixedMeanFactor(input.scale / output.scale, layer.kernelHeight * layer.kernelWidth) };
}

/** A pool of the whole map in fixed point: one window without padding, whose sum stays within 32 bits. */
function demandMean(
  network: Network,
  layer: AvgPoolLayer,
  input: TensorRange,
  output: TensorRange,
  problems: Problem[],
): void {
  const place = { field: `layer ${layer.name}` };
  const { height, width } = network.tensors[layer.inputs[0]!]!.shape;
  const { kernelHeight, kernelWidth, padTop, padBottom, padLeft, padRight } = layer;
  const padded = padTop + padBottom + padLeft + padRight > 0;
  if (padded || kernelHeight !== height || kernelWidth !== width)
    problems.push({
      code: "mean-window",
      message: "a pool of the whole map (`global`) has a window as large as the map and no padding",
      place,
      seen: `a window of ${kernelHeight}x${kernelWidth}${padded ? " with padding" : ""} on ${height}x${width}`,
      accepted: `${height}x${width}`,
    });
  const most = 2 ** (31 - input.bits);
  if (height * width > most)
    problems.push({
      code: "mean-elements",
      message: "the sum of a mean could exceed 32 bits",
      place,
      seen: `${height * width} elements of ${input.bits} bits`,
      accepted: `up to ${most} elements`,
    });
  if (!(input.scale / output.scale < 2 ** 30))
    problems.push({
      code: "mean-factor",
      message: "the scales of a mean are too far apart",
      place,
      seen: `${input.scale} and ${output.scale}`,
      accepted: "a quotient under 2^30",
    });
}

/** A pool of the whole map sums integers, any other one the real numbers they stand for. */
function singleMean(network: Network, layer: AvgPoolLayer, input: TensorRange, output: TensorRange): SingleMean {
  const { height, width } = network.tensors[layer.inputs[0]!]!.shape;
  if (layer.global === true) {
    const factor = Math.fround(Math.fround(input.scale) / Math.fround(Math.fround(output.scale) * (height * width)));
    return { kind: "sum", factor };
  }
  const reals = Float32Array.from({ length: input.high - input.low + 1 }, (_, index) =>
    dequantizeSingle(input.low + index, input),
  );
  return { kind: "reals", reals, low: input.low, output };
}

function refuseActivation(layer: Layer, problems: Problem[]): void {
  problems.push({
    code: "fused-activation",
    message: `an activation cannot be fused into a ${layer.op}`,
    place: { field: `layer ${layer.name}` },
    seen: layer.activation,
    accepted: layer.op === "concat" ? "none (concatenation moves nothing)" : "none, relu, relu6 or clip",
  });
}

/** Concatenation moves no byte and pooling only divides, so inputs and output must mean the same by the same integer. */
function demandEqualRanges(network: Network, layer: Layer, tensors: TensorRange[], problems: Problem[]): void {
  const output = tensors[layer.output]!;
  for (const id of layer.inputs) {
    const input = tensors[id]!;
    const near = Math.abs(input.scale - output.scale) <= 1e-6 * output.scale;
    if (near && input.zeroPoint === output.zeroPoint && input.bits === output.bits && input.signed === output.signed)
      continue;
    problems.push({
      code: "unequal-scales",
      message: `${layer.op} needs one scale, zero point and width for its inputs and output`,
      place: { field: `layer ${layer.name}` },
      seen: `${network.tensors[id]!.name} ${describe(input)} and ${network.tensors[layer.output]!.name} ${describe(output)}`,
    });
  }
}

function describe(range: TensorRange): string {
  return `(${range.bits} bits, scale ${Number(range.scale.toPrecision(6))}, zero point ${range.zeroPoint})`;
}
