/**
 * The part of a tflite model a network needs, as plain values.
 * Inputs: the bytes of a `.tflite` file. Invariants: every index leads to a tensor that exists; a file that is none or is
 * damaged gives one UserError.
 */
import { UserError } from "../../base/index.js";
import { elementTypeName, operatorName } from "./names.js";
import { CorruptFile, Table } from "./tables.js";

/** A tensor as the file has it. */
export interface TfliteTensor {
  index: number;
  name: string;
  dims: number[];
  /** Name of the element type: `int8`, `uint8`, `int32`, `float32`, … */
  type: string;
  scales: number[];
  zeroPoints: number[];
  /** The dimension along which scales are listed where there are several. */
  axis: number;
  /** Bytes of a constant; absent for what is computed. */
  data?: Uint8Array;
}

/** An operator as the file has it. */
export interface TfliteOperator {
  name: string;
  /** Tensor indices; −1 for an optional input that is absent. */
  inputs: number[];
  outputs: number[];
  /** The operator's own options, fields in the order of the schema. */
  options?: Table;
}

/** The first subgraph of a model. */
export interface TfliteModel {
  name: string;
  tensors: TfliteTensor[];
  operators: TfliteOperator[];
  inputs: number[];
  outputs: number[];
}

/** Decodes a model; throws a UserError where the bytes are no tflite model or are damaged. */
export function decodeTflite(bytes: Uint8Array, file?: string): TfliteModel {
  try {
    // A Buffer of Node slices into views, a plain array copies.
    return decode(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
  } catch (error) {
    if (!(error instanceof CorruptFile)) throw error;
    throw new UserError({
      code: "tflite-bytes",
      message: `is not a tflite file, or is damaged (${error.message})`,
      accepted: "a FlatBuffer with the identifier TFL3",
      ...(file === undefined ? {} : { place: { file } }),
    });
  }
}

function decode(bytes: Uint8Array): TfliteModel {
  // Model: version, operator codes, subgraphs, description, buffers.
  const model = Table.root(bytes, "TFL3");
  const version = model.uint(0);
  if (version !== 3) throw new CorruptFile(`its schema has version ${version}, not 3`);
  const codes = model.tables(1).map(codeName);
  const buffers = model.tables(4);
  // Subgraph: tensors, inputs, outputs, operators, name.
  const [graph, ...others] = model.tables(2);
  if (graph === undefined) throw new CorruptFile("it has no subgraph");
  if (others.length > 0) throw new CorruptFile(`it has ${others.length + 1} subgraphs (control flow), not 1`);
  const tensors = graph.tables(0).map((table, index) => tensorOf(table, index, buffers, bytes));
  const known = (what: string, list: number[], optional = false) => {
    for (const index of list)
      if (!(index < tensors.length && (index >= 0 || (optional && index === -1))))
        throw new CorruptFile(`${what} names tensor ${index} of ${tensors.length}`);
    return list;
  };
  const operators = graph.tables(3).map((table, index): TfliteOperator => {
    // Operator: code, inputs, outputs, type of options, options.
    const code = table.uint(0);
    const name = codes[code];
    if (name === undefined) throw new CorruptFile(`operator ${index} names code ${code} of ${codes.length}`);
    const options = table.table(4);
    return {
      name,
      inputs: known(`operator ${index} (${name})`, table.ints(1), true),
      outputs: known(`operator ${index} (${name})`, table.ints(2)),
      ...(options === undefined ? {} : { options }),
    };
  });
  return {
    name: graph.text(4),
    tensors,
    operators,
    inputs: known("the list of inputs", graph.ints(1)),
    outputs: known("the list of outputs", graph.ints(2)),
  };
}

/** OperatorCode: old byte code, custom name, version, code; the larger code counts. */
function codeName(table: Table): string {
  const code = Math.max(table.signedByte(0), table.int(3));
  return code === 32 ? `CUSTOM ${table.text(1)}` : operatorName(code);
}

/** Tensor: shape, type, buffer, name, quantization. */
function tensorOf(table: Table, index: number, buffers: readonly Table[], file: Uint8Array): TfliteTensor {
  const buffer = table.uint(2);
  if (buffer >= Math.max(1, buffers.length))
    throw new CorruptFile(`tensor ${index} names buffer ${buffer} of ${buffers.length}`);
  const data = buffer === 0 ? undefined : contents(buffers[buffer]!, file);
  // QuantizationParameters: min, max, scale, zero point, type of details, details, dimension.
  const quantization = table.table(4);
  return {
    index,
    name: table.text(3) || `tensor${index}`,
    dims: table.ints(0),
    type: elementTypeName(table.byte(1)),
    scales: quantization?.floats(2) ?? [],
    zeroPoints: quantization?.longs(3) ?? [],
    axis: quantization?.int(6) ?? 0,
    ...(data === undefined || data.length === 0 ? {} : { data }),
  };
}

/** Buffer: data, offset and size (of data behind the FlatBuffer, in files above 2 GB). */
function contents(table: Table, file: Uint8Array): Uint8Array | undefined {
  const data = table.bytes(0);
  const [offset, size] = [table.ulong(1), table.ulong(2)];
  if (data !== undefined || offset <= 1) return data;
  if (offset + size > file.length) throw new CorruptFile(`a buffer of ${size} bytes starts at ${offset}`);
  return file.subarray(offset, offset + size);
}
