/**
 * Constants of an ONNX graph: shape, type and, where the file has them, the numbers.
 * Inputs: TensorProto as decoded. Invariants: `values`, when present, has exactly the product of `dims` elements in
 * row-major order; folding keeps the two together.
 */
import type { OnnxTensor } from "./wire.js";

/** Elements of a constant. */
export type Numbers = Float32Array | Float64Array | Int8Array | Uint8Array | Int32Array;

/** Quantisation of a constant: one scale and zero point, or one per index along `axis`. */
export interface ConstantQuantization {
  scales?: number[];
  zeroPoints?: number[];
  axis: number;
}

/** A constant of the graph. */
export interface Constant {
  dims: number[];
  /** Bits per element when it is an integer type; undefined for floating point. */
  bits?: number;
  signed?: boolean;
  values?: Numbers;
  quantization?: ConstantQuantization;
}

interface ElementType {
  name: string;
  /** Bits per element in raw data. */
  size: number;
  bits?: number;
  signed?: boolean;
}

/** TensorProto.DataType, the numeric ones. */
const elementTypes: Record<number, ElementType> = {
  1: { name: "float", size: 32 },
  2: { name: "uint8", size: 8, bits: 8, signed: false },
  3: { name: "int8", size: 8, bits: 8, signed: true },
  4: { name: "uint16", size: 16, bits: 16, signed: false },
  5: { name: "int16", size: 16, bits: 16, signed: true },
  6: { name: "int32", size: 32, bits: 32, signed: true },
  7: { name: "int64", size: 64, bits: 64, signed: true },
  9: { name: "bool", size: 8, bits: 1, signed: false },
  10: { name: "float16", size: 16 },
  11: { name: "double", size: 64 },
  12: { name: "uint32", size: 32, bits: 32, signed: false },
  13: { name: "uint64", size: 64, bits: 64, signed: false },
  16: { name: "bfloat16", size: 16 },
  21: { name: "uint4", size: 4, bits: 4, signed: false },
  22: { name: "int4", size: 4, bits: 4, signed: true },
};

/** Bit width and sign of an ONNX element type; an empty object for floating point, undefined for non-numbers. */
export function integerType(type: number): { bits?: number; signed?: boolean } | undefined {
  const element = elementTypes[type];
  if (element === undefined) return undefined;
  return element.bits === undefined ? {} : { bits: element.bits, signed: element.signed! };
}

/** The number of elements of a shape; 1 for a scalar. */
export function product(dims: readonly number[]): number {
  return dims.reduce((value, dim) => value * dim, 1);
}

/** Makes a constant of a decoded tensor, or a sentence saying what is wrong with it. */
export function toConstant(tensor: OnnxTensor): Constant | string {
  const type = elementTypes[tensor.type];
  if (type === undefined) return `has element type ${tensor.type}, which is no number type`;
  const { dims } = tensor;
  const wrong = dims.find((dim) => !(Number.isInteger(dim) && dim >= 0 && dim < 2 ** 31));
  if (wrong !== undefined) return `has the dimension ${wrong}`;
  const count = product(dims);
  if (!Number.isSafeInteger(count)) return `has ${dims.join("x")} elements`;
  const base: Constant = { dims, ...integerType(tensor.type) };
  if (tensor.raw !== undefined) {
    const bytes = Math.ceil((count * type.size) / 8);
    if (tensor.raw.length !== bytes)
      return `has ${tensor.raw.length} bytes of data, but ${dims.join("x") || "a scalar"} of ${type.name} takes ${bytes}`;
    return { ...base, values: readRaw(tensor.raw, tensor.type, count) };
  }
  if (tensor.numbers === undefined) return count === 0 ? { ...base, values: new Float64Array(0) } : base;
  const words = type.size === 4 ? Math.ceil(count / 2) : count;
  if (tensor.numbers.length !== words)
    return `has ${tensor.numbers.length} numbers, but ${dims.join("x") || "a scalar"} of ${type.name} takes ${words}`;
  return { ...base, values: readTyped(tensor.numbers, tensor.type, count) };
}

function readRaw(raw: Uint8Array, type: number, count: number): Numbers {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const fill = <T extends Numbers>(into: T, read: (index: number) => number): T => {
    for (let i = 0; i < count; i++) into[i] = read(i);
    return into;
  };
  switch (type) {
    case 1:
      return fill(new Float32Array(count), (i) => view.getFloat32(4 * i, true));
    case 2:
    case 9:
      return new Uint8Array(raw);
    case 3:
      return fill(new Int8Array(count), (i) => view.getInt8(i));
    case 4:
      return fill(new Int32Array(count), (i) => view.getUint16(2 * i, true));
    case 5:
      return fill(new Int32Array(count), (i) => view.getInt16(2 * i, true));
    case 6:
      return fill(new Int32Array(count), (i) => view.getInt32(4 * i, true));
    case 7:
      return fill(new Float64Array(count), (i) => Number(view.getBigInt64(8 * i, true)));
    case 10:
      return fill(new Float32Array(count), (i) => halfToNumber(view.getUint16(2 * i, true)));
    case 11:
      return fill(new Float64Array(count), (i) => view.getFloat64(8 * i, true));
    case 12:
      return fill(new Float64Array(count), (i) => view.getUint32(4 * i, true));
    case 13:
      return fill(new Float64Array(count), (i) => Number(view.getBigUint64(8 * i, true)));
    case 16:
      return fill(new Float32Array(count), (i) => bfloatToNumber(view.getUint16(2 * i, true)));
    default:
      return nibbles((i) => raw[i]!, type, count);
  }
}

function readTyped(numbers: readonly number[], type: number, count: number): Numbers {
  switch (type) {
    case 1:
      return Float32Array.from(numbers);
    case 2:
    case 9:
      return Uint8Array.from(numbers);
    case 3:
      return Int8Array.from(numbers);
    case 4:
    case 5:
    case 6:
      return Int32Array.from(numbers);
    case 10:
      return Float32Array.from(numbers, halfToNumber);
    case 16:
      return Float32Array.from(numbers, bfloatToNumber);
    case 21:
    case 22:
      return nibbles((i) => numbers[i]!, type, count);
    default:
      return Float64Array.from(numbers);
  }
}

/** Two elements a byte, the lower half first. */
function nibbles(byte: (index: number) => number, type: number, count: number): Numbers {
  const values = type === 22 ? new Int8Array(count) : new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const half = (byte(i >> 1) >> (4 * (i & 1))) & 15;
    values[i] = type === 22 && half > 7 ? half - 16 : half;
  }
  return values;
}

/** A number of IEEE half precision from its sixteen bits. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const pun = new DataView(new ArrayBuffer(4));

/** bfloat16 is the upper half of a float. */
function bfloatToNumber(bits: number): number {
  pun.setUint16(0, bits & 0xffff);
  pun.setUint16(2, 0);
  return pun.getFloat32(0);
}
