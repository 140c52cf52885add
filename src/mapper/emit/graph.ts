/**
 * The dependency graph of a program under construction.
 * Instructions are recorded in one global order in which every dependency points backwards; every stream is a subsequence of it,
 * so no program made from it can deadlock. Dependencies come from *regions*: named pieces of state (a ring slot, an accumulator
 * buffer, an array) that an instruction reads or writes. `synchronise.ts` turns them into semaphores.
 */
import { invariant } from "../../base/index.js";
import { type Instruction, UNITS, type Unit } from "../../isa/index.js";

/** A piece of state that orders the instructions touching it. */
export interface Region {
  writers: Access[];
  readers: Access[];
  /** Its bytes differ from sample to sample (tensors in memory): no order between samples. */
  perSample: boolean;
}

interface Access {
  node: Node;
  /** Of a second walk through the segment, which finds what carries over to the next trip. */
  again: boolean;
}

/** One dependency: `to` may start only when `node` has completed. */
export interface Dependency {
  node: Node;
  to: Node;
  /** The node of the trip before. */
  carried: boolean;
  /** Between two loops over the samples: the node of the same sample, not of the last. */
  perSample: boolean;
}

/** One static instruction. */
export interface Node {
  instruction: Instruction;
  /** core × UNITS.length + unit. */
  stream: number;
  segment: number;
  /** Position in the global order of its segment. */
  order: number;
  /** Instructions of one stream and lane complete in order, but for those of one burst. */
  lane: number;
  /** The instruction whose result this one adds to, or itself; the additions of one burst complete in any order. */
  burst: Node | undefined;
  dependencies: Dependency[];
  /** The instruction that tells other streams of its completion, in order. */
  notifier?: Node;
}

/** What an instruction touches. */
export interface Touches {
  /** Must have been written: waits for writers only. */
  needs?: readonly Region[];
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
  nodes: Node[];
  touches: Touches[];
}

/** Lane of the instructions that notify others. */
export const NOTIFY_LANE = 1000;

const VECTOR = UNITS.indexOf("vector");
const STORE = UNITS.indexOf("store");
const LOAD = UNITS.indexOf("load");

/** The stream number of a core's unit. */
export function streamOf(core: number, unit: Unit): number {
  return core * UNITS.length + UNITS.indexOf(unit);
}

/** The core of a stream. */
export function coreOf(stream: number): number {
  return Math.floor(stream / UNITS.length);
}

/** The unit of a stream. */
export function unitOf(stream: number): Unit {
  return UNITS[stream % UNITS.length]!;
}

/** Whether a stream starts an instruction only when the one before has completed, on every chip. */
export function isSerial(stream: number): boolean {
  return stream % UNITS.length === VECTOR;
}

/** A fresh region. */
export function region(perSample = false): Region {
  return { writers: [], readers: [], perSample };
}

/** Records instructions and finds their dependencies. */
export class Graph {
  readonly segments: Segment[] = [];
  private readonly laneRegions = new Map<string, Region>();
  private readonly nextLane = new Map<number, number>();

  /** `lanes` says how many instructions of a unit may be under way at once. */
  constructor(private readonly lanes: (unit: Unit) => number) {}

  get segment(): Segment {
    return this.segments.at(-1)!;
  }

  /** Begins a segment. */
  begin(stage: number, trips: number): void {
    this.segments.push({ trips, stage, nodes: [], touches: [] });
  }

  /** Ends the segment: in a loop, a second walk finds what the first instructions of a trip owe to the last of the one before. */
  end(): void {
    const { segment } = this;
    if (segment.trips > 1) {
      const { nodes, touches } = segment;
      for (const [index, node] of nodes.entries()) this.touch(node, touches[index]!, true);
      for (const node of nodes)
        for (const dependency of node.dependencies)
          invariant(dependency.node !== node || dependency.carried, "an instruction waits for itself");
    }
    segment.touches = [];
  }

  /** Appends an instruction. */
  add(core: number, unit: Unit, instruction: Instruction, touches: Touches = {}): Node {
    const stream = streamOf(core, unit);
    const node: Node = {
      instruction,
      stream,
      segment: this.segments.length - 1,
      order: 0,
      lane: touches.lane ?? 0,
      burst: touches.adds?.[0]?.writers[0]?.node,
      dependencies: [],
    };
    let all = touches;
    if (touches.lane === undefined && !isSerial(stream)) {
      const lane = this.nextLane.get(stream) ?? 0;
      this.nextLane.set(stream, (lane + 1) % this.lanes(unit));
      node.lane = lane;
      all = { ...touches, writes: [...(touches.writes ?? []), this.laneRegion(stream, lane)] };
    }
    this.touch(node, all, false);
    for (const other of touches.after ?? []) this.depend(node, other, false, false);
    this.append(node, all);
    return node;
  }

  /** The region that keeps the instructions of one lane in order. */
  private laneRegion(stream: number, lane: number): Region {
    const key = `${stream} ${lane}`;
    let known = this.laneRegions.get(key);
    if (!known) {
      known = region();
      this.laneRegions.set(key, known);
    }
    return known;
  }

  private append(node: Node, touches: Touches): void {
    const { segment } = this;
    node.order = segment.nodes.length;
    segment.nodes.push(node);
    segment.touches.push(touches);
  }

  private touch(node: Node, touches: Touches, again: boolean): void {
    const { needs = [], keeps = [], reads = [], writes = [], appends = [], adds = [] } = touches;
    const skip = (one: Region) => again && one.perSample;
    for (const one of needs) if (!skip(one)) this.await(node, one, one.writers, again);
    for (const one of reads) {
      if (skip(one)) continue;
      this.await(node, one, one.writers, again);
      remember(one.readers, { node, again });
    }
    for (const one of keeps) if (!skip(one)) remember(one.readers, { node, again });
    for (const one of writes) {
      if (skip(one)) continue;
      // Readers waited for the writers: waiting for the readers is enough.
      this.await(node, one, one.readers.length > 0 ? one.readers : one.writers, again);
      one.writers = [{ node, again }];
      one.readers = [];
    }
    for (const one of appends) if (!skip(one)) remember(one.writers, { node, again });
    for (const one of adds) {
      this.await(node, one, one.writers.slice(0, 1), again);
      one.writers.push({ node, again });
    }
  }

  private await(node: Node, one: Region, accesses: readonly Access[], again: boolean): void {
    for (const access of accesses) {
      if (access.node.segment !== node.segment) {
        if (!again) this.depend(node, access.node, false, one.perSample);
      } else if (!again) this.depend(node, access.node, false, false);
      else if (!access.again) this.depend(node, access.node, true, false);
    }
  }

  private depend(node: Node, on: Node, carried: boolean, perSample: boolean): void {
    if (on.stream === node.stream && isSerial(node.stream)) return;
    if (on === node && !carried) return;
    let source = on;
    if (on.stream % UNITS.length === STORE && node.stream % UNITS.length === LOAD && on.lane !== NOTIFY_LANE)
      source = this.notifierOf(on);
    // A lane completes in order: of several of its instructions the last is enough.
    for (const known of node.dependencies) {
      const { node: other } = known;
      if (other.stream !== source.stream || other.lane !== source.lane || known.carried !== carried) continue;
      if (other !== source && sameBurst(other, source)) continue;
      if (other === source) known.perSample &&= perSample;
      else if (other.segment !== source.segment || known.perSample !== perSample) continue;
      else if (source.order > other.order) known.node = source;
      return;
    }
    node.dependencies.push({ node: source, to: node, carried, perSample });
  }

  /**
   * Stores may complete out of order, so their streams tell others in order: a POST waits for all stores before it.
   * It is placed as late as possible: before the first instruction that needs it, or at the end of the stores' segment.
   */
  notifierOf(store: Node): Node {
    if (store.notifier) return store.notifier;
    const segment = this.segments[store.segment]!;
    const notifier: Node = {
      instruction: { op: "POST", ...(store.instruction.tag === undefined ? {} : { tag: store.instruction.tag }) },
      stream: store.stream,
      segment: store.segment,
      order: segment.nodes.length,
      lane: NOTIFY_LANE,
      burst: undefined,
      dependencies: [],
    };
    const last = new Map<number, Node>();
    for (let index = segment.nodes.length - 1; index >= 0; index--) {
      const node = segment.nodes[index]!;
      if (node.stream !== store.stream) continue;
      if (node.lane === NOTIFY_LANE) break;
      node.notifier = notifier;
      if (!last.has(node.lane)) last.set(node.lane, node);
    }
    for (const node of last.values())
      notifier.dependencies.push({ node, to: notifier, carried: false, perSample: false });
    segment.nodes.push(notifier);
    if (store.segment === this.segments.length - 1) segment.touches.push({});
    return notifier;
  }
}

/** Whether two instructions add up to one result, so that neither's completion tells of the other's. */
function sameBurst(one: Node, other: Node): boolean {
  return (one.burst ?? one) === (other.burst ?? other);
}

/** Keeps the latest access of every stream and lane. */
function remember(accesses: Access[], access: Access): void {
  const index = accesses.findIndex(({ node }) => node.stream === access.node.stream && node.lane === access.node.lane);
  if (index >= 0) accesses.splice(index, 1);
  accesses.push(access);
}

/** The last instructions of the given units on a core in a segment: one a lane. */
export function lastOf(segment: Segment, core: number, units: readonly Unit[]): Node[] {
  const streams = new Set(units.map((unit) => streamOf(core, unit)));
  const last = new Map<string, Node>();
  for (let index = segment.nodes.length - 1; index >= 0; index--) {
    const node = segment.nodes[index]!;
    if (!streams.has(node.stream) || node.lane === NOTIFY_LANE) continue;
    const key = `${node.stream} ${node.lane}`;
    if (!last.has(key)) last.set(key, node);
  }
  return [...last.values()];
}
