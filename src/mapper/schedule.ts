/**
 * The global order of row tasks of one partition: a list schedule in rough cycles (pace.ts), ties to the deepest layer.
 * Streams are in order, so a core that holds several layers must take their rows in the order in which they become ready; a purely
 * depth-first order would make every row wait for the whole pipeline behind the one before. Rings bound how far producers run ahead.
 * Pure: the mapper runs it to see whether rings suffice, the emitter to emit. It orders; it does not claim how long anything takes.
 */
import type { Chip } from "../hardware/index.js";
import type { MappedEdge, MappedLayer } from "../mapping/index.js";
import type { NetworkView, Stage } from "./chains.js";
import { finalRows, rowsOfStages, stripsInUse } from "./extents.js";
import { headRowsNeeded, type LocalMemoryLayout } from "./local-memory.js";
import { hopCycles, type RowPace, rowPaces } from "./pace.js";

/** One final row of one strip and pass of a layer. */
export interface Task {
  /** Index into the partition's layers. */
  layer: number;
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
  tasks: number;
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
  /** Layers that take its rows as a stream. */
  readers: { reader: Progress; slots: number; kernelLow: number }[];
  inputs: { on: Progress; stage: number; broadcast: boolean }[];
}

/** Orders the tasks of a partition. */
export function schedule(
  view: NetworkView,
  chip: Chip,
  layers: readonly MappedLayer[],
  edges: readonly MappedEdge[],
  layout: LocalMemoryLayout,
): Schedule {
  const runs = layers.map((layer, index) => progressOf(view, chip, layer, index));
  for (const [index, run] of runs.entries()) connect(view, run, index, runs, edges, layout);
  const tasks: Task[] = [];
  const total = runs.reduce((sum, run) => sum + run.tasks, 0);
  const free = new Map<string, number>();
  while (tasks.length < total) {
    let best = -1;
    let bestStart = Number.POSITIVE_INFINITY;
    for (let index = runs.length - 1; index >= 0; index--) {
      const run = runs[index]!;
      if (!enabled(run) || !hasRoom(view, run)) continue;
      const start = startOf(view, run, free);
      if (start < bestStart) {
        best = index;
        bestStart = start;
      }
    }
    if (best < 0) return { blocked: blockedStreams(view, runs) };
    const run = runs[best]!;
    const row = run.next % run.rows;
    const strip = Math.floor(run.next / run.rows) % run.strips;
    const pass = Math.floor(run.next / run.rows / run.strips);
    tasks.push({ layer: best, pass, strip, row });
    const pace = run.paces[row % run.paces.length]!;
    for (const [core, cycles] of pace.stream) free.set(streamName(run, core), bestStart + cycles);
    free.set(copyName(best, row % run.paces.length), bestStart + pace.latency);
    run.made.push(bestStart + pace.latency);
    run.next++;
  }
  return { tasks };
}

function streamName(run: Progress, core: number): string {
  return `${run.layer.kind} ${core}`;
}

function copyName(layer: number, copy: number): string {
  return `copy ${layer} ${copy}`;
}

/** When the next task of a layer could start: rows there, ring slots free, its cores and its own copy done with what is before. */
function startOf(view: NetworkView, run: Progress, free: ReadonlyMap<string, number>): number {
  const row = run.next % run.rows;
  let start = 0;
  for (const { on, rows } of run.needs(row)) {
    if (rows === 0) continue;
    const hop = run.streams.has(on.layer.output) ? on.streamHop : on.memoryHop;
    start = Math.max(start, on.made[on.tasks - on.rows + rows - 1]! + hop);
  }
  for (const { reader, slots, kernelLow } of run.readers) {
    // The reader's first task by which the slot of this row was free again.
    let task = reader.next;
    while (task > 0 && roomAt(view, reader, task - 1, row, slots, kernelLow)) task--;
    if (task > 0) start = Math.max(start, reader.made[task - 1]!);
  }
  const copy = row % run.paces.length;
  const index = run.index;
  start = Math.max(start, free.get(copyName(index, copy)) ?? 0);
  for (const core of run.paces[copy]!.stream.keys()) start = Math.max(start, free.get(streamName(run, core)) ?? 0);
  return start;
}

function progressOf(view: NetworkView, chip: Chip, layer: MappedLayer, index: number): Progress {
  const chain = view.chain(layer.layer, layer.fused);
  const rows = finalRows(view, layer);
  const strips = stripsInUse(view, layer);
  const passes = Math.max(...layer.slices.map((slice) => slice.pass)) + 1;
  const run: Progress = {
    layer,
    chain,
    rows,
    strips,
    tasks: rows * strips * passes,
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
  const rings = [...layout.layers[index]!.inputs.values()];
  for (const edge of edges) {
    if (edge.kind !== "stream" || edge.to !== run.layer.layer) continue;
    const producer = runs.find((other) => other.layer.layer === edge.from)!;
    run.streams.add(producer.layer.output);
    producer.readers.push({
      reader: run,
      slots: Math.min(...rings.map((ring) => ring.slots)),
      kernelLow: Math.min(...rings.map((ring) => ring.kernel.low)),
    });
  }
}

function enabled(run: Progress): boolean {
  if (run.next >= run.tasks) return false;
  return run.needs(run.next % run.rows).every(({ on, rows }) => rowsReady(on) >= rows);
}

/** Rows that are whole: only the last strip of the last pass makes them so. */
function rowsReady(run: Progress): number {
  return Math.max(0, run.next - (run.tasks - run.rows));
}

/** Whether its readers' rings have a slot for the next row. */
function hasRoom(view: NetworkView, run: Progress): boolean {
  const row = run.next % run.rows;
  return run.readers.every(({ reader, slots, kernelLow }) => roomAt(view, reader, reader.next, row, slots, kernelLow));
}

/** Whether a reader standing before task `task` has a slot for a row. */
function roomAt(
  view: NetworkView,
  reader: Progress,
  task: number,
  row: number,
  slots: number,
  kernelLow: number,
): boolean {
  if (task >= reader.tasks) return true;
  const kernel = { low: kernelLow, high: kernelLow + 1 };
  return row < headRowsNeeded(view, reader.chain, task % reader.rows, kernel).low + slots;
}

function blockedStreams(view: NetworkView, runs: readonly Progress[]): { tensor: number; to: number }[] {
  const blocked: { tensor: number; to: number }[] = [];
  for (const run of runs) {
    if (!enabled(run) || hasRoom(view, run)) continue;
    for (const { reader } of run.readers) blocked.push({ tensor: run.layer.output, to: reader.layer.layer });
  }
  return blocked;
}
