/**
 * How far the layers of a partition are while their row tasks are put in order, and what a row waits for.
 * Every copy of a layer takes its own rows in ascending order. Copies on different cores are free of each other, but all finish a strip or
 * pass before one begins the next; copies that share a core, and so its ring of input rows, keep the layer's order among themselves.
 */
import type { Chip } from "../hardware/index.js";
import type { MappedEdge, MappedLayer, Pipeline } from "../mapping/index.js";
import type { NetworkView, Stage } from "./chains.js";
import { finalRows, rowsOfStages, stripsInUse } from "./extents.js";
import type { LocalMemoryLayout } from "./local-memory.js";
import { memoryCycles } from "./memory-pace.js";
import { hopCycles, type RowPace, rowPaces } from "./pace.js";
import { slotsFreedBy } from "./ring-room.js";
import { headRowsNeeded } from "./rings.js";

/** What a schedule is made of and for. */
export interface ScheduleInput {
  view: NetworkView;
  chip: Chip;
  layers: readonly MappedLayer[];
  edges: readonly MappedEdge[];
  layout: LocalMemoryLayout;
  pipeline: Pipeline;
  /** Samples of a round of the batch loop, ordered together. */
  samples: number;
}

/** How the copies of a layer take turns: all in the order of its rows, or each for itself where they share no core. */
export type Turns = "rows" | "copies";

/** One layer. Its tasks are numbered sample by sample, pass by pass, strip by strip, row by row. */
export interface Progress {
  /** Index into the partition's layers. */
  index: number;
  layer: MappedLayer;
  chain: Stage[];
  rows: number;
  strips: number;
  /** Tasks of one sample, and of all. */
  perSample: number;
  tasks: number;
  copies: CopyProgress[];
  /** When each task's row is made, by the timetable; −1 while it is not done. */
  made: Float64Array;
  /** By sample: how many of its first rows are whole, and when the last of the first n + 1 was. */
  wholeRows: Int32Array;
  wholeAt: Float64Array;
  /** Layers of this partition whose rows it needs: by its row, how many of their first; and cycles from there to here. */
  inputs: { on: Progress; rows: Int32Array; hopCycles: number }[];
  /** Layers that take its rows as a stream; see `slotsFreedBy`. */
  readers: { reader: Progress; freedBy: Int32Array[] }[];
  /** Cycles a task takes of the memory that tensors live in. */
  memoryCycles: number;
  /** Layers for which a task of this one may be what they wait for. */
  near: Set<Progress>;
}

/** One copy of a layer. */
export interface CopyProgress {
  run: Progress;
  pace: RowPace;
  /** Its next task; `run.tasks` when all are done. */
  next: number;
  /** Copies of the layer that it may not overtake: by a task where `tasks` is 1, by a whole strip or pass of so many. */
  beside: { copy: CopyProgress; tasks: number }[];
}

/** The layers of a partition before any task is done. */
export function progressOf(input: ScheduleInput, turns: Turns): Progress[] {
  const runs = input.layers.map((layer, index) => layerProgress(input, layer, index, turns));
  for (const run of runs) connect(input, run, runs);
  return runs;
}

function layerProgress(
  { view, chip, edges, layout, samples }: ScheduleInput,
  layer: MappedLayer,
  index: number,
  turns: Turns,
): Progress {
  const rows = finalRows(view, layer);
  const strips = stripsInUse(view, layer);
  const passes = Math.max(...layer.slices.map((slice) => slice.pass)) + 1;
  const perSample = rows * strips * passes;
  const tasks = perSample * samples;
  const run: Progress = {
    index,
    layer,
    chain: view.chain(layer.layer, layer.fused),
    rows,
    strips,
    perSample,
    tasks,
    copies: [],
    made: new Float64Array(tasks).fill(-1),
    wholeRows: new Int32Array(samples),
    wholeAt: new Float64Array(rows * samples),
    inputs: [],
    readers: [],
    memoryCycles: memoryCycles(view, chip, layer, layout.layers[index]!, edges) / perSample,
    near: new Set(),
  };
  run.copies = rowPaces(view, chip, layer).map((pace, copy) => ({
    run,
    pace,
    next: copy < rows ? copy : tasks,
    beside: [],
  }));
  for (const copy of run.copies)
    for (const other of run.copies) {
      if (other === copy) continue;
      if (turns === "rows" || shareCore(copy.pace, other.pace)) copy.beside.push({ copy: other, tasks: 1 });
      else if (strips > 1 || passes > 1) copy.beside.push({ copy: other, tasks: rows });
    }
  return run;
}

function shareCore(one: RowPace, other: RowPace): boolean {
  for (const core of one.stream.keys()) if (other.stream.has(core)) return true;
  return false;
}

function connect(
  { view, chip, edges, layout, pipeline, samples }: ScheduleInput,
  run: Progress,
  runs: Progress[],
): void {
  const { chain, layer } = run;
  const streams = new Set<number>();
  for (const edge of edges) {
    if (edge.kind !== "stream" || edge.to !== layer.layer) continue;
    const producer = runs.find((other) => other.layer.layer === edge.from)!;
    streams.add(producer.layer.output);
    const reader = { chain, rows: run.rows, layer };
    producer.readers.push({ reader: run, freedBy: slotsFreedBy(view, reader, layout.layers[run.index]!, samples) });
    run.near.add(producer);
  }
  const head = chain[0]!.layer;
  const from = (tensor: number, stage: number, broadcast: boolean): void => {
    const needed = (row: number): number => {
      if (broadcast) return 1;
      return stage < 0 ? headRowsNeeded(view, chain, row, undefined).high : rowsOfStages(view, chain, row)[stage]!.high;
    };
    for (const root of view.roots(tensor))
      for (const on of runs) {
        if (on === run || on.layer.output !== root.tensor) continue;
        const rows = Int32Array.from({ length: run.rows }, (_, row) => (pipeline === "sample" ? on.rows : needed(row)));
        run.inputs.push({ on, rows, hopCycles: hopCycles(view, chip, on.layer, !streams.has(on.layer.output)) });
        on.near.add(run);
      }
  };
  if (head.op === "concat") for (const tensor of head.inputs) from(tensor, -1, false);
  else from(chain[0]!.input, -1, false);
  chain.forEach(({ other }, at) => {
    if (other) from(other.tensor, at, other.broadcast);
  });
}

/** When all rows that a copy's next task needs are there, and its turn has come beside other copies; −1: not yet. */
export function inputsThere({ run, next, beside }: CopyProgress): number {
  for (const { copy, tasks } of beside) if (Math.floor(copy.next / tasks) < Math.floor(next / tasks)) return -1;
  const row = next % run.rows;
  const sample = Math.floor(next / run.perSample);
  let start = 0;
  for (const { on, rows, hopCycles: hop } of run.inputs) {
    const count = rows[row]!;
    if (count === 0) continue;
    if (on.wholeRows[sample]! < count) return -1;
    start = Math.max(start, on.wholeAt[sample * on.rows + count - 1]! + hop);
  }
  return start;
}

/** When the row of a copy's next task has its slot in the rings of all its readers; −1: not yet. */
export function roomThere({ run, next }: CopyProgress): number {
  let start = 0;
  if (run.readers.length === 0) return start;
  const row = Math.floor(next / run.perSample) * run.rows + (next % run.rows);
  for (const { reader, freedBy } of run.readers)
    for (const ring of freedBy) {
      if (ring[row]! < 0) continue;
      const free = reader.made[ring[row]!]!;
      if (free < 0) return -1;
      start = Math.max(start, free);
    }
  return start;
}

/** Counts a copy's next task as done at a time, and moves on to the one after it. */
export function advance(copy: CopyProgress, made: number): void {
  const { run, next } = copy;
  const { rows, perSample } = run;
  run.made[next] = made;
  const replicas = run.copies.length;
  copy.next =
    (next % rows) + replicas < rows ? next + replicas : next - (next % rows) + rows + ((next % rows) % replicas);
  copy.next = Math.min(copy.next, run.tasks);
  // Only the last strip of the last pass makes a row whole.
  const sample = Math.floor(next / perSample);
  const whole = (sample + 1) * perSample - rows;
  for (let row = run.wholeRows[sample]!; row < rows && run.made[whole + row]! >= 0; row++) {
    const before = row === 0 ? 0 : run.wholeAt[sample * rows + row - 1]!;
    run.wholeAt[sample * rows + row] = Math.max(before, run.made[whole + row]!);
    run.wholeRows[sample] = row + 1;
  }
}
