/** Builds the partitions of a list of cuts: replicas, placement, fused followers, vector layers and their slices. */
import type { MappedLayer, MappedSlice, MappedSums } from "../mapping/index.js";
import type { Unit } from "./decompose.js";
import { assignSlots, type PackItem, packFirstFit, packLeastLoad } from "./pack.js";
import { type PlaceContext, type PlacedUnit, slicesOf } from "./place.js";
import { channelAlignment } from "./precision.js";
import { issuesPerWindow, type Replication } from "./replication.js";
import type { Cut } from "./strategies/strategy.js";

/** What building needs. */
export interface BuildContext extends PlaceContext {
  units: readonly Unit[];
  replicate: boolean;
  replication: Replication;
  spareRows: number;
  /** Most vectors of one MVM. */
  vectorsPerMvm: number;
  /** Bits of a raw sum. */
  accumulatorBits: number;
  /** Most bytes of local memory for the rows of a fused pooling window, a slice. */
  poolBytes: number;
}

/** The layers of every partition, without edges, strips and counts, and the partial sums that go from one to another. */
export function buildPartitions(
  context: BuildContext,
  cuts: readonly Cut[],
): { partitions: MappedLayer[][]; sums: MappedSums[] } {
  const { view, units } = context;
  const replicas = cuts.map((cut) => replicasOf(context, cut));
  const lastCut = new Map<number, number>();
  const most = new Map<number, number>();
  cuts.forEach((cut, index) => {
    for (let unit = cut.start; unit < cut.end; unit++) lastCut.set(units[unit]!.layer, index);
    for (const [layer, count] of replicas[index]!) most.set(layer, Math.max(count, most.get(layer) ?? 1));
  });
  const fusedTo = new Map<number, number[]>();
  const isFused = new Set<number>();
  for (const [layer, count] of [...most].sort((a, b) => a[0] - b[0])) {
    const sliceChannels = Math.max(
      ...units.filter((unit) => unit.layer === layer).map((unit) => widthOf(context, unit)),
    );
    const fused = view.followers(view.network.layers[layer]!, count, { bytes: context.poolBytes, sliceChannels });
    fusedTo.set(layer, fused);
    for (const id of fused) isFused.add(id);
  }
  const slicesOfTensor = new Map<number, MappedSlice[]>();
  const sums = new SumsTable(context, cuts);
  const partitions = cuts.map((cut, index) => {
    const layers: MappedLayer[] = [];
    const matrix = placeMatrixLayers(context, cut, replicas[index]!);
    for (const [layer, slices] of matrix) for (const slice of slices) sums.join(index, layer, slice);
    const vectors = view.network.layers.filter(
      (layer) =>
        layer.op !== "conv" &&
        layer.op !== "fc" &&
        !isFused.has(layer.id) &&
        !view.isFree(layer) &&
        (lastCut.get(view.anchor(layer.output)) ?? 0) === index,
    );
    const ids = [...matrix.keys(), ...vectors.map((layer) => layer.id)].sort((a, b) => a - b);
    // Vector layers take the cores in turn, so that their rings do not all lie in the first ones.
    let turn = 0;
    for (const id of ids) {
      const layer = view.network.layers[id]!;
      const fused = fusedTo.get(id) ?? [];
      const output = fused.length > 0 ? view.network.layers[fused.at(-1)!]!.output : layer.output;
      const here = new Set(layers.map((other) => other.output));
      const slices = matrix.get(id) ?? vectorSlices(context, id, slicesOfTensor, here, turn);
      if (!matrix.has(id)) turn += slices.length;
      const known = slicesOfTensor.get(output) ?? [];
      slicesOfTensor.set(output, [...known, ...slices.filter(({ sumsTo }) => sumsTo < 0)]);
      const widest = Math.max(...slices.map((slice) => slice.channels));
      layers.push({
        layer: id,
        name: layer.name,
        kind: matrix.has(id) ? "matrix" : "vector",
        fused,
        output,
        replicas: replicas[index]!.get(id) ?? 1,
        strips: 1,
        spareRows: context.spareRows,
        spareRowsOn: {},
        vectorsPerMvm: Math.max(1, Math.min(context.vectorsPerMvm, Math.floor(context.mostOutputs / widest))),
        slices,
        stored: false,
      });
    }
    return layers;
  });
  return { partitions, sums: sums.entries };
}

/** The partial sums of slices whose units lie in several partitions: a running sum from each to the next. Addresses are given later. */
class SumsTable {
  readonly entries: MappedSums[] = [];
  /** By layer and first channel: the partitions that hold rows of the slice, and the sums on their way to the next of them. */
  private readonly spread = new Map<string, { partitions: number[]; running: number }>();

  constructor(
    private readonly context: BuildContext,
    cuts: readonly Cut[],
  ) {
    cuts.forEach((cut, index) => {
      for (const unit of context.units.slice(cut.start, cut.end)) {
        if (!unit.partial) continue;
        const key = `${unit.layer} ${unit.columns[0]!.channel0}`;
        const known = this.spread.get(key) ?? { partitions: [], running: -1 };
        this.spread.set(key, known);
        if (known.partitions.at(-1) !== index) known.partitions.push(index);
      }
    });
  }

  /** Says of a slice of a partition where its sums come from and go to; partitions are asked in order. */
  join(partition: number, layer: number, slice: MappedSlice): void {
    const known = this.spread.get(`${layer} ${slice.channel0}`);
    if (!known) return;
    slice.sumsFrom = known.running;
    const to = known.partitions[known.partitions.indexOf(partition) + 1];
    if (to === undefined) return;
    const { view, accumulatorBits: bits } = this.context;
    const { height, width } = view.shape(view.network.layers[layer]!.output);
    const { channel0, channels } = slice;
    const pixelBytes = (channels * bits) / 8;
    const sums = { layer, channel0, channels, from: partition, to, height, width, bits, address: 0, pixelBytes };
    slice.sumsTo = this.entries.push(sums) - 1;
    known.running = slice.sumsTo;
  }
}

/** Most channels of a slice of a unit. */
function widthOf(context: BuildContext, unit: Unit): number {
  const channels = unit.columns.reduce((sum, column) => sum + column.channels, 0);
  return Math.min(context.mostOutputs, channels);
}

function itemsOf(context: BuildContext, cut: Cut, replicas: ReadonlyMap<number, number>) {
  const items: (PackItem & { unit: Unit; replica: number })[] = [];
  for (let index = cut.start; index < cut.end; index++) {
    const unit = context.units[index]!;
    const count = replicas.get(unit.layer)!;
    const { height, width } = context.view.shape(context.view.network.layers[unit.layer]!.output);
    const load = Math.ceil(height / count) * width * issuesPerWindow(unit, context);
    for (let replica = 0; replica < count; replica++) items.push({ unit, replica, slots: unit.slots, load });
  }
  return items;
}

/** Replica counts of the matrix layers of a cut. */
function replicasOf(context: BuildContext, cut: Cut): Map<number, number> {
  const layers = [...new Set(context.units.slice(cut.start, cut.end).map((unit) => unit.layer))];
  const counts = (replicas: readonly number[]) => new Map(layers.map((layer, index) => [layer, replicas[index]!]));
  if (!context.replicate) return counts(layers.map(() => 1));
  const units = context.units.slice(cut.start, cut.end);
  return context.replication.of(
    units.map((unit) => ({ layer: unit.layer, slots: unit.slots, groups: issuesPerWindow(unit, context) })),
    0,
    units.length,
  );
}

function placeMatrixLayers(
  context: BuildContext,
  cut: Cut,
  replicas: ReadonlyMap<number, number>,
): Map<number, MappedSlice[]> {
  const items = itemsOf(context, cut, replicas);
  // Balance where that packs; the cut itself was tested with first fit, which always does.
  const cores = packLeastLoad(items, context.geometry) ?? packFirstFit(items, context.geometry)!;
  const packing = assignSlots(items, cores, context.geometry);
  const byLayer = new Map<number, PlacedUnit[]>();
  items.forEach(({ unit, replica }, index) => {
    const list = byLayer.get(unit.layer) ?? [];
    list.push({ unit, replica, ...packing[index]! });
    byLayer.set(unit.layer, list);
  });
  return new Map([...byLayer].map(([layer, placed]) => [layer, slicesOf(context, placed)]));
}

/** Bytes of a pixel below which a vector layer's slice is not worth a core of its own. */
const SMALLEST_PIXEL_BYTES = 16;

/**
 * The channels of a vector layer that runs by itself are dealt out over the cores of the chip: runs of the slices its operand is stored
 * in, about equally wide. Slices made in the same partition come as streams and may be cut; of stored ones that would read bursts twice.
 */
function vectorSlices(
  context: BuildContext,
  id: number,
  made: ReadonlyMap<number, readonly MappedSlice[]>,
  here: ReadonlySet<number>,
  turn: number,
): MappedSlice[] {
  const { view, geometry } = context;
  const layer = view.network.layers[id]!;
  const operands = layer.op === "concat" ? layer.inputs : [layer.inputs[0]!];
  const { channels } = view.shape(layer.output);
  const worthwhile = Math.ceil(view.pixelBytes(layer.output, channels) / SMALLEST_PIXEL_BYTES);
  const wide = Math.ceil(channels / Math.min(geometry.cores, worthwhile));
  const alignment = channelAlignment(view.network, view.precision);
  const piece = Math.ceil(wide / alignment) * alignment;
  const atoms: { channel0: number; channels: number; operand: number }[] = [];
  let offset = 0;
  operands.forEach((operand, index) => {
    for (const root of view.roots(operand)) {
      const whole = layer.op === "concat" || !here.has(root.tensor);
      for (const slice of made.get(root.tensor) ?? [{ channel0: 0, channels: root.channels }]) {
        const step = whole ? slice.channels : piece;
        for (let done = 0; done < slice.channels; done += step)
          atoms.push({
            channel0: offset + root.channel0 + slice.channel0 + done,
            channels: Math.min(step, slice.channels - done),
            operand: index,
          });
      }
    }
    offset += view.shape(operand).channels;
  });
  atoms.sort((a, b) => a.channel0 - b.channel0);
  const runs: { channel0: number; channels: number; operand: number }[] = [];
  for (const atom of atoms) {
    const run = runs.at(-1);
    if (run && run.operand === atom.operand && run.channels + atom.channels <= wide) run.channels += atom.channels;
    else runs.push({ ...atom });
  }
  return runs.map((run, index) => ({
    channel0: run.channel0,
    channels: run.channels,
    copies: [vectorCopy((turn + index) % geometry.cores)],
    pass: 0,
    sumsTo: -1,
    sumsFrom: -1,
  }));
}

/** A copy that uses no arrays. */
export function vectorCopy(core: number): MappedSlice["copies"][number] {
  return {
    parts: [{ core, row0: 0, rows: 0, kernelRow0: 0, kernelRows: 0, channel0: 0, channels: 0, steps: [] }],
  };
}
