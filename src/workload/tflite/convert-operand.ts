/**
 * Sums, differences, products, quotients and bounds of an activation and a constant, and PRELU: functions of every channel.
 * Inputs: an operator with an activation and a constant of one number, or one a channel. Invariants: one layer each, or none where it fuses.
 */
import type { Coefficients } from "../network.js";
import { demand } from "../onnx/refusal.js";
import { type ActivationValue, count, type OperatorContext, sameType, usableScale } from "./context.js";
import { convertActivation } from "./convert-other.js";

/** SUB of a constant, as ADD with the factor of its scale negated: so does the runtime. */
export function convertDifference(context: OperatorContext): void {
  demand(constantOperand(context) === 1, "it takes an activation off", "an activation less a constant");
  const { slopes = [], slopeScale } = channelNumbers(context, 1, context.activation(0));
  const less = slopeScale === undefined ? { slopes: slopes.map((one) => -one) } : { slopes, slopeScale: -slopeScale };
  combineConstant(context, "plus", 0, less);
}

/** DIV of real numbers by a constant. */
export function convertQuotient(context: OperatorContext): void {
  demand(constantOperand(context) === 1, "it divides by an activation", "an activation divided by a constant");
  demand(context.source(0)?.type === "float32", "it divides integers", "real numbers");
  const { slopes = [] } = channelNumbers(context, 1, context.activation(0));
  combineConstant(context, "times", 0, { slopes: slopes.map((one) => 1 / one) });
}

/** MINIMUM and MAXIMUM of an activation and one number of its scale: a bound. */
export function convertBound(side: "min" | "max"): (context: OperatorContext) => void {
  return (context) => {
    const constant = constantOperand(context);
    demand(constant !== undefined, "it compares two activations", "an activation and a number");
    const source = context.source(constant)!;
    const { slopes = [], slopeScale = 1 } = channelNumbers(context, constant, context.activation(1 - constant));
    demand(slopes.length === 1, `"${source.name}" is [${source.dims.join(", ")}]`, "one number");
    const types = [context.source(1 - constant)!, source, context.result].map((one) => context.typeOf(one));
    demand(
      types.every((type) => sameType(type, types[0]!)),
      "its inputs and its output mean different numbers by one integer",
      "one scale and zero point",
    );
    convertActivation("clip", { [side]: slopes[0]! * slopeScale }, undefined, 1 - constant)(context);
  };
}

/** Which of two operands is a constant, where one is. */
export function constantOperand(context: OperatorContext): number | undefined {
  demand(context.operator.inputs.length === 2, `it has ${context.operator.inputs.length} inputs`, "2");
  return [0, 1].find((index) => context.source(index)?.data !== undefined);
}

/** PRELU: a slope, or one a channel. */
export function convertPrelu(context: OperatorContext): void {
  const value = context.activation(0);
  const coefficients = channelNumbers(context, 1, value);
  context.produce({
    op: "activation",
    name: context.label,
    inputs: [value.tensor],
    activation: "leakyrelu",
    coefficients,
  });
}

/** A constant operand as one number or one a channel: real, or integers less their zero point with their scale. */
export function channelNumbers(context: OperatorContext, index: number, value: ActivationValue): Coefficients {
  const source = context.source(index)!;
  const channels = context.draft.tensors[value.tensor]!.shape.channels;
  const { dims, type, data, scales, zeroPoints, name } = source;
  demand(data !== undefined, `"${name}" is not constant`, "a constant");
  const elements = count(dims);
  const along = elements === 1 || (elements === channels && dims.at(-1) === channels && value.dims.at(-1) === channels);
  demand(along, `"${name}" is [${dims.join(", ")}]`, `one number, or ${channels} along the channels`);
  demand(type === "int8" || type === "uint8" || type === "float32", `"${name}" is ${type}`, "int8, uint8, float32");
  const bytes = data.slice();
  demand(bytes.length === elements * (type === "float32" ? 4 : 1), `"${name}" has ${bytes.length} bytes`);
  if (type === "float32") return { slopes: Array.from(new Float32Array(bytes.buffer)) };
  demand(scales.length === 1, `"${name}" has ${scales.length} scales`, "1");
  const integers = type === "int8" ? new Int8Array(bytes.buffer) : bytes;
  const zero = zeroPoints[0] ?? 0;
  return { slopes: Array.from(integers, (one) => one - zero), slopeScale: usableScale(scales[0]!, name) };
}

/** A function of every channel, then the activation where the operator ends in one. */
export function combineConstant(
  context: OperatorContext,
  activation: "plus" | "times",
  index: number,
  coefficients: Coefficients,
): void {
  const value = context.activation(index);
  const { activation: end, clip } = context.fused(0);
  const ends = end === "none" ? {} : { clip: clip ?? { min: 0, ...(end === "relu6" ? { max: 6 } : {}) } };
  context.produce({ op: "activation", name: context.label, inputs: [value.tensor], activation, coefficients, ...ends });
}
