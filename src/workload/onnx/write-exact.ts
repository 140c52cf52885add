/**
 * One layer as ONNX nodes that requantise in fixed point, on 64-bit integers: any runtime then gives our very integers.
 * Inputs: a layer and its integer parameters. Invariants: sums come from ConvInteger, MatMulInteger and MaxPool of the
 * runtime; no node works on real numbers. For comparison with runtimes: our own reader does not read this form.
 */
import type { Layer, Shape, Window } from "../network.js";
import {
  type AddParameters,
  clamp,
  type FixedFactor,
  type LayerParameters,
  type MatrixParameters,
  type OutputStage,
  type PoolParameters,
} from "../reference/index.js";
import { UNIT_WINDOW } from "../shapes.js";
import { permute } from "./weights.js";
import type { GraphWriter } from "./write.js";
import { windowAttributes } from "./write-layers.js";
import { elementType } from "./write-wire.js";

/** Adds the nodes of a layer; every tensor stands in batch, channels, height, width order. */
export function writeExactLayer(graph: GraphWriter, layer: Layer, own: LayerParameters): void {
  const exact = new ExactLayer(graph, layer);
  switch (own.kind) {
    case "matrix": {
      const scaled = exact.scale(exact.sums(own), own.multiplier, own.shift);
      exact.finish(scaled, own.output);
      break;
    }
    case "add":
      exact.finish(exact.addition(own), own.output);
      break;
    case "mul": {
      const [a, b] = own.zeroPoints.map((zero, index) => exact.subtract(exact.wide(index), [zero])) as [string, string];
      exact.finish(exact.scale(exact.node("Mul", [a, b]), [own.multiplier], [own.shift]), own.output);
      break;
    }
    case "maxpool": {
      const pooled = exact.node("MaxPool", [exact.input(0)], windowAttributes(layer as Layer & Window));
      exact.finish(exact.cast(pooled), { ...own.output, zeroPoint: 0 });
      break;
    }
    case "avgpool":
      if (own.mean !== undefined) exact.finish(exact.mean(own, own.mean), own.output);
      else exact.finish(exact.average(own), { ...own.output, zeroPoint: 0 });
      break;
    case "table": {
      // Tables of several channels stand one after another.
      const entries = own.table.length / own.tables;
      const starts = Array.from({ length: own.tables }, (_, channel) => own.inputLow - channel * entries);
      const index = exact.subtract(exact.wide(0), starts);
      exact.finish(exact.lookUp(own.table, index), { zeroPoint: 0, low: -(2 ** 31), high: 2 ** 31 - 1 });
      break;
    }
    case "concat": {
      const inputs = layer.inputs.map((_, index) => exact.input(index));
      exact.node("Concat", inputs, { axis: 1 }, graph.nameOf(layer.output));
    }
  }
}

/** The nodes of one layer; methods return the name of what they make. */
class ExactLayer {
  constructor(
    private readonly graph: GraphWriter,
    private readonly layer: Layer,
  ) {}

  input(index: number): string {
    return this.graph.nameOf(this.layer.inputs[index]!);
  }

  node(op: string, inputs: string[], attributes: Record<string, number | number[]> = {}, output?: string): string {
    const name = this.graph.unique(`${this.layer.name}_${op}`);
    const result = output ?? name;
    this.graph.node({ op, name: `${name}_node`, inputs, outputs: [result], attributes });
    return result;
  }

  /** An input on 64 bits. */
  wide(index: number): string {
    return this.cast(this.input(index));
  }

  cast(value: string, to: number = elementType.int64): string {
    return this.node("Cast", [value], { to });
  }

  add(value: string, numbers: ArrayLike<number>): string {
    return this.node("Add", [value, this.wideConstant(numbers)]);
  }

  subtract(value: string, numbers: ArrayLike<number>): string {
    return this.node("Sub", [value, this.wideConstant(numbers)]);
  }

  /** Σ (input − zero point) · weight + bias of a conv, or of an fc as a convolution with a window of the whole map. */
  sums(own: MatrixParameters): string {
    const { layer } = this;
    const whole = this.shapeOf(0);
    const window =
      layer.op === "conv" ? layer : { ...UNIT_WINDOW, kernelHeight: whole.height, kernelWidth: whole.width };
    const taps = window.kernelHeight * window.kernelWidth;
    const perGroup = own.rows / taps;
    const order = [own.channels, window.kernelHeight, window.kernelWidth, perGroup];
    const weights = permute(Int32Array.from(own.weights), order, [0, 3, 1, 2]);
    const group = layer.op === "conv" ? layer.groups : 1;
    const dims = [own.channels, perGroup, window.kernelHeight, window.kernelWidth];
    // Asymmetric weights take nine bits: a product with what fits eight, and one with what is left.
    const narrow = Int8Array.from(weights, (weight) => clamp(weight, -128, 127));
    let sums = this.convolve(window, narrow, dims, group, own.inputZeroPoint);
    const rest = Int8Array.from(weights, (weight, index) => weight - narrow[index]!);
    if (rest.some((weight) => weight !== 0))
      sums = this.node("Add", [sums, this.convolve(window, rest, dims, group, own.inputZeroPoint)]);
    return this.add(sums, Int32Array.from(own.bias));
  }

  /** The sum of the whole map less its zero points, by the factor of a mean. */
  mean(own: PoolParameters, { multiplier, shift }: FixedFactor): string {
    const { channels } = this.shapeOf(0);
    const ones = new Int8Array(channels * own.windowPositions).fill(1);
    const { kernelHeight, kernelWidth } = this.layer as Layer & Window;
    const dims = [channels, 1, kernelHeight, kernelWidth];
    return this.scale(
      this.convolve(this.layer as Layer & Window, ones, dims, channels, own.inputZeroPoint),
      [multiplier],
      [shift],
    );
  }

  /** The mean of a window, ties away from zero; positions of the padding count where the layer says so. */
  average(own: PoolParameters): string {
    const { layer } = this;
    if (layer.op !== "avgpool") return this.input(0);
    const { channels, ...from } = this.shapeOf(0);
    const ones = new Int8Array(channels * own.windowPositions).fill(1);
    const dims = [channels, 1, layer.kernelHeight, layer.kernelWidth];
    const sum = this.convolve(layer, ones, dims, channels, own.inputZeroPoint);
    const to = this.graph.network.tensors[layer.output]!.shape;
    const counts: number[] = [];
    const inside = (at: number, stride: number, dilation: number, pad: number, taps: number, size: number) =>
      Array.from({ length: taps }, (_, tap) => at * stride + tap * dilation - pad).filter((i) => i >= 0 && i < size)
        .length;
    for (let y = 0; y < to.height; y++)
      for (let x = 0; x < to.width; x++) {
        const rows = inside(y, layer.strideY, layer.dilationY, layer.padTop, layer.kernelHeight, from.height);
        const columns = inside(x, layer.strideX, layer.dilationX, layer.padLeft, layer.kernelWidth, from.width);
        counts.push(own.countIncludePad ? own.windowPositions : Math.max(1, rows * columns));
      }
    const map = (numbers: number[]) =>
      this.graph.constant(`${layer.name}_map`, [1, 1, to.height, to.width], BigInt64Array.from(numbers, BigInt));
    const raw = this.node("Add", [sum, map(counts.map((count) => count * own.inputZeroPoint))]);
    // Integer division cuts towards zero: half a divisor is added on the side of the sign.
    const positive = this.cast(this.node("Greater", [raw, this.wideConstant([0])]));
    const half = map(counts.map((count) => Math.floor(count / 2)));
    const sign = this.subtract(this.node("Mul", [positive, this.wideConstant([2])]), [1]);
    return this.node("Div", [this.node("Add", [raw, this.node("Mul", [half, sign])]), map(counts)]);
  }

  /** Both inputs brought to one scale, and their sum to the output's. */
  addition(own: AddParameters): string {
    const [a, b] = own.inputs.map(({ zeroPoint, multiplier, shift }, index) => {
      const shifted = this.node("Mul", [
        this.subtract(this.wide(index), [zeroPoint]),
        this.wideConstant([2 ** own.leftShift]),
      ]);
      return this.scale(shifted, [multiplier], [shift]);
    }) as [string, string];
    return this.scale(this.node("Add", [a, b]), [own.multiplier], [own.shift]);
  }

  /** value · multiplier · 2^(shift − 31) with the double rounding of the reference. */
  scale(value: string, multiplier: ArrayLike<number>, shift: ArrayLike<number>): string {
    const shifts = Array.from(shift);
    let result = value;
    if (shifts.some((one) => one > 0)) {
      result = this.node("Mul", [result, this.wideConstant(shifts.map((one) => 2 ** Math.max(0, one)))]);
      result = this.clip(result, -(2 ** 31), 2 ** 31 - 1);
    }
    // ⌊(a·b + 2^30) / 2^31⌋: 2^62 keeps the dividend positive, where the division that cuts is a floor.
    const product = this.node("Mul", [result, this.wideConstant(multiplier)]);
    const nudge = this.graph.constant(`${this.layer.name}_nudge`, [], BigInt64Array.of((1n << 62n) + (1n << 30n)));
    result = this.node("Div", [this.node("Add", [product, nudge]), this.wideConstant([2 ** 31])]);
    result = this.subtract(result, [2 ** 31]);
    const divisors = shifts.map((one) => 2 ** Math.max(0, -one));
    if (divisors.every((divisor) => divisor === 1)) return result;
    // ⌊(v + d/2 − [v < 0]) / d⌋, nothing where d is 1; 2^32 keeps the dividend positive.
    const mask = this.wideConstant(divisors.map((divisor) => (divisor > 1 ? 1 : 0)));
    const negative = this.node("Mul", [this.cast(this.node("Less", [result, this.wideConstant([0])])), mask]);
    const nudged = this.add(
      result,
      divisors.map((divisor) => Math.floor(divisor / 2) + 2 ** 32),
    );
    const quotient = this.node("Div", [this.node("Sub", [nudged, negative]), this.wideConstant(divisors)]);
    return this.subtract(
      quotient,
      divisors.map((divisor) => 2 ** 32 / divisor),
    );
  }

  lookUp(table: Int32Array, index: string): string {
    const values = this.graph.constant(`${this.layer.name}_table`, [table.length], BigInt64Array.from(table, BigInt));
    return this.node("Gather", [values, index]);
  }

  /** Zero point, clamp, table, and the output's own type. */
  finish(value: string, stage: OutputStage): void {
    let result = stage.zeroPoint === 0 ? value : this.add(value, [stage.zeroPoint]);
    result = this.clip(result, stage.low, stage.high);
    if (stage.table !== undefined) result = this.lookUp(stage.table, this.subtract(result, [stage.low]));
    const signed = this.graph.network.tensors[this.layer.output]!.signed !== false;
    const to = signed ? elementType.int8 : elementType.uint8;
    this.node("Cast", [result], { to }, this.graph.nameOf(this.layer.output));
  }

  private clip(value: string, low: number, high: number): string {
    return this.node("Clip", [value, this.wideConstant([low], []), this.wideConstant([high], [])]);
  }

  /** The runtime's own integer convolution of input 0, fed unsigned; on 64 bits. */
  private convolve(window: Window, weights: Int8Array, dims: number[], group: number, zeroPoint: number): string {
    const { graph, layer } = this;
    const signed = graph.network.tensors[layer.inputs[0]!]!.signed !== false;
    const moved = signed ? this.cast(this.add(this.wide(0), [128]), elementType.uint8) : this.input(0);
    const zero = graph.constant(`${layer.name}_zero`, [], Uint8Array.of(zeroPoint + (signed ? 128 : 0)));
    const filters = graph.constant(`${layer.name}_weights`, dims, weights);
    return this.cast(this.node("ConvInteger", [moved, filters, zero], { ...windowAttributes(window), group }));
  }

  private shapeOf(index: number): Shape {
    return this.graph.network.tensors[this.layer.inputs[index]!]!.shape;
  }

  /** One number, or one per channel. */
  private wideConstant(numbers: ArrayLike<number>, dims?: number[]): string {
    const list = Array.from(numbers);
    const extents = dims ?? (list.length === 1 ? [] : [list.length, 1, 1]);
    return this.graph.constant(`${this.layer.name}_number`, extents, BigInt64Array.from(list, BigInt));
  }
}
