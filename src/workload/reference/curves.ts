/** Activations as functions of real numbers. */
import type { Activation, ClipRange, Coefficients, Curve } from "../network.js";
import { clamp } from "./fixed.js";

/** Whether an activation is done by a table: all but clamps. */
export function needsTable(activation: Activation): boolean {
  return activation !== "none" && activation !== "relu" && activation !== "relu6" && activation !== "clip";
}

/** How many tables an activation needs: one, or one a channel. */
export function tablesOf({ coefficients }: Curve): number {
  return Math.max(1, coefficients?.slopes?.length ?? 1);
}

/** The number of a channel that `leakyrelu`, `plus`, `times` or `affine` takes. */
export function slopeOf({ slopes = [0.01], slopeScale = 1 }: Coefficients, channel: number): number {
  return slopes[slopes.length > 1 ? channel : 0]! * slopeScale;
}

function shiftOf({ shifts = [0] }: Coefficients, channel: number): number {
  return shifts[shifts.length > 1 ? channel : 0]!;
}

/** An activation on real numbers; the channel matters where it has a number for each. */
export function activateReal(curve: Curve, x: number, channel = 0): number {
  const { clip, coefficients = {} } = curve;
  const { alpha, beta } = coefficients;
  switch (curve.activation) {
    case "none":
      return x;
    case "relu":
      return Math.max(x, 0);
    case "relu6":
      return clamp(x, 0, 6);
    case "clip":
      return bounded(x, clip);
    case "sigmoid":
      return 1 / (1 + Math.exp(-x));
    case "swish":
      return x / (1 + Math.exp(-x * (alpha ?? 1)));
    case "hardsigmoid":
      return alpha === undefined && beta === undefined
        ? clamp(x + 3, 0, 6) / 6
        : clamp((alpha ?? 1 / 6) * x + (beta ?? 0.5), 0, 1);
    case "hardswish":
      return (x * clamp(x + 3, 0, 6)) / 6;
    case "leakyrelu":
      return x < 0 ? slopeOf(coefficients, channel) * x : x;
    case "tanh":
      return Math.tanh(x);
    case "elu":
      return (beta ?? 1) * (x < 0 ? (alpha ?? 1) * Math.expm1(x) : x);
    case "softplus":
      return softplus(x);
    case "softsign":
      return x / (1 + Math.abs(x));
    case "gelu":
      return (x * (1 + erf(x * Math.SQRT1_2))) / 2;
    case "gelutanh":
      return (x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))) / 2;
    case "mish":
      return x * Math.tanh(softplus(x));
    case "plus":
      return bounded(x + slopeOf(coefficients, channel), clip);
    case "times":
      return bounded(x * slopeOf(coefficients, channel), clip);
    case "affine":
      return bounded(x * slopeOf(coefficients, channel) + shiftOf(coefficients, channel), clip);
  }
}

function bounded(x: number, clip: ClipRange | undefined): number {
  return clamp(x, clip?.min ?? Number.NEGATIVE_INFINITY, clip?.max ?? Number.POSITIVE_INFINITY);
}

function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** The error function: its series near 0, a continued fraction of what is missing to 1 further out. */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (size > 6) return Math.sign(x);
  if (size < 2) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = size;
  for (let n = 60; n > 0; n--) fraction = size + n / 2 / fraction;
  return Math.sign(x) * (1 - Math.exp(-x * x) / (fraction * Math.sqrt(Math.PI)));
}

/** How far from 0 a function still changes, for sums that are rounded before it; `low` and `high` bound its results. */
export function reachOf(curve: Curve, low: number, high: number): number {
  const { alpha = 1 / 6, beta = 0.5 } = curve.coefficients ?? {};
  switch (curve.activation) {
    case "sigmoid":
      return 8;
    case "tanh":
      return 4;
    case "hardsigmoid":
      return (4 / 3) * (Math.max(beta, 1 - beta) / Math.abs(alpha || 1));
    case "leakyrelu": {
      const slope = Math.abs(slopeOf(curve.coefficients ?? {}, 0));
      return Math.max(high, slope === 0 ? 0 : -low / slope);
    }
    case "elu":
      return Math.max(high / Math.abs(curve.coefficients?.beta || 1), leftReach(curve, low, high));
    case "softsign":
      return 16;
    default:
      return Math.max(high, leftReach(curve, low, high));
  }
}

/** How far below 0 the results from `low` on come from: to `low` itself, or where the function goes no lower, to where it is flat. */
function leftReach(curve: Curve, low: number, high: number): number {
  const step = 1 / 64;
  const most = 16;
  const values = Array.from({ length: most / step + 1 }, (_, index) => activateReal(curve, -index * step));
  // Two steps of eight bits are flat enough: further out every step of the sums gets coarser.
  const flat = Math.max(0, high - low) / 128;
  const end = values.at(-1)!;
  const reached =
    low > Math.min(...values) + flat
      ? values.findIndex((value) => value <= low)
      : values.findLastIndex((value) => Math.abs(value - end) > flat) + 1;
  return reached * step;
}
