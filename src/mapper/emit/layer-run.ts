/** The state of one layer while its partition is emitted: where its rows come from, what its rings hold, how far its copies are. */
import { invariant } from "../../base/index.js";
import type { MappedEdge, MappedLayer, MappedPart, MappedTensor } from "../../mapping/index.js";
import type { Stage } from "../chains.js";
import { columnsOfStages, rowsOfStages, stripsInUse } from "../extents.js";
import { type LayerMemory, partsByCore } from "../local-memory.js";
import type { Ring } from "../rings.js";
import { type Interval, rowsNeeded } from "../windows.js";
import type { Emitter } from "./emitter.js";
import { type Node, type Region, region } from "./graph.js";

/** Where some channels of a row come from. */
export interface Source {
  /** Channels, numbered as in the operand. */
  channel0: number;
  channels: number;
  /** In memory: the slice, and the channels of it. */
  memory?: { tensor: number; slice: MappedTensor["slices"][number]; within: number };
  /** From a producer of this partition: its slice, and the channels of it. */
  stream?: { producer: LayerRun; slice: number; within: number };
}

/** A ring of rows and what is known of it. */
export interface RowBuffer {
  ring: Ring;
  core: number;
  /** First channel it holds. */
  channel0: number;
  sources: Source[];
  /** By slot, then source. */
  regions: Region[][];
  pads: Region;
  /** The last row brought in of the sample it holds; rows come in ascending order in every strip. */
  loaded: number;
  sample: number;
  /** Columns of the operand it holds, and the column that lies first in a slot (negative in the padding). */
  columns: Interval;
  column0: number;
}

/** A copy of a slice: its rings of results. */
export interface CopyState {
  stages: { ring: Ring; regions: Region[]; done: number }[];
  main?: RowBuffer;
  others: (RowBuffer | undefined)[];
  raw: { ring: Ring; regions: Region[]; next: number }[];
  receive?: { ring: Ring; regions: Region[]; next: number };
  /** Array groups: by part, then step. */
  groups: number[][];
  /** The last head row whose raw sums went to memory. */
  summed: number;
  /** Sample of the round whose rows it makes; copies of a layer may be at different ones. */
  sample: number;
}

/** One layer of the partition being emitted. */
export interface LayerRun {
  layer: MappedLayer;
  chain: Stage[];
  memory: LayerMemory;
  strips: number;
  inputs: Map<number, RowBuffer>;
  copies: CopyState[][];
  /** Columns of every link in the current strip. */
  columns: Interval[];
  /** Columns of the head that earlier strips have made. */
  madeColumns: number;
  /** Layers that take its rows as a stream. */
  readers: LayerRun[];
  pass: number;
  strip: number;
  /** By sample of the round: tasks still to come, and the last store in each stream. */
  left: { tasks: number; lastStores: Map<number, Node> }[];
}

const noColumns: Interval = { low: 0, high: 0 };

/** The states of all layers of a partition. */
export function layerRuns(
  emitter: Emitter,
  layers: readonly MappedLayer[],
  edges: readonly MappedEdge[],
  memories: readonly LayerMemory[],
): LayerRun[] {
  const runs: LayerRun[] = [];
  layers.forEach((layer, index) => {
    const run: LayerRun = {
      layer,
      chain: emitter.view.chain(layer.layer, layer.fused),
      memory: memories[index]!,
      strips: stripsInUse(emitter.view, layer),
      inputs: new Map(),
      copies: [],
      columns: [],
      madeColumns: 0,
      readers: [],
      pass: -1,
      strip: -1,
      left: [],
    };
    const producers = new Map<number, LayerRun>();
    for (const edge of edges) {
      if (edge.kind !== "stream" || edge.to !== layer.layer) continue;
      const producer = runs.find((other) => other.layer.layer === edge.from);
      invariant(producer, "a stream must come from a layer before");
      producers.set(edge.tensor, producer);
      producer.readers.push(run);
    }
    if (layer.kind === "matrix") inputRings(emitter, run, producers);
    run.copies = layer.slices.map((slice, at) =>
      slice.copies.map((_, copy) => copyState(emitter, run, at, copy, producers)),
    );
    runs.push(run);
  });
  return runs;
}

function inputRings(emitter: Emitter, run: LayerRun, producers: ReadonlyMap<number, LayerRun>): void {
  const { input } = run.chain[0]!;
  for (const [core, ring] of run.memory.inputs) {
    const sources = sourcesOf(emitter, input, ring.channel0, ring.channels, producers);
    run.inputs.set(core, rowBuffer(ring, core, ring.channel0, sources));
  }
}

/** The sources of channels [channel0, +channels) of an operand. */
export function sourcesOf(
  emitter: Emitter,
  tensor: number,
  channel0: number,
  channels: number,
  producers: ReadonlyMap<number, LayerRun> = new Map(),
): Source[] {
  const sources: Source[] = [];
  const add = (
    first: number,
    count: number,
    source: (within: number) => Omit<Source, "channel0" | "channels">,
  ): void => {
    const low = Math.max(first, channel0);
    const high = Math.min(first + count, channel0 + channels);
    if (low < high) sources.push({ channel0: low, channels: high - low, ...source(low - first) });
  };
  for (const root of emitter.view.roots(tensor)) {
    const producer = producers.get(root.tensor);
    const streamed = new Set<number>();
    producer?.layer.slices.forEach((slice, index) => {
      streamed.add(slice.channel0);
      add(root.channel0 + slice.channel0, slice.channels, (within) => ({ stream: { producer, slice: index, within } }));
    });
    const place = emitter.places.get(root.tensor);
    if (!place) {
      invariant(producer, `tensor ${root.tensor} is neither stored nor streamed`);
      continue;
    }
    for (const slice of place.slices)
      if (!streamed.has(slice.channel0))
        add(root.channel0 + slice.channel0, slice.channels, (within) => ({
          memory: { tensor: root.tensor, slice, within },
        }));
  }
  return sources;
}

function rowBuffer(ring: Ring, core: number, channel0: number, sources: Source[]): RowBuffer {
  return {
    ring,
    core,
    channel0,
    sources,
    regions: Array.from({ length: ring.slots }, () => sources.map(() => region())),
    pads: region(),
    loaded: -1,
    sample: 0,
    columns: noColumns,
    column0: 0,
  };
}

/** The buffers a layer takes its main input from, and the rows each is for. */
export function mainBuffers({ inputs, copies, memory }: LayerRun): { buffer: RowBuffer; needed: Uint8Array }[] {
  const rings = [...inputs].map(([core, buffer]) => ({ buffer, needed: memory.inputs.get(core)!.needed }));
  copies.forEach((slice, at) => {
    slice.forEach(({ main }, copy) => {
      if (main) rings.push({ buffer: main, needed: memory.copies[at]![copy]!.main!.needed });
    });
  });
  return rings;
}

function copyState(
  emitter: Emitter,
  run: LayerRun,
  at: number,
  copy: number,
  producers: ReadonlyMap<number, LayerRun>,
): CopyState {
  const slice = run.layer.slices[at]!;
  const memory = run.memory.copies[at]![copy]!;
  const { parts } = slice.copies[copy]!;
  const owner = parts[0]!.core;
  const rows = (ring: Ring) => Array.from({ length: ring.slots }, () => region());
  const state: CopyState = {
    stages: memory.stages.map((ring) => ({ ring, regions: rows(ring), done: -1 })),
    others: run.chain.map(({ other }, index) => {
      const ring = memory.others[index];
      if (!other || !ring) return undefined;
      return rowBuffer(ring, owner, slice.channel0, sourcesOf(emitter, other.tensor, slice.channel0, slice.channels));
    }),
    raw: memory.raw.flatMap((ring) => (ring ? [{ ring, regions: rows(ring), next: 0 }] : [])),
    groups: [],
    summed: -1,
    sample: 0,
  };
  if (memory.receive) state.receive = { ring: memory.receive, regions: rows(memory.receive), next: 0 };
  if (memory.main) {
    const { tensor, offset } = mainOperand(emitter, run, slice.channel0);
    const sources = sourcesOf(emitter, tensor, slice.channel0 - offset, slice.channels, producers);
    state.main = rowBuffer(memory.main, owner, slice.channel0 - offset, sources);
  }
  return state;
}

/** The operand a vector layer's slice reads: the first one, or the one of a concatenation that makes these channels. */
function mainOperand(emitter: Emitter, run: LayerRun, channel0: number): { tensor: number; offset: number } {
  const { layer, input } = run.chain[0]!;
  if (layer.op !== "concat") return { tensor: input, offset: 0 };
  let offset = 0;
  for (const tensor of layer.inputs) {
    const { channels } = emitter.view.shape(tensor);
    if (channel0 < offset + channels) return { tensor, offset };
    offset += channels;
  }
  throw new Error("unreachable");
}

/** Prepares a layer for a strip: all its rings start anew. */
export function enterStrip(emitter: Emitter, run: LayerRun, pass: number, strip: number): void {
  run.pass = pass;
  run.strip = strip;
  const columns = (of: number) => columnsOfStages(emitter.view, run.chain, run.layer.strips, of);
  run.columns = columns(strip);
  run.madeColumns = strip === 0 ? 0 : columns(strip - 1)[0]!.high;
  for (const buffer of run.inputs.values()) buffer.loaded = -1;
  for (const copy of run.copies.flat()) restart(copy);
}

/** A sample or strip begins: nothing of it is in the copy's rings yet. */
function restart(copy: CopyState): void {
  copy.summed = -1;
  for (const stage of copy.stages) stage.done = -1;
  if (copy.main) copy.main.loaded = -1;
  for (const other of copy.others) if (other) other.loaded = -1;
}

/** A copy of a slice goes to work on a sample; where that is a new one its rings start anew, and those of input rows on its cores. */
export function enterSample(run: LayerRun, slice: number, copy: number, sample: number): void {
  const state = run.copies[slice]![copy]!;
  if (state.sample !== sample) {
    state.sample = sample;
    restart(state);
  }
  for (const { core } of run.layer.slices[slice]!.copies[copy]!.parts) {
    const buffer = run.inputs.get(core);
    if (!buffer || buffer.sample === sample) continue;
    buffer.sample = sample;
    buffer.loaded = -1;
  }
}

/** Rows of each link that a final row needs. */
export function rowsFor(emitter: Emitter, run: LayerRun, row: number): Interval[] {
  return rowsOfStages(emitter.view, run.chain, row);
}

/** Rows of the link before that a row of link `index` needs. */
export function rowsBefore(emitter: Emitter, run: LayerRun, index: number, row: number): Interval {
  const { layer, input } = run.chain[index]!;
  return rowsNeeded(emitter.view.network, layer, input, { low: row, high: row + 1 });
}

/** Parts of a run by core. */
export function partsOn(run: LayerRun): Map<number, MappedPart[]> {
  return partsByCore(run.layer);
}
