/**
 * Complementary filter pairs: two filters of which a two-rail cell stores one, the other being its complement.
 * From filters u, v of n weights: M = round half up(Σ(u + v) / 2n), stored c = (u − v) >> 1; what the network then has is
 * u' = c + M and v' = −1 − c + M. This changes weights: accuracy is the network's trainer's matter.
 */
import type { IntegerWeights } from "./parameters.js";

/** All filters of a layer as neighbouring pairs. */
export interface FilterPairs {
  /** M of each pair. */
  means: Int32Array;
  /** c, pair after pair. */
  stored: IntegerWeights;
  /** u' and v', filter after filter; may take one bit more than the stored ones. */
  weights: Int16Array | Int32Array;
}

/** Pairs filters 2p and 2p + 1 of a layer's weights (channel after channel, `rows` each); an even number of channels. */
export function pairFilters(weights: IntegerWeights, channels: number, rows: number): FilterPairs {
  const pairs = channels / 2;
  const means = new Int32Array(pairs);
  const stored = weights.slice(0, pairs * rows);
  const recovered = weights instanceof Int32Array ? new Int32Array(weights.length) : new Int16Array(weights.length);
  for (let pair = 0; pair < pairs; pair++) {
    const u = 2 * pair * rows;
    const v = u + rows;
    let sum = 0;
    for (let i = 0; i < 2 * rows; i++) sum += weights[u + i]!;
    const mean = Math.floor(sum / (2 * rows) + 0.5);
    means[pair] = mean;
    for (let i = 0; i < rows; i++) {
      const c = (weights[u + i]! - weights[v + i]!) >> 1;
      stored[pair * rows + i] = c;
      recovered[u + i] = c + mean;
      recovered[v + i] = -1 - c + mean;
    }
  }
  return { means, stored, weights: recovered };
}
