/**
 * The global order of row tasks of one partition: after each row, every consumer row it enables runs at once, deepest layer first,
 * so that rings need hold little more than one window. Pure: the mapper runs it to see whether rings suffice, the emitter to emit.
 */
import type { MappedEdge, MappedLayer } from "../mapping/index.js";
import type { NetworkView, Stage } from "./chains.js";
import { finalRows, rowsOfStages, stripsInUse } from "./extents.js";
import { headRowsNeeded, type LocalMemoryLayout } from "./local-memory.js";

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
  layer: MappedLayer;
  chain: Stage[];
  tasks: number;
  rows: number;
  strips: number;
  next: number;
  /** Rows needed of layers of this partition, per task row. */
  needs(row: number): { on: Progress; rows: number }[];
  /** Layers that take its rows as a stream. */
  readers: { reader: Progress; slots: number; kernelLow: number }[];
  inputs: { on: Progress; stage: number; broadcast: boolean }[];
}

/** Orders the tasks of a partition. */
export function schedule(
  view: NetworkView,
  layers: readonly MappedLayer[],
  edges: readonly MappedEdge[],
  layout: LocalMemoryLayout,
): Schedule {
  const runs = layers.map((layer) => progressOf(view, layer));
  for (const [index, run] of runs.entries()) connect(view, run, index, runs, edges, layout);
  const tasks: Task[] = [];
  const total = runs.reduce((sum, run) => sum + run.tasks, 0);
  while (tasks.length < total) {
    let index = runs.length - 1;
    while (index >= 0 && !(enabled(runs[index]!) && hasRoom(view, runs[index]!))) index--;
    if (index < 0) return { blocked: blockedStreams(view, runs) };
    const run = runs[index]!;
    const row = run.next % run.rows;
    const strip = Math.floor(run.next / run.rows) % run.strips;
    const pass = Math.floor(run.next / run.rows / run.strips);
    tasks.push({ layer: index, pass, strip, row });
    run.next++;
  }
  return { tasks };
}

function progressOf(view: NetworkView, layer: MappedLayer): Progress {
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
    next: 0,
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
  return run.readers.every(({ reader, slots, kernelLow }) => {
    if (reader.next >= reader.tasks) return true;
    const kernel = { low: kernelLow, high: kernelLow + 1 };
    return row < headRowsNeeded(view, reader.chain, reader.next % reader.rows, kernel).low + slots;
  });
}

function blockedStreams(view: NetworkView, runs: readonly Progress[]): { tensor: number; to: number }[] {
  const blocked: { tensor: number; to: number }[] = [];
  for (const run of runs) {
    if (!enabled(run) || hasRoom(view, run)) continue;
    for (const { reader } of run.readers) blocked.push({ tensor: run.layer.output, to: reader.layer.layer });
  }
  return blocked;
}
