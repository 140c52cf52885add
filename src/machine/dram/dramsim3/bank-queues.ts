/** Command queues, one a bank: what each wants is summed up when it changes, as a bit in the mask of that want. */
import { DRAM_COMMAND } from "../controller.js";
import type { Bounds } from "./bounds.js";
import { CommandQueues, HIT_CAP } from "./command-queues.js";
import type { Requests } from "./requests.js";

/**
 * A queue wants an ACT (its bank is closed), or any of: a precharge for its head, its first read that hits, its first write that
 * hits. All wants of a kind in one rank share the rank's register as a floor, so masks of wants decide most of a cycle.
 */
export class BankQueues extends CommandQueues {
  private readonly wantsAct: Int32Array;
  private readonly wantsPrecharge: Int32Array;
  private readonly wantsRead: Int32Array;
  private readonly wantsWrite: Int32Array;
  /** Entry of the first read, and of the first write, that hits; valid where the want is set. */
  private readonly firstRead: Int32Array;
  private readonly firstWrite: Int32Array;
  /** Writes among the entries. */
  private readonly writes: Int32Array;
  /** Bits of the banks of a rank, by rank and word. */
  private readonly ofRank: Int32Array;
  /** Entries by rank, and the words its banks' bits lie in: mostly few ranks have any. */
  private readonly entriesOf: Int32Array;
  private readonly firstWord: Int32Array;
  private readonly lastWord: Int32Array;
  /** Per word: what may be legal in the cycle of `pick`. */
  private readonly ready: Int32Array;

  constructor(requests: Requests, bounds: Bounds, capacity: number, closePage: boolean) {
    const queues = bounds.openRow.length;
    super(requests, bounds, queues, capacity, closePage);
    this.wantsAct = new Int32Array(this.words);
    this.wantsPrecharge = new Int32Array(this.words);
    this.wantsRead = new Int32Array(this.words);
    this.wantsWrite = new Int32Array(this.words);
    this.firstRead = new Int32Array(queues);
    this.firstWrite = new Int32Array(queues);
    this.writes = new Int32Array(queues);
    this.ready = new Int32Array(this.words);
    this.ofRank = new Int32Array(bounds.ranks * this.words);
    this.entriesOf = new Int32Array(bounds.ranks);
    this.firstWord = new Int32Array(bounds.ranks).fill(this.words);
    this.lastWord = new Int32Array(bounds.ranks);
    for (let bank = 0; bank < queues; bank++) {
      const rank = bounds.rankOf[bank];
      const word = bank >>> 5;
      this.ofRank[rank * this.words + word] |= 1 << (bank & 31);
      this.firstWord[rank] = Math.min(this.firstWord[rank], word);
      this.lastWord[rank] = Math.max(this.lastWord[rank], word);
    }
  }

  override queueOf(bank: number): number {
    return bank;
  }

  override append(slot: number): void {
    const { requests, bounds } = this;
    const queue = requests.queue[slot];
    const count = this.put(slot);
    this.writes[queue] += requests.isWrite[slot];
    this.entriesOf[bounds.rankOf[queue]]++;
    // Behind others, a request that misses the open row changes nothing yet.
    if (count === 0 || bounds.openRow[queue] === requests.row[slot]) this.changed(queue);
  }

  override removePicked(): void {
    this.writes[this.pickedQueue] -= this.requests.isWrite[this.pickedSlot];
    this.entriesOf[this.bounds.rankOf[this.pickedQueue]]--;
    super.removePicked();
  }

  /** Sums up what the queue of a bank wants. */
  override changed(queue: number): void {
    const { requests, bounds } = this;
    this.foreseen = -1;
    const word = queue >>> 5;
    const bit = 1 << (queue & 31);
    const row = bounds.openRow[queue];
    const count = this.count[queue];
    if (count === 0 || row < 0) {
      this.wantsPrecharge[word] &= ~bit;
      this.wantsRead[word] &= ~bit;
      this.wantsWrite[word] &= ~bit;
      if (count === 0) this.wantsAct[word] &= ~bit;
      else this.wantsAct[word] |= bit;
      return;
    }
    const base = queue * this.capacity;
    const end = base + count;
    // Once a read that hits is found, only writes are looked for, and the other way round.
    let readsLeft = count - this.writes[queue];
    let writesLeft = this.writes[queue];
    let read = -1;
    let write = -1;
    for (let at = base; at < end; at++) {
      const slot = this.entries[at];
      const hit = requests.row[slot] === row;
      if (requests.isWrite[slot] === 0) {
        readsLeft--;
        if (hit && read < 0) read = at - base;
      } else {
        writesLeft--;
        if (hit && write < 0) {
          if (read < 0 || !this.followsRead(base, at, slot)) write = at - base;
        }
      }
      if ((read >= 0 || readsLeft === 0) && (write >= 0 || writesLeft === 0)) break;
    }
    this.firstRead[queue] = read;
    this.firstWrite[queue] = write;
    // A write held by an older read is a hit all the same, but then that read is one too.
    const conflict = requests.row[this.entries[base]] !== row;
    const precharges = conflict && ((read < 0 && write < 0) || bounds.hits[queue] >= HIT_CAP);
    this.wantsAct[word] &= ~bit;
    this.wantsPrecharge[word] = precharges ? this.wantsPrecharge[word] | bit : this.wantsPrecharge[word] & ~bit;
    this.wantsRead[word] = read >= 0 ? this.wantsRead[word] | bit : this.wantsRead[word] & ~bit;
    this.wantsWrite[word] = write >= 0 ? this.wantsWrite[word] | bit : this.wantsWrite[word] & ~bit;
  }

  protected override find(cycle: number): boolean {
    if (this.total === 0 || !this.makeReady(cycle)) return false;
    const { words } = this;
    const start = this.pointer + 1 === this.queues ? 0 : this.pointer + 1;
    const upper = -1 << (start & 31);
    let word = start >>> 5;
    for (let round = 0; round <= words; round++) {
      let mask = this.ready[word];
      if (round === 0) mask &= upper;
      else if (round === words) mask &= ~upper;
      while (mask !== 0) {
        const lowest = mask & -mask;
        mask ^= lowest;
        const queue = (word << 5) + 31 - Math.clz32(lowest);
        if (this.choose(queue, word, lowest, cycle)) {
          this.pickedQueue = queue;
          this.pickedBank = queue;
          this.pickedSlot = this.entries[queue * this.capacity + this.pickedEntry];
          return true;
        }
      }
      word = word + 1 === words ? 0 : word + 1;
    }
    return false;
  }

  override next(soon: number, limit: number): number {
    if (this.total === 0) return limit;
    const { bounds, words } = this;
    let earliest = limit;
    for (let rank = 0; rank < bounds.ranks; rank++) {
      if (this.entriesOf[rank] === 0) continue;
      for (let word = this.firstWord[rank]; word <= this.lastWord[rank]; word++) {
        const reach = this.open[word] & this.ofRank[rank * words + word];
        let mask = this.wantsRead[word] & reach;
        if (mask !== 0)
          earliest = this.earliest(mask, word, bounds.bankRead, bounds.groupRead, bounds.rankRead[rank], earliest);
        mask = this.wantsWrite[word] & reach;
        if (mask !== 0)
          earliest = this.earliest(mask, word, bounds.bankWrite, bounds.groupWrite, bounds.rankWrite[rank], earliest);
        mask = this.wantsAct[word] & reach;
        if (mask !== 0)
          earliest = this.earliest(mask, word, bounds.bankAct, bounds.groupAct, bounds.rankAct[rank], earliest);
        mask = this.wantsPrecharge[word] & reach;
        if (mask !== 0) earliest = this.earliestPrecharge(mask, word, bounds.rankPrecharge[rank], earliest);
        if (earliest <= soon) return soon;
      }
    }
    return earliest;
  }

  /** Sets the bits of all queues with a want whose rank allows it in `cycle`; false where there are none. */
  private makeReady(cycle: number): boolean {
    const { bounds, words, ready } = this;
    for (let word = 0; word < words; word++) ready[word] = 0;
    let any = 0;
    for (let rank = 0; rank < bounds.ranks; rank++) {
      if (this.entriesOf[rank] === 0) continue;
      const act = bounds.rankAct[rank] <= cycle;
      const precharge = bounds.rankPrecharge[rank] <= cycle;
      const read = bounds.rankRead[rank] <= cycle;
      const write = bounds.rankWrite[rank] <= cycle;
      for (let word = this.firstWord[rank]; word <= this.lastWord[rank]; word++) {
        let wants = 0;
        if (act) wants |= this.wantsAct[word];
        if (precharge) wants |= this.wantsPrecharge[word];
        if (read) wants |= this.wantsRead[word];
        if (write) wants |= this.wantsWrite[word];
        wants &= this.ofRank[rank * words + word] & this.open[word];
        ready[word] |= wants;
        any |= wants;
      }
    }
    return any !== 0;
  }

  /** Sets command and entry if a queue has a legal one in `cycle`: the oldest entry that passes. */
  private choose(queue: number, word: number, bit: number, cycle: number): boolean {
    const { bounds } = this;
    if ((this.wantsAct[word] & bit) !== 0) {
      if (bounds.act(queue) > cycle) return false;
      this.pickedCommand = DRAM_COMMAND.ACT;
      this.pickedEntry = 0;
      return true;
    }
    if ((this.wantsPrecharge[word] & bit) !== 0 && bounds.precharge(queue) <= cycle) {
      this.pickedCommand = DRAM_COMMAND.PRE;
      this.pickedEntry = 0;
      return true;
    }
    let entry = -1;
    let write = 0;
    if ((this.wantsRead[word] & bit) !== 0 && bounds.read(queue) <= cycle) entry = this.firstRead[queue];
    if ((this.wantsWrite[word] & bit) !== 0 && (entry < 0 || this.firstWrite[queue] < entry)) {
      if (bounds.write(queue) <= cycle) {
        entry = this.firstWrite[queue];
        write = 1;
      }
    }
    if (entry < 0) return false;
    this.pickedCommand = this.column(write);
    this.pickedEntry = entry;
    return true;
  }

  /** The earliest bound of a kind among the banks of a mask, none below their rank's floor; `before` if that is no later. */
  private earliest(
    banks: number,
    word: number,
    bank: Float64Array,
    group: Float64Array,
    floor: number,
    before: number,
  ): number {
    const { groupOf } = this.bounds;
    let earliest = before;
    for (let mask = banks; mask !== 0 && floor < earliest; mask &= mask - 1) {
      const queue = (word << 5) + 31 - Math.clz32(mask & -mask);
      let bound = bank[queue];
      if (bound >= earliest) continue;
      const shared = group[groupOf[queue]];
      if (shared > bound) bound = shared;
      if (floor > bound) bound = floor;
      if (bound < earliest) earliest = bound;
    }
    return earliest;
  }

  private earliestPrecharge(banks: number, word: number, floor: number, before: number): number {
    const { bankPrecharge } = this.bounds;
    let earliest = before;
    for (let mask = banks; mask !== 0 && floor < earliest; mask &= mask - 1) {
      let bound = bankPrecharge[(word << 5) + 31 - Math.clz32(mask & -mask)];
      if (floor > bound) bound = floor;
      if (bound < earliest) earliest = bound;
    }
    return earliest;
  }
}
