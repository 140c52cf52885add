import { describe, expect, it } from "vitest";
import { type ConvLayer, type FcLayer, readTflite } from "../../src/workload/index.js";
import { executeReference, parametersOf } from "../../src/workload/reference/index.js";
import { codes, type OperatorSpec, type TensorSpec, writeTflite } from "./tflite-writer.js";

const fill = { seed: 1, precision: { weightBits: 8, activationBits: 8 } };
const same = { byte: 0 };
const valid = { byte: 1 };
const relu = { byte: 1 };

/** Tensors 0 and last are input and output. */
function read(tensors: TensorSpec[], operators: OperatorSpec[], inputs = [0], outputs = [tensors.length - 1]) {
  return readTflite(writeTflite({ tensors, operators, inputs, outputs }));
}

function run(tensors: TensorSpec[], operators: OperatorSpec[], input: number[]): number[] {
  const network = read(tensors, operators);
  const values = executeReference(
    network,
    parametersOf(network, fill),
    new Map([[network.inputs[0]!, Int32Array.from(input)]]),
  );
  return Array.from(values.get(network.outputs[0]!)!);
}

const tensor = (name: string, dims: number[], scale = 1, zeroPoint = 0, rest: Partial<TensorSpec> = {}) => ({
  name,
  dims,
  scales: [scale],
  zeroPoints: [zeroPoint],
  ...rest,
});

describe("operators of tflite", () => {
  it("CONV_2D: scales of each channel, bias, SAME with the odd row at the end, fused activation", () => {
    const network = read(
      [
        tensor("x", [1, 4, 4, 2], 0.5, 3),
        { name: "w", dims: [2, 3, 3, 2], scales: [0.25, 0.125], data: Array.from({ length: 36 }, (_, i) => i - 18) },
        { name: "b", dims: [2], type: "int32", scales: [0.125, 0.0625], data: [10, -20] },
        tensor("y", [1, 2, 2, 2], 2, -5),
      ],
      [{ code: codes.CONV_2D, inputs: [0, 1, 2], outputs: [3], options: [same, 2, 2, relu] }],
    );
    const layer = network.layers[0] as ConvLayer;
    expect(layer).toMatchObject({ groups: 1, strideY: 2, padTop: 0, padBottom: 1, padLeft: 0, padRight: 1 });
    expect(layer).toMatchObject({ activation: "relu", weightBits: 8 });
    expect(layer.weights?.data).toEqual(Int8Array.from({ length: 36 }, (_, i) => i - 18));
    expect(layer.weights?.scales).toEqual([0.25, 0.125]);
    expect(layer.bias).toEqual({ bits: 32, data: Int32Array.of(10, -20), scales: [0.125, 0.0625] });
    expect(network.tensors.map(({ quantization }) => quantization)).toEqual([
      { scale: 0.5, zeroPoint: 3 },
      { scale: 2, zeroPoint: -5 },
    ]);
  });

  it("DEPTHWISE_CONV_2D with a multiplier: channel k reads input channel k / multiplier", () => {
    // 1x1 kernel, 2 input channels, multiplier 2: y = [1·a, 2·a, 3·b, 4·b].
    const result = run(
      [
        tensor("x", [1, 1, 2, 2]),
        { name: "w", dims: [1, 1, 1, 4], scales: [1, 1, 1, 1], axis: 3, data: [1, 2, 3, 4] },
        tensor("y", [1, 1, 2, 4]),
      ],
      [{ code: codes.DEPTHWISE_CONV_2D, inputs: [0, 1, -1], outputs: [2], options: [valid, 1, 1, 2] }],
      [5, 7, -1, 10],
    );
    expect(result).toEqual([5, 10, 21, 28, -1, -2, 30, 40]);
  });

  it("depthwise weights are turned to KHWC", () => {
    const network = read(
      [
        tensor("x", [1, 2, 2, 2]),
        { name: "w", dims: [1, 2, 2, 2], scales: [1], data: [1, 10, 2, 20, 3, 30, 4, 40] },
        tensor("y", [1, 1, 1, 2]),
      ],
      [{ code: codes.DEPTHWISE_CONV_2D, inputs: [0, 1], outputs: [2], options: [valid, 1, 1, 1] }],
    );
    expect((network.layers[0] as ConvLayer).weights?.data).toEqual(Int8Array.of(1, 2, 3, 4, 10, 20, 30, 40));
  });

  it("FULLY_CONNECTED behind a RESHAPE, unsigned numbers, SOFTMAX dropped", () => {
    const network = read(
      [
        tensor("x", [1, 2, 1, 2], 1, 128, { type: "uint8" }),
        tensor("flat", [1, 4], 1, 128, { type: "uint8" }),
        { name: "w", dims: [1, 4], type: "uint8", scales: [0.5], zeroPoints: [130], data: [130, 131, 132, 128] },
        tensor("y", [1, 1], 0.5, 10, { type: "uint8" }),
        tensor("p", [1, 1], 1 / 256, 0, { type: "uint8" }),
      ],
      [
        { code: codes.RESHAPE, inputs: [0], outputs: [1] },
        { code: codes.FULLY_CONNECTED, inputs: [1, 2, -1], outputs: [3] },
        { code: codes.SOFTMAX, inputs: [3], outputs: [4] },
      ],
    );
    expect(network.layers.map(({ op }) => op)).toEqual(["fc"]);
    expect(network.tensors.map(({ name, signed }) => [name, signed])).toEqual([
      ["x", false],
      ["y", false],
    ]);
    expect((network.layers[0] as FcLayer).weights).toMatchObject({ data: Int8Array.of(2, 3, 4, 0), zeroPoints: [2] });
    const values = executeReference(
      network,
      parametersOf(network, fill),
      new Map([[0, Int32Array.of(129, 130, 133, 128)]]),
    );
    // weights 0, 1, 2, −2; inputs 1, 2, 5, 0: 12 · 0.5 / 0.5 + 10.
    expect(Array.from(values.get(1)!)).toEqual([22]);
  });

  it("ADD, MUL, pools and concatenation with their activations", () => {
    const network = read(
      [
        tensor("x", [1, 4, 4, 2], 0.5, 1),
        tensor("a", [1, 4, 4, 2], 1),
        tensor("m", [1, 4, 4, 2], 2),
        tensor("max", [1, 2, 2, 2], 2),
        tensor("avg", [1, 2, 2, 2], 2),
        tensor("c", [1, 2, 2, 4], 2),
      ],
      [
        { code: codes.ADD, inputs: [0, 0], outputs: [1], options: [relu] },
        { code: codes.MUL, inputs: [1, 0], outputs: [2] },
        { code: codes.MAX_POOL_2D, inputs: [2], outputs: [3], options: [same, 2, 2, 3, 3] },
        { code: codes.AVERAGE_POOL_2D, inputs: [2], outputs: [4], options: [valid, 2, 2, 2, 2] },
        { code: codes.CONCATENATION, inputs: [3, 4], outputs: [5], options: [3] },
      ],
    );
    expect(network.layers.map(({ op, activation }) => `${op} ${activation}`)).toEqual([
      "add relu",
      "mul none",
      "maxpool none",
      "avgpool none",
      "concat none",
    ]);
    expect(network.layers[2]).toMatchObject({ kernelHeight: 3, padTop: 0, padBottom: 1 });
    expect(parametersOf(network, fill).layers).toHaveLength(5);
  });

  it("PAD is folded into the convolution behind it", () => {
    const network = read(
      [
        tensor("x", [1, 4, 4, 1]),
        { name: "sides", dims: [4, 2], type: "int32", data: [0, 0, 1, 2, 3, 4, 0, 0] },
        tensor("p", [1, 7, 11, 1]),
        { name: "w", dims: [1, 3, 3, 1], scales: [1], data: new Array(9).fill(1) },
        tensor("y", [1, 5, 9, 1], 4),
      ],
      [
        { code: codes.PAD, inputs: [0, 1], outputs: [2] },
        { code: codes.CONV_2D, inputs: [2, 3], outputs: [4], options: [valid, 1, 1] },
      ],
    );
    expect(network.layers).toHaveLength(1);
    expect(network.layers[0]).toMatchObject({ padTop: 1, padBottom: 2, padLeft: 3, padRight: 4 });
  });

  it("MEAN over the map is a pool, which may change the scale", () => {
    const axes: TensorSpec = { name: "axes", dims: [2], type: "int32", data: [1, 2] };
    const mean = (scale: number) =>
      read(
        [tensor("x", [1, 3, 2, 4]), axes, tensor("y", [1, 4], scale)],
        [{ code: codes.MEAN, inputs: [0, 1], outputs: [2] }],
      );
    expect(mean(1).layers[0]).toMatchObject({ op: "avgpool", kernelHeight: 3, kernelWidth: 2 });
    const network = mean(0.5);
    expect(network.layers[0]).toMatchObject({ op: "avgpool", global: true });
    const input = Int32Array.from({ length: 24 }, (_, i) => (i % 4) * 3);
    const values = executeReference(network, parametersOf(network, fill), new Map([[0, input]]));
    expect(Array.from(values.get(1)!)).toEqual([0, 6, 12, 18]);
  });

  it("RELU fuses where the scale stays, and is a layer where it changes", () => {
    const graph = (scale: number) =>
      read(
        [
          tensor("x", [1, 2]),
          { name: "w", dims: [2, 2], scales: [1], data: [1, 0, 0, 1] },
          tensor("h", [1, 2]),
          tensor("y", [1, 2], scale),
        ],
        [
          { code: codes.FULLY_CONNECTED, inputs: [0, 1], outputs: [2] },
          { code: codes.RELU, inputs: [2], outputs: [3] },
        ],
      );
    expect(graph(1).layers.map(({ op, activation }) => `${op} ${activation}`)).toEqual(["fc relu"]);
    expect(graph(2).layers.map(({ op, activation }) => `${op} ${activation}`)).toEqual(["fc none", "activation relu"]);
  });

  it("QUANTIZE and DEQUANTIZE at the ends are dropped; a change of scale inside is a layer", () => {
    const network = read(
      [
        { name: "x", dims: [1, 2], type: "float32" },
        tensor("q", [1, 2], 0.5, 7),
        { name: "w", dims: [2, 2], scales: [1], data: [1, 0, 0, 1] },
        tensor("h", [1, 2], 0.5, 7),
        tensor("r", [1, 2], 1, 0),
        { name: "y", dims: [1, 2], type: "float32" },
      ],
      [
        { code: codes.QUANTIZE, inputs: [0], outputs: [1] },
        { code: codes.FULLY_CONNECTED, inputs: [1, 2], outputs: [3] },
        { code: codes.QUANTIZE, inputs: [3], outputs: [4] },
        { code: codes.DEQUANTIZE, inputs: [4], outputs: [5] },
      ],
    );
    expect(network.tensors[0]).toMatchObject({ name: "x", bits: 8, quantization: { scale: 0.5, zeroPoint: 7 } });
    expect(network.layers.map(({ op, activation }) => `${op} ${activation}`)).toEqual(["fc none", "activation clip"]);
    const values = executeReference(network, parametersOf(network, fill), new Map([[0, Int32Array.of(8, 17)]]));
    // 0.5 and 5.0 in steps of 1: a half goes away from zero.
    expect(Array.from(values.get(2)!)).toEqual([1, 5]);
  });

  it("reads real-valued files too", () => {
    const network = read(
      [
        { name: "x", dims: [1, 2], type: "float32" },
        { name: "w", dims: [1, 2], type: "float32", data: [0.5, -1.5] },
        { name: "b", dims: [1], type: "float32", data: [0.25] },
        { name: "y", dims: [1, 1], type: "float32" },
      ],
      [{ code: codes.FULLY_CONNECTED, inputs: [0, 1, 2], outputs: [3] }],
    );
    expect(network.tensors[0]?.bits).toBeUndefined();
    expect(network.layers[0]).toMatchObject({
      weights: { data: Float32Array.of(0.5, -1.5) },
      bias: { data: Float32Array.of(0.25) },
    });
  });
});
