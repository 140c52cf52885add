/** ONNX graphs with the activations and constant operands beyond Relu, between integers and on real numbers. */
import { Graph, type ZooModel } from "./onnx-zoo.js";

function model(name: string, integer: boolean, build: (g: Graph) => void, opset = 13): ZooModel {
  const graph = new Graph(name, opset);
  build(graph);
  return { name, bytes: graph.bytes(), integer };
}

const same = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };

/** Every model. */
export function curveModels(): ZooModel[] {
  const zoo: ZooModel[] = [];
  for (const kind of ["uint8", "int8"] as const) {
    const zero = kind === "uint8" ? 128 : 0;
    const between = (g: Graph, x: string, scale: number, at = zero) => g.pair(x, scale, at, kind);
    zoo.push(
      model(`qdq curves ${kind}`, true, (g) => {
        const start = between(g, g.input("x", [1, 4, 6, 6]), 0.02);
        const conv = () => between(g, g.conv(start, 0.02, [6, 4, 3, 3], same), 0.03);
        const leaky = between(g, g.node("LeakyRelu", [conv()], { alpha: { float: 0.1 } }), 0.03, zero - 90);
        const slopes = g.constant([6, 1, 1], [0.25, -0.1, 0.01, 0.5, 1.5, 0]);
        const several = between(g, g.node("PRelu", [conv(), slopes]), 0.03, zero - 40);
        const bent = between(g, g.node("Tanh", [conv()]), 1 / 128);
        const elu = between(g, g.node("Elu", [conv()], { alpha: { float: 0.7 } }), 0.02, zero - 80);
        const soft = between(g, g.node("Softplus", [conv()]), 0.02, zero - 128);
        const joined = g.node("Concat", [leaky, several, bent, elu, soft], { axis: 1 });
        g.output(between(g, g.conv(between(g, joined, 0.03, zero - 60), 0.03, [5, 30, 1, 1]), 0.1));
      }),
      model(`qdq constants ${kind}`, true, (g) => {
        const start = between(g, g.input("x", [1, 4, 6, 6]), 0.02);
        const a = between(g, g.conv(start, 0.02, [6, 4, 3, 3], same), 0.03);
        const b = between(g, g.conv(start, 0.02, [6, 4, 1, 1], {}), 0.04, zero + 4);
        const sum = between(g, g.node("Add", [a, b]), 0.05);
        // A normalisation behind a sum, which no convolution takes over.
        const norm = [g.reals([6], 0.5, 1.5), g.reals([6]), g.reals([6]), g.reals([6], 0.5, 1.5)];
        const normal = between(g, g.node("Relu", [g.node("BatchNormalization", [sum, ...norm])]), 0.04, zero - 128);
        const scaled = between(g, g.node("Mul", [normal, g.constant([], [0.5])]), 0.02, zero - 128);
        const quantised = g.node("DequantizeLinear", [
          g.integers([1, 6, 1, 1], -20, 100, 3),
          g.scale(0.01),
          g.zero(3, "int8"),
        ]);
        const clipped = g.node("Clip", [scaled, g.constant([], [0.1]), g.constant([], [2.5])]);
        const moved = between(g, g.node("Add", [between(g, clipped, 0.02, zero - 128), quantised]), 0.03, zero - 50);
        g.output(moved);
      }),
      model(`qlinear curves ${kind}`, true, (g) => {
        const x = g.quantise(g.input("x", [1, 4, 6, 6]), 0.02, zero, kind);
        const y = g.qlinearConv(x, [8, 4, 3, 3], { scale: 0.04, zero }, same);
        const leaky = g.qlinear("QLinearLeakyRelu", [y], 0.035, zero - 70, { alpha: { float: 0.3 } });
        const gate = g.qlinear("QLinearSigmoid", [y], 1 / 256, zero - 128);
        g.output(g.dequantise(g.qlinear("QLinearMul", [leaky, gate], 0.03, zero - 100)));
      }),
    );
  }
  zoo.push(
    model("real curves", false, (g) => {
      let x = g.input("x", [1, 4, 6, 6]);
      const conv = (channels = 6, to = 6) =>
        g.node("Conv", [x, g.reals([to, channels, 3, 3], -0.3, 0.3), g.reals([to])], same);
      x = conv(4);
      x = g.node("LeakyRelu", [x], { alpha: { float: 0.2 } });
      x = conv();
      x = g.node("PRelu", [x, g.reals([6, 1, 1], 0, 0.5)]);
      x = conv();
      x = g.node("Tanh", [x]);
      x = conv();
      x = g.node("Elu", [x]);
      x = conv();
      x = g.microsoft("Gelu", [x]);
      x = conv();
      x = g.node("Softplus", [x]);
      x = conv();
      x = g.node("Selu", [x]);
      x = g.node("HardSigmoid", [g.node("GlobalAveragePool", [conv()])]);
      g.output(g.node("LeakyRelu", [g.node("Concat", [x, x], { axis: 1 })]));
    }),
  );
  return zoo;
}
