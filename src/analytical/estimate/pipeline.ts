/**
 * Filling and emptying a stage's pipeline of layers, from row dependencies.
 *
 * A layer works in rounds: replicas make `replicas` final rows at once, strip after strip, pass after pass; a round takes 1/rounds of
 * the layer's ticks a sample. The first round passes load, mvm (and its tail), vector and out one after another; later rounds follow at
 * the pace of the layer's busiest resource:
 *   out(k rows) = ready + mvm + tail + vector + out + (rounds(k) − 1) · most,  ready = inputs of the first row there.
 * Where samples are handed on whole, all rows of a producer come before the first round, and all rounds behind its last row.
 * A resource starts where the first of its users does and is followed by the shortest way from a user's last work to the stage's end.
 */
import type { MappedPartition } from "../../mapping/index.js";
import type { EstimateContext } from "./context.js";
import type { OwnTicks, Position } from "./ledger.js";
import { dramLatencyTicks } from "./rates.js";
import { chainOf, extentOf, rowsBehindLast, rowsNeeded } from "./rows.js";

/** For every layer and place in its pipeline: ticks before its first work and behind its last. */
export interface PipelineTimes {
  start: Record<Position, number>;
  tail: Record<Position, number>;
}

interface Round {
  /** Rounds of a sample in all, and of one strip and pass. */
  all: number;
  perSweep: number;
  replicas: number;
  own: OwnTicks;
  mvmTail: number;
}

/** Ticks of one round at a place. */
function step(round: Round, position: Position | "most"): number {
  return round.own[position] / round.all;
}

/** Ticks of a round from its inputs to its results. */
function through(round: Round): number {
  return step(round, "mvm") + round.mvmTail + step(round, "vector") + step(round, "out");
}

/** Rounds until `rows` final rows are whole: only the last sweep completes rows. */
function roundsUntil(round: Round, rows: number): number {
  return round.all - round.perSweep + Math.ceil(rows / round.replicas);
}

/** Start and tail of every layer of a stage. */
export function pipelineTimes(
  context: EstimateContext,
  partition: MappedPartition,
  own: readonly OwnTicks[],
  mvmTails: readonly number[],
): PipelineTimes[] {
  const { network, mapping, chip, ideal } = context;
  const { layers, edges } = partition;
  const rounds = layers.map((layer, index): Round => {
    const passes = Math.max(...layer.slices.map((slice) => slice.pass)) + 1;
    const perSweep = Math.ceil(extentOf(network, layer.output, "y") / layer.replicas);
    const { replicas } = layer;
    return { all: perSweep * layer.strips * passes, perSweep, replicas, own: own[index]!, mvmTail: mvmTails[index]! };
  });
  /** A layer starts when its producers have finished the sample. */
  const whole = mapping.pipeline === "sample";
  const latency = mapping.tensorMemory === "gm" ? dramLatencyTicks(chip, ideal) : 0;
  const inward = layers.map((layer) => edges.filter((edge) => edge.to === layer.layer && edge.kind !== "fused"));
  const indexOf = (id: number) => layers.findIndex((layer) => layer.layer === id);

  // Forwards: when a layer's first inputs are there.
  const times: PipelineTimes[] = [];
  layers.forEach((layer, index) => {
    const chain = chainOf(network, layer);
    const round = rounds[index]!;
    let first = 0;
    let ready = 0;
    for (const edge of inward[index]!) {
      const height = extentOf(network, edge.tensor, "y");
      const window = rowsNeeded(network, chain, edge.tensor, 1);
      const needed = whole ? height : window;
      const from = indexOf(edge.from);
      const memory = edge.kind === "memory";
      let there = memory ? latency : 0;
      let begins = there;
      if (from >= 0 && from < index) {
        const producer = rounds[from]!;
        const out = times[from]!.start.mvm + through(producer);
        begins += out;
        there += out + (roundsUntil(producer, needed) - 1) * step(producer, "most");
      }
      if (memory) {
        // What is in memory already is loaded as fast as the layer alone can; behind a producer only its last row is left to load.
        const rows = from >= 0 && from < index && !whole ? 1 : window;
        there += (round.own.load * rows) / height;
      }
      first = Math.max(first, begins);
      ready = Math.max(ready, there);
    }
    const start = { load: first, mvm: ready, vector: 0, out: 0 };
    start.vector = ready + step(round, "mvm") + round.mvmTail;
    start.out = start.vector + step(round, "vector");
    times.push({ start, tail: { load: 0, mvm: 0, vector: 0, out: 0 } });
  });

  // Backwards: what is left when a layer's last row is out.
  for (let index = layers.length - 1; index >= 0; index--) {
    const layer = layers[index]!;
    const round = rounds[index]!;
    let behind = 0;
    layers.forEach((reader, to) => {
      if (to <= index) return;
      const chain = chainOf(network, reader);
      for (const edge of inward[to]!) {
        if (edge.from !== layer.layer) continue;
        const other = rounds[to]!;
        const load = edge.kind === "memory" ? latency + other.own.load / extentOf(network, edge.tensor, "y") : 0;
        const rows = whole ? extentOf(network, reader.output, "y") : rowsBehindLast(network, chain, edge.tensor);
        const left = other.all - other.perSweep + Math.ceil(rows / other.replicas);
        behind = Math.max(behind, load + through(other) + (left - 1) * step(other, "most") + times[to]!.tail.out);
      }
    });
    const { tail } = times[index]!;
    tail.out = behind;
    tail.vector = behind + step(round, "out");
    tail.mvm = tail.vector + step(round, "vector") + round.mvmTail;
    tail.load = tail.mvm + step(round, "mvm");
  }
  return times;
}

/** Ticks before the first work of any user of a resource, and behind the last. */
export function aroundOf(
  times: readonly PipelineTimes[],
  users: readonly { layer: number; position: Position }[],
): { fill: number; drain: number } {
  let fill = Number.POSITIVE_INFINITY;
  let drain = Number.POSITIVE_INFINITY;
  for (const { layer, position } of users) {
    fill = Math.min(fill, times[layer]!.start[position]);
    drain = Math.min(drain, times[layer]!.tail[position]);
  }
  return { fill, drain };
}
