/**
 * Turns dependencies into semaphores.
 * Every pair (lane of a stream that completes in order → stream that waits) has semaphores of its own, so tokens, though anonymous,
 * arrive in a known order: a wait for the k-th post is a wait until k tokens have been taken in all. Inside a loop the k-th post of
 * the trip before is a post k − N; then N − k tokens are lent before the loop. Dependencies inside a segment and those on earlier
 * segments have separate semaphores, so that a loop over samples can follow an earlier loop sample by sample, also in other rounds (follow.ts).
 */
import { invariant, UserError } from "../../base/index.js";
import type { Instruction, Post, Wait } from "../../isa/index.js";
import { Lists } from "./columns.js";
import { followersOfLarger, follows, tokensFor, turnOf } from "./follow.js";
import { CARRIED, type Graph, type Node } from "./graph.js";
import { type Edges, type Pair, takePairs } from "./pairs.js";
import { coreOf } from "./streams.js";

/** Instructions that a stream runs once before a segment's loop, by segment and stream. */
export type Preludes = Map<number, Instruction[]>[];

/** What synchronises a program: waits and posts of its instructions, and what must run before loops. */
export class Synchronisation {
  readonly preludes: Preludes;
  /** By node: semaphore and count. */
  readonly waitLists = new Lists(Float64Array);
  /** By node: core and semaphore. */
  readonly postLists = new Lists();
  /** Tokens of the posts of more than one, by entry of `postLists`. */
  private readonly heavy = new Map<number, number>();

  constructor(segments: number) {
    this.preludes = Array.from({ length: segments }, () => new Map());
  }

  /** Lets an instruction post. */
  post(node: Node, core: number, semaphore: number, tokens: number): void {
    const entry = this.postLists.add(node, core, semaphore);
    if (tokens > 1) this.heavy.set(entry, tokens);
  }

  /** An instruction with its waits and posts. */
  complete(node: Node, instruction: Instruction): Instruction {
    const { waitLists, postLists } = this;
    const waits: Wait[] = [];
    for (let at = waitLists.first(node); at >= 0; at = waitLists.next(at))
      waits.push({ semaphore: waitLists.a(at), count: waitLists.b(at) });
    const posts: Post[] = [];
    for (let at = postLists.first(node); at >= 0; at = postLists.next(at))
      posts.push({ core: postLists.a(at), semaphore: postLists.b(at), count: this.heavy.get(at) ?? 1 });
    if (waits.length > 0) instruction.waits = waits;
    if (posts.length > 0) instruction.posts = posts;
    return instruction;
  }
}

/** Finds the waits and posts of all instructions of a graph; its dependencies are used up. */
export function synchronise(graph: Graph, semaphoresPerCore: number): Synchronisation {
  const found = new Synchronisation(graph.segments.length);
  const used = new Map<number, number>();
  const { edges, pairs } = takePairs(graph);
  const numbers = new Int32Array(graph.code.length);
  for (const pair of pairs) {
    const core = coreOf(pair.stream);
    const semaphore = used.get(core) ?? 0;
    if (semaphore >= semaphoresPerCore)
      throw new UserError({
        code: "too-few-semaphores",
        message: `the program needs more semaphores in core ${core} than the chip has`,
        accepted: `at most ${semaphoresPerCore}`,
      });
    used.set(core, semaphore + 1);
    new PairWriter(graph, edges, pair, core, semaphore, numbers, found).write();
  }
  return found;
}

class PairWriter {
  /** How many tokens each segment posts in a trip. */
  private readonly counts = new Map<number, number>();
  /** Posts of all earlier segments, all trips counted. */
  private readonly before: number[] = [];
  /** Tokens taken so far, of those posted; and tokens lent. */
  private taken = 0;
  private lent = 0;

  constructor(
    private readonly graph: Graph,
    private readonly edges: Edges,
    private readonly pair: Pair,
    private readonly core: number,
    private readonly semaphore: number,
    /** The tokens of a trip up to and with each posting node's; 0 for all others, before and after. */
    private readonly numbers: Int32Array,
    private readonly found: Synchronisation,
  ) {}

  write(): void {
    const { begin, end, inside } = this.pair;
    const { from, to } = this.edges;
    this.numberPosts();
    for (let low = begin; low < end; ) {
      const segment = this.segmentOf(to[low]!);
      let high = low + 1;
      while (high < end && this.segmentOf(to[high]!) === segment) high++;
      if (this.trips(segment) === 1) this.once(segment, low, high);
      else if (inside) this.insideLoop(segment, low, high);
      else this.acrossLoops(segment, low, high);
      low = high;
    }
    for (let at = begin; at < end; at++) this.numbers[from[at]!] = 0;
  }

  private segmentOf(node: Node): number {
    return this.graph.segmentOf.at(node);
  }

  private trips(segment: number): number {
    return this.graph.segments[segment]!.trips;
  }

  private numberPosts(): void {
    const { numbers, edges, pair, graph } = this;
    const posting = new Map<number, Node[]>();
    for (let at = pair.begin; at < pair.end; at++) {
      const from = edges.from[at]!;
      if (numbers[from] !== 0) continue;
      numbers[from] = 1;
      const list = posting.get(this.segmentOf(from));
      if (list) list.push(from);
      else posting.set(this.segmentOf(from), [from]);
    }
    const followers = followersOfLarger(graph, edges, pair);
    let total = 0;
    for (let segment = 0; segment < graph.segments.length; segment++) {
      this.before.push(total);
      const nodes = posting.get(segment);
      if (!nodes) continue;
      nodes.sort((a, b) => graph.order.at(a) - graph.order.at(b));
      nodes.forEach((node, index) => {
        numbers[node] = index + 1;
      });
      const tokens = tokensFor(graph, edges, segment, followers.get(segment), nodes.length, numbers);
      let count = 0;
      nodes.forEach((node, index) => {
        this.found.post(node, this.core, this.semaphore, tokens[index]!);
        count += tokens[index]!;
        numbers[node] = count;
      });
      this.counts.set(segment, count);
      total += count * this.trips(segment);
    }
  }

  private count(segment: number): number {
    return this.counts.get(segment)!;
  }

  /** The number of a trip's token among all tokens of the pair; that of the last trip where none is named. */
  private absolute(from: Node, trip?: number): number {
    const segment = this.segmentOf(from);
    return this.before[segment]! + (trip ?? this.trips(segment) - 1) * this.count(segment) + this.numbers[from]!;
  }

  private wait(node: Node, count: number): void {
    if (count <= 0) return;
    const { waitLists } = this.found;
    for (let at = waitLists.first(node); at >= 0; at = waitLists.next(at))
      if (waitLists.a(at) === this.semaphore) {
        waitLists.set(at, this.semaphore, waitLists.b(at) + count);
        return;
      }
    waitLists.add(node, this.semaphore, count);
  }

  private prelude(segment: number, like: Node, kind: "WAIT" | "POST", count: number): void {
    if (count <= 0) return;
    const prelude = this.found.preludes[segment]!;
    const tag = this.graph.tag.at(like);
    const carried = tag < 0 ? {} : { tag };
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

  private once(segment: number, low: number, high: number): void {
    const { from, to, bits } = this.edges;
    this.lend(segment, to[low]!, 0);
    for (let at = low; at < high; at++) {
      const need = this.absolute(from[at]!, turnOf(bits[at]!));
      if (need <= this.taken) continue;
      this.wait(to[at]!, need - this.taken);
      this.taken = need;
    }
  }

  private insideLoop(segment: number, low: number, high: number): void {
    const { from, to, bits } = this.edges;
    const count = this.count(segment);
    invariant(this.taken === this.before[segment], "tokens of an earlier loop are left");
    const need = (at: number) => this.numbers[from[at]!]! - ((bits[at]! & CARRIED) !== 0 ? count : 0);
    let most = Number.NEGATIVE_INFINITY;
    for (let at = low; at < high; at++) most = Math.max(most, need(at));
    this.lend(segment, to[low]!, count - most);
    let taken = 0;
    for (let at = low; at < high; at++) {
      const wanted = need(at) + this.lent;
      if (wanted <= taken) continue;
      this.wait(to[at]!, wanted - taken);
      taken = wanted;
    }
    invariant(taken === count, "a trip must take as many tokens as it gets");
    this.taken += count * this.trips(segment);
  }

  private acrossLoops(segment: number, low: number, high: number): void {
    const { graph, edges } = this;
    const { from, to, bits } = edges;
    let last = -1;
    let need = 0;
    for (let at = low; at < high; at++)
      if (follows(graph, edges, at)) last = Math.max(last, this.segmentOf(from[at]!));
      else need = Math.max(need, this.absolute(from[at]!));
    if (last >= 0) need = Math.max(need, this.before[last]!);
    const drain = (until: number): void => {
      this.prelude(segment, to[low]!, "WAIT", until - this.taken);
      this.taken = Math.max(this.taken, until);
    };
    drain(need);
    if (last < 0) return;
    const count = this.count(last);
    const end = this.before[last]! + count * this.trips(last);
    if (this.taken > this.before[last]!) {
      drain(end);
      return;
    }
    const slower = this.trips(last) < this.trips(segment);
    const share = (count * this.trips(last)) / this.trips(segment);
    invariant(Number.isInteger(share), "the trips of a loop must get the same number of tokens");
    let taken = 0;
    let waiter: Node | undefined;
    for (let at = low; at < high; at++) {
      if (!follows(graph, edges, at) || this.segmentOf(from[at]!) !== last) continue;
      const turn = turnOf(bits[at]!)!;
      const number = this.numbers[from[at]!]!;
      // A post may bring the tokens of several turns: the first turn waits for its own share of them.
      const wanted = slower ? Math.min(share, number - turn * share) : number + turn * count;
      if (wanted <= taken) continue;
      this.wait(to[at]!, wanted - taken);
      taken = wanted;
      waiter = to[at]!;
    }
    // Posts that only later segments need are taken with the last wait, so that every trip takes as many as it gets.
    this.wait(waiter!, share - taken);
    this.taken = end;
  }
}
