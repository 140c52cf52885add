/**
 * What one event knows: for every stream the instructions whose completion lies before it in every run, and how many have started.
 * Completions are kept as a prefix and a window of 32 behind it, since units with several instructions under way complete out of
 * order; of those units only instructions that tell anyone of their completion are numbered (see `Order`). Where a window
 * would overflow, the newest is not learnt and counted (`unlearnt`): the check may then name a race that cannot be, never miss one.
 */
export class Knowledge {
  private readonly prefix: Int32Array;
  private readonly window: Int32Array;
  /** Instructions of each stream known to have started. */
  private readonly begun: Int32Array;

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
    return copy;
  }

  /** Whether the n-th instruction of a stream is known to be over. */
  knows(stream: number, n: number): boolean {
    const behind = n - this.prefix[stream]!;
    if (behind < 0) return true;
    return behind < 32 && ((this.window[stream]! >>> behind) & 1) === 1;
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
    if (behind >= 32) {
      this.tally.unlearnt++;
      return;
    }
    this.window[stream]! |= 1 << behind;
    this.settle(stream);
  }

  /** Learns that all instructions of a stream before the n-th are over. */
  learnAllBefore(stream: number, n: number): void {
    const skip = n - this.prefix[stream]!;
    if (skip <= 0) return;
    this.window[stream] = skip >= 32 ? 0 : this.window[stream]! >>> skip;
    this.prefix[stream] = n;
    this.settle(stream);
  }

  /** Learns all another event knew. */
  join(other: Knowledge): void {
    const { prefix, window, begun } = this;
    for (let s = 0; s < prefix.length; s++) {
      if (other.begun[s]! > begun[s]!) begun[s] = other.begun[s]!;
      const gap = other.prefix[s]! - prefix[s]!;
      if (gap > 0) {
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

  private settle(stream: number): void {
    let window = this.window[stream]!;
    let prefix = this.prefix[stream]!;
    while ((window & 1) === 1) {
      window >>>= 1;
      prefix++;
    }
    this.window[stream] = window;
    this.prefix[stream] = prefix;
  }
}
