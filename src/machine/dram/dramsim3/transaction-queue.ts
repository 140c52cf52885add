/** Requests that wait for room in a command queue, in the order they came. */
import type { CommandQueues } from "./command-queues.js";
import { NONE } from "./requests.js";

/** A ring from which the first request is taken whose command queue has room; remembers how far it need not look. */
export class TransactionQueue {
  count = 0;
  private readonly slots: Int32Array;
  private readonly queueOf: Int32Array;
  private readonly mask: number;
  private head = 0;
  /** Requests waiting for each command queue. */
  private readonly waiting: Int32Array;
  /** So many of the oldest requests all wait for full queues. */
  private blocked = 0;

  constructor(
    readonly capacity: number,
    queues: number,
  ) {
    const places = 2 ** Math.ceil(Math.log2(capacity));
    this.slots = new Int32Array(places);
    this.queueOf = new Int32Array(places);
    this.mask = places - 1;
    this.waiting = new Int32Array(queues);
  }

  /** Whether a request may be movable; false only where none is. */
  get movable(): boolean {
    return this.blocked < this.count;
  }

  /** Adds a request; `room` says whether its command queue has any. */
  append(slot: number, queue: number, room: boolean): void {
    if (!room && this.blocked === this.count) this.blocked++;
    const at = (this.head + this.count++) & this.mask;
    this.slots[at] = slot;
    this.queueOf[at] = queue;
    this.waiting[queue]++;
  }

  /** A command queue has room again. */
  roomIn(queue: number): void {
    if (this.waiting[queue] > 0) this.blocked = 0;
  }

  /** The first request that can move, or `NONE`. */
  first(queues: CommandQueues): number {
    const { count, head, mask } = this;
    let { blocked } = this;
    while (blocked < count && queues.count[this.queueOf[(head + blocked) & mask]] >= queues.capacity) blocked++;
    this.blocked = blocked;
    return blocked < count ? this.slots[(head + blocked) & mask] : NONE;
  }

  /** Takes the first request that can move out of the queue. */
  take(queues: CommandQueues): number {
    const slot = this.first(queues);
    if (slot === NONE) return NONE;
    const { head, mask } = this;
    this.waiting[this.queueOf[(head + this.blocked) & mask]]--;
    // Those before it, mostly few, move up by one place.
    for (let place = this.blocked; place > 0; place--) {
      const to = (head + place) & mask;
      const from = (head + place - 1) & mask;
      this.slots[to] = this.slots[from];
      this.queueOf[to] = this.queueOf[from];
    }
    this.head = (head + 1) & mask;
    this.count--;
    return slot;
  }
}
