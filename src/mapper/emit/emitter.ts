/** What all parts of the emitter share: the graph, addresses, tags, and the regions that outlive a partition. */
import type { Chip } from "../../hardware/index.js";
import type { Address, Instruction, Tag, Unit } from "../../isa/index.js";
import type { MappedTensor, Mapping } from "../../mapping/index.js";
import type { Network } from "../../workload/index.js";
import { NetworkView } from "../chains.js";
import { Graph, type Node, type Region, region, type Touches } from "./graph.js";
import { type SampledRow, type SampleNeed, sampleNeeds } from "./sample-needs.js";

/** Units that touch a core's local memory. */
const MEMORY_UNITS: readonly Unit[] = ["vector", "store", "send", "load", "receive"];
/** Units that put something into a core's local memory. */
const WRITING_UNITS: readonly Unit[] = ["vector", "load", "receive"];

/** Most lanes of a stream: each pair of a lane and a waiting stream takes a semaphore. */
const MOST_LANES = 4;

/** The emitter of one program. */
export class Emitter {
  readonly view: NetworkView;
  readonly graph: Graph;
  readonly tags: Tag[] = [];
  readonly places = new Map<number, MappedTensor>();
  private readonly memoryRows = new Map<string, SampledRow>();
  private readonly namedRegions = new Map<string, Region>();
  /** Last instructions on each core's local memory in earlier partitions, and the streams that have yet to wait for them. */
  private readonly lastTouch = new Map<number, Node[]>();
  private readonly owing = new Map<number, Set<Unit>>();
  private readonly nextBuffer = new Map<number, number>();
  /** The last results taken out of each core's accumulators: behind them its arrays rest. */
  readonly lastResults = new Map<number, Node>();
  private readonly tagIndices = new Map<string, number>();
  private tagIndex = -1;
  private stage = 0;
  /** Samples of one round of the current partition's loop over the batch, and which of them is being emitted. */
  round = 1;
  sample = 0;

  constructor(
    readonly mapping: Mapping,
    readonly network: Network,
    readonly chip: Chip,
  ) {
    this.view = new NetworkView(network, mapping.precision);
    const { outstanding, arrays } = chip.core;
    // Every write port has a lane, as far as the semaphores go round: a core that loads for all waits for the lanes of all.
    const writeLanes = Math.max(MOST_LANES, Math.floor(chip.core.semaphores / chip.cores / 2));
    const lanes = (unit: Unit): number => {
      if (unit === "vector" || unit === "mvm") return 1;
      if (unit === "weightWrite") return Math.max(1, Math.min(writeLanes, arrays.write.portsPerCore));
      return Math.max(1, Math.min(MOST_LANES, outstanding[unit]));
    };
    this.graph = new Graph(lanes);
    for (const tensor of mapping.tensors) this.places.set(tensor.tensor, tensor);
  }

  /** Begins a segment of a partition; `trips` > 1 makes it a loop over the samples. */
  begin(stage: number, trips: number): void {
    this.stage = stage;
    this.graph.begin(stage, trips);
  }

  /** Everything added from now on belongs to this layer of the current partition. */
  tag(layer: string): void {
    const key = `${this.stage} ${layer}`;
    const known = this.tagIndices.get(key);
    this.tagIndex = known ?? this.tags.push({ stage: this.stage, layer }) - 1;
    if (known === undefined) this.tagIndices.set(key, this.tagIndex);
  }

  /** Adds an instruction; the first of a stream that writes local memory in a partition waits for all of the partition before. */
  add(core: number, unit: Unit, instruction: Instruction, touches: Touches = {}): Node {
    const owing = this.owing.get(core);
    let all = touches;
    if (owing?.delete(unit)) all = { ...touches, after: [...(touches.after ?? []), ...this.lastTouch.get(core)!] };
    return this.graph.add(core, unit, { ...instruction, tag: this.tagIndex } as Instruction, all);
  }

  /** Ends a partition: its local memories are laid out anew. */
  endPartition(firstSegment: number): void {
    for (let core = 0; core < this.chip.cores; core++) {
      for (let index = this.graph.segments.length - 1; index >= firstSegment; index--) {
        const last = this.graph.lastOf(this.graph.segments[index]!, core, MEMORY_UNITS);
        if (last.length === 0) continue;
        this.lastTouch.set(core, last);
        this.owing.set(core, new Set(WRITING_UNITS));
        break;
      }
    }
  }

  /** An address in tensor memory that moves on with every sample. */
  sampleAddress(base: number): Address {
    const { tensorMemory, tensors, batch } = this.mapping;
    const stride = tensors[0]?.sampleStride ?? 0;
    const from = base + this.sample * stride;
    return {
      space: tensorMemory,
      base: from,
      ...(batch > this.round ? { steps: [stride * this.round] } : {}),
    };
  }

  /** What makes one row of a slice of a tensor in memory writes to; only its maker asks for it. */
  memoryRow(tensor: number, channel0: number, row: number): Region {
    return this.makes(`${tensor} ${channel0} ${row}`);
  }

  /** What of such a row the sample being emitted needs. */
  memoryRowNeeds(tensor: number, channel0: number, row: number): readonly SampleNeed[] {
    return this.needsOf(`${tensor} ${channel0} ${row}`);
  }

  /** The same of one row of partial sums in memory. */
  sumsRow(sums: number, row: number): Region {
    return this.makes(`sums ${sums} ${row}`);
  }

  /** What of such a row the sample being emitted needs. */
  sumsRowNeeds(sums: number, row: number): readonly SampleNeed[] {
    return this.needsOf(`sums ${sums} ${row}`);
  }

  private makes(name: string): Region {
    let row = this.memoryRows.get(name);
    if (!row) {
      row = Array.from({ length: this.round }, () => region(true));
      this.memoryRows.set(name, row);
    }
    return row[this.sample]!;
  }

  private needsOf(name: string): readonly SampleNeed[] {
    const row = this.memoryRows.get(name);
    return row === undefined ? [] : sampleNeeds(row, this.sample, this.round);
  }

  /** A region by name; it lives as long as the program. */
  named(name: string): Region {
    let known = this.namedRegions.get(name);
    if (!known) {
      known = region();
      this.namedRegions.set(name, known);
    }
    return known;
  }

  /** The next accumulator buffer of a core, in turn. */
  takeBuffer(core: number): { buffer: number; base: number; region: Region } {
    const buffer = this.nextBuffer.get(core) ?? 0;
    this.nextBuffer.set(core, (buffer + 1) % this.mapping.accumulatorBuffers);
    return {
      buffer,
      base: buffer * this.mapping.accumulatorEntriesPerBuffer,
      region: this.named(`accumulators ${core} ${buffer}`),
    };
  }
}

/** An address in local memory. */
export function local(base: number): Address {
  return { space: "lm", base };
}

/** Name of a layer's parameters for channels [channel0, +channels) of its output; the bare name where that is all of them. */
export function paramsName(layer: string, channel0: number, channels: number, all: number): string {
  return channels === all ? layer : `${layer}[${channel0}:${channel0 + channels}]`;
}
