/** Rings of rows: which rows a layer's copies look at, and the slots they lie in. */
import type { MappedLayer } from "../mapping/index.js";
import type { NetworkView, Stage } from "./chains.js";
import { finalRows, rowsOfStages } from "./extents.js";
import { type Interval, rowsNeeded, windowOf } from "./windows.js";

/** A ring of rows in a local memory; see `slotOf`. */
export interface Ring {
  address: number;
  slots: number;
  /** By row: how many of the rows before it the ring ever holds; undefined: it holds all rows. */
  ranks?: Int32Array;
  /** Bytes of a slot, and of one pixel in it. */
  pitch: number;
  pixelBytes: number;
}

/** A ring of rows of a layer's input. */
export interface NeededRing extends Ring {
  /** By row of the input: 1 where a copy of the layer that reads from this ring looks at it. */
  needed: Uint8Array;
}

/** The ring that all parts of a matrix layer on one core read their windows from. */
export interface InputRing extends NeededRing {
  core: number;
  /** Channels of the input it holds, and kernel rows its parts look at. */
  channel0: number;
  channels: number;
  kernel: Interval;
}

/**
 * The slot a row lies in: rows the ring holds take its slots in turn, so that copies that skip rows still use them all.
 * A window that is all padding may begin behind the last row; nothing is read there.
 */
export function slotOf({ slots, ranks }: Ring, row: number): number {
  return (ranks?.[row] ?? row) % slots;
}

/** Input rows of the head that one final row needs, for the kernel rows given. */
export function headRowsNeeded(
  view: NetworkView,
  chain: readonly Stage[],
  row: number,
  kernel: Interval | undefined,
): Interval {
  return inputRowsOf(view, chain, rowsOfStages(view, chain, row)[0]!, kernel);
}

/** Most input rows that one final row of a layer needs, at least 1. */
export function mostRowsNeeded(
  view: NetworkView,
  layer: MappedLayer,
  chain: readonly Stage[],
  kernel: Interval | undefined,
): number {
  let most = 1;
  for (let row = 0; row < finalRows(view, layer); row++) {
    const { low, high } = headRowsNeeded(view, chain, row, kernel);
    most = Math.max(most, high - low);
  }
  return most;
}

/** Input rows of a final row, head row by head row: with a stride wider than the kernel there are rows between that nobody needs. */
function headRowIntervals(
  view: NetworkView,
  chain: readonly Stage[],
  row: number,
  kernel: Interval | undefined,
): Interval[] {
  const { low, high } = rowsOfStages(view, chain, row)[0]!;
  return Array.from({ length: high - low }, (_, n) =>
    inputRowsOf(view, chain, { low: low + n, high: low + n + 1 }, kernel),
  );
}

function inputRowsOf(
  view: NetworkView,
  chain: readonly Stage[],
  made: Interval,
  kernel: Interval | undefined,
): Interval {
  const { layer, input } = chain[0]!;
  const window = kernel ? windowOf(view.network, layer) : undefined;
  if (!window || !kernel) return rowsNeeded(view.network, layer, input, made);
  const { height } = view.shape(input);
  const first = made.low * window.strideY - window.padTop + kernel.low * window.dilationY;
  const last = (made.high - 1) * window.strideY - window.padTop + (kernel.high - 1) * window.dilationY;
  const low = Math.min(Math.max(0, first), height);
  return { low, high: Math.max(low, Math.min(height, last + 1)) };
}

/** Copies of a layer that have a part on a core. */
export function copiesOn(layer: MappedLayer, core: number): Set<number> {
  const found = new Set<number>();
  for (const { copies } of layer.slices)
    copies.forEach(({ parts }, copy) => {
      if (parts.some((part) => part.core === core)) found.add(copy);
    });
  return found;
}

/** Rows of the head's input that some copies look at, for the kernel rows given. */
export function neededRows(
  view: NetworkView,
  layer: MappedLayer,
  chain: readonly Stage[],
  replicas: ReadonlySet<number>,
  kernel: Interval | undefined,
): Uint8Array {
  const needed = new Uint8Array(view.shape(chain[0]!.input).height);
  for (let row = 0; row < finalRows(view, layer); row++) {
    if (!replicas.has(row % Math.max(1, layer.replicas))) continue;
    for (const { low, high } of headRowIntervals(view, chain, row, kernel)) needed.fill(1, low, high);
  }
  return needed;
}

/** By row: how many needed rows come before it. */
export function ranksOf(needed: Uint8Array): Int32Array {
  let rank = 0;
  return Int32Array.from(needed, (here) => {
    rank += here;
    return rank - here;
  });
}

/** Ranks of rows that one of several copies makes: it takes every `copies`th. */
export function turnsOf(rows: number, copies: number): Int32Array | undefined {
  return copies > 1 ? Int32Array.from({ length: rows }, (_, row) => Math.floor(row / copies)) : undefined;
}
