/** The command queues of one channel: what those of banks and those of ranks have in common. */
import { DRAM_COMMAND } from "../controller.js";
import type { Bounds } from "./bounds.js";
import type { Requests } from "./requests.js";

/** Column commands after which a request for another row may close an open one that is still wanted. */
export const HIT_CAP = 4;

/** Queues of request slots in fixed places; a bit for each queue a refresh holds back. */
export abstract class CommandQueues {
  readonly count: Int32Array;
  /** Entries of all queues, and queues that have any. */
  total = 0;
  filled = 0;
  /** The command `pick` chose, its bank, the slot it serves, and where that stands. */
  pickedCommand = 0;
  pickedBank = 0;
  pickedSlot = 0;
  protected pickedQueue = 0;
  protected pickedEntry = 0;

  protected readonly entries: Int32Array;
  protected readonly words: number;
  /** Bits of the queues that have room. */
  readonly room: Int32Array;
  /** Bits of the queues that are not held back. */
  protected readonly open: Int32Array;
  /** The cycle for which `picked…` holds already; −1 for none. */
  protected foreseen = -1;
  /** The round-robin pointer. */
  protected pointer = 0;
  private readonly readCommand: number;
  private readonly writeCommand: number;

  protected constructor(
    protected readonly requests: Requests,
    protected readonly bounds: Bounds,
    protected readonly queues: number,
    /** Entries a queue holds. */
    readonly capacity: number,
    closePage: boolean,
  ) {
    this.words = Math.ceil(queues / 32);
    this.count = new Int32Array(queues);
    this.entries = new Int32Array(queues * capacity);
    this.room = new Int32Array(this.words).fill(-1);
    this.open = new Int32Array(this.words).fill(-1);
    this.readCommand = closePage ? DRAM_COMMAND.RDA : DRAM_COMMAND.RD;
    this.writeCommand = closePage ? DRAM_COMMAND.WRA : DRAM_COMMAND.WR;
  }

  /** The queue of a bank. */
  abstract queueOf(bank: number): number;

  /** Appends a request to its queue, which has room. */
  abstract append(slot: number): void;

  /** The state of a bank, or its queue by `removePicked`, has changed. */
  abstract changed(bank: number): void;

  /** Goes round the queues from the one after the pointer for a command that is legal in `cycle`, and sets `picked…`. */
  protected abstract find(cycle: number): boolean;

  /** The earliest cycle at which any queue has a command, but no earlier than `soon`; `limit` if that comes before. */
  abstract next(soon: number, limit: number): number;

  /** Picks the next command that is legal in `cycle`; the pointer stays at its queue. */
  pick(cycle: number): boolean {
    if (this.foreseen !== cycle && !this.find(cycle)) return false;
    this.foreseen = -1;
    this.pointer = this.pickedQueue;
    return true;
  }

  /** Whether there is a command in `cycle`, which is still to come, if nothing changes before; then `pick` need not look again. */
  foresee(cycle: number): boolean {
    if (!this.find(cycle)) return false;
    this.foreseen = cycle;
    return true;
  }

  /** Keeps commands of a queue back, or lets them go again. */
  block(queue: number, blocked: boolean): void {
    this.foreseen = -1;
    const bit = 1 << (queue & 31);
    if (blocked) this.open[queue >>> 5] &= ~bit;
    else this.open[queue >>> 5] |= bit;
  }

  /** Puts a request behind the others of its queue; gives how many there were. */
  protected put(slot: number): number {
    const queue = this.requests.queue[slot];
    const count = this.count[queue]++;
    this.entries[queue * this.capacity + count] = slot;
    if (count + 1 === this.capacity) this.room[queue >>> 5] &= ~(1 << (queue & 31));
    if (count === 0) this.filled++;
    this.total++;
    return count;
  }

  /** Takes the entry that `pick` chose out of its queue. */
  removePicked(): void {
    const queue = this.pickedQueue;
    const base = queue * this.capacity;
    const left = --this.count[queue];
    const last = base + left;
    if (left === 0) this.filled--;
    for (let at = base + this.pickedEntry; at < last; at++) this.entries[at] = this.entries[at + 1];
    this.room[queue >>> 5] |= 1 << (queue & 31);
    this.total--;
  }

  /** The column command of an access. */
  protected column(write: number): number {
    return write !== 0 ? this.writeCommand : this.readCommand;
  }

  /** Whether an older read of the queue has the row, column and bank of a write. */
  protected followsRead(base: number, at: number, write: number): boolean {
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
}
