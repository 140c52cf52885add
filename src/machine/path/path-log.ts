/**
 * The forward log of critical paths (law 7): every ended hold is a node (parent, term and stage, length).
 * Bounded memory: when the log is full, the totals of the few nodes that may still become a parent are summed and all others forgotten.
 * Invariant: node ids are only held in arrays registered here, so that folding can renumber them.
 */
import { TERMS } from "../../base/index.js";

/** No node: the start of time. */
export const NO_NODE = -1;

/** Who a node belongs to, for traces. */
export interface NodeIdentity {
  stream: number;
  n: number;
  stage: number;
  packet: number;
}

/** The log of hold nodes with totals folded forwards. */
export class PathLog {
  /** Terms times stages. */
  readonly width: number;
  private readonly capacity: number;
  private readonly parent: Int32Array;
  private readonly key: Int32Array;
  private readonly length: Float64Array;
  private readonly stream: Int32Array;
  private readonly n: Int32Array;
  private readonly stage: Int32Array;
  private readonly packet: Int32Array;
  private size = 0;
  /** Nodes below this are roots of the last fold, with their totals in `rootTotals`. */
  private roots = 0;
  private rootTotals = new Float64Array(0);
  private readonly refs: Int32Array[] = [];
  private readonly mark: Int32Array;
  private readonly segment: Int32Array;
  folds = 0;

  constructor(stages: number, capacity = 1 << 17) {
    this.width = TERMS.length * Math.max(1, stages);
    this.capacity = capacity;
    this.parent = new Int32Array(capacity);
    this.key = new Int32Array(capacity);
    this.length = new Float64Array(capacity);
    this.stream = new Int32Array(capacity);
    this.n = new Int32Array(capacity);
    this.stage = new Int32Array(capacity);
    this.packet = new Int32Array(capacity);
    this.mark = new Int32Array(capacity);
    this.segment = new Int32Array(capacity);
  }

  /** Registers an array of node ids that must survive folds; entries below 0 are no node. */
  registerRefs(refs: Int32Array): void {
    this.refs.push(refs);
  }

  /** Whether a fold is due; the caller folds at the end of the tick, when few nodes are alive. */
  get due(): boolean {
    return this.size > (this.capacity >> 2) * 3;
  }

  /** Appends a node and returns its id. */
  append(
    parent: number,
    key: number,
    length: number,
    stream: number,
    n: number,
    stage: number,
    packet: number,
  ): number {
    const id = this.size++;
    this.parent[id] = parent;
    this.key[id] = key;
    this.length[id] = length;
    this.stream[id] = stream;
    this.n[id] = n;
    this.stage[id] = stage;
    this.packet[id] = packet;
    return id;
  }

  /** Writes a node's identity into `out`. */
  identity(node: number, out: NodeIdentity): void {
    if (node < 0) {
      out.stream = -1;
      out.n = -1;
      out.stage = -1;
      out.packet = -1;
      return;
    }
    out.stream = this.stream[node]!;
    out.n = this.n[node]!;
    out.stage = this.stage[node]!;
    out.packet = this.packet[node]!;
  }

  /** Totals by term and stage (index stage·terms + term) along the path that ends with this node. */
  totals(node: number): Float64Array {
    const out = new Float64Array(this.width);
    let at = node;
    while (at >= this.roots) {
      out[this.key[at]!]! += this.length[at]!;
      at = this.parent[at]!;
    }
    if (at >= 0) for (let i = 0; i < this.width; i++) out[i]! += this.rootTotals[at * this.width + i]!;
    return out;
  }

  /**
   * Keeps only the nodes that registered arrays hold, with their totals.
   * Two passes: backwards to mark what is reachable and where paths part, forwards to sum each unbranched segment once.
   */
  fold(): void {
    this.folds++;
    const { size, parent, mark, segment, width } = this;
    // mark: bit 0 live tip, upper bits number of reachable children (saturated at 2).
    mark.fill(0, 0, size);
    let live = 0;
    for (const refs of this.refs) {
      for (let i = 0; i < refs.length; i++) {
        const node = refs[i]!;
        if (node >= 0 && (mark[node]! & 1) === 0) {
          mark[node]! |= 1;
          live++;
        }
      }
    }
    for (let node = size - 1; node >= this.roots; node--) {
      if (mark[node] === 0) continue;
      const up = parent[node]!;
      if (up >= 0) mark[up] = mark[up]! < 4 ? mark[up]! + 2 : mark[up]!;
    }
    // Forward: a segment goes on through nodes with one reachable child that are no tips.
    let segments = 0;
    let totals = new Float64Array(width * Math.max(16, live * 2));
    const newSegment = (from: number): number => {
      const id = segments++;
      if (segments * width > totals.length) {
        const grown = new Float64Array(totals.length * 2);
        grown.set(totals);
        totals = grown;
      }
      if (from >= 0) totals.copyWithin(id * width, from * width, (from + 1) * width);
      return id;
    };
    for (let node = 0; node < size; node++) {
      if (mark[node] === 0) continue;
      if (node < this.roots) {
        const id = newSegment(-1);
        totals.set(this.rootTotals.subarray(node * width, (node + 1) * width), id * width);
        segment[node] = id;
        continue;
      }
      const up = parent[node]!;
      // Going on in the parent's segment is right only where nobody else reads that segment's total at the parent.
      const id = up < 0 ? newSegment(-1) : mark[up] === 2 ? segment[up]! : newSegment(segment[up]!);
      totals[id * width + this.key[node]!]! += this.length[node]!;
      segment[node] = id;
    }
    // Tips become the new roots, in their old order.
    const rootTotals = new Float64Array(width * live);
    let next = 0;
    for (let node = 0; node < size; node++) {
      if ((mark[node]! & 1) === 0) continue;
      rootTotals.set(totals.subarray(segment[node]! * width, (segment[node]! + 1) * width), next * width);
      this.stream[next] = this.stream[node]!;
      this.n[next] = this.n[node]!;
      this.stage[next] = this.stage[node]!;
      this.packet[next] = this.packet[node]!;
      segment[node] = next++;
    }
    for (const refs of this.refs) {
      for (let i = 0; i < refs.length; i++) if (refs[i]! >= 0) refs[i] = segment[refs[i]!]!;
    }
    this.rootTotals = rootTotals;
    this.roots = next;
    this.size = next;
  }
}
