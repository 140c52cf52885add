/**
 * MEAN over a map as the plain kernel of TensorFlow Lite computes it (QuantizedMeanOrSum): the factor of both scales with the count divided
 * into its 31-bit multiplier and cut, then a doubling high multiplication and a shift, each rounded by itself. Values by hand, then the
 * same steps in whole numbers of any size.
 */
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/index.js";
import { readChip } from "../../src/hardware/index.js";
import { Verification, verifyFailure } from "../../src/run/index.js";
import { runNetwork } from "../../src/run/run.js";
import { readTflite } from "../../src/workload/index.js";
import { executeReference, parametersOf } from "../../src/workload/reference/index.js";
import { codes, type TensorSpec, writeTflite } from "./tflite-writer.js";

const fill = { seed: 1, precision: { weightBits: 8, activationBits: 8 } };

interface Case {
  height: number;
  width: number;
  from: [scale: number, zero: number];
  to: [scale: number, zero: number];
  type?: "int8" | "uint8";
}

/** A file whose only operator is a MEAN over height and width. */
function meanFile({ height, width, from, to, type = "int8" }: Case, channels: number): Uint8Array {
  const map = (name: string, dims: number[], [scale, zero]: [number, number]): TensorSpec => ({
    ...{ name, dims, type, scales: [scale], zeroPoints: [zero] },
  });
  return writeTflite({
    tensors: [
      map("x", [1, height, width, channels], from),
      { name: "axes", dims: [2], type: "int32", data: [1, 2] },
      map("y", [1, channels], to),
    ],
    operators: [{ code: codes.MEAN, inputs: [0, 1], outputs: [2] }],
    inputs: [0],
    outputs: [2],
  });
}

const rangeOf = ({ type }: Case): [number, number] => (type === "uint8" ? [0, 255] : [-128, 127]);

/** Means of maps whose elements sum to each of `sums`, zero points taken off. */
function meansOf(one: Case, sums: readonly number[]): number[] {
  const network = readTflite(meanFile(one, sums.length));
  const count = one.height * one.width;
  const [low, high] = rangeOf(one);
  const input = new Int32Array(count * sums.length).fill(one.from[1]);
  sums.forEach((sum, channel) => {
    let left = sum;
    for (let at = 0; left !== 0; at++) {
      const step = Math.max(low - one.from[1], Math.min(high - one.from[1], left));
      input[at * sums.length + channel]! += step;
      left -= step;
    }
  });
  const values = executeReference(network, parametersOf(network, fill), new Map([[network.inputs[0]!, input]]));
  return Array.from(values.get(network.outputs[0]!)!);
}

/** The kernel in whole numbers of any size. */
function kernel(sum: bigint, count: bigint, real: number): bigint {
  // real = multiplier · 2^(shift − 31), multiplier in [2^30, 2^31).
  let shift = 0;
  let fraction = real;
  for (; fraction >= 1; fraction /= 2) shift++;
  for (; fraction < 0.5; fraction *= 2) shift--;
  let multiplier = BigInt(Math.round(fraction * 2 ** 31));
  if (multiplier === 1n << 31n) {
    multiplier >>= 1n;
    shift++;
  }
  let places = count.toString(2).length - 1;
  places = Math.min(places, 32, 31 + shift);
  multiplier = (multiplier << BigInt(places)) / count;
  shift -= places;
  const raised = sum * 2n ** BigInt(Math.max(0, shift));
  const product = raised * multiplier;
  // To the nearest, halves up; then to the nearest, halves away from zero.
  const high = (product + (1n << 30n)) >> 31n;
  const divisor = 2n ** BigInt(Math.max(0, -shift));
  const size = high < 0n ? -high : high;
  const rounded = (size + divisor / 2n) / divisor;
  return high < 0n ? -rounded : rounded;
}

describe("MEAN as the plain kernel of TensorFlow Lite", () => {
  it("rounds twice: six elements of one scale, by hand", () => {
    // ⌊2^30·4/6⌋ = 715827882, then halved. 2·715827882/2^31 = 0.67 → 1, halved 0.5 → 1: a mean of a third is 1 here, and −1 below zero.
    // A sum of 1: 0.33 → 0. Of 8: 2.67 → 3, halved 1.5 → 2, where a division gives 1.
    const one: Case = { height: 3, width: 2, from: [0.5, 3], to: [0.5, 3] };
    expect(meansOf(one, [0, 1, 2, 3, 8, -1, -2, -3, -8])).toEqual([3, 3, 4, 4, 5, 3, 2, 2, 1]);
  });

  it("49 elements of one scale, by hand", () => {
    // ⌊2^30·32/49⌋ = 701219150, then / 16. 23: 7.51 → 8, / 16 = 0.5 → 1. 22: 7.18 → 7, 0.44 → 0. 24: 7.84 → 8 → 1.
    const one: Case = { height: 7, width: 7, from: [0.0235, -128], to: [0.0235, -128] };
    expect(meansOf(one, [22, 23, 24, 49, 100])).toEqual([-128, -127, -127, -127, -126]);
  });

  it("takes the change of scale along, by hand", () => {
    // 0.5 / 0.25 = 2 = 2^30·2^(2−31); ⌊2^30·4/4⌋ = 2^30 and no shift left: half the sum, halves up.
    const one: Case = { height: 2, width: 2, from: [0.5, 1], to: [0.25, -7] };
    expect(meansOf(one, [1, 2, 3, -1, -2, -3, 300, -300])).toEqual([-6, -6, -5, -7, -8, -8, 127, -128]);
  });

  it.each<Case>([
    { height: 7, width: 7, from: [0.02353, -128], to: [0.0188, -128] },
    { height: 5, width: 3, from: [0.031, 11], to: [0.009, -60] },
    { height: 8, width: 8, from: [0.004, 0], to: [0.31, 9] },
    { height: 1, width: 1, from: [0.5, 0], to: [0.5, 0] },
    { height: 6, width: 5, from: [0.05, 120], to: [0.05, 120], type: "uint8" },
    { height: 25, width: 5, from: [0.07, 120], to: [0.05, 90], type: "uint8" },
  ])("$height x $width, $from to $to", (one) => {
    const count = one.height * one.width;
    const [low, high] = rangeOf(one);
    const least = count * (low - one.from[1]);
    const sums = Array.from({ length: 257 }, (_, index) => least + Math.round((index * count * (high - low)) / 256));
    const real = Math.fround(one.from[0]) / Math.fround(one.to[0]);
    const expected = sums.map((sum) =>
      Math.min(high, Math.max(low, Number(kernel(BigInt(sum), BigInt(count), real)) + one.to[1])),
    );
    expect(meansOf(one, sums)).toEqual(expected);
  });

  it.each<Case>([
    { height: 7, width: 5, from: [0.03, -5], to: [0.03, -5] },
    { height: 6, width: 6, from: [0.03, -5], to: [0.008, 20] },
  ])(
    "the vector unit gives the same integers, and so does ONNX Runtime: $height x $width, $from to $to",
    async (one) => {
      const network = readTflite(meanFile(one, 40));
      const chip = readChip("compass-s");
      const verification = new Verification(network, chip, { seed: "3", batch: 2 });
      const { result } = await runNetwork(network, chip, { batch: 2, experiments: false, verification });
      expect(verifyFailure(result.verify!)).toEqual([]);
      expect(result.verify).toMatchObject({ passed: true, equal: true });
      const { status, equal } = result.verify!.onnxRuntime!;
      if (status === "skipped") console.warn("SKIPPED: ONNX Runtime");
      else expect(equal).toBe(true);
    },
  );

  it("a sum that could leave 32 bits is refused with the layer", () => {
    const network = readTflite(meanFile({ height: 4096, width: 2049, from: [0.5, 0], to: [0.5, 0] }, 1));
    expect(() => parametersOf(network, fill)).toThrow(UserError);
    expect(() => parametersOf(network, fill)).toThrow(/mean_0.*exceed 32 bits.*8392704 elements of 8 bits/s);
  });
});
