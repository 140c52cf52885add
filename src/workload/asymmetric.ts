/** Weights whose zero points cannot be taken off within their width: 8-bit numbers from −128 less 5 take nine bits. */
import type { WeightData, Weighted } from "./network.js";

/** The mark of a layer whose weights less their zero points do not fit `bits` signed bits; nothing where they do. */
export function asymmetryOf({ data, zeroPoints }: WeightData, bits: number): Pick<Weighted, "asymmetric"> {
  if (zeroPoints === undefined || zeroPoints.every((zero) => zero === 0)) return {};
  const highest = 2 ** (bits - 1) - 1;
  const each = data.length / zeroPoints.length;
  for (const [index, value] of data.entries()) {
    const weight = value - zeroPoints[Math.floor(index / each)]!;
    if (weight > highest || weight < -highest - 1) return { asymmetric: true };
  }
  return {};
}
