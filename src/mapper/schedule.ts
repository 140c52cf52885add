/**
 * The global order of row tasks of one partition: a list schedule in rough cycles (pace.ts), ties to the deepest layer.
 * Streams are in order, so a core that holds several layers must take their rows in the order in which they become ready; a purely
 * depth-first order would make every row wait for the whole pipeline behind the one before. Rings bound how far producers run ahead.
 * What a task waits for is fixed beforehand (progress.ts), so no choice made here can block what another one would have allowed.
 * Pure: the mapper runs it to see whether rings suffice, the emitter to emit. It orders; it does not claim how long anything takes.
 */
import {
  advance,
  type CopyProgress,
  inputsThere,
  type Progress,
  progressOf,
  roomThere,
  type ScheduleInput,
  type Turns,
} from "./progress.js";

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

/**
 * A schedule, or the streams that stand in the way of one. `periodCycles` is the longest time any unit or copy has from its first task to
 * the end of its last: after it the same schedule can start again, as streams go on in order.
 */
export type Schedule =
  | { tasks: Task[]; endCycles: number; periodCycles: number }
  | { blocked: { tensor: number; to: number }[] };

/** A copy whose next task can be done. */
interface Candidate {
  copy: CopyProgress;
  /** When the rows it needs are there, and when its own row has room. */
  ready: number;
  room: number;
  /** Where in `free` its own row and the streams of its cores are. */
  own: number;
  streams: { at: number; cycles: number }[];
}

/** The order of a partition's tasks: that of the two ways to take turns whose timetable ends first. */
export function schedule(input: ScheduleInput): Schedule {
  const free = scheduleBy(input, "copies");
  // Where copies that run ahead gain nothing, readers that wait for whole prefixes of rows are better served in order.
  const inOrder = scheduleBy(input, "rows");
  if ("blocked" in inOrder) return free;
  return "tasks" in free && free.endCycles < inOrder.endCycles ? free : inOrder;
}

/** Orders the tasks of a partition by one way to take turns; what blocks "copies" blocks "rows" too. */
export function scheduleBy(input: ScheduleInput, turns: Turns): Schedule {
  const runs = progressOf(input, turns);
  const candidates = candidatesOf(runs, input.chip.cores);
  /** When streams and copies are done with what they took before. */
  const free = new Float64Array(2 * input.chip.cores + candidates.size);
  /** When they began. */
  const begun = new Float64Array(free.length).fill(-1);
  const open = new Set<CopyProgress>(candidates.keys());
  const possible: Candidate[] = [];
  const look = (copy: CopyProgress): void => {
    if (!open.has(copy)) return;
    const there = inputsThere(copy);
    const room = there < 0 ? -1 : roomThere(copy);
    if (room < 0) return;
    open.delete(copy);
    const candidate = candidates.get(copy)!;
    candidate.ready = there;
    candidate.room = room;
    possible.push(candidate);
  };
  for (const copy of candidates.keys()) look(copy);
  const tasks: Task[] = [];
  let memoryFree = 0;
  let endCycles = 0;
  while (possible.length > 0) {
    const { at, start } = earliest(possible, free);
    const { copy, room, own, streams } = possible[at]!;
    possible[at] = possible.at(-1)!;
    possible.pop();
    const { run, pace } = copy;
    tasks.push(taskOf(copy));
    if (begun[own]! < 0) begun[own] = start;
    for (const { at: stream, cycles } of streams) {
      if (begun[stream]! < 0) begun[stream] = start;
      free[stream] = start + cycles;
    }
    // Tasks come in the order of their starts, so memory serves them one after the other.
    memoryFree = Math.max(memoryFree, start) + run.memoryCycles;
    // A row may be made before it has room; until then it stays where the copy's next one would go.
    const made = Math.max(start + pace.latency, room, memoryFree);
    free[own] = made;
    advance(copy, made);
    endCycles = Math.max(endCycles, made);
    if (copy.next < run.tasks) open.add(copy);
    look(copy);
    for (const { copy: other } of copy.beside) look(other);
    for (const near of run.near) for (const other of near.copies) look(other);
  }
  if (open.size > 0) return { blocked: blockedStreams(runs) };
  const periodCycles = free.reduce((most, end, at) => Math.max(most, end - Math.max(0, begun[at]!)), 0);
  return { tasks, endCycles, periodCycles };
}

function candidatesOf(runs: readonly Progress[], cores: number): Map<CopyProgress, Candidate> {
  const candidates = new Map<CopyProgress, Candidate>();
  for (const { copies, layer } of runs)
    for (const copy of copies) {
      if (copy.next >= copy.run.tasks) continue;
      const unit = layer.kind === "matrix" ? 0 : cores;
      const streams = [...copy.pace.stream].map(([core, cycles]) => ({ at: unit + core, cycles }));
      candidates.set(copy, { copy, ready: 0, room: 0, own: 2 * cores + candidates.size, streams });
    }
  return candidates;
}

/** The candidate that can start first; of several the one of the deepest layer, and there the first row. */
function earliest(possible: readonly Candidate[], free: Float64Array): { at: number; start: number } {
  let at = -1;
  let start = Number.POSITIVE_INFINITY;
  for (let index = 0; index < possible.length; index++) {
    const candidate = possible[index]!;
    const { ready, own, streams } = candidate;
    let mine = Math.max(ready, free[own]!);
    for (const { at: stream } of streams) mine = Math.max(mine, free[stream]!);
    if (mine > start || (mine === start && !before(candidate.copy, possible[at]!.copy))) continue;
    at = index;
    start = mine;
  }
  return { at, start };
}

function before(one: CopyProgress, other: CopyProgress): boolean {
  return one.run === other.run ? one.next < other.next : one.run.index > other.run.index;
}

function taskOf({ run, next }: CopyProgress): Task {
  const { rows, strips, perSample, index } = run;
  const sample = Math.floor(next / perSample);
  const within = next - sample * perSample;
  return {
    layer: index,
    sample,
    pass: Math.floor(within / rows / strips),
    strip: Math.floor(within / rows) % strips,
    row: within % rows,
  };
}

function blockedStreams(runs: readonly Progress[]): { tensor: number; to: number }[] {
  const blocked: { tensor: number; to: number }[] = [];
  for (const run of runs) {
    const waits = run.copies.some((copy) => copy.next < run.tasks && inputsThere(copy) >= 0 && roomThere(copy) < 0);
    if (waits) for (const { reader } of run.readers) blocked.push({ tensor: run.layer.output, to: reader.layer.layer });
  }
  return blocked;
}
