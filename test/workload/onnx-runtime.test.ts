import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ConvLayer, type Network, NetworkBuilder, readNetwork, writeOnnx } from "../../src/workload/index.js";
import {
  dequantise,
  floatExecutor,
  quantise,
  quantiseValues,
  seededReals,
  sqnrDecibels,
  topOne,
} from "../../src/workload/quantise/index.js";
import {
  executeLayer,
  executeReference,
  type MatrixParameters,
  parametersOf,
  seededInputs,
} from "../../src/workload/reference/index.js";
import { channelsFirst, channelsLast, integerFeeds, loadRuntime, runModel } from "./onnx-runtime.js";

const ort = await loadRuntime();
const folder = new URL("../../../shared/models/", import.meta.url);
const model = (name: string) => new URL(name, folder).pathname;
const fill = { seed: 1, precision: { weightBits: 8, activationBits: 8 } };

/** Smooth pictures of 0 to 255: a few waves a channel, so that a classifier does not see noise only. */
function pictures(network: Network, count: number): Map<number, Float32Array>[] {
  const { height, width, channels } = network.tensors[network.inputs[0]!]!.shape;
  return Array.from({ length: count }, (_, sample) => {
    const [coefficients] = seededReals(network, `picture ${sample}`).values();
    const picture = new Float32Array(height * width * channels);
    picture.forEach((_, i) => {
      const [c, x, y] = [i % channels, Math.floor(i / channels) % width, Math.floor(i / channels / width)];
      let value = 0;
      for (let wave = 0; wave < 4; wave++) {
        const [a, b, phase, height] = coefficients!.subarray(16 * c + 4 * wave, 16 * c + 4 * wave + 4);
        value += height! * Math.sin((a! * x + b! * y) * 0.6 + 6 * phase!);
      }
      picture[i] = Math.min(255, Math.max(0, 128 + 110 * value));
    });
    return new Map([[network.inputs[0]!, picture]]);
  });
}

/** Where a network's tensors differ from the runtime's, the network written in the exact form. */
async function exactDifferences(network: Network, samples: ReadonlyMap<number, Int32Array>[]): Promise<string[]> {
  const parameters = parametersOf(network, fill);
  const bytes = writeOnnx(network, { everyTensor: true, form: "exact" });
  const results = await runModel(
    ort!,
    bytes,
    samples.map((sample) => integerFeeds(network, sample)),
  );
  const differences: string[] = [];
  samples.forEach((sample, index) => {
    const values = executeReference(network, parameters, sample);
    for (const layer of network.layers) {
      const { name, shape } = network.tensors[layer.output]!;
      const seen = channelsLast(results[index]!.get(name)!.data, shape);
      const own = values.get(layer.output)!;
      const at = own.findIndex((value, i) => value !== seen[i]);
      if (at >= 0) differences.push(`sample ${index} ${layer.name} element ${at}: ${own[at]} here, ${seen[at]} there`);
    }
  });
  return differences;
}

/** Rounding of the runtime's QLinearConv and QGemm: single-precision factor, halves to even. */
function roundAsRuntime(sum: number, factor: number): number {
  const scaled = Math.fround(Math.fround(sum) * factor);
  const rounded = Math.round(scaled);
  return rounded - scaled === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** A conv layer's result with the runtime's rounding, from our own sums. */
function convolveAsRuntime(network: Network, layer: ConvLayer, own: MatrixParameters, input: Int32Array): Int32Array {
  const f = Math.fround;
  const [from, to] = [network.tensors[layer.inputs[0]!]!, network.tensors[layer.output]!];
  const scales = layer.weights!.scales!;
  // A factor of 1, no zero point and the whole 32 bits leave the sum as it is.
  const plain = {
    ...own,
    multiplier: new Int32Array(own.channels).fill(2 ** 30),
    shift: new Int32Array(own.channels).fill(1),
    output: { zeroPoint: 0, low: -(2 ** 31), high: 2 ** 31 - 1 },
  };
  const parameters = { tensors: [], layers: [] as never[], byName: new Map() };
  Object.assign(parameters.layers, { [layer.id]: plain });
  const sums = executeLayer(network, parameters, layer, new Map([[layer.inputs[0]!, input]]));
  const { scale, zeroPoint } = to.quantization!;
  return sums.map((sum, i) => {
    const weightScale = f(scales[scales.length === 1 ? 0 : i % own.channels]!);
    const factor = f(f(f(from.quantization!.scale) * weightScale) / f(scale));
    return Math.min(own.output.high, Math.max(own.output.low, roundAsRuntime(sum, factor) + zeroPoint));
  });
}

describe.skipIf(ort === undefined)("ONNX Runtime", { timeout: 120_000 }, () => {
  describe.skipIf(!existsSync(folder))("on the networks of the shared folder", () => {
    const range = { min: 0, max: 255 };

    it("runs the float ResNet8 to the numbers of our float executor", async () => {
      const network = readNetwork(model("resnet8.onnx"));
      const samples = pictures(network, 4);
      const { shape } = network.tensors[network.inputs[0]!]!;
      const feeds = samples.map((sample) => ({
        input_1: {
          type: "float32" as const,
          data: channelsFirst(sample.get(network.inputs[0]!)!, shape),
          dims: [1, 3, 32, 32],
        },
      }));
      const results = await runModel(ort!, readFileSync(model("resnet8.onnx")), feeds);
      const execute = floatExecutor(network);
      samples.forEach((sample, index) => {
        const own = Array.from(execute(sample).get(network.outputs[0]!)!, Math.exp);
        const sum = own.reduce((a, b) => a + b, 0);
        const [there] = results[index]!.values(); // behind the Softmax that the network drops
        expect(
          sqnrDecibels(
            Array.from(there!.data),
            own.map((value) => value / sum),
          ),
        ).toBeGreaterThan(80);
      });
    });

    it.each([
      ["resnet8.onnx", 2],
      ["deepautoencoder.onnx", 2],
      ["resnet8_int8.tflite", 2],
      ["ds_cnn_int8.tflite", 2],
    ])("%s in the exact form: every integer of every layer is ours", async (file, count) => {
      const read = readNetwork(model(file));
      const network = file.endsWith(".onnx") ? quantise(read, { range }) : read;
      const samples = Array.from({ length: count }, (_, sample) => seededInputs(network, "samples", sample));
      expect(await exactDifferences(network, samples)).toEqual([]);
    });

    it("ResNet8 quantised: QLinear rounding differs by one step a layer, as float rounding explains", async () => {
      const real = readNetwork(model("resnet8.onnx"));
      const network = quantise(real, { inputs: pictures(real, 8) });
      const parameters = parametersOf(network, fill);
      const input = network.tensors[network.inputs[0]!]!;
      const [picture] = pictures(real, 1);
      const sample = new Map([[input.id, quantiseValues(picture!.get(input.id)!, input)]]);
      const bytes = writeOnnx(network, { everyTensor: true });
      const [result] = await runModel(ort!, bytes, [integerFeeds(network, sample)]);
      const there = new Map(sample);
      const changed: number[] = [];
      for (const layer of network.layers) {
        const { name, shape } = network.tensors[layer.output]!;
        const seen = channelsLast(result!.get(name)!.data, shape);
        // Fed with the runtime's own inputs, so that differences do not add up.
        const own = executeLayer(network, parameters, layer, there);
        expect(Math.max(...own.map((value, i) => Math.abs(value - seen[i]!))), layer.name).toBeLessThanOrEqual(1);
        changed.push(own.filter((value, i) => value !== seen[i]).length / own.length);
        if (layer.op === "conv") {
          const matrix = parameters.layers[layer.id] as MatrixParameters;
          const explained = convolveAsRuntime(network, layer, matrix, there.get(layer.inputs[0]!)!);
          expect(explained.filter((value, i) => value !== seen[i]).length, layer.name).toBe(0);
        }
        there.set(layer.output, seen);
      }
      console.info(`QLinear: at most ${(100 * Math.max(...changed)).toFixed(2)} % of a layer's elements differ by 1`);
      expect(Math.max(...changed.slice(0, -2))).toBeLessThan(0.01);
    });

    it("ResNet8 quantised against the float network: SQNR and top-1", async () => {
      const real = readNetwork(model("resnet8.onnx"));
      const network = quantise(real, { inputs: pictures(real, 16) });
      const [input, output] = [network.tensors[network.inputs[0]!]!, network.tensors[network.outputs[0]!]!];
      const parameters = parametersOf(network, fill);
      const execute = floatExecutor(real);
      const samples = pictures(real, 48).slice(16);
      const integers = samples.map((sample) => new Map([[input.id, quantiseValues(sample.get(input.id)!, input)]]));
      const runtime = await runModel(
        ort!,
        writeOnnx(network),
        integers.map((one) => integerFeeds(network, one)),
      );
      const seen = { own: [] as number[], runtime: [] as number[], truth: [] as number[] };
      const classes = new Set<number>();
      let [agree, agreeRuntime] = [0, 0];
      samples.forEach((sample, index) => {
        const truth = execute(sample).get(output.id)!;
        const own = dequantise(executeReference(network, parameters, integers[index]!).get(output.id)!, output);
        const there = dequantise(Array.from(runtime[index]!.get(output.name)!.data), output);
        seen.truth.push(...truth);
        seen.own.push(...own);
        seen.runtime.push(...there);
        classes.add(topOne(truth));
        if (topOne(truth) === topOne(own)) agree++;
        if (topOne(truth) === topOne(there)) agreeRuntime++;
      });
      const sqnr = [sqnrDecibels(seen.truth, seen.own), sqnrDecibels(seen.truth, seen.runtime)];
      console.info(
        `int8 against float: SQNR ${sqnr.map((one) => one.toFixed(1)).join(" dB here, ")} dB in the runtime; ` +
          `top-1 ${agree} here, ${agreeRuntime} in the runtime, of ${samples.length} pictures of ${classes.size} classes`,
      );
      expect(Math.min(...sqnr)).toBeGreaterThan(20);
      expect(Math.min(agree, agreeRuntime)).toBeGreaterThanOrEqual(0.85 * samples.length);
    });
  });

  it("random quantised networks: every integer in the exact form, and the QLinear form loads", async () => {
    const pick = <const T>(...values: T[]) => fc.constantFrom(...values);
    const activation = pick("none", "relu", "relu6", "sigmoid", "swish", "hardswish", "hardsigmoid", "clip");
    const step = fc.record({
      kind: pick("conv", "depthwise", "group", "add", "mul", "gate", "maxpool", "avgpool", "concat", "activation"),
      kernel: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
      stride: fc.integer({ min: 1, max: 2 }),
      padding: pick<0 | 1 | "same">(0, 1, "same"),
      activation,
      channels: pick(2, 4, 6),
      counted: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), fc.nat(1000), async (steps, seed) => {
        const builder = new NetworkBuilder("random");
        let at = builder.input("x", { height: 6, width: 5, channels: 4 });
        for (const { kind, kernel, stride, padding, activation, channels, counted } of steps) {
          const clip = activation === "clip" ? { clip: { min: -0.5, max: 0.75 } } : {};
          const end = { activation, ...clip };
          const { height, width } = builder.shape(at);
          const fits = Math.min(height, width) >= 3;
          const window = { kernel: fits ? kernel : 1, stride: fits ? stride : 1, padding: fits ? padding : 0 };
          const plain = { kernel: window.kernel, stride: window.stride };
          if (kind === "conv") at = builder.conv(at, { ...window, ...end, channels, bias: true });
          else if (kind === "depthwise")
            at = builder.conv(at, { ...window, ...end, channels: builder.shape(at).channels, groups: "depthwise" });
          else if (kind === "group") at = builder.conv(at, { ...window, ...end, channels, groups: 2, bias: true });
          else if (kind === "add" || kind === "mul") {
            const other = builder.conv(at, { kernel: 1, channels: builder.shape(at).channels });
            at = kind === "add" ? builder.sum(at, other, end) : builder.product(at, other, end);
          } else if (kind === "gate") at = builder.product(at, builder.globalAvgpool(at), end);
          else if (kind === "maxpool") at = builder.maxpool(at, plain);
          else if (kind === "avgpool")
            at = builder.avgpool(
              at,
              fits && padding === 1 && Math.min(...kernel) > 1 ? { ...window, countIncludePad: counted } : plain,
            );
          else if (kind === "concat") at = builder.concat([at, builder.conv(at, { kernel: 1, channels: 2 })]);
          else at = builder.activation(at, { ...end, activation: activation === "none" ? "relu" : activation });
        }
        builder.output(builder.fc(at, { channels: 3, bias: true }));
        const network = quantise(withRealWeights(builder.build(), seed), { seed });
        const sample = seededInputs(network, seed);
        expect(await exactDifferences(network, [sample])).toEqual([]);
        const [result] = await runModel(ort!, writeOnnx(network, { everyTensor: true }), [
          integerFeeds(network, sample),
        ]);
        const values = new Map(sample);
        const parameters = parametersOf(network, fill);
        for (const layer of network.layers) {
          const { name, shape } = network.tensors[layer.output]!;
          const seen = channelsLast(result!.get(name)!.data, shape);
          const own = executeLayer(network, parameters, layer, values);
          // A table's input may fall to the neighbouring entry: one step of it can be several of the output.
          const steps = Math.max(...own.map((value, i) => Math.abs(value - seen[i]!)));
          expect(steps, `${layer.name} ${layer.activation}`).toBeLessThanOrEqual(
            ["none", "relu", "relu6", "clip"].includes(layer.activation) ? 1 : 20,
          );
          values.set(layer.output, seen);
        }
      }),
      { numRuns: 60, seed: 11 },
    );
  });
});

/** The same network with seeded real weights and biases. */
function withRealWeights(network: Network, seed: number): Network {
  const parameters = parametersOf(network, { ...fill, seed });
  return {
    ...network,
    layers: network.layers.map((layer) => {
      const own = parameters.layers[layer.id]!;
      if (own.kind !== "matrix" || (layer.op !== "conv" && layer.op !== "fc")) return layer;
      const reach = 100 * Math.sqrt(own.rows);
      const data = Float32Array.from(own.weights, (value) => value / reach);
      const bias = { data: Float32Array.from({ length: own.channels }, (_, k) => ((k * 7 + seed) % 5) / 5 - 0.4) };
      return { ...layer, weights: { layout: "KHWC" as const, data }, ...(layer.bias === undefined ? {} : { bias }) };
    }),
  };
}
