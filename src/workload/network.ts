/**
 * The Network: a plain value of tensors and layers, normalised so that mapper, estimate and executor read the same.
 * Inputs: none, these are types. Invariants: `tensors[i].id === i`, `layers[i].id === i`, layers stand in topological
 * order, each tensor has one producer (a layer or the network's input); batch is a parameter of the run, never in here.
 */

/** The extent of one tensor of one sample: height × width × channels, stored in that order (channels innermost). */
export interface Shape {
  height: number;
  width: number;
  channels: number;
}

/** How integers stand for real numbers: real = scale × (integer − zeroPoint). */
export interface Quantization {
  scale: number;
  zeroPoint: number;
}

/** One tensor of activations; without `bits` it takes the precision the chip or the run declares. */
export interface Tensor {
  id: number;
  name: string;
  shape: Shape;
  /** Bits per element. */
  bits?: number;
  signed?: boolean;
  quantization?: Quantization;
}

/**
 * Every activation, in the order used in messages: `relu6` clips to 0…6; `swish` is x·sigmoid(α·x); `hardsigmoid` is α·x + β clipped
 * to 0…1 (α = 1/6, β = 1/2), `hardswish` x·hardsigmoid(x); `leakyrelu` is slope·x below 0; `elu` is β·x above 0 and αβ·(eˣ − 1) below;
 * `gelutanh` is the usual approximation of `gelu`; `mish` is x·tanh(softplus(x)); `plus`, `times` and `affine`
 * (slope·x + shift) take one number, or one a channel.
 */
export const activations = [
  "none",
  "relu",
  "relu6",
  "clip",
  "sigmoid",
  "swish",
  "hardswish",
  "hardsigmoid",
  "leakyrelu",
  "tanh",
  "elu",
  "softplus",
  "softsign",
  "gelu",
  "gelutanh",
  "mish",
  "plus",
  "times",
  "affine",
] as const;

/** The functions that may follow a layer. */
export type Activation = (typeof activations)[number];

/** The bounds of a `clip`, as real numbers; an absent side is unbounded. */
export interface ClipRange {
  min?: number;
  max?: number;
}

/** Numbers of an activation; absent ones have their usual value. */
export interface Coefficients {
  alpha?: number;
  beta?: number;
  /** Slopes of `leakyrelu` and `affine`, numbers of `plus` and `times`: one, or one a channel (only in a layer of its own). */
  slopes?: number[];
  /** Shifts of `affine`, as many as slopes. */
  shifts?: number[];
  /** Where slopes are integers: what one unit of them is worth. */
  slopeScale?: number;
}

/**
 * Numbers of a weight matrix, in KHWC order: index = ((k·KH + y)·KW + x)·(C/groups) + c.
 * For an `fc` layer H, W and C are the extents of its input tensor. Real weight = scale(k) × (data − zeroPoint(k));
 * `scales` and `zeroPoints` have one element (whole tensor) or one per output channel, and are absent for real numbers.
 */
export interface WeightData {
  layout: "KHWC";
  data: Float32Array | Int8Array | Int32Array;
  scales?: number[];
  zeroPoints?: number[];
}

/** One bias per output channel; the numbers are optional, its presence says that it is there. */
export interface Bias {
  /** Bits per element. */
  bits?: number;
  data?: Float32Array | Int32Array;
  /** Real bias = scale × data, one scale or one per output channel; absent for real numbers. */
  scales?: number[];
}

/** What all layers have: identity, edges, and the activation applied to the result. */
export interface LayerBase {
  id: number;
  name: string;
  /** Tensor ids, in operand order. */
  inputs: number[];
  /** Tensor id. */
  output: number;
  activation: Activation;
  /** Only with activation `clip`, or as the end of `plus`, `times` and `affine`. */
  clip?: ClipRange;
  coefficients?: Coefficients;
}

/** A function with its numbers. */
export type Curve = Pick<LayerBase, "activation" | "clip" | "coefficients">;

/** A window sliding over height (Y) and width (X), in elements of the input. */
export interface Window {
  kernelHeight: number;
  kernelWidth: number;
  strideY: number;
  strideX: number;
  dilationY: number;
  dilationX: number;
  padTop: number;
  padBottom: number;
  padLeft: number;
  padRight: number;
}

/** What layers with a weight matrix carry beside it. */
export interface Weighted {
  /** Bits per weight; absent: as the chip or the run declares. */
  weightBits?: number;
  weights?: WeightData;
  bias?: Bias;
  /**
   * Weights less their zero points take a bit more than `weightBits`: arrays hold the weights as they are, and
   * zeroPoint(k)·Σ inputs is taken off the sums of output channel k.
   */
  asymmetric?: boolean;
}

/** A convolution; depthwise when `groups` equals the input channels. Padding has the real value 0. */
export interface ConvLayer extends LayerBase, Window, Weighted {
  op: "conv";
  groups: number;
}

/** A matrix–vector product over the whole input tensor, flattened in H, W, C order; its output is 1×1×K. */
export interface FcLayer extends LayerBase, Weighted {
  op: "fc";
}

/** Sum or product of elements; the second operand has the first one's shape or is 1×1×C, repeated over H and W. */
export interface ElementwiseLayer extends LayerBase {
  op: "add" | "mul";
}

/** Inputs of equal height and width joined along channels, in operand order. */
export interface ConcatLayer extends LayerBase {
  op: "concat";
}

/** Maximum over a window; padded positions never win. */
export interface MaxPoolLayer extends LayerBase, Window {
  op: "maxpool";
}

/** Mean over a window; a global pool has a kernel of the input's size. */
export interface AvgPoolLayer extends LayerBase, Window {
  op: "avgpool";
  /** Whether padded positions count in the divisor. */
  countIncludePad: boolean;
  /** A pool of the whole map that sums integers before it scales, by one factor for both scales and the count; the scale may change. */
  global?: boolean;
}

/** An activation that could not be fused into its producer. */
export interface ActivationLayer extends LayerBase {
  op: "activation";
}

/** One layer of a network. */
export type Layer =
  | ConvLayer
  | FcLayer
  | ElementwiseLayer
  | ConcatLayer
  | MaxPoolLayer
  | AvgPoolLayer
  | ActivationLayer;

/** The name of a layer's operation. */
export type LayerOp = Layer["op"];

/** Every operation, in the order used in messages. */
export const layerOps: readonly LayerOp[] = ["conv", "fc", "add", "mul", "concat", "maxpool", "avgpool", "activation"];

/** A whole network: the value that mappers, estimates and the executor read. */
export interface Network {
  name: string;
  /** Where the definition comes from, for people. */
  source?: string;
  /**
   * How sums become integers: absent, 32-bit factors with double rounding (TensorFlow Lite); `float`, factors in single
   * precision and halves to even (ONNX runtimes).
   */
  requantisation?: "float";
  tensors: Tensor[];
  layers: Layer[];
  /** Ids of the tensors given from outside. */
  inputs: number[];
  /** Ids of the tensors handed out. */
  outputs: number[];
}

/** Whether a layer has a weight matrix (and so multiplies and accumulates). */
export function isMacLayer(layer: Layer): layer is ConvLayer | FcLayer {
  return layer.op === "conv" || layer.op === "fc";
}

/** Whether a layer slides a window: conv, maxpool, avgpool. */
export function hasWindow(layer: Layer): layer is ConvLayer | MaxPoolLayer | AvgPoolLayer {
  return layer.op === "conv" || layer.op === "maxpool" || layer.op === "avgpool";
}

/** Whether a layer convolves each channel by itself: groups equal to the input channels, and more than one. */
export function isDepthwise(network: Network, layer: Layer): boolean {
  return layer.op === "conv" && layer.groups > 1 && layer.groups === network.tensors[layer.inputs[0]!]!.shape.channels;
}

/** The number of elements of a shape. */
export function elementsOf(shape: Shape): number {
  return shape.height * shape.width * shape.channels;
}

/** A shape as text: `56x56x64` (height, width, channels). */
export function formatShape(shape: Shape): string {
  return `${shape.height}x${shape.width}x${shape.channels}`;
}

/** Whether two shapes are equal. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.height === b.height && a.width === b.width && a.channels === b.channels;
}
