/** Writes small tflite files for tests: the inverse of the reader, by field numbers of the schema. */
import { Builder } from "flatbuffers";

export interface TensorSpec {
  name: string;
  dims: number[];
  /** Default int8. */
  type?: "float32" | "float16" | "int32" | "uint8" | "int64" | "int16" | "int8";
  scales?: number[];
  zeroPoints?: number[];
  axis?: number;
  data?: number[];
}

export interface OperatorSpec {
  /** Code of the schema. */
  code: number;
  custom?: string;
  inputs: number[];
  outputs: number[];
  /** Fields of the options table: a number is a 32-bit integer, { byte } one byte, { float } a real number. */
  options?: (number | { byte: number } | { float: number } | undefined)[];
}

export interface ModelSpec {
  tensors: TensorSpec[];
  operators: OperatorSpec[];
  inputs: number[];
  outputs: number[];
  identifier?: string;
  version?: number;
}

export const codes = {
  ADD: 0,
  AVERAGE_POOL_2D: 1,
  CONCATENATION: 2,
  CONV_2D: 3,
  DEPTHWISE_CONV_2D: 4,
  DEQUANTIZE: 6,
  FULLY_CONNECTED: 9,
  LOGISTIC: 14,
  MAX_POOL_2D: 17,
  MUL: 18,
  RELU: 19,
  RESHAPE: 22,
  SOFTMAX: 25,
  CUSTOM: 32,
  PAD: 34,
  TRANSPOSE: 39,
  MEAN: 40,
  QUANTIZE: 114,
  BATCH_MATMUL: 126,
};

const types = { float32: 0, float16: 1, int32: 2, uint8: 3, int64: 4, int16: 7, int8: 9 };

function bytesOf(type: NonNullable<TensorSpec["type"]>, data: readonly number[]): Uint8Array {
  const array = {
    float32: () => Float32Array.from(data),
    // The sixteen bits of each number.
    float16: () => Uint16Array.from(data),
    int32: () => Int32Array.from(data),
    uint8: () => Uint8Array.from(data),
    int64: () => BigInt64Array.from(data, BigInt),
    int16: () => Int16Array.from(data),
    int8: () => Int8Array.from(data),
  }[type]();
  return new Uint8Array(array.buffer);
}

/** The bytes of a model with one subgraph. */
export function writeTflite(spec: ModelSpec): Uint8Array {
  const b = new Builder(1024);
  const offsets = (list: readonly number[]) => {
    b.startVector(4, list.length, 4);
    for (const offset of list.toReversed()) b.addOffset(offset);
    return b.endVector();
  };
  const ints = (list: readonly number[]) => {
    b.startVector(4, list.length, 4);
    for (const value of list.toReversed()) b.addInt32(value);
    return b.endVector();
  };
  const bytes = (data: Uint8Array) => {
    b.startVector(1, data.length, 16);
    for (const value of data.toReversed()) b.addInt8((value << 24) >> 24);
    return b.endVector();
  };
  const table = (fields: number, add: () => void) => {
    b.startObject(fields);
    add();
    return b.endObject();
  };

  const buffers = [table(1, () => {})];
  const tensors = spec.tensors.map(({ name, dims, type = "int8", scales, zeroPoints, axis = 0, data }) => {
    let buffer = 0;
    if (data !== undefined) {
      const content = bytes(bytesOf(type, data));
      buffer = buffers.push(table(1, () => b.addFieldOffset(0, content, 0))) - 1;
    }
    const shape = ints(dims);
    const text = b.createString(name);
    let quantization = 0;
    if (scales !== undefined) {
      b.startVector(4, scales.length, 4);
      for (const scale of scales.toReversed()) b.addFloat32(scale);
      const scaleVector = b.endVector();
      b.startVector(8, scales.length, 8);
      for (let i = scales.length - 1; i >= 0; i--) b.addInt64(BigInt(zeroPoints?.[i] ?? zeroPoints?.[0] ?? 0));
      const zeroVector = b.endVector();
      quantization = table(7, () => {
        b.addFieldOffset(2, scaleVector, 0);
        b.addFieldOffset(3, zeroVector, 0);
        b.addFieldInt32(6, axis, 0);
      });
    }
    return table(5, () => {
      b.addFieldOffset(0, shape, 0);
      b.addFieldInt8(1, types[type], 0);
      b.addFieldInt32(2, buffer, 0);
      b.addFieldOffset(3, text, 0);
      b.addFieldOffset(4, quantization, 0);
    });
  });
  const operatorCodes = spec.operators.map(({ code, custom }) => {
    const text = custom === undefined ? 0 : b.createString(custom);
    return table(4, () => {
      b.addFieldInt8(0, Math.min(code, 127), 0);
      b.addFieldOffset(1, text, 0);
      b.addFieldInt32(3, code, 0);
    });
  });
  const operators = spec.operators.map(({ inputs, outputs, options = [] }, index) => {
    const [from, to] = [ints(inputs), ints(outputs)];
    const own = table(options.length, () => {
      options.forEach((value, field) => {
        if (typeof value === "number") b.addFieldInt32(field, value, 0);
        else if (value !== undefined && "float" in value) b.addFieldFloat32(field, value.float, 0);
        else if (value !== undefined) b.addFieldInt8(field, value.byte, 0);
      });
    });
    return table(5, () => {
      b.addFieldInt32(0, index, 0);
      b.addFieldOffset(1, from, 0);
      b.addFieldOffset(2, to, 0);
      b.addFieldOffset(4, own, 0);
    });
  });
  const [tensorList, inputs, outputs] = [offsets(tensors), ints(spec.inputs), ints(spec.outputs)];
  const operatorList = offsets(operators);
  const graph = table(5, () => {
    b.addFieldOffset(0, tensorList, 0);
    b.addFieldOffset(1, inputs, 0);
    b.addFieldOffset(2, outputs, 0);
    b.addFieldOffset(3, operatorList, 0);
  });
  const [codeList, graphList, bufferList] = [offsets(operatorCodes), offsets([graph]), offsets(buffers)];
  const model = table(5, () => {
    b.addFieldInt32(0, spec.version ?? 3, 0);
    b.addFieldOffset(1, codeList, 0);
    b.addFieldOffset(2, graphList, 0);
    b.addFieldOffset(4, bufferList, 0);
  });
  b.finish(model, spec.identifier ?? "TFL3");
  return b.asUint8Array().slice();
}
