/**
 * Decodes the bytes of an ONNX file: the part of ModelProto a network needs.
 * Inputs: the bytes of a `.onnx` file. Invariants: a truncated or corrupted file gives one UserError with the byte
 * offset; tensor data stays a view into the file until asked for.
 */
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { UserError } from "../../base/index.js";

/** TensorProto: a constant; `raw` or `numbers` hold its elements, both absent when the file stores only the shape. */
export interface OnnxTensor {
  name: string;
  dims: number[];
  /** TensorProto.DataType. */
  type: number;
  raw?: Uint8Array;
  /** From the typed fields (float_data, int32_data, …). */
  numbers?: number[];
}

/** AttributeProto; only the field that was stored is there. */
export interface OnnxAttribute {
  float?: number;
  int?: number;
  text?: string;
  tensor?: OnnxTensor;
  floats: number[];
  ints: number[];
}

/** NodeProto. */
export interface OnnxNode {
  name: string;
  op: string;
  domain: string;
  inputs: string[];
  outputs: string[];
  attributes: Map<string, OnnxAttribute>;
}

/** ValueInfoProto: a graph input or output; a symbolic dimension is its name, an unknown one is "". */
export interface OnnxValueInfo {
  name: string;
  /** TensorProto.DataType; 0 when unknown. */
  type: number;
  dims?: (number | string)[];
}

/** The graph of a model. */
export interface OnnxGraph {
  name: string;
  nodes: OnnxNode[];
  initializers: OnnxTensor[];
  inputs: OnnxValueInfo[];
  outputs: OnnxValueInfo[];
}

/** Decodes a model; throws a UserError with the byte offset where the bytes stop making sense. */
export function decodeOnnx(bytes: Uint8Array, file?: string): OnnxGraph {
  const decoder = new Decoder(bytes);
  try {
    const graph = decoder.model();
    if (graph !== undefined) return graph;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UserError({
      code: "onnx-bytes",
      message: `is not an ONNX file, or is damaged (${message} at byte ${Math.min(decoder.offset, bytes.length)} of ${bytes.length})`,
      ...(file === undefined ? {} : { place: { file } }),
    });
  }
  throw new UserError({
    code: "onnx-bytes",
    message: `is not an ONNX model: no graph in its ${bytes.length} bytes`,
    accepted: "a ModelProto with a graph in field 7",
    ...(file === undefined ? {} : { place: { file } }),
  });
}

type Handlers = Record<number, (wire: WireType) => void>;

class Decoder {
  private readonly reader: BinaryReader;

  constructor(bytes: Uint8Array) {
    this.reader = new BinaryReader(bytes);
  }

  get offset(): number {
    return this.reader.pos;
  }

  model(): OnnxGraph | undefined {
    let graph: OnnxGraph | undefined;
    this.fields(this.reader.len, {
      7: (wire) => {
        graph = this.graph(wire);
      },
    });
    return graph;
  }

  private graph(wire: WireType): OnnxGraph {
    const graph: OnnxGraph = { name: "", nodes: [], initializers: [], inputs: [], outputs: [] };
    this.nested(wire, {
      1: (w) => graph.nodes.push(this.node(w)),
      2: (w) => {
        graph.name = this.text(w);
      },
      5: (w) => graph.initializers.push(this.tensor(w)),
      11: (w) => graph.inputs.push(this.valueInfo(w)),
      12: (w) => graph.outputs.push(this.valueInfo(w)),
    });
    return graph;
  }

  private node(wire: WireType): OnnxNode {
    const node: OnnxNode = { name: "", op: "", domain: "", inputs: [], outputs: [], attributes: new Map() };
    this.nested(wire, {
      1: (w) => node.inputs.push(this.text(w)),
      2: (w) => node.outputs.push(this.text(w)),
      3: (w) => {
        node.name = this.text(w);
      },
      4: (w) => {
        node.op = this.text(w);
      },
      5: (w) => this.attribute(w, node.attributes),
      7: (w) => {
        node.domain = this.text(w);
      },
    });
    return node;
  }

  private attribute(wire: WireType, into: Map<string, OnnxAttribute>): void {
    let name = "";
    const attribute: OnnxAttribute = { floats: [], ints: [] };
    this.nested(wire, {
      1: (w) => {
        name = this.text(w);
      },
      2: (w) => {
        attribute.float = this.float(w);
      },
      3: (w) => {
        attribute.int = this.integer(w);
      },
      4: (w) => {
        attribute.text = this.text(w);
      },
      5: (w) => {
        attribute.tensor = this.tensor(w);
      },
      7: (w) => this.repeated(w, WireType.Bit32, attribute.floats, () => this.reader.float()),
      8: (w) => this.repeated(w, WireType.Varint, attribute.ints, () => Number(this.reader.int64())),
    });
    into.set(name, attribute);
  }

  private tensor(wire: WireType): OnnxTensor {
    const tensor: OnnxTensor = { name: "", dims: [], type: 0 };
    const numbers: number[] = [];
    let external = false;
    this.nested(wire, {
      1: (w) => this.repeated(w, WireType.Varint, tensor.dims, () => Number(this.reader.int64())),
      2: (w) => {
        tensor.type = this.integer(w);
      },
      4: (w) => this.repeated(w, WireType.Bit32, numbers, () => this.reader.float()),
      5: (w) => this.repeated(w, WireType.Varint, numbers, () => Number(this.reader.int64())),
      7: (w) => this.repeated(w, WireType.Varint, numbers, () => Number(this.reader.int64())),
      8: (w) => {
        tensor.name = this.text(w);
      },
      9: (w) => {
        this.expect(w, WireType.LengthDelimited);
        tensor.raw = this.reader.bytes();
      },
      10: (w) => this.repeated(w, WireType.Bit64, numbers, () => this.reader.double()),
      11: (w) => this.repeated(w, WireType.Varint, numbers, () => Number(this.reader.uint64())),
      14: (w) => {
        external = this.integer(w) === 1;
      },
    });
    if (external) delete tensor.raw;
    else if (numbers.length > 0) tensor.numbers = numbers;
    if (tensor.raw?.length === 0) delete tensor.raw;
    return tensor;
  }

  private valueInfo(wire: WireType): OnnxValueInfo {
    const info: OnnxValueInfo = { name: "", type: 0 };
    this.nested(wire, {
      1: (w) => {
        info.name = this.text(w);
      },
      2: (w) => this.nested(w, { 1: (inner) => this.tensorType(inner, info) }),
    });
    return info;
  }

  private tensorType(wire: WireType, info: OnnxValueInfo): void {
    this.nested(wire, {
      1: (w) => {
        info.type = this.integer(w);
      },
      2: (w) => {
        const dims: (number | string)[] = [];
        this.nested(w, { 1: (inner) => dims.push(this.dimension(inner)) });
        info.dims = dims;
      },
    });
  }

  private dimension(wire: WireType): number | string {
    let value: number | string = "";
    this.nested(wire, {
      1: (w) => {
        value = this.integer(w);
      },
      2: (w) => {
        value = this.text(w);
      },
    });
    return value;
  }

  /** Reads a nested message; it must end where its length says. */
  private nested(wire: WireType, handlers: Handlers): void {
    this.expect(wire, WireType.LengthDelimited);
    const end = this.length();
    this.fields(end, handlers);
  }

  private fields(end: number, handlers: Handlers): void {
    const { reader } = this;
    while (reader.pos < end) {
      const [field, wire] = reader.tag();
      const handler = handlers[field];
      if (handler === undefined) reader.skip(wire, field);
      else handler(wire);
      if (reader.pos > end) throw new Error("a field runs over the end of its message");
    }
  }

  private repeated(wire: WireType, single: WireType, into: number[], read: () => number): void {
    if (wire === single) {
      into.push(read());
      return;
    }
    this.expect(wire, WireType.LengthDelimited);
    const end = this.length();
    while (this.reader.pos < end) into.push(read());
    if (this.reader.pos > end) throw new Error("a packed field runs over its end");
  }

  private length(): number {
    const length = this.reader.uint32();
    const end = this.reader.pos + length;
    if (end > this.reader.len) throw new Error(`${length} bytes announced, ${this.reader.len - this.reader.pos} left`);
    return end;
  }

  private text(wire: WireType): string {
    this.expect(wire, WireType.LengthDelimited);
    return this.reader.string();
  }

  private integer(wire: WireType): number {
    this.expect(wire, WireType.Varint);
    return Number(this.reader.int64());
  }

  private float(wire: WireType): number {
    this.expect(wire, WireType.Bit32);
    return this.reader.float();
  }

  private expect(seen: WireType, wanted: WireType): void {
    if (seen !== wanted) throw new Error(`wire type ${seen} where ${wanted} is expected`);
  }
}
