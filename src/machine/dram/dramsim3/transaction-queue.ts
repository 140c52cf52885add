/** Requests that wait for room in a command queue, in the order they came. */
import type { CommandQueues } from "./command-queues.js";
import { NONE, type Requests } from "./requests.js";

/**
 * A queue from which the oldest request is taken whose command queue has room. It is kept as one list a command queue; of the
 * lists whose queue has room, the head that came first goes.
 */
export class TransactionQueue {
  count = 0;
  private readonly heads: Int32Array;
  private readonly tails: Int32Array;
  /** Bits of the command queues somebody waits for. */
  private readonly awaited: Int32Array;

  constructor(
    readonly capacity: number,
    private readonly requests: Requests,
    private readonly queues: CommandQueues,
  ) {
    this.heads = new Int32Array(queues.count.length).fill(NONE);
    this.tails = new Int32Array(queues.count.length).fill(NONE);
    this.awaited = new Int32Array(queues.room.length);
  }

  /** Adds a request, which is younger than all others. */
  append(slot: number): void {
    const { requests } = this;
    const queue = requests.queue[slot];
    requests.after[slot] = NONE;
    if (this.heads[queue] === NONE) {
      this.heads[queue] = slot;
      this.awaited[queue >>> 5] |= 1 << (queue & 31);
    } else requests.after[this.tails[queue]] = slot;
    this.tails[queue] = slot;
    this.count++;
  }

  /** Whether any request can move. */
  movable(): boolean {
    for (let word = 0; word < this.awaited.length; word++)
      if ((this.awaited[word] & this.queues.room[word]) !== 0) return true;
    return false;
  }

  /** The oldest request that can move, or `NONE`. */
  first(): number {
    const { order } = this.requests;
    let first = NONE;
    for (let word = 0; word < this.awaited.length; word++) {
      for (let mask = this.awaited[word] & this.queues.room[word]; mask !== 0; mask &= mask - 1) {
        const slot = this.heads[(word << 5) + 31 - Math.clz32(mask & -mask)];
        if (first === NONE || order[slot] < order[first]) first = slot;
      }
    }
    return first;
  }

  /** Takes out a request that `first` gave. */
  remove(slot: number): void {
    const queue = this.requests.queue[slot];
    const next = this.requests.after[slot];
    this.heads[queue] = next;
    if (next === NONE) this.awaited[queue >>> 5] &= ~(1 << (queue & 31));
    this.count--;
  }
}
