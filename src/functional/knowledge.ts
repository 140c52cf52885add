/** Most instructions behind its prefix that a window reaches: row blocks of a core's arrays in all buffers of its accumulators. */
const FURTHEST = 512;

/**
 * What one event knows: for every stream the instructions whose completion lies before it in every run, and how many have started.
 * Completions are kept as a prefix and a window behind it, since units with several instructions under way complete out of order; of
 * those units only instructions that tell anyone of their completion are numbered (see `Order`). The first 32 of a window are a word;
 * what lies further, rare but for bursts of row blocks, is a large integer of its own. Where even that would overflow, the newest is
 * not learnt and counted (`unlearnt`): the check may then name a race that cannot be, never miss one.
 */
export class Knowledge {
  private readonly prefix: Int32Array;
  private readonly window: Int32Array;
  /** Instructions of each stream known to have started. */
  private readonly begun: Int32Array;
  /** By stream: what is known beyond the window's word; never zero. */
  private far: Map<number, bigint> | undefined;

  constructor(
    streams: number,
    /** Counts what no window could hold. */
    private readonly tally: { unlearnt: number },
  ) {
    this.prefix = new Int32Array(streams);
    this.window = new Int32Array(streams);
    this.begun = new Int32Array(streams);
  }

  copy(): Knowledge {
    const copy = new Knowledge(this.prefix.length, this.tally);
    copy.prefix.set(this.prefix);
    copy.window.set(this.window);
    copy.begun.set(this.begun);
    if (this.far !== undefined) copy.far = new Map(this.far);
    return copy;
  }

  /** Whether the n-th instruction of a stream is known to be over. */
  knows(stream: number, n: number): boolean {
    const behind = n - this.prefix[stream]!;
    if (behind < 0) return true;
    if (behind < 32) return ((this.window[stream]! >>> behind) & 1) === 1;
    const far = this.far?.get(stream);
    return far !== undefined && ((far >> BigInt(behind - 32)) & 1n) === 1n;
  }

  /** Instructions of a stream known to have started. */
  started(stream: number): number {
    return this.begun[stream]!;
  }

  /** Learns that an instruction has started, and with it all before it in its stream. */
  learnStart(stream: number, n: number): void {
    if (n >= this.begun[stream]!) this.begun[stream] = n + 1;
  }

  /** Learns that an instruction is over. */
  learn(stream: number, n: number): void {
    const behind = n - this.prefix[stream]!;
    if (behind < 0) return;
    if (behind >= FURTHEST) {
      this.tally.unlearnt++;
      return;
    }
    if (behind >= 32) {
      this.put(stream, this.all(stream) | (1n << BigInt(behind)));
      return;
    }
    this.window[stream]! |= 1 << behind;
    this.settle(stream);
  }

  /** Learns that all instructions of a stream before the n-th are over. */
  learnAllBefore(stream: number, n: number): void {
    const skip = n - this.prefix[stream]!;
    if (skip <= 0) return;
    this.skip(stream, skip);
    this.settle(stream);
  }

  /** Learns all another event knew. */
  join(other: Knowledge): void {
    const { prefix, window, begun } = this;
    const isFar = this.far !== undefined || other.far !== undefined;
    for (let s = 0; s < prefix.length; s++) {
      if (other.begun[s]! > begun[s]!) begun[s] = other.begun[s]!;
      const gap = other.prefix[s]! - prefix[s]!;
      if (isFar && (this.far?.has(s) || other.far?.has(s))) {
        if (gap > 0) this.skip(s, gap);
        this.put(s, this.all(s) | (other.all(s) >> BigInt(Math.max(0, -gap))));
        this.settle(s);
      } else if (gap > 0) {
        window[s] = gap >= 32 ? 0 : window[s]! >>> gap;
        prefix[s] = other.prefix[s]!;
        window[s]! |= other.window[s]!;
        if ((window[s]! & 1) === 1) this.settle(s);
      } else if (other.window[s] !== 0 && gap > -32) {
        window[s]! |= other.window[s]! >>> -gap;
        if ((window[s]! & 1) === 1) this.settle(s);
      }
    }
  }

  /** A stream's whole window as one integer. */
  private all(stream: number): bigint {
    return BigInt(this.window[stream]! >>> 0) | ((this.far?.get(stream) ?? 0n) << 32n);
  }

  private put(stream: number, all: bigint): void {
    this.window[stream] = Number(BigInt.asIntN(32, all));
    const far = all >> 32n;
    if (far === 0n) {
      if (this.far?.delete(stream) && this.far.size === 0) this.far = undefined;
    } else {
      this.far ??= new Map();
      this.far.set(stream, far);
    }
  }

  /** Moves a stream's prefix on. */
  private skip(stream: number, count: number): void {
    if (this.far?.has(stream)) this.put(stream, this.all(stream) >> BigInt(count));
    else this.window[stream] = count >= 32 ? 0 : this.window[stream]! >>> count;
    this.prefix[stream]! += count;
  }

  /** Adds what follows the prefix without a gap to it. */
  private settle(stream: number): void {
    for (;;) {
      // Counts the word's lowest ones.
      const gap = ~this.window[stream]!;
      const ones = gap === 0 ? 32 : 31 - Math.clz32(gap & -gap);
      if (ones > 0) this.skip(stream, ones);
      if (ones < 32) return;
    }
  }
}
