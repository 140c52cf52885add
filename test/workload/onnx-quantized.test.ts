import { describe, expect, it } from "vitest";
import { type ConvLayer, type FcLayer, readOnnx } from "../../src/workload/index.js";
import { execute } from "./execute.js";
import { type GraphSpec, type NodeSpec, numbers, type TensorSpec, writeOnnx } from "./onnx-writer.js";

type Constant = TensorSpec & { name: string };

const scalar = (name: string, value: number): Constant => ({ name, dims: [], data: [value] });
const zero = (name: string, value: number, type = 3): Constant => ({ name, dims: [], type, data: [value] });

function read(dims: number[], nodes: NodeSpec[], constants: Constant[], type = 1) {
  const graph: GraphSpec = {
    inputs: [{ name: "x", dims, type }],
    outputs: [nodes.at(-1)!.outputs[0]!],
    nodes,
    constants,
  };
  return readOnnx(writeOnnx(graph));
}

describe("quantised operators", () => {
  it("QLinearConv: widths, scales and zero points land on tensors, weights and bias", () => {
    const network = read(
      [1, 2, 2, 2],
      [{ op: "QLinearConv", inputs: ["x", "xs", "xz", "w", "ws", "wz", "ys", "yz", "b"], outputs: ["y"] }],
      [
        scalar("xs", 0.5),
        zero("xz", 128, 2),
        { name: "w", dims: [2, 2, 1, 1], type: 3, data: [1, -2, 3, -4] },
        { name: "ws", dims: [2], data: [0.25, 0.125] },
        { name: "wz", dims: [2], type: 3, data: [0, 0] },
        scalar("ys", 2),
        zero("yz", -3),
        { name: "b", dims: [2], type: 6, data: [10, -20] },
      ],
      2,
    );
    const [x, y] = network.tensors;
    // The input's type comes first, its scale with the operator that reads it.
    expect(x).toMatchObject({ bits: 8, signed: false, quantization: { scale: 0.5, zeroPoint: 128 } });
    expect(y).toMatchObject({ bits: 8, signed: true, quantization: { scale: 2, zeroPoint: -3 } });
    const layer = network.layers[0] as ConvLayer;
    expect(layer.weightBits).toBe(8);
    expect(layer.weights).toEqual({
      layout: "KHWC",
      data: Int8Array.of(1, -2, 3, -4),
      scales: [0.25, 0.125],
      zeroPoints: [0, 0],
    });
    expect(layer.bias).toEqual({ bits: 32, data: Int32Array.of(10, -20), scales: [0.125, 0.0625] });
  });

  it("shift unsigned weights to signed ones that stand for the same numbers", () => {
    const network = read(
      [1, 2],
      [
        { op: "DequantizeLinear", inputs: ["w", "s", "z"], outputs: ["d"] },
        { op: "Gemm", inputs: ["x", "d"], outputs: ["y"], attributes: { transB: 1 } },
      ],
      [{ name: "w", dims: [2, 2], type: 2, data: [0, 100, 200, 255] }, scalar("s", 0.5), zero("z", 100, 2)],
    );
    const layer = network.layers[0] as FcLayer;
    expect(layer.weights?.data).toEqual(Int8Array.of(-128, -28, 72, 127));
    expect(layer.weights?.zeroPoints).toEqual([-28]);
    expect(execute(network, [1, 2])).toEqual([(0 - 100) * 0.5, 50 + 155]);
  });

  it("quantise and dequantise around layers leaves layers and annotated tensors; an activation behind integers is a layer", () => {
    const quantize = (input: string, output: string): NodeSpec[] => [
      { op: "QuantizeLinear", inputs: [input, `${output}s`, `${output}z`], outputs: [`${output}q`] },
      { op: "DequantizeLinear", inputs: [`${output}q`, `${output}s`, `${output}z`], outputs: [output] },
    ];
    const network = read(
      [1, 1, 3, 3],
      [
        ...quantize("x", "a"),
        ...quantize("w", "k"),
        { op: "Conv", inputs: ["a", "k"], outputs: ["c"] },
        ...quantize("c", "d"),
        { op: "Relu", inputs: ["d"], outputs: ["r"] },
        ...quantize("r", "y"),
      ],
      [
        { name: "w", dims: [1, 1, 1, 2], data: [0.5, -1.25] },
        ...["a", "k", "d", "y"].flatMap((name, index) => [
          scalar(`${name}s`, 0.5 * (index + 1)),
          zero(`${name}z`, index),
        ]),
      ],
    );
    expect(network.layers.map(({ op, activation }) => [op, activation])).toEqual([
      ["conv", "none"],
      ["activation", "relu"],
    ]);
    expect(network.requantisation).toBe("float");
    expect(network.tensors.map(({ quantization }) => quantization)).toEqual([
      { scale: 0.5, zeroPoint: 0 },
      { scale: 1.5, zeroPoint: 2 },
      { scale: 2, zeroPoint: 3 },
    ]);
    // 0.5 / 1 is a tie and goes to the even 0; the zero point is 1.
    expect((network.layers[0] as ConvLayer).weights?.data).toEqual(Int8Array.of(1, 0));
  });

  it("ConvInteger behind a dynamic scale: the weights take their scale from the product", () => {
    const network = read(
      [1, 1, 2, 2],
      [
        { op: "DynamicQuantizeLinear", inputs: ["x"], outputs: ["q", "qs", "qz"] },
        { op: "ConvInteger", inputs: ["q", "w", "qz", "wz"], outputs: ["i"] },
        { op: "Cast", inputs: ["i"], outputs: ["f"], attributes: { to: 1 } },
        { op: "Mul", inputs: ["qs", "ws"], outputs: ["s"] },
        { op: "Mul", inputs: ["f", "s"], outputs: ["m"] },
        { op: "Add", inputs: ["m", "b"], outputs: ["y"] },
      ],
      [
        { name: "w", dims: [2, 1, 1, 1], type: 3, data: [4, 8] },
        zero("wz", 0),
        scalar("ws", 0.25),
        { name: "b", dims: [1, 2, 1, 1], data: [1, 2] },
      ],
    );
    expect(network.layers).toHaveLength(1);
    expect(network.tensors[0]).toMatchObject({ bits: 8 });
    expect(network.tensors[0]).not.toHaveProperty("signed");
    expect(network.layers[0]).toMatchObject({ weightBits: 8, weights: { scales: [0.25] } });
    expect(execute(network, [1, 0, 2, 0])).toEqual([2, 4, 1, 2, 3, 6, 1, 2]);
  });

  it("QLinearAdd, pools, concat and matrix products of a quantised network", () => {
    const scales = ["as", "bs", "cs", "ds", "es"].map((name, index) => scalar(name, index + 1));
    const network = read(
      [1, 2, 4, 4],
      [
        { op: "QLinearAdd", inputs: ["x", "as", "z", "x", "as", "z", "bs", "z"], outputs: ["b"], name: "add" },
        {
          op: "QLinearConcat",
          inputs: ["cs", "z", "x", "as", "z", "b", "bs", "z"],
          outputs: ["c"],
          attributes: { axis: 1 },
        },
        { op: "QLinearGlobalAveragePool", inputs: ["c", "cs", "z", "ds", "z"], outputs: ["d"] },
        { op: "Flatten", inputs: ["d"], outputs: ["f"] },
        { op: "QLinearMatMul", inputs: ["f", "ds", "z", "w", "ws", "wz", "es", "z"], outputs: ["y"] },
      ],
      [
        ...scales,
        zero("z", 0),
        { name: "w", dims: [4, 3], type: 3, data: numbers(12) },
        { name: "ws", dims: [3], data: [1, 2, 3] },
        { name: "wz", dims: [3], type: 3, data: [0, 0, 0] },
      ],
      3,
    );
    // Inputs of a concat that mean something else by the same integer get a change of scale each.
    expect(network.layers.map(({ op }) => op)).toEqual(["add", "activation", "activation", "concat", "avgpool", "fc"]);
    const scaleOf = new Map(network.tensors.map(({ name, quantization }) => [name, quantization?.scale]));
    expect(["x", "b", "c", "d", "y"].map((name) => scaleOf.get(name))).toEqual([1, 2, 3, 4, 5]);
    expect((network.layers[5] as FcLayer).weights?.scales).toEqual([1, 2, 3]);
  });
});
