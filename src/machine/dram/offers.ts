/**
 * Requests waiting to be offered to a channel: one entry a packet (or the part of it that lies in one channel), which is the grain of a grant.
 * Entries of a channel stand in order of (request tick, stage id), so `oldest` takes the head.
 */
import type { Arbitration } from "../../hardware/index.js";
import { widened } from "./columns.js";

const NONE = -1;

/** The waiting entries of all channels. */
export class Offers {
  /** First and last entry of each channel, the entry being offered, and the lane that was served last. */
  readonly head: Int32Array;
  private readonly tail: Int32Array;
  private readonly current: Int32Array;
  private readonly lastLane: Int32Array;
  private free = NONE;
  private used = 0;
  private next = new Int32Array(64);
  /** By entry: stage id, slot its requests count for, next address, requests left, first cycle it may be offered in, direction. */
  lane = new Int32Array(64);
  slot = new Int32Array(64);
  address = new Float64Array(64);
  requests = new Int32Array(64);
  cycle = new Float64Array(64);
  tick = new Float64Array(64);
  write = new Uint8Array(64);
  /** Test hook: entries of one tick stay in the order they came. */
  unsorted = false;

  constructor(
    channels: number,
    private readonly policy: Arbitration,
  ) {
    this.head = new Int32Array(channels).fill(NONE);
    this.tail = new Int32Array(channels).fill(NONE);
    this.current = new Int32Array(channels).fill(NONE);
    this.lastLane = new Int32Array(channels).fill(NONE);
  }

  private grow(): void {
    const size = this.lane.length * 2;
    this.next = widened(this.next, size);
    this.lane = widened(this.lane, size);
    this.slot = widened(this.slot, size);
    this.address = widened(this.address, size);
    this.requests = widened(this.requests, size);
    this.cycle = widened(this.cycle, size);
    this.tick = widened(this.tick, size);
    this.write = widened(this.write, size);
  }

  /** Enters `requests` requests from `address` on. */
  add(
    channel: number,
    lane: number,
    slot: number,
    address: number,
    requests: number,
    write: boolean,
    tick: number,
    cycle: number,
  ): void {
    let entry = this.free;
    if (entry !== NONE) this.free = this.next[entry]!;
    else {
      if (this.used === this.lane.length) this.grow();
      entry = this.used++;
    }
    this.lane[entry] = lane;
    this.slot[entry] = slot;
    this.address[entry] = address;
    this.requests[entry] = requests;
    this.write[entry] = write ? 1 : 0;
    this.tick[entry] = tick;
    this.cycle[entry] = cycle;
    this.insert(channel, entry);
  }

  /** Behind all earlier ticks, and within its own by stage id; entries of one lane keep their order. */
  private insert(channel: number, entry: number): void {
    const { next, tick, lane } = this;
    const last = this.tail[channel]!;
    if (last === NONE) this.head[channel] = entry;
    else if (this.unsorted || tick[last]! < tick[entry]! || lane[last]! <= lane[entry]!) next[last] = entry;
    else {
      let before = NONE;
      let at = this.head[channel]!;
      while (tick[at]! < tick[entry]! || lane[at]! <= lane[entry]!) {
        before = at;
        at = next[at]!;
      }
      next[entry] = at;
      if (before === NONE) this.head[channel] = entry;
      else next[before] = entry;
      return;
    }
    next[entry] = NONE;
    this.tail[channel] = entry;
  }

  /** The first cycle at which the channel has something to offer; infinite where it has not. */
  firstCycle(channel: number): number {
    const entry = this.current[channel]! !== NONE ? this.current[channel]! : this.head[channel]!;
    return entry === NONE ? Number.POSITIVE_INFINITY : this.cycle[entry]!;
  }

  /** The entry to offer from in a cycle, −1 where none may be yet; it keeps the channel until it is used up. */
  take(channel: number, cycle: number): number {
    let entry = this.current[channel]!;
    if (entry === NONE) {
      entry = this.choose(channel, cycle);
      this.current[channel] = entry;
    }
    return entry;
  }

  private choose(channel: number, cycle: number): number {
    const head = this.head[channel]!;
    if (head === NONE || this.cycle[head]! > cycle) return NONE;
    if (this.policy === "oldest") return head;
    // Round-robin: the lowest lane above the last served, else the lowest; fixed: the lowest.
    const { lane, next } = this;
    const after = this.policy === "fixed" ? NONE : this.lastLane[channel]!;
    let best = NONE;
    for (let at = head; at !== NONE && this.cycle[at]! <= cycle; at = next[at]!) {
      if (best === NONE) {
        best = at;
        continue;
      }
      const [ahead, bestAhead] = [lane[at]! > after, lane[best]! > after];
      if (ahead === bestAhead ? lane[at]! < lane[best]! : ahead) best = at;
    }
    return best;
  }

  /** One request of the entry has been taken; an entry used up leaves its channel. */
  taken(channel: number, entry: number, requestBytes: number): void {
    this.address[entry]! += requestBytes;
    if (--this.requests[entry]! > 0) return;
    this.current[channel] = NONE;
    this.lastLane[channel] = this.lane[entry]!;
    const { next } = this;
    let before = NONE;
    for (let at = this.head[channel]!; at !== entry; at = next[at]!) before = at;
    if (before === NONE) this.head[channel] = next[entry]!;
    else next[before] = next[entry]!;
    if (this.tail[channel] === entry) this.tail[channel] = before;
    next[entry] = this.free;
    this.free = entry;
  }
}
