/**
 * The dependency graph of a program under construction.
 * Instructions are recorded in one global order in which every dependency points backwards; every stream is a subsequence of it,
 * so no program made from it can deadlock. Dependencies come from *regions*: named pieces of state (a ring slot, an accumulator
 * buffer, an array) that an instruction reads or writes. `synchronise.ts` turns them into semaphores.
 */
import { invariant } from "../../base/index.js";
import { CodeBuilder, type Instruction, UNITS, type Unit } from "../../isa/index.js";
import { Ints, Lists } from "./columns.js";
import type { SampleNeed } from "./sample-needs.js";
import { isSerial, streamOf } from "./streams.js";

/** One static instruction, by its number: instructions are numbered as they are recorded. */
export type Node = number;

/** A piece of state that orders the instructions touching it. */
export interface Region {
  /** Accesses: twice the node, and 1 more in a second walk through the segment, which finds what carries over to the next trip. */
  writers: number[];
  readers: number[];
  /** Its bytes differ from sample to sample (tensors in memory): no order between samples. */
  perSample: boolean;
}

/** Bits of a dependency: on the node of the trip before. */
export const CARRIED = 1;
/** Bits of a dependency: between two loops over the samples, on the node of the same sample, not of the last. */
export const PER_SAMPLE = 2;
/** What a dependency's turn is multiplied by beside these bits; only dependencies with PER_SAMPLE have one (see `SampleNeed`). */
export const TURN = 4;

/** What an instruction touches. */
export interface Touches {
  /** Must have been written: waits for writers only. */
  needs?: readonly Region[];
  /** Rows in memory that must have been written, for the sample at hand. */
  samples?: readonly SampleNeed[];
  /** Must not be overwritten until it completes (its data was taken by an instruction it waits for). */
  keeps?: readonly Region[];
  /** Both. */
  reads?: readonly Region[];
  writes?: readonly Region[];
  /** Adds to what is written without order to other writers. */
  appends?: readonly Region[];
  /** Adds to what the last of `writes` put down: behind that one, in any order beside other additions. */
  adds?: readonly Region[];
  /** The lane, where the recorder cannot know it. */
  lane?: number;
  /** Instructions to wait for besides. */
  after?: readonly Node[];
}

/** A part of the program that runs `trips` times before the next begins (in each stream). */
export interface Segment {
  trips: number;
  stage: number;
  /** Its instructions in order. */
  nodes: Ints;
  /** Of every instruction of a loop while it is recorded. */
  touches: Touches[];
}

/** Lane of the instructions that notify others. */
const NOTIFY_LANE = 1000;

/** Room in keys for streams and lanes; with a few bits more they stay safe integers. */
export const STREAM_CODES = 2 ** 17;
export const LANE_CODES = 2 ** 16;

const STORE = UNITS.indexOf("store");
const LOAD = UNITS.indexOf("load");

/** A fresh region. */
export function region(perSample = false): Region {
  return { writers: [], readers: [], perSample };
}

/** Records instructions and finds their dependencies. */
export class Graph {
  readonly segments: Segment[] = [];
  /** The instructions, packed, without waits and posts. */
  readonly code = new CodeBuilder();
  /** core × UNITS.length + unit. */
  readonly stream = new Ints();
  readonly segmentOf = new Ints();
  /** Position in the global order of its segment. */
  readonly order = new Ints();
  /** Instructions of one stream and lane complete in order, but for those of one burst. */
  readonly lane = new Ints();
  /** The tag of an instruction; -1 where it has none. */
  readonly tag = new Ints();
  /** By the node that waits: the nodes that must have completed before, and the bits of the dependency. */
  dependencies = new Lists();
  /** The instruction whose result this one adds to, or itself; the additions of one burst complete in any order. */
  private readonly burst = new Ints();
  /** The instruction that tells other streams of a store's completion, in order; -1 where there is none. */
  private readonly notifier = new Ints();
  private readonly laneRegions = new Map<number, Region>();
  private readonly nextLane = new Map<number, number>();

  /** `lanes` says how many instructions of a unit may be under way at once. */
  constructor(private readonly lanes: (unit: Unit) => number) {}

  get segment(): Segment {
    return this.segments.at(-1)!;
  }

  /** Begins a segment. */
  begin(stage: number, trips: number): void {
    this.segments.push({ trips, stage, nodes: new Ints(), touches: [] });
  }

  /** Ends the segment: in a loop, a second walk finds what the first instructions of a trip owe to the last of the one before. */
  end(): void {
    const { segment, dependencies } = this;
    if (segment.trips > 1) {
      const { nodes, touches } = segment;
      for (let index = 0; index < nodes.length; index++) this.touch(nodes.at(index), touches[index]!, true);
      for (let index = 0; index < nodes.length; index++) {
        const node = nodes.at(index);
        for (let at = dependencies.first(node); at >= 0; at = dependencies.next(at))
          invariant(
            dependencies.a(at) !== node || (dependencies.b(at) & CARRIED) !== 0,
            "an instruction waits for itself",
          );
      }
    }
    segment.touches = [];
  }

  /** The lane the next instruction of a stream gets, where its touches name none. */
  laneOfNext(core: number, unit: Unit): number {
    return this.nextLane.get(streamOf(core, unit)) ?? 0;
  }

  /** Appends an instruction. */
  add(core: number, unit: Unit, instruction: Instruction, touches: Touches = {}): Node {
    const stream = streamOf(core, unit);
    let lane = touches.lane ?? 0;
    let all = touches;
    if (touches.lane === undefined && !isSerial(stream)) {
      lane = this.laneOfNext(core, unit);
      this.nextLane.set(stream, (lane + 1) % this.lanes(unit));
      all = { ...touches, writes: [...(touches.writes ?? []), this.laneRegion(stream, lane)] };
    }
    const added = touches.adds?.[0]?.writers[0];
    const node = this.record(
      instruction,
      stream,
      this.segments.length - 1,
      lane,
      added === undefined ? undefined : added >> 1,
    );
    this.touch(node, all, false);
    for (const other of touches.after ?? []) this.depend(node, other, false, false);
    // Notifiers that it needs stand before it.
    this.append(node, all);
    return node;
  }

  private record(
    instruction: Instruction,
    stream: number,
    segment: number,
    lane: number,
    burst: Node | undefined,
  ): Node {
    const node = this.code.push(instruction);
    this.stream.push(stream);
    this.segmentOf.push(segment);
    this.order.push(0);
    this.lane.push(lane);
    this.tag.push(instruction.tag ?? -1);
    this.burst.push(burst ?? node);
    this.notifier.push(-1);
    return node;
  }

  /** The region that keeps the instructions of one lane in order. */
  private laneRegion(stream: number, lane: number): Region {
    const key = stream * LANE_CODES + lane;
    let known = this.laneRegions.get(key);
    if (!known) {
      known = region();
      this.laneRegions.set(key, known);
    }
    return known;
  }

  private append(node: Node, touches: Touches): void {
    const { nodes, trips } = this.segment;
    this.order.set(node, nodes.length);
    nodes.push(node);
    if (trips > 1) this.segment.touches.push(touches);
  }

  private touch(node: Node, touches: Touches, again: boolean): void {
    const { needs = [], samples = [], keeps = [], reads = [], writes = [], appends = [], adds = [] } = touches;
    const access = node * 2 + (again ? 1 : 0);
    const skip = (one: Region) => again && one.perSample;
    for (const one of needs) if (!skip(one)) this.await(node, one, one.writers, again);
    if (!again) for (const { region: one, turn } of samples) this.await(node, one, one.writers, false, turn);
    for (const one of reads) {
      if (skip(one)) continue;
      this.await(node, one, one.writers, again);
      this.remember(one.readers, access);
    }
    for (const one of keeps) if (!skip(one)) this.remember(one.readers, access);
    for (const one of writes) {
      if (skip(one)) continue;
      // Readers waited for the writers: waiting for the readers is enough.
      this.await(node, one, one.readers.length > 0 ? one.readers : one.writers, again);
      one.writers = [access];
      one.readers = [];
    }
    for (const one of appends) if (!skip(one)) this.remember(one.writers, access);
    for (const one of adds) {
      this.await(node, one, one.writers.slice(0, 1), again);
      one.writers.push(access);
    }
  }

  /** Keeps the latest access of every stream and lane. */
  private remember(accesses: number[], access: number): void {
    const { stream, lane } = this;
    const index = accesses.findIndex(
      (known) => stream.at(known >> 1) === stream.at(access >> 1) && lane.at(known >> 1) === lane.at(access >> 1),
    );
    if (index >= 0) accesses.splice(index, 1);
    accesses.push(access);
  }

  private await(node: Node, one: Region, accesses: readonly number[], again: boolean, turn = 0): void {
    for (const access of accesses) {
      const other = access >> 1;
      if (this.segmentOf.at(other) !== this.segmentOf.at(node)) {
        if (!again) this.depend(node, other, false, one.perSample, turn);
      } else if (!again) this.depend(node, other, false, false);
      else if ((access & 1) === 0) this.depend(node, other, true, false);
    }
  }

  private depend(node: Node, on: Node, carried: boolean, perSample: boolean, turn = 0): void {
    const { stream, lane, segmentOf, dependencies } = this;
    if (stream.at(on) === stream.at(node) && isSerial(stream.at(node))) return;
    if (on === node && !carried) return;
    let source = on;
    if (
      stream.at(on) % UNITS.length === STORE &&
      stream.at(node) % UNITS.length === LOAD &&
      lane.at(on) !== NOTIFY_LANE
    )
      source = this.notifierOf(on);
    const bits = (carried ? CARRIED : 0) | (perSample ? PER_SAMPLE + TURN * turn : 0);
    // A lane completes in order: of several of its instructions the last is enough.
    for (let at = dependencies.first(node); at >= 0; at = dependencies.next(at)) {
      const other = dependencies.a(at);
      const known = dependencies.b(at);
      if (stream.at(other) !== stream.at(source) || lane.at(other) !== lane.at(source)) continue;
      if (((known ^ bits) & CARRIED) !== 0) continue;
      if (other !== source && this.burst.at(other) === this.burst.at(source)) continue;
      // On the same node: the last trip's is the strictest, then that of the earliest turn.
      if (other === source) dependencies.set(at, other, Math.min(known, bits));
      else if (segmentOf.at(other) !== segmentOf.at(source) || known !== bits) continue;
      else if (this.order.at(source) > this.order.at(other)) dependencies.set(at, source, known);
      return;
    }
    dependencies.add(node, source, bits);
  }

  /**
   * Stores may complete out of order, so their streams tell others in order: a POST waits for all stores before it.
   * It is placed as late as possible: before the first instruction that needs it, or at the end of the stores' segment.
   */
  notifierOf(store: Node): Node {
    if (this.notifier.at(store) >= 0) return this.notifier.at(store);
    const stream = this.stream.at(store);
    const tag = this.tag.at(store);
    const index = this.segmentOf.at(store);
    const segment = this.segments[index]!;
    const { nodes } = segment;
    const notifier = this.record({ op: "POST", ...(tag < 0 ? {} : { tag }) }, stream, index, NOTIFY_LANE, undefined);
    const last = new Map<number, Node>();
    for (let at = nodes.length - 1; at >= 0; at--) {
      const node = nodes.at(at);
      if (this.stream.at(node) !== stream) continue;
      if (this.lane.at(node) === NOTIFY_LANE) break;
      this.notifier.set(node, notifier);
      if (!last.has(this.lane.at(node))) last.set(this.lane.at(node), node);
    }
    for (const node of last.values()) this.dependencies.add(notifier, node, 0);
    this.order.set(notifier, nodes.length);
    nodes.push(notifier);
    if (index === this.segments.length - 1 && segment.trips > 1) segment.touches.push({});
    return notifier;
  }

  /** The last instructions of the given units on a core in a segment: one a lane. */
  lastOf({ nodes }: Segment, core: number, units: readonly Unit[]): Node[] {
    const streams = new Set(units.map((unit) => streamOf(core, unit)));
    const last = new Map<number, Node>();
    for (let index = nodes.length - 1; index >= 0; index--) {
      const node = nodes.at(index);
      const stream = this.stream.at(node);
      const lane = this.lane.at(node);
      if (!streams.has(stream) || lane === NOTIFY_LANE) continue;
      const key = stream * LANE_CODES + lane;
      if (!last.has(key)) last.set(key, node);
    }
    return [...last.values()];
  }
}
