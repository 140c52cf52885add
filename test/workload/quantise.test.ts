import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/index.js";
import {
  type Activation,
  type ConvLayer,
  type FcLayer,
  isMacLayer,
  type Network,
  NetworkBuilder,
  networkProblems,
  readOnnx,
  writeOnnx,
} from "../../src/workload/index.js";
import {
  dequantise,
  executeFloat,
  quantise,
  quantiseValues,
  seededReals,
  sqnrDecibels,
  topOne,
} from "../../src/workload/quantise/index.js";
import { executeReference, parametersOf, seededInputs } from "../../src/workload/reference/index.js";
import { execute } from "./execute.js";

const fill = { seed: 1, precision: { weightBits: 8, activationBits: 8 } };

/** Numbers from −1 to 1, different for each seed. */
const reals = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(1 + 12.9898 * i + 78.233 * seed));

const weights = (count: number, seed: number) => ({
  weights: { layout: "KHWC" as const, data: reals(count, seed).map((value) => value / Math.sqrt(count)) },
});

/** A network with every kind of layer and the given activation on all that take one. */
function everything(activation: Activation = "relu"): Network {
  const builder = new NetworkBuilder("everything");
  const end = { activation, ...(activation === "clip" ? { clip: { min: -0.3, max: 0.4 } } : {}) };
  const x = builder.input("x", { height: 6, width: 5, channels: 4 });
  const a = builder.conv(x, {
    ...end,
    kernel: 3,
    padding: "same",
    channels: 4,
    ...weights(144, 1),
    bias: { data: reals(4, 2) },
  });
  const b = builder.conv(a, {
    ...end,
    kernel: [2, 3],
    stride: 1,
    padding: [1, 0, 2, 0],
    channels: 4,
    groups: "depthwise",
    ...weights(24, 3),
  });
  const sum = builder.sum(a, b, end);
  const max = builder.maxpool(sum, { kernel: 3, stride: 1, padding: 1 });
  const joined = builder.concat([sum, max]);
  const mean = builder.avgpool(joined, { kernel: 3, stride: 2, padding: 1, countIncludePad: true });
  const gate = builder.globalAvgpool(mean);
  const gated = builder.product(mean, gate);
  const alone = builder.activation(gated, { activation: "hardswish" });
  const fc = builder.fc(alone, { channels: 7, ...weights(7 * 72, 4), bias: { data: reals(7, 5) } });
  builder.output(builder.fc(fc, { channels: 5, ...weights(35, 6) }));
  return builder.build();
}

const failure = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return "";
};

describe("the float executor", () => {
  it.each<Activation>(["none", "relu", "clip", "swish"])("agrees with the slow one of the tests (%s)", (activation) => {
    const network = everything(activation);
    const [input] = seededReals(network, 1).values();
    const own = executeFloat(network, new Map([[0, input!]])).get(network.outputs[0]!)!;
    expect(sqnrDecibels(execute(network, Array.from(input!)), own)).toBeGreaterThan(110);
  });

  it("refuses inputs of the wrong size and what is no number", () => {
    const network = everything();
    expect(failure(() => executeFloat(network, new Map()))).toBe(
      "input x: wrong number of elements; saw none; accepted: 120",
    );
    const input = new Float32Array(120);
    input[7] = Number.NaN;
    expect(failure(() => executeFloat(network, new Map([[0, input]])))).toContain("saw NaN at element 7");
  });
});

describe("quantise", () => {
  it("hand-derived: scales, zero points, weights and bias of one layer", () => {
    const builder = new NetworkBuilder("one");
    const x = builder.input("x", { height: 1, width: 1, channels: 2 });
    const data = Float32Array.of(1.27, -0.635, 0, 0.0625);
    const bias = { data: Float32Array.of(0.5, -0.25) };
    builder.output(builder.fc(x, { channels: 2, weights: { layout: "KHWC", data }, bias }));
    const inputs = [new Map([[0, Float32Array.of(-0.5, 2.05)]])];
    const network = quantise(builder.build(), { inputs });
    // From −0.5 to 2.05 in 255 steps of 0.01: 0 is 50 steps above −128.
    expect(network.tensors[0]?.quantization?.scale).toBeCloseTo(0.01, 8);
    expect(network.tensors[0]).toMatchObject({ bits: 8, signed: true, quantization: { zeroPoint: -78 } });
    const layer = network.layers[0] as FcLayer;
    expect(layer.weights?.data).toEqual(Int8Array.of(127, -64, 0, 127)); // −63.5 and a little
    expect(layer.weights?.scales?.[0]).toBeCloseTo(0.01, 8);
    expect(layer.weights?.scales?.[1]).toBeCloseTo(0.0625 / 127, 8);
    // In steps of 0.01². −63.5 became −64, so that the first sum falls short by 0.005 · 2.05 = 0.01025: its bias takes that.
    expect(Math.abs(layer.bias!.data![0]! - 5102.5)).toBeLessThan(1);
    expect(layer.bias?.data?.[1]).toBe(-50800);
    expect(layer.weightBits).toBe(8);
  });

  it.each<Activation>(["none", "relu", "relu6", "clip", "sigmoid", "swish", "hardswish", "hardsigmoid"])(
    "more bits lose less, with %s everywhere",
    (activation) => {
      const real = everything(activation);
      const inputs = Array.from({ length: 6 }, (_, sample) => seededReals(real, "calibration", sample));
      const loss = (weightBits: number, activationBits: number) => {
        const network = quantise(real, { inputs, weightBits, activationBits });
        expect(networkProblems(network)).toEqual([]);
        const [input, output] = [network.tensors[0]!, network.tensors[network.outputs[0]!]!];
        const parameters = parametersOf(network, fill);
        const truth: number[] = [];
        const seen: number[] = [];
        for (const sample of inputs) {
          truth.push(...executeFloat(real, sample).get(output.id)!);
          const integers = new Map([[0, quantiseValues(sample.get(0)!, input)]]);
          seen.push(...dequantise(executeReference(network, parameters, integers).get(output.id)!, output));
        }
        return sqnrDecibels(truth, seen);
      };
      const [four, eight, wide] = [loss(4, 8), loss(8, 8), loss(12, 12)];
      expect(eight).toBeGreaterThan(20);
      expect(eight).toBeGreaterThan(four);
      expect(wide).toBeGreaterThan(eight + 6);
    },
  );

  it("gives every number, equal for equal seeds, and keeps what is stated", () => {
    const real = everything();
    const network = quantise(real, { seed: 3, weightBits: 4 });
    expect(quantise(real, { seed: 3, weightBits: 4 })).toEqual(network);
    expect(quantise(network, { seed: 4 })).toEqual(network);
    for (const layer of network.layers.filter(isMacLayer)) {
      expect(layer.weightBits).toBe(4);
      expect(Math.max(...(layer.weights!.data as Int8Array).map(Math.abs))).toBe(7);
    }
    expect(real.tensors.every(({ quantization }) => quantization === undefined)).toBe(true);
  });

  it("all-zero channels, dead tensors and a bias far above the weights", () => {
    const builder = new NetworkBuilder("odd");
    const x = builder.input("x", { height: 1, width: 1, channels: 2 });
    const data = Float32Array.of(0, 0, 1e-9, 0);
    const bias = { data: Float32Array.of(3, 1000) };
    builder.output(builder.fc(x, { channels: 2, weights: { layout: "KHWC", data }, bias }));
    const real = builder.build();
    for (const inputs of [undefined, [new Map([[0, new Float32Array(2)]])]]) {
      const network = quantise(real, inputs === undefined ? {} : { inputs });
      const output = network.tensors[1]!;
      const values = executeReference(network, parametersOf(network, fill), new Map([[0, Int32Array.of(5, -5)]]));
      const [three, thousand] = dequantise(values.get(1)!, output);
      expect(Math.abs(three! - 3)).toBeLessThanOrEqual(output.quantization!.scale);
      expect(thousand).toBeCloseTo(1000, 0);
    }
  });

  it("says what is wrong", () => {
    const real = everything();
    const spoil = (change: (layer: ConvLayer) => void) => {
      const copy = structuredClone(real);
      change(copy.layers[0] as ConvLayer);
      return failure(() => quantise(copy));
    };
    expect(spoil(({ weights }) => weights!.data.fill(Number.NaN, 40, 41))).toBe(
      "layer conv0: its weights are not finite; saw NaN at element 40 (output channel 1); accepted: finite numbers",
    );
    expect(spoil(({ bias }) => bias!.data!.fill(Number.POSITIVE_INFINITY, 2))).toContain("its bias are not finite");
    expect(spoil((layer) => delete layer.weights)).toContain("layer conv0: has no numbers for its weights");
    expect(spoil((layer) => Object.assign(layer, { bias: {} }))).toContain("has no numbers for its bias");
    expect(spoil(({ weights }) => weights!.data.fill(3e38))).toContain(
      "calibration leads to a number that is not finite",
    );
    expect(failure(() => quantise(real, { weightBits: 1 }))).toContain(
      "weightBits: width cannot be quantised to; saw 1",
    );
    expect(failure(() => quantise(real, { inputs: [] }))).toContain("no samples");
  });

  it("measures", () => {
    expect(sqnrDecibels([3, 4], [3, 4])).toBe(Number.POSITIVE_INFINITY);
    expect(sqnrDecibels([30, 40], [30, 45])).toBeCloseTo(20, 10);
    expect(topOne([1, 5, 5])).toBe(1);
  });
});

describe("the ONNX writer", () => {
  it.each<Activation>(["none", "relu", "relu6", "clip", "sigmoid", "swish", "hardswish", "hardsigmoid"])(
    "is read back to the same integers, with %s everywhere",
    (activation) => {
      // The operators of the file round in single precision; so does what is read back, which is written and read again.
      const network = readOnnx(writeOnnx(quantise(everything(activation), { seed: 2 })));
      const again = readOnnx(writeOnnx(network));
      expect(again.requantisation).toBe("float");
      // A curve fused into a layer comes back as a layer of its own behind the integers it starts from.
      const [before, after] = [parametersOf(network, fill), parametersOf(again, fill)];
      for (let sample = 0; sample < 3; sample++) {
        const inputs = seededInputs(network, 1, sample);
        const [own, read] = [executeReference(network, before, inputs), executeReference(again, after, inputs)];
        for (const { name, id, quantization } of network.tensors) {
          const found = again.tensors.some(
            (there) =>
              there.quantization!.scale === quantization!.scale &&
              there.quantization!.zeroPoint === quantization!.zeroPoint &&
              read.get(there.id)!.join() === own.get(id)!.join(),
          );
          expect(found, name).toBe(true);
        }
        expect(read.get(again.outputs[0]!)).toEqual(own.get(network.outputs[0]!));
      }
    },
  );

  it("refuses what is not quantised, all at once", () => {
    const message = failure(() => writeOnnx(everything()));
    expect(message).toContain('tensor "x": is not quantised; accepted: 8 bits with scale and zero point');
    expect(message).toContain('layer "conv0": has no quantised weights of up to 8 bits');
    expect(failure(() => writeOnnx(quantise(everything(), { activationBits: 12 })))).toContain(
      'tensor "x": has 12 bits',
    );
  });
});
