/**
 * Row dependencies: how many rows of its operand a layer needs before its first row, and how many of its rows wait for the last one.
 * A layer here is a head with its fused followers; "final rows" are rows of the tensor that leaves it.
 */
import type { MappedLayer } from "../../mapping/index.js";
import { hasWindow, type Layer, type Network } from "../../workload/index.js";

/** The layers of a chain: head, then followers. */
export function chainOf(network: Network, layer: MappedLayer): Layer[] {
  return [layer.layer, ...layer.fused].map((id) => network.layers[id]!);
}

/** The height of a tensor. */
export function heightOf(network: Network, tensor: number): number {
  return network.tensors[tensor]!.shape.height;
}

/**
 * One past the last input row that output rows [0, high) of a layer look at:
 * (high − 1) · stride − padTop + dilation · (kernel − 1) + 1 inside the map; all rows for fc; the same rows otherwise.
 */
function inputRows(network: Network, layer: Layer, tensor: number, high: number): number {
  const height = heightOf(network, tensor);
  if (layer.op === "fc") return height;
  if (!hasWindow(layer)) return Math.min(high, height);
  const last = (high - 1) * layer.strideY - layer.padTop + layer.dilationY * (layer.kernelHeight - 1);
  return Math.max(1, Math.min(height, last + 1));
}

/** Whether a tensor is, or is joined from, another. */
function contains(network: Network, tensor: number, part: number): boolean {
  if (tensor === part) return true;
  const producer = network.layers.find((layer) => layer.output === tensor);
  return producer?.op === "concat" && producer.inputs.some((input) => contains(network, input, part));
}

/** The link of a chain that reads a tensor from outside, and the operand it takes it by. */
export function readerOf(network: Network, chain: readonly Layer[], tensor: number): { link: number; operand: number } {
  const link = chain.findIndex((layer) => layer.inputs.some((input) => contains(network, input, tensor)));
  if (link < 0) return { link: 0, operand: chain[0]!.inputs[0]! };
  return { link, operand: chain[link]!.inputs.find((input) => contains(network, input, tensor))! };
}

/** Rows of `tensor` needed for the first `finalRows` final rows of a chain: back through the followers to the link that reads it. */
export function rowsNeeded(network: Network, chain: readonly Layer[], tensor: number, finalRows: number): number {
  const { link, operand } = readerOf(network, chain, tensor);
  let high = finalRows;
  for (let index = chain.length - 1; index > link; index--)
    high = inputRows(network, chain[index]!, chain[index - 1]!.output, high);
  return inputRows(network, chain[link]!, operand, high);
}

/** Final rows of a chain that need the last row of `tensor`; at least 1. */
export function rowsBehindLast(network: Network, chain: readonly Layer[], tensor: number): number {
  const rows = heightOf(network, chain.at(-1)!.output);
  const all = rowsNeeded(network, chain, tensor, rows);
  let first = rows;
  while (first > 1 && rowsNeeded(network, chain, tensor, first - 1) === all) first--;
  return rows - first + 1;
}
