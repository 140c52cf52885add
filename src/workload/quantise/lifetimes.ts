/**
 * Which tensors an execution layer by layer still needs.
 * Input: a network. Invariant: outputs of the network are never freed.
 */
import type { Network } from "../network.js";

/** Frees tensors nobody reads any more. */
export interface Lifetimes {
  /** Forgets the values of tensors that are not read after a layer. */
  free(layer: number, values: Map<number, unknown>): void;
}

/** The lifetimes of a network's tensors in the order of its layers. */
export function aliveAfter(network: Network): Lifetimes {
  const last = new Map<number, number>();
  for (const { id, inputs, output } of network.layers) for (const tensor of [...inputs, output]) last.set(tensor, id);
  for (const id of network.outputs) last.delete(id);
  const ending = new Map<number, number[]>();
  for (const [tensor, layer] of last) ending.set(layer, [...(ending.get(layer) ?? []), tensor]);
  return {
    free(layer, values) {
      for (const tensor of ending.get(layer) ?? []) values.delete(tensor);
    },
  };
}
