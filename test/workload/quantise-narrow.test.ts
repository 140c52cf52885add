/** Quantisation to few bits: ranges that lose least, biases corrected, judged on samples calibration never saw. */
import { describe, expect, it } from "vitest";
import { type FcLayer, isMacLayer, type Network, NetworkBuilder } from "../../src/workload/index.js";
import {
  dequantise,
  executeFloat,
  quantise,
  quantiseValues,
  seededReals,
  sqnrDecibels,
  worthwhileSamples,
} from "../../src/workload/quantise/index.js";
import { bestRange, bestScale } from "../../src/workload/quantise/search.js";
import { executeReference, parametersOf } from "../../src/workload/reference/index.js";

/** Seeded numbers of a bell-like spread. */
function spread(count: number, seed: number): Float32Array {
  const wave = (i: number) => Math.sin(1 + 12.9898 * i + 78.233 * seed) * Math.cos(3.7 * i * i + seed);
  return Float32Array.from({ length: count }, (_, i) => wave(i) ** 3 / 2);
}

/** Three convolutions with bias and a classifier. */
function classifier(): Network {
  const builder = new NetworkBuilder("classifier");
  let x = builder.input("x", { height: 8, width: 8, channels: 3 });
  const filters = (count: number, seed: number) => ({ layout: "KHWC" as const, data: spread(count, seed) });
  for (const [index, channels] of [8, 12, 16].entries()) {
    const rows = 9 * [3, 8, 12][index]!;
    const bias = { data: spread(channels, 10 + index) };
    const weights = filters(rows * channels, index);
    x = builder.conv(x, { kernel: 3, padding: "same", channels, activation: "relu", weights, bias });
  }
  const bias = { data: spread(10, 20) };
  builder.output(builder.fc(builder.globalAvgpool(x), { channels: 10, weights: filters(160, 9), bias }));
  return builder.build();
}

/** SQNR of the output over eight samples of a seed, by default one that calibration does not use. */
function outputSqnr(real: Network, network: Network, seed: string | number = "held out"): number {
  const parameters = parametersOf(network, { seed: 1, precision: { weightBits: 8, activationBits: 8 } });
  const output = network.tensors[network.outputs[0]!]!;
  const truth: number[] = [];
  const seen: number[] = [];
  for (let sample = 0; sample < 8; sample++) {
    const inputs = seededReals(real, seed, sample);
    truth.push(...executeFloat(real, inputs).get(output.id)!);
    const integers = new Map([[0, quantiseValues(inputs.get(0)!, network.tensors[0]!)]]);
    seen.push(...dequantise(executeReference(network, parameters, integers).get(output.id)!, output));
  }
  return sqnrDecibels(truth, seen);
}

/** The network with biases of the real numbers and the largest weight of a channel at the end of the range. */
function plainly(real: Network, network: Network): Network {
  const layers = network.layers.map((layer) => {
    const own = real.layers[layer.id]!;
    if (!isMacLayer(layer) || !isMacLayer(own)) return layer;
    const { channels } = network.tensors[layer.output]!.shape;
    const { data } = own.weights!;
    const rows = data.length / channels;
    const high = 2 ** (layer.weightBits! - 1) - 1;
    const largest = (k: number) => Math.max(...data.slice(k * rows, (k + 1) * rows).map(Math.abs));
    const scales = Array.from({ length: channels }, (_, k) => Math.fround(largest(k) / high));
    const weights = Int8Array.from(data, (value, i) => Math.round(value / scales[Math.floor(i / rows)]!));
    const sums = scales.map((scale) => scale * network.tensors[layer.inputs[0]!]!.quantization!.scale);
    const bias = Int32Array.from(own.bias!.data!, (value, k) => Math.round(value / sums[k]!));
    return {
      ...layer,
      weights: { layout: "KHWC" as const, data: weights, scales },
      bias: { bits: 32, data: bias, scales: sums },
    };
  });
  return { ...network, layers };
}

describe("ranges that lose least", () => {
  it("hand-derived: a large weight is cut off where many small ones gain by it", () => {
    // In 7 steps of 1/7 the 0.06 are lost (0); in smaller ones they count, and 1 is cut off.
    const many = Float32Array.of(1, ...Array.from({ length: 400 }, () => 0.06));
    expect(bestScale(many, 1 / 7, 7)).toBeLessThan(0.12);
    // Alone, or where all lie on the steps, nothing is gained.
    expect(bestScale(Float32Array.of(1), 1 / 7, 7)).toBe(1 / 7);
    expect(bestScale(Float32Array.of(7, 3, -2, 1, 0), 1, 7)).toBe(1);
  });

  it("cuts the end of a tensor's range that few values reach, and keeps 0 in", () => {
    const values = [...Array.from({ length: 2000 }, (_, i) => i / 2000), 5, -0.2];
    const { min, max } = bestRange({ min: -0.2, max: 5, values }, 4);
    expect(max).toBeLessThan(3);
    expect(max).toBeGreaterThanOrEqual(1);
    expect(min).toBeLessThanOrEqual(0);
    expect(bestRange({ min: 0, max: 0, values: [0, 0] }, 4)).toEqual({ min: 0, max: 0 });
  });
});

describe("quantising to few bits", { timeout: 30_000 }, () => {
  const real = classifier();

  it.each([
    [4, 8, 10],
    [4, 4, 2],
    [3, 8, 10],
    [8, 8, 0],
  ])(
    "w%sa%s: at least %s dB more than plain ranges and biases, on samples it has not seen",
    (weightBits, activationBits, gain) => {
      const network = quantise(real, { seed: 3, weightBits, activationBits });
      expect(outputSqnr(real, network)).toBeGreaterThan(outputSqnr(real, plainly(real, network)) + gain);
    },
  );

  it("loses less the more bits there are, up to 16 of both, whose sums are wider than 32", () => {
    // On samples of calibration: others reach beyond its ranges now and then, and are cut off however fine the steps are.
    const widths = [8, 12, 16].map((bits) => quantise(real, { seed: 3, weightBits: bits, activationBits: bits }));
    const [w8, w12, w16] = widths.map((network) => outputSqnr(real, network, 3)) as [number, number, number];
    expect(w12).toBeGreaterThan(w8 + 15);
    expect(w16).toBeGreaterThan(w12 + 15);
  });

  it("takes the mean error of every channel off its bias", () => {
    const inputs = Array.from({ length: 8 }, (_, sample) => seededReals(real, "c", sample));
    const network = quantise(real, { inputs, weightBits: 4, activationBits: 12 });
    const output = real.outputs[0]!;
    /** The largest mean error of a channel of the classifier, which has no activation. */
    const meanError = (own: Network) => {
      const parameters = parametersOf(own, { seed: 1, precision: { weightBits: 4, activationBits: 12 } });
      const error = new Float64Array(10);
      for (const sample of inputs) {
        const truth = executeFloat(real, sample).get(output)!;
        const integers = new Map([[0, quantiseValues(sample.get(0)!, own.tensors[0]!)]]);
        const seen = dequantise(executeReference(own, parameters, integers).get(output)!, own.tensors[output]!);
        for (const [k, value] of truth.entries()) error[k]! += (seen[k]! - value) / inputs.length;
      }
      return error.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
    };
    // Roundings of biases and of the result are left.
    expect(meanError(network)).toBeLessThan(meanError(plainly(real, network)) / 20);
  });

  it("leaves layers without a bias as they are", () => {
    const builder = new NetworkBuilder("no bias");
    const x = builder.input("x", { height: 1, width: 1, channels: 4 });
    builder.output(builder.fc(x, { channels: 2, weights: { layout: "KHWC", data: spread(8, 1) } }));
    expect((quantise(builder.build(), { weightBits: 4 }).layers[0] as FcLayer).bias).toBeUndefined();
  });

  it("draws fewer samples for larger networks", () => {
    const large = new NetworkBuilder("large");
    const x = large.input("x", { height: 100, width: 100, channels: 64 });
    large.output(large.conv(x, { kernel: 3, channels: 64 }));
    expect(worthwhileSamples(real)).toBe(32);
    expect(worthwhileSamples(large.build())).toBe(2);
  });
});
