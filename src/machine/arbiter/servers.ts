/**
 * Shared servers: memory ports and banks, buses, links, DRAM channels.
 * Requests of one tick are collected and decided together, in the arbitration phase, by a declared policy; never by arrival order.
 * Invariant: a waiting list is ordered by (request tick, stage id), so `oldest` takes its head.
 */
import type { Rational } from "../../base/index.js";
import type { Arbitration } from "../../hardware/index.js";

/** What a server is made from. */
export interface ServerSpec {
  /** Directions each port serves: 1 read, 2 write, 3 both. */
  ports: number[];
  banks: number;
  arbitration: Arbitration;
  /** Ticks a cycle of its clock. */
  ticksPerCycle: Rational;
}

/** Directions of a request. */
export const READ = 1;
/** A write request. */
export const WRITE = 2;

const NONE = -1;
const POLICY = { oldest: 0, "round-robin": 1, fixed: 2 } as const;

/** All servers of a chip, as columns. */
export class Servers {
  readonly count: number;
  private readonly policy: Uint8Array;
  private readonly portStart: Int32Array;
  private readonly bankStart: Int32Array;
  private readonly portDirections: Uint8Array;
  private readonly portBusy: Uint8Array;
  private readonly bankBusy: Uint8Array;
  /** End and path node of the last hold of each port and bank. */
  readonly portFreeTick: Float64Array;
  readonly portFreeNode: Int32Array;
  readonly bankFreeTick: Float64Array;
  readonly bankFreeNode: Int32Array;
  readonly freePorts: Int32Array;
  readonly head: Int32Array;
  private readonly tail: Int32Array;
  private readonly next: Int32Array;
  private readonly requestTick: Float64Array;
  private readonly lastWinner: Int32Array;
  private readonly direction: Uint8Array;
  /** Port and bank a lane holds or asks for. */
  readonly lanePort: Int32Array;
  readonly laneBank: Int32Array;
  /** Clock numerators and denominators; 1/1 where the server runs on ticks. */
  readonly clockNum: Float64Array;
  readonly clockDen: Float64Array;
  private readonly laneCount: number;
  private readonly plain: Uint8Array;
  /** Plain servers on ticks: a free one may be given within the request, for a lower id of the same tick can still take it over. */
  readonly prompt: Uint8Array;
  /** Who was given each server within its request last, and when. */
  private readonly promptLane: Int32Array;
  private readonly promptTick: Float64Array;
  /** The lane whose hold of a prompt server stands for several packets (−1: none), and how many; it is cut when another lane asks. */
  readonly burstLane: Int32Array;
  readonly burstPackets: Int32Array;
  /** Test hook: take requests in the order they came instead of by id. */
  unsorted = false;

  constructor(specs: readonly ServerSpec[], lanes: number) {
    this.count = specs.length;
    this.laneCount = lanes;
    this.policy = Uint8Array.from(specs, (s) => POLICY[s.arbitration]);
    this.plain = Uint8Array.from(specs, (s) =>
      s.ports.length === 1 && s.banks <= 1 && s.arbitration === "oldest" ? 1 : 0,
    );
    this.prompt = Uint8Array.from(specs, (s, i) =>
      this.plain[i] !== 0 && s.ticksPerCycle.num === 1 && s.ticksPerCycle.den === 1 ? 1 : 0,
    );
    this.promptLane = new Int32Array(this.count).fill(NONE);
    this.promptTick = new Float64Array(this.count).fill(NONE);
    this.burstLane = new Int32Array(this.count).fill(NONE);
    this.burstPackets = new Int32Array(this.count);
    this.portStart = new Int32Array(this.count + 1);
    this.bankStart = new Int32Array(this.count + 1);
    specs.forEach((s, i) => {
      this.portStart[i + 1] = this.portStart[i]! + s.ports.length;
      this.bankStart[i + 1] = this.bankStart[i]! + (s.banks > 1 ? s.banks : 0);
    });
    const ports = this.portStart[this.count]!;
    const banks = this.bankStart[this.count]!;
    this.portDirections = Uint8Array.from(specs.flatMap((s) => s.ports));
    this.portBusy = new Uint8Array(ports);
    this.bankBusy = new Uint8Array(banks);
    this.portFreeTick = new Float64Array(ports).fill(NONE);
    this.portFreeNode = new Int32Array(ports).fill(NONE);
    this.bankFreeTick = new Float64Array(banks).fill(NONE);
    this.bankFreeNode = new Int32Array(banks).fill(NONE);
    this.freePorts = Int32Array.from(specs, (s) => s.ports.length);
    this.head = new Int32Array(this.count).fill(NONE);
    this.tail = new Int32Array(this.count).fill(NONE);
    this.lastWinner = new Int32Array(this.count).fill(NONE);
    this.next = new Int32Array(lanes).fill(NONE);
    this.requestTick = new Float64Array(lanes);
    this.direction = new Uint8Array(lanes);
    this.lanePort = new Int32Array(lanes).fill(NONE);
    this.laneBank = new Int32Array(lanes).fill(NONE);
    this.clockNum = Float64Array.from(specs, (s) => s.ticksPerCycle.num);
    this.clockDen = Float64Array.from(specs, (s) => s.ticksPerCycle.den);
  }

  /** Banks of a server; 0 where banks do not matter. */
  banksOf(server: number): number {
    return this.bankStart[server + 1]! - this.bankStart[server]!;
  }

  /** Enters a request; `bank` is ignored by servers without banks. */
  request(server: number, lane: number, direction: number, bank: number, tick: number): void {
    this.direction[lane] = direction;
    this.requestTick[lane] = tick;
    this.laneBank[lane] = this.banksOf(server) > 0 ? this.bankStart[server]! + bank : NONE;
    const tail = this.tail[server]!;
    if (tail === NONE) {
      this.head[server] = lane;
      this.tail[server] = lane;
      this.next[lane] = NONE;
      return;
    }
    if (this.requestTick[tail]! < tick || tail < lane || this.unsorted) {
      this.next[tail] = lane;
      this.next[lane] = NONE;
      this.tail[server] = lane;
      return;
    }
    // Same tick as the tail and a lower id: insert among the requests of this tick.
    let before = NONE;
    let at = this.head[server]!;
    while (this.requestTick[at]! < tick || at < lane) {
      before = at;
      at = this.next[at]!;
    }
    this.next[lane] = at;
    if (before === NONE) this.head[server] = lane;
    else this.next[before] = lane;
  }

  /**
   * Gives a prompt server to a lane at once, if the arbitration of this tick would give it to it as far as is known: the server is free and
   * nobody waits, or a lane of a higher id was given it in this very tick. Returns the lane that gives way (it waits again, in its place),
   * −1 where nobody had it, −2 where the lane must ask as others do.
   */
  takePromptly(server: number, lane: number, tick: number): number {
    const port = this.portStart[server]!;
    let loser = NONE;
    if (this.portBusy[port] === 0) {
      if (this.head[server] !== NONE) return -2;
      this.portBusy[port] = 1;
      this.freePorts[server] = 0;
    } else {
      loser = this.promptLane[server]!;
      if (loser < lane || this.promptTick[server] !== tick) return -2;
      this.request(server, loser, READ, 0, tick);
    }
    this.laneBank[lane] = NONE;
    this.lanePort[lane] = port;
    this.promptLane[server] = lane;
    this.promptTick[server] = tick;
    return loser;
  }

  /** Notes that a lane goes on with its next packet in this tick, as if it had just been given the server. */
  regrant(server: number, lane: number, tick: number, node: number): void {
    const port = this.portStart[server]!;
    this.portFreeTick[port] = tick;
    this.portFreeNode[port] = node;
    this.promptLane[server] = lane;
    this.promptTick[server] = tick;
  }

  /** Takes the next lane to be granted out of the waiting list and gives it a port and bank; −1 where none can be granted. */
  grant(server: number): number {
    if (this.freePorts[server] === 0 || this.head[server] === NONE) return NONE;
    if (this.plain[server] !== 0) return this.grantPlain(server);
    const policy = this.policy[server]!;
    let best = NONE;
    let beforeBest = NONE;
    let bestKey = 0;
    let before = NONE;
    for (let lane = this.head[server]!; lane !== NONE; before = lane, lane = this.next[lane]!) {
      const bank = this.laneBank[lane]!;
      if (bank !== NONE && this.bankBusy[bank] !== 0) continue;
      if (this.findPort(server, this.direction[lane]!) === NONE) continue;
      if (policy === POLICY.oldest) {
        best = lane;
        beforeBest = before;
        break;
      }
      let key = lane;
      if (policy === POLICY["round-robin"]) {
        key = lane - this.lastWinner[server]! - 1;
        if (key < 0) key += this.laneCount;
      }
      if (best === NONE || key < bestKey) {
        best = lane;
        beforeBest = before;
        bestKey = key;
      }
    }
    if (best === NONE) return NONE;
    const after = this.next[best]!;
    if (beforeBest === NONE) this.head[server] = after;
    else this.next[beforeBest] = after;
    if (after === NONE) this.tail[server] = beforeBest;
    this.lastWinner[server] = best;
    const port = this.findPort(server, this.direction[best]!);
    this.portBusy[port] = 1;
    this.freePorts[server]!--;
    this.lanePort[best] = port;
    const bank = this.laneBank[best]!;
    if (bank !== NONE) this.bankBusy[bank] = 1;
    return best;
  }

  /** One port, no banks, oldest first: the head gets it. */
  private grantPlain(server: number): number {
    const lane = this.head[server]!;
    const after = this.next[lane]!;
    this.head[server] = after;
    if (after === NONE) this.tail[server] = NONE;
    const port = this.portStart[server]!;
    this.portBusy[port] = 1;
    this.freePorts[server] = 0;
    this.lanePort[lane] = port;
    return lane;
  }

  /** A free port for this direction: one of its own first, then a shared one; among those the one free for longest. */
  private findPort(server: number, direction: number): number {
    let found = NONE;
    let foundShared = true;
    for (let port = this.portStart[server]!; port < this.portStart[server + 1]!; port++) {
      const serves = this.portDirections[port]!;
      if (this.portBusy[port] !== 0 || (serves & direction) === 0) continue;
      const shared = serves === 3;
      if (
        found === NONE ||
        (foundShared && !shared) ||
        (foundShared === shared && this.portFreeTick[port]! < this.portFreeTick[found]!)
      ) {
        found = port;
        foundShared = shared;
      }
    }
    return found;
  }

  /** Gives back what a lane held. */
  release(server: number, lane: number, tick: number, node: number): void {
    const port = this.lanePort[lane]!;
    this.portBusy[port] = 0;
    this.freePorts[server]!++;
    this.portFreeTick[port] = tick;
    this.portFreeNode[port] = node;
    const bank = this.laneBank[lane]!;
    if (bank !== NONE) {
      this.bankBusy[bank] = 0;
      this.bankFreeTick[bank] = tick;
      this.bankFreeNode[bank] = node;
    }
  }

  /** The lanes waiting at a server, in order. */
  waiting(server: number): number[] {
    const lanes: number[] = [];
    for (let lane = this.head[server]!; lane !== NONE; lane = this.next[lane]!) lanes.push(lane);
    return lanes;
  }
}
