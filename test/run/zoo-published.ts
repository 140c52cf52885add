/**
 * Networks of the public collections in small, with the operators and attributes of their files: the converters of CNTK, MXNet, Caffe2 and
 * TensorFlow, the quantiser of ONNX Runtime in both its forms, the exporters of PyTorch.
 */
import { Graph, type Quantised, type ZooModel } from "./onnx-zoo.js";

type Attributes = Parameters<Graph["node"]>[2];

const same = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };
const half = { ...same, strides: [2, 2] };

function model(name: string, integer: boolean, build: (g: Graph) => void, opset = 13): ZooModel {
  const graph = new Graph(name, opset);
  build(graph);
  return { name, bytes: graph.bytes(), integer };
}

/** A real convolution with weights that keep the spread of its input. */
function conv(g: Graph, x: string, dims: number[], attributes: Attributes = {}, bias = true): string {
  const reach = Math.sqrt(3 / dims.slice(1).reduce((a, b) => a * b, 1));
  const more = bias ? [g.reals([dims[0]!], -0.1, 0.1)] : [];
  return g.node("Conv", [x, g.reals(dims, -reach, reach), ...more], { kernel_shape: dims.slice(2), ...attributes });
}

const relu = (g: Graph, x: string) => g.node("Relu", [x]);

/** A constant of bytes with its scale and zero point, as the quantiser leaves summands. */
function summand(g: Graph, dims: number[], scale: number, zero: number, kind: "int8" | "uint8"): Quantised {
  const [low, high] = kind === "uint8" ? [0, 255] : [-128, 127];
  return { name: g.integers(dims, low, high, kind === "uint8" ? 2 : 3), scale, zero, kind };
}

/** A product by QLinearMatMul and its bias by QLinearAdd: what older quantisers made of a Gemm. */
function product(g: Graph, x: Quantised, [rows, out]: [number, number], scale: number, zero: number): Quantised {
  const weights = [g.integers([rows, out], -127, 127, 3), g.scale(0.01), g.zero(0, "int8")];
  const name = g.node("QLinearMatMul", [...g.triple(x), ...weights, g.scale(scale), g.zero(zero, x.kind)]);
  const y = { name, scale, zero, kind: x.kind };
  return g.qlinear("QLinearAdd", [y, summand(g, [out], 0.004, x.kind === "uint8" ? 110 : -3, x.kind)], scale, zero);
}

/** A first dimension read from the map itself, as exporters write a flattening. */
function flattened(g: Graph, x: string): string {
  const batch = g.node("Gather", [g.node("Shape", [x]), g.constant([], [0], 7)], { axis: 0 });
  const rows = g.node("Unsqueeze", [batch, g.constant([1], [0], 7)]);
  return g.node("Reshape", [x, g.node("Concat", [rows, g.constant([1], [-1], 7)], { axis: 0 })]);
}

function realPublished(): ZooModel[] {
  return [
    model(
      "digits, real",
      false,
      (g) => {
        let x = g.input("Input3", [1, 1, 28, 28]);
        for (const [from, to, size] of [
          [1, 8, 2],
          [8, 16, 3],
        ] as const) {
          x = g.node("Conv", [x, g.listed(g.reals([to, from, 5, 5], -0.3, 0.3))], {
            auto_pad: "SAME_UPPER",
            dilations: [1, 1],
            group: 1,
            kernel_shape: [5, 5],
            strides: [1, 1],
          });
          x = relu(g, g.node("Add", [x, g.listed(g.reals([to, 1, 1]))]));
          x = g.node("MaxPool", [x], {
            auto_pad: "NOTSET",
            kernel_shape: [size, size],
            strides: [size, size],
            pads: [0, 0, 0, 0],
          });
        }
        x = g.node("Reshape", [x, g.listed(g.constant([2], [1, 256], 7))]);
        const w = g.node("Reshape", [g.listed(g.reals([16, 4, 4, 10], -0.1, 0.1)), g.constant([2], [256, 10], 7)]);
        g.output(g.node("Add", [g.node("MatMul", [x, w]), g.listed(g.reals([1, 10]))]));
      },
      8,
    ),
    model(
      "faces, real",
      false,
      (g) => {
        let x = g.node("Sub", [g.input("Input3", [1, 1, 16, 16]), g.constant([], [0.4])]);
        x = g.node("Div", [x, g.constant([], [0.7])]);
        x = g.node("Mul", [g.constant([], [1.1]), x]);
        for (const [from, to] of [
          [1, 8],
          [8, 12],
        ] as const) {
          x = g.node("Conv", [x, g.reals([to, from, 3, 3], -0.3, 0.3)], {
            auto_pad: "SAME_UPPER",
            kernel_shape: [3, 3],
          });
          x = relu(g, g.node("Add", [x, g.reals([to, 1, 1])]));
          x = g.node("MaxPool", [x], { kernel_shape: [2, 2], strides: [2, 2], auto_pad: "NOTSET", pads: [0, 0, 0, 0] });
          x = g.node("Dropout", [x], { ratio: { float: 0.25 } });
        }
        x = g.node("Reshape", [x, g.constant([2], [1, 192], 7)]);
        x = relu(g, g.node("Add", [g.node("MatMul", [x, g.reals([192, 20], -0.1, 0.1)]), g.reals([20])]));
        g.output(g.node("Add", [g.node("MatMul", [x, g.reals([20, 8], -0.3, 0.3)]), g.reals([8])]));
      },
      8,
    ),
    model("largest and smallest", false, (g) => {
      let x = conv(g, g.input("x", [1, 3, 8, 8]), [8, 3, 3, 3], same);
      x = g.node("Min", [g.node("Max", [x, g.constant([], [-0.2])]), g.constant([1], [0.6])]);
      const most = g.node("ReduceMax", [conv(g, x, [8, 8, 3, 3], same)], { axes: [2, 3], keepdims: 0 });
      const all = g.node("Sum", [
        conv(g, x, [6, 8, 3, 3], same),
        conv(g, x, [6, 8, 1, 1]),
        conv(g, x, [6, 8, 3, 3], same),
      ]);
      g.node("TopK", [g.node("Flatten", [all]), g.constant([1], [3], 7)], { axis: 1 }, { outputs: ["best", "place"] });
      g.output("best", "place", g.node("Gemm", [most, g.reals([8, 3])]));
    }),
    model("pictures, turned by the picker", false, (g) => {
      // Other means and spreads, channel by channel, as pretrained networks have them in front.
      const image = g.input("x", ["N", 3, 9, 9]);
      const channels = [0, 1, 2].map((channel) => {
        const one = g.node("Gather", [image, g.constant([], [channel], 7)], { axis: 1 });
        const wide = g.node("Unsqueeze", [one, g.constant([1], [1], 7)]);
        const scaled = g.node("Mul", [wide, g.constant([], [0.4 + 0.1 * channel])]);
        return g.node("Add", [scaled, g.constant([], [0.03 - 0.05 * channel])]);
      });
      let x = g.node("Concat", channels, { axis: 1 });
      x = relu(g, conv(g, x, [8, 3, 3, 3], { strides: [2, 2] }));
      x = g.node("MaxPool", [x], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 });
      g.output(g.node("Gemm", [g.node("Flatten", [x]), g.reals([32, 4])]));
    }),
    model(
      "exported by graph",
      false,
      (g) => {
        let x = relu(
          g,
          conv(g, g.input("x", ["s0", 3, 10, 10]), [8, 3, 3, 3], {
            ...half,
            auto_pad: "NOTSET",
            dilations: [1, 1],
            group: 1,
          }),
        );
        x = g.node("Clip", [conv(g, x, [8, 1, 3, 3], { ...same, group: 8 }), g.constant([], [0]), g.constant([], [6])]);
        x = g.node("ReduceMean", [x, g.constant([2], [-1, -2], 7)], { keepdims: 1, noop_with_empty_axes: 0 });
        const batch = g.node("Shape", [x], { start: 0, end: 1 });
        const target = g.node("Concat", [batch, g.constant([1], [8], 7)], { axis: 0 });
        x = g.node("Reshape", [x, target], { allowzero: 1 });
        g.output(
          g.node("Gemm", [x, g.reals([5, 8]), g.reals([5])], {
            alpha: { float: 1 },
            beta: { float: 1 },
            transA: 0,
            transB: 1,
          }),
        );
      },
      18,
    ),
    model("pixels at the end", false, (g) => {
      let x = relu(g, conv(g, g.input("input", ["batch_size", 1, 8, 8]), [8, 1, 5, 5], { pads: [2, 2, 2, 2] }));
      x = conv(g, x, [9, 8, 3, 3], same);
      x = g.node("Reshape", [x, g.constant([6], [-1, 1, 3, 3, 8, 8], 7)]);
      x = g.node("Transpose", [x], { perm: [0, 1, 4, 2, 5, 3] });
      g.output(g.node("Reshape", [x, g.constant([4], [-1, 1, 24, 24], 7)]));
    }),
    model("scales of the run", false, (g) => {
      // What dynamic quantisation leaves: integers inside, a scale for every input that is seen.
      const dynamic = (x: string, op: "ConvInteger" | "MatMulInteger", dims: number[], attributes: Attributes = {}) => {
        const names = ["integers", "scale", "zero"].map((part) => `${op}_${dims.join("_")}_${part}`);
        g.node("DynamicQuantizeLinear", [x], {}, { outputs: names });
        const sums = g.node(op, [names[0]!, g.integers(dims, -127, 127, 3), names[2]!, g.zero(0, "int8")], attributes);
        const scale = g.node("Mul", [names[1]!, g.scale(0.005)]);
        return g.node("Mul", [g.node("Cast", [sums], { to: 1 }), scale]);
      };
      let x = g.node("Add", [
        dynamic(g.input("x", [1, 3, 8, 8]), "ConvInteger", [8, 3, 3, 3], same),
        g.reals([1, 8, 1, 1]),
      ]);
      x = g.node("Flatten", [g.node("GlobalAveragePool", [relu(g, x)])]);
      g.output(g.node("Add", [dynamic(x, "MatMulInteger", [8, 5]), g.reals([5])]));
    }),
    model("depth at the end", false, (g) => {
      const x = relu(g, conv(g, g.input("input", [1, 3, 6, 6]), [8, 3, 3, 3], same));
      g.output(g.node("DepthToSpace", [conv(g, x, [12, 8, 3, 3], same)], { blocksize: 2, mode: "CRD" }));
    }),
  ];
}

function integerPublished(): ZooModel[] {
  const zoo: ZooModel[] = [
    model(
      "digits, integers",
      true,
      (g) => {
        let x = g.quantise(g.input("Input3", [1, 1, 28, 28]), 1 / 255, 0);
        for (const [from, to, size] of [
          [1, 8, 2],
          [8, 16, 3],
        ] as const) {
          x = g.qlinearConv(
            x,
            [to, from, 5, 5],
            { scale: 0.03, zero: 120 },
            { auto_pad: "SAME_UPPER", strides: [1, 1] },
            false,
            false,
          );
          // The lower end is 0, so that the quantiser left the Relu out.
          x = g.qlinear("QLinearAdd", [x, summand(g, [to, 1, 1], 0.004, 140, "uint8")], 0.02, 0);
          const pool = { kernel_shape: [size, size], strides: [size, size], pads: [0, 0, 0, 0], auto_pad: "NOTSET" };
          x = { ...x, name: g.node("MaxPool", [x.name], pool) };
        }
        x = { ...x, name: g.node("Reshape", [x.name, g.constant([2], [1, 256], 7)]) };
        const w = g.node("Reshape", [g.integers([16, 4, 4, 10], 0, 255, 2), g.constant([2], [256, 10], 7)]);
        const weights = [w, g.scale(0.005), g.zero(131, "uint8")];
        const y = g.node("QLinearMatMul", [...g.triple(x), ...weights, g.scale(0.06), g.zero(125, "uint8")]);
        const last = { name: y, scale: 0.06, zero: 125, kind: "uint8" as const };
        g.output(g.dequantise(g.qlinear("QLinearAdd", [last, summand(g, [1, 10], 0.002, 80, "uint8")], 0.06, 123)));
      },
      12,
    ),
    ...(["uint8", "int8"] as const).flatMap((kind) => {
      const [zero, low] = kind === "uint8" ? [121, 0] : [-7, -128];
      return [
        model(
          `residual with a product and a sum at the end, ${kind}`,
          true,
          (g) => {
            let x = g.quantise(g.input("data", ["N", 3, 16, 16]), 0.018, zero, kind);
            x = g.qlinearConv(x, [8, 3, 7, 7], { scale: 0.04, zero: low }, { pads: [3, 3, 3, 3], strides: [2, 2] });
            x = { ...x, name: g.node("MaxPool", [x.name], { ...same, strides: [2, 2] }) };
            const side = g.qlinearConv(x, [16, 8, 1, 1], { scale: 0.07, zero });
            x = g.qlinearConv(x, [8, 8, 1, 1], { scale: 0.05, zero: low });
            x = g.qlinearConv(x, [8, 8, 3, 3], { scale: 0.06, zero: low }, same);
            x = g.qlinearConv(x, [16, 8, 1, 1], { scale: 0.08, zero: zero + 3 });
            x = g.qlinear("QLinearAdd", [x, side], 0.06, low);
            x = g.qlinear("QLinearGlobalAveragePool", [x], 0.04, low, { channels_last: 0 });
            x = { ...x, name: g.node("Flatten", [x.name]) };
            g.output(g.dequantise(product(g, x, [16, 10], 0.05, zero)));
          },
          12,
        ),
        model(
          `fire modules, ${kind}`,
          true,
          (g) => {
            let x = g.qlinearConv(
              g.quantise(g.input("data_0", [1, 3, 17, 17]), 0.02, zero, kind),
              [8, 3, 3, 3],
              { scale: 0.05, zero: low },
              { strides: [2, 2] },
            );
            x = {
              ...x,
              name: g.node("MaxPool", [x.name], { kernel_shape: [3, 3], strides: [2, 2], pads: [0, 0, 1, 1] }),
            };
            for (const out of [0.06, 0.07]) {
              const s = g.qlinearConv(x, [4, x.scale === 0.05 ? 8 : 12, 1, 1], { scale: 0.04, zero: low });
              const a = g.qlinearConv(s, [6, 4, 1, 1], { scale: 0.05, zero: low });
              const b = g.qlinearConv(s, [6, 4, 3, 3], { scale: 0.06, zero: low }, same);
              const joined = g.microsoft(
                "QLinearConcat",
                [g.scale(out), g.zero(low, kind), ...[a, b].flatMap((one) => g.triple(one))],
                { axis: 1 },
              );
              x = { name: joined, scale: out, zero: low, kind };
            }
            x = g.qlinearConv(x, [10, 12, 1, 1], { scale: 0.05, zero: low });
            const y = g.dequantise(g.qlinear("QLinearGlobalAveragePool", [x], 0.03, low));
            g.output(g.node("Softmax", [g.node("Reshape", [y, g.constant([2], [1, 10], 7)])]));
          },
          12,
        ),
        model(
          `inverted residuals, ${kind}`,
          true,
          (g) => {
            let x = g.qlinearConv(
              g.quantise(g.input("input", ["batch_size", 3, 12, 12]), 0.02, zero, kind),
              [8, 3, 3, 3],
              { scale: 0.023, zero: low },
              half,
            );
            const side = g.qlinearConv(
              g.qlinearConv(x, [8, 1, 3, 3], { scale: 0.023, zero: low }, { ...same, group: 8 }),
              [6, 8, 1, 1],
              { scale: 0.05, zero },
            );
            x = g.qlinearConv(side, [18, 6, 1, 1], { scale: 0.023, zero: low });
            x = g.qlinearConv(x, [18, 1, 3, 3], { scale: 0.023, zero: low }, { ...same, group: 18 });
            x = g.qlinearConv(x, [6, 18, 1, 1], { scale: 0.04, zero: zero + 9 });
            x = g.qlinear("QLinearAdd", [x, side], 0.06, zero - 4);
            x = g.qlinear("QLinearGlobalAveragePool", [x], 0.05, zero);
            x = { ...x, name: flattened(g, x.name) };
            const scales = g.constant([1], [0.01]);
            const gemm = g.microsoft(
              "QGemm",
              [
                ...g.triple(x),
                g.integers([10, 6], -127, 127, 3),
                scales,
                g.constant([1], [0], 3),
                g.integers([10], -900, 900, 6),
                g.scale(0.04),
                g.zero(zero, kind),
              ],
              { transB: 1, alpha: { float: 1 } },
            );
            g.output(g.dequantise({ name: gemm, scale: 0.04, zero, kind }));
          },
          13,
        ),
        model(`picture with channels last, ${kind}`, true, (g) => {
          let x = g.quantise(g.input("images:0", [1, 9, 9, 3]), 0.008, zero, kind);
          x = { ...x, name: g.node("Transpose", [x.name], { perm: [0, 3, 1, 2] }) };
          x = g.qlinearConv(x, [8, 3, 3, 3], { scale: 0.023, zero: low }, { auto_pad: "SAME_UPPER", strides: [2, 2] });
          x = g.qlinearConv(x, [8, 1, 5, 5], { scale: 0.023, zero: low }, { auto_pad: "SAME_UPPER", group: 8 });
          x = g.qlinear("QLinearAveragePool", [x], 0.02, low, { kernel_shape: [5, 5], strides: [1, 1] });
          const flat = g.node("Squeeze", [g.dequantise(x), g.constant([2], [2, 3], 7)]);
          x = product(g, g.quantise(flat, 0.02, low, kind), [8, 6], 0.05, zero);
          g.output(g.node("Softmax", [g.dequantise(x)], { axis: 1 }));
        }),
        model(`pairs to the very end, ${kind}`, true, (g) => {
          let x = g.pair(g.input("x", ["N", 3, 8, 8]), 0.02, zero, kind);
          x = g.pair(g.conv(x, 0.02, [8, 3, 3, 3], half), 0.05, low, kind);
          x = g.pair(
            g.node("AveragePool", [x], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }),
            0.05,
            low,
            kind,
          );
          x = g.pair(g.node("Flatten", [x]), 0.05, low, kind);
          const w = g.weights([6, 32], 0.01);
          x = g.pair(g.node("Gemm", [x, w.name, g.bias(w.scales, 0.05)], { transB: 1 }), 0.1, zero, kind);
          g.output(g.pair(g.node("Softmax", [x], { axis: 1 }), 1 / 256, low, kind));
        }),
        model(`pairs, real biases, ${kind}`, true, (g) => {
          // Training in PyTorch: weights quantised in the graph, biases left as they were.
          const layer = (x: string, dims: number[], attributes: Attributes = {}) =>
            g.node("Conv", [x, g.weights(dims, 0.01).name, g.reals([dims[0]!], -0.3, 0.3)], attributes);
          let x = g.pair(g.input("x", ["N", 3, 8, 8]), 0.02, zero, kind);
          x = g.pair(relu(g, layer(x, [8, 3, 3, 3], same)), 0.03, low, kind);
          x = g.pair(layer(x, [8, 1, 3, 3], { ...same, group: 8 }), 0.04, zero, kind);
          x = g.pair(g.node("Flatten", [g.node("GlobalAveragePool", [x])]), 0.03, zero, kind);
          g.output(
            g.pair(g.node("Gemm", [x, g.weights([5, 8], 0.01).name, g.reals([5])], { transB: 1 }), 0.02, zero, kind),
          );
        }),
        model(`pairs, normalisations in between, ${kind}`, true, (g) => {
          const norm = (x: string, channels: number) =>
            g.node("BatchNormalization", [
              x,
              g.reals([channels], -1.5, 1.5),
              g.reals([channels]),
              g.reals([channels]),
              g.reals([channels], 0.5, 1.5),
            ]);
          let x = g.pair(g.input("x", ["N", 3, 8, 8]), 0.02, zero, kind);
          x = g.pair(relu(g, norm(g.conv(x, 0.02, [8, 3, 3, 3], same, false), 8)), 0.03, low, kind);
          g.output(g.pair(norm(g.conv(x, 0.03, [6, 8, 3, 3], half, false), 6), 0.05, zero, kind));
        }),
        model(`pairs around sums and bounds, ${kind}`, true, (g) => {
          const start = g.quantise(g.input("x", [1, 24]), 0.02, zero, kind);
          // One integer tensor, read through a pair of its own by each.
          const first = g.weights([24, 16], 0.01, 1);
          const second = g.weights([24, 16], 0.01, 1);
          let x = g.node("Add", [g.node("MatMul", [g.dequantise(start), first.name]), g.reals([16])]);
          x = g.pair(relu(g, x), 0.03, low, kind);
          const y = g.pair(g.node("MatMul", [g.dequantise(start), second.name]), 0.03, zero, kind);
          const constant = g.node("DequantizeLinear", [
            g.integers([16], -100, 100, 3),
            g.scale(0.01),
            g.zero(5, "int8"),
          ]);
          const z = g.pair(g.node("Add", [constant, y]), 0.03, zero, kind);
          const less = g.pair(g.node("Sub", [z, g.constant([], [0.2])]), 0.03, zero, kind);
          const bounded = g.pair(g.node("Max", [less, g.constant([], [-0.5])]), 0.03, zero, kind);
          const all = g.pair(g.node("Concat", [x, bounded], { axis: 1 }), 0.03, zero, kind);
          const last = g.weights([32, 4], 0.01, 1);
          const q = g.quantise(g.node("MatMul", [all, last.name]), 0.05, zero, kind);
          g.output(q.name);
        }),
        model(`a small network's tail, pairs, ${kind}`, true, (g) => {
          let x = g.pair(g.input("input_1", [1, 1, 14, 8]), 0.03, zero, kind);
          x = g.pair(
            relu(g, g.conv(x, 0.03, [8, 1, 10, 4], { kernel_shape: [10, 4], pads: [4, 1, 5, 1], strides: [2, 2] })),
            0.04,
            low,
            kind,
          );
          x = g.pair(
            relu(g, g.conv(x, 0.04, [8, 1, 3, 3], { ...half, pads: [0, 0, 1, 1], group: 8 })),
            0.04,
            low,
            kind,
          );
          // Nothing above zero: the zero point at the upper end.
          x = g.pair(g.node("Min", [g.conv(x, 0.04, [8, 8, 1, 1]), g.constant([], [0])]), 0.05, low + 255, kind);
          x = g.pair(
            g.node("AveragePool", [x], { auto_pad: "NOTSET", kernel_shape: [3, 2], strides: [3, 2] }),
            0.04,
            low + 255,
            kind,
          );
          x = g.pair(g.node("Transpose", [x], { perm: [0, 2, 3, 1] }), 0.04, low + 255, kind);
          x = g.pair(g.node("Reshape", [x, g.constant([2], [-1, 8], 7)]), 0.04, low + 255, kind);
          const w = g.weights([8, 6], 0.01, 1);
          x = g.pair(
            g.node("Gemm", [x, w.name, g.bias(w.scales, 0.04)], { alpha: { float: 1 }, beta: { float: 1 } }),
            0.04,
            zero,
            kind,
          );
          g.output(g.pair(g.node("Softmax", [x], { axis: 1 }), 1 / 256, low, kind));
        }),
        model(`a small network's tail, integers, ${kind}`, true, (g) => {
          let x = g.quantise(g.input("input_1", [1, 3, 12, 12]), 0.03, zero, kind);
          x = g.qlinearConv(
            x,
            [8, 3, 3, 3],
            { scale: 0.05, zero: low },
            { ...half, pads: [0, 0, 1, 1], dilations: [1, 1] },
          );
          x = g.qlinear("QLinearAveragePool", [x], 0.04, low, { kernel_shape: [6, 6], strides: [6, 6] });
          x = { ...x, name: g.node("Transpose", [x.name], { perm: [0, 2, 3, 1] }) };
          x = { ...x, name: g.node("Reshape", [x.name, g.constant([2], [-1, 8], 7)]) };
          const own = [g.integers([8, 6], -127, 127, 3), g.constant([1], [0.01]), g.constant([1], [0], 3)];
          const bias = g.integers([6], -900, 900, 6);
          const gemm = g.microsoft(
            "QGemm",
            [...g.triple(x), ...own, bias, g.constant([1], [0.05]), g.constant([1], [zero], kind === "uint8" ? 2 : 3)],
            { alpha: { float: 1 } },
          );
          const y = { name: gemm, scale: 0.05, zero, kind };
          g.output(g.dequantise(g.qlinear("QLinearSoftmax", [y], 1 / 256, low, { axis: 1, opset: 13 })));
        }),
        model(`integers in, pairs inside, ${kind}`, true, (g) => {
          const x = g.dequantise({ name: g.input("x", [1, 2, 30], kind === "uint8" ? 2 : 3), scale: 0.02, zero, kind });
          let y = g.pair(
            relu(g, g.conv(x, 0.02, [8, 2, 5], { kernel_shape: [5], strides: [2], pads: [2, 1] })),
            0.04,
            low,
            kind,
          );
          y = g.pair(
            g.conv(y, 0.04, [8, 1, 3], { kernel_shape: [3], dilations: [2], pads: [2, 2], group: 8 }),
            0.05,
            zero,
            kind,
          );
          y = g.pair(g.node("MaxPool", [y], { kernel_shape: [2], strides: [2] }), 0.05, zero, kind);
          y = g.pair(g.node("ReduceMean", [y], { axes: [2], keepdims: 0 }), 0.03, zero, kind);
          const w = g.weights([4, 8], 0.01);
          g.output(g.pair(g.node("Gemm", [y, w.name], { transB: 1 }), 0.04, zero, kind));
        }),
      ];
    }),
    model("dense, pairs", true, (g) => {
      let x = g.pair(g.conv(g.pair(g.input("data_0", [1, 3, 8, 8]), 0.02, 128), 0.02, [8, 3, 3, 3], same), 0.05, 128);
      let channels = 8;
      for (const scale of [0.06, 0.07]) {
        const norm = [0.5, 1.5].flatMap((to) => [g.reals([channels], 0.5, to), g.reals([channels], -0.3, 0.3)]);
        const [factor, shift, spread, mean] = norm as [string, string, string, string];
        let y = g.node("BatchNormalization", [x, factor, shift, mean, spread]);
        y = g.pair(relu(g, y), 0.04, 0);
        y = g.pair(g.conv(y, 0.04, [4, channels, 3, 3], same, false), 0.05, 131);
        x = g.pair(g.node("Concat", [x, y], { axis: 1 }), scale, 129);
        channels += 4;
      }
      // Caffe2 writes the scale of a normalisation as operators of its own.
      const wide = (name: string) => g.node("Unsqueeze", [name, g.constant([2], [1, 2], 7)]);
      let y = g.node("Mul", [x, wide(g.reals([channels], 0.5, 1.5))]);
      y = g.pair(relu(g, g.node("Add", [y, wide(g.reals([channels]))])), 0.06, 0);
      y = g.pair(g.node("AveragePool", [y], { kernel_shape: [2, 2], strides: [2, 2] }), 0.05, 0);
      g.output(g.pair(g.node("GlobalAveragePool", [y]), 0.04, 0));
    }),
  ];
  return zoo.map((one) => (/real biases|normalisations/.test(one.name) ? { ...one, loose: true } : one));
}

/** Every model. */
export function publishedNetworks(): ZooModel[] {
  return [...realPublished(), ...integerPublished()];
}
