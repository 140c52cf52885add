/**
 * Loads and stores of every partition of a Mapping by the rules of COMPASS: a tensor that is read and not wholly made in a partition is loaded
 * once, what is made and needed later is stored, layers without weights go with the matrix layer behind them. Not what the Mapping's
 * program moves: that also stores what vector layers read, and loads a tensor once for every core.
 */
import type { Mapping, PartitionPlan } from "../../../mapping/index.js";
import { isMacLayer, type Network } from "../../../workload/index.js";
import { anchorsOf } from "./dependence.js";

/** Bytes of one sample, by partition. */
export type Traffic = Pick<
  PartitionPlan,
  "loadBytes" | "storeBytes" | "partialLoadBytes" | "partialStoreBytes" | "innerBytes" | "resultBytes"
>;

/** Which partitions hold a part of a layer, and the share of its output channels that each finishes. */
class Spread {
  private readonly parts = new Map<number, Map<number, number>>();

  constructor(mapping: Mapping, network: Network) {
    for (const { index, layers } of mapping.partitions)
      for (const { layer, kind, slices } of layers) {
        if (kind !== "matrix") continue;
        const finished = slices.reduce((sum, { sumsTo, channels }) => sum + (sumsTo < 0 ? channels : 0), 0);
        const own = this.parts.get(layer) ?? new Map<number, number>();
        this.parts.set(
          layer,
          own.set(index, finished / network.tensors[network.layers[layer]!.output]!.shape.channels),
        );
      }
  }

  /** Share by partition; what stands before all matrix layers (−1) belongs to the first partition. */
  of(layer: number): ReadonlyMap<number, number> {
    return this.parts.get(layer) ?? new Map([[0, 1]]);
  }
}

/** The traffic of all partitions. */
export function compassTraffic(mapping: Mapping, network: Network): Traffic[] {
  const traffic = mapping.partitions.map(
    (): Traffic => ({
      loadBytes: 0,
      storeBytes: 0,
      partialLoadBytes: 0,
      partialStoreBytes: 0,
      innerBytes: 0,
      resultBytes: 0,
    }),
  );
  const spread = new Spread(mapping, network);
  const anchors = anchorsOf(network);
  const placed = new Set(mapping.partitions.flatMap(({ layers }) => layers.flatMap((l) => [l.layer, ...l.fused])));
  const producers = new Map(network.layers.map((layer) => [layer.output, layer]));
  // A concatenation that is no work of any core moves nothing: its readers read what it joins.
  const readersOf = (tensor: number): { anchor: number; matrix: boolean }[] =>
    network.layers
      .filter(({ inputs }) => inputs.includes(tensor))
      .flatMap((reader) =>
        placed.has(reader.id)
          ? [{ anchor: anchors[reader.output]!, matrix: isMacLayer(reader) }]
          : readersOf(reader.output),
      );
  const leaves = (tensor: number): boolean =>
    network.outputs.includes(tensor) ||
    network.layers.some(({ id, inputs, output }) => inputs.includes(tensor) && !placed.has(id) && leaves(output));
  for (const { id, shape } of network.tensors) {
    const producer = producers.get(id);
    if (producer && !placed.has(producer.id)) continue;
    const bits = network.tensors[id]!.bits ?? mapping.precision.activationBits;
    const bytes = shape.height * shape.width * Math.ceil((shape.channels * bits) / 8);
    const made = producer ? spread.of(anchors[id]!) : new Map<number, number>();
    const readers = readersOf(id).filter(({ anchor, matrix }) => matrix || !producer || anchor !== anchors[id]);
    traffic.forEach((one, index) => {
      const needs = readers.map(({ anchor, matrix }) => {
        const share = spread.of(anchor).get(index);
        return share === undefined ? 0 : matrix ? 1 : share;
      });
      const need = Math.max(0, ...needs);
      const share = made.get(index) ?? 0;
      const whole = made.size === 1 && made.has(index);
      const later = leaves(id) || readers.some(({ anchor }) => Math.max(...spread.of(anchor).keys()) > index);
      if (!whole) one.loadBytes += need * bytes;
      else if (readers.some(({ anchor }) => spread.of(anchor).has(index))) one.innerBytes += bytes;
      if (later || (need > 0 && !whole)) one.storeBytes += share * bytes;
      one.resultBytes += share * bytes;
    });
  }
  addPartialSums(mapping, traffic);
  return traffic;
}

/** A slice cut by partitions: each part but the first takes up the sum so far, each but the last hands it on. */
function addPartialSums(mapping: Mapping, traffic: Traffic[]): void {
  for (const { from, to, height, width, pixelBytes } of mapping.partialSums) {
    const bytes = height * width * pixelBytes;
    traffic[from]!.partialStoreBytes += bytes;
    traffic[to]!.partialLoadBytes += bytes;
  }
  for (const one of traffic) {
    one.loadBytes += one.partialLoadBytes;
    one.storeBytes += one.partialStoreBytes;
  }
}
