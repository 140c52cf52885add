/**
 * The global order of row tasks of one partition: a list schedule in rough cycles (pace.ts), ties to the deepest layer.
 * Streams are in order, so a core that holds several layers must take their rows in the order in which they become ready; a purely
 * depth-first order would make every row wait for the whole pipeline behind the one before. Rings bound how far producers run ahead.
 * Pure: the mapper runs it to see whether rings suffice, the emitter to emit. It orders; it does not claim how long anything takes.
 */
import type { Chip } from "../hardware/index.js";
import type { MappedEdge, MappedLayer, Pipeline } from "../mapping/index.js";
import type { NetworkView, Stage } from "./chains.js";
import { finalRows, rowsOfStages, stripsInUse } from "./extents.js";
import { headRowsNeeded, type LayerMemory, type LocalMemoryLayout } from "./local-memory.js";
import { hopCycles, type RowPace, rowPaces } from "./pace.js";

/** One final row of one strip and pass of a layer. */
export interface Task {
  /** Index into the partition's layers. */
  layer: number;
  /** Which of the samples of one round of the batch loop. */
  sample: number;
  pass: number;
  strip: number;
  row: number;
}

/** A schedule, or the streams that stand in the way of one. */
export type Schedule = { tasks: Task[] } | { blocked: { tensor: number; to: number }[] };

interface Progress {
  /** Index into the partition's layers. */
  index: number;
  layer: MappedLayer;
  chain: Stage[];
  /** Tasks of all samples, and of one. */
  tasks: number;
  perSample: number;
  rows: number;
  strips: number;
  next: number;
  /** When each task done so far has its row made, by the timetable. */
  made: number[];
  paces: RowPace[];
  /** Cycles its rows need to reach a reader over the network, and through memory. */
  streamHop: number;
  memoryHop: number;
  /** Tensors it takes as a stream. */
  streams: Set<number>;
  /** Rows needed of layers of this partition, per task row. */
  needs(row: number): { on: Progress; rows: number }[];
  /** Layers that take its rows as a stream; row y of sample s has a ring slot in all their cores once task `freedBy[s · rows + y]` is done (−1: at once). */
  readers: { reader: Progress; freedBy: Int32Array }[];
  inputs: { on: Progress; stage: number; broadcast: boolean }[];
}

/** Orders the tasks of a partition. */
export function schedule(
  view: NetworkView,
  chip: Chip,
  layers: readonly MappedLayer[],
  edges: readonly MappedEdge[],
  layout: LocalMemoryLayout,
  pipeline: Pipeline,
  samples = 1,
): Schedule {
  const runs = layers.map((layer, index) => progressOf(view, chip, layer, index, samples, pipeline));
  for (const [index, run] of runs.entries()) connect(view, run, index, runs, edges, layout);
  const tasks: Task[] = [];
  const total = runs.reduce((sum, run) => sum + run.tasks, 0);
  const free = new Map<string, number>();
  while (tasks.length < total) {
    let best = -1;
    let bestStart = Number.POSITIVE_INFINITY;
    for (let index = runs.length - 1; index >= 0; index--) {
      const run = runs[index]!;
      if (!enabled(run) || !hasRoom(run)) continue;
      const start = startOf(run, free);
      if (start < bestStart) {
        best = index;
        bestStart = start;
      }
    }
    if (best < 0) return { blocked: blockedStreams(runs) };
    const run = runs[best]!;
    const row = run.next % run.rows;
    const sample = sampleOf(run);
    const strip = Math.floor(run.next / run.rows) % run.strips;
    const pass = Math.floor((run.next - sample * run.perSample) / run.rows / run.strips);
    tasks.push({ layer: best, sample, pass, strip, row });
    const pace = run.paces[row % run.paces.length]!;
    for (const [core, cycles] of pace.stream) free.set(streamName(run, core), bestStart + cycles);
    free.set(copyName(best, row % run.paces.length), bestStart + pace.latency);
    run.made.push(bestStart + pace.latency);
    run.next++;
  }
  return { tasks };
}

/** The sample that the next task of a layer belongs to. */
function sampleOf(run: Progress): number {
  return Math.floor(run.next / run.perSample);
}

function streamName(run: Progress, core: number): string {
  return `${run.layer.kind} ${core}`;
}

function copyName(layer: number, copy: number): string {
  return `copy ${layer} ${copy}`;
}

/** When the next task of a layer could start: rows there, ring slots free, its cores and its own copy done with what is before. */
function startOf(run: Progress, free: ReadonlyMap<string, number>): number {
  const row = run.next % run.rows;
  let start = 0;
  for (const { on, rows } of run.needs(row)) {
    if (rows === 0) continue;
    const hop = run.streams.has(on.layer.output) ? on.streamHop : on.memoryHop;
    start = Math.max(start, on.made[(sampleOf(run) + 1) * on.perSample - on.rows + rows - 1]! + hop);
  }
  for (const { reader, freedBy } of run.readers)
    if (freedBy[row]! >= 0) start = Math.max(start, reader.made[freedBy[row]!]!);
  const copy = row % run.paces.length;
  const index = run.index;
  start = Math.max(start, free.get(copyName(index, copy)) ?? 0);
  for (const core of run.paces[copy]!.stream.keys()) start = Math.max(start, free.get(streamName(run, core)) ?? 0);
  return start;
}

function progressOf(
  view: NetworkView,
  chip: Chip,
  layer: MappedLayer,
  index: number,
  samples: number,
  pipeline: Pipeline,
): Progress {
  const chain = view.chain(layer.layer, layer.fused);
  const rows = finalRows(view, layer);
  const strips = stripsInUse(view, layer);
  const passes = Math.max(...layer.slices.map((slice) => slice.pass)) + 1;
  const run: Progress = {
    layer,
    chain,
    rows,
    strips,
    tasks: rows * strips * passes * samples,
    perSample: rows * strips * passes,
    index,
    next: 0,
    made: [],
    paces: rowPaces(view, chip, layer),
    streamHop: hopCycles(view, chip, layer, false),
    memoryHop: hopCycles(view, chip, layer, true),
    streams: new Set(),
    readers: [],
    inputs: [],
    needs(row) {
      const made = rowsOfStages(view, chain, row);
      return run.inputs.map(({ on, stage, broadcast }) => {
        if (pipeline === "sample") return { on, rows: on.rows };
        if (broadcast) return { on, rows: 1 };
        return { on, rows: stage < 0 ? headRowsNeeded(view, chain, row, undefined).high : made[stage]!.high };
      });
    },
  };
  return run;
}

function connect(
  view: NetworkView,
  run: Progress,
  index: number,
  runs: readonly Progress[],
  edges: readonly MappedEdge[],
  layout: LocalMemoryLayout,
): void {
  const from = (tensor: number, stage: number, broadcast: boolean): void => {
    for (const root of view.roots(tensor))
      for (const on of runs)
        if (on !== run && on.layer.output === root.tensor) run.inputs.push({ on, stage, broadcast });
  };
  const head = run.chain[0]!.layer;
  if (head.op === "concat") for (const tensor of head.inputs) from(tensor, -1, false);
  else from(run.chain[0]!.input, -1, false);
  run.chain.forEach((stage, at) => {
    if (stage.other) from(stage.other.tensor, at, stage.other.broadcast);
  });
  for (const edge of edges) {
    if (edge.kind !== "stream" || edge.to !== run.layer.layer) continue;
    const producer = runs.find((other) => other.layer.layer === edge.from)!;
    run.streams.add(producer.layer.output);
    producer.readers.push({ reader: run, freedBy: slotsFreedBy(view, run, layout.layers[index]!) });
  }
}

function enabled(run: Progress): boolean {
  if (run.next >= run.tasks) return false;
  return run.needs(run.next % run.rows).every(({ on, rows }) => rowsReady(on, sampleOf(run)) >= rows);
}

/** Rows of a sample that are whole: only the last strip of the last pass makes them so. */
function rowsReady(run: Progress, sample: number): number {
  return Math.max(0, Math.min(run.rows, run.next - ((sample + 1) * run.perSample - run.rows)));
}

/** Whether its readers' rings have a slot for the next row. */
function hasRoom(run: Progress): boolean {
  const row = sampleOf(run) * run.rows + (run.next % run.rows);
  return run.readers.every(({ reader, freedBy }) => reader.next > freedBy[row]!);
}

/**
 * For every input row of a layer, its last task that must be done before the row has a slot in the rings of all its cores.
 * Row y lies in slot y mod slots; a core's ring only takes the rows that the replicas it holds need.
 */
function slotsFreedBy(view: NetworkView, run: Progress, memory: LayerMemory): Int32Array {
  const { height } = view.shape(run.chain[0]!.input);
  const samples = run.tasks / run.perSample;
  const freedBy = new Int32Array(height * samples).fill(-1);
  const replicas = run.paces.length;
  for (const { core, slots, kernel } of memory.inputs.values()) {
    const last = new Int32Array(slots).fill(-1);
    const taken = new Uint8Array(height * samples);
    // Streams only lead to layers without strips and passes: one task a row.
    for (let task = 0; task < run.rows * samples; task++) {
      const row0 = task % run.rows;
      if (!run.paces[row0 % replicas]!.stream.has(core)) continue;
      const { low, high } = headRowsNeeded(view, run.chain, row0, kernel);
      const base = Math.floor(task / run.rows) * height;
      for (let row = low; row < high; row++) {
        // The slot's occupant before this row was last read by the latest task that touched the slot.
        if (taken[base + row] === 0) freedBy[base + row] = Math.max(freedBy[base + row]!, last[row % slots]!);
        taken[base + row] = 1;
      }
      for (let row = low; row < high; row++) last[row % slots] = task;
    }
  }
  return freedBy;
}

function blockedStreams(runs: readonly Progress[]): { tensor: number; to: number }[] {
  const blocked: { tensor: number; to: number }[] = [];
  for (const run of runs) {
    if (!enabled(run) || hasRoom(run)) continue;
    for (const { reader } of run.readers) blocked.push({ tensor: run.layer.output, to: reader.layer.layer });
  }
  return blocked;
}
