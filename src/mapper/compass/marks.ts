/**
 * Memory marks (COMPASS section 5 of our specification): which tensors a partition loads and stores, in bytes of one sample.
 * Layers without weights go with the last matrix layer they depend on; of a layer whose units are cut, each part handles its own channels.
 * A tensor that is read and not completely made here is loaded once, whole for a matrix layer, by own channels for a vector layer; what is
 * made here and needed later is stored. Concatenations that move nothing are looked through. Partial sums of a slice that is cut are handed
 * on through memory: the running sum is loaded, added to and stored.
 */
import { isMacLayer } from "../../workload/index.js";
import type { NetworkView } from "../chains.js";
import type { UnitRange, UnitRanges } from "./unit-ranges.js";

/** Bytes of one sample. */
export interface MarkBytes {
  loadBytes: number;
  storeBytes: number;
  partialLoadBytes: number;
  partialStoreBytes: number;
  innerBytes: number;
  resultBytes: number;
}

interface Reader {
  range: UnitRange;
  matrix: boolean;
}

interface MarkedTensor {
  bytes: number;
  /** Units that make it; none for a network input. */
  made: UnitRange | undefined;
  readers: Reader[];
  leaves: boolean;
}

/** The marks of any run of units. */
export class Marks {
  private readonly tensors: MarkedTensor[] = [];
  private readonly partialBytes: number[];

  constructor(
    view: NetworkView,
    private readonly ranges: UnitRanges,
    partialSumBits: number,
  ) {
    const { network } = view;
    for (const { id, shape } of network.tensors) {
      const producer = view.producers[id];
      const layer = producer === undefined ? undefined : network.layers[producer]!;
      if (layer && view.isFree(layer)) continue;
      const made = layer ? ranges.of(view.anchor(id)) : undefined;
      const { layers, leaves } = view.readers(id);
      const readers = layers
        .map((reader) => ({ range: ranges.of(view.anchor(reader.output)), matrix: isMacLayer(reader) }))
        // A vector layer behind the same matrix layer works on what its part just made.
        .filter(({ range, matrix }) => matrix || range.first !== made?.first || range.end !== made.end);
      const bytes = shape.height * shape.width * view.pixelBytes(id, shape.channels);
      this.tensors.push({ bytes, made, readers, leaves });
    }
    this.partialBytes = ranges.units.map(({ layer, channels }) => {
      const { height, width } = view.shape(network.layers[layer]!.output);
      return height * width * Math.ceil((channels * partialSumBits) / 8);
    });
  }

  /** The marks of units [start, end). */
  of(start: number, end: number): MarkBytes {
    const marks: MarkBytes = {
      loadBytes: 0,
      storeBytes: 0,
      partialLoadBytes: 0,
      partialStoreBytes: 0,
      innerBytes: 0,
      resultBytes: 0,
    };
    for (const tensor of this.tensors) this.addTensor(tensor, start, end, marks);
    const { units } = this.ranges;
    if (start > 0 && end > start && units[start - 1]!.slice === units[start]!.slice)
      marks.partialLoadBytes += this.partialBytes[start]!;
    if (end < units.length && end > start && units[end - 1]!.slice === units[end]!.slice)
      marks.partialStoreBytes += this.partialBytes[end - 1]!;
    marks.loadBytes += marks.partialLoadBytes;
    marks.storeBytes += marks.partialStoreBytes;
    return marks;
  }

  private addTensor(
    { bytes, made, readers, leaves }: MarkedTensor,
    start: number,
    end: number,
    marks: MarkBytes,
  ): void {
    const share = made ? this.ranges.share(made, start, end) : 0;
    const whole = made !== undefined && made.first >= start && made.end <= end;
    let need = 0;
    let later = leaves;
    let inner = false;
    for (const { range, matrix } of readers) {
      if (range.end > end) later = true;
      if (range.first >= end || range.end <= start) continue;
      inner = true;
      need = Math.max(need, matrix ? 1 : this.ranges.share(range, start, end));
    }
    if (!whole) marks.loadBytes += need * bytes;
    else if (inner) marks.innerBytes += bytes;
    if (later || (need > 0 && !whole)) marks.storeBytes += share * bytes;
    marks.resultBytes += share * bytes;
  }
}
