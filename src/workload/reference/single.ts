/**
 * Requantisation in single precision, as ONNX runtimes do it: real factors, halves to the even neighbour.
 * Inputs are integers held in numbers; every step is rounded to single precision where the runtime rounds it.
 */
import type { Curve } from "../network.js";
import { activateReal, slopeOf, tablesOf } from "./curves.js";
import { clamp } from "./fixed.js";
import type { OutputStage, TensorRange } from "./parameters.js";

const single = Math.fround;

/** How the sums of a conv or fc layer become integers. */
export interface SingleMatrix {
  /** By output channel: input scale × weight scale / output scale. */
  factor: Float32Array;
  /** Of activations that are no clamp: what one unit of a sum is worth, by output channel, and the function. */
  curve?: { unit: Float32Array; of: Curve; output: TensorRange };
}

/** Scales of the operands and the result of an add or mul layer. */
export interface SingleElementwise {
  scales: number[];
  scale: number;
}

/** How a mean becomes an integer: of real numbers added one by one, or of a sum of integers (a global pool). */
export type SingleMean =
  | { kind: "reals"; reals: Float32Array; low: number; output: TensorRange }
  | { kind: "sum"; factor: number };

/** The nearest integer, halves to the even neighbour. */
export function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** A real number as an integer of a tensor, as QuantizeLinear defines it. */
export function quantizeSingle(value: number, range: TensorRange): number {
  return clamp(roundHalfEven(single(value / single(range.scale))) + range.zeroPoint, range.low, range.high);
}

/** The real number an integer of a tensor stands for. */
export function dequantizeSingle(value: number, range: TensorRange): number {
  return single(single(range.scale) * (value - range.zeroPoint));
}

/** The table of a function from one range to another, by (input − input.low); one a channel where it has several. */
export function singleTable(curve: Curve, input: TensorRange, output: TensorRange): Int32Array {
  const entries = input.high - input.low + 1;
  const { activation, coefficients = {} } = curve;
  return Int32Array.from({ length: entries * tablesOf(curve) }, (_, index) => {
    const real = dequantizeSingle(input.low + (index % entries), input);
    const channel = Math.floor(index / entries);
    if (activation !== "plus" && activation !== "times")
      return quantizeSingle(single(activateReal(curve, real, channel)), output);
    // Two operands: the zero point is added before rounding.
    const other = single(slopeOf(coefficients, channel));
    const result = single(single(activation === "plus" ? real + other : real * other) / single(output.scale));
    const [low = output.low, high = output.high] = [curve.clip?.min, curve.clip?.max].map((bound) =>
      bound === undefined ? undefined : quantizeSingle(bound, output),
    );
    return clamp(roundHalfEven(single(result + output.zeroPoint)), low, high);
  });
}

/** A finished sum of a conv or fc layer as its result. */
export function requantizeSingle(sum: number, channel: number, own: SingleMatrix, stage: OutputStage): number {
  if (own.curve === undefined) {
    const scaled = single(single(sum) * own.factor[channel]!);
    return clamp(roundHalfEven(scaled) + stage.zeroPoint, stage.low, stage.high);
  }
  const { unit, of, output } = own.curve;
  const real = single(single(sum) * unit[channel]!);
  return quantizeSingle(single(activateReal(of, real, channel)), output);
}

/** The sum or product of two integers less their zero points. */
export function combineSingle(
  op: "add" | "mul",
  a: number,
  b: number,
  own: SingleElementwise,
  stage: OutputStage,
): number {
  const left = single(own.scales[0]! * a);
  const right = single(own.scales[1]! * b);
  const real = single(single(op === "add" ? left + right : left * right) / own.scale);
  // The zero point is added before rounding here, after it in convolutions.
  return clamp(roundHalfEven(single(real + stage.zeroPoint)), stage.low, stage.high);
}

/** The end of a mean over `count` positions: `sum` is of reals, or of integers less their zero point. */
export function meanSingle(sum: number, count: number, own: SingleMean, stage: OutputStage): number {
  if (own.kind === "sum")
    return clamp(roundHalfEven(single(single(sum) * own.factor)) + stage.zeroPoint, stage.low, stage.high);
  const scaled = single(single(sum / count) / single(own.output.scale));
  return clamp(roundHalfEven(single(scaled + own.output.zeroPoint)), stage.low, stage.high);
}
