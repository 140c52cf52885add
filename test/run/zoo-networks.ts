/**
 * Whole networks in small, as exporters of the usual frameworks leave them: residual and inverted residual blocks, fire modules,
 * branches, dense chains, one-dimensional convolutions, upsampling.
 */
import { Graph, type ZooModel } from "./onnx-zoo.js";

const same = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };
const half = { ...same, strides: [2, 2] };

function model(name: string, integer: boolean, build: (g: Graph) => void, opset = 13): ZooModel {
  const graph = new Graph(name, opset);
  build(graph);
  return { name, bytes: graph.bytes(), integer };
}

/** A real convolution with weights that keep the spread of its input. */
function conv(g: Graph, x: string, dims: number[], attributes: Record<string, number | number[]> = {}): string {
  const reach = Math.sqrt(3 / dims.slice(1).reduce((a, b) => a * b, 1));
  const more = { kernel_shape: dims.slice(2), ...attributes };
  return g.node("Conv", [x, g.reals(dims, -reach, reach), g.reals([dims[0]!], -0.1, 0.1)], more);
}

function norm(g: Graph, x: string, channels: number): string {
  const [scale, mean] = [g.reals([channels], 0.7, 1.3), g.reals([channels], -0.2, 0.2)];
  return g.node("BatchNormalization", [x, scale, g.reals([channels], -0.2, 0.2), mean, g.reals([channels], 0.5, 1.5)]);
}

const relu = (g: Graph, x: string) => g.node("Relu", [x]);
const six = (g: Graph, x: string) => g.node("Clip", [x, g.constant([], [0]), g.constant([], [6])]);

/** Networks of real numbers. */
export function realNetworks(): ZooModel[] {
  return [
    model("mobilenet v2", false, (g) => {
      let x = six(g, conv(g, g.input("input", ["N", 3, 16, 16]), [8, 3, 3, 3], half));
      const block = (from: string, inside: number, out: number, stride: number, channels: number) => {
        let y = six(g, conv(g, from, [inside, channels, 1, 1]));
        y = six(g, conv(g, y, [inside, 1, 3, 3], { ...same, strides: [stride, stride], group: inside }));
        return conv(g, y, [out, inside, 1, 1]);
      };
      x = block(x, 16, 8, 2, 8);
      x = g.node("Add", [x, block(x, 24, 8, 1, 8)]);
      x = six(g, conv(g, x, [32, 8, 1, 1]));
      x = g.node("Flatten", [g.node("GlobalAveragePool", [x])]);
      g.output(g.node("Gemm", [x, g.reals([10, 32], -0.3, 0.3), g.reals([10])], { transB: 1 }));
    }),
    model("squeezenet", false, (g) => {
      let x = relu(g, conv(g, g.input("data", [1, 3, 17, 17]), [8, 3, 3, 3], { strides: [2, 2] }));
      x = g.node("MaxPool", [x], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 });
      for (const channels of [8, 16]) {
        const squeezed = relu(g, conv(g, x, [4, channels, 1, 1]));
        const wide = relu(g, conv(g, squeezed, [8, 4, 3, 3], same));
        x = g.node("Concat", [relu(g, conv(g, squeezed, [8, 4, 1, 1])), wide], { axis: 1 });
      }
      x = relu(g, conv(g, g.node("Dropout", [x]), [10, 16, 1, 1]));
      x = g.node("AveragePool", [x], { kernel_shape: [4, 4], strides: [1, 1] });
      g.output(g.node("Softmax", [g.node("Reshape", [x, g.constant([2], [0, -1], 7)])]));
    }),
    model("inception", false, (g) => {
      const x = norm(g, conv(g, g.input("input", [1, 3, 9, 9]), [6, 3, 3, 3], same), 6);
      const a = relu(g, norm(g, conv(g, x, [4, 6, 1, 1]), 4));
      let b = relu(g, norm(g, conv(g, x, [4, 6, 1, 7], { pads: [0, 3, 0, 3] }), 4));
      b = relu(g, norm(g, conv(g, b, [4, 4, 7, 1], { pads: [3, 0, 3, 0] }), 4));
      const pooled = g.node("AveragePool", [x], { ...same, strides: [1, 1], count_include_pad: 1 });
      const c = relu(g, conv(g, pooled, [4, 6, 1, 1]));
      const d = g.node("MaxPool", [x], { ...same, strides: [1, 1] });
      const y = g.node("Concat", [a, b, c, d], { axis: 1 });
      const mean = g.node("ReduceMean", [y], { axes: [2, 3], keepdims: 0 });
      g.output(g.node("MatMul", [mean, g.reals([18, 5])]));
    }),
    model("dense chain", false, (g) => {
      let x = conv(g, g.input("input", [1, 3, 8, 8]), [8, 3, 3, 3], same);
      for (const channels of [8, 12, 16]) {
        const y = relu(g, norm(g, x, channels));
        x = g.node("Concat", [x, conv(g, y, [4, channels, 3, 3], same)], { axis: 1 });
      }
      x = relu(g, norm(g, x, 20));
      x = g.node("AveragePool", [conv(g, x, [10, 20, 1, 1])], { kernel_shape: [2, 2], strides: [2, 2] });
      x = g.node("Flatten", [g.node("GlobalAveragePool", [relu(g, norm(g, x, 10))])]);
      g.output(g.node("Gemm", [x, g.reals([10, 4])], { alpha: { float: 0.7 } }));
    }),
    model("normalised sum", false, (g) => {
      const x = relu(g, conv(g, g.input("input", [1, 3, 8, 8]), [8, 3, 3, 3], same));
      const y = g.node("Add", [conv(g, x, [8, 8, 3, 3], same), x]);
      // Pre-activation: the sum is read twice, so nobody takes the normalisation over.
      const z = conv(g, relu(g, norm(g, y, 8)), [8, 8, 3, 3], same);
      g.output(g.node("Add", [z, y]));
    }),
    model("sound in one dimension", false, (g) => {
      let x = relu(
        g,
        norm(g, g.node("Conv", [g.input("wave", [1, 2, 40]), g.reals([8, 2, 5])], { strides: [2], pads: [2, 2] }), 8),
      );
      x = g.node("MaxPool", [x], { kernel_shape: [2], strides: [2] });
      x = relu(g, g.node("Conv", [x, g.reals([8, 1, 3], -0.5, 0.5)], { group: 8, pads: [1, 1] }));
      x = g.node("GlobalAveragePool", [x]);
      g.output(g.node("Gemm", [g.node("Flatten", [x]), g.reals([8, 3])]));
    }),
    model("tokens", false, (g) => {
      let x = g.node("Add", [
        g.node("MatMul", [g.input("tokens", [1, 6, 16]), g.reals([16, 24], -0.4, 0.4)]),
        g.reals([24]),
      ]);
      x = g.microsoft("Gelu", [x]);
      x = g.node("MatMul", [x, g.reals([24, 16], -0.4, 0.4)]);
      x = g.node("ReduceMean", [x], { axes: [1], keepdims: 0 });
      g.output(g.node("Gemm", [x, g.reals([16, 4])]));
    }),
    model("lenet", false, (g) => {
      let x = g.node("Tanh", [conv(g, g.input("input", [1, 1, 28, 28]), [6, 1, 5, 5], { pads: [2, 2, 2, 2] })]);
      x = g.node("AveragePool", [x], { kernel_shape: [2, 2], strides: [2, 2] });
      x = g.node("Tanh", [conv(g, x, [16, 6, 5, 5])]);
      x = g.node("MaxPool", [x], { kernel_shape: [2, 2], strides: [2, 2] });
      x = g.node("Reshape", [x, g.constant([2], [-1, 400], 7)]);
      for (const [from, to] of [
        [400, 120],
        [120, 84],
        [84, 10],
      ] as const)
        x = g.node("Gemm", [x, g.reals([to, from], -0.1, 0.1), g.reals([to])], { transB: 1 });
      g.output(g.node("LogSoftmax", [x]));
    }),
  ];
}

/** Networks of integers. */
export function integerNetworks(): ZooModel[] {
  const low = -128;
  return [
    model("resnet, qdq", true, (g) => {
      let x = g.pair(g.input("input", ["N", 3, 12, 12]), 0.02, 0, "int8");
      const layer = (
        from: string,
        scale: number,
        dims: number[],
        out: number,
        attributes: Record<string, number | number[]>,
        bent: boolean,
      ) => {
        const y = g.conv(from, scale, dims, attributes);
        return g.pair(bent ? relu(g, y) : y, out, bent ? low : 4, "int8");
      };
      x = layer(x, 0.02, [8, 3, 7, 7], 0.06, { strides: [2, 2], pads: [3, 3, 3, 3] }, true);
      x = g.pair(g.node("MaxPool", [x], { ...same, strides: [1, 1] }), 0.06, low, "int8");
      let y = layer(x, 0.06, [16, 8, 3, 3], 0.1, half, true);
      y = layer(y, 0.1, [16, 16, 3, 3], 0.2, same, false);
      const side = layer(x, 0.06, [16, 8, 1, 1], 0.15, { strides: [2, 2] }, false);
      x = g.pair(relu(g, g.node("Add", [y, side])), 0.2, low, "int8");
      x = g.pair(g.node("GlobalAveragePool", [x]), 0.1, low, "int8");
      x = g.node("Flatten", [x]);
      const w = g.weights([10, 16], 0.01);
      g.output(g.pair(g.node("Gemm", [x, w.name, g.bias(w.scales, 0.1)], { transB: 1 }), 0.1, 7, "int8"));
    }),
  ];
}

/** Networks with operators that move data, as far as they are read. */
export function extraNetworks(): ZooModel[] {
  const start = (g: Graph) => relu(g, conv(g, g.input("input", [1, 4, 8, 8]), [8, 4, 3, 3], same));
  const extra = (name: string, build: (g: Graph) => void, opset = 13) => model(name, false, build, opset);
  return [
    extra("resize nearest", (g) => {
      const x = start(g);
      const low = relu(g, conv(g, x, [8, 8, 3, 3], half));
      const up = g.node("Resize", [low, "", g.constant([4], [1, 1, 2, 2])], {
        mode: "nearest",
        coordinate_transformation_mode: "asymmetric",
        nearest_mode: "floor",
      });
      g.output(conv(g, g.node("Concat", [up, x], { axis: 1 }), [4, 16, 3, 3], same));
    }),
    extra(
      "upsample",
      (g) => {
        const up = g.node("Upsample", [start(g), g.constant([4], [1, 1, 2, 2])], { mode: "nearest" });
        g.output(conv(g, up, [4, 8, 3, 3], same));
      },
      9,
    ),
    extra("transposed convolution", (g) => {
      g.output(g.node("ConvTranspose", [start(g), g.reals([8, 4, 2, 2])], { strides: [2, 2] }));
    }),
    extra("shuffle", (g) => {
      let x = start(g);
      x = g.node("Reshape", [x, g.constant([5], [1, 2, 4, 8, 8], 7)]);
      x = g.node("Transpose", [x], { perm: [0, 2, 1, 3, 4] });
      x = g.node("Reshape", [x, g.constant([4], [1, 8, 8, 8], 7)]);
      g.output(conv(g, x, [4, 8, 3, 3], same));
    }),
    extra("split", (g) => {
      const x = start(g);
      const spec = g.constant([2], [4, 4], 7);
      const a = g.node("Split", [x, spec], { axis: 1 }, { outputs: ["left", "right"] });
      void a;
      g.output(g.node("Concat", ["left", conv(g, "right", [4, 4, 3, 3], same)], { axis: 1 }));
    }),
    extra("slice", (g) => {
      const x = start(g);
      const cut = g.node("Slice", [x, g.constant([1], [2], 7), g.constant([1], [6], 7), g.constant([1], [1], 7)]);
      g.output(conv(g, cut, [4, 4, 3, 3], same));
    }),
    extra("space to depth", (g) => {
      g.output(conv(g, g.node("SpaceToDepth", [start(g)], { blocksize: 2 }), [4, 32, 3, 3], same));
    }),
    extra("difference", (g) => {
      const x = start(g);
      g.output(g.node("Sub", [conv(g, x, [8, 8, 3, 3], same), x]));
    }),
    extra("largest of two", (g) => {
      const x = start(g);
      g.output(g.node("Max", [conv(g, x, [8, 8, 3, 3], same), x]));
    }),
    extra("sum of three", (g) => {
      const x = start(g);
      g.output(g.node("Sum", [conv(g, x, [8, 8, 3, 3], same), x, conv(g, x, [8, 8, 1, 1])]));
    }),
    extra("pad", (g) => {
      const x = g.node("Pad", [start(g), g.constant([8], [0, 0, 1, 2, 0, 0, 2, 1], 7)]);
      g.output(g.node("MaxPool", [conv(g, x, [4, 8, 3, 3], { strides: [2, 2] })], { kernel_shape: [2, 2] }));
    }),
    extra("pool with gaps", (g) => {
      g.output(g.node("MaxPool", [start(g)], { kernel_shape: [2, 2], dilations: [2, 2] }));
    }),
    extra("pad, reflected", (g) => {
      g.output(
        conv(
          g,
          g.node("Pad", [start(g), g.constant([8], [0, 0, 1, 1, 0, 0, 1, 1], 7)], { mode: "reflect" }),
          [4, 8, 3, 3],
        ),
      );
    }),
    extra("padded sum", (g) => {
      const x = start(g);
      const p = g.node("Pad", [x, g.constant([8], [0, 4, 0, 0, 0, 4, 0, 0], 7)]);
      g.output(g.node("Add", [p, conv(g, x, [16, 8, 3, 3], same)]));
    }),
    extra("constant map", (g) => {
      g.output(conv(g, g.node("Add", [start(g), g.reals([1, 8, 8, 8])]), [4, 8, 1, 1]));
    }),
    extra("normalised input", (g) => {
      let x = g.input("input", [1, 3, 8, 8]);
      x = g.node("Div", [g.node("Sub", [x, g.reals([1, 3, 1, 1])]), g.constant([1, 3, 1, 1], [0.3, 0.4, 0.5])]);
      g.output(conv(g, x, [4, 3, 3, 3], same));
    }),
    extra("instance norm", (g) => {
      g.output(g.node("InstanceNormalization", [start(g), g.reals([8]), g.reals([8])]));
    }),
    extra("attention", (g) => {
      const x = g.input("tokens", [1, 6, 16]);
      const q = g.node("MatMul", [x, g.reals([16, 16])]);
      const k = g.node("MatMul", [x, g.reals([16, 16])]);
      g.output(g.node("Softmax", [g.node("MatMul", [q, g.node("Transpose", [k], { perm: [0, 2, 1] })])]));
    }),
    extra("relu behind a join", (g) => {
      const x = start(g);
      g.output(conv(g, relu(g, g.node("Concat", [conv(g, x, [4, 8, 1, 1]), x], { axis: 1 })), [4, 12, 3, 3], same));
    }),
    extra("global largest", (g) => {
      g.output(g.node("Gemm", [g.node("Flatten", [g.node("GlobalMaxPool", [start(g)])]), g.reals([8, 3])]));
    }),
    extra(
      "axes as input",
      (g) => {
        const x = g.node("ReduceMean", [start(g), g.constant([2], [-1, -2], 7)], { keepdims: 0 });
        g.output(g.node("Gemm", [x, g.reals([8, 3])], { beta: { float: 0.5 } }));
      },
      18,
    ),
    extra("largest over both", (g) => {
      const x = g.node("ReduceMax", [start(g)], { axes: [2, 3], keepdims: 0 });
      g.output(g.node("Gemm", [x, g.reals([8, 3])]));
    }),
    extra("swish by hand", (g) => {
      const x = conv(g, g.input("input", [1, 4, 8, 8]), [8, 4, 3, 3], same);
      const gate = g.node("Clip", [g.node("Add", [x, g.constant([], [3])]), g.constant([], [0]), g.constant([], [6])]);
      g.output(g.node("Div", [g.node("Mul", [x, gate]), g.constant([], [6])]));
    }),
    extra("gelu by hand", (g) => {
      const x = conv(g, g.input("input", [1, 4, 8, 8]), [8, 4, 3, 3], same);
      const e = g.node("Erf", [g.node("Div", [x, g.constant([], [Math.SQRT2])])]);
      const y = g.node("Mul", [x, g.node("Add", [e, g.constant([], [1])])]);
      g.output(g.node("Mul", [y, g.constant([], [0.5])]));
    }),
  ];
}
