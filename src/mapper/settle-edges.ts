/**
 * Which streams of a mapping go through memory after all: those that would block, and those into short rings that cost time.
 * Between the two the rounds of the partitions are chosen, as timetables need the edges and what costs time depends on the rounds.
 */
import type { Chip } from "../hardware/index.js";
import type { MappedEdge, MappedLayer, SpillReason } from "../mapping/index.js";
import type { NetworkView } from "./chains.js";
import { decideEdges, edgeName, type StreamRules } from "./edges.js";
import type { LocalMemoryLayout } from "./local-memory.js";
import { type RoundRules, rowsOf, samplesPerRound } from "./rounds.js";
import { type Schedule, schedule, scheduleBy } from "./schedule.js";

/** The partitions of a mapping, with their layouts. */
export interface Settling {
  view: NetworkView;
  chip: Chip;
  layers: readonly MappedLayer[][];
  layouts: readonly LocalMemoryLayout[];
  rules: StreamRules;
  rounds: RoundRules;
}

/**
 * A tensor goes through memory instead of as a stream where that cuts a timetable to this share: the timetable does not see that layers share
 * the channels of memory and the order of their loads, and memory costs energy besides.
 */
const MEMORY_MUST_SAVE = 0.95;

/** Edges for which every partition has a schedule, and the samples of its rounds; also sets `stored` of all layers. */
export function settleEdges(settling: Settling): { edges: MappedEdge[][]; samples: number[] } {
  const { view, layers, rules } = settling;
  const spilled = new Map<string, SpillReason>();
  const edges = unblock(settling, spilled);
  const samples = samplesPerRound(
    settling.rounds,
    layers.map((own, index) => ({
      rows: rowsOf(view, own),
      cyclesOf: (count) => periodOf(schedule(inputOf(settling, index, edges[index]!, count))),
    })),
  );
  layers.forEach((_, index) => {
    spillSlow(settling, index, edges[index]!, samples[index]!, spilled);
  });
  return { edges: decideEdges(view, layers, rules, spilled), samples };
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
 * A stream holds its producer back where the reader's ring is short: that of a pooling layer beside many copies of its producer, or of one
 * of several readers. These are tried both ways, by the timetable.
 */
function spillSlow(
  settling: Settling,
  index: number,
  edges: MappedEdge[],
  samples: number,
  spilled: Map<string, SpillReason>,
): void {
  const { view, layers, rules } = settling;
  const doubtful = doubtfulStreams(layers[index]!, edges);
  if (doubtful.length === 0) return;
  let best = lengthOf(schedule(inputOf(settling, index, edges, samples)));
  for (const { edges: together, why } of doubtful) {
    const names = together.map(({ tensor, to }) => edgeName(index, tensor, to));
    for (const name of names) spilled.set(name, why);
    const without = decideEdges(view, layers, rules, spilled)[index]!;
    const length = lengthOf(schedule(inputOf(settling, index, without, samples)));
    if (length < best * MEMORY_MUST_SAVE) best = length;
    else for (const name of names) spilled.delete(name);
  }
}

/** Streams to be tried, those together that lead to one vector layer: it waits for the slowest of them. */
function doubtfulStreams(
  layers: readonly MappedLayer[],
  edges: readonly MappedEdge[],
): { edges: MappedEdge[]; why: SpillReason }[] {
  const streams = edges.filter(({ kind }) => kind === "stream");
  const vector = layers.filter(({ kind }) => kind === "vector").map(({ layer }) => layer);
  const intoVector = vector.map((layer) => streams.filter(({ to }) => to === layer));
  const second = streams.filter(
    (edge, index) => !vector.includes(edge.to) && streams.findIndex(({ tensor }) => tensor === edge.tensor) < index,
  );
  return [
    ...intoVector.filter(({ length }) => length > 0).map((list) => ({ edges: list, why: "vector-consumer" as const })),
    ...second.map((edge) => ({ edges: [edge], why: "second-stream" as const })),
  ];
}

function inputOf(
  { view, chip, layers, layouts, rules }: Settling,
  index: number,
  edges: MappedEdge[],
  samples: number,
) {
  return { view, chip, layers: layers[index]!, edges, layout: layouts[index]!, pipeline: rules.pipeline, samples };
}

function periodOf(order: Schedule): number {
  return "tasks" in order ? order.periodCycles : Number.POSITIVE_INFINITY;
}

function lengthOf(order: Schedule): number {
  return "tasks" in order ? order.endCycles : Number.POSITIVE_INFINITY;
}
