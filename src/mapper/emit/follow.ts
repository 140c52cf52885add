/**
 * Loops over the samples that follow an earlier partition's loop in rounds of another size.
 * A trip that covers several trips of the earlier loop takes the tokens of all of them. Where a trip of the earlier loop covers several
 * trips here ("larger rounds"), each of these must take the same number of tokens, as it is the same code: so the posts are given
 * tokens such that those of the samples of one trip here are as many as those of any other, the last post of a trip's samples making up
 * the number.
 */
import { type Graph, PER_SAMPLE, TURN } from "./graph.js";
import type { Edges, Pair } from "./pairs.js";

/** A loop with its dependencies [low, high) on the segment it follows and on others before. */
export interface Follower {
  segment: number;
  low: number;
  high: number;
}

/** The turn of a dependency of the same sample; none where the whole earlier segment is waited for. */
export function turnOf(bits: number): number | undefined {
  return (bits & PER_SAMPLE) !== 0 ? Math.floor(bits / TURN) : undefined;
}

/** Whether a dependency is one of a loop that can follow the other's sample by sample. */
export function follows({ segments, segmentOf }: Graph, { from, to, bits }: Edges, at: number): boolean {
  if ((bits[at]! & PER_SAMPLE) === 0) return false;
  const there = segments[segmentOf.at(from[at]!)]!.trips;
  const here = segments[segmentOf.at(to[at]!)]!.trips;
  return here > 1 && (there % here === 0 || here % there === 0);
}

/**
 * By segment of larger rounds, the loop that follows it. Tokens of a segment are either followed by one loop, the first that needs any
 * of them, or taken before a loop; so there is at most one.
 */
export function followersOfLarger(graph: Graph, edges: Edges, { begin, end, inside }: Pair): Map<number, Follower> {
  const found = new Map<number, Follower>();
  if (inside) return found;
  const { segments, segmentOf } = graph;
  const { from, to } = edges;
  let reached = -1;
  for (let low = begin; low < end; ) {
    const segment = segmentOf.at(to[low]!);
    let last = -1;
    let high = low;
    for (; high < end && segmentOf.at(to[high]!) === segment; high++) {
      const source = segmentOf.at(from[high]!);
      if (follows(graph, edges, high)) last = Math.max(last, source);
      else reached = Math.max(reached, source);
    }
    if (last > reached) {
      if (segments[last]!.trips < segments[segment]!.trips) found.set(last, { segment, low, high });
      reached = last;
    }
    low = high;
  }
  return found;
}

/**
 * The tokens of each post of a trip of a segment, in order; one each where no loop of smaller rounds follows. `numbers` are the places of
 * the posts in this order, from 1 on.
 */
export function tokensFor(
  { segments, segmentOf }: Graph,
  { from, bits }: Edges,
  source: number,
  follower: Follower | undefined,
  posts: number,
  numbers: Int32Array,
): Int32Array {
  const tokens = new Int32Array(posts).fill(1);
  if (!follower) return tokens;
  const { segment, low, high } = follower;
  const turns = segments[segment]!.trips / segments[source]!.trips;
  /** The place of the last post that each turn needs, at least those of the turns before. */
  const ends = new Int32Array(turns);
  for (let at = low; at < high; at++) {
    const turn = turnOf(bits[at]!);
    if (turn === undefined || segmentOf.at(from[at]!) !== source) continue;
    ends[turn] = Math.max(ends[turn]!, numbers[from[at]!]!);
  }
  for (let turn = 1; turn < turns; turn++) ends[turn] = Math.max(ends[turn]!, ends[turn - 1]!);
  // Posts that only later segments need count among those of the last turn.
  ends[turns - 1] = posts;
  let share = 0;
  for (let turn = 0; turn < turns; turn++) share = Math.max(share, ends[turn]! - (ends[turn - 1] ?? 0));
  let before = 0;
  let given = 0;
  for (let turn = 0; turn < turns; turn++) {
    const end = ends[turn]!;
    if (end === 0) continue;
    // Where several turns need the same post, it brings the tokens of all of them.
    tokens[end - 1]! += (turn + 1) * share - given - Math.max(0, end - before);
    given = (turn + 1) * share;
    before = end;
  }
  return tokens;
}
