/**
 * Encodes an ONNX graph: the part of ModelProto that our writer makes.
 * Inputs: nodes, constants, inputs and outputs as plain values. Invariants: fields by their numbers in the ONNX schema,
 * in ascending order; the same graph gives the same bytes.
 */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** Element types of constants, by their number in TensorProto.DataType. */
export const elementType = { float: 1, uint8: 2, int8: 3, int32: 6, int64: 7 } as const;

/** Numbers of a constant, whose kind of array is its element type. */
export type WriteNumbers = Float32Array | Uint8Array | Int8Array | Int32Array | BigInt64Array;

/** An initialiser. */
export interface WriteConstant {
  name: string;
  dims: readonly number[];
  data: WriteNumbers;
}

/** A node; attributes are integers, lists of integers, or { float }. */
export interface WriteNode {
  op: string;
  name: string;
  domain?: string;
  inputs: readonly string[];
  outputs: readonly string[];
  attributes?: Readonly<Record<string, number | readonly number[] | { float: number }>>;
}

/** An input or output of the graph. */
export interface WriteValue {
  name: string;
  type: number;
  dims: readonly number[];
}

/** A whole graph. */
export interface WriteGraph {
  name: string;
  nodes: WriteNode[];
  constants: WriteConstant[];
  inputs: WriteValue[];
  outputs: WriteValue[];
}

/** The bytes of a model: IR version 8, operator set 17 and version 1 of com.microsoft. */
export function encodeOnnx(graph: WriteGraph): Uint8Array {
  const writer = new BinaryWriter();
  int(writer, 1, 8);
  text(writer, 2, "wordline");
  message(writer, 7, (body) => {
    for (const one of graph.nodes) message(body, 1, (inner) => node(inner, one));
    text(body, 2, graph.name);
    for (const one of graph.constants) message(body, 5, (inner) => constant(inner, one));
    for (const one of graph.inputs) message(body, 11, (inner) => value(inner, one));
    for (const one of graph.outputs) message(body, 12, (inner) => value(inner, one));
  });
  for (const [domain, version] of [
    ["", 17],
    ["com.microsoft", 1],
  ] as const)
    message(writer, 8, (inner) => {
      text(inner, 1, domain);
      int(inner, 2, version);
    });
  return writer.finish();
}

/** The bytes of a model's graph field with nothing but outputs, their types left to whoever reads it. */
export function encodeOutputs(names: readonly string[]): Uint8Array {
  const writer = new BinaryWriter();
  message(writer, 7, (body) => {
    for (const name of names) message(body, 12, (inner) => text(inner, 1, name));
  });
  return writer.finish();
}

function node(writer: BinaryWriter, { op, name, domain, inputs, outputs, attributes = {} }: WriteNode): void {
  for (const input of inputs) text(writer, 1, input);
  for (const output of outputs) text(writer, 2, output);
  text(writer, 3, name);
  text(writer, 4, op);
  for (const [key, given] of Object.entries(attributes))
    message(writer, 5, (inner) => {
      text(inner, 1, key);
      // AttributeProto.AttributeType: 1 float, 2 integer, 7 integers.
      if (typeof given === "number") {
        int(inner, 3, given);
        int(inner, 20, 2);
      } else if ("float" in given) {
        inner.tag(2, WireType.Bit32).float(given.float);
        int(inner, 20, 1);
      } else {
        for (const one of given) int(inner, 8, one);
        int(inner, 20, 7);
      }
    });
  if (domain !== undefined) text(writer, 7, domain);
}

function constant(writer: BinaryWriter, { name, dims, data }: WriteConstant): void {
  for (const dim of dims) int(writer, 1, dim);
  int(writer, 2, typeOf(data));
  text(writer, 8, name);
  // Raw data is little-endian, as every machine that runs Node is.
  writer.tag(9, WireType.LengthDelimited).bytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function typeOf(data: WriteNumbers): number {
  if (data instanceof Float32Array) return elementType.float;
  if (data instanceof Uint8Array) return elementType.uint8;
  if (data instanceof Int8Array) return elementType.int8;
  return data instanceof Int32Array ? elementType.int32 : elementType.int64;
}

function value(writer: BinaryWriter, { name, type, dims }: WriteValue): void {
  text(writer, 1, name);
  message(writer, 2, (outer) =>
    message(outer, 1, (inner) => {
      int(inner, 1, type);
      message(inner, 2, (shape) => {
        for (const dim of dims) message(shape, 1, (one) => int(one, 1, dim));
      });
    }),
  );
}

function message(writer: BinaryWriter, field: number, write: (inner: BinaryWriter) => void): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  write(writer);
  writer.join();
}

function text(writer: BinaryWriter, field: number, content: string): void {
  writer.tag(field, WireType.LengthDelimited).string(content);
}

function int(writer: BinaryWriter, field: number, content: number): void {
  writer.tag(field, WireType.Varint).int64(BigInt(content));
}
