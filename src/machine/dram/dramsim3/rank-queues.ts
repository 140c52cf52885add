/** Command queues, one a rank: entries of many banks in one walk. */
import { DRAM_COMMAND } from "../controller.js";
import type { Bounds } from "./bounds.js";
import { CommandQueues, HIT_CAP } from "./command-queues.js";
import type { Requests } from "./requests.js";

/** Walks a queue when its last known bound is reached; a bound stays a lower one until queue or banks change. */
export class RankQueues extends CommandQueues {
  /** The earliest cycle a queue can have a command in, as of its last walk; 0 = walk again. */
  private readonly bound: Float64Array;

  constructor(requests: Requests, bounds: Bounds, capacity: number, closePage: boolean) {
    super(requests, bounds, bounds.ranks, capacity, closePage);
    this.bound = new Float64Array(bounds.ranks);
  }

  override queueOf(bank: number): number {
    return this.bounds.rankOf[bank];
  }

  override append(slot: number): void {
    this.put(slot);
    this.foreseen = -1;
    this.bound[this.requests.queue[slot]] = 0;
  }

  override changed(bank: number): void {
    this.foreseen = -1;
    this.bound[this.bounds.rankOf[bank]] = 0;
  }

  protected override find(cycle: number): boolean {
    for (let tried = 1; tried <= this.queues; tried++) {
      const queue = (this.pointer + tried) % this.queues;
      if (!this.isOpen(queue) || this.bound[queue] > cycle) continue;
      const bound = this.walk(queue, cycle);
      if (bound <= cycle) {
        this.pickedQueue = queue;
        return true;
      }
    }
    return false;
  }

  override next(soon: number, limit: number): number {
    let earliest = limit;
    for (let queue = 0; queue < this.queues; queue++) {
      if (!this.isOpen(queue) || this.bound[queue] >= earliest) continue;
      this.bound[queue] = this.walk(queue, -1);
      if (this.bound[queue] <= soon) return soon;
      if (this.bound[queue] < earliest) earliest = this.bound[queue];
    }
    return earliest;
  }

  private isOpen(queue: number): boolean {
    return this.count[queue] > 0 && (this.open[queue >>> 5] & (1 << (queue & 31))) !== 0;
  }

  /** Picks the oldest entry that passes in `cycle`; where none does, gives the earliest cycle in which one will. */
  private walk(queue: number, cycle: number): number {
    const { requests, bounds } = this;
    const base = queue * this.capacity;
    const end = base + this.count[queue];
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
      if (bound >= earliest) continue;
      if (command === DRAM_COMMAND.PRE) {
        if (!this.mayPrecharge(base, at, end, bank)) continue;
      } else if (command !== DRAM_COMMAND.ACT && write !== 0 && this.followsRead(base, at, slot)) continue;
      earliest = bound;
      if (bound > cycle) continue;
      this.pickedCommand = command;
      this.pickedBank = bank;
      this.pickedSlot = slot;
      this.pickedEntry = at - base;
      return bound;
    }
    return earliest;
  }

  /** Whether an entry may close its bank's row: the oldest of its bank, and the row no longer wanted or had its share. */
  private mayPrecharge(base: number, at: number, end: number, bank: number): boolean {
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
