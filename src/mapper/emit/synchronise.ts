/**
 * Turns dependencies into semaphores.
 * Every pair (lane of a stream that completes in order → stream that waits) has semaphores of its own, so tokens, though anonymous,
 * arrive in a known order: a wait for the k-th post is a wait until k tokens have been taken in all. Inside a loop the k-th post of
 * the trip before is a post k − N; then N − k tokens are lent before the loop. Dependencies inside a segment and those on earlier
 * segments have separate semaphores, so that a loop over samples can follow an earlier loop sample by sample.
 */
import { invariant, UserError } from "../../base/index.js";
import type { Instruction } from "../../isa/index.js";
import { coreOf, type Dependency, type Graph, type Node } from "./graph.js";

/** Room in a pair's key for streams and lanes; all together it stays a safe integer. */
const STREAM_CODES = 2 ** 17;
const LANE_CODES = 2 ** 16;

/** Instructions that a stream runs once before a segment's loop, by segment and stream. */
export type Preludes = Map<number, Instruction[]>[];

interface Pair {
  stream: number;
  inside: boolean;
  edges: Dependency[];
}

/** Adds waits and posts to all instructions of a graph; returns what must run before loops. */
export function synchronise(graph: Graph, semaphoresPerCore: number): Preludes {
  const preludes: Preludes = graph.segments.map(() => new Map());
  const used = new Map<number, number>();
  const pairs = pairsOf(graph);
  for (const [key, pair] of pairs) {
    // Large graphs fill the memory: what is written is let go.
    pairs.delete(key);
    const core = coreOf(pair.stream);
    const semaphore = used.get(core) ?? 0;
    if (semaphore >= semaphoresPerCore)
      throw new UserError({
        code: "too-few-semaphores",
        message: `the program needs more semaphores in core ${core} than the chip has`,
        accepted: `at most ${semaphoresPerCore}`,
      });
    used.set(core, semaphore + 1);
    new PairWriter(graph, pair, core, semaphore, preludes).write();
  }
  return preludes;
}

/** The dependencies of a graph by pair, taken out of its nodes. */
function pairsOf(graph: Graph): Map<number, Pair> {
  const pairs = new Map<number, Pair>();
  for (const segment of graph.segments)
    for (const to of segment.nodes) {
      for (const dependency of to.dependencies) {
        const { node: from } = dependency;
        const inside = from.segment === to.segment;
        const key = ((to.stream * STREAM_CODES + from.stream) * LANE_CODES + from.lane) * 2 + (inside ? 1 : 0);
        let pair = pairs.get(key);
        if (!pair) {
          pair = { stream: to.stream, inside, edges: [] };
          pairs.set(key, pair);
        }
        pair.edges.push(dependency);
      }
      to.dependencies = [];
    }
  return pairs;
}

class PairWriter {
  /** Posting nodes of each segment, in order, and each node's number there. */
  private readonly posts = new Map<number, Node[]>();
  private readonly numbers = new Map<Node, number>();
  /** Posts of all earlier segments, all trips counted. */
  private readonly before: number[] = [];
  /** Tokens taken so far, of those posted; and tokens lent. */
  private taken = 0;
  private lent = 0;

  constructor(
    private readonly graph: Graph,
    private readonly pair: Pair,
    private readonly core: number,
    private readonly semaphore: number,
    private readonly preludes: Preludes,
  ) {}

  write(): void {
    this.numberPosts();
    const bySegment = new Map<number, Dependency[]>();
    for (const edge of this.pair.edges) {
      const list = bySegment.get(edge.to.segment);
      if (list) list.push(edge);
      else bySegment.set(edge.to.segment, [edge]);
    }
    for (const segment of [...bySegment.keys()].sort((a, b) => a - b)) {
      const edges = bySegment.get(segment)!.sort((a, b) => a.to.order - b.to.order);
      if (this.trips(segment) === 1) this.once(segment, edges);
      else if (this.pair.inside) this.insideLoop(segment, edges);
      else this.acrossLoops(segment, edges);
    }
  }

  private trips(segment: number): number {
    return this.graph.segments[segment]!.trips;
  }

  private numberPosts(): void {
    const seen = new Set<Node>();
    for (const { node: from } of this.pair.edges) {
      if (seen.has(from)) continue;
      seen.add(from);
      const list = this.posts.get(from.segment);
      if (list) list.push(from);
      else this.posts.set(from.segment, [from]);
    }
    let total = 0;
    for (let segment = 0; segment < this.graph.segments.length; segment++) {
      this.before.push(total);
      const nodes = this.posts.get(segment);
      if (!nodes) continue;
      nodes.sort((a, b) => a.order - b.order);
      nodes.forEach((node, index) => {
        this.numbers.set(node, index + 1);
        node.instruction.posts ??= [];
        node.instruction.posts.push({ core: this.core, semaphore: this.semaphore, count: 1 });
      });
      total += nodes.length * this.trips(segment);
    }
  }

  private count(segment: number): number {
    return this.posts.get(segment)!.length;
  }

  /** The number of the last trip's post among all posts of the pair. */
  private absolute(from: Node): number {
    const count = this.count(from.segment);
    return this.before[from.segment]! + (this.trips(from.segment) - 1) * count + this.numbers.get(from)!;
  }

  private wait(node: Node, count: number): void {
    if (count <= 0) return;
    node.instruction.waits ??= [];
    const known = node.instruction.waits.find((wait) => wait.semaphore === this.semaphore);
    if (known) known.count += count;
    else node.instruction.waits.push({ semaphore: this.semaphore, count });
  }

  private prelude(segment: number, like: Node, kind: "WAIT" | "POST", count: number): void {
    if (count <= 0) return;
    const prelude = this.preludes[segment]!;
    const tag = like.instruction.tag;
    const carried = tag === undefined ? {} : { tag };
    const instruction: Instruction =
      kind === "WAIT"
        ? { op: "WAIT", ...carried, waits: [{ semaphore: this.semaphore, count }] }
        : { op: "POST", ...carried, posts: [{ core: this.core, semaphore: this.semaphore, count }] };
    const list = prelude.get(this.pair.stream);
    if (list) list.push(instruction);
    else prelude.set(this.pair.stream, [instruction]);
  }

  /** Lends tokens to the waiting stream, or takes them back. */
  private lend(segment: number, like: Node, count: number): void {
    if (count > this.lent) this.prelude(segment, like, "POST", count - this.lent);
    else this.prelude(segment, like, "WAIT", this.lent - count);
    this.lent = count;
  }

  private once(segment: number, edges: readonly Dependency[]): void {
    this.lend(segment, edges[0]!.to, 0);
    for (const { node: from, to } of edges) {
      const need = this.absolute(from);
      if (need <= this.taken) continue;
      this.wait(to, need - this.taken);
      this.taken = need;
    }
  }

  private insideLoop(segment: number, edges: readonly Dependency[]): void {
    const count = this.count(segment);
    invariant(this.taken === this.before[segment], "tokens of an earlier loop are left");
    const need = ({ node: from, carried }: Dependency) => this.numbers.get(from)! - (carried ? count : 0);
    const most = Math.max(...edges.map(need));
    this.lend(segment, edges[0]!.to, count - most);
    let taken = 0;
    for (const edge of edges) {
      const wanted = need(edge) + this.lent;
      if (wanted <= taken) continue;
      this.wait(edge.to, wanted - taken);
      taken = wanted;
    }
    invariant(taken === count, "a trip must take as many tokens as it gets");
    this.taken += count * this.trips(segment);
  }

  private acrossLoops(segment: number, edges: readonly Dependency[]): void {
    const followed = edges.filter(
      ({ node: from, perSample }) => perSample && this.trips(from.segment) === this.trips(segment),
    );
    const others = edges.filter((edge) => !followed.includes(edge));
    const last = Math.max(-1, ...followed.map(({ node: from }) => from.segment));
    let need = Math.max(0, ...others.map(({ node: from }) => this.absolute(from)));
    if (last >= 0) need = Math.max(need, this.before[last]!);
    const drain = (until: number): void => {
      this.prelude(segment, edges[0]!.to, "WAIT", until - this.taken);
      this.taken = Math.max(this.taken, until);
    };
    drain(need);
    if (last < 0) return;
    const count = this.count(last);
    const end = this.before[last]! + count * this.trips(segment);
    if (this.taken > this.before[last]!) {
      drain(end);
      return;
    }
    let taken = 0;
    let waiter: Node | undefined;
    for (const { node: from, to } of followed) {
      if (from.segment !== last) continue;
      const wanted = this.numbers.get(from)!;
      if (wanted <= taken) continue;
      this.wait(to, wanted - taken);
      taken = wanted;
      waiter = to;
    }
    // Posts that only later segments need are taken with the last wait, so that every trip takes as many as it gets.
    this.wait(waiter!, count - taken);
    this.taken = end;
  }
}
