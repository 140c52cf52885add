/**
 * Inputs of a verification from a file: .npy, .json or raw bytes, checked against the network's inputs.
 * Values are the integers the network takes, or real numbers (arrays of floats; any numbers where the network itself is
 * real), height × width × channels (channels first is turned where that is the only fit), one sample or several.
 */
import { UserError } from "../base/index.js";
import { elementsOf, type Network, type Tensor } from "../workload/index.js";
import { quantiseValues } from "../workload/quantise/index.js";

/** Values of one network input, as the file has them. */
interface Given {
  values: ArrayLike<number>;
  /** Extents, where the file says them. */
  shape?: readonly number[];
  /** Whether the file says that these are real numbers. */
  real?: boolean;
}

/** Samples of a file: inputs by tensor id, one entry a sample. The network must have widths and signs. */
export function parseInputs(bytes: Uint8Array, file: string, network: Network): Map<number, Int32Array>[] {
  return parse(bytes, file, network, (values, tensor, given) =>
    given.real ? quantiseValues(finite(values, tensor, file), tensor) : integers(values, tensor, file),
  );
}

/** Samples of a file for a network of real numbers: inputs by tensor id, one entry a sample. */
export function parseRealInputs(bytes: Uint8Array, file: string, network: Network): Map<number, Float32Array>[] {
  return parse(bytes, file, network, (values, tensor) => Float32Array.from(finite(values, tensor, file)));
}

function parse<T>(
  bytes: Uint8Array,
  file: string,
  network: Network,
  convert: (values: Float64Array, tensor: Tensor, given: Given) => T,
): Map<number, T>[] {
  const given = readGiven(bytes, file, network);
  let samples: Map<number, T>[] | undefined;
  for (const id of network.inputs) {
    const tensor = network.tensors[id]!;
    const own = given.get(tensor.name);
    if (own === undefined) throw problem(file, tensor, "no values for this input", [...given.keys()].join(", "));
    const values = samplesOf(own, tensor, file);
    samples ??= values.map(() => new Map());
    if (values.length !== samples.length)
      throw problem(file, tensor, "inputs have different numbers of samples", `${values.length}`, `${samples.length}`);
    for (const [sample, one] of values.entries()) samples[sample]!.set(id, convert(one, tensor, own));
  }
  return samples ?? [];
}

function problem(file: string, tensor: Tensor, message: string, seen: string, accepted?: string): UserError {
  return new UserError({
    code: "bad-inputs",
    message: `input ${tensor.name}: ${message}`,
    place: { file },
    seen,
    ...(accepted === undefined ? {} : { accepted }),
  });
}

function badFile(file: string, message: string, seen: string, accepted: string): UserError {
  return new UserError({ code: "bad-inputs", message, place: { file }, seen, accepted });
}

function readGiven(bytes: Uint8Array, file: string, network: Network): Map<string, Given> {
  const names = network.inputs.map((id) => network.tensors[id]!.name);
  const form = bytes[0] === 0x93 ? "npy" : /\.json$/i.test(file) ? "json" : "raw";
  if (form === "json") return readJson(bytes, file, names);
  if (names.length !== 1)
    throw badFile(file, "the network has several inputs", form, `a JSON object with the values of ${names.join(", ")}`);
  const tensor = network.tensors[network.inputs[0]!]!;
  return new Map([[names[0]!, form === "npy" ? readNpy(bytes, file) : readRaw(bytes, tensor)]]);
}

/** Bytes as they lie in memory: one an element, two (low byte first) above 8 bits, single precision for real inputs. */
function readRaw(bytes: Uint8Array, tensor: Tensor): Given {
  if (tensor.bits === undefined) {
    const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return { values: Array.from({ length: bytes.length >> 2 }, (_, i) => words.getFloat32(4 * i, true)), real: true };
  }
  const signed = tensor.signed ?? true;
  if ((tensor.bits ?? 8) <= 8) return { values: signed ? new Int8Array(bytes) : bytes };
  const pairs = new DataView(bytes.buffer, bytes.byteOffset, bytes.length - (bytes.length % 2));
  return {
    values: Array.from({ length: bytes.length >> 1 }, (_, i) =>
      signed ? pairs.getInt16(2 * i, true) : pairs.getUint16(2 * i, true),
    ),
  };
}

function readNpy(bytes: Uint8Array, file: string): Given {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const wide = (bytes[6] ?? 0) >= 2;
  const start = wide ? 12 : 10;
  const length = bytes.length < start ? -1 : wide ? view.getUint32(8, true) : view.getUint16(8, true);
  const header = length < 0 ? "" : new TextDecoder("latin1").decode(bytes.subarray(start, start + length));
  const type = /'descr':\s*'([^']*)'/.exec(header)?.[1];
  const extents = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1];
  if (type === undefined || extents === undefined || /'fortran_order':\s*True/.test(header))
    throw badFile(
      file,
      "not a NumPy array in row order",
      header.slice(0, 80) || "a file cut off",
      "np.save of an array",
    );
  const shape = extents
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map(Number);
  const kinds: Record<string, [number, (at: number) => number]> = {
    "|i1": [1, (at) => view.getInt8(at)],
    "|u1": [1, (at) => view.getUint8(at)],
    "<i2": [2, (at) => view.getInt16(at, true)],
    "<u2": [2, (at) => view.getUint16(at, true)],
    "<i4": [4, (at) => view.getInt32(at, true)],
    "<i8": [8, (at) => Number(view.getBigInt64(at, true))],
    "<f4": [4, (at) => view.getFloat32(at, true)],
    "<f8": [8, (at) => view.getFloat64(at, true)],
  };
  const kind = kinds[type];
  if (kind === undefined)
    throw badFile(
      file,
      "values of this type are not taken",
      `"${type}"`,
      "int8, uint8, int16, uint16, int32, int64, float32 or float64",
    );
  const count = shape.reduce((product, extent) => product * extent, 1);
  const from = start + length;
  if (bytes.length - from !== count * kind[0])
    throw badFile(file, "the array's bytes do not fit its shape", `${bytes.length - from}`, `${count * kind[0]} bytes`);
  return {
    values: Array.from({ length: count }, (_, i) => kind[1](from + i * kind[0])),
    shape,
    real: type.startsWith("<f"),
  };
}

function readJson(bytes: Uint8Array, file: string, names: readonly string[]): Map<string, Given> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw badFile(file, "not JSON", (error as Error).message, "an array of integers, or an object of them by input");
  }
  if (Array.isArray(value)) {
    if (names.length !== 1)
      throw badFile(file, "the network has several inputs", "one array", `an object with ${names.join(", ")}`);
    return new Map([[names[0]!, flat(value, file)]]);
  }
  if (typeof value !== "object" || value === null)
    throw badFile(file, "no values", JSON.stringify(value), "an array of integers, or an object of them by input");
  const unknown = Object.keys(value).filter((name) => !names.includes(name));
  if (unknown.length > 0) throw badFile(file, "no such input", unknown.join(", "), names.join(", "));
  return new Map(Object.entries(value).map(([name, own]) => [name, flat(own, file)]));
}

/** Nested arrays as one, with their extents. */
function flat(value: unknown, file: string): Given {
  const shape: number[] = [];
  for (let at = value; Array.isArray(at); at = at[0]) shape.push(at.length);
  const values: number[] = [];
  const visit = (part: unknown, depth: number): void => {
    if (depth === shape.length) {
      if (typeof part !== "number") throw badFile(file, "not a number", JSON.stringify(part) ?? "nothing", "integers");
      values.push(part);
    } else {
      if (!Array.isArray(part) || part.length !== shape[depth])
        throw badFile(file, "the arrays are ragged", `depth ${depth}`, `${shape[depth]} entries each`);
      for (const one of part) visit(one, depth + 1);
    }
  };
  visit(value, 0);
  return { values, shape };
}

/** The samples of one input, shape checked. */
function samplesOf({ values, shape }: Given, tensor: Tensor, file: string): Float64Array[] {
  const { height, width, channels } = tensor.shape;
  const elements = elementsOf(tensor.shape);
  const wanted = `${height}×${width}×${channels}`;
  const fits = shape === undefined || shape.length === 1 ? "last" : fitOf(shape, tensor);
  if (fits === undefined || values.length === 0 || values.length % elements !== 0)
    throw problem(
      file,
      tensor,
      "wrong shape",
      shape === undefined ? `${values.length} elements` : shape.join("×"),
      `${wanted} (height, width, channels), or several samples of it`,
    );
  return Array.from({ length: values.length / elements }, (_, sample) => {
    const one = new Float64Array(elements);
    for (let i = 0; i < elements; i++)
      one[fits === "last" ? i : (i % (height * width)) * channels + Math.floor(i / (height * width))] =
        values[sample * elements + i]!;
    return one;
  });
}

/** Values as the integers an input holds. */
function integers(values: Float64Array, tensor: Tensor, file: string): Int32Array {
  const bits = tensor.bits ?? 8;
  const low = (tensor.signed ?? true) ? -(2 ** (bits - 1)) : 0;
  const high = low + 2 ** bits - 1;
  for (const value of values)
    if (!Number.isInteger(value) || value < low || value > high)
      throw problem(file, tensor, "a value the input cannot hold", `${value}`, `integers ${low} to ${high}`);
  return Int32Array.from(values);
}

function finite(values: Float64Array, tensor: Tensor, file: string): Float64Array {
  const wrong = values.find((value) => !Number.isFinite(value));
  if (wrong !== undefined) throw problem(file, tensor, "a value that is no number", `${wrong}`, "finite numbers");
  return values;
}

/** Whether channels stand last or first in a shape; undefined where it is not this tensor's. */
function fitOf(shape: readonly number[], { shape: { height, width, channels } }: Tensor): "last" | "first" | undefined {
  const bare = (extents: readonly number[]) => extents.filter((extent) => extent !== 1).join("×");
  const last = bare([height, width, channels]);
  const first = bare([channels, height, width]);
  for (const own of [bare(shape), bare(shape.slice(1))]) {
    if (own === last) return "last";
    if (own === first) return "first";
  }
  return undefined;
}
