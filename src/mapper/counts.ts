/**
 * Counts the work a partition does for one sample, layer by layer and core by core, in closed form from the mapping alone.
 * The estimate reads these numbers; a test compares them with the emitted instructions.
 */
import type { Chip } from "../hardware/index.js";
import type {
  CoreWork,
  LayerWork,
  MappedEdge,
  MappedLayer,
  MappedPartition,
  MappedSlice,
  Mapping,
} from "../mapping/index.js";
import { isMacLayer } from "../workload/index.js";
import type { NetworkView, Stage } from "./chains.js";
import { countDeliveries, type Target } from "./deliveries.js";
import { columnsOfStages, finalRows, rowsOfStages, stripsInUse } from "./extents.js";
import { hasRawSums, partsByCore } from "./local-memory.js";
import { copiesOn, neededRows } from "./rings.js";
import { TrafficCounter } from "./traffic.js";
import { tileBytes } from "./weights-table.js";
import { axisX, clip, type Interval, reach, windowOf } from "./windows.js";

interface Context {
  view: NetworkView;
  chip: Chip;
  mapping: Mapping;
  partition: MappedPartition;
  traffic: TrafficCounter;
}

/** Fills the counts of all partitions of a mapping. */
export function countWork(view: NetworkView, chip: Chip, mapping: Mapping): void {
  for (const partition of mapping.partitions) {
    const traffic = new TrafficCounter(view, chip, mapping, partition);
    const context = { view, chip, mapping, partition, traffic };
    for (const edge of partition.edges) edge.bytes = 0;
    const counters = partition.layers.map((layer) => new LayerCounter(context, layer));
    for (const counter of counters) counter.count();
    for (const counter of counters) counter.countDeliveries(counters);
    partition.work = counters.map((counter) => counter.finish());
    const cores = partition.work.flatMap((work) => work.cores);
    partition.loadBytes = sum(cores, (core) => core.inputMemoryBytes);
    partition.storeBytes = sum(cores, (core) => core.outputMemoryBytes);
    partition.traffic = traffic.finish(sum(cores, (core) => core.sumInputBytes + core.sumOutputBytes));
    const pieces = partition.layers.flatMap((layer) => piecesOf(layer));
    partition.slots = pieces.length;
    const copies = new Set(
      pieces.map(({ core, tile }) => (mapping.weightMulticast ? String(tile) : `${core} ${tile}`)),
    );
    partition.weightBytes = sum([...copies], (key) => tileBytes(mapping.tiles[Number(key.split(" ").at(-1))]!));
  }
}

const sum = <T>(list: readonly T[], of: (one: T) => number): number => list.reduce((total, one) => total + of(one), 0);

function piecesOf(layer: MappedLayer): { core: number; array: number; depth: number; tile: number }[] {
  return layer.slices.flatMap((slice) =>
    slice.copies.flatMap((copy) =>
      copy.parts.flatMap((part) =>
        part.steps.flatMap((step) => step.pieces.map((piece) => ({ core: part.core, ...piece }))),
      ),
    ),
  );
}

class LayerCounter {
  readonly chain: Stage[];
  /** Columns of every link, strip by strip. */
  private readonly columns: Interval[][];
  private readonly cores = new Map<number, CoreWork>();
  private busiest = 0;

  constructor(
    private readonly context: Context,
    readonly layer: MappedLayer,
  ) {
    const { view } = context;
    this.chain = view.chain(layer.layer, layer.fused);
    this.columns = Array.from({ length: stripsInUse(view, layer) }, (_, strip) =>
      columnsOfStages(view, this.chain, layer.strips, strip),
    );
  }

  count(): void {
    this.layer.slices.forEach((slice, index) => {
      slice.copies.forEach((_, copy) => {
        this.countCopy(index, copy);
      });
    });
    if (this.layer.kind === "matrix") {
      this.countWeights();
      for (const { core, low, high, rows } of this.rings())
        this.countInput(core, this.chain[0]!.input, low, high - low, rows, this.inputColumns());
    }
  }

  finish(): LayerWork {
    const head = this.context.view.shape(this.chain[0]!.output);
    const steps = this.layer.slices.flatMap((slice) => slice.copies[0]!.parts.map((part) => part.steps.length));
    return {
      layer: this.layer.layer,
      windows: head.height * head.width,
      windowsPerReplica: this.busiest,
      groupsPerWindow: sum(steps, (n) => n),
      cores: [...this.cores.values()].sort((a, b) => a.core - b.core),
    };
  }

  private core(core: number): CoreWork {
    let work = this.cores.get(core);
    if (!work) {
      work = {
        core,
        groupVectors: 0,
        mvms: 0,
        arrayVectors: 0,
        weightRows: 0,
        weightBytes: 0,
        arrayRows: {},
        inputMemoryBytes: 0,
        inputStreamBytes: 0,
        outputMemoryBytes: 0,
        outputStreamBytes: 0,
        partialSumBytes: 0,
        sumInputBytes: 0,
        sumOutputBytes: 0,
        vectorBytes: 0,
        vectorOps: 0,
      };
      this.cores.set(core, work);
    }
    return work;
  }

  /** Final rows that the given replicas own. */
  private owned(replicas: ReadonlySet<number>): number[] {
    const rows = Array.from({ length: finalRows(this.context.view, this.layer) }, (_, row) => row);
    return rows.filter((row) => replicas.has(row % this.layer.replicas));
  }

  /** Rows of a link that final rows of a replica need. */
  private rowsMade(replica: number, stage: number): Set<number> {
    const made = new Set<number>();
    for (const row of this.owned(new Set([replica]))) {
      const { low, high } = rowsOfStages(this.context.view, this.chain, row)[stage]!;
      for (let y = low; y < high; y++) made.add(y);
    }
    return made;
  }

  private inputRows(replicas: ReadonlySet<number>, kernel: Interval | undefined): Set<number> {
    const needed = neededRows(this.context.view, this.layer, this.chain, replicas, kernel);
    return new Set([...needed.keys()].filter((row) => needed[row] === 1));
  }

  /** Columns of the head's input that its strips read. */
  private inputColumns(): Interval[] {
    const { layer, input } = this.chain[0]!;
    const window = windowOf(this.context.view.network, layer);
    const { width } = this.context.view.shape(input);
    return this.columns.map(([head]) => (window ? clip(reach(axisX(window), head!), width) : head!));
  }

  private countCopy(sliceIndex: number, copyIndex: number): void {
    const { view, chip, partition } = this.context;
    const { layer, chain } = this;
    const slice = layer.slices[sliceIndex]!;
    const { parts } = slice.copies[copyIndex]!;
    const owner = this.core(parts[0]!.core);
    const replica = slice.copies.length > 1 ? copyIndex : 0;
    const made = slice.sumsTo < 0 ? chain : chain.slice(0, 1);
    made.forEach((stage, index) => {
      const rows = this.rowsMade(replica, index).size;
      const widths = this.columns.map((strip) => strip[index]!.high - strip[index]!.low);
      const pixels = rows * sum(widths, (n) => n);
      const bytes = pixels * view.pixelBytes(stage.output, slice.channels);
      if (index === 0 && layer.kind === "matrix") {
        this.busiest = Math.max(this.busiest, pixels);
        const chunks = rows * sum(widths, (n) => Math.ceil(n / layer.vectorsPerMvm));
        const asymmetric = isMacLayer(stage.layer) && stage.layer.asymmetric === true;
        const raw = Math.ceil((pixels * slice.channels * chip.core.accumulatorBits) / 8);
        for (const part of parts) {
          const work = this.core(part.core);
          work.groupVectors += pixels * part.steps.length;
          work.mvms += chunks * part.steps.length;
          work.arrayVectors += pixels * sum(part.steps, (step) => step.pieces.length);
          if (asymmetric) {
            work.vectorBytes += raw;
            work.vectorOps += chunks;
          }
          if (!hasRawSums(slice)) continue;
          work.vectorBytes += raw;
          work.vectorOps += chunks;
          if (part === parts[0]) continue;
          owner.vectorBytes += raw;
          owner.vectorOps += chunks;
          if (part.core !== owner.core) work.partialSumBytes += raw;
        }
        if (slice.sumsFrom >= 0) {
          owner.vectorBytes += raw;
          owner.vectorOps += chunks;
          owner.sumInputBytes += raw;
        }
        if (slice.sumsTo >= 0) {
          owner.sumOutputBytes +=
            rows * this.distinctColumns(index) * ((slice.channels * chip.core.accumulatorBits) / 8);
          return;
        }
        const packed = (slice.channels * view.bits(stage.output)) % 8 === 0;
        owner.vectorOps += hasRawSums(slice) || packed ? chunks : pixels;
      } else owner.vectorOps += rows * widths.length;
      owner.vectorBytes += bytes;
      if (stage.other) {
        const { broadcast } = stage.other;
        const columns = this.columns.map((strip) => (broadcast ? { low: 0, high: 1 } : strip[index]!));
        const otherRows = broadcast ? new Set([0]) : this.rowsMade(replica, index);
        this.countInput(owner.core, stage.other.tensor, slice.channel0, slice.channels, otherRows, columns, true);
      }
    });
    if (layer.kind === "vector") {
      const { tensor, offset } = this.mainOperand(slice.channel0);
      const rows = this.inputRows(new Set([0]), undefined);
      this.countInput(owner.core, tensor, slice.channel0 - offset, slice.channels, rows, this.inputColumns());
    }
    if (slice.sumsTo >= 0) return;
    const { width } = view.shape(layer.output);
    const rows = this.owned(new Set([replica])).length;
    const out = rows * width * view.pixelBytes(layer.output, slice.channels);
    if (layer.stored) {
      owner.outputMemoryBytes += out;
      const { channels } = slice;
      this.context.traffic.stores.push({ tensor: layer.output, pixels: rows * width, channels, bytes: out });
    }
    for (const edge of partition.edges)
      if (edge.from === layer.layer && (edge.to === -1 || edge.kind === "fused") && edge.bytes >= 0)
        edge.bytes += edge.to === -1 ? out : this.fusedBytes(edge, slice.channels, replica);
  }

  /** Columns of a link that its strips make, those that two strips make counted once. */
  private distinctColumns(index: number): number {
    let end = 0;
    return sum(this.columns, (strip) => {
      const { low, high } = strip[index]!;
      const columns = Math.max(0, high - Math.max(low, end));
      end = Math.max(end, high);
      return columns;
    });
  }

  private fusedBytes(edge: MappedEdge, channels: number, replica: number): number {
    const index = this.chain.findIndex((stage) => stage.output === edge.tensor);
    const widths = sum(this.columns, (strip) => strip[index]!.high - strip[index]!.low);
    return this.rowsMade(replica, index).size * widths * this.context.view.pixelBytes(edge.tensor, channels);
  }

  private mainOperand(channel0: number): { tensor: number; offset: number } {
    const { layer, input } = this.chain[0]!;
    if (layer.op !== "concat") return { tensor: input, offset: 0 };
    let offset = 0;
    for (const tensor of layer.inputs) {
      const { channels } = this.context.view.shape(tensor);
      if (channel0 < offset + channels) return { tensor, offset };
      offset += channels;
    }
    return { tensor: input, offset: 0 };
  }

  /** Bytes of rows × columns of some channels of an operand, by the way each slice of it takes. */
  private countInput(
    core: number,
    tensor: number,
    channel0: number,
    channels: number,
    rows: ReadonlySet<number>,
    columns: readonly Interval[],
    memoryOnly = false,
  ): void {
    const { view, partition, mapping, traffic } = this.context;
    const work = this.core(core);
    const width = sum(columns, ({ low, high }) => high - low);
    for (const root of view.roots(tensor)) {
      const edge = partition.edges.find(
        (one) => one.tensor === root.tensor && one.to === this.layer.layer && one.kind !== "fused",
      );
      const producer =
        !memoryOnly && edge?.kind === "stream"
          ? partition.layers.find((layer) => layer.layer === edge.from)
          : undefined;
      const streamed = new Set(producer?.slices.map((slice) => slice.channel0));
      const slices = new Map<number, number>();
      for (const slice of mapping.tensors.find((place) => place.tensor === root.tensor)?.slices ?? [])
        slices.set(slice.channel0, slice.channels);
      for (const slice of producer?.slices ?? []) slices.set(slice.channel0, slice.channels);
      for (const [first, count] of slices) {
        const low = Math.max(root.channel0 + first, channel0);
        const high = Math.min(root.channel0 + first + count, channel0 + channels);
        if (low >= high) continue;
        // Streams bring whole rows.
        const across = streamed.has(first) ? view.shape(root.tensor).width : width;
        const bytes = rows.size * across * view.pixelBytes(root.tensor, high - low);
        if (streamed.has(first)) work.inputStreamBytes += bytes;
        else {
          work.inputMemoryBytes += bytes;
          traffic.reads.push({
            tensor: root.tensor,
            rows,
            columns,
            channel0: low - root.channel0,
            channels: high - low,
            bytes,
          });
        }
        if (edge) edge.bytes += bytes;
      }
    }
  }

  private countWeights(): void {
    const { mapping, chip } = this.context;
    const { broadcast } = chip.core.arrays.write;
    const written = new Set<string>();
    const loaded = new Set<string>();
    for (const { core, array, depth, tile } of piecesOf(this.layer)) {
      const work = this.core(core);
      const { rows } = mapping.tiles[tile]!;
      work.arrayRows[array] = (work.arrayRows[array] ?? 0) + rows;
      const together = `${core} ${depth} ${tile}`;
      if (!broadcast || !written.has(together)) work.weightRows += rows;
      written.add(together);
      const load = `${core} ${tile}`;
      if (!loaded.has(load)) work.weightBytes += tileBytes(mapping.tiles[tile]!);
      loaded.add(load);
    }
  }

  /** Where the layer takes its main input: cores, channels of it and rows. */
  private rings(): { core: number; low: number; high: number; rows: Set<number> }[] {
    if (this.layer.kind === "vector")
      return this.layer.slices.map(({ channel0, channels, copies }) => ({
        core: copies[0]!.parts[0]!.core,
        low: channel0,
        high: channel0 + channels,
        rows: this.inputRows(new Set([0]), undefined),
      }));
    return [...partsByCore(this.layer)].map(([core, parts]) => ({
      core,
      low: Math.min(...parts.map((part) => part.channel0)),
      high: Math.max(...parts.map((part) => part.channel0 + part.channels)),
      rows: this.inputRows(copiesOn(this.layer, core), {
        low: Math.min(...parts.map((part) => part.kernelRow0)),
        high: Math.max(...parts.map((part) => part.kernelRow0 + part.kernelRows)),
      }),
    }));
  }

  /** Rows handed to readers: over the network, or copied inside the core. */
  countDeliveries(all: readonly LayerCounter[]): void {
    const { view, partition, chip } = this.context;
    const { width } = view.shape(this.layer.output);
    const readers = all
      .filter((other) =>
        partition.edges.some(
          (edge) => edge.kind === "stream" && edge.from === this.layer.layer && edge.to === other.layer.layer,
        ),
      )
      .map((reader) => ({ reader, rings: reader.rings() }));
    const rowBytes = (channels: number): number => width * view.pixelBytes(this.layer.output, channels);
    for (const slice of this.layer.slices) {
      const targets = readers.flatMap(({ reader, rings }) => reader.targetsIn(this.layer.output, slice, rings));
      slice.copies.forEach((copy, index) => {
        const work = this.core(copy.parts[0]!.core);
        const rows = this.owned(new Set([slice.copies.length > 1 ? index : 0]));
        const { copies, copiedBytes, sentBytes } = countDeliveries(
          work.core,
          rows,
          targets,
          chip.network.kind,
          rowBytes,
        );
        work.vectorOps += copies;
        work.vectorBytes += copiedBytes;
        work.outputStreamBytes += sentBytes;
      });
    }
  }

  /** Rings of this layer that take channels of a slice of a tensor: which of them, counted from the slice's first. */
  private targetsIn(tensor: number, slice: MappedSlice, rings: ReturnType<LayerCounter["rings"]>): Target[] {
    const { view } = this.context;
    const offsets = view.roots(this.chain[0]!.input).filter((root) => root.tensor === tensor);
    return rings.flatMap(({ core, rows, low, high }) =>
      offsets.flatMap(({ channel0 }) => {
        const first = channel0 + slice.channel0;
        const from = Math.max(low, first);
        const channels = Math.min(high, first + slice.channels) - from;
        return channels > 0 ? [{ core, rows, from: from - first, channels }] : [];
      }),
    );
  }
}
