/** The command queues of one channel, one a bank or one a rank, and which command of them goes next. */
import { DRAM_COMMAND } from "../controller.js";
import type { Bounds } from "./bounds.js";
import type { Requests } from "./requests.js";

/** Column commands after which a request for another row may close an open one that is still wanted. */
const HIT_CAP = 4;

/** Queues in fixed rings of slots; a bit for each that holds something, a bit for each a refresh blocks. */
export class CommandQueues {
  readonly count: Int32Array;
  /** Entries of all queues. */
  total = 0;
  /** The command `pick` chose, its bank, and the slot it serves. */
  pickedCommand = 0;
  pickedBank = 0;
  pickedSlot = 0;
  private pickedQueue = 0;
  private pickedEntry = 0;

  private readonly entries: Int32Array;
  private readonly queues: number;
  private readonly words: number;
  private readonly filled: Int32Array;
  private readonly open: Int32Array;
  /** The earliest cycle at which a queue can have a command, as of its last look; never too late, 0 = look again. */
  private readonly bound: Float64Array;
  /** The round-robin pointer. */
  private pointer = 0;

  /** One queue a bank only: the walk over its entries is summed up, until the queue or its bank changes. */
  private readonly walked: Uint8Array;
  private readonly firstRead: Int32Array;
  private readonly firstWrite: Int32Array;
  private readonly mayPrecharge: Uint8Array;

  constructor(
    private readonly requests: Requests,
    private readonly bounds: Bounds,
    /** Entries a queue holds. */
    readonly capacity: number,
    /** Whether queues are one a rank instead of one a bank. */
    private readonly perRank: boolean,
    private readonly closePage: boolean,
  ) {
    this.queues = perRank ? bounds.ranks : bounds.ranks * bounds.banksPerRank;
    this.words = Math.ceil(this.queues / 32);
    this.count = new Int32Array(this.queues);
    this.entries = new Int32Array(this.queues * capacity);
    this.filled = new Int32Array(this.words);
    this.open = new Int32Array(this.words).fill(-1);
    this.bound = new Float64Array(this.queues);
    this.walked = new Uint8Array(this.queues);
    this.firstRead = new Int32Array(this.queues);
    this.firstWrite = new Int32Array(this.queues);
    this.mayPrecharge = new Uint8Array(this.queues);
  }

  /** The queue of a bank. */
  queueOf(bank: number): number {
    return this.perRank ? this.bounds.rankOf[bank] : bank;
  }

  /** Keeps commands of a queue back, or lets them go again. */
  block(queue: number, blocked: boolean): void {
    const bit = 1 << (queue & 31);
    if (blocked) this.open[queue >>> 5] &= ~bit;
    else this.open[queue >>> 5] |= bit;
  }

  /** Appends a request to its queue, which has room. */
  append(slot: number): void {
    const queue = this.requests.queue[slot];
    const count = this.count[queue]++;
    this.entries[queue * this.capacity + count] = slot;
    this.filled[queue >>> 5] |= 1 << (queue & 31);
    this.total++;
    // Behind other entries of its bank, a request that misses the open row changes nothing yet.
    if (count === 0 || this.perRank || this.bounds.openRow[queue] === this.requests.row[slot]) this.touch(queue);
  }

  /** Takes the entry that `pick` chose out of its queue. */
  removePicked(): void {
    const queue = this.pickedQueue;
    const last = --this.count[queue];
    const base = queue * this.capacity;
    for (let entry = this.pickedEntry; entry < last; entry++)
      this.entries[base + entry] = this.entries[base + entry + 1];
    if (last === 0) this.filled[queue >>> 5] &= ~(1 << (queue & 31));
    this.total--;
  }

  /** A queue, or the state of one of its banks, has changed: what was known of it no longer holds. */
  touch(queue: number): void {
    this.walked[queue] = 0;
    this.bound[queue] = 0;
  }

  /** Goes round the queues for a command that is legal in `cycle`; the pointer stays where one is found. */
  pick(cycle: number): boolean {
    const start = this.pointer + 1 === this.queues ? 0 : this.pointer + 1;
    const startWord = start >>> 5;
    const upper = -1 << (start & 31);
    for (let round = 0; round <= this.words; round++) {
      const word = (startWord + round) % this.words;
      let mask = this.filled[word] & this.open[word];
      if (round === 0) mask &= upper;
      else if (round === this.words) mask &= ~upper;
      while (mask !== 0) {
        const queue = (word << 5) + 31 - Math.clz32(mask & -mask);
        mask &= mask - 1;
        if (this.bound[queue] > cycle) continue;
        const bound = this.look(queue);
        this.bound[queue] = bound;
        if (bound > cycle) continue;
        this.pointer = queue;
        this.choose(queue, cycle);
        return true;
      }
    }
    return false;
  }

  /** The earliest cycle at which any queue has a command, or `limit` if that is earlier; stops looking at `enough`. */
  next(enough: number, limit: number): number {
    let earliest = limit;
    for (let word = 0; word < this.words; word++) {
      let mask = this.filled[word] & this.open[word];
      while (mask !== 0) {
        const queue = (word << 5) + 31 - Math.clz32(mask & -mask);
        mask &= mask - 1;
        if (this.bound[queue] >= earliest) continue;
        const bound = this.look(queue);
        this.bound[queue] = bound;
        if (bound >= earliest) continue;
        if (bound <= enough) return enough;
        earliest = bound;
      }
    }
    return earliest;
  }

  /** The earliest cycle at which some entry of a queue passes. */
  private look(queue: number): number {
    if (this.perRank) return this.walkRank(queue, Infinity);
    const { bounds } = this;
    if (bounds.openRow[queue] < 0) return bounds.act(queue);
    if (this.walked[queue] === 0) this.walk(queue);
    let earliest = Infinity;
    if (this.mayPrecharge[queue] !== 0) earliest = bounds.precharge(queue);
    if (this.firstRead[queue] >= 0) {
      const bound = bounds.read(queue);
      if (bound < earliest) earliest = bound;
    }
    if (this.firstWrite[queue] >= 0) {
      const bound = bounds.write(queue);
      if (bound < earliest) earliest = bound;
    }
    return earliest;
  }

  /** Sets the picked command of a queue that has one in `cycle`: the oldest entry that passes. */
  private choose(queue: number, cycle: number): void {
    this.pickedQueue = queue;
    if (this.perRank) {
      this.walkRank(queue, cycle);
      return;
    }
    const { bounds } = this;
    this.pickedBank = queue;
    let entry = 0;
    if (bounds.openRow[queue] < 0) this.pickedCommand = DRAM_COMMAND.ACT;
    else if (this.mayPrecharge[queue] !== 0 && bounds.precharge(queue) <= cycle) this.pickedCommand = DRAM_COMMAND.PRE;
    else {
      const read = this.firstRead[queue];
      const write = this.firstWrite[queue];
      const takeRead =
        read >= 0 && (write < 0 || (read < write ? bounds.read(queue) <= cycle : bounds.write(queue) > cycle));
      entry = takeRead ? read : write;
      this.pickedCommand = this.column(takeRead ? 0 : 1);
    }
    this.pickedEntry = entry;
    this.pickedSlot = this.entries[queue * this.capacity + entry];
  }

  private column(write: number): number {
    if (write !== 0) return this.closePage ? DRAM_COMMAND.WRA : DRAM_COMMAND.WR;
    return this.closePage ? DRAM_COMMAND.RDA : DRAM_COMMAND.RD;
  }

  /** Sums up the queue of an open bank: the first entries that hit, and whether the head may close the row. */
  private walk(queue: number): void {
    const { requests } = this;
    const row = this.bounds.openRow[queue];
    const base = queue * this.capacity;
    const end = base + this.count[queue];
    let read = -1;
    let write = -1;
    let hit = false;
    for (let at = base; at < end; at++) {
      const slot = this.entries[at];
      if (requests.row[slot] !== row) continue;
      hit = true;
      if (requests.isWrite[slot] === 0) {
        if (read < 0) read = at - base;
      } else if (write < 0 && (read < 0 || !this.followsRead(base, at, slot))) write = at - base;
      if (read >= 0 && write >= 0) break;
    }
    this.firstRead[queue] = read;
    this.firstWrite[queue] = write;
    const conflict = requests.row[this.entries[base]] !== row;
    this.mayPrecharge[queue] = conflict && (!hit || this.bounds.hits[queue] >= HIT_CAP) ? 1 : 0;
    this.walked[queue] = 1;
  }

  /** Whether an older read of the queue has the row, column and bank of a write. */
  private followsRead(base: number, at: number, write: number): boolean {
    const { requests } = this;
    for (let older = base; older < at; older++) {
      const slot = this.entries[older];
      if (
        requests.isWrite[slot] === 0 &&
        requests.row[slot] === requests.row[write] &&
        requests.column[slot] === requests.column[write] &&
        requests.bank[slot] === requests.bank[write]
      )
        return true;
    }
    return false;
  }

  /**
   * The same for a queue of a whole rank: walks all entries. Gives the earliest cycle of one that passes; if that of an
   * entry is not after `cycle`, picks the oldest such entry instead.
   */
  private walkRank(queue: number, cycle: number): number {
    const { requests, bounds } = this;
    const base = queue * this.capacity;
    const end = base + this.count[queue];
    const picking = cycle !== Infinity;
    let earliest = Infinity;
    for (let at = base; at < end; at++) {
      const slot = this.entries[at];
      const bank = requests.bank[slot];
      const row = bounds.openRow[bank];
      const write = requests.isWrite[slot];
      let command: number;
      let bound: number;
      if (row < 0) {
        command = DRAM_COMMAND.ACT;
        bound = bounds.act(bank);
      } else if (row === requests.row[slot]) {
        command = this.column(write);
        bound = write === 0 ? bounds.read(bank) : bounds.write(bank);
      } else {
        command = DRAM_COMMAND.PRE;
        bound = bounds.precharge(bank);
      }
      if (bound >= earliest || (picking && bound > cycle)) continue;
      if (command === DRAM_COMMAND.PRE) {
        if (!this.rankMayPrecharge(base, at, end, bank)) continue;
      } else if (command !== DRAM_COMMAND.ACT && write !== 0 && this.followsRead(base, at, slot)) continue;
      if (picking) {
        this.pickedCommand = command;
        this.pickedBank = bank;
        this.pickedSlot = slot;
        this.pickedEntry = at - base;
        return bound;
      }
      earliest = bound;
    }
    return earliest;
  }

  /** Whether an entry may close its bank's row: the oldest of its bank, and the row no longer wanted or had its share. */
  private rankMayPrecharge(base: number, at: number, end: number, bank: number): boolean {
    const { requests, bounds } = this;
    for (let older = base; older < at; older++) if (requests.bank[this.entries[older]] === bank) return false;
    if (bounds.hits[bank] >= HIT_CAP) return true;
    const row = bounds.openRow[bank];
    for (let younger = at; younger < end; younger++) {
      const slot = this.entries[younger];
      if (requests.bank[slot] === bank && requests.row[slot] === row) return false;
    }
    return true;
  }
}
