/**
 * Replication inside a partition: the slowest layer gets another copy until the chip is full (COMPASS section 5 default).
 * All slices of a layer in a partition have the same number of replicas. It stops at the first failure of the slowest layer,
 * since helping another would not make the pipeline faster.
 */

/** A layer of the partition as replication sees it. */
export interface Replicable {
  /** Vectors one array group computes for one sample with one replica. */
  vectors: number;
  /** Most replicas that still have an output row each. */
  most: number;
  /** Vectors of the busiest replica at which something else decides the pace; none where replicas are made while there is room. */
  enough?: number;
}

/** Tries replica counts: whether they can be packed into the chip. */
export type PackTest = (replicas: readonly number[]) => boolean;

/** Replica counts, one a layer; `packs` has the last word on every step. It also stops where the slowest layer is fast enough. */
export function replicate(layers: readonly Replicable[], packs: PackTest): number[] {
  const replicas = layers.map(() => 1);
  if (layers.length === 0) return replicas;
  // A search asks this of thousands of partitions: times are kept, and only that of the layer that got a copy changes.
  const times = Float64Array.from(layers, (layer) => time(layer, 1));
  for (;;) {
    let slowest = 0;
    for (let index = 1; index < times.length; index++) if (times[index]! > times[slowest]!) slowest = index;
    const layer = layers[slowest]!;
    if (times[slowest]! <= (layer.enough ?? 0)) return replicas;
    // A count that leaves the busiest replica with as many rows as before would only cost writes: go on to the next that helps.
    const before = replicas[slowest]!;
    const rows = Math.ceil(layer.most / before);
    if (rows === 1) return replicas;
    replicas[slowest] = Math.ceil(layer.most / (rows - 1));
    if (!packs(replicas)) {
      replicas[slowest] = before;
      return replicas;
    }
    times[slowest] = time(layer, replicas[slowest]!);
  }
}

/** Vectors of the busiest replica: rows are dealt out whole. */
function time(layer: Replicable, replicas: number): number {
  return Math.ceil(layer.most / replicas) * (layer.vectors / layer.most);
}
