/** Turns placed units into slices: output channels made together, their replicas, parts and lockstep steps. */
import type { MappedCopy, MappedPart, MappedPiece, MappedSlice, MappedStep, MvmPer } from "../mapping/index.js";
import type { NetworkView } from "./chains.js";
import type { Unit } from "./decompose.js";
import type { Geometry, Slot } from "./geometry.js";
import { channelAlignment } from "./precision.js";
import type { TileColumn } from "./tiles.js";
import type { TileTable } from "./weights-table.js";
import { windowOf } from "./windows.js";

/** Where one replica of a unit lies. */
export interface PlacedUnit {
  unit: Unit;
  replica: number;
  core: number;
  slots: Slot[];
}

/** What is needed to place. */
export interface PlaceContext {
  view: NetworkView;
  geometry: Geometry;
  table: TileTable;
  /** Accumulator entries of one buffer: the most channels of a slice. */
  mostOutputs: number;
  /** Which MVMs a part takes: one for all its row blocks, or one for each. */
  mvmPer: MvmPer;
}

/** The slices of one layer from its placed units, in order of channels. */
export function slicesOf(context: PlaceContext, placed: readonly PlacedUnit[]): MappedSlice[] {
  const bySlice = new Map<number, PlacedUnit[]>();
  for (const one of placed) {
    const list = bySlice.get(one.unit.slice);
    if (list) list.push(one);
    else bySlice.set(one.unit.slice, [one]);
  }
  const slices: MappedSlice[] = [];
  for (const group of bySlice.values())
    for (const columns of columnRuns(context, group)) slices.push(slice(context, group, columns));
  return slices.sort((a, b) => a.channel0 - b.channel0);
}

/** Which columns of a unit make one slice: as many as the accumulators hold, where all its tiles can run in lockstep. */
function columnRuns(context: PlaceContext, group: readonly PlacedUnit[]): [number, number][] {
  const lockstep = group.every(({ slots }) => new Set(slots.map((slot) => slot.array)).size === slots.length);
  return runsOf(group[0]!.unit.columns, lockstep, context.mostOutputs);
}

/** The runs [first, end) of columns that make one slice each. */
export function runsOf(columns: readonly TileColumn[], lockstep: boolean, mostOutputs: number): [number, number][] {
  const runs: [number, number][] = [];
  let start = 0;
  let channels = 0;
  columns.forEach((column, index) => {
    const alone = !lockstep || column.diagonal || columns[start]!.group0 !== column.group0;
    if (index > start && (alone || channels + column.channels > mostOutputs)) {
      runs.push([start, index]);
      start = index;
      channels = 0;
    }
    channels += column.channels;
  });
  runs.push([start, columns.length]);
  return runs;
}

function slice(context: PlaceContext, group: readonly PlacedUnit[], [first, end]: [number, number]): MappedSlice {
  const columns = group[0]!.unit.columns.slice(first, end);
  const copies: MappedCopy[] = [];
  for (const one of group) {
    copies[one.replica] ??= { parts: [] };
    copies[one.replica]!.parts.push(part(context, one, columns, first));
  }
  for (const copy of copies) copy.parts.sort((a, b) => a.row0 - b.row0);
  return {
    channel0: columns[0]!.channel0,
    channels: columns.reduce((sum, column) => sum + column.channels, 0),
    copies,
    pass: 0,
    sumsTo: -1,
    sumsFrom: -1,
  };
}

function part(context: PlaceContext, one: PlacedUnit, columns: TileColumn[], first: number): MappedPart {
  const { view, geometry, table } = context;
  const { unit, slots } = one;
  const layer = view.network.layers[unit.layer]!;
  const window = windowOf(view.network, layer)!;
  const row0 = unit.rowTile0 * geometry.rows;
  const row1 = Math.min(columns[0]!.rows, row0 + unit.rowTiles * geometry.rows);
  const { inputChannel0, inputChannels, diagonal } = columns[0]!;
  let kernelRow0 = 0;
  let kernelRows = window.kernelHeight;
  let channel0 = inputChannel0;
  let channels = inputChannels;
  let skipped = 0;
  if (unit.partial) {
    if (window.kernelHeight === 1 && window.kernelWidth === 1) {
      // A chunk of a 1x1 kernel reads only its own channels.
      const alignment = channelAlignment(view.network, view.precision);
      skipped = row0 - (row0 % alignment);
      channel0 = inputChannel0 + skipped;
      channels = Math.min(inputChannels, Math.ceil(row1 / alignment) * alignment) - skipped;
    } else {
      const rowElements = window.kernelWidth * inputChannels;
      kernelRow0 = Math.floor(row0 / rowElements);
      kernelRows = Math.ceil(row1 / rowElements) - kernelRow0;
      skipped = kernelRow0 * rowElements;
    }
  }
  // By row block: pieces of one block see the same inputs.
  const blocks: MappedPiece[][] = Array.from({ length: unit.rowTiles }, () => []);
  let output0 = 0;
  columns.forEach((column, index) => {
    for (let n = 0; n < unit.rowTiles; n++) {
      const at = (first + index) * unit.rowTiles + n;
      blocks[n]!.push({
        ...slots[at]!,
        tile: table.firstOfUnit[unit.index]! + at,
        inputElement0: diagonal ? 0 : row0 + n * geometry.rows - skipped,
        output0,
      });
    }
    output0 += column.channels;
  });
  const steps: MappedStep[] = [];
  if (context.mvmPer === "rowBlock") for (const block of blocks) addSteps(steps, block);
  else
    addSteps(
      steps,
      columns.flatMap((_, index) => blocks.map((block) => block[index]!)),
    );
  return { core: one.core, row0, rows: row1 - row0, kernelRow0, kernelRows, channel0, channels, steps };
}

/** Deals pieces out to steps, an array at most once in each; steps after the first add to what is there. */
function addSteps(result: MappedStep[], pieces: readonly MappedPiece[]): void {
  let left = [...pieces];
  while (left.length > 0) {
    const taken = new Set<number>();
    const now: MappedPiece[] = [];
    const later: MappedPiece[] = [];
    for (const piece of left) {
      if (taken.has(piece.array)) later.push(piece);
      else {
        taken.add(piece.array);
        now.push(piece);
      }
    }
    result.push({ accumulate: result.length === 0 ? "set" : "add", pieces: now });
    left = later;
  }
}
