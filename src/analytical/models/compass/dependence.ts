/** What a network's layers wait for, read off the network alone: the matrix layer behind each tensor, and how far it must be before another starts. */
import { isMacLayer, type Layer, type Network } from "../../../workload/index.js";
import { inputSpan } from "../../estimate/rows.js";

/** By tensor: the last matrix layer it depends on through vector layers only; −1 for none. */
export function anchorsOf(network: Network): number[] {
  const anchors = network.tensors.map(() => -1);
  for (const layer of network.layers)
    anchors[layer.output] = isMacLayer(layer) ? layer.id : Math.max(...layer.inputs.map((tensor) => anchors[tensor]!));
  return anchors;
}

/** For every matrix layer, by consumer: its windows, in raster order, that the consumer's first window looks at through vector layers. */
export function firstWindows(network: Network): Map<number, Map<number, number>> {
  const producers = new Map(network.layers.map((layer) => [layer.output, layer]));
  const result = new Map<number, Map<number, number>>();
  for (const consumer of network.layers.filter(isMacLayer)) {
    const seen = new Map<number, [number, number]>();
    const walk = (reader: Layer, operand: number, y: number, x: number): void => {
      const rows = Math.max(1, inputSpan(network, reader, operand, "y", { low: 0, high: y }).high);
      const columns = Math.max(1, inputSpan(network, reader, operand, "x", { low: 0, high: x }).high);
      const known = seen.get(operand);
      const producer = producers.get(operand);
      if (!producer || (known && known[0] >= rows && known[1] >= columns)) return;
      seen.set(operand, [rows, columns]);
      if (!isMacLayer(producer)) {
        for (const input of producer.inputs) walk(producer, input, rows, columns);
        return;
      }
      const own = result.get(producer.id) ?? new Map<number, number>();
      result.set(producer.id, own);
      const windows = (rows - 1) * network.tensors[operand]!.shape.width + columns;
      own.set(consumer.id, Math.max(windows, own.get(consumer.id) ?? 0));
    };
    walk(consumer, consumer.inputs[0]!, 1, 1);
  }
  return result;
}
