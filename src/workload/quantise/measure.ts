/**
 * Measures of what quantisation loses.
 * Inputs: two lists of numbers of equal length. Invariants: symmetric in nothing: the first list is the truth.
 */
import type { Tensor } from "../network.js";

/** Integers of a tensor as the real numbers they stand for, in single precision. */
export function dequantise(values: Iterable<number>, tensor: Tensor): Float32Array {
  const { scale, zeroPoint } = tensor.quantization ?? { scale: 1, zeroPoint: 0 };
  return Float32Array.from(values, (value) => (value - zeroPoint) * scale);
}

/** Real numbers as integers of a tensor, clamped to what it holds; halves go away from zero. */
export function quantiseValues(values: Iterable<number>, tensor: Tensor): Int32Array {
  const { scale, zeroPoint } = tensor.quantization ?? { scale: 1, zeroPoint: 0 };
  const { bits = 8, signed = true } = tensor;
  const low = signed ? -(2 ** (bits - 1)) : 0;
  const high = low + 2 ** bits - 1;
  const away = (value: number) => Math.sign(value) * Math.round(Math.abs(value));
  return Int32Array.from(values, (value) => Math.min(high, Math.max(low, zeroPoint + away(value / scale))));
}

/** Signal to quantisation noise, 10·log10(Σ truth² / Σ (truth − seen)²) in decibels; infinite where both are equal. */
export function sqnrDecibels(truth: ArrayLike<number>, seen: ArrayLike<number>): number {
  let signal = 0;
  let noise = 0;
  for (let i = 0; i < truth.length; i++) {
    signal += truth[i]! ** 2;
    noise += (truth[i]! - seen[i]!) ** 2;
  }
  return noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(signal / noise);
}

/** The index of the largest value, the first where several are equal. */
export function topOne(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
