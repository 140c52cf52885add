/** Requests that wait for room in a command queue, in the order they came. */
import type { CommandQueues } from "./command-queues.js";
import { NONE } from "./requests.js";

/** A queue from which the first request is taken whose command queue has room; remembers how far it need not look. */
export class TransactionQueue {
  count = 0;
  private readonly slots: Int32Array;
  /** Requests waiting for each command queue. */
  private readonly waiting: Int32Array;
  private readonly queueOf: Int32Array;
  /** Requests before this place all wait for full queues. */
  private blocked = 0;

  constructor(
    readonly capacity: number,
    queues: number,
  ) {
    this.slots = new Int32Array(capacity);
    this.queueOf = new Int32Array(capacity);
    this.waiting = new Int32Array(queues);
  }

  /** Whether a request may be movable; false only where none is. */
  get movable(): boolean {
    return this.blocked < this.count;
  }

  /** Adds a request; `room` says whether its command queue has any. */
  append(slot: number, queue: number, room: boolean): void {
    if (!room && this.blocked === this.count) this.blocked++;
    this.slots[this.count] = slot;
    this.queueOf[this.count] = queue;
    this.count++;
    this.waiting[queue]++;
  }

  /** A command queue has room again. */
  roomIn(queue: number): void {
    if (this.waiting[queue] > 0) this.blocked = 0;
  }

  /** The first request that can move, or `NONE`. */
  first(queues: CommandQueues): number {
    while (this.blocked < this.count && queues.count[this.queueOf[this.blocked]] >= queues.capacity) this.blocked++;
    return this.blocked < this.count ? this.slots[this.blocked] : NONE;
  }

  /** Takes the first request that can move out of the queue. */
  take(queues: CommandQueues): number {
    const slot = this.first(queues);
    if (slot === NONE) return NONE;
    this.waiting[this.queueOf[this.blocked]]--;
    this.count--;
    for (let at = this.blocked; at < this.count; at++) {
      this.slots[at] = this.slots[at + 1];
      this.queueOf[at] = this.queueOf[at + 1];
    }
    return slot;
  }
}
