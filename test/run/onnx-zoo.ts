/** Small ONNX graphs of every form exporters and quantisers leave behind, with seeded numbers. */
import { type RandomStream, randomStream } from "../../src/base/index.js";
import { type AttributeValue, type GraphSpec, type NodeSpec, writeOnnx } from "../workload/onnx-writer.js";

type Kind = "int8" | "uint8";

/** Scale and zero point of a value that was quantised. */
export interface Quantised {
  name: string;
  scale: number;
  zero: number;
  kind: Kind;
}

const elementTypes = { int8: 3, uint8: 2 };

/** Collects nodes and seeded constants; methods return the name of what they make. */
export class Graph {
  private readonly spec: GraphSpec;
  private readonly random: RandomStream;
  private count = 0;

  constructor(
    readonly name: string,
    opset = 13,
  ) {
    this.spec = { inputs: [], outputs: [], nodes: [], constants: [], opset };
    this.random = randomStream(7, name);
  }

  input(name: string, dims: (number | string)[], type = 1): string {
    this.spec.inputs.push({ name, dims, type });
    return name;
  }

  node(
    op: string,
    inputs: string[],
    attributes: Record<string, AttributeValue> = {},
    more: Partial<NodeSpec> = {},
  ): string {
    const name = `${op.toLowerCase()}_${this.count++}`;
    this.spec.nodes.push({ op, name: `${name}_node`, inputs, outputs: [name], attributes, ...more });
    return name;
  }

  microsoft(op: string, inputs: string[], attributes: Record<string, AttributeValue> = {}): string {
    return this.node(op, inputs, attributes, { domain: "com.microsoft" });
  }

  constant(dims: number[], data: number[], type = 1): string {
    const name = `constant_${this.count++}`;
    this.spec.constants!.push({ name, dims, data, type });
    return name;
  }

  /** Seeded numbers, evenly between two bounds. */
  numbers(count: number, low = -1, high = 1): number[] {
    return Array.from({ length: count }, () => low + (high - low) * this.random());
  }

  reals(dims: number[], low = -1, high = 1): string {
    return this.constant(
      dims,
      this.numbers(
        dims.reduce((a, b) => a * b, 1),
        low,
        high,
      ),
    );
  }

  integers(dims: number[], low: number, high: number, type: number): string {
    const count = dims.reduce((a, b) => a * b, 1);
    return this.constant(
      dims,
      this.numbers(count, low, high).map((value) => Math.round(value)),
      type,
    );
  }

  /** Also a graph input, as old exporters list their initialisers. */
  listed(name: string): string {
    const { dims, type = 1 } = this.spec.constants!.find((one) => one.name === name)!;
    this.spec.inputs.push({ name, dims, type });
    return name;
  }

  output(...names: string[]): void {
    this.spec.outputs.push(...names);
  }

  bytes(): Uint8Array {
    return writeOnnx(this.spec);
  }

  // Quantised forms.

  scale(value: number): string {
    return this.constant([], [value]);
  }

  zero(value: number, kind: Kind): string {
    return this.constant([], [value], elementTypes[kind]);
  }

  /** QuantizeLinear with these parameters. */
  quantise(x: string, scale: number, zero: number, kind: Kind = "uint8"): Quantised {
    return { name: this.node("QuantizeLinear", [x, this.scale(scale), this.zero(zero, kind)]), scale, zero, kind };
  }

  dequantise({ name, scale, zero, kind }: Quantised): string {
    return this.node("DequantizeLinear", [name, this.scale(scale), this.zero(zero, kind)]);
  }

  /** QuantizeLinear and DequantizeLinear. */
  pair(x: string, scale: number, zero: number, kind: Kind = "uint8"): string {
    return this.dequantise(this.quantise(x, scale, zero, kind));
  }

  /** int8 weights behind a DequantizeLinear, one scale an output channel; the scales are handed back for the bias. */
  weights(dims: number[], scale: number, axis = 0): { name: string; scales: number[] } {
    const scales = this.numbers(dims[axis]!, 0.6 * scale, 1.4 * scale).map(Math.fround);
    const data = this.integers(dims, -127, 127, 3);
    const zeros = this.constant(
      [scales.length],
      scales.map(() => 0),
      3,
    );
    const name = this.node("DequantizeLinear", [data, this.constant([scales.length], scales), zeros], { axis });
    return { name, scales };
  }

  /** An int32 bias behind a DequantizeLinear. */
  bias(scales: number[], input: number, reach = 2000): string {
    const own = scales.map((scale) => Math.fround(Math.fround(scale) * Math.fround(input)));
    const zeros = this.constant(
      [own.length],
      own.map(() => 0),
      6,
    );
    const data = this.integers([own.length], -reach, reach, 6);
    return this.node("DequantizeLinear", [data, this.constant([own.length], own), zeros], { axis: 0 });
  }

  /** A convolution between quantised values, in QDQ form. */
  conv(x: string, input: number, dims: number[], attributes: Record<string, AttributeValue> = {}, bias = true): string {
    const weights = this.weights(dims, 0.01);
    const more = bias ? [this.bias(weights.scales, input)] : [];
    return this.node("Conv", [x, weights.name, ...more], attributes);
  }

  /** The eight or nine inputs of a QLinearConv. */
  qlinearConv(
    x: Quantised,
    dims: number[],
    out: { scale: number; zero: number },
    attributes: Record<string, AttributeValue> = {},
    perChannel = true,
    bias = true,
  ): Quantised {
    const count = perChannel ? dims[0]! : 1;
    const scales = this.numbers(count, 0.006, 0.014).map(Math.fround);
    const shape = perChannel ? [count] : [];
    const weights = [
      this.integers(dims, -127, 127, 3),
      this.constant(shape, scales),
      this.constant(
        shape,
        scales.map(() => 0),
        3,
      ),
    ];
    const own = { ...out, kind: x.kind };
    const inputs = [...this.triple(x), ...weights, this.scale(out.scale), this.zero(out.zero, x.kind)];
    if (bias) inputs.push(this.integers([dims[0]!], -2000, 2000, 6));
    return { ...own, name: this.node("QLinearConv", inputs, attributes) };
  }

  /** A value, its scale and its zero point. */
  triple({ name, scale, zero, kind }: Quantised): string[] {
    return [name, this.scale(scale), this.zero(zero, kind)];
  }

  /** An operator of com.microsoft over quantised values: inputs in threes, then the output's scale and zero point. */
  qlinear(
    op: string,
    inputs: Quantised[],
    scale: number,
    zero: number,
    attributes: Record<string, AttributeValue> = {},
  ): Quantised {
    const { kind } = inputs[0]!;
    const list = inputs.flatMap((one) => this.triple(one));
    const own = [this.scale(scale), this.zero(zero, kind)];
    return { scale, zero, kind, name: this.microsoft(op, [...list, ...own], attributes) };
  }
}

/** A model, what it is, and whether its integers are its own. */
export interface ZooModel {
  name: string;
  bytes: Uint8Array;
  integer: boolean;
  /** Set where a runtime computes part of it in real numbers, so that its integers may be rounded otherwise. */
  loose?: boolean;
}

function model(name: string, integer: boolean, build: (graph: Graph) => void, opset?: number): ZooModel {
  const graph = new Graph(name, opset);
  build(graph);
  return { name, bytes: graph.bytes(), integer };
}

const same = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };

/** Graphs between QuantizeLinear and DequantizeLinear. */
function qdqModels(): ZooModel[] {
  const zoo: ZooModel[] = [];
  for (const kind of ["uint8", "int8"] as const) {
    const zero = kind === "uint8" ? 128 : 0;
    const low = kind === "uint8" ? 0 : -128;
    zoo.push(
      model(`qdq residual ${kind}`, true, (g) => {
        let x = g.pair(g.input("x", ["N", 3, 8, 8]), 0.02, zero - 3, kind);
        x = g.pair(g.node("Relu", [g.conv(x, 0.02, [8, 3, 3, 3], same)]), 0.03, low, kind);
        const side = x;
        x = g.pair(g.node("Relu", [g.conv(x, 0.03, [8, 8, 3, 3], same)]), 0.05, low, kind);
        x = g.pair(g.conv(x, 0.05, [8, 8, 3, 3], same, false), 0.08, zero + 5, kind);
        x = g.pair(g.node("Relu", [g.node("Add", [x, side])]), 0.06, low, kind);
        x = g.pair(g.node("GlobalAveragePool", [x]), 0.05, low, kind);
        x = g.pair(g.node("Flatten", [x]), 0.05, low, kind);
        const w = g.weights([10, 8], 0.01);
        x = g.node("Gemm", [x, w.name, g.bias(w.scales, 0.05)], { transB: 1 });
        g.output(g.node("Softmax", [g.pair(x, 0.04, zero + 2, kind)], { axis: 1 }));
      }),
      model(`qdq windows ${kind}`, true, (g) => {
        let x = g.pair(g.input("x", [1, 4, 9, 7]), 0.02, zero, kind);
        x = g.pair(
          g.node("Relu", [g.conv(x, 0.02, [8, 4, 3, 3], { pads: [0, 1, 2, 1], strides: [2, 1] })]),
          0.03,
          low,
          kind,
        );
        const depthwise = g.pair(
          g.node("Clip", [
            g.conv(x, 0.03, [8, 1, 3, 3], { group: 8, auto_pad: "SAME_UPPER" }),
            g.constant([], [0]),
            g.constant([], [6]),
          ]),
          0.02353,
          low,
          kind,
        );
        const grouped = g.pair(
          g.conv(x, 0.03, [6, 4, 2, 2], { group: 2, dilations: [2, 2], pads: [1, 1, 1, 1] }),
          0.04,
          zero + 9,
          kind,
        );
        const pooled = g.pair(
          g.node("AveragePool", [depthwise], { ...same, strides: [1, 1], count_include_pad: 1 }),
          0.02,
          low + 3,
          kind,
        );
        const plain = g.pair(
          g.node("AveragePool", [depthwise], { kernel_shape: [2, 2], strides: [1, 1] }),
          0.021,
          low,
          kind,
        );
        const most = g.pair(
          g.node(
            "MaxPool",
            [g.pair(g.conv(plain, 0.021, [4, 8, 2, 2], { pads: [1, 1, 0, 0] }), 0.04, zero + 9, kind)],
            {
              kernel_shape: [2, 2],
              strides: [1, 1],
              pads: [0, 0, 1, 1],
            },
          ),
          0.04,
          zero + 9,
          kind,
        );
        const joined = g.pair(
          g.node("Concat", [g.pair(g.conv(pooled, 0.02, [4, 8, 1, 1]), 0.05, zero - 7, kind), grouped], { axis: 1 }),
          0.06,
          zero,
          kind,
        );
        g.output(joined, most);
      }),
      model(
        `qdq squeeze and excite ${kind}`,
        true,
        (g) => {
          let x = g.pair(g.input("x", [1, 4, 6, 6]), 0.02, zero, kind);
          x = g.pair(g.conv(x, 0.02, [8, 4, 3, 3], same), 0.05, zero, kind);
          const swish = g.pair(g.node("HardSwish", [x]), 0.04, low + 10, kind);
          let gate = g.pair(g.node("GlobalAveragePool", [swish]), 0.03, low + 10, kind);
          gate = g.pair(g.node("Relu", [g.conv(gate, 0.03, [4, 8, 1, 1])]), 0.02, low, kind);
          gate = g.pair(g.conv(gate, 0.02, [8, 4, 1, 1]), 0.05, zero, kind);
          gate = g.pair(g.node("Sigmoid", [gate]), 1 / 256, low, kind);
          x = g.pair(g.node("Mul", [swish, gate]), 0.03, low + 12, kind);
          const own = g.pair(g.node("Sigmoid", [x]), 1 / 256, low, kind);
          g.output(g.pair(g.node("Mul", [x, own]), 0.03, low + 8, kind));
        },
        14,
      ),
      model(`qdq products ${kind}`, true, (g) => {
        let x = g.pair(g.input("x", ["batch", 24]), 0.02, zero + 1, kind);
        const first = g.weights([24, 16], 0.01, 1);
        x = g.pair(g.node("Relu", [g.pair(g.node("MatMul", [x, first.name]), 0.03, zero, kind)]), 0.02, low, kind);
        const second = g.weights([16, 12], 0.01, 1);
        x = g.pair(g.node("Gemm", [x, second.name, g.bias(second.scales, 0.02)]), 0.03, zero, kind);
        g.output(g.node("Reshape", [x, g.constant([2], [0, -1], 7)]));
      }),
    );
  }
  return zoo;
}

/** Graphs of the QLinear operators. */
function qlinearModels(): ZooModel[] {
  const zoo: ZooModel[] = [];
  for (const kind of ["uint8", "int8"] as const) {
    const zero = kind === "uint8" ? 120 : -4;
    const low = kind === "uint8" ? 0 : -128;
    const start = (g: Graph, dims: (number | string)[], real: boolean): Quantised => {
      if (real) return g.quantise(g.input("x", dims), 0.02, zero, kind);
      return { name: g.input("x", dims, elementTypes[kind]), scale: 0.02, zero, kind };
    };
    zoo.push(
      model(`qlinear residual ${kind}`, true, (g) => {
        let x = g.qlinearConv(start(g, [1, 3, 8, 8], true), [8, 3, 3, 3], { scale: 0.03, zero: low }, same);
        const side = x;
        x = g.qlinearConv(x, [8, 8, 3, 3], { scale: 0.05, zero: low }, same, false, false);
        x = g.qlinear("QLinearAdd", [x, side], 0.06, low + 3);
        x = g.qlinear("QLinearGlobalAveragePool", [x], 0.05, low);
        const flat = { ...x, name: g.node("Flatten", [x.name]) };
        const scales = g.numbers(10, 0.006, 0.014).map(Math.fround);
        const gemm = g.microsoft(
          "QGemm",
          [
            ...g.triple(flat),
            g.integers([10, 8], -127, 127, 3),
            g.constant([10], scales),
            g.constant(
              [10],
              scales.map(() => 0),
              3,
            ),
            g.integers([10], -2000, 2000, 6),
            g.scale(0.04),
            g.zero(zero, kind),
          ],
          { transB: 1 },
        );
        g.output(g.dequantise({ name: gemm, scale: 0.04, zero, kind }));
      }),
      model(`qlinear mixture ${kind}`, true, (g) => {
        const x = start(g, [1, 4, 6, 6], false);
        const a = g.qlinearConv(x, [8, 1, 3, 3], { scale: 0.03, zero: low + 20 }, { ...same, group: 4 });
        const b = g.qlinearConv(x, [8, 4, 1, 1], { scale: 0.02, zero: low + 90 });
        const product = g.qlinear("QLinearMul", [a, b], 0.02, low + 80);
        const gate = g.qlinear("QLinearSigmoid", [b], 1 / 256, low);
        const gated = g.qlinear("QLinearMul", [a, gate], 0.02, low + 30);
        const mean = g.qlinear("QLinearAveragePool", [product], 0.015, low + 70, {
          kernel_shape: [3, 3],
          pads: [1, 1, 1, 1],
          strides: [1, 1],
        });
        const most = {
          ...mean,
          name: g.node("MaxPool", [mean.name], { kernel_shape: [2, 2], strides: [1, 1], pads: [0, 0, 1, 1] }),
        };
        const joined = g.microsoft(
          "QLinearConcat",
          [g.scale(0.025), g.zero(low + 60, kind), ...[gated, most].flatMap((one) => g.triple(one))],
          { axis: 1 },
        );
        g.output(joined);
      }),
      model(`qlinear product ${kind}`, true, (g) => {
        const x = start(g, ["N", 20], true);
        const weights = [g.integers([20, 6], -127, 127, 3), g.scale(0.01), g.zero(0, "int8")];
        const y = g.node("QLinearMatMul", [...g.triple(x), ...weights, g.scale(0.03), g.zero(zero, kind)]);
        g.output(g.dequantise({ name: y, scale: 0.03, zero, kind }));
      }),
    );
  }
  return zoo;
}

/** Graphs of real numbers. */
function realModels(): ZooModel[] {
  const norm = (g: Graph, x: string, channels: number) =>
    g.node("BatchNormalization", [
      x,
      g.reals([channels], 0.5, 1.5),
      g.reals([channels]),
      g.reals([channels]),
      g.reals([channels], 0.5, 1.5),
    ]);
  return [
    model("real classifier", false, (g) => {
      let x = g.input("x", ["N", 3, 8, 8]);
      x = g.node("Relu", [norm(g, g.node("Conv", [x, g.reals([8, 3, 3, 3])], same), 8)]);
      x = g.node("Clip", [
        norm(g, g.node("Conv", [x, g.reals([8, 1, 3, 3])], { ...same, group: 8 }), 8),
        g.constant([], [0]),
        g.constant([], [6]),
      ]);
      x = norm(g, g.node("MaxPool", [x], { kernel_shape: [2, 2], strides: [2, 2] }), 8);
      x = g.node("Dropout", [g.node("GlobalAveragePool", [x])]);
      const shape = g.node("Shape", [x]);
      const batch = g.node("Gather", [shape, g.constant([], [0], 7)], { axis: 0 });
      const rows = g.node("Unsqueeze", [batch, g.constant([1], [0], 7)]);
      const target = g.node("Concat", [rows, g.constant([1], [-1], 7)], { axis: 0 });
      x = g.node("Reshape", [x, target]);
      x = g.node("Gemm", [x, g.reals([10, 8]), g.reals([10])], {
        transB: 1,
        alpha: { float: 0.5 },
        beta: { float: 2 },
      });
      g.output(g.node("Softmax", [x], { axis: -1 }));
    }),
    model(
      "real products, old operator set",
      false,
      (g) => {
        let x = g.input("x", [1, 4, 5, 5]);
        x = g.node("Flatten", [g.node("Identity", [x])]);
        x = g.node("Relu", [
          g.node("Add", [g.node("MatMul", [x, g.listed(g.reals([100, 16]))]), g.listed(g.reals([16]))]),
        ]);
        x = g.node("Gemm", [x, g.reals([16, 12]), g.reals([12])]);
        g.output(g.node("Sigmoid", [x]));
      },
      11,
    ),
    model(
      "real activations",
      false,
      (g) => {
        let x = g.input("x", [1, 4, 6, 6]);
        const convolve = (from: string) =>
          g.node("Conv", [from, g.reals([4, 4, 3, 3], -0.3, 0.3), g.reals([4])], {
            auto_pad: "SAME_LOWER",
            strides: [1, 1],
          });
        x = g.node("HardSwish", [convolve(x)]);
        x = convolve(x);
        x = g.node("Mul", [x, g.node("Sigmoid", [x])]);
        x = convolve(x);
        x = g.node("Mul", [x, g.node("HardSigmoid", [x], { alpha: { float: 1 / 6 }, beta: { float: 0.5 } })]);
        x = g.node("ReduceMean", [x], { axes: [2, 3], keepdims: 0 });
        g.output(g.node("Gemm", [x, g.reals([4, 5])]));
      },
      14,
    ),
    model(
      "real with axes as inputs",
      false,
      (g) => {
        let x = g.node("Transpose", [g.input("x", [1, 6, 6, 3])], { perm: [0, 3, 1, 2] });
        const size = g.node("Constant", [], { value: { dims: [4, 3, 3, 3], type: 1, data: g.numbers(108) } });
        x = g.node("Relu", [g.node("Conv", [x, size], { dilations: [2, 2], pads: [2, 2, 2, 2], strides: [2, 2] })]);
        x = g.node("ReduceMean", [x, g.constant([2], [2, 3], 7)], { keepdims: 1 });
        x = g.node("Squeeze", [x, g.constant([2], [2, 3], 7)]);
        g.output(g.node("MatMul", [x, g.reals([4, 3])]));
      },
      18,
    ),
    model("real branches", false, (g) => {
      const x = g.input("x", [2, 3, 6, 6]);
      const a = g.node("Conv", [x, g.reals([4, 3, 1, 1]), g.reals([4])]);
      const b = g.node(
        "Conv",
        [g.node("Pad", [x, g.constant([8], [0, 0, 1, 1, 0, 0, 1, 1], 7), g.constant([], [0])]), g.reals([4, 3, 3, 3])],
        { kernel_shape: [3, 3] },
      );
      const sum = g.node("Add", [a, b]);
      const joined = g.node(
        "Concat",
        [sum, g.node("AveragePool", [a], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [1, 1] })],
        { axis: 1 },
      );
      g.output(
        g.node("Conv", [g.node("Mul", [joined, g.reals([1, 8, 1, 1])]), g.reals([2, 8, 2, 2])], { strides: [2, 2] }),
      );
    }),
  ];
}

/** Every model. */
export function zooModels(): ZooModel[] {
  return [...qdqModels(), ...qlinearModels(), ...realModels()];
}
