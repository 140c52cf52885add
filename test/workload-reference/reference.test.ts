import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/index.js";
import { type Network, NetworkBuilder } from "../../src/workload/index.js";
import {
  executeReference,
  fillNetwork,
  fixedFactor,
  multiplyByFactor,
  parametersOf,
  roundingDivideByPowerOfTwo,
  saturatingRoundingDoublingHighMul,
  seededInputs,
} from "../../src/workload/reference/index.js";

const precision = { weightBits: 8, activationBits: 8 };
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

/** gemmlowp's definitions in big integers, with C++'s truncating division. */
function highMulOracle(a: bigint, b: bigint): bigint {
  if (a === b && a === -(2n ** 31n)) return 2n ** 31n - 1n;
  const product = a * b;
  const nudge = product >= 0n ? 1n << 30n : 1n - (1n << 30n);
  return (product + nudge) / (1n << 31n);
}

function divideOracle(value: bigint, exponent: bigint): bigint {
  const mask = (1n << exponent) - 1n;
  const remainder = value & mask;
  const threshold = (mask >> 1n) + (value < 0n ? 1n : 0n);
  return (value >> exponent) + (remainder > threshold ? 1n : 0n);
}

describe("fixed point", () => {
  it("equals gemmlowp's high multiplication and rounding division", () => {
    fc.assert(
      fc.property(int32, int32, fc.integer({ min: 0, max: 31 }), (a, b, exponent) => {
        expect(saturatingRoundingDoublingHighMul(a, b)).toBe(Number(highMulOracle(BigInt(a), BigInt(b))));
        expect(roundingDivideByPowerOfTwo(a, exponent)).toBe(Number(divideOracle(BigInt(a), BigInt(exponent))));
      }),
      { numRuns: 2000 },
    );
    expect(saturatingRoundingDoublingHighMul(-(2 ** 31), -(2 ** 31))).toBe(2 ** 31 - 1);
  });

  it("splits a real factor into multiplier and shift", () => {
    expect(fixedFactor(1)).toEqual({ multiplier: 2 ** 30, shift: 1 });
    expect(fixedFactor(0.5)).toEqual({ multiplier: 2 ** 30, shift: 0 });
    expect(fixedFactor(0)).toEqual({ multiplier: 0, shift: 0 });
    expect(fixedFactor(1 - 2 ** -40)).toEqual({ multiplier: 2 ** 30, shift: 1 });
    fc.assert(
      fc.property(
        fc.double({ min: 1e-6, max: 100, noNaN: true }),
        fc.integer({ min: -1e5, max: 1e5 }),
        (real, value) => {
          const { multiplier, shift } = fixedFactor(real);
          expect(Math.abs(multiplyByFactor(value, multiplier, shift) - value * real)).toBeLessThan(
            1.01 + value ** 2 * 1e-12,
          );
        },
      ),
    );
  });

  it("multiplies sums beyond 32 bits, those of 16-bit products, by the same rule", () => {
    // 3·10^9 · 10^-5 = 30,000; both roundings are without effect here.
    const { multiplier, shift } = fixedFactor(1e-5);
    expect(multiplyByFactor(3e9, multiplier, shift)).toBe(30000);
    expect(multiplyByFactor(-3e9, multiplier, shift)).toBe(-30000);
    const wide = fc.integer({ min: -(2 ** 47), max: 2 ** 47 });
    fc.assert(
      fc.property(wide, fc.double({ min: 1e-9, max: 1e-3, noNaN: true }), (value, real) => {
        const factor = fixedFactor(real);
        const product = (2n * BigInt(value) * BigInt(factor.multiplier) + 2n ** 31n) >> 32n;
        const expected = roundingDivideByPowerOfTwo(Number(product), -factor.shift);
        expect(multiplyByFactor(value, factor.multiplier, factor.shift)).toBe(expected);
      }),
    );
  });
});

/** A network with every operation. */
function everyOperation(bits?: { bits: number; signed: boolean }): Network {
  const build = new NetworkBuilder("every");
  const input = build.input("x", { height: 7, width: 6, channels: 3 }, bits ?? {});
  const a = build.conv(input, { channels: 6, kernel: 3, padding: 1, bias: true, activation: "relu" });
  const b = build.conv(a, { channels: 6, kernel: 3, padding: 1, groups: "depthwise", activation: "hardswish" });
  const sum = build.sum(a, b, { activation: "relu6" });
  const squeezed = build.globalAvgpool(sum);
  const gate = build.conv(squeezed, { channels: 6, kernel: 1, activation: "sigmoid", bias: true });
  const scaled = build.product(sum, gate);
  const other = build.conv(scaled, { channels: 4, kernel: 1, groups: 2 });
  const joined = build.concat([scaled, other]);
  const pooled = build.maxpool(joined, { kernel: 3, stride: 2, padding: 1 });
  const mean = build.avgpool(pooled, { kernel: 2, stride: 1, padding: [0, 1, 0, 1], countIncludePad: true });
  const swished = build.activation(mean, { activation: "swish" });
  build.output(build.fc(swished, { channels: 5, bias: true }));
  return build.build();
}

describe("reference executor", () => {
  it("computes a convolution as by hand", () => {
    const build = new NetworkBuilder("hand");
    const quantization = { scale: 0.5, zeroPoint: 3 };
    const x = build.input("x", { height: 2, width: 2, channels: 1 }, { bits: 8, signed: true, quantization });
    const y = build.conv(x, {
      channels: 2,
      kernel: 2,
      padding: [1, 0, 0, 1],
      weightBits: 8,
      weights: { layout: "KHWC", data: Int8Array.of(1, 2, 3, 4, -1, 0, 0, 1), scales: [0.25, 0.5] },
      bias: { data: Int32Array.of(8, -4) },
      activation: "relu",
      output: { bits: 8, signed: true, quantization: { scale: 0.25, zeroPoint: -1 } },
    });
    build.output(y);
    const network = build.build();
    const parameters = parametersOf(network, { seed: 1, precision });
    // x − 3 = [[2, −1], [0, 4]], rows above and right are zeros; sums times 0.5·s/0.25 = 0.5 and 1, rounded, minus 1.
    const values = executeReference(network, parameters, new Map([[x, Int32Array.of(5, 2, 3, 7)]]));
    const sums0 = [8 + 3 * 2 + 4 * -1, 8 + 3 * -1, 8 + 2 - 2 + 16, 8 - 1 + 3 * 4];
    const sums1 = [-4 - 1, -4, -4 - 2 + 4, -4 + 1];
    const expected = sums0.flatMap((sum, i) => [Math.round(sum * 0.5) - 1, Math.max(-1, sums1[i]! - 1)]);
    expect([...values.get(y)!]).toEqual(expected);
  });

  it("keeps every operation close to real arithmetic and its outputs in range", () => {
    for (const zeroPoints of ["zero", "seeded"] as const) {
      const network = everyOperation();
      const parameters = parametersOf(network, { seed: 7, precision, zeroPoints });
      const values = executeReference(network, parameters, seededInputs(network, 7));
      for (const layer of network.layers) {
        const { low, high } = parameters.tensors[layer.output]!;
        const out = values.get(layer.output)!;
        const used = new Set(out).size;
        let saturated = 0;
        for (const value of out) {
          expect(value).toBeGreaterThanOrEqual(low);
          expect(value).toBeLessThanOrEqual(high);
          if (value === high) saturated++;
        }
        if (out.length >= 100) expect(used).toBeGreaterThan(20);
        if (out.length >= 100) expect(saturated / out.length, layer.name).toBeLessThan(0.4);
      }
      // An add layer against real numbers: at most two steps apart.
      const add = network.layers.find((layer) => layer.op === "add")!;
      const real = (id: number, i: number) => {
        const { scale, zeroPoint } = parameters.tensors[id]!;
        return (values.get(id)![i]! - zeroPoint) * scale;
      };
      const step = parameters.tensors[add.output]!.scale;
      for (let i = 0; i < 100; i++) {
        const wanted = Math.min(6, Math.max(0, real(add.inputs[0]!, i) + real(add.inputs[1]!, i)));
        const most = (parameters.tensors[add.output]!.high - parameters.tensors[add.output]!.zeroPoint) * step;
        expect(Math.abs(real(add.output, i) - Math.min(wanted, most))).toBeLessThan(1.01 * step);
      }
    }
  });

  it("draws the same numbers from the same seed, whatever else the network has", () => {
    const network = everyOperation();
    const one = fillNetwork(network, { seed: 3, precision });
    const two = fillNetwork(network, { seed: 3, precision });
    expect(one).toEqual(two);
    expect(fillNetwork(network, { seed: 4, precision })).not.toEqual(one);
    expect(fillNetwork(one, { seed: 99, precision })).toEqual(one);
  });

  it("runs narrow and unsigned tensors", () => {
    const network = everyOperation({ bits: 4, signed: false });
    for (const tensor of network.tensors) Object.assign(tensor, { bits: 4, signed: false });
    const parameters = parametersOf(network, {
      seed: 1,
      precision: { weightBits: 4, activationBits: 4 },
      zeroPoints: "seeded",
    });
    const values = executeReference(network, parameters, seededInputs(network, 1));
    for (const out of values.values()) for (const value of out) expect(value >= 0 && value < 16).toBe(true);
  });

  it("says clearly what integers cannot express", () => {
    const network = everyOperation();
    const joined = network.layers.find((layer) => layer.op === "concat")!;
    network.tensors[joined.inputs[0]!]!.quantization = { scale: 1, zeroPoint: 0 };
    network.tensors[joined.inputs[1]!]!.quantization = { scale: 2, zeroPoint: 0 };
    expect(() => parametersOf(network, { seed: 1, precision })).toThrow(/concat needs one scale/);
    network.tensors[0]!.quantization = { scale: 0, zeroPoint: 400 };
    try {
      parametersOf(network, { seed: 1, precision });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).problems.map((problem) => problem.code)).toEqual([
        "tensor-scale",
        "tensor-zero-point",
      ]);
    }
    const fine = everyOperation();
    const parameters = parametersOf(fine, { seed: 1, precision });
    expect(() => executeReference(fine, parameters, new Map([[0, new Int32Array(5)]]))).toThrow(
      /wrong number of elements/,
    );
    expect(() => executeReference(fine, parameters, new Map([[0, new Int32Array(126).fill(200)]]))).toThrow(
      /out of range/,
    );
  });
});
