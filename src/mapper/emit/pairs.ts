/**
 * The dependencies of a graph by pair: a lane of a stream that completes in order, and a stream that waits for it.
 * Dependencies inside a segment and those on earlier segments are pairs of their own.
 */
import { Lists } from "./columns.js";
import { type Graph, LANE_CODES, type Node, STREAM_CODES } from "./graph.js";

/** Dependencies [begin, end) of a list sorted by pair, in the order of the nodes that wait. */
export interface Pair {
  stream: number;
  inside: boolean;
  begin: number;
  end: number;
}

/** All dependencies, those of a pair together. */
export interface Edges {
  from: Int32Array;
  to: Int32Array;
  bits: Int32Array;
}

/** Takes the dependencies out of a graph; pairs come in the order in which they are met. */
export function takePairs(graph: Graph): { edges: Edges; pairs: Pair[] } {
  const { segments, stream, segmentOf, lane, dependencies } = graph;
  const indices = new Map<number, number>();
  const pairs: Pair[] = [];
  const pairOf = new Int32Array(dependencies.length);
  const each = (visit: (to: Node, dependency: number) => void): void => {
    for (const { nodes } of segments)
      for (let index = 0; index < nodes.length; index++) {
        const to = nodes.at(index);
        for (let at = dependencies.first(to); at >= 0; at = dependencies.next(at)) visit(to, at);
      }
  };
  each((to, at) => {
    const from = dependencies.a(at);
    const inside = segmentOf.at(from) === segmentOf.at(to);
    const waiting = stream.at(to);
    const key = ((waiting * STREAM_CODES + stream.at(from)) * LANE_CODES + lane.at(from)) * 2 + (inside ? 1 : 0);
    let index = indices.get(key);
    if (index === undefined) {
      index = pairs.push({ stream: waiting, inside, begin: 0, end: 0 }) - 1;
      indices.set(key, index);
    }
    pairs[index]!.end++;
    pairOf[at] = index;
  });
  let total = 0;
  for (const pair of pairs) {
    const count = pair.end;
    pair.begin = total;
    pair.end = total;
    total += count;
  }
  const edges = { from: new Int32Array(total), to: new Int32Array(total), bits: new Int32Array(total) };
  each((to, at) => {
    const place = pairs[pairOf[at]!]!.end++;
    edges.from[place] = dependencies.a(at);
    edges.to[place] = to;
    edges.bits[place] = dependencies.b(at);
  });
  // Large graphs fill the memory: what is not needed any more is let go.
  graph.dependencies = new Lists();
  return { edges, pairs };
}
