/** Requests on their way through one channel: a pool of numbered slots, found again by their byte address. */

/** No slot. */
export const NONE = -1;

/**
 * Slots for requests that wait for a command of their own, in parallel arrays; reads that joined another read of the same
 * address hang on its slot in a list. Nothing is allocated a request, except that the list of joined reads may grow.
 */
export class Requests {
  readonly address: Float64Array;
  readonly burst: Int32Array;
  readonly isWrite: Uint8Array;
  readonly queue: Int32Array;
  readonly bank: Int32Array;
  readonly row: Int32Array;
  readonly column: Int32Array;
  readonly id: Float64Array;
  /** The cycle each was accepted in. */
  readonly accepted: Float64Array;
  /** Counts up as requests come; and the next in a list of those that wait for the same command queue. */
  readonly order: Float64Array;
  readonly after: Int32Array;
  private added = 0;
  /** First of the joined reads, of `joinedId` and `joinedNext`. */
  readonly joined: Int32Array;
  joinedId = new Float64Array(64);
  joinedNext = new Int32Array(64);
  private joinedFree = NONE;
  private joinedUsed = 0;

  /** Next slot of the same bucket; of a free slot, the next free one. */
  private readonly chain: Int32Array;
  private readonly buckets: Int32Array;
  private readonly bucketMask: number;
  private free: number;

  constructor(slots: number) {
    this.address = new Float64Array(slots);
    this.burst = new Int32Array(slots);
    this.isWrite = new Uint8Array(slots);
    this.queue = new Int32Array(slots);
    this.bank = new Int32Array(slots);
    this.row = new Int32Array(slots);
    this.column = new Int32Array(slots);
    this.id = new Float64Array(slots);
    this.accepted = new Float64Array(slots);
    this.order = new Float64Array(slots);
    this.after = new Int32Array(slots);
    this.joined = new Int32Array(slots);
    this.chain = Int32Array.from({ length: slots }, (_, slot) => (slot + 1 < slots ? slot + 1 : NONE));
    this.free = 0;
    const buckets = 2 ** Math.ceil(Math.log2(slots * 2));
    this.buckets = new Int32Array(buckets).fill(NONE);
    this.bucketMask = buckets - 1;
  }

  /** The slot of the pending read (or write) of an address, or `NONE`. At most one of each kind is pending. */
  find(address: number, burst: number, write: number): number {
    let slot = this.buckets[hash(burst) & this.bucketMask];
    while (slot !== NONE && (this.address[slot] !== address || this.isWrite[slot] !== write)) slot = this.chain[slot];
    return slot;
  }

  /** Takes a slot; there is always one, as queues are bounded. */
  add(id: number, address: number, burst: number, write: number, cycle: number): number {
    const slot = this.free;
    this.free = this.chain[slot];
    const bucket = hash(burst) & this.bucketMask;
    this.chain[slot] = this.buckets[bucket];
    this.buckets[bucket] = slot;
    this.address[slot] = address;
    this.burst[slot] = burst;
    this.isWrite[slot] = write;
    this.id[slot] = id;
    this.accepted[slot] = cycle;
    this.joined[slot] = NONE;
    this.order[slot] = this.added++;
    return slot;
  }

  /** Gives a slot back. Its joined reads must have been told before. */
  remove(slot: number): void {
    const bucket = hash(this.burst[slot]) & this.bucketMask;
    let at = this.buckets[bucket];
    if (at === slot) this.buckets[bucket] = this.chain[slot];
    else {
      while (this.chain[at] !== slot) at = this.chain[at];
      this.chain[at] = this.chain[slot];
    }
    this.chain[slot] = this.free;
    this.free = slot;
  }

  /** Hangs one more read on a pending read. */
  join(slot: number, id: number): void {
    let node = this.joinedFree;
    if (node !== NONE) this.joinedFree = this.joinedNext[node];
    else {
      node = this.joinedUsed++;
      if (node === this.joinedId.length) this.growJoined();
    }
    this.joinedId[node] = id;
    this.joinedNext[node] = this.joined[slot];
    this.joined[slot] = node;
  }

  /** Frees one node of a list of joined reads and gives the next. */
  dropJoined(node: number): number {
    const next = this.joinedNext[node];
    this.joinedNext[node] = this.joinedFree;
    this.joinedFree = node;
    return next;
  }

  private growJoined(): void {
    const ids = new Float64Array(this.joinedId.length * 2);
    ids.set(this.joinedId);
    this.joinedId = ids;
    const nexts = new Int32Array(ids.length);
    nexts.set(this.joinedNext);
    this.joinedNext = nexts;
  }
}

/** Mixes a burst number, so that strides of rows and banks fall into different buckets. */
function hash(burst: number): number {
  return burst ^ (burst >>> 9) ^ (burst >>> 17);
}
