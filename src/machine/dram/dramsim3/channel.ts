/** One channel under the `dramsim3` policy: queues, write draining, refresh, and one command a cycle. */
import { UserError } from "../../../base/index.js";
import type { DramDevice } from "../../../hardware/dram/index.js";
import { type AddressMap, addressMap } from "../address-map.js";
import { DRAM_CAUSE, DRAM_COMMAND, type DramListener } from "../controller.js";
import { BankQueues } from "./bank-queues.js";
import { Bounds } from "./bounds.js";
import { Causes } from "./causes.js";
import type { CommandQueues } from "./command-queues.js";
import { Counters } from "./counters.js";
import { RankQueues } from "./rank-queues.js";
import { Refresher } from "./refresh.js";
import { NONE, Requests } from "./requests.js";
import { TransactionQueue } from "./transaction-queue.js";

/** Writes above which an otherwise idle channel begins to drain its buffer. */
const IDLE_DRAIN = 8;

/** Queues with entries from which on the next cycle is tried first. No result hangs on it. */
const BUSY_QUEUES = 6;

/**
 * A channel does work only in live cycles; `next` is the earliest of them. In a cycle that is not live, the controller of every
 * cycle would issue nothing, move nothing and leave all pointers where they were.
 */
export class Channel {
  /** The earliest cycle at which a step can do anything. */
  next: number;
  /** Reads accepted whose completion has not been told. */
  pending = 0;
  readonly counters = new Counters();
  readonly bounds: Bounds;

  private readonly requests: Requests;
  private readonly queues: CommandQueues;
  private readonly refresher: Refresher;
  private readonly map: AddressMap;
  /** Reads that wait for room in a command queue; with a unified queue, writes too. */
  private readonly reads: TransactionQueue;
  private readonly writes: TransactionQueue;
  /** Writes still to move before reads are served again. */
  private drain = 0;
  /** Whether the last move was held up by a write whose address a read still waits for. */
  private held = false;
  private readonly unified: boolean;
  private readonly flushes: boolean;
  private readonly locks: boolean;
  private readonly dual: boolean;
  private readonly closePage: boolean;
  private readonly tellsCommands: boolean;
  private readonly causes: Causes | undefined;

  constructor(
    private readonly device: DramDevice,
    private readonly number: number,
    private readonly listener: DramListener,
  ) {
    const { controller, quirks } = device;
    const entries = controller.transactionQueueEntries;
    const perRank = controller.queueStructure === "PER_RANK";
    this.bounds = new Bounds(device);
    const queues = perRank ? this.bounds.ranks : this.bounds.openRow.length;
    this.requests = new Requests(2 * entries + queues * controller.commandQueueEntries);
    this.closePage = controller.rowBufferPolicy === "CLOSE_PAGE";
    const Queues = perRank ? RankQueues : BankQueues;
    this.queues = new Queues(this.requests, this.bounds, controller.commandQueueEntries, this.closePage);
    this.refresher = new Refresher(device, this.bounds, this.queues, perRank);
    this.map = addressMap(device.addressMap, device.organization);
    this.unified = controller.unifiedQueue;
    this.reads = new TransactionQueue(entries, this.requests, this.queues);
    this.writes = this.unified ? this.reads : new TransactionQueue(entries, this.requests, this.queues);
    this.flushes = !quirks.lastWritesStay;
    this.locks = quirks.readBeforeWriteLock;
    this.dual = controller.dualCommand;
    this.tellsCommands = listener.command !== undefined;
    this.causes = listener.done === undefined ? undefined : new Causes(device, this.bounds);
    this.next = this.refresher.nextDue;
  }

  /** Whether a read or write would be taken now. */
  accepts(write: boolean): boolean {
    const queue = write ? this.writes : this.reads;
    return queue.count < queue.capacity;
  }

  /** Takes a request after the work of `cycle`; it counts as accepted one cycle later. */
  accept(id: number, address: number, burst: number, write: boolean, cycle: number): void {
    const { requests } = this;
    const accepted = cycle + 1;
    const buffered = requests.find(address, burst, 1);
    if (write) {
      // Writes are posted: complete as soon as they are in the buffer.
      if (this.causes !== undefined)
        this.tellDone(id, accepted + 1, accepted, accepted, buffered === NONE ? DRAM_CAUSE.hit : DRAM_CAUSE.merged);
      if (buffered !== NONE) return;
    } else {
      if (buffered !== NONE) {
        if (this.causes !== undefined) this.tellDone(id, accepted + 1, accepted, accepted, DRAM_CAUSE.merged);
        return;
      }
      this.pending++;
      const same = requests.find(address, burst, 0);
      if (same !== NONE) {
        requests.join(same, id);
        return;
      }
    }
    const { map, bounds } = this;
    const slot = requests.add(id, address, burst, write ? 1 : 0, accepted);
    const { shift, mask } = map;
    const group = (burst >>> shift.bg) & mask.bg;
    const rank = (burst >>> shift.ra) & mask.ra;
    const bank = rank * bounds.banksPerRank + group * (mask.ba + 1) + ((burst >>> shift.ba) & mask.ba);
    requests.bank[slot] = bank;
    requests.row[slot] = (burst >>> shift.ro) & mask.ro;
    requests.column[slot] = (burst >>> shift.co) & mask.co;
    requests.queue[slot] = this.queues.queueOf(bank);
    const transactions = write ? this.writes : this.reads;
    transactions.append(slot);
    if (this.canMove() && accepted < this.next) this.next = accepted;
  }

  /** The controller's work in one cycle, and the next cycle there is any. */
  step(cycle: number): void {
    const { queues, refresher } = this;
    refresher.tick(cycle);
    let issued = false;
    let refreshed = false;
    if (refresher.waiting > 0 && refresher.engine(cycle)) {
      refreshed = this.issueRefresher(cycle);
      issued = true;
    } else if (queues.pick(cycle)) {
      this.issuePicked(cycle);
      issued = true;
    }
    if (issued && this.dual) this.issueSecond(cycle);
    this.move();
    this.plan(cycle, refreshed);
  }

  private lastWasColumn = false;

  private plan(cycle: number, refreshed: boolean): void {
    const soon = cycle + 1;
    const { refresher } = this;
    // A refresh that waits behind one just done blocks its queues from the next cycle on.
    if (this.canMove() || (refreshed && refresher.waiting > 0)) {
      this.next = soon;
      return;
    }
    let next = refresher.nextDue;
    if (refresher.waiting > 0) {
      const bound = refresher.next();
      if (bound < next) next = bound;
    }
    // With many queues at work the next cycle mostly has a command; with few it mostly has not, and looking for it is wasted.
    const busy = this.queues.filled >= BUSY_QUEUES;
    this.next = next <= soon || (busy && this.queues.foresee(soon)) ? soon : this.queues.next(soon, next);
  }

  /** Issues the picked command of the queues. */
  private issuePicked(cycle: number): void {
    const { queues, bounds, counters } = this;
    const command = queues.pickedCommand;
    const bank = queues.pickedBank;
    const slot = queues.pickedSlot;
    counters.commands[command]++;
    this.lastWasColumn = false;
    if (command === DRAM_COMMAND.ACT) {
      const row = this.requests.row[slot];
      if (this.tellsCommands) this.tell(cycle, command, bank, row, -1);
      bounds.issueAct(bank, row, cycle);
      if (this.causes !== undefined) this.causes.act(bank, cycle);
    } else if (command === DRAM_COMMAND.PRE) {
      if (this.tellsCommands) this.tell(cycle, command, bank, -1, -1);
      bounds.issuePrecharge(bank, cycle);
      if (this.causes !== undefined) this.causes.precharge(bank, cycle);
    } else {
      this.lastWasColumn = true;
      this.issueColumn(command, bank, slot, cycle);
    }
    queues.changed(bank);
  }

  private issueColumn(command: number, bank: number, slot: number, cycle: number): void {
    const { queues, bounds, counters, requests } = this;
    const write = requests.isWrite[slot];
    if (this.tellsCommands) this.tell(cycle, command, bank, requests.row[slot], requests.column[slot]);
    if (bounds.hits[bank] === 0) counters.rowMisses++;
    else if (write === 0) counters.readRowHits++;
    else counters.writeRowHits++;
    queues.removePicked();
    if (write === 0) {
      bounds.issueRead(bank, cycle, this.closePage);
      this.completeRead(slot, bank, cycle);
    } else {
      bounds.issueWrite(bank, cycle, this.closePage);
      if (this.causes !== undefined) this.causes.column(bank, 1, requests.accepted[slot], cycle);
    }
    requests.remove(slot);
  }

  /** A read and all that joined it end with its data. */
  private completeRead(slot: number, bank: number, cycle: number): void {
    const { requests } = this;
    const { readDone, readLatency } = this.bounds.gaps;
    this.pending--;
    if (this.causes !== undefined) {
      const cause = this.causes.column(bank, 0, requests.accepted[slot], cycle);
      this.tellDone(requests.id[slot], cycle + readDone, cycle, cycle + readLatency, cause);
    }
    let node = requests.joined[slot];
    while (node !== NONE) {
      this.pending--;
      this.tellDone(requests.joinedId[node], cycle + readDone, cycle, cycle + readLatency, DRAM_CAUSE.merged);
      node = requests.dropJoined(node);
    }
  }

  /** Issues what the refresh engine chose; says whether it was the refresh itself. */
  private issueRefresher(cycle: number): boolean {
    const { refresher, bounds, counters } = this;
    const { command, rank, bank } = refresher;
    counters.commands[command]++;
    this.lastWasColumn = false;
    if (command === DRAM_COMMAND.PRE) {
      if (this.tellsCommands) this.tell(cycle, command, bank, -1, -1);
      bounds.issuePrecharge(bank, cycle);
      this.queues.changed(bank);
      return false;
    }
    if (command === DRAM_COMMAND.REF) {
      this.listener.command?.(cycle, this.number, command, rank, -1, -1, -1, -1);
      bounds.issueRefresh(rank, cycle);
      if (this.causes !== undefined) this.causes.refresh(rank, cycle);
    } else {
      if (this.tellsCommands) this.tell(cycle, command, bank, -1, -1);
      bounds.issueRefreshBank(bank, cycle);
      if (this.causes !== undefined) this.causes.refreshBank(bank, cycle);
    }
    refresher.finish();
    return true;
  }

  /** The second command of a cycle: only a column command beside another, or the other way round; else it stays where it is. */
  private issueSecond(cycle: number): void {
    const first = this.lastWasColumn;
    if (!this.queues.pick(cycle)) return;
    const command = this.queues.pickedCommand;
    const second = command !== DRAM_COMMAND.ACT && command !== DRAM_COMMAND.PRE;
    if (first === second) return;
    this.issuePicked(cycle);
    this.counters.dualCommands++;
  }

  /** Whether the buffer of writes would begin to drain now. */
  private drains(): boolean {
    const { writes } = this;
    if (writes.count >= writes.capacity) return true;
    if (this.queues.total > 0) return false;
    return writes.count > IDLE_DRAIN || (this.flushes && writes.count > 0 && this.reads.count === 0);
  }

  /** Whether the next step would move something or begin to drain. */
  private canMove(): boolean {
    if (this.unified) return this.reads.movable();
    if (this.drain > 0) return this.writes.movable();
    // A write held up now is held up again, until a command issues: only reads may move meanwhile.
    if (this.drains()) return !this.held || (!this.locks && this.reads.movable());
    return this.reads.movable();
  }

  /** Moves at most one request into its command queue. */
  private move(): void {
    this.held = false;
    if (this.unified) {
      this.moveFrom(this.reads);
      return;
    }
    if (this.drain === 0 && this.drains()) this.drain = this.writes.count;
    if (this.drain === 0) {
      this.moveFrom(this.reads);
      return;
    }
    const { writes, requests } = this;
    const slot = writes.first();
    if (slot === NONE) return;
    const read = requests.find(requests.address[slot], requests.burst[slot], 0);
    if (read === NONE) {
      this.drain--;
      writes.remove(slot);
      this.queues.append(slot);
      return;
    }
    this.drain = 0;
    this.held = true;
    if (!this.locks) this.moveFrom(this.reads);
    else if (this.queues.total === 0 && this.drains()) this.reportLock(slot);
  }

  private moveFrom(source: TransactionQueue): void {
    const slot = source.first();
    if (slot === NONE) return;
    source.remove(slot);
    this.queues.append(slot);
  }

  private reportLock(slot: number): never {
    const address = `0x${this.requests.address[slot].toString(16)}`;
    throw new UserError({
      code: "dram-live-lock",
      message:
        `${this.device.name}, channel ${this.number}: the controller is locked up for ever, as DRAMsim3 would be: its write buffer drains, ` +
        `but the write to ${address} waits for a read of ${address} that waits in the read queue behind the draining`,
      accepted: "the option readBeforeWriteLock=false, which serves the read first",
    });
  }

  private tell(cycle: number, command: number, bank: number, row: number, column: number): void {
    const { bounds } = this;
    const rank = bounds.rankOf[bank];
    const group = bounds.groupOf[bank] - rank * (this.map.mask.bg + 1);
    this.listener.command?.(cycle, this.number, command, rank, group, bank & this.map.mask.ba, row, column);
  }

  private tellDone(id: number, done: number, issued: number, data: number, cause: number): void {
    this.listener.done?.(id, done, issued, data, cause);
  }
}
