/**
 * Builds a network layer by layer, computing shapes on the way.
 * Inputs: calls in topological order. Invariants: tensor and layer ids are positions; a layer that does not fit is
 * refused at once with its numbers.
 */
import { UserError } from "../base/index.js";
import { checkNetwork } from "./check.js";
import type {
  Activation,
  Bias,
  ClipRange,
  Layer,
  LayerBase,
  Network,
  Shape,
  Tensor,
  Weighted,
  Window,
} from "./network.js";
import { inferShape, shapeProblem, windowExtents } from "./shapes.js";

/** One number for both directions, or [height, width]. */
export type Pair = number | readonly [number, number];

/**
 * Padding: one number for all sides, [top, bottom, left, right], or `same` (output = ceil(input / stride), the odd
 * element at the bottom and right as TensorFlow does).
 */
export type Padding = number | readonly [number, number, number, number] | "same";

/** What every layer may be given. */
export interface LayerOptions {
  /** Unique; default: operation and id. */
  name?: string;
  activation?: Activation;
  clip?: ClipRange;
  /** Bit width, sign and quantisation of the output tensor. */
  output?: Omit<Tensor, "id" | "shape" | "name"> & { name?: string };
}

/** A window: kernel size, stride (default 1), dilation (default 1), padding (default 0). */
export interface WindowOptions extends LayerOptions {
  kernel: Pair;
  stride?: Pair;
  dilation?: Pair;
  padding?: Padding;
}

/** Weights of a layer; `bias: true` says that there is one, without numbers. */
export interface WeightOptions extends Omit<Weighted, "bias"> {
  /** Output channels. */
  channels: number;
  bias?: boolean | Bias;
}

/** Options of a convolution; `groups: "depthwise"` means as many as input channels. */
export interface ConvOptions extends WindowOptions, WeightOptions {
  groups?: number | "depthwise";
}

/** Assembles a network; tensors are handed about by id. */
export class NetworkBuilder {
  private readonly network: Network;

  constructor(name: string, source?: string) {
    this.network = {
      name,
      ...(source === undefined ? {} : { source }),
      tensors: [],
      layers: [],
      inputs: [],
      outputs: [],
    };
  }

  /** Declares a network input and returns its tensor id. */
  input(name: string, shape: Shape, options: Omit<Tensor, "id" | "shape" | "name"> = {}): number {
    const id = this.tensor(name, shape, options);
    this.network.inputs.push(id);
    return id;
  }

  /** Adds a convolution and returns its output tensor id. */
  conv(input: number, options: ConvOptions): number {
    const shape = this.shape(input);
    const groups = options.groups === "depthwise" ? shape.channels : (options.groups ?? 1);
    const base = this.base("conv", [input], options);
    return this.add({ ...base, op: "conv", groups, ...makeWindow(options, shape), ...weighted(options) }, options);
  }

  /** Adds a fully connected layer over the whole tensor and returns its output tensor id. */
  fc(input: number, options: LayerOptions & WeightOptions): number {
    return this.add({ ...this.base("fc", [input], options), op: "fc", ...weighted(options) }, options);
  }

  /** Adds an elementwise sum; the operand that is 1×1×C may come first or second. */
  sum(a: number, b: number, options: LayerOptions = {}): number {
    return this.add({ ...this.base("add", this.largerFirst(a, b), options), op: "add" }, options);
  }

  /** Adds an elementwise product; the operand that is 1×1×C may come first or second. */
  product(a: number, b: number, options: LayerOptions = {}): number {
    return this.add({ ...this.base("mul", this.largerFirst(a, b), options), op: "mul" }, options);
  }

  /** Joins tensors along channels. */
  concat(inputs: readonly number[], options: LayerOptions = {}): number {
    return this.add({ ...this.base("concat", [...inputs], options), op: "concat" }, options);
  }

  /** Adds a maximum pool. */
  maxpool(input: number, options: WindowOptions): number {
    const window = makeWindow(options, this.shape(input));
    return this.add({ ...this.base("maxpool", [input], options), op: "maxpool", ...window }, options);
  }

  /** Adds an average pool. */
  avgpool(input: number, options: WindowOptions & { countIncludePad?: boolean }): number {
    const window = makeWindow(options, this.shape(input));
    const { countIncludePad = false } = options;
    return this.add({ ...this.base("avgpool", [input], options), op: "avgpool", ...window, countIncludePad }, options);
  }

  /** Adds an average over the whole height and width. */
  globalAvgpool(input: number, options: LayerOptions = {}): number {
    const { height, width } = this.shape(input);
    return this.avgpool(input, { ...options, kernel: [height, width], stride: [height, width] });
  }

  /** Adds a stand-alone activation. */
  activation(input: number, options: LayerOptions & { activation: Activation }): number {
    return this.add({ ...this.base("activation", [input], options), op: "activation" }, options);
  }

  /** Declares a tensor a network output. */
  output(tensor: number): void {
    this.network.outputs.push(tensor);
  }

  /** The shape of a tensor built so far. */
  shape(tensor: number): Shape {
    return this.network.tensors[tensor]!.shape;
  }

  /** The network so far and the layer that produced a tensor; for readers that compare as they go. */
  peek(tensor: number): { network: Readonly<Network>; layer: Layer } {
    return { network: this.network, layer: this.network.layers.find((layer) => layer.output === tensor)! };
  }

  /** Checks and returns the network; throws a UserError with every problem. */
  build(): Network {
    return checkNetwork(this.network);
  }

  private base(op: string, inputs: number[], options: LayerOptions): LayerBase {
    const id = this.network.layers.length;
    const { name = `${op}${id}`, activation = "none", clip } = options;
    return {
      id,
      name,
      inputs,
      output: this.network.tensors.length,
      activation,
      ...(clip === undefined ? {} : { clip }),
    };
  }

  private add(layer: Layer, options: LayerOptions & { channels?: number }): number {
    const shapes = layer.inputs.map((id) => this.shape(id));
    const shape = inferShape(layer, shapes, options.channels ?? 0);
    if (typeof shape === "string")
      throw new UserError({ code: "network-layer", message: shape, place: { field: `layer "${layer.name}"` } });
    this.network.layers.push(layer);
    const { name = layer.name, ...rest } = options.output ?? {};
    return this.tensor(name, shape, rest);
  }

  private tensor(name: string, shape: Shape, rest: Omit<Tensor, "id" | "shape" | "name">): number {
    const wrong = shapeProblem(shape);
    if (wrong !== undefined)
      throw new UserError({ code: "network-shape", message: wrong, place: { field: `tensor "${name}"` } });
    const id = this.network.tensors.length;
    this.network.tensors.push({ id, name, shape, ...rest });
    return id;
  }

  /** A 1×1×C operand goes second, where the network wants it. */
  private largerFirst(a: number, b: number): number[] {
    const small = ({ height, width }: Shape) => height === 1 && width === 1;
    return small(this.shape(a)) && !small(this.shape(b)) ? [b, a] : [a, b];
  }
}

/** Padding [before, after] of one direction so that output = ceil(input / stride), the odd element after. */
export function samePadding(input: number, kernel: number, stride: number, dilation = 1): [number, number] {
  const total = Math.max(0, (Math.ceil(input / stride) - 1) * stride + dilation * (kernel - 1) + 1 - input);
  return [Math.floor(total / 2), total - Math.floor(total / 2)];
}

/** Adds padding at the bottom and right so that a last, partial window is taken too (ONNX `ceil_mode`). */
export function padToCeil(window: Window, input: Shape): Window {
  const extents = windowExtents({ ...window, strideY: 1, strideX: 1 }, input);
  const extra = (positions: number, stride: number, size: number, before: number) => {
    const missing = (stride - ((positions - 1) % stride)) % stride;
    const last = positions - 1 + missing;
    return last >= size + before ? 0 : missing; // a window wholly in the padding is not taken
  };
  return {
    ...window,
    padBottom: window.padBottom + extra(extents.height, window.strideY, input.height, window.padTop),
    padRight: window.padRight + extra(extents.width, window.strideX, input.width, window.padLeft),
  };
}

function pair(value: Pair | undefined, fallback: number): readonly [number, number] {
  if (value === undefined) return [fallback, fallback];
  return typeof value === "number" ? [value, value] : value;
}

function makeWindow(options: WindowOptions, input: Shape): Window {
  const [kernelHeight, kernelWidth] = pair(options.kernel, 1);
  const [strideY, strideX] = pair(options.stride, 1);
  const [dilationY, dilationX] = pair(options.dilation, 1);
  const { padding = 0 } = options;
  const [padTop, padBottom, padLeft, padRight] =
    padding === "same"
      ? [
          ...samePadding(input.height, kernelHeight, strideY, dilationY),
          ...samePadding(input.width, kernelWidth, strideX, dilationX),
        ]
      : typeof padding === "number"
        ? [padding, padding, padding, padding]
        : padding;
  return {
    kernelHeight,
    kernelWidth,
    strideY,
    strideX,
    dilationY,
    dilationX,
    padTop: padTop!,
    padBottom: padBottom!,
    padLeft: padLeft!,
    padRight: padRight!,
  };
}

function weighted(options: WeightOptions): Weighted {
  const { weightBits, weights, bias } = options;
  return {
    ...(weightBits === undefined ? {} : { weightBits }),
    ...(weights === undefined ? {} : { weights }),
    ...(bias === undefined || bias === false ? {} : { bias: bias === true ? {} : bias }),
  };
}
