/**
 * Ranges that lose least: where steps are few they are better spent on the many small values than on the few large ones,
 * which are cut off.
 * Inputs: numbers and a count of bits. Invariants: a range holds 0, and reaches no further than the numbers. The search, over
 * shares of the full range by mean squared error, is that of M. Nagel et al., "A white paper on neural network quantization"
 * (2021), 3.1; R. Banner et al., "Post training 4-bit quantization of convolutional networks" (2019), derive such clipping.
 */
import type { Reach } from "./calibrate.js";

/** Shares of the full range that are tried, from all of it down to a third. */
const shares = Array.from({ length: 24 }, (_, i) => 1 - 0.03 * i);

/**
 * Whether a range of so many bits is searched for. At 8 bits steps are fine enough: there cutting off won nothing on any
 * network tried, and lost where later inputs reached beyond calibration.
 */
export function isNarrow(bits: number): boolean {
  return bits < 8;
}

/** The scale of some weights, symmetric around 0, from the one that holds the largest of them (`full`) downwards. */
export function bestScale(weights: Float32Array, full: number, high: number): number {
  const error = (share: number) => squaredError(weights, full * share, -high, high);
  return full * leastOf(error);
}

/** The range of a tensor in 2^bits steps: its upper end first, then its lower one. */
export function bestRange({ min, max, values }: Reach, bits: number): { min: number; max: number } {
  const error = (low: number, high: number) => {
    const scale = (high - low) / (2 ** bits - 1) || 1;
    const bottom = Math.round(low / scale);
    return squaredError(values, scale, bottom, bottom + 2 ** bits - 1);
  };
  const high = max * leastOf((share) => error(min, max * share));
  const low = min * leastOf((share) => error(min * share, high));
  return { min: low, max: high };
}

/** The share with the least error, the largest of several. */
function leastOf(error: (share: number) => number): number {
  let [best, least] = [1, Number.POSITIVE_INFINITY];
  for (const share of shares) {
    const own = error(share);
    if (own < least) [best, least] = [share, own];
  }
  return best;
}

/** What is lost where numbers are held as integers from `low` to `high`, in steps of a scale. */
function squaredError(values: ArrayLike<number>, scale: number, low: number, high: number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const steps = Math.round(values[i]! / scale);
    sum += (values[i]! - scale * Math.min(high, Math.max(low, steps))) ** 2;
  }
  return sum;
}
