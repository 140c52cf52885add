/** When refreshes fall due, and which command brings the oldest one forward. */
import { invariant } from "../../../base/index.js";
import type { DramDevice } from "../../../hardware/dram/index.js";
import { DRAM_COMMAND } from "../controller.js";
import type { Bounds } from "./bounds.js";
import type { CommandQueues } from "./command-queues.js";

/**
 * The refresh timer and the refreshes that wait. They come in a fixed order, so the list is two counters: how many fell due
 * and how many were done.
 */
export class Refresher {
  /** Refreshes due and not done. */
  waiting = 0;
  /** The cycle the next falls due. */
  nextDue: number;
  /** What `engine` chose: a command of `DRAM_COMMAND`, its rank, its bank in the channel (−1 for REF). */
  command = 0;
  rank = 0;
  bank = 0;
  private done = 0;
  private blocking = false;
  private readonly interval: number;
  /** Refreshes that fall due at once, and after how many the order begins again. */
  private readonly atOnce: number;
  private readonly round: number;
  private readonly byBank: boolean;

  constructor(
    device: DramDevice,
    private readonly bounds: Bounds,
    private readonly queues: CommandQueues,
    private readonly perRankQueues: boolean,
  ) {
    const { controller, organization, quirks, timing } = device;
    const { ranks } = organization;
    this.byBank = controller.refreshPolicy === "BANK_LEVEL_STAGGERED";
    const simultaneous = controller.refreshPolicy === "RANK_LEVEL_SIMULTANEOUS";
    this.atOnce = simultaneous && !quirks.simultaneousRefreshesFirstRank ? ranks : 1;
    if (this.byBank) {
      // tREFIb is the interval between the banks of one rank: DRAMsim3 goes through all ranks at that pace.
      this.interval = quirks.refbBlocksOthers ? timing.tREFIb : Math.floor(timing.tREFIb / ranks);
      this.round = ranks * bounds.banksPerRank;
    } else {
      this.interval = simultaneous ? timing.tREFI : Math.floor(timing.tREFI / ranks);
      this.round = simultaneous && quirks.simultaneousRefreshesFirstRank ? 1 : ranks;
    }
    invariant(this.interval >= 1, `${device.name}: refreshes would fall due every ${this.interval} cycles`);
    this.nextDue = this.interval;
  }

  /** The timer in `cycle`: never called later than `nextDue`. */
  tick(cycle: number): void {
    if (cycle < this.nextDue) return;
    this.waiting += this.atOnce;
    this.nextDue += this.interval;
  }

  /** Works on the oldest waiting refresh: sets the command that is legal in `cycle`, if one is. Blocks what it needs closed. */
  engine(cycle: number): boolean {
    this.aim();
    if (!this.blocking) {
      this.block(true);
      this.blocking = true;
    }
    const { bounds } = this;
    if (this.byBank) {
      const open = bounds.openRow[this.bank] >= 0;
      this.command = open ? DRAM_COMMAND.PRE : DRAM_COMMAND.REFB;
      return (open ? bounds.precharge(this.bank) : bounds.refreshBank(this.bank)) <= cycle;
    }
    if (bounds.openBanks[this.rank] > 0) {
      const first = this.rank * bounds.banksPerRank;
      for (let bank = first; bank < first + bounds.banksPerRank; bank++) {
        if (bounds.openRow[bank] < 0 || bounds.precharge(bank) > cycle) continue;
        this.command = DRAM_COMMAND.PRE;
        this.bank = bank;
        return true;
      }
      return false;
    }
    this.command = DRAM_COMMAND.REF;
    this.bank = -1;
    return bounds.refresh(this.rank) <= cycle;
  }

  /** The chosen REF or REFB was issued: its refresh is done and its queues are free. */
  finish(): void {
    this.aim();
    this.block(false);
    this.blocking = false;
    this.waiting--;
    this.done = this.done + 1 === this.round ? 0 : this.done + 1;
  }

  /** The earliest cycle at which the engine has a command. */
  next(): number {
    this.aim();
    const { bounds } = this;
    if (this.byBank)
      return bounds.openRow[this.bank] >= 0 ? bounds.precharge(this.bank) : bounds.refreshBank(this.bank);
    if (bounds.openBanks[this.rank] === 0) return bounds.refresh(this.rank);
    let earliest = Infinity;
    const first = this.rank * bounds.banksPerRank;
    for (let bank = first; bank < first + bounds.banksPerRank; bank++) {
      if (bounds.openRow[bank] < 0) continue;
      const bound = bounds.precharge(bank);
      if (bound < earliest) earliest = bound;
    }
    return earliest;
  }

  /** Sets rank and bank of the oldest refresh: ranks in turn; banks group fastest, then bank, then rank. */
  private aim(): void {
    if (!this.byBank) {
      this.rank = this.done;
      return;
    }
    const { banksPerRank, groupOf } = this.bounds;
    const groups = groupOf[banksPerRank - 1] + 1;
    this.rank = Math.floor(this.done / banksPerRank);
    const inRank = this.done % banksPerRank;
    const group = inRank % groups;
    this.bank = this.rank * banksPerRank + group * (banksPerRank / groups) + Math.floor(inRank / groups);
  }

  private block(blocked: boolean): void {
    const { queues, bounds } = this;
    if (this.perRankQueues) queues.block(this.rank, blocked);
    else if (this.byBank) queues.block(this.bank, blocked);
    else {
      const first = this.rank * bounds.banksPerRank;
      for (let bank = first; bank < first + bounds.banksPerRank; bank++) queues.block(bank, blocked);
    }
  }
}
