/** Small tflite files with the operators and habits of the MLPerf Tiny and micro networks, with seeded numbers. */
import { type RandomStream, randomStream } from "../../src/base/index.js";
import { codes, type ModelSpec, type OperatorSpec, type TensorSpec, writeTflite } from "../workload/tflite-writer.js";

type Kind = "int8" | "uint8";

const more = {
  ...codes,
  SHAPE: 77,
  STRIDED_SLICE: 45,
  PACK: 83,
  RELU6: 21,
  HARD_SWISH: 117,
  LEAKY_RELU: 98,
  PRELU: 54,
  TANH: 28,
  ELU: 111,
  GELU: 150,
  BATCH_TO_SPACE_ND: 37,
  SPACE_TO_BATCH_ND: 38,
  SUB: 41,
  DIV: 42,
  SQUEEZE: 43,
  SPLIT: 49,
  MAXIMUM: 55,
  MINIMUM: 57,
  SLICE: 65,
  TRANSPOSE_CONV: 67,
  EXPAND_DIMS: 70,
  SUM: 74,
  REDUCE_MAX: 82,
  RESIZE_NEAREST_NEIGHBOR: 97,
};

/** Collects tensors and operators; methods return tensor indices. */
export class Builder {
  private readonly spec: ModelSpec = { tensors: [], operators: [], inputs: [], outputs: [] };
  private readonly random: RandomStream;

  constructor(
    name: string,
    readonly kind: Kind,
  ) {
    this.random = randomStream(5, name);
  }

  /** Any tensor. */
  tensor(spec: Omit<TensorSpec, "name">): number {
    return this.spec.tensors.push({ name: `t${this.spec.tensors.length}`, ...spec }) - 1;
  }

  numbers(count: number, low: number, high: number): number[] {
    return Array.from({ length: count }, () => Math.round(low + (high - low) * this.random()));
  }

  /** An activation; the zero point is given as for int8. */
  value(dims: number[], scale: number, zero: number, kind = this.kind): number {
    return this.tensor({ dims, type: kind, scales: [scale], zeroPoints: [zero + (kind === "uint8" ? 128 : 0)] });
  }

  real(dims: number[]): number {
    return this.tensor({ dims, type: "float32" });
  }

  list(data: number[]): number {
    return this.tensor({ dims: [data.length], type: "int32", data });
  }

  extents(count: number): number {
    return this.tensor({ dims: [count], type: "int32" });
  }

  input(tensor: number): number {
    this.spec.inputs.push(tensor);
    return tensor;
  }

  op(code: keyof typeof more, inputs: number[], output: number, options: OperatorSpec["options"] = []): number {
    this.spec.operators.push({ code: more[code], inputs, outputs: [output], options });
    return output;
  }

  /** Weights and a bias, -1 where there is none. */
  matrix(dims: number[], axis: number, perChannel: boolean, input: number, biased: boolean): number[] {
    const channels = dims[axis]!;
    const count = dims.reduce((a, b) => a * b, 1);
    const scales = Array.from({ length: perChannel ? channels : 1 }, () => 0.006 + 0.008 * this.random());
    const unsigned = this.kind === "uint8";
    // Unsigned weights fill their range around a zero point off its middle, as old quantisers leave them.
    const data = unsigned ? this.numbers(count, 0, 255) : this.numbers(count, -120, 120);
    const zeroPoints = scales.map(() => (unsigned ? 97 : 0));
    const weights = this.tensor({ dims, type: this.kind, scales, zeroPoints, axis, data });
    if (!biased) return [weights, -1];
    const own = scales.map((scale) => scale * this.scaleOf(input));
    const bias = this.tensor({
      dims: [channels],
      type: "int32",
      scales: own,
      zeroPoints: own.map(() => 0),
      data: this.numbers(channels, -3000, 3000),
    });
    return [weights, bias];
  }

  /** Constant integers, one a channel. */
  channels(count: number, scale: number): number {
    const zero = this.kind === "uint8" ? 120 : -8;
    const data = this.numbers(count, zero - 40, zero + 90);
    return this.tensor({ dims: [1, 1, count], type: this.kind, scales: [scale], zeroPoints: [zero], data });
  }

  private scaleOf(tensor: number): number {
    return this.spec.tensors[tensor]!.scales![0]!;
  }

  /** Options: padding, strides, activation. */
  conv(x: number, dims: number[], output: number, stride = 1, valid = 0, activation = 0, perChannel = true): number {
    const own = this.matrix(dims, 0, perChannel && this.kind === "int8", x, true);
    return this.op("CONV_2D", [x, ...own], output, [{ byte: valid }, stride, stride, { byte: activation }]);
  }

  depthwise(x: number, dims: number[], output: number, stride: number, multiplier: number, activation = 0): number {
    const own = this.matrix(dims, 3, this.kind === "int8", x, true);
    const options = [{ byte: 0 }, stride, stride, multiplier, { byte: activation }];
    return this.op("DEPTHWISE_CONV_2D", [x, ...own], output, options);
  }

  full(x: number, dims: number[], output: number, activation = 0, biased = true, perChannel = false): number {
    return this.op("FULLY_CONNECTED", [x, ...this.matrix(dims, 0, perChannel, x, biased)], output, [
      { byte: activation },
    ]);
  }

  pool(code: "AVERAGE_POOL_2D" | "MAX_POOL_2D", x: number, output: number, size: number[], stride: number, valid = 1) {
    return this.op(code, [x], output, [{ byte: valid }, stride, stride, size[1]!, size[0]!, { byte: 0 }]);
  }

  bytes(...outputs: number[]): Uint8Array {
    return writeTflite({ ...this.spec, outputs });
  }
}

/** A file and what it is. */
export interface TfliteModel {
  name: string;
  bytes: Uint8Array;
}

function speech(kind: Kind): Uint8Array {
  const b = new Builder(`speech ${kind}`, kind);
  const flat = b.input(b.value([1, 13 * 10], 0.1, -128));
  const x = b.op("RESHAPE", [flat, b.list([-1, 13, 10, 1])], b.value([1, 13, 10, 1], 0.1, -128));
  const filtered = b.depthwise(x, [1, 10, 8, 8], b.value([1, 7, 5, 8], 0.4, -128), 2, 8, 1);
  const logits = b.full(filtered, [4, 280], b.value([1, 4], 1.5, 14));
  return b.bytes(b.op("SOFTMAX", [logits], b.value([1, 4], 1 / 256, -128)));
}

function wakeWords(kind: Kind): Uint8Array {
  const b = new Builder(`wake words ${kind}`, kind);
  const picture = b.input(b.real([1, 16, 16, 3]));
  let x = b.op("QUANTIZE", [picture], b.value([1, 16, 16, 3], 1 / 255, -128));
  x = b.conv(x, [8, 3, 3, 3], b.value([1, 8, 8, 8], 0.02353, -128), 2, 0, 3);
  x = b.depthwise(x, [1, 3, 3, 8], b.value([1, 8, 8, 8], 0.02353, -128), 1, 1, 3);
  x = b.conv(x, [16, 1, 1, 8], b.value([1, 8, 8, 16], 0.02353, -128), 1, 0, 3);
  x = b.depthwise(x, [1, 3, 3, 16], b.value([1, 4, 4, 16], 0.02353, -128), 2, 1, 3);
  x = b.conv(x, [16, 1, 1, 16], b.value([1, 4, 4, 16], 0.02353, -128), 1, 0, 3);
  x = b.pool("AVERAGE_POOL_2D", x, b.value([1, 1, 1, 16], 0.02353, -128), [4, 4], 4);
  // The extents of a flattening as Keras writes them.
  const shape = b.op("SHAPE", [x], b.extents(4));
  const batch = b.op("STRIDED_SLICE", [shape, b.list([0]), b.list([1]), b.list([1])], b.extents(1));
  const target = b.op("PACK", [batch, b.list([16])], b.extents(2));
  x = b.op("RESHAPE", [x, target], b.value([1, 16], 0.02353, -128));
  x = b.full(x, [2, 16], b.value([1, 2], 0.05, 3));
  x = b.op("SOFTMAX", [x], b.value([1, 2], 1 / 256, -128));
  return b.bytes(b.op("DEQUANTIZE", [x], b.real([1, 2])));
}

function anomaly(kind: Kind): Uint8Array {
  const b = new Builder(`anomaly ${kind}`, kind);
  let x = b.input(b.value([1, 64], 0.4, 89));
  let width = 64;
  for (const [index, next] of [32, 32, 8, 32, 64].entries()) {
    const last = index === 4;
    const out = b.value([1, next], last ? 0.5 : 0.3, last ? 95 : -128);
    x = b.full(x, [next, width], out, last ? 0 : 1, true, kind === "int8" && index === 2);
    width = next;
  }
  return b.bytes(x);
}

function branches(kind: Kind): Uint8Array {
  const b = new Builder(`branches ${kind}`, kind);
  const x = b.input(b.value([1, 9, 7, 4], 0.02, 3));
  const padded = b.op("PAD", [x, b.list([0, 0, 1, 1, 1, 1, 0, 0])], b.value([1, 11, 9, 4], 0.02, 3));
  const a = b.conv(padded, [8, 3, 3, 4], b.value([1, 9, 7, 8], 0.05, -4), 1, 1);
  const c = b.conv(x, [8, 1, 1, 4], b.value([1, 9, 7, 8], 0.03, 11), 1, 0);
  const sum = b.op("ADD", [a, c], b.value([1, 9, 7, 8], 0.06, 1), [{ byte: 1 }]);
  const product = b.op("MUL", [a, c], b.value([1, 9, 7, 8], 0.04, -2), [{ byte: 0 }]);
  const rectified = b.op("RELU", [product], b.value([1, 9, 7, 8], 0.02, -128));
  const joined = b.op("CONCATENATION", [sum, rectified], b.value([1, 9, 7, 16], 0.05, -20), [3, { byte: 0 }]);
  const most = b.pool("MAX_POOL_2D", joined, b.value([1, 5, 4, 16], 0.05, -20), [2, 2], 2, 0);
  const mean = b.pool("AVERAGE_POOL_2D", most, b.value([1, 5, 4, 16], 0.05, -20), [3, 3], 1, 0);
  const curve = b.op("LOGISTIC", [mean], b.value([1, 5, 4, 16], 1 / 256, -128));
  const moved = b.op("QUANTIZE", [curve], b.value([1, 5, 4, 16], 1 / 200, -100));
  const global = b.op("MEAN", [moved, b.list([1, 2])], b.value([1, 16], 1 / 220, -110), [{ byte: 0 }]);
  return b.bytes(b.full(global, [5, 16], b.value([1, 5], 0.01, 0), 3, false));
}

function curves(kind: Kind): Uint8Array {
  const b = new Builder(`curves ${kind}`, kind);
  const x = b.input(b.value([1, 6, 5, 4], 0.02, 3));
  const map = () => b.value([1, 6, 5, 8], 0.04, -5);
  const conv = () => b.conv(x, [8, 3, 3, 4], map());
  const leaky = b.op("LEAKY_RELU", [conv()], b.value([1, 6, 5, 8], 0.03, -60), [{ float: 0.2 }]);
  const several = b.op("PRELU", [conv(), b.channels(8, 0.004)], b.value([1, 6, 5, 8], 0.03, -40));
  const bent = b.op("TANH", [conv()], b.value([1, 6, 5, 8], 1 / 128, 0));
  const swish = b.op("HARD_SWISH", [conv()], b.value([1, 6, 5, 8], 0.025, -115));
  const elu = b.op("ELU", [conv()], b.value([1, 6, 5, 8], 0.03, -90));
  // A normalisation that nobody folded.
  const scaled = b.op("MUL", [conv(), b.channels(8, 0.01)], map(), [{ byte: 0 }]);
  const moved = b.op("ADD", [scaled, b.channels(8, 0.03)], b.value([1, 6, 5, 8], 0.03, -128), [{ byte: 1 }]);
  const joined = [leaky, several, bent, swish, elu, moved];
  const all = b.op("CONCATENATION", joined, b.value([1, 6, 5, 48], 0.03, -50), [3, { byte: 0 }]);
  return b.bytes(b.conv(all, [4, 1, 1, 48], b.value([1, 6, 5, 4], 0.1, 0), 1, 1));
}

/** Every model. */
export function tfliteModels(): TfliteModel[] {
  const makers = { speech, "wake words": wakeWords, anomaly, branches, curves };
  return (["int8", "uint8"] as const).flatMap((kind) =>
    Object.entries(makers).map(([name, make]) => ({ name: `${name} ${kind}`, bytes: make(kind) })),
  );
}
