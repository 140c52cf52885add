/** Effects of the vector unit on rows of elements: VEC and POOL. */
import { InternalError, UserError } from "../base/index.js";
import type { InstructionOf } from "../isa/index.js";
import {
  addElements,
  addToAverage,
  averageElements,
  clamp,
  multiplyElements,
  type PoolParameters,
  tableEntry,
} from "../workload/reference/index.js";
import { resultOf } from "./accumulate.js";
import type { Context } from "./context.js";
import { packElements, packedBytes, unpackElements } from "./elements.js";
import { matrixRun, type NamedParameters, namedParameters } from "./params.js";

/** How elements of an operand are read. */
interface ElementForm {
  bits: number;
  signed: boolean;
}

/** VEC: rows of one or two operands, element by element. */
export function startVector(context: Context, instruction: InstructionOf<"VEC">): void {
  if (instruction.kind === "requant") {
    startRequantise(context, instruction);
    return;
  }
  const { kind, rows, rowElements, elementBits, destination, a, b, params } = instruction;
  const named = namedParameters(context, params);
  const forms = operandForms(context, params, elementBits);
  const left = readElements(context, a, rows, rowElements, forms[0]!);
  const right = b === undefined ? undefined : readElements(context, b, rows, rowElements, forms[1] ?? forms[0]!);
  const operation = operationOf(kind, named, params, elementBits, forms[0]!.signed);
  const rowBytes = packedBytes(rowElements, elementBits);
  const data = new Uint8Array(rows * rowBytes);
  const row = new Int32Array(rowElements);
  for (let r = 0; r < rows; r++) {
    const at = r * rowElements;
    for (let i = 0; i < rowElements; i++)
      row[i] = operation(left[at + i]!, right === undefined ? 0 : right[at + i]!, i);
    packElements(row, 0, rowElements, elementBits, data, r * rowBytes);
  }
  context.write(context.rows(destination.address, rows, rowBytes, destination.stride), data);
}

/** Widths and signs of a layer's inputs; without a layer, those of the instruction, signed. */
function operandForms(context: Context, params: string, elementBits: number): ElementForm[] {
  const name = namedParameters(context, params)?.layer;
  const index = name === undefined ? -1 : context.network.layers.findIndex((layer) => layer.name === name);
  if (index < 0) return [{ bits: elementBits, signed: true }];
  return context.network.layers[index]!.inputs.map((id) => {
    const { bits, signed } = context.parameters.tensors[id]!;
    return { bits, signed };
  });
}

function readElements(
  context: Context,
  block: InstructionOf<"VEC">["a"],
  rows: number,
  rowElements: number,
  form: ElementForm,
): Int32Array {
  const rowBytes = packedBytes(rowElements, form.bits);
  const bytes = context.read(context.rows(block.address, rows, rowBytes, block.stride));
  const out = new Int32Array(rows * rowElements);
  for (let r = 0; r < rows; r++)
    unpackElements(bytes, r * rowBytes, rowElements, form.bits, form.signed, out, r * rowElements);
  return out;
}

/** What a vector operation does to two elements: as its layer says, else on plain integers, saturating. */
function operationOf(
  kind: InstructionOf<"VEC">["kind"],
  named: NamedParameters | undefined,
  params: string,
  bits: number,
  signed: boolean,
): (a: number, b: number, element: number) => number {
  if (kind === "copy") return (a) => a;
  const own = named?.own;
  if (own?.kind === "table") {
    const { channel0 = 0, channels = own.tables } = named ?? {};
    return (a, _, element) => tableEntry(own, a, channel0 + (element % channels));
  }
  if (own?.kind === "add" && kind === "add") return (a, b) => addElements(own, a, b);
  if (own?.kind === "mul" && kind === "mul") return (a, b) => multiplyElements(own, a, b);
  if (own !== undefined && own.kind !== "concat")
    throw new UserError({
      code: "vector-parameters",
      message: `operation ${kind} does not go with layer ${params}`,
      seen: own.kind,
      accepted: "add with an add layer, mul with a mul layer, lut, relu or clip with an activation layer",
    });
  const low = signed ? -(2 ** (bits - 1)) : 0;
  const high = low + 2 ** bits - 1;
  const places = 2 ** Number(params || 0);
  switch (kind) {
    case "add":
      return (a, b) => clamp(a + b, low, high);
    case "sub":
      return (a, b) => clamp(a - b, low, high);
    case "mul":
      return (a, b) => clamp(a * b, low, high);
    case "max":
      return Math.max;
    case "min":
      return Math.min;
    case "relu":
      return (a) => Math.max(a, 0);
    case "clip":
      return (a) => clamp(a, low, high);
    case "shiftLeft":
      return (a) => clamp(a * places, low, high);
    case "shiftRight":
      return (a) => Math.floor(a / places);
    default:
      throw new UserError({
        code: "vector-parameters",
        message: `operation ${kind} needs parameters`,
        seen: `"${params}"`,
      });
  }
}

/** VEC requant: sums of accumulator width to results. */
function startRequantise(context: Context, instruction: InstructionOf<"VEC">): void {
  const { rows, rowElements, elementBits, destination, a, params } = instruction;
  const run = matrixRun(context, params);
  const bits = context.state.chip.core.accumulatorBits;
  const sourceBytes = packedBytes(rowElements, bits);
  const from = context.rows(a.address, rows, sourceBytes, a.stride);
  const sums = new Float64Array(rowElements);
  const bytes = context.read(from);
  const rowBytes = packedBytes(rowElements, elementBits);
  const data = new Uint8Array(rows * rowBytes);
  for (let r = 0; r < rows; r++) {
    unpackElements(bytes, r * sourceBytes, rowElements, bits, true, sums);
    for (let i = 0; i < rowElements; i++) sums[i] = resultOf(sums[i]!, run.channel0 + (i % run.channels), run.own);
    packElements(sums, 0, rowElements, elementBits, data, r * rowBytes);
  }
  context.write(context.rows(destination.address, rows, rowBytes, destination.stride), data);
}

/** POOL: one row of a pooled map; windows are clipped left and right here, above and below by `kernelRows`. */
export function startPool(context: Context, instruction: InstructionOf<"POOL">): void {
  const { outputs, channels, elementBits, kernelRows, kernelColumns, strideX, padLeft, width } = instruction;
  const own = namedParameters(context, instruction.params)?.own;
  if (own === undefined || (own.kind !== "maxpool" && own.kind !== "avgpool"))
    throw new UserError({
      code: "pool-parameters",
      message: "POOL needs a pool layer's parameters",
      seen: `"${instruction.params}"`,
    });
  const form = operandForms(context, instruction.params, elementBits)[0]!;
  const pixelBytes = packedBytes(channels, form.bits);
  const outBytes = packedBytes(channels, elementBits);
  const data = new Uint8Array(outputs * outBytes);
  const first = Math.max(0, -padLeft);
  const last = Math.min(width, (outputs - 1) * strideX - padLeft + kernelColumns);
  // Every source pixel of the row is read once.
  const rowPixels = Math.max(0, last - first);
  const values = new Int32Array(kernelRows * rowPixels * channels);
  for (let ky = 0; ky < kernelRows; ky++) {
    const row = context.rows(instruction.source, rowPixels, pixelBytes, instruction.pixelStride);
    row.base += ky * instruction.rowStride + first * instruction.pixelStride;
    const bytes = context.read(row);
    for (let x = 0; x < rowPixels; x++)
      unpackElements(bytes, x * pixelBytes, channels, form.bits, form.signed, values, (ky * rowPixels + x) * channels);
  }
  const result = new Int32Array(channels);
  for (let o = 0; o < outputs; o++) {
    const start = o * strideX - padLeft;
    const low = Math.max(first, start) - first;
    const high = Math.min(last, start + kernelColumns) - first;
    for (let c = 0; c < channels; c++) result[c] = poolOne(own, values, kernelRows, rowPixels, channels, low, high, c);
    packElements(result, 0, channels, elementBits, data, o * outBytes);
  }
  const { destination } = instruction;
  const stride = destination.stride === 0 ? outBytes : destination.stride;
  context.write(context.rows(destination.address, outputs, outBytes, stride), data);
}

function poolOne(
  own: PoolParameters,
  values: Int32Array,
  rows: number,
  rowPixels: number,
  channels: number,
  low: number,
  high: number,
  channel: number,
): number {
  let sum = 0;
  let largest = Number.NEGATIVE_INFINITY;
  for (let ky = 0; ky < rows; ky++)
    for (let x = low; x < high; x++) {
      const value = values[(ky * rowPixels + x) * channels + channel]!;
      if (own.kind === "avgpool") sum = addToAverage(own, sum, value);
      if (value > largest) largest = value;
    }
  const inside = rows * Math.max(0, high - low);
  if (own.kind === "avgpool") {
    if (inside === 0 && !own.countIncludePad) return own.inputZeroPoint;
    return averageElements(own, sum, inside);
  }
  if (inside === 0) throw new InternalError("a maximum over nothing");
  return clamp(largest, own.output.low, own.output.high);
}
