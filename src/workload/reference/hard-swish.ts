/** HARD_SWISH of 8-bit integers in 16-bit fixed point, step by step as TensorFlow Lite's integer kernel rounds. */
import { clamp, fixedFactor, roundingDivideByPowerOfTwo } from "./fixed.js";
import type { TensorRange } from "./parameters.js";

const LOWEST = -32768;
const HIGHEST = 32767;

/** The result for an input less its zero point. */
export function hardSwish(value: number, inputScale: number, output: TensorRange): number {
  // 128 steps to one of the input; 3.0 is 2^15 of the ramp's units.
  const fine = Math.fround(inputScale / 128);
  const toOutput = factor16(Math.fround(fine / Math.fround(output.scale)));
  const toRamp = factor16(Math.fround(fine / Math.fround(3 / 32768)));
  const x = value * 128;
  const straight = roundedHighProduct(x, toOutput.multiplier);
  let ramp = x;
  if (toRamp.shift > 0) ramp = saturate(ramp * 2 ** (toRamp.shift - 1));
  ramp = roundedHighProduct(ramp, toRamp.multiplier);
  if (toRamp.shift > 0) ramp = saturate(ramp * 2);
  else ramp = roundingDivideByPowerOfTwo(ramp, -toRamp.shift);
  // From −1…1 to 0…1.
  ramp = (ramp + 32768) >> 1;
  const product = Math.trunc((ramp * straight) / 32768);
  const scaled =
    toOutput.shift > 0 ? saturate(product * 2 ** toOutput.shift) : roundingDivideByPowerOfTwo(product, -toOutput.shift);
  return clamp(scaled + output.zeroPoint, output.low, output.high);
}

/** A factor with a multiplier of 16 bits. */
function factor16(real: number): { multiplier: number; shift: number } {
  const { multiplier, shift } = fixedFactor(real);
  return { multiplier: Math.min(HIGHEST, Math.floor((multiplier + 32768) / 65536)), shift };
}

function saturate(value: number): number {
  return clamp(value, LOWEST, HIGHEST);
}

/** The high 16 bits of 2·a·b, to the nearest. */
function roundedHighProduct(a: number, b: number): number {
  if (a === LOWEST && b === LOWEST) return HIGHEST;
  const product = a * b;
  return Math.trunc((product + (product >= 0 ? 16384 : -16383)) / 32768);
}
