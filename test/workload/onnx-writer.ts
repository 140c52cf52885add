/** Writes small ONNX files for tests: the inverse of the reader, by field numbers of the ONNX schema. */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

export type AttributeValue = number | { float: number } | { floats: number[] } | string | number[] | TensorSpec;

export interface TensorSpec {
  name?: string;
  dims: number[];
  /** TensorProto.DataType: 1 float, 2 uint8, 3 int8, 6 int32, 7 int64. */
  type?: number;
  /** Absent: shape only. */
  data?: number[];
  /** Store in the typed field instead of raw bytes. */
  typed?: boolean;
}

export interface NodeSpec {
  op: string;
  domain?: string;
  name?: string;
  inputs: string[];
  outputs: string[];
  attributes?: Record<string, AttributeValue>;
}

export interface GraphSpec {
  inputs: { name: string; dims: (number | string)[]; type?: number }[];
  outputs: string[];
  nodes: NodeSpec[];
  constants?: (TensorSpec & { name: string })[];
  /** Version of the operator set; absent: the file names none, which only lenient readers take. */
  opset?: number;
}

type Write = (writer: BinaryWriter) => void;

function message(writer: BinaryWriter, field: number, write: Write): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  write(writer);
  writer.join();
}

const text = (writer: BinaryWriter, field: number, value: string) =>
  writer.tag(field, WireType.LengthDelimited).string(value);
const int = (writer: BinaryWriter, field: number, value: number) =>
  writer.tag(field, WireType.Varint).int64(BigInt(value));

function rawBytes(type: number, data: readonly number[]): Uint8Array {
  const array =
    type === 1
      ? Float32Array.from(data)
      : type === 2
        ? Uint8Array.from(data)
        : type === 3
          ? Int8Array.from(data)
          : type === 6
            ? Int32Array.from(data)
            : BigInt64Array.from(data, (value) => BigInt(value));
  return new Uint8Array(array.buffer);
}

function tensor(writer: BinaryWriter, { name = "", dims, type = 1, data, typed = false }: TensorSpec): void {
  for (const dim of dims) int(writer, 1, dim);
  int(writer, 2, type);
  text(writer, 8, name);
  if (data === undefined) return;
  if (!typed) writer.tag(9, WireType.LengthDelimited).bytes(rawBytes(type, data));
  else if (type === 1)
    message(writer, 4, (inner) => {
      for (const value of data) inner.float(value);
    });
  else
    message(writer, type === 7 ? 7 : 5, (inner) => {
      for (const value of data) inner.int64(BigInt(value));
    });
}

function attribute(writer: BinaryWriter, name: string, value: AttributeValue): void {
  text(writer, 1, name);
  // AttributeProto.AttributeType stands in field 20.
  if (typeof value === "number") {
    int(writer, 3, value);
    int(writer, 20, 2);
  } else if (typeof value === "string") {
    text(writer, 4, value);
    int(writer, 20, 3);
  } else if (Array.isArray(value)) {
    for (const item of value) int(writer, 8, item);
    int(writer, 20, 7);
  } else if ("float" in value) {
    writer.tag(2, WireType.Bit32).float(value.float);
    int(writer, 20, 1);
  } else if ("floats" in value) {
    for (const item of value.floats) writer.tag(7, WireType.Bit32).float(item);
    int(writer, 20, 6);
  } else {
    message(writer, 5, (inner) => tensor(inner, value));
    int(writer, 20, 4);
  }
}

function valueInfo(writer: BinaryWriter, name: string, dims?: readonly (number | string)[], type = 1): void {
  text(writer, 1, name);
  if (dims === undefined) return;
  message(writer, 2, (outer) =>
    message(outer, 1, (inner) => {
      int(inner, 1, type);
      message(inner, 2, (shape) => {
        for (const dim of dims)
          message(shape, 1, (one) => {
            if (typeof dim === "number") int(one, 1, dim);
            else text(one, 2, dim);
          });
      });
    }),
  );
}

/** The bytes of a model with one graph. */
export function writeOnnx(graph: GraphSpec): Uint8Array {
  const writer = new BinaryWriter();
  int(writer, 1, 8);
  message(writer, 7, (body) => {
    for (const node of graph.nodes)
      message(body, 1, (inner) => {
        for (const input of node.inputs) text(inner, 1, input);
        for (const output of node.outputs) text(inner, 2, output);
        text(inner, 3, node.name ?? "");
        text(inner, 4, node.op);
        if (node.domain !== undefined) text(inner, 7, node.domain);
        for (const [name, value] of Object.entries(node.attributes ?? {}))
          message(inner, 5, (at) => attribute(at, name, value));
      });
    text(body, 2, "test");
    for (const constant of graph.constants ?? []) message(body, 5, (inner) => tensor(inner, constant));
    for (const { name, dims, type } of graph.inputs) message(body, 11, (inner) => valueInfo(inner, name, dims, type));
    for (const name of graph.outputs) message(body, 12, (inner) => valueInfo(inner, name));
  });
  if (graph.opset !== undefined)
    for (const [domain, version] of [
      ["", graph.opset],
      ["com.microsoft", 1],
    ] as const)
      message(writer, 8, (inner) => {
        text(inner, 1, domain);
        int(inner, 2, version);
      });
  return writer.finish();
}

/** Small whole numbers from −5 to 5, different for each seed. */
export function numbers(count: number, seed = 1): number[] {
  return Array.from({ length: count }, (_, index) => ((index * 7 + seed * 13) % 11) - 5);
}
