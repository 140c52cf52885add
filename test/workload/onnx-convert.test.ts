import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/index.js";
import { type Layer, type Network, readOnnx } from "../../src/workload/index.js";
import { execute, toChannelsLast } from "./execute.js";
import { type GraphSpec, type NodeSpec, numbers, type TensorSpec, writeOnnx } from "./onnx-writer.js";

type Constant = TensorSpec & { name: string };

/** A graph from "x" to the last node's output; each node is [operator, inputs, output, attributes]. */
type Step = [string, string[], string, NodeSpec["attributes"]?];

function graph(dims: (number | string)[], steps: Step[], constants: Constant[] = [], outputs?: string[]): GraphSpec {
  return {
    inputs: [{ name: "x", dims }],
    outputs: outputs ?? [steps.at(-1)![2]],
    nodes: steps.map(([op, inputs, output, attributes]) => ({
      op,
      name: `n_${output}`,
      inputs,
      outputs: [output],
      ...(attributes === undefined ? {} : { attributes }),
    })),
    constants,
  };
}

const read = (...args: Parameters<typeof graph>): Network => readOnnx(writeOnnx(graph(...args)));
const ops = (network: Network) => network.layers.map((layer: Layer) => `${layer.op}:${layer.activation}`);
const float = (name: string, dims: number[], seed = 1): Constant => ({
  name,
  dims,
  data: numbers(
    dims.reduce((a, b) => a * b, 1),
    seed,
  ),
});
const ints = (name: string, data: number[]): Constant => ({ name, dims: [data.length], type: 7, data });

function failure(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  throw new Error("nothing was refused");
}

/** A convolution by its definition, in batch, channels, height, width order, with pads [top, left]. */
function convolve(
  x: number[],
  [height, width]: [number, number],
  w: number[],
  [filters, perGroup, kernelHeight, kernelWidth]: [number, number, number, number],
  [outHeight, outWidth]: [number, number],
  { groups = 1, stride = 1, dilation = 1, top = 0, left = 0 } = {},
): number[] {
  const result: number[] = [];
  for (let k = 0; k < filters; k++)
    for (let y = 0; y < outHeight; y++)
      for (let x0 = 0; x0 < outWidth; x0++) {
        let sum = 0;
        for (let c = 0; c < perGroup; c++)
          for (let ky = 0; ky < kernelHeight; ky++)
            for (let kx = 0; kx < kernelWidth; kx++) {
              const iy = y * stride - top + ky * dilation;
              const ix = x0 * stride - left + kx * dilation;
              if (iy < 0 || ix < 0 || iy >= height || ix >= width) continue;
              const channel = Math.floor(k / (filters / groups)) * perGroup + c;
              sum +=
                x[(channel * height + iy) * width + ix]! *
                w[((k * perGroup + c) * kernelHeight + ky) * kernelWidth + kx]!;
            }
        result.push(sum);
      }
  return result;
}

describe("convolutions", () => {
  it.each([
    { groups: 1, stride: 1, dilation: 1, pads: [0, 0, 0, 0], out: [3, 4] },
    { groups: 2, stride: 2, dilation: 1, pads: [1, 0, 0, 1], out: [2, 3] },
    { groups: 4, stride: 1, dilation: 2, pads: [1, 2, 1, 2], out: [3, 6] },
  ] as const)("compute what ONNX defines: $groups groups, stride $stride, dilation $dilation, pads $pads", (c) => {
    const shape = { height: 5, width: 6, channels: 4 };
    const dims: [number, number, number, number] = [4, 4 / c.groups, 3, 3];
    const w = float("w", dims, 3);
    const x = numbers(120, 2);
    const network = read(
      [1, 4, 5, 6],
      [
        [
          "Conv",
          ["x", "w"],
          "y",
          { group: c.groups, strides: [c.stride, c.stride], dilations: [c.dilation, c.dilation], pads: [...c.pads] },
        ],
      ],
      [w],
    );
    const output = network.tensors.at(-1)!.shape;
    expect([output.height, output.width]).toEqual(c.out);
    const expected = convolve(x, [5, 6], w.data!, dims, [...c.out], {
      ...c,
      top: c.pads[0],
      left: c.pads[1],
    });
    expect(execute(network, toChannelsLast(x, shape))).toEqual(toChannelsLast(expected, output));
  });

  it.each([
    ["SAME_UPPER", [0, 1, 1, 1]],
    ["SAME_LOWER", [1, 0, 1, 1]],
    ["VALID", [0, 0, 0, 0]],
  ] as const)("place the padding of auto_pad %s", (auto, pads) => {
    // Height 6, kernel 3, stride 2: 1 element missing. Width 5: 2 missing, one on each side.
    const network = read(
      [1, 1, 6, 5],
      [["Conv", ["x", "w"], "y", { auto_pad: auto, strides: [2, 2] }]],
      [float("w", [1, 1, 3, 3])],
    );
    const [top, bottom, left, right] = pads;
    expect(network.layers[0]).toMatchObject({ padTop: top, padBottom: bottom, padLeft: left, padRight: right });
  });

  it("fold batch norm: the numbers of a convolution, then scale and shift of each channel", () => {
    const constants = [
      float("w", [2, 1, 1, 1], 4),
      { name: "g", dims: [2], data: [2, 3] },
      { name: "b", dims: [2], data: [1, -1] },
      { name: "m", dims: [2], data: [4, 5] },
      { name: "v", dims: [2], data: [4, 9] },
    ];
    const steps: Step[] = [
      ["Conv", ["x", "w"], "c"],
      ["BatchNormalization", ["c", "g", "b", "m", "v"], "n", { epsilon: { float: 0 } }],
      ["Relu", ["n"], "y"],
    ];
    const network = read([1, 1, 1, 2], steps, constants);
    expect(ops(network)).toEqual(["conv:relu"]);
    const [w0, w1] = constants[0]!.data as [number, number];
    // (w·x − mean) · scale / √variance + shift
    const value = (x: number) => [Math.max(0, w0 * x - 4 + 1), Math.max(0, w1 * x - 5 - 1)];
    expect(execute(network, [7, -7])).toEqual([...value(7), ...value(-7)]);
  });

  it("absorb a batch norm whose numbers are not in the file", () => {
    const names = ["g", "b", "m", "v"].map((name) => ({ name, dims: [2] }));
    const steps: Step[] = [
      ["Conv", ["x", "w"], "c"],
      ["BatchNormalization", ["c", "g", "b", "m", "v"], "y"],
    ];
    const network = read([1, 1, 4, 4], steps, [float("w", [2, 1, 1, 1]), ...names]);
    expect(network.layers).toHaveLength(1);
    expect(network.layers[0]).toMatchObject({ op: "conv", bias: {} });
    expect(network.layers[0]).not.toHaveProperty("weights");
  });

  it("turn a batch norm that cannot be folded into a depthwise 1x1 convolution", () => {
    const constants = ["g", "b", "m", "v"].map((name, index) => ({ name, dims: [2], data: [index + 1, index + 2] }));
    const steps: Step[] = [
      ["BatchNormalization", ["x", "g", "b", "m", "v"], "n", { epsilon: { float: 0 } }],
      ["Relu", ["n"], "y"],
    ];
    const network = read([1, 2, 1, 1], steps, constants);
    expect(ops(network)).toEqual(["conv:relu"]);
    const y = execute(network, [10, 20]);
    expect(y[0]).toBeCloseTo(((10 - 3) * 1) / 2 + 2, 5);
    expect(y[1]).toBeCloseTo(((20 - 4) * 2) / Math.sqrt(5) + 3, 5);
  });

  it("take over a Pad, in any layout it was written", () => {
    const steps: Step[] = [
      ["Pad", ["x", "p"], "a"],
      ["Transpose", ["a"], "b", { perm: [0, 3, 1, 2] }],
      ["Conv", ["b", "w"], "y", { pads: [1, 0, 0, 0] }],
    ];
    const constants = [ints("p", [0, 1, 2, 0, 0, 3, 4, 0]), float("w", [5, 3, 3, 3])];
    const network = read(["N", 8, 9, 3], steps, constants);
    expect(network.tensors[0]!.shape).toEqual({ height: 8, width: 9, channels: 3 });
    expect(network.layers[0]).toMatchObject({ padTop: 2, padBottom: 3, padLeft: 2, padRight: 4 });
  });

  it("run along one dimension", () => {
    const network = read([1, 4, 10], [["Conv", ["x", "w"], "y", { strides: [2] }]], [float("w", [6, 4, 3])]);
    expect(network.tensors.map(({ shape }) => shape)).toEqual([
      { height: 10, width: 1, channels: 4 },
      { height: 4, width: 1, channels: 6 },
    ]);
  });
});

describe("matrix products", () => {
  const shape = { height: 2, width: 3, channels: 4 };

  it.each([
    ["a flattened map", "CHW"],
    ["a flattened map behind a transposition", "HWC"],
  ])("reorder the weights of %s", (_name, order) => {
    const w = float("w", [5, 24], 6);
    const steps: Step[] = [
      ["Relu", ["x"], "r"],
      ...(order === "HWC" ? ([["Transpose", ["r"], "t", { perm: [0, 2, 3, 1] }]] as Step[]) : []),
      ["Flatten", [order === "HWC" ? "t" : "r"], "f"],
      ["Gemm", ["f", "w", "c"], "y", { transB: 1, alpha: { float: 2 }, beta: { float: 3 } }],
    ];
    const network = read([1, 4, 2, 3], steps, [w, { name: "c", dims: [5], data: [1, 2, 3, 4, 5] }]);
    const x = numbers(24, 9);
    const flat = (order === "CHW" ? x : toChannelsLast(x, shape)).map((value) => Math.max(0, value));
    const expected = [0, 1, 2, 3, 4].map(
      (k) => 2 * flat.reduce((sum, value, row) => sum + value * w.data![k * 24 + row]!, 0) + 3 * (k + 1),
    );
    expect(execute(network, toChannelsLast(x, shape))).toEqual(expected);
    expect(ops(network)).toEqual(["activation:relu", "fc:none"]);
  });

  it("of many rows become 1x1 convolutions, with a bias added behind", () => {
    const steps: Step[] = [
      ["MatMul", ["x", "w"], "m"],
      ["Add", ["m", "b"], "y"],
    ];
    const network = read([1, 7, 4], steps, [float("w", [4, 3]), { name: "b", dims: [3], data: [1, 2, 3] }]);
    expect(network.layers).toHaveLength(1);
    expect(network.layers[0]).toMatchObject({ op: "conv", kernelHeight: 1, kernelWidth: 1, groups: 1 });
    expect(network.tensors.at(-1)!.shape).toEqual({ height: 7, width: 1, channels: 3 });
    const x = numbers(28);
    const w = numbers(12);
    const expected = Array.from({ length: 21 }, (_, index) => {
      const [row, k] = [Math.floor(index / 3), index % 3];
      return [0, 1, 2, 3].reduce((sum, c) => sum + x[row * 4 + c]! * w[c * 3 + k]!, k + 1);
    });
    expect(execute(network, x)).toEqual(expected);
  });

  it("take a flatten that an exporter spelled out in shape arithmetic", () => {
    const steps: Step[] = [
      ["Conv", ["x", "k"], "c"],
      ["Shape", ["c"], "s"],
      ["Gather", ["s", "zero"], "g"],
      ["Unsqueeze", ["g"], "u", { axes: [0] }],
      ["Concat", ["u", "minus"], "t", { axis: 0 }],
      ["Relu", ["c"], "r"],
      ["Reshape", ["r", "t"], "f"],
      ["Gemm", ["f", "w"], "y"],
    ];
    const constants = [
      float("k", [2, 1, 1, 1]),
      { name: "zero", dims: [], type: 7, data: [0] },
      ints("minus", [-1]),
      float("w", [18, 3]),
    ];
    const network = read(["batch", 1, 3, 3], steps, constants);
    expect(ops(network)).toEqual(["conv:relu", "fc:none"]);
  });

  it("read a batch fixed in the file as one sample", () => {
    const steps: Step[] = [
      ["Conv", ["x", "k"], "c"],
      ["Reshape", ["c", "t"], "f"],
      ["Gemm", ["f", "w"], "y"],
    ];
    const network = read([8, 1, 3, 3], steps, [float("k", [2, 1, 1, 1]), ints("t", [8, 18]), float("w", [18, 3])]);
    expect(network.tensors.at(-1)!.shape).toEqual({ height: 1, width: 1, channels: 3 });
  });
});

describe("pools", () => {
  it("count the last, partial window in ceil mode", () => {
    const network = read(
      [1, 1, 6, 6],
      [["MaxPool", ["x"], "y", { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }]],
    );
    expect(network.layers[0]).toMatchObject({ padTop: 0, padBottom: 1, padLeft: 0, padRight: 1 });
    expect(network.tensors[1]!.shape).toMatchObject({ height: 3, width: 3 });
  });

  it("count the zeros of a Pad before an average", () => {
    const steps: Step[] = [
      ["Pad", ["x"], "p", { pads: [0, 0, 1, 1, 0, 0, 1, 1] }],
      ["AveragePool", ["p"], "y", { kernel_shape: [2, 2], strides: [2, 2] }],
    ];
    expect(read([1, 1, 2, 2], steps).layers[0]).toMatchObject({ countIncludePad: true, padTop: 1 });
    expect(execute(read([1, 1, 2, 2], steps), [4, 8, 12, 16])).toEqual([1, 2, 3, 4]);
  });

  it("refuse a maximum over zeros that could win", () => {
    const steps = (before: string): Step[] => [
      [before, ["x"], "r"],
      ["Pad", ["r"], "p", { pads: [0, 0, 1, 1, 0, 0, 1, 1] }],
      ["MaxPool", ["p"], "y", { kernel_shape: [2, 2] }],
    ];
    expect(failure(() => read([1, 1, 4, 4], steps("HardSwish")))).toMatch(/n_y.*MaxPool.*zeros, which could win/);
    expect(ops(read([1, 1, 4, 4], steps("Relu")))).toEqual(["activation:relu", "maxpool:none"]);
  });

  it("read a mean over height and width as a global pool", () => {
    const network = read([1, 3, 4, 5], [["ReduceMean", ["x"], "y", { axes: [-1, -2], keepdims: 0 }]]);
    expect(network.layers[0]).toMatchObject({ op: "avgpool", kernelHeight: 4, kernelWidth: 5, strideY: 4 });
    expect(network.tensors[1]!.shape).toEqual({ height: 1, width: 1, channels: 3 });
    expect(failure(() => read([1, 3, 4, 5], [["ReduceMean", ["x"], "y", { axes: [1] }]]))).toMatch(
      /takes the mean along/,
    );
  });
});

describe("activations", () => {
  const w = float("w", [2, 2, 1, 1]);

  it("fuse into their producer only when nothing else reads it", () => {
    const steps: Step[] = [
      ["Conv", ["x", "w"], "c"],
      ["Relu", ["c"], "r"],
      ["Add", ["r", "c"], "y"],
    ];
    expect(ops(read([1, 2, 3, 3], steps, [w]))).toEqual(["conv:none", "activation:relu", "add:none"]);
    expect(ops(read([1, 2, 3, 3], steps.slice(0, 2), [w], ["r", "c"]))).toEqual(["conv:none", "activation:relu"]);
  });

  it("recognise x times its gate", () => {
    const gated = (gate: string, attributes?: NodeSpec["attributes"]): Step[] => [
      ["Conv", ["x", "w"], "c"],
      [gate, ["c"], "g", attributes],
      ["Mul", ["c", "g"], "y"],
    ];
    expect(ops(read([1, 2, 3, 3], gated("Sigmoid"), [w]))).toEqual(["conv:swish"]);
    expect(ops(read([1, 2, 3, 3], gated("HardSigmoid", { alpha: { float: 1 / 6 } }), [w]))).toEqual(["conv:hardswish"]);
    // The convolution is read once more: the product stays a layer of its own.
    const steps: Step[] = [...gated("Sigmoid"), ["Add", ["y", "c"], "z"]];
    expect(ops(read([1, 2, 3, 3], steps, [w]))).toEqual(["conv:none", "activation:swish", "add:none"]);
  });

  it("keep a squeeze-and-excite gate a product, with the repeated operand second", () => {
    const steps: Step[] = [
      ["Conv", ["x", "w"], "c"],
      ["GlobalAveragePool", ["c"], "p"],
      ["Conv", ["p", "w"], "e"],
      ["Sigmoid", ["e"], "g"],
      ["Mul", ["g", "c"], "y"],
    ];
    const network = read([1, 2, 3, 3], steps, [w]);
    expect(ops(network)).toEqual(["conv:none", "avgpool:none", "conv:sigmoid", "mul:none"]);
    expect(network.layers[3]!.inputs).toEqual([1, 3]);
  });

  it.each([
    [0, 6, "relu6", undefined],
    [0, undefined, "relu", undefined],
    [-1, 1, "clip", { min: -1, max: 1 }],
  ] as const)("read Clip %s…%s as %s", (min, max, activation, clip) => {
    const steps: Step[] = [
      ["Conv", ["x", "w"], "c"],
      ["Clip", ["c", "lo", max === undefined ? "" : "hi"], "y"],
    ];
    const constants = [w, { name: "lo", dims: [], data: [min] }, { name: "hi", dims: [], data: [max ?? 0] }];
    const [layer] = read([1, 2, 3, 3], steps, constants).layers;
    expect(layer).toMatchObject({ op: "conv", activation });
    expect(layer!.clip).toEqual(clip);
  });

  it("drop a softmax at the end, and only there", () => {
    const steps: Step[] = [
      ["Conv", ["x", "w"], "c"],
      ["Softmax", ["c"], "s"],
    ];
    expect(ops(read([1, 2, 3, 3], steps, [w]))).toEqual(["conv:none"]);
    const inside: Step[] = [...steps, ["Conv", ["s", "w"], "y"]];
    expect(failure(() => read([1, 2, 3, 3], inside, [w]))).toMatch(/Softmax is accepted only at the end/);
  });
});

describe("concat", () => {
  it("joins along channels, whatever the layout", () => {
    const steps: Step[] = [
      ["Relu", ["x"], "a"],
      ["Sigmoid", ["x"], "b"],
      ["Transpose", ["a"], "c", { perm: [0, 2, 3, 1] }],
      ["Transpose", ["b"], "d", { perm: [0, 2, 3, 1] }],
      ["Concat", ["c", "d"], "y", { axis: -1 }],
    ];
    const network = read([1, 3, 4, 5], steps);
    expect(network.tensors.at(-1)!.shape).toEqual({ height: 4, width: 5, channels: 6 });
    steps[4]![3] = { axis: 1 };
    expect(failure(() => read([1, 3, 4, 5], steps))).toMatch(/Concat.*along dimension 1.*joining along the channels/);
  });
});
