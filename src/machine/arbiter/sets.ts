/**
 * Sets granted as a whole: the arrays of a core, and its shared ADC groups.
 * A request names several members and gets all or none; an older waiting request keeps younger ones off its members, so none starves.
 */
import type { Arbitration } from "../../hardware/index.js";

const NONE = -1;

/** Members of one core that are granted together. */
export class SetArbiter {
  readonly busy: Uint8Array;
  /** End and path node of each member's last hold. */
  readonly freeTick: Float64Array;
  readonly freeNode: Int32Array;
  private readonly blocked: Int32Array;
  /** Waiting requests, ordered by (tick, lane). */
  readonly waitingLane: Int32Array;
  readonly waitingTick: Float64Array;
  /** Number of waiting requests, and the last winner. */
  readonly scalars = Int32Array.of(0, NONE);
  private stamp = 0;
  /** Test hook: take requests in the order they came instead of by id. */
  unsorted = false;

  /** `capacity`: how many requests can wait at once; `membersOf`: the members a lane asks for. */
  constructor(
    members: number,
    capacity: number,
    private readonly arbitration: Arbitration,
    private readonly laneCount: number,
    private readonly membersOf: (lane: number) => Int32Array,
  ) {
    this.busy = new Uint8Array(members);
    this.freeTick = new Float64Array(members).fill(NONE);
    this.freeNode = new Int32Array(members).fill(NONE);
    this.blocked = new Int32Array(members);
    this.waitingLane = new Int32Array(capacity).fill(NONE);
    this.waitingTick = new Float64Array(capacity);
  }

  /** How many requests wait. */
  get waitingCount(): number {
    return this.scalars[0]!;
  }

  /** Enters a request. */
  request(lane: number, tick: number): void {
    const { waitingLane, waitingTick } = this;
    let at = this.scalars[0]!++;
    if (!this.unsorted) {
      while (at > 0 && waitingTick[at - 1] === tick && waitingLane[at - 1]! > lane) {
        waitingLane[at] = waitingLane[at - 1]!;
        waitingTick[at] = tick;
        at--;
      }
    }
    waitingLane[at] = lane;
    waitingTick[at] = tick;
  }

  /** The next lane that gets all its members, now taken; −1 where none does. */
  grant(): number {
    const { waitingLane, busy, blocked } = this;
    const count = this.scalars[0]!;
    const stamp = ++this.stamp;
    let best = NONE;
    let bestKey = 0;
    for (let i = 0; i < count; i++) {
      const lane = waitingLane[i]!;
      const members = this.membersOf(lane);
      let free = true;
      for (let m = 0; m < members.length; m++) {
        const member = members[m]!;
        if (busy[member] !== 0 || blocked[member] === stamp) free = false;
      }
      if (!free) {
        // Only `oldest` promises its place in the queue to a request that still lacks a member.
        if (this.arbitration === "oldest") for (let m = 0; m < members.length; m++) blocked[members[m]!] = stamp;
        continue;
      }
      if (this.arbitration === "oldest") {
        best = i;
        break;
      }
      let key = lane;
      if (this.arbitration === "round-robin") {
        key = lane - this.scalars[1]! - 1;
        if (key < 0) key += this.laneCount;
      }
      if (best === NONE || key < bestKey) {
        best = i;
        bestKey = key;
      }
    }
    if (best === NONE) return NONE;
    const lane = waitingLane[best]!;
    this.scalars[0] = count - 1;
    for (let i = best; i < count - 1; i++) {
      waitingLane[i] = waitingLane[i + 1]!;
      this.waitingTick[i] = this.waitingTick[i + 1]!;
    }
    waitingLane[count - 1] = NONE;
    const members = this.membersOf(lane);
    for (let m = 0; m < members.length; m++) busy[members[m]!] = 1;
    this.scalars[1] = lane;
    return lane;
  }

  /** Frees members. */
  release(members: Int32Array, tick: number, node: number): void {
    for (let m = 0; m < members.length; m++) {
      const member = members[m]!;
      this.busy[member] = 0;
      this.freeTick[member] = tick;
      this.freeNode[member] = node;
    }
  }

  /** The node that freed a member of the set at this tick (the lowest such member's), else −2. */
  freedAt(members: Int32Array, tick: number): number {
    for (let m = 0; m < members.length; m++)
      if (this.freeTick[members[m]!] === tick) return this.freeNode[members[m]!]!;
    return -2;
  }
}
