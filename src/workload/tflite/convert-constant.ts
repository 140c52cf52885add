/**
 * DEQUANTIZE, of an activation at the end of a network or of a constant: weights that a file keeps in half precision or as integers beside
 * real activations. Inputs: one operator. Invariants: a constant's result is a constant of real numbers.
 */
import { halfToNumber } from "../onnx/numbers.js";
import { demand } from "../onnx/refusal.js";
import { type OperatorContext, usableScale } from "./context.js";
import { convertLast } from "./convert-other.js";
import type { TfliteTensor } from "./model.js";

/** DEQUANTIZE. */
export function convertDequantize(context: OperatorContext): void {
  const source = context.source(0);
  if (source?.data === undefined) {
    convertLast(context);
    return;
  }
  const { result } = context;
  demand(result.type === "float32", `it makes ${result.type}`, "float32");
  result.data = new Uint8Array(realNumbers(source).buffer);
}

/** The real numbers of a constant. */
function realNumbers(source: TfliteTensor): Float32Array {
  const { type, scales, zeroPoints, name, dims, axis } = source;
  const copy = source.data!.slice().buffer;
  if (type === "float16") return Float32Array.from(new Uint16Array(copy), halfToNumber);
  demand(type === "int8" || type === "uint8", `"${name}" is ${type}`, "float16, int8, uint8");
  const integers = type === "int8" ? new Int8Array(copy) : new Uint8Array(copy);
  demand(
    scales.length === 1 || scales.length === dims[axis],
    `"${name}" has ${scales.length} scales`,
    `1, ${dims[axis] ?? 1}`,
  );
  for (const scale of scales) usableScale(scale, name);
  const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  return Float32Array.from(integers, (integer, index) => {
    const at = scales.length === 1 ? 0 : Math.floor(index / inner) % scales.length;
    return (integer - (zeroPoints[at] ?? zeroPoints[0] ?? 0)) * scales[at]!;
  });
}
