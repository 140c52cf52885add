/**
 * Totals of the roots of a path log, and of the segments between them and the next roots while a fold runs.
 * All paths alive go through the same past: what they have in common is kept once, and each root has only the window of keys in which
 * any two differ. Sums are of whole numbers, so taking the common part out and adding it again is exact.
 */

/** Totals by key for every root; a key is a stage and a term. */
export class RootTotals {
  /** What every root's total has beside its row. */
  private readonly shared: Float64Array;
  /** Rows of the roots, with keys from `low` on, `stride` of them. */
  private rows = new Float64Array(0);
  private count = 0;
  private low = 0;
  private stride = 0;
  /** Rows of segments while a fold runs, with a window of their own. */
  private work = new Float64Array(0);
  private segments = 0;
  private workLow = 0;
  private workStride = 0;

  constructor(private readonly width: number) {
    this.shared = new Float64Array(width);
  }

  /** Adds a root's totals to `out`. */
  addTo(out: Float64Array, root: number): void {
    for (let key = 0; key < this.width; key++) out[key]! += this.shared[key]!;
    const from = root * this.stride;
    for (let i = 0; i < this.stride; i++) out[this.low + i]! += this.rows[from + i]!;
  }

  /** Begins a fold whose nodes have keys from `lowest` to `highest`; `fromStart`: some have no root before them. */
  begin(lowest: number, highest: number, fromStart: boolean): void {
    const empty = this.stride === 0;
    const low = fromStart ? 0 : empty ? lowest : Math.min(lowest, this.low);
    const end = fromStart ? this.width : Math.max(highest + 1, empty ? 0 : this.low + this.stride);
    this.workLow = Math.min(low, end);
    this.workStride = Math.max(0, end - this.workLow);
    this.segments = 0;
  }

  private newSegment(): number {
    const id = this.segments++;
    const needed = this.segments * this.workStride;
    if (needed > this.work.length) {
      const grown = new Float64Array(Math.max(2 * needed, 64));
      grown.set(this.work);
      this.work = grown;
    }
    return id;
  }

  /** A segment that goes on from a root. */
  segmentOfRoot(root: number): number {
    const id = this.newSegment();
    const { work, rows } = this;
    const to = id * this.workStride;
    work.fill(0, to, to + this.workStride);
    const shift = to + this.low - this.workLow;
    for (let i = 0; i < this.stride; i++) work[shift + i] = rows[root * this.stride + i]!;
    return id;
  }

  /** A segment that begins at the start of time: it lacks what the roots share. */
  segmentFromStart(): number {
    const id = this.newSegment();
    const to = id * this.workStride;
    for (let i = 0; i < this.workStride; i++) this.work[to + i] = -this.shared[this.workLow + i]!;
    return id;
  }

  /** A segment that goes on from another. */
  segmentAfter(before: number): number {
    const id = this.newSegment();
    const { work, workStride } = this;
    for (let from = before * workStride, to = id * workStride, i = 0; i < workStride; i++)
      work[to + i] = work[from + i]!;
    return id;
  }

  /** Adds a node's length to its segment. */
  add(segment: number, key: number, length: number): void {
    this.work[segment * this.workStride + key - this.workLow]! += length;
  }

  /** Makes room for the next roots. */
  keep(roots: number): void {
    this.count = roots;
    this.low = this.workLow;
    this.stride = this.workStride;
    if (roots * this.stride > this.rows.length) this.rows = new Float64Array(2 * roots * this.stride);
  }

  /** A segment becomes a root. */
  root(root: number, segment: number): void {
    const { rows, work, stride } = this;
    for (let from = segment * stride, to = root * stride, i = 0; i < stride; i++) rows[to + i] = work[from + i]!;
  }

  /** Takes out what all roots have in common, and narrows the window to the rest. */
  settle(): void {
    const { rows, stride, count, shared, low } = this;
    if (count === 0) return;
    let first = stride;
    let last = -1;
    for (let key = 0; key < stride; key++) {
      const value = rows[key]!;
      let same = true;
      for (let root = 1; root < count && same; root++) same = rows[root * stride + key] === value;
      if (same) shared[low + key]! += value;
      for (let root = 0; same && root < count; root++) rows[root * stride + key] = 0;
      if (same) continue;
      if (key < first) first = key;
      last = key;
    }
    this.low = low + Math.min(first, Math.max(last, 0));
    this.stride = Math.max(0, last + 1 - first);
    for (let root = 0; root < count; root++)
      for (let i = 0; i < this.stride; i++) rows[root * this.stride + i] = rows[root * stride + first + i]!;
  }
}
