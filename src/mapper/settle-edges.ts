/** Which streams of a mapping go through memory after all: those that would block, and those into vector layers that cost time. */
import type { Chip } from "../hardware/index.js";
import type { MappedEdge, MappedLayer, SpillReason } from "../mapping/index.js";
import type { NetworkView } from "./chains.js";
import { decideEdges, edgeName, type StreamRules } from "./edges.js";
import type { LocalMemoryLayout } from "./local-memory.js";
import { type Schedule, schedule, scheduleBy } from "./schedule.js";

/** The partitions of a mapping, with their layouts. */
export interface Settling {
  view: NetworkView;
  chip: Chip;
  layers: readonly MappedLayer[][];
  layouts: readonly LocalMemoryLayout[];
  rules: StreamRules;
  /** Samples of a round of the batch loop. */
  samples: number;
}

/** Edges for which every partition has a schedule; also sets `stored` of all layers. */
export function settleEdges(settling: Settling): MappedEdge[][] {
  const { view, layers, rules } = settling;
  const spilled = new Map<string, SpillReason>();
  const edges = unblock(settling, spilled);
  layers.forEach((_, index) => {
    spillSlow(settling, index, edges[index]!, spilled);
  });
  return decideEdges(view, layers, rules, spilled);
}

/** Spills what stands in the way of a schedule; the edges that are left have one. */
function unblock(settling: Settling, spilled: Map<string, SpillReason>): MappedEdge[][] {
  const { view, layers, rules } = settling;
  for (;;) {
    const edges = decideEdges(view, layers, rules, spilled);
    const before = spilled.size;
    layers.forEach((_, index) => {
      const order = scheduleBy(inputOf(settling, index, edges[index]!, 1), "copies");
      if ("tasks" in order) return;
      for (const { tensor, to } of order.blocked) spilled.set(edgeName(index, tensor, to), "local-memory");
    });
    if (spilled.size === before) return edges;
  }
}

/**
 * A stream holds its producer back where the reader's ring is short; a matrix layer's has the rows of its window at least, a pooling
 * layer beside many copies of its producer may have too few. Each stream into a vector layer is tried both ways, by the timetable.
 */
function spillSlow(settling: Settling, index: number, edges: MappedEdge[], spilled: Map<string, SpillReason>): void {
  const { view, layers, rules, samples } = settling;
  const vector = new Set(layers[index]!.filter(({ kind }) => kind === "vector").map(({ layer }) => layer));
  const tried = edges.filter(({ kind, to }) => kind === "stream" && vector.has(to));
  if (tried.length === 0) return;
  let best = lengthOf(schedule(inputOf(settling, index, edges, samples)));
  for (const { tensor, to } of tried) {
    const name = edgeName(index, tensor, to);
    spilled.set(name, "vector-consumer");
    const without = decideEdges(view, layers, rules, spilled)[index]!;
    const length = lengthOf(schedule(inputOf(settling, index, without, samples)));
    if (length < best) best = length;
    else spilled.delete(name);
  }
}

function inputOf(
  { view, chip, layers, layouts, rules }: Settling,
  index: number,
  edges: MappedEdge[],
  samples: number,
) {
  return { view, chip, layers: layers[index]!, edges, layout: layouts[index]!, pipeline: rules.pipeline, samples };
}

function lengthOf(order: Schedule): number {
  return "tasks" in order ? order.endCycles : Number.POSITIVE_INFINITY;
}
