/** A slow, plain executor of networks in real numbers, to compare readers by what their networks compute. */
import {
  elementsOf,
  type Layer,
  type Network,
  type Shape,
  type Weighted,
  type Window,
} from "../../src/workload/index.js";

/** Runs a network on one input tensor (height, width, channels order) and returns its first output. */
export function execute(network: Network, input: readonly number[]): number[] {
  const values: number[][] = [];
  values[network.inputs[0]!] = [...input];
  for (const layer of network.layers) {
    const shapes = layer.inputs.map((id) => network.tensors[id]!.shape);
    const operands = layer.inputs.map((id) => values[id]!);
    const result = apply(layer, operands, shapes, network.tensors[layer.output]!.shape);
    values[layer.output] = result.map((value) => activate(layer, value));
  }
  return values[network.outputs[0]!]!;
}

function apply(layer: Layer, operands: number[][], shapes: Shape[], output: Shape): number[] {
  const [a, b] = operands as [number[], number[]];
  const [shape] = shapes as [Shape];
  switch (layer.op) {
    case "fc":
      return Array.from({ length: output.channels }, (_, k) =>
        a.reduce((sum, value, index) => sum + value * weight(layer, k, k * a.length + index), bias(layer, k)),
      );
    case "add":
    case "mul": {
      const at = (index: number) => b[b.length === a.length ? index : index % shape.channels]!;
      return a.map((value, index) => (layer.op === "add" ? value + at(index) : value * at(index)));
    }
    case "concat":
      return Array.from({ length: output.height * output.width }, (_, pixel) =>
        operands.flatMap((operand, index) => {
          const { channels } = shapes[index]!;
          return operand.slice(pixel * channels, (pixel + 1) * channels);
        }),
      ).flat();
    case "activation":
      return a;
    case "conv": {
      const perGroup = shape.channels / layer.groups;
      const outputs = output.channels / layer.groups;
      return slide(layer, shape, output, (k, taps) => {
        const group = Math.floor(k / outputs);
        let sum = bias(layer, k);
        for (const { pixel, tap } of taps)
          for (let c = 0; c < perGroup; c++) {
            const taken = layer.kernelHeight * layer.kernelWidth * k + tap;
            sum += a[pixel * shape.channels + group * perGroup + c]! * weight(layer, k, taken * perGroup + c);
          }
        return sum;
      });
    }
    case "maxpool":
      return slide(layer, shape, output, (k, taps) =>
        Math.max(...taps.map(({ pixel }) => a[pixel * shape.channels + k]!)),
      );
    case "avgpool":
      return slide(layer, shape, output, (k, taps) => {
        const sum = taps.reduce((total, { pixel }) => total + a[pixel * shape.channels + k]!, 0);
        return sum / (layer.countIncludePad ? layer.kernelHeight * layer.kernelWidth : taps.length);
      });
  }
}

interface Tap {
  pixel: number;
  tap: number;
}

function slide(window: Window, input: Shape, output: Shape, compute: (k: number, taps: Tap[]) => number): number[] {
  const result = new Array<number>(elementsOf(output));
  for (let y = 0; y < output.height; y++)
    for (let x = 0; x < output.width; x++) {
      const taps: Tap[] = [];
      for (let ky = 0; ky < window.kernelHeight; ky++)
        for (let kx = 0; kx < window.kernelWidth; kx++) {
          const iy = y * window.strideY - window.padTop + ky * window.dilationY;
          const ix = x * window.strideX - window.padLeft + kx * window.dilationX;
          if (iy < 0 || ix < 0 || iy >= input.height || ix >= input.width) continue;
          taps.push({ pixel: iy * input.width + ix, tap: ky * window.kernelWidth + kx });
        }
      for (let k = 0; k < output.channels; k++) result[(y * output.width + x) * output.channels + k] = compute(k, taps);
    }
  return result;
}

const pick = (list: readonly number[], index: number) => list[list.length === 1 ? 0 : index]!;

function weight({ weights }: Weighted, k: number, index: number): number {
  const { data, scales = [1], zeroPoints = [0] } = weights!;
  return (data[index]! - pick(zeroPoints, k)) * pick(scales, k);
}

function bias({ bias: given }: Weighted, k: number): number {
  return given?.data === undefined ? 0 : given.data[k]! * pick(given.scales ?? [1], k);
}

function activate(layer: Layer, x: number): number {
  const clip = (min: number, max: number) => Math.min(max, Math.max(min, x));
  const sigmoid = 1 / (1 + Math.exp(-x));
  const hard = Math.min(1, Math.max(0, x / 6 + 0.5));
  switch (layer.activation) {
    case "none":
      return x;
    case "relu":
      return clip(0, Number.POSITIVE_INFINITY);
    case "relu6":
      return clip(0, 6);
    case "clip":
      return clip(layer.clip?.min ?? Number.NEGATIVE_INFINITY, layer.clip?.max ?? Number.POSITIVE_INFINITY);
    case "sigmoid":
      return sigmoid;
    case "swish":
      return x * sigmoid;
    case "hardsigmoid":
      return hard;
    case "hardswish":
      return x * hard;
    case "tanh":
      return 2 / (1 + Math.exp(-2 * x)) - 1;
    case "elu":
      return x > 0 ? x : (layer.coefficients?.alpha ?? 1) * (Math.exp(x) - 1);
    case "softplus":
      return Math.log(1 + Math.exp(x));
    case "leakyrelu":
      return Math.max(0, x) + layer.coefficients!.slopes![0]! * Math.min(0, x);
    default:
      throw new Error(`${layer.activation} is not executed here`);
  }
}

/** Channels, height, width order to height, width, channels. */
export function toChannelsLast(values: readonly number[], { height, width, channels }: Shape): number[] {
  const result: number[] = [];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++) result.push(values[(c * height + y) * width + x]!);
  return result;
}
