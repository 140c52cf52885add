/**
 * The work of every layer of a stage in one sample, counted from the Mapping's placement alone: which rows each copy makes, which rows and
 * channels each core's inputs need, where they come from and where results go. The Mapping's own work table is not read, so that the two
 * can be compared. Elements are packed into bytes, a pixel begins on a byte.
 */

import type { MappedEdge, MappedPart, MappedPartition, MappedSlice } from "../../mapping/index.js";
import { isMacLayer } from "../../workload/index.js";
import { type EstimateContext, pixelBytes } from "./context.js";
import { countOf, Extents, overlap } from "./inputs.js";
import { partsOf } from "./rows.js";

/** What one core does for a layer in one sample, in bytes and instructions. */
export interface CoreDemand {
  inputMemory: number;
  inputStream: number;
  outputMemory: number;
  /** Sent to other cores; on a bus a message to several counts once. */
  outputStream: number;
  /** Results of the vector unit by link of the chain (0: the head); copies to a reader on the same core count at the last. */
  results: number[];
  /** By link: bytes the vector unit is busy with beyond its results, for pooling windows and sums corrected in place. */
  pooling: number[];
  /** Of the head's results: raw partial sums, and their sums. */
  partial: number;
  /** Operands the vector unit reads from local memory. */
  operands: number;
  vectorOps: number;
}

/** Bytes from one core to another. */
export interface Transfer {
  from: number;
  to: number;
  bytes: number;
}

/** The work of one layer. */
export interface LayerDemand {
  /** Windows of every copy. */
  windows: number[];
  cores: Map<number, CoreDemand>;
  /** Raw partial sums, and rows handed to readers in the stage. */
  partialSums: Transfer[];
  streams: Transfer[];
}

function coreOf(demand: LayerDemand, core: number, links: number): CoreDemand {
  let one = demand.cores.get(core);
  if (!one) {
    const none = () => new Array<number>(links).fill(0);
    one = {
      inputMemory: 0,
      inputStream: 0,
      outputMemory: 0,
      outputStream: 0,
      results: none(),
      pooling: none(),
      partial: 0,
      operands: 0,
      vectorOps: 0,
    };
    demand.cores.set(core, one);
  }
  return one;
}

/** Counts one stage. */
class Counter {
  private readonly extents: Extents[];
  private readonly demands: LayerDemand[];

  constructor(
    private readonly context: EstimateContext,
    private readonly partition: MappedPartition,
  ) {
    this.extents = partition.layers.map((layer) => new Extents(context.network, layer));
    this.demands = partition.layers.map(() => ({ windows: [], cores: new Map(), partialSums: [], streams: [] }));
  }

  count(): LayerDemand[] {
    this.partition.layers.forEach((layer, index) => {
      if (layer.kind === "matrix") this.matrixInputs(index);
      for (const slice of layer.slices)
        slice.copies.forEach(({ parts }, copy) => {
          this.copyWork(index, slice, parts, copy);
        });
    });
    this.partition.layers.forEach(({ layer }, index) => {
      const streams = this.partition.edges.filter(({ kind, from }) => kind === "stream" && from === layer);
      if (streams.length > 0) this.streams(streams, index);
    });
    return this.demands;
  }

  private core(index: number, core: number): CoreDemand {
    return coreOf(this.demands[index]!, core, this.extents[index]!.chain.length);
  }

  /** Channel of a layer's main input at which a tensor begins. */
  private channelOf(index: number, tensor: number): number {
    const parts = partsOf(this.context.network, this.extents[index]!.chain[0]!.inputs[0]!);
    return parts.find((part) => part.tensor === tensor)?.channel0 ?? 0;
  }

  /** Channels of a layer's main input that no producer of this stage streams. */
  private storedChannels(index: number, channel0: number, channels: number): number {
    const { layer } = this.extents[index]!.layer;
    let stored = channels;
    for (const edge of this.partition.edges) {
      if (edge.kind !== "stream" || edge.to !== layer) continue;
      const at = this.channelOf(index, edge.tensor);
      const producer = this.partition.layers.find((other) => other.layer === edge.from);
      for (const slice of producer?.slices ?? [])
        stored -= overlap(at + slice.channel0, slice.channels, channel0, channels);
    }
    return stored;
  }

  /** Main input of a matrix layer from memory. */
  private matrixInputs(index: number): void {
    const extents = this.extents[index]!;
    const input = extents.chain[0]!.inputs[0]!;
    const columns = extents.columns(0, input);
    for (const [core, { channel0, channels, rows }] of extents.inputNeeds()) {
      const stored = this.storedChannels(index, channel0, channels);
      this.core(index, core).inputMemory += countOf(rows) * columns * pixelBytes(this.context, input, stored);
    }
  }

  /** Everything one copy of a slice makes. */
  private copyWork(index: number, slice: MappedSlice, parts: readonly MappedPart[], copy: number): void {
    const extents = this.extents[index]!;
    const { layer, chain, strips } = extents;
    const owner = this.core(index, parts[0]!.core);
    const rowsOf = (link: number) => extents.rows(copy, link);
    const bytesOf = (link: number) =>
      rowsOf(link) * extents.columns(link) * pixelBytes(this.context, chain[link]!.output, slice.channels);
    const sumsOnly = slice.sumsTo >= 0;
    // Of raw sums that go to memory nothing further is made.
    (sumsOnly ? [] : chain).forEach((link, at) => {
      const results = bytesOf(at);
      owner.results[at]! += results;
      if (at === 0 && layer.kind === "matrix") return;
      owner.vectorOps += rowsOf(at) * strips.length;
      const window = link.op === "maxpool" || link.op === "avgpool" ? link.kernelHeight * link.kernelWidth : 1;
      owner.pooling[at]! += results * (window - 1);
      owner.operands += results * (link.op === "add" || link.op === "mul" ? 2 : window);
      owner.inputMemory += this.operandBytes(index, at, copy, slice);
    });
    if (layer.kind === "matrix") this.matrixResults(index, slice, parts, copy);
    else this.demands[index]!.windows[copy] = 0;
    if (layer.stored && !sumsOnly) owner.outputMemory += bytesOf(chain.length - 1);
  }

  /**
   * Results of the arrays: one ACC.OUT a chunk; with several parts raw ones, their sums at the owner, and one requantisation. Of a slice
   * cut by partitions the raw sums go to memory, and its last part brings those of the others back and adds them.
   */
  private matrixResults(index: number, slice: MappedSlice, parts: readonly MappedPart[], copy: number): void {
    const extents = this.extents[index]!;
    const demand = this.demands[index]!;
    const rows = extents.rows(copy, 0);
    const windows = rows * extents.columns(0);
    demand.windows[copy] = windows;
    const chunksPerRow = Math.ceil(extents.columns(0) / extents.strips.length / extents.layer.vectorsPerMvm);
    const chunks = rows * extents.strips.length * chunksPerRow;
    const owner = this.core(index, parts[0]!.core);
    const { sumsTo, sumsFrom } = slice;
    if (sumsTo < 0) owner.vectorOps += chunks;
    const raw = (windows * slice.channels * this.context.chip.core.accumulatorBits) / 8;
    const [head] = extents.chain;
    if (head !== undefined && isMacLayer(head) && head.asymmetric === true)
      for (const { core } of parts) {
        const one = this.core(index, core);
        one.pooling[0]! += raw;
        one.vectorOps += chunks;
      }
    if (parts.length === 1 && sumsTo < 0 && sumsFrom < 0) return;
    for (const part of parts) {
      const one = this.core(index, part.core);
      one.results[0]! += raw;
      one.partial += raw;
      one.vectorOps += chunks;
      if (part === parts[0]) continue;
      owner.results[0]! += raw;
      owner.partial += raw;
      owner.operands += 2 * raw;
      owner.vectorOps += chunks;
      const to = parts[0]!.core;
      if (part.core !== to) demand.partialSums.push({ from: part.core, to, bytes: raw });
    }
    if (sumsFrom >= 0) {
      owner.results[0]! += raw;
      owner.partial += raw;
      owner.operands += 2 * raw;
      owner.vectorOps += chunks;
      owner.inputMemory += raw;
    }
    if (sumsTo < 0) owner.operands += raw;
    else {
      const columns = extents.distinctColumns(0);
      owner.outputMemory += (rows * columns * slice.channels * this.context.chip.core.accumulatorBits) / 8;
    }
  }

  /** Operands of a vector link that come from memory: the input of a vector head, the other side of sums and products. */
  private operandBytes(index: number, link: number, copy: number, { channel0, channels }: MappedSlice): number {
    const { network } = this.context;
    const extents = this.extents[index]!;
    const one = extents.chain[link]!;
    const before = link > 0 ? extents.chain[link - 1]!.output : -1;
    const own = network.tensors[one.output]!.shape;
    // A slice of a concatenation reads one of the joined tensors.
    const operands = one.op === "concat" ? one.inputs.slice(0, 1) : one.inputs.filter((tensor) => tensor !== before);
    let bytes = 0;
    for (const [position, operand] of operands.entries()) {
      const { height, width } = network.tensors[operand]!.shape;
      const main = link === 0 && position === 0 && one.op !== "concat";
      const pixel = pixelBytes(this.context, operand, main ? this.storedChannels(index, channel0, channels) : channels);
      const repeated = (one.op === "add" || one.op === "mul") && (height !== own.height || width !== own.width);
      const pixels = repeated ? 1 : extents.rows(copy, link, operand) * extents.columns(link, operand);
      bytes += pixels * pixel;
    }
    return bytes;
  }

  /**
   * Rows of a layer's output handed to its readers: a message a row and piece of a slice (bus), which reaches a core once, so that where
   * rings of several readers on a core take it there are as many; or one to every ring (mesh).
   */
  private streams(edges: readonly MappedEdge[], producer: number): void {
    const { network, chip } = this.context;
    const { layer } = this.extents[producer]!;
    const { width } = network.tensors[layer.output]!.shape;
    const readers = edges.map(({ to }) => this.partition.layers.findIndex((other) => other.layer === to));
    for (const slice of layer.slices)
      slice.copies.forEach(({ parts }, copy) => {
        const from = parts[0]!.core;
        const own = this.core(producer, from);
        /** By piece (on a mesh, by ring): how often each row goes to each core. */
        const sent = new Map<string, { channels: number; byCore: Map<number, Uint8Array> }>();
        for (const reader of readers) {
          const at = this.channelOf(reader, layer.output);
          for (const [to, need] of this.extents[reader]!.inputNeeds()) {
            const first = Math.max(slice.channel0, need.channel0 - at);
            const channels = overlap(slice.channel0, slice.channels, need.channel0 - at, need.channels);
            if (channels === 0) continue;
            const rows = need.rows.map((mark, row) => (row % layer.replicas === copy ? mark : 0));
            const bytes = countOf(rows) * width * pixelBytes(this.context, layer.output, channels);
            if (to === from) {
              // A reader on the same core is handed a copy by the vector unit.
              own.results[own.results.length - 1]! += bytes;
              own.operands += bytes;
              own.vectorOps += countOf(rows);
              continue;
            }
            this.demands[producer]!.streams.push({ from, to, bytes });
            this.core(reader, to).inputStream += bytes;
            const key = chip.network.kind === "bus" ? `${first} ${channels}` : `${sent.size}`;
            const piece = sent.get(key) ?? { channels, byCore: new Map<number, Uint8Array>() };
            sent.set(key, piece);
            const known = piece.byCore.get(to);
            if (known) for (const [row, mark] of rows.entries()) known[row]! += mark;
            else piece.byCore.set(to, rows);
          }
        }
        for (const { channels, byCore } of sent.values()) {
          const times = [...byCore.values()].reduce((most, rows) => most.map((n, row) => Math.max(n, rows[row]!)));
          const messages = times.reduce((sum, n) => sum + n, 0);
          own.outputStream += messages * width * pixelBytes(this.context, layer.output, channels);
        }
      });
  }
}

/** The work of every layer of a stage in one sample, in the order of its layers. */
export function stageDemands(context: EstimateContext, partition: MappedPartition): LayerDemand[] {
  return new Counter(context, partition).count();
}
