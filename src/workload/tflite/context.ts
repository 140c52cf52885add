/**
 * What an operator's conversion works with: its operator, the values behind its inputs, the draft it adds layers to.
 * Inputs: one operator at a time, in the order of the file. Invariants: conversions throw only Refusals; an activation is a
 * tensor of the draft seen with the file's extents, both in height, width, channels order.
 */
import { elementsOf, formatShape, type Layer, type Quantization, type Shape, sameShape } from "../network.js";
import type { Draft, DraftLayer } from "../onnx/draft.js";
import { demand, Refusal } from "../onnx/refusal.js";
import type { TfliteModel, TfliteOperator, TfliteTensor } from "./model.js";
import { fusedActivations } from "./names.js";

/** Padding that a PAD asked for and the next convolution or pool takes over. */
export interface Sides {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

/** A map that SPACE_TO_BATCH_ND dealt into batches, one for each place within a block, so that a convolution leaves gaps between its taps. */
export interface Dealt {
  block: { y: number; x: number };
  pad: Sides;
  /** Set behind the convolution: its layer has the pads in it. */
  convolved?: true;
}

/** What a computed tensor of the file stands for. */
export interface ActivationValue {
  /** Draft tensor id. */
  tensor: number;
  /** Extents the file gives it, the batch being 1. */
  dims: readonly number[];
  pad?: Sides;
  /** The map is dealt into batches, or was put together from them by a convolution. */
  dealt?: Dealt;
  /** Set behind a SOFTMAX or the like, which only the end of a network may have. */
  last?: string;
  /** The operator that computed extents instead of data; only a RESHAPE may read them. */
  extents?: string;
}

/** State shared by all conversions of one file. */
export interface Conversion {
  model: TfliteModel;
  draft: Draft;
  /** By tensor index; `undefined` as a value: the result of an operator that was refused. */
  values: Map<number, ActivationValue | undefined>;
  /** How often each tensor is read, outputs of the network counted. */
  uses: Map<number, number>;
  batch: number;
}

/** Bit width, sign and quantisation of a tensor of activations. */
export interface ActivationType {
  bits?: number;
  signed?: boolean;
  quantization?: Quantization;
}

/** One operator and everything it may ask. */
export class OperatorContext {
  constructor(
    readonly operator: TfliteOperator,
    readonly label: string,
    readonly conversion: Conversion,
  ) {}

  get draft(): Draft {
    return this.conversion.draft;
  }

  /** The file's tensor behind an input; undefined where an optional one is absent. */
  source(index: number): TfliteTensor | undefined {
    return this.conversion.model.tensors[this.operator.inputs[index] ?? -1];
  }

  /** The file's tensor of the only output. */
  get result(): TfliteTensor {
    demand(this.operator.outputs.length === 1, `it has ${this.operator.outputs.length} outputs`, "1");
    return this.conversion.model.tensors[this.operator.outputs[0]!]!;
  }

  /** An input that must be an activation; pending padding is refused unless the caller takes it. */
  activation(index: number, options: { pad?: boolean; last?: boolean; dealt?: boolean } = {}): ActivationValue {
    const source = this.source(index);
    demand(source !== undefined, `it needs an input ${index + 1}, has ${this.operator.inputs.length}`);
    const value = this.conversion.values.get(source.index);
    demand(value !== undefined, `input ${index + 1} ("${source.name}") is a constant`, "an activation");
    demand(value.extents === undefined, `input ${index + 1} ("${source.name}") holds extents from ${value.extents}`);
    demand(value.last === undefined || options.last, `${value.last} is accepted only at the end of a network`);
    demand(value.pad === undefined || options.pad, "a PAD can be taken over only by a convolution or a pool");
    demand(
      value.dealt === undefined || options.dealt,
      "a map dealt by SPACE_TO_BATCH_ND can be read only by a convolution, and what it makes only by BATCH_TO_SPACE_ND",
    );
    return value;
  }

  /**
   * An input as height × width × channels; a reshaped input of the network takes the new extents. A row may be read as a column:
   * its elements stand in one order (`turned`: the tensor has the other one's extents).
   */
  spatial(
    index: number,
    options: { pad?: boolean; dealt?: boolean } = {},
  ): ActivationValue & { shape: Shape; turned: boolean } {
    const value = this.activation(index, options);
    const shape = shapeOf(value.dims);
    const tensor = this.draft.tensors[value.tensor]!;
    if (value.dealt !== undefined || sameShape(tensor.shape, shape)) return { ...value, shape, turned: false };
    if (this.draft.producerOf(value.tensor) === undefined && this.uses(index) === 1) {
      tensor.shape = shape;
      return { ...value, shape, turned: false };
    }
    const turned =
      Math.min(shape.height, shape.width) === 1 &&
      sameShape(tensor.shape, { ...shape, height: shape.width, width: shape.height });
    demand(turned, `a RESHAPE before it turns ${formatShape(tensor.shape)} into ${formatShape(shape)}`, "joined axes");
    return { ...value, shape, turned };
  }

  /** How often the tensor behind an input is read. */
  uses(index: number): number {
    return this.conversion.uses.get(this.operator.inputs[index]!) ?? 0;
  }

  /** The small integers of a constant input, such as axes and paddings. */
  integers(index: number): number[] {
    const source = this.source(index);
    demand(source?.data !== undefined, `input ${index + 1} must be a constant`);
    const { data, type } = source;
    const copy = data.slice().buffer;
    if (type === "int32" && data.length % 4 === 0) return Array.from(new Int32Array(copy));
    if (type === "int64" && data.length % 8 === 0) return Array.from(new BigInt64Array(copy), Number);
    if (type === "int8") return Array.from(new Int8Array(copy));
    throw new Refusal(`input ${index + 1} is ${type} of ${data.length} bytes`, { accepted: "int32" });
  }

  /** Width, sign and quantisation of a tensor of activations. */
  typeOf(source: TfliteTensor): ActivationType {
    return activationType(source);
  }

  /** Adds a layer into the output tensor, checks its extents against the file's and lands the file's quantisation on it. */
  produce(layer: DraftLayer, channels = 0, type: ActivationType = this.typeOf(this.result)): void {
    const { result } = this;
    const tensor = this.draft.add(layer, result.name, channels);
    const { shape } = this.draft.tensors[tensor]!;
    const dims = this.dimsOf(result);
    demand(
      dims.length === 0 || elementsOf(shape) === count(dims),
      `its output would be ${formatShape(shape)}, the file says [${result.dims.join(", ")}]`,
    );
    this.draft.annotate(tensor, type, type.quantization);
    this.set({ tensor, dims: dims.length === 0 ? [1, shape.height, shape.width, shape.channels] : dims });
  }

  /** Adds a layer that only changes scale, zero point or width: an unbounded clip. */
  requantize(tensor: number, name: string, type: ActivationType): number {
    const layer = { op: "activation" as const, name: `${this.label}_requantize`, inputs: [tensor] };
    const changed = this.draft.add({ ...layer, activation: "clip", clip: {} }, name);
    this.draft.annotate(changed, type, type.quantization);
    return changed;
  }

  /** Sets what the output stands for. */
  set(value: ActivationValue): void {
    this.conversion.values.set(this.result.index, value);
  }

  /** A tensor's extents with the batch set to 1. */
  dimsOf(source: TfliteTensor): number[] {
    const [first, ...rest] = source.dims;
    if (first === undefined) return [];
    return [rest.length > 0 && first === this.conversion.batch ? 1 : first, ...rest];
  }

  /** The activation an operator ends in, from its options. */
  fused(field: number): Pick<Layer, "activation" | "clip"> {
    const code = this.operator.options?.signedByte(field) ?? 0;
    const name = fusedActivations[code];
    switch (name) {
      case "NONE":
        return { activation: "none" };
      case "RELU":
        return { activation: "relu" };
      case "RELU6":
        return { activation: "relu6" };
      case "RELU_N1_TO_1":
        return { activation: "clip", clip: { min: -1, max: 1 } };
      default:
        throw new Refusal(`it ends in activation ${name ?? code}`, { accepted: "NONE, RELU, RELU6, RELU_N1_TO_1" });
    }
  }
}

/** Width, sign and quantisation of a tensor of activations. */
export function activationType(source: TfliteTensor): ActivationType {
  const { type, scales, zeroPoints, name } = source;
  if (type === "float32") return {};
  const bits = type === "int8" || type === "uint8" ? 8 : type === "int16" ? 16 : undefined;
  demand(bits !== undefined, `tensor "${name}" has elements of type ${type}`, "int8, uint8, int16, float32");
  demand(scales.length === 1, `tensor "${name}" of ${type} has ${scales.length} scales`, "1");
  const scale = usableScale(scales[0]!, name);
  const signed = type !== "uint8";
  const zeroPoint = zeroPoints[0] ?? 0;
  const low = signed ? -(2 ** (bits - 1)) : 0;
  demand(
    zeroPoint >= low && zeroPoint < low + 2 ** bits,
    `tensor "${name}" has zero point ${zeroPoint}`,
    `${low} to ${low + 2 ** bits - 1}`,
  );
  return { bits, signed, quantization: { scale, zeroPoint } };
}

/** A scale, or a Refusal where it is none. */
export function usableScale(scale: number, name: string): number {
  demand(scale > 0 && Number.isFinite(scale), `tensor "${name}" has scale ${scale}`, "a positive number");
  return scale;
}

/** Whether two tensors mean the same by the same integer. */
export function sameType(a: ActivationType, b: ActivationType): boolean {
  return (
    a.bits === b.bits &&
    a.signed === b.signed &&
    a.quantization?.scale === b.quantization?.scale &&
    a.quantization?.zeroPoint === b.quantization?.zeroPoint
  );
}

/** Height, width and channels of extents batch, …, channels. */
export function shapeOf(dims: readonly number[]): Shape {
  demand(dims.length >= 1 && dims.length <= 4, `a tensor has ${dims.length} dimensions`, "1 to 4");
  const [batch, ...rest] = dims.length === 1 ? [1, ...dims] : dims;
  demand(batch === 1, `a tensor is [${dims.join(", ")}]`, "a first extent (batch) of 1");
  const channels = rest.at(-1)!;
  const [height = 1, width = 1] = rest.slice(0, -1);
  return { height, width, channels };
}

/** The number of elements. */
export function count(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}
