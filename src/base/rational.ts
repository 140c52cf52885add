/**
 * Exact non-negative rationals of safe integers: clock periods, ticks a byte.
 * Law 1 forbids adding rounded steps, so every rounding happens once, here, by `ceilMul`.
 */
import { InternalError } from "./diagnostics.js";

/** A reduced fraction num/den with den > 0. */
export interface Rational {
  readonly num: number;
  readonly den: number;
}

function gcd(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

/** The reduced fraction num/den; throws where either is not a safe integer. */
export function rational(num: number, den = 1): Rational {
  if (!Number.isSafeInteger(num) || !Number.isSafeInteger(den) || den <= 0 || num < 0)
    throw new InternalError(`not a rational: ${num}/${den}`);
  const d = gcd(num, den) || 1;
  return { num: num / d, den: den / d };
}

/** A fraction from a decimal number with at most 9 significant decimals. */
export function rationalFrom(value: number): Rational {
  let den = 1;
  let scaled = value;
  while (den < 1e12 && Math.abs(scaled - Math.round(scaled)) > 1e-9 * Math.max(1, Math.abs(scaled))) {
    den *= 10;
    scaled = value * den;
  }
  return rational(Math.round(scaled), den);
}

/** a·b. */
export function multiply(a: Rational, b: Rational): Rational {
  const g1 = gcd(a.num, b.den) || 1;
  const g2 = gcd(b.num, a.den) || 1;
  return rational((a.num / g1) * (b.num / g2), (a.den / g2) * (b.den / g1));
}

/** a/b; b must not be zero. */
export function divide(a: Rational, b: Rational): Rational {
  if (b.num === 0) throw new InternalError("division by zero");
  return multiply(a, { num: b.den, den: b.num });
}

/** Products up to here are divided in floating point: the quotient of whole numbers that small lies too far from the next whole number to be rounded to it. */
const EXACT_QUOTIENT = 2 ** 52;

/** ceil(k·r), exactly. */
export function ceilMul(k: number, r: Rational): number {
  const product = k * r.num;
  if (product <= EXACT_QUOTIENT) return Math.ceil(product / r.den);
  const exact = BigInt(k) * BigInt(r.num);
  const den = BigInt(r.den);
  return Number((exact + den - 1n) / den);
}

/** floor(k·r), exactly. */
export function floorMul(k: number, r: Rational): number {
  const product = k * r.num;
  if (product <= EXACT_QUOTIENT) return Math.floor(product / r.den);
  return Number((BigInt(k) * BigInt(r.num)) / BigInt(r.den));
}

/** r as a floating-point number. */
export function toNumber(r: Rational): number {
  return r.num / r.den;
}
