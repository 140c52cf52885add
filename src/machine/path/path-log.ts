/**
 * The forward log of critical paths (law 7): every ended hold is a node (parent, term and stage, length).
 * Bounded memory: when the log is full, the totals of the few nodes that may still become a parent are summed and all others forgotten.
 * Invariant: node ids are only held in arrays registered here, so that folding can renumber them.
 */
import { TERMS } from "../../base/index.js";
import { RootTotals } from "./root-totals.js";

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
  /** Whose node each is, four integers a node; empty where nobody asks. */
  private whose = new Int32Array(0);
  private size = 0;
  /** Nodes below this are roots of the last fold, with their totals in `totalsOfRoots`. */
  private roots = 0;
  private readonly totalsOfRoots: RootTotals;
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
    this.mark = new Int32Array(capacity);
    this.segment = new Int32Array(capacity);
    this.totalsOfRoots = new RootTotals(this.width);
  }

  /** Keeps the identity of every node from now on; to be called before the first. */
  keepIdentities(): void {
    this.whose = new Int32Array(4 * this.capacity);
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
    const { whose } = this;
    if (whose.length > 0) {
      whose[4 * id] = stream;
      whose[4 * id + 1] = n;
      whose[4 * id + 2] = stage;
      whose[4 * id + 3] = packet;
    }
    return id;
  }

  /** Writes a node's identity into `out`. */
  identity(node: number, out: NodeIdentity): void {
    const known = node >= 0;
    out.stream = known ? this.whose[4 * node]! : -1;
    out.n = known ? this.whose[4 * node + 1]! : -1;
    out.stage = known ? this.whose[4 * node + 2]! : -1;
    out.packet = known ? this.whose[4 * node + 3]! : -1;
  }

  /** Totals by term and stage (index stage·terms + term) along the path that ends with this node. */
  totals(node: number): Float64Array {
    const out = new Float64Array(this.width);
    let at = node;
    while (at >= this.roots) {
      out[this.key[at]!]! += this.length[at]!;
      at = this.parent[at]!;
    }
    if (at >= 0) this.totalsOfRoots.addTo(out, at);
    return out;
  }

  /**
   * Keeps only the nodes that registered arrays hold, with their totals.
   * Two passes: backwards to mark what is reachable and where paths part, forwards to sum each unbranched segment once.
   */
  fold(): void {
    this.folds++;
    const { size, parent, key, length, mark, segment, roots, totalsOfRoots } = this;
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
    let lowest = this.width;
    let highest = -1;
    let fromStart = false;
    for (let node = size - 1; node >= roots; node--) {
      if (mark[node] === 0) continue;
      const up = parent[node]!;
      if (up >= 0) mark[up] = mark[up]! < 4 ? mark[up]! + 2 : mark[up]!;
      else fromStart = true;
      if (key[node]! < lowest) lowest = key[node]!;
      if (key[node]! > highest) highest = key[node]!;
    }
    // Forward: a segment goes on through nodes with one reachable child that are no tips.
    totalsOfRoots.begin(lowest, highest, fromStart);
    for (let node = 0; node < roots; node++) if (mark[node] !== 0) segment[node] = totalsOfRoots.segmentOfRoot(node);
    for (let node = roots; node < size; node++) {
      if (mark[node] === 0) continue;
      const up = parent[node]!;
      // Going on in the parent's segment is right only where nobody else reads that segment's total at the parent.
      const id =
        up < 0
          ? totalsOfRoots.segmentFromStart()
          : mark[up] === 2
            ? segment[up]!
            : totalsOfRoots.segmentAfter(segment[up]!);
      totalsOfRoots.add(id, key[node]!, length[node]!);
      segment[node] = id;
    }
    // Tips become the new roots, in their old order.
    totalsOfRoots.keep(live);
    const { whose } = this;
    let next = 0;
    for (let node = 0; node < size; node++) {
      if ((mark[node]! & 1) === 0) continue;
      totalsOfRoots.root(next, segment[node]!);
      if (whose.length > 0) whose.copyWithin(4 * next, 4 * node, 4 * node + 4);
      segment[node] = next++;
    }
    totalsOfRoots.settle();
    for (const refs of this.refs) {
      for (let i = 0; i < refs.length; i++) if (refs[i]! >= 0) refs[i] = segment[refs[i]!]!;
    }
    this.roots = next;
    this.size = next;
  }
}
