/**
 * Why a partition moves the bytes it moves to and from memory: weights, marks, spills, partial sums, repeats, alignment.
 * Counted from regions of tensors, apart from the byte counts of `counts.ts`; a test holds their sum equal to the program's instructions.
 */
import { invariant } from "../base/index.js";
import type { Chip } from "../hardware/index.js";
import { type MappedPartition, type MappedTraffic, type Mapping, noTraffic } from "../mapping/index.js";
import type { NetworkView } from "./chains.js";
import { tileBytes } from "./weights-table.js";
import type { Interval } from "./windows.js";

/** A region of a stored tensor that one core reads for one layer: rows × columns × channels, and the bytes that takes. */
export interface Read {
  tensor: number;
  rows: ReadonlySet<number>;
  /** By strip; strips may read the same columns. */
  columns: readonly Interval[];
  channel0: number;
  channels: number;
  bytes: number;
}

/** A region that one copy of a slice stores. */
export interface Store {
  tensor: number;
  pixels: number;
  channels: number;
  bytes: number;
}

/** Collects the reads and stores of one partition. */
export class TrafficCounter {
  readonly reads: Read[] = [];
  readonly stores: Store[] = [];

  constructor(
    private readonly view: NetworkView,
    private readonly chip: Chip,
    private readonly mapping: Mapping,
    private readonly partition: MappedPartition,
  ) {}

  /** The breakdown; `sums` are the bytes of partial sums, which are counted elsewhere. */
  finish(sums: number): MappedTraffic {
    const traffic: MappedTraffic = { ...noTraffic(), partialSumBytes: sums };
    this.addWeights(traffic);
    this.addReads(traffic);
    this.addStores(traffic);
    return traffic;
  }

  private addWeights(traffic: MappedTraffic): void {
    const { mapping, chip, partition } = this;
    const { arrays } = chip.core;
    const direct = arrays.weightsFrom !== "weightBuffer";
    /** By tile: how often its data is read. */
    const readers = new Map<number, Set<string>>();
    for (const layer of partition.layers)
      for (const slice of layer.slices)
        for (const copy of slice.copies)
          for (const { core, steps } of copy.parts)
            for (const { array, depth, tile } of steps.flatMap((step) => step.pieces)) {
              const known = readers.get(tile) ?? new Set();
              readers.set(tile, known);
              // Straight from memory every write reads; through buffers every core, or all at once.
              const port = arrays.write.broadcast ? `${core} ${depth}` : `${core} ${depth} ${array}`;
              known.add(direct ? port : mapping.weightMulticast ? "all" : String(core));
            }
    for (const [index, { size }] of readers) {
      const tile = mapping.tiles[index]!;
      const cells = tile.columns * tile.columnsPerWeight * arrays.cellBits;
      const once = direct ? tile.rows * Math.ceil(cells / 8) : tileBytes(tile);
      // Off the diagonal of a packed tile lie zeros.
      const weights = Math.min(once, Math.ceil((tile.rows * tile.columns * tile.weightBits) / tile.groups / 8));
      traffic.weightBytes += weights;
      traffic.weightAlignmentBytes += once - weights;
      traffic.weightRepeatBytes += once * (size - 1);
    }
  }

  /** Whether channels of a tensor are made in this partition. */
  private madeHere(tensor: number, channel0: number): boolean {
    return this.partition.layers.some(
      (layer) =>
        layer.output === tensor &&
        layer.slices.some(
          (slice) => slice.sumsTo < 0 && slice.channel0 <= channel0 && channel0 < slice.channel0 + slice.channels,
        ),
    );
  }

  private addReads(traffic: MappedTraffic): void {
    const byTensor = new Map<number, Read[]>();
    for (const read of this.reads) {
      const known = byTensor.get(read.tensor);
      if (known) known.push(read);
      else byTensor.set(read.tensor, [read]);
    }
    for (const [tensor, reads] of byTensor) {
      const bits = this.view.bits(tensor);
      let moved = 0;
      let elements = 0;
      for (const { rows, columns, channels, bytes } of reads) {
        moved += bytes;
        for (const { low, high } of columns) elements += rows.size * (high - low) * channels;
      }
      const distinct = distinctElements(reads);
      let marks = 0;
      for (const [channel0, count] of distinct) {
        const bytes = (count * bits) / 8;
        if (this.madeHere(tensor, channel0)) traffic.spillLoadBytes += bytes;
        else traffic.loadMarkBytes += bytes;
        marks += count;
      }
      traffic.repeatBytes += ((elements - marks) * bits) / 8;
      traffic.alignmentBytes += moved - (elements * bits) / 8;
    }
  }

  private addStores(traffic: MappedTraffic): void {
    for (const { tensor, pixels, channels, bytes } of this.stores) {
      const exact = (pixels * channels * this.view.bits(tensor)) / 8;
      if (this.neededOutside(tensor)) traffic.storeMarkBytes += exact;
      else traffic.spillStoreBytes += exact;
      traffic.alignmentBytes += bytes - exact;
    }
  }

  /** Whether another partition reads a tensor, or it leaves the network. */
  private neededOutside(tensor: number): boolean {
    if (this.view.readers(tensor).leaves) return true;
    return this.mapping.partitions.some(
      (other) =>
        other !== this.partition &&
        other.edges.some((edge) => edge.tensor === tensor && edge.kind !== "fused" && edge.to >= 0),
    );
  }
}

/** Elements that at least one read covers, by first channel of the stretches that reads begin and end at. */
function distinctElements(reads: readonly Read[]): Map<number, number> {
  const cuts = (of: (read: Read) => number[]) => [...new Set(reads.flatMap(of))].sort((a, b) => a - b);
  const channels = cuts((read) => [read.channel0, read.channel0 + read.channels]);
  const columns = cuts((read) => read.columns.flatMap(({ low, high }) => [low, high]));
  const found = new Map<number, number>();
  for (let c = 0; c + 1 < channels.length; c++) {
    const channel0 = channels[c]!;
    const here = reads.filter((read) => read.channel0 <= channel0 && channel0 < read.channel0 + read.channels);
    let pixels = 0;
    for (let x = 0; x + 1 < columns.length; x++) {
      const rows = new Set<number>();
      for (const read of here)
        if (read.columns.some(({ low, high }) => low <= columns[x]! && columns[x]! < high))
          for (const row of read.rows) rows.add(row);
      pixels += rows.size * (columns[x + 1]! - columns[x]!);
    }
    invariant(channels[c + 1]! > channel0, "stretches of channels must be in order");
    if (pixels > 0) found.set(channel0, pixels * (channels[c + 1]! - channel0));
  }
  return found;
}
