/**
 * What exporters write around the same layers: squeeze-and-excite networks, weights quantised in the graph, old attribute forms, layouts turned
 * at the ends, paddings left to the operator, operator sets from 9 to 21.
 */
import { Graph, type ZooModel } from "./onnx-zoo.js";

const same = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };

function model(name: string, integer: boolean, build: (g: Graph) => void, opset = 13): ZooModel {
  const graph = new Graph(name, opset);
  build(graph);
  return { name, bytes: graph.bytes(), integer };
}

type Attributes = Parameters<Graph["node"]>[2];

/** A real convolution with weights that keep the spread of its input. */
function conv(g: Graph, x: string, dims: number[], attributes: Attributes = {}): string {
  const reach = Math.sqrt(3 / dims.slice(1).reduce((a, b) => a * b, 1));
  return g.node("Conv", [x, g.reals(dims, -reach, reach), g.reals([dims[0]!], -0.1, 0.1)], {
    kernel_shape: dims.slice(2),
    ...attributes,
  });
}

function norm(g: Graph, x: string, channels: number): string {
  const [scale, shift] = [g.reals([channels], 0.7, 1.3), g.reals([channels], -0.2, 0.2)];
  const [mean, spread] = [g.reals([channels], -0.2, 0.2), g.reals([channels], 0.5, 1.5)];
  return g.node("BatchNormalization", [x, scale, shift, mean, spread], { epsilon: { float: 0.001 } });
}

/** An inverted residual block with squeeze and excitation. */
function block(
  g: Graph,
  x: string,
  [from, inside, to]: [number, number, number],
  stride: number,
  kernel: number,
  curve: (x: string) => string,
  gate: (x: string) => string,
): string {
  const pad = (kernel - 1) / 2;
  let y = curve(norm(g, conv(g, x, [inside, from, 1, 1]), inside));
  const window = { strides: [stride, stride], pads: [pad, pad, pad, pad], group: inside };
  y = curve(norm(g, conv(g, y, [inside, 1, kernel, kernel], window), inside));
  let s = g.node("GlobalAveragePool", [y]);
  s = g.node("Relu", [conv(g, s, [4, inside, 1, 1])]);
  y = g.node("Mul", [y, gate(conv(g, s, [inside, 4, 1, 1]))]);
  y = norm(g, conv(g, y, [to, inside, 1, 1]), to);
  return from === to && stride === 1 ? g.node("Add", [y, x]) : y;
}

const sigmoid = (g: Graph) => (x: string) => g.node("Sigmoid", [x]);
const swish = (g: Graph) => (x: string) => g.node("Mul", [x, g.node("Sigmoid", [x])]);

/** Networks of real numbers. */
function realExports(): ZooModel[] {
  return [
    model("efficientnet", false, (g) => {
      let x = swish(g)(
        norm(g, conv(g, g.input("input", ["batch", 3, 16, 16]), [8, 3, 3, 3], { ...same, strides: [2, 2] }), 8),
      );
      x = block(g, x, [8, 16, 8], 1, 3, swish(g), sigmoid(g));
      x = block(g, x, [8, 24, 12], 2, 5, swish(g), sigmoid(g));
      x = swish(g)(norm(g, conv(g, x, [24, 12, 1, 1]), 24));
      x = g.node("Flatten", [g.node("GlobalAveragePool", [x])], { axis: 1 });
      x = g.node("Gemm", [x, g.reals([24, 10], -0.3, 0.3), g.reals([10])]);
      g.output(g.node("Softmax", [x], { axis: 1 }));
    }),
    model(
      "mobilenet v3",
      false,
      (g) => {
        const hard = (x: string) => g.node("HardSwish", [x]);
        const gate = (x: string) => g.node("HardSigmoid", [x], { alpha: { float: 1 / 6 } });
        let x = hard(norm(g, conv(g, g.input("x", ["N", 3, 16, 16]), [8, 3, 3, 3], { ...same, strides: [2, 2] }), 8));
        x = block(g, x, [8, 16, 8], 1, 3, hard, gate);
        x = block(g, x, [8, 24, 12], 2, 5, hard, gate);
        x = hard(conv(g, g.node("GlobalAveragePool", [hard(conv(g, x, [24, 12, 1, 1]))]), [16, 24, 1, 1]));
        x = g.node("Reshape", [x, g.constant([2], [-1, 16], 7)]);
        g.output(g.node("ArgMax", [g.node("Gemm", [x, g.reals([5, 16], -0.4, 0.4)], { transB: 1 })], { axis: 1 }));
      },
      14,
    ),
    model(
      "hard swish written out",
      false,
      (g) => {
        const hard = (x: string) => {
          const six = g.node("Clip", [
            g.node("Add", [x, g.constant([], [3])]),
            g.constant([], [0]),
            g.constant([], [6]),
          ]);
          return g.node("Mul", [x, g.node("Div", [six, g.constant([], [6])])]);
        };
        const x = hard(norm(g, conv(g, g.input("x", [1, 3, 9, 9]), [8, 3, 3, 3], same), 8));
        g.output(hard(conv(g, x, [6, 8, 3, 3], { ...same, strides: [2, 2] })));
      },
      11,
    ),
    model("resnext, dilated", false, (g) => {
      const x = g.node("Relu", [norm(g, conv(g, g.input("x", [1, 3, 11, 9]), [16, 3, 3, 3], same), 16)]);
      let y = g.node("Relu", [conv(g, x, [16, 4, 3, 3], { ...same, group: 4 })]);
      y = g.node("Relu", [conv(g, y, [16, 8, 3, 3], { group: 2, dilations: [2, 2], pads: [2, 2, 2, 2] })]);
      const z = g.node("Relu", [g.node("Add", [norm(g, y, 16), x])]);
      // A normalisation behind a concatenation belongs to no convolution.
      const joined = g.node("Relu", [norm(g, g.node("Concat", [z, conv(g, x, [4, 16, 1, 1])], { axis: 1 }), 20)]);
      const flat = g.node("Flatten", [g.node("MaxPool", [joined], { kernel_shape: [4, 4], strides: [4, 4] })]);
      g.output(g.node("Gemm", [flat, g.reals([80, 6], -0.2, 0.2), g.reals([6])], { transB: 0 }));
    }),
    model("paddings by the operator", false, (g) => {
      const x = g.input("x", [1, 4, 13, 10]);
      const upper = conv(g, x, [8, 4, 3, 3], { auto_pad: "SAME_UPPER", strides: [2, 2] });
      const lower = conv(g, x, [8, 4, 4, 4], { auto_pad: "SAME_LOWER", strides: [2, 2] });
      const y = g.node("Relu", [g.node("Add", [upper, lower])]);
      const most = g.node("MaxPool", [y], { kernel_shape: [3, 3], strides: [2, 2], auto_pad: "SAME_UPPER" });
      const mean = g.node("AveragePool", [y], { kernel_shape: [2, 2], strides: [2, 2], auto_pad: "SAME_LOWER" });
      const both = g.node("Concat", [most, mean], { axis: 1 });
      const uneven = conv(g, both, [6, 16, 2, 3], { pads: [1, 0, 0, 2] });
      g.output(g.node("AveragePool", [uneven], { ...same, strides: [1, 1], count_include_pad: 1 }));
      g.output(conv(g, y, [4, 8, 7, 5], { auto_pad: "VALID" }));
    }),
    model("pools with partial windows", false, (g) => {
      const x = g.node("Relu", [conv(g, g.input("x", [1, 3, 12, 11]), [8, 3, 3, 3], same)]);
      const most = g.node("MaxPool", [x], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 });
      const wide = g.node("MaxPool", [x], {
        kernel_shape: [2, 2],
        strides: [2, 2],
        pads: [1, 1, 1, 1],
      });
      const mean = g.node("AveragePool", [x], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 0, 0] });
      g.output(conv(g, most, [4, 8, 1, 1]), conv(g, wide, [4, 8, 1, 1]), conv(g, mean, [4, 8, 1, 1]));
    }),
    model(
      "layout turned at the ends",
      false,
      (g) => {
        // Converters from TensorFlow keep its layout outside and add the bias by itself.
        let x = g.node("Transpose", [g.input("image", ["unk__1", 8, 8, 3])], { perm: [0, 3, 1, 2] });
        for (const [from, to] of [
          [3, 8],
          [8, 12],
        ] as const) {
          x = g.node("Conv", [x, g.reals([to, from, 3, 3], -0.3, 0.3)], { auto_pad: "SAME_UPPER", strides: [2, 2] });
          x = g.node("Relu", [g.node("Add", [x, g.reals([1, to, 1, 1])])]);
        }
        x = g.node("Transpose", [x], { perm: [0, 2, 3, 1] });
        x = g.node("Reshape", [x, g.constant([2], [-1, 48], 7)]);
        x = g.node("Add", [g.node("MatMul", [x, g.reals([48, 7], -0.3, 0.3)]), g.reals([7])]);
        g.output(g.node("Softmax", [x]));
      },
      15,
    ),
    model(
      "old attributes",
      false,
      (g) => {
        let x = g.node("Pad", [g.input("data", [1, 3, 9, 9])], { pads: [0, 0, 0, 0, 0, 0, 1, 1], mode: "constant" });
        x = g.node("Clip", [conv(g, x, [8, 3, 3, 3], { strides: [2, 2] })], { min: { float: 0 }, max: { float: 6 } });
        x = g.node("Dropout", [g.node("BatchNormalization", [x, ...norms(g, 8)], { momentum: { float: 0.9 } })], {
          ratio: { float: 0.4 },
        });
        x = g.node("AveragePool", [x], { kernel_shape: [4, 4] });
        x = g.node("Squeeze", [x], { axes: [2, 3] });
        x = g.node("Unsqueeze", [x], { axes: [2, 3] });
        x = g.node("Flatten", [x]);
        g.output(g.node("Softmax", [g.node("Gemm", [x, g.reals([5, 8]), g.reals([5])], { transB: 1 })]));
      },
      9,
    ),
    ...[9, 11, 17, 19, 21].map((opset) =>
      model(
        `operator set ${opset}`,
        false,
        (g) => {
          let x = g.node("Relu", [norm(g, conv(g, g.input("x", ["N", 3, 8, 8]), [8, 3, 3, 3], same), 8)]);
          x = g.node("Add", [conv(g, x, [8, 1, 3, 3], { ...same, group: 8 }), x]);
          x = g.node("MaxPool", [x], { kernel_shape: [2, 2], strides: [2, 2] });
          x = g.node("Flatten", [g.node("GlobalAveragePool", [x])]);
          g.output(g.node("Gemm", [x, g.reals([4, 8]), g.reals([4])], { transB: 1 }));
        },
        opset,
      ),
    ),
  ];
}

const norms = (g: Graph, channels: number) => [
  g.reals([channels], 0.7, 1.3),
  g.reals([channels], -0.2, 0.2),
  g.reals([channels], -0.2, 0.2),
  g.reals([channels], 0.5, 1.5),
];

/** Networks of integers. */
function integerExports(): ZooModel[] {
  return [
    model("qdq, weights quantised in the graph", true, (g) => {
      // Training-time quantisers leave real weights with a QuantizeLinear of their own, and no integer bias.
      const layer = (x: string, dims: number[], out: number, attributes: Attributes = {}) => {
        const count = dims.reduce((a, b) => a * b, 1);
        const scales = g.constant([dims[0]!], g.numbers(dims[0]!, 0.006, 0.012).map(Math.fround));
        const zeros = g.constant([dims[0]!], new Array<number>(dims[0]!).fill(0), 3);
        const axis = { axis: 0 };
        const integers = g.node("QuantizeLinear", [g.constant(dims, g.numbers(count, -1, 1)), scales, zeros], axis);
        const w = g.node("DequantizeLinear", [integers, scales, zeros], axis);
        return g.pair(g.node("Relu", [g.node("Conv", [x, w], attributes)]), out, -128, "int8");
      };
      let x = g.pair(g.input("x", ["N", 3, 9, 9]), 0.02, 0, "int8");
      x = layer(x, [8, 3, 3, 3], 0.03, same);
      x = layer(x, [8, 1, 3, 3], 0.03, { ...same, group: 8, strides: [2, 2] });
      g.output(layer(x, [6, 8, 1, 1], 0.04));
    }),
    model("qdq, zero points left out", true, (g) => {
      // An absent zero point is 0 of uint8.
      const pair = (x: string, scale: number) =>
        g.node("DequantizeLinear", [g.node("QuantizeLinear", [x, g.scale(scale)]), g.scale(scale)]);
      let x = pair(g.input("x", [1, 3, 8, 8]), 0.01);
      x = pair(g.node("Relu", [g.conv(x, 0.01, [8, 3, 3, 3], same)]), 0.03);
      x = pair(g.node("MaxPool", [x], { kernel_shape: [2, 2], strides: [2, 2] }), 0.03);
      g.output(pair(g.node("Relu", [g.conv(x, 0.03, [4, 8, 3, 3])]), 0.05));
    }),
    ...(["uint8", "int8"] as const).map((kind) =>
      model(
        `qdq mobilenet v3 ${kind}`,
        true,
        (g) => {
          const [zero, low] = kind === "uint8" ? [128, 0] : [0, -128];
          let x = g.pair(g.input("x", ["N", 3, 12, 12]), 0.02, zero, kind);
          x = g.pair(
            g.node("HardSwish", [
              g.pair(g.conv(x, 0.02, [8, 3, 3, 3], { ...same, strides: [2, 2] }), 0.04, zero, kind),
            ]),
            0.03,
            low + 13,
            kind,
          );
          const start = x;
          let y = g.pair(g.node("Relu", [g.conv(x, 0.03, [16, 8, 1, 1])]), 0.03, low, kind);
          y = g.pair(
            g.node("Relu", [g.conv(y, 0.03, [16, 1, 5, 5], { pads: [2, 2, 2, 2], group: 16 })]),
            0.03,
            low,
            kind,
          );
          let s = g.pair(g.node("GlobalAveragePool", [y]), 0.02, low, kind);
          s = g.pair(g.node("Relu", [g.conv(s, 0.02, [4, 16, 1, 1])]), 0.02, low, kind);
          s = g.pair(g.conv(s, 0.02, [16, 4, 1, 1]), 0.03, zero, kind);
          s = g.pair(g.node("HardSigmoid", [s], { alpha: { float: 1 / 6 } }), 1 / 255, low, kind);
          y = g.pair(g.node("Mul", [y, s]), 0.02, low, kind);
          y = g.pair(g.conv(y, 0.02, [8, 16, 1, 1]), 0.03, zero + 4, kind);
          x = g.pair(g.node("Add", [y, start]), 0.05, zero - 9, kind);
          x = g.pair(g.node("ReduceMean", [x], { axes: [2, 3], keepdims: 0 }), 0.03, zero, kind);
          const w = g.weights([5, 8], 0.01);
          g.output(
            g.node("ArgMax", [
              g.pair(g.node("Gemm", [x, w.name, g.bias(w.scales, 0.03)], { transB: 1 }), 0.06, zero, kind),
            ]),
          );
        },
        14,
      ),
    ),
    model("qlinear, uint8 values and int8 weights", true, (g) => {
      let x = g.quantise(g.input("x", [1, 3, 10, 10]), 0.02, 111, "uint8");
      x = g.qlinearConv(x, [8, 3, 3, 3], { scale: 0.05, zero: 0 }, { ...same, strides: [2, 2] });
      const side = x;
      x = g.qlinearConv(x, [8, 2, 3, 3], { scale: 0.06, zero: 0 }, { ...same, group: 4 });
      x = g.qlinearConv(x, [8, 8, 3, 3], { scale: 0.08, zero: 101 }, { dilations: [2, 2], pads: [2, 2, 2, 2] }, false);
      x = g.qlinear("QLinearAdd", [x, side], 0.09, 70);
      x = g.qlinear("QLinearGlobalAveragePool", [x], 0.04, 90, { channels_last: 0 });
      g.output(g.dequantise(g.qlinearConv(x, [10, 8, 1, 1], { scale: 0.03, zero: 128 })));
    }),
  ];
}

/** Every model. */
export function exportedNetworks(): ZooModel[] {
  return [...realExports(), ...integerExports()];
}
