/**
 * Which rows and columns of an operand a layer looks at, and what follows from it: how many rows it needs before its first, how many of its
 * rows wait for the operand's last. A chain is a head layer with its fused followers; "final" rows are those of the tensor that leaves it.
 */
import type { MappedLayer } from "../../mapping/index.js";
import { hasWindow, type Layer, type Network } from "../../workload/index.js";

/** A half-open run of rows or columns. */
export interface Span {
  low: number;
  high: number;
}

/** The two directions of a map. */
export type Axis = "y" | "x";

/** The layers of a chain: head, then followers. */
export function chainOf(network: Network, layer: MappedLayer): Layer[] {
  return [layer.layer, ...layer.fused].map((id) => network.layers[id]!);
}

/** Rows (y) or columns (x) of a tensor. */
export function extentOf(network: Network, tensor: number, axis: Axis): number {
  const { height, width } = network.tensors[tensor]!.shape;
  return axis === "y" ? height : width;
}

/**
 * The part of an operand that outputs [low, high) look at, cut to the map: [low · stride − pad + dilation · k0,
 * (high − 1) · stride − pad + dilation · (k1 − 1) + 1) for kernel positions [k0, k1); everything for fc; the same rows elsewhere.
 */
export function inputSpan(network: Network, layer: Layer, operand: number, axis: Axis, out: Span, kernel?: Span): Span {
  const extent = extentOf(network, operand, axis);
  if (layer.op === "fc")
    return kernel ? { low: kernel.low, high: Math.min(extent, kernel.high) } : { low: 0, high: extent };
  if (!hasWindow(layer)) return { low: Math.min(out.low, extent), high: Math.min(out.high, extent) };
  const [size, stride, dilation, pad] =
    axis === "y"
      ? [layer.kernelHeight, layer.strideY, layer.dilationY, layer.padTop]
      : [layer.kernelWidth, layer.strideX, layer.dilationX, layer.padLeft];
  const { low: k0, high: k1 } = kernel ?? { low: 0, high: size };
  const low = Math.min(extent, Math.max(0, out.low * stride - pad + dilation * k0));
  return { low, high: Math.max(low, Math.min(extent, (out.high - 1) * stride - pad + dilation * (k1 - 1) + 1)) };
}

/** The spans that all links of a chain make for a span of the final tensor. */
export function linkSpans(network: Network, chain: readonly Layer[], axis: Axis, final: Span): Span[] {
  const spans: Span[] = new Array(chain.length);
  spans[chain.length - 1] = final;
  for (let index = chain.length - 1; index > 0; index--)
    spans[index - 1] = inputSpan(network, chain[index]!, chain[index - 1]!.output, axis, spans[index]!);
  return spans;
}

/** A tensor that is, or is joined into, another, and the channel of the whole at which it begins. */
export interface Part {
  tensor: number;
  channel0: number;
}

/** Every tensor that makes up one: itself, and through concatenations the joined ones. */
export function partsOf(network: Network, tensor: number, channel0 = 0): Part[] {
  const parts: Part[] = [{ tensor, channel0 }];
  const producer = network.layers.find((layer) => layer.output === tensor);
  if (producer?.op !== "concat") return parts;
  let at = channel0;
  for (const input of producer.inputs) {
    parts.push(...partsOf(network, input, at));
    at += network.tensors[input]!.shape.channels;
  }
  return parts;
}

/** Rows of `tensor` needed for the first `finalRows` final rows of a chain: back through the followers to the link that reads it. */
export function rowsNeeded(network: Network, chain: readonly Layer[], tensor: number, finalRows: number): number {
  const reads = (operand: number) => partsOf(network, operand).some((part) => part.tensor === tensor);
  const link = Math.max(
    0,
    chain.findIndex((layer) => layer.inputs.some(reads)),
  );
  const operand = chain[link]!.inputs.find(reads) ?? chain[0]!.inputs[0]!;
  const made = linkSpans(network, chain, "y", { low: 0, high: finalRows })[link]!;
  return Math.max(1, inputSpan(network, chain[link]!, operand, "y", made).high);
}

/** Final rows of a chain that need the last row of `tensor`; at least 1. */
export function rowsBehindLast(network: Network, chain: readonly Layer[], tensor: number): number {
  const rows = extentOf(network, chain.at(-1)!.output, "y");
  const all = rowsNeeded(network, chain, tensor, rows);
  let first = rows;
  while (first > 1 && rowsNeeded(network, chain, tensor, first - 1) === all) first--;
  return rows - first + 1;
}
