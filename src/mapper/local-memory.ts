/**
 * Lays out the local memories of one partition: rings of input rows, of results between the links of a chain, of results on their
 * way out, and buffers of partial sums. Used by the mapper to see whether a partition fits, and by the emitter for addresses.
 */
import type { Chip } from "../hardware/index.js";
import type { MappedLayer, MappedPart, MappedSlice } from "../mapping/index.js";
import type { NetworkView, Stage } from "./chains.js";
import { columnsOfStages, finalRows, rowsOfStages, stripsInUse } from "./extents.js";
import {
  copiesOn,
  type InputRing,
  mostRowsNeeded,
  type NeededRing,
  neededRows,
  type Ring,
  ranksOf,
  turnsOf,
} from "./rings.js";
import { axisX, reach, windowOf } from "./windows.js";

/** What one copy of a slice keeps on its owner's core. */
export interface CopyMemory {
  /** Input rows of a vector head. */
  main?: NeededRing;
  /** Results of each link; the last is on its way out. */
  stages: Ring[];
  /** Rows of each link's other operand. */
  others: (Ring | undefined)[];
  /** Raw partial sums: one ring a part, and what the owner receives from others or from memory. */
  raw: (Ring | undefined)[];
  receive?: Ring;
}

/** The local memory of one layer in a partition. */
export interface LayerMemory {
  inputs: Map<number, InputRing>;
  /** By slice, then copy. */
  copies: CopyMemory[][];
}

/** The layout of a partition. */
export interface LocalMemoryLayout {
  layers: LayerMemory[];
  /** Bytes in use, by core. */
  bytes: number[];
  /** Bytes each layer uses, by core. */
  byLayer: Map<number, number>[];
}

/** Buffers begin at multiples of this. */
const ALIGNMENT = 32;

/** Most rows of another operand that wait beyond the one in use: each is needed once, so more of them gain nothing. */
const OTHER_SPARES = 2;

class Allocator {
  readonly bytes: number[];
  readonly used = new Map<number, number>();

  constructor(private readonly base: number[]) {
    this.bytes = [...base];
  }

  take(core: number, bytes: number): number {
    const address = this.bytes[core]!;
    const rounded = Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    this.bytes[core] = address + rounded;
    this.used.set(core, this.bytes[core]! - this.base[core]!);
    return address;
  }

  ring(core: number, slots: number, pixels: number, pixelBytes: number, ranks?: Int32Array): Ring {
    const pitch = pixels * pixelBytes;
    return { address: this.take(core, slots * pitch), slots, pitch, pixelBytes, ...(ranks ? { ranks } : {}) };
  }
}

/** Lays out a partition's layers one after another. */
export function layOut(view: NetworkView, chip: Chip, layers: readonly MappedLayer[]): LocalMemoryLayout {
  let bytes = new Array<number>(chip.cores).fill(0);
  const byLayer: Map<number, number>[] = [];
  const result = layers.map((layer) => {
    const passes = Math.max(...layer.slices.map((slice) => slice.pass)) + 1;
    const start = bytes;
    const memory: LayerMemory = { inputs: new Map(), copies: layer.slices.map(() => []) };
    const used = new Map<number, number>();
    for (let pass = 0; pass < passes; pass++) {
      const allocator = new Allocator(start);
      layOutPass(view, chip, layer, pass, memory, allocator);
      bytes = bytes.map((n, core) => Math.max(n, allocator.bytes[core]!));
      for (const [core, n] of allocator.used) used.set(core, Math.max(n, used.get(core) ?? 0));
    }
    byLayer.push(used);
    return memory;
  });
  return { layers: result, bytes, byLayer };
}

function layOutPass(
  view: NetworkView,
  chip: Chip,
  layer: MappedLayer,
  pass: number,
  memory: LayerMemory,
  allocator: Allocator,
): void {
  const chain = view.chain(layer.layer, layer.fused);
  const extents = widestExtents(view, layer, chain);
  if (layer.kind === "matrix")
    for (const [core, parts] of partsByCore(layer))
      memory.inputs.set(core, inputRing(view, layer, chain, core, parts, extents, allocator));
  layer.slices.forEach((slice, index) => {
    if (slice.pass !== pass) return;
    memory.copies[index] = slice.copies.map((_, copy) =>
      copyMemory(view, chip, layer, chain, slice, copy, extents, allocator),
    );
  });
}

/** Parts of a matrix layer by core, in order of cores. */
export function partsByCore(layer: MappedLayer): Map<number, MappedPart[]> {
  const byCore = new Map<number, MappedPart[]>();
  for (const slice of layer.slices)
    for (const copy of slice.copies)
      for (const part of copy.parts) {
        const list = byCore.get(part.core);
        if (list) list.push(part);
        else byCore.set(part.core, [part]);
      }
  return new Map([...byCore].sort((a, b) => a[0] - b[0]));
}

interface Extents {
  /** Most rows of each link's result that one final row needs. */
  rows: number[];
  /** Widest columns of each link's result. */
  columns: number[];
}

function widestExtents(view: NetworkView, layer: MappedLayer, chain: readonly Stage[]): Extents {
  const rows = chain.map(() => 1);
  const columns = chain.map(() => 1);
  for (let row = 0; row < finalRows(view, layer); row++)
    rowsOfStages(view, chain, row).forEach(({ low, high }, index) => {
      rows[index] = Math.max(rows[index]!, high - low);
    });
  for (let strip = 0; strip < stripsInUse(view, layer); strip++)
    columnsOfStages(view, chain, layer.strips, strip).forEach(({ low, high }, index) => {
      columns[index] = Math.max(columns[index]!, high - low);
    });
  return { rows, columns };
}

function inputRing(
  view: NetworkView,
  layer: MappedLayer,
  chain: readonly Stage[],
  core: number,
  parts: readonly MappedPart[],
  extents: Extents,
  allocator: Allocator,
): InputRing {
  const channel0 = Math.min(...parts.map((part) => part.channel0));
  const channels = Math.max(...parts.map((part) => part.channel0 + part.channels)) - channel0;
  const kernel = {
    low: Math.min(...parts.map((part) => part.kernelRow0)),
    high: Math.max(...parts.map((part) => part.kernelRow0 + part.kernelRows)),
  };
  const { layer: head, input } = chain[0]!;
  const pixels = pixelsOf(axisX(windowOf(view.network, head)!), extents.columns[0]!, wholeWidth(view, layer, input));
  const most = mostRowsNeeded(view, layer, chain, kernel);
  const needed = neededRows(view, layer, chain, copiesOn(layer, core), kernel);
  const pixelBytes = view.pixelBytes(input, channels);
  return {
    ...neededRing(allocator, core, needed, most + spareRowsAt(layer, core), pixels, pixelBytes),
    core,
    channel0,
    channels,
    kernel,
  };
}

/** A ring of at most so many slots for the rows that are needed. */
function neededRing(
  allocator: Allocator,
  core: number,
  needed: Uint8Array,
  most: number,
  pixels: number,
  pixelBytes: number,
): NeededRing {
  const ranks = ranksOf(needed);
  const held = ranks.at(-1)! + needed.at(-1)!;
  return { ...allocator.ring(core, Math.max(1, Math.min(held, most)), pixels, pixelBytes, ranks), needed };
}

/** Width of a row that may arrive as a stream, whole, though no window looks at its last columns; 0 in a layer of strips. */
function wholeWidth(view: NetworkView, layer: MappedLayer, input: number): number {
  return layer.strips > 1 ? 0 : view.shape(input).width;
}

/** Pixels of an input row that so many outputs look at, padding included; never less than padding and `width`. */
function pixelsOf(axis: ReturnType<typeof axisX>, outputs: number, width: number): number {
  const { low, high } = reach(axis, { low: 0, high: outputs });
  return Math.max(high, width) - low;
}

function copyMemory(
  view: NetworkView,
  chip: Chip,
  layer: MappedLayer,
  chain: readonly Stage[],
  slice: MappedSlice,
  copyIndex: number,
  extents: Extents,
  allocator: Allocator,
): CopyMemory {
  const { parts } = slice.copies[copyIndex]!;
  const owner = parts[0]!.core;
  const spare = spareRowsAt(layer, owner);
  const memory: CopyMemory = { stages: [], others: [], raw: [] };
  const head = chain[0]!;
  if (layer.kind === "vector") {
    const most = mostRowsNeeded(view, layer, chain, undefined);
    const window = windowOf(view.network, head.layer);
    const { width } = view.shape(head.input);
    const whole = wholeWidth(view, layer, head.input);
    const pixels = window ? Math.min(width, pixelsOf(axisX(window), extents.columns[0]!, whole)) : extents.columns[0]!;
    const needed = neededRows(view, layer, chain, new Set([copyIndex]), undefined);
    const pixelBytes = view.pixelBytes(head.input, slice.channels);
    memory.main = neededRing(allocator, owner, needed, most + spare, pixels, pixelBytes);
  }
  // Copies of a layer on one core make their rows in turn: while one makes the next, the other's is on its way out.
  const alone = slice.copies.every(({ parts: other }, index) => index === copyIndex || other[0]!.core !== owner);
  // Of raw sums that go to memory nothing further is made here.
  const made = slice.sumsTo < 0 ? chain : [];
  const rows = finalRows(view, layer);
  const inTurn = turnsOf(rows, layer.replicas);
  made.forEach((stage, index) => {
    const last = index === chain.length - 1;
    // A copy makes only its own rows, also of a link before the last whose rows are one to one with those.
    const same = extents.rows[index] === 1 && view.shape(stage.output).height === rows;
    const own = same ? inTurn : undefined;
    const slots = last ? (alone ? 1 + Math.min(1, spare) : 1) : extents.rows[index]!;
    memory.stages.push(
      allocator.ring(owner, slots, extents.columns[index]!, view.pixelBytes(stage.output, slice.channels), own),
    );
    const { other } = stage;
    if (!other) memory.others.push(undefined);
    else {
      const pixelBytes = view.pixelBytes(other.tensor, slice.channels);
      memory.others.push(
        other.broadcast
          ? allocator.ring(owner, 1, 1, pixelBytes)
          : allocator.ring(owner, 1 + Math.min(spare, OTHER_SPARES), extents.columns[index]!, pixelBytes, own),
      );
    }
  });
  if (layer.kind === "matrix" && hasRawSums(slice)) {
    const bytes = Math.ceil((layer.vectorsPerMvm * slice.channels * chip.core.accumulatorBits) / 8);
    const slotsAt = (core: number): number => 1 + Math.min(1, spareRowsAt(layer, core));
    memory.raw = parts.map((part) => allocator.ring(part.core, slotsAt(part.core), 1, bytes));
    memory.receive = allocator.ring(owner, slotsAt(owner), 1, bytes);
  }
  return memory;
}

/** Rows that a layer's rings on a core hold beyond those of one window. */
export function spareRowsAt({ spareRows, spareRowsOn }: MappedLayer, core: number): number {
  return spareRowsOn[core] ?? spareRows;
}

/** Whether the results of a slice's MVMs are raw sums first: of several parts, or of several partitions. */
export function hasRawSums(slice: MappedSlice): boolean {
  return slice.copies[0]!.parts.length > 1 || slice.sumsTo >= 0 || slice.sumsFrom >= 0;
}
