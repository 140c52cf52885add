/**
 * Lead: how many windows of a matrix layer must be out before another can make its first one, in raster order, through all vector
 * layers between. What a pipeline at window level waits for when it fills.
 */
import { isMacLayer } from "../../workload/index.js";
import type { NetworkView } from "../chains.js";
import { columnsNeeded, rowsNeeded } from "../windows.js";

/** Windows of each producer (first key) that each consumer (second key) needs first. */
export type Leads = Map<number, Map<number, number>>;

/** The leads of a network. */
export function leadsOf(view: NetworkView): Leads {
  const leads: Leads = new Map();
  const { network } = view;
  for (const consumer of network.layers) {
    if (!isMacLayer(consumer)) continue;
    // Rows and columns [0, y) × [0, x) of a tensor are needed.
    const seen = new Map<number, [number, number]>();
    const visit = (tensor: number, y: number, x: number): void => {
      const producer = view.producers[tensor];
      const [seenY, seenX] = seen.get(tensor) ?? [0, 0];
      if (producer === undefined || (seenY >= y && seenX >= x)) return;
      seen.set(tensor, [y, x]);
      const layer = network.layers[producer]!;
      if (isMacLayer(layer)) {
        const { width } = view.shape(tensor);
        const byConsumer = leads.get(layer.id) ?? new Map<number, number>();
        leads.set(layer.id, byConsumer);
        byConsumer.set(consumer.id, Math.max(byConsumer.get(consumer.id) ?? 1, (y - 1) * width + x));
      } else for (const input of layer.inputs) visit(input, ...needed(view, layer.id, input, y, x));
    };
    const input = consumer.inputs[0]!;
    visit(input, ...needed(view, consumer.id, input, 1, 1));
  }
  return leads;
}

/** Rows and columns of an operand that the first y × x outputs of a layer look at, at least one each. */
function needed(view: NetworkView, id: number, input: number, y: number, x: number): [number, number] {
  const layer = view.network.layers[id]!;
  const { height, width } = view.shape(input);
  const rows = rowsNeeded(view.network, layer, input, { low: 0, high: y }).high;
  const columns = columnsNeeded(view.network, layer, input, { low: 0, high: x }).high;
  return [Math.max(1, Math.min(height, rows)), Math.max(1, Math.min(width, columns))];
}
