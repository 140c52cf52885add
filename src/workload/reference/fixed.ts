/**
 * Fixed-point arithmetic of integer networks, as TensorFlow Lite defines it (double rounding).
 * Inputs are integers held in numbers; every result is exact. Sums beyond 32 bits, which products of 16 bits make, follow the same rule.
 */

/** A real factor in (0, 2^30) as multiplier·2^(shift−31), multiplier in [2^30, 2^31). */
export interface FixedFactor {
  multiplier: number;
  /** Positive: shift left before multiplying; negative: rounding shift right after. */
  shift: number;
}

/** The fixed-point form of a real factor; 0 where it is too small to be told from 0. */
export function fixedFactor(real: number): FixedFactor {
  if (real === 0) return { multiplier: 0, shift: 0 };
  let shift = Math.ceil(Math.log2(real));
  // log2 may be off by one at powers of two: bring the fraction into [0.5, 1).
  while (real / 2 ** shift >= 1) shift++;
  while (real / 2 ** shift < 0.5) shift--;
  let multiplier = Math.round((real / 2 ** shift) * 2 ** 31);
  if (multiplier === 2 ** 31) {
    multiplier /= 2;
    shift++;
  }
  if (shift < -31) return { multiplier: 0, shift: 0 };
  if (shift > 30) return { multiplier: 2 ** 31 - 1, shift: 30 };
  return { multiplier, shift };
}

/**
 * The fixed-point form of real / count, for a mean: the count is divided into the multiplier, which is cut and not rounded. So does the
 * plain kernel of TensorFlow Lite; the factor of the quotient itself may be larger by one in its last place.
 */
export function fixedMeanFactor(real: number, count: number): FixedFactor {
  const { multiplier, shift } = fixedFactor(real);
  // Room for the division: as many places as the count has, as far as the shift can take them back.
  const places = Math.min(31 - Math.clz32(count), 31 + shift);
  return { multiplier: Number((BigInt(multiplier) << BigInt(places)) / BigInt(count)), shift: shift - places };
}

/** The high 32 bits of 2·a·b, rounded half up; saturates where both are −2^31. */
export function saturatingRoundingDoublingHighMul(a: number, b: number): number {
  if (a === -2147483648 && b === -2147483648) return 2147483647;
  // a·b = high·2^16 + low exactly, both below 2^53; the low 16 bits cannot reach the result once the nudge is in.
  const high = (a >> 16) * b;
  const low = (a & 0xffff) * b;
  return Math.floor((high + Math.floor((low + 1073741824) / 65536)) / 32768);
}

/** `saturatingRoundingDoublingHighMul` of a value of up to 53 bits. */
function wideHighMul(value: number, multiplier: number): number {
  return Number((BigInt(value) * BigInt(multiplier) + 1073741824n) >> 31n);
}

/** value / 2^exponent, rounded to nearest, ties away from zero. */
export function roundingDivideByPowerOfTwo(value: number, exponent: number): number {
  if (exponent === 0) return value;
  const divisor = 2 ** exponent;
  const quotient = Math.floor(value / divisor);
  const remainder = value - quotient * divisor;
  const threshold = divisor / 2 - 1 + (value < 0 ? 1 : 0);
  return remainder > threshold ? quotient + 1 : quotient;
}

/** value × factor in fixed point; a value that is shifted left saturates at 32 bits. */
export function multiplyByFactor(value: number, multiplier: number, shift: number): number {
  let shifted = value;
  if (shift <= 0 && (value > 2147483647 || value < -2147483648))
    return roundingDivideByPowerOfTwo(wideHighMul(value, multiplier), -shift);
  if (shift > 0) {
    shifted = value * 2 ** shift;
    if (shifted > 2147483647) shifted = 2147483647;
    else if (shifted < -2147483648) shifted = -2147483648;
  }
  const product = saturatingRoundingDoublingHighMul(shifted, multiplier);
  return shift < 0 ? roundingDivideByPowerOfTwo(product, -shift) : product;
}

/** A value between two bounds. */
export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

/** The nearest integer, ties away from zero. */
export function roundHalfAway(value: number): number {
  return value < 0 ? -Math.floor(-value + 0.5) : Math.floor(value + 0.5);
}
