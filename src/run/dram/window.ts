/** Requests between their offer and the last line about them: completions come out of order, the file of requests is in order. */

const FIRST_CAPACITY = 1024;

/** What is kept of each request from the oldest unfinished on; grows only with what is under way. */
export class RequestWindow {
  private capacity = FIRST_CAPACITY;
  private accepted = new Float64Array(FIRST_CAPACITY);
  /** −1 while not known. */
  private done = new Float64Array(FIRST_CAPACITY).fill(-1);
  private write = new Uint8Array(FIRST_CAPACITY);
  private oldest = 0;
  private next = 0;

  /** Hears of each request in order, once all before it are done. */
  constructor(private readonly inOrder: (index: number, accepted: number, done: number, write: boolean) => void) {}

  /** A request is about to be offered; returns its index. */
  open(isWrite: boolean): number {
    if (this.next - this.oldest === this.capacity) this.grow();
    const at = this.next & (this.capacity - 1);
    this.done[at] = -1;
    this.accepted[at] = -1;
    this.write[at] = isWrite ? 1 : 0;
    return this.next++;
  }

  /** The cycle a request counts as accepted. */
  setAccepted(index: number, cycle: number): void {
    this.accepted[index & (this.capacity - 1)] = cycle;
  }

  /** The cycle a request is done. */
  setDone(index: number, cycle: number): void {
    this.done[index & (this.capacity - 1)] = cycle;
  }

  /** Hands on what is complete from the oldest request on. */
  settle(): void {
    const mask = this.capacity - 1;
    while (this.oldest < this.next) {
      const at = this.oldest & mask;
      if (this.done[at] < 0 || this.accepted[at] < 0) return;
      this.inOrder(this.oldest, this.accepted[at], this.done[at], this.write[at] === 1);
      this.oldest++;
    }
  }

  private grow(): void {
    const before = { accepted: this.accepted, done: this.done, write: this.write, mask: this.capacity - 1 };
    this.capacity *= 2;
    this.accepted = new Float64Array(this.capacity);
    this.done = new Float64Array(this.capacity).fill(-1);
    this.write = new Uint8Array(this.capacity);
    for (let index = this.oldest; index < this.next; index++) {
      const to = index & (this.capacity - 1);
      const from = index & before.mask;
      this.accepted[to] = before.accepted[from];
      this.done[to] = before.done[from];
      this.write[to] = before.write[from];
    }
  }
}
