/** ONNX graphs with unsigned weights and zero points, as onnxruntime's quantize_static leaves them: nine bits less the zero point. */
import { Graph, type Quantised, type ZooModel } from "./onnx-zoo.js";

const same = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };

/** uint8 weights over their whole range, then scale and zero point: one each, or one of the scales a channel. */
function weights(g: Graph, dims: number[], scales: number, zero: number, axis = 0): { names: string[]; own: number[] } {
  const count = scales === 1 ? 1 : dims[axis]!;
  const shape = scales === 1 ? [] : [count];
  const own = g.numbers(count, 0.006, 0.014).map(Math.fround);
  const zeros = own.map(() => zero);
  const names = [g.integers(dims, 0, 255, 2), g.constant(shape, own), g.constant(shape, zeros, 2)];
  return { names, own };
}

function qlinearConv(
  g: Graph,
  x: Quantised,
  dims: number[],
  out: { scale: number; zero: number },
  attributes = {},
  zero = 93,
): Quantised {
  const own = [g.scale(out.scale), g.zero(out.zero, x.kind)];
  const inputs = [...g.triple(x), ...weights(g, dims, 1, zero).names, ...own, g.integers([dims[0]!], -2000, 2000, 6)];
  return { ...x, ...out, name: g.node("QLinearConv", inputs, attributes) };
}

function qdqConv(g: Graph, x: string, input: number, dims: number[], attributes = {}, zero = 141): string {
  const { names, own } = weights(g, dims, 1, zero);
  const scales = Array.from({ length: dims[0]! }, () => own[0]!);
  const weight = g.node("DequantizeLinear", names);
  return g.node("Conv", [x, weight, g.bias(scales, input)], attributes);
}

function model(name: string, build: (g: Graph) => void): ZooModel {
  const graph = new Graph(name);
  build(graph);
  return { name, bytes: graph.bytes(), integer: true };
}

/** Every model. */
export function asymmetricModels(): ZooModel[] {
  return [
    model("qlinear, unsigned weights", (g) => {
      const start = g.quantise(g.input("x", [1, 3, 8, 8]), 0.02, 121);
      let x = qlinearConv(g, start, [8, 3, 3, 3], { scale: 0.05, zero: 0 }, same);
      // Channel by channel, and in two groups: zeros beside the diagonal of a tile are zero points too.
      x = qlinearConv(g, x, [8, 1, 3, 3], { scale: 0.06, zero: 9 }, { ...same, group: 8 }, 160);
      x = qlinearConv(g, x, [6, 4, 3, 3], { scale: 0.07, zero: 120 }, { ...same, group: 2 }, 0);
      x = g.qlinear("QLinearGlobalAveragePool", [x], 0.02, 110);
      const flat = { ...x, name: g.node("Flatten", [x.name]) };
      const own = weights(g, [6, 10], 1, 77);
      const end = [g.scale(0.04), g.zero(130, "uint8")];
      const gemm = g.microsoft("QGemm", [...g.triple(flat), ...own.names, g.integers([10], -2000, 2000, 6), ...end]);
      g.output(g.dequantise({ name: gemm, scale: 0.04, zero: 130, kind: "uint8" }));
    }),
    model("qdq, unsigned weights", (g) => {
      let x = g.pair(g.input("x", ["N", 4, 7, 9]), 0.02, 118);
      x = g.pair(g.node("Relu", [qdqConv(g, x, 0.02, [8, 4, 3, 3], { ...same, strides: [2, 2] })]), 0.06, 0);
      const side = x;
      x = g.pair(qdqConv(g, x, 0.06, [8, 1, 3, 3], { ...same, group: 8 }, 3), 0.07, 100);
      x = g.pair(qdqConv(g, x, 0.07, [8, 8, 1, 1], {}, 255), 0.3, 100);
      x = g.pair(g.node("Relu", [g.node("Add", [x, side])]), 0.2, 0);
      x = g.pair(g.node("GlobalAveragePool", [x]), 0.2, 0);
      x = g.pair(g.node("Flatten", [x]), 0.2, 0);
      const { names, own } = weights(g, [8, 5], 1, 130);
      const scales = Array.from({ length: 5 }, () => own[0]!);
      x = g.node("Gemm", [x, g.node("DequantizeLinear", names), g.bias(scales, 0.2)]);
      g.output(g.pair(x, 0.1, 99));
    }),
    model("signed weights off centre, and long rows", (g) => {
      // More rows than arrays have: the raw sums of several parts are corrected one by one.
      let x = g.pair(g.input("x", ["N", 700]), 0.02, 128);
      const first = g.node("DequantizeLinear", [
        g.integers([700, 24], -128, 127, 3),
        g.scale(0.004),
        g.zero(-37, "int8"),
      ]);
      x = g.pair(g.node("Relu", [g.pair(g.node("MatMul", [x, first]), 0.2, 128)]), 0.1, 0);
      const own = weights(g, [12, 24], 12, 99);
      const second = g.node("DequantizeLinear", own.names, { axis: 0 });
      x = g.node("Gemm", [x, second, g.bias(own.own, 0.1)], { transB: 1 });
      g.output(g.pair(x, 0.3, 128));
    }),
  ];
}
