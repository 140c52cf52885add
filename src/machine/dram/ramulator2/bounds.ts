/**
 * When each command is legal: one register for each scope a constraint names, the maximum taken when asked.
 * Registers only grow, so whatever was computed earlier stays a valid lower bound.
 */
import type { RamulatorGaps } from "./gaps.js";

/** Kinds of commands to one bank; a key is bank × 4 + kind, the bank counted through ranks and groups. */
export const KEY = { act: 0, precharge: 1, read: 2, write: 3 } as const;

/** The registers of a channel, in cycles. */
export class RamulatorBounds {
  /** Precharge of all banks of a rank, and refresh of a rank. */
  readonly prechargeAll: Float64Array;
  readonly refresh: Float64Array;
  readonly rankOf: Int32Array;
  private readonly groupOf: Int32Array;
  private channelRead = 0;
  private channelWrite = 0;
  private readonly rankRead: Float64Array;
  private readonly rankWrite: Float64Array;
  private readonly rankAct: Float64Array;
  private readonly groupRead: Float64Array;
  private readonly groupWrite: Float64Array;
  private readonly groupAct: Float64Array;
  private readonly bankAct: Float64Array;
  private readonly bankColumn: Float64Array;
  private readonly bankPrecharge: Float64Array;
  /** The cycles of the last four activations of each rank, in a ring. */
  private readonly lastActs: Float64Array;
  private readonly oldestAct: Int32Array;

  constructor(
    private readonly gaps: RamulatorGaps,
    private readonly ranks: number,
    groupsPerRank: number,
    banksPerGroup: number,
  ) {
    const groups = ranks * groupsPerRank;
    const banks = groups * banksPerGroup;
    this.rankOf = Int32Array.from({ length: banks }, (_, bank) => Math.floor(bank / (groupsPerRank * banksPerGroup)));
    this.groupOf = Int32Array.from({ length: banks }, (_, bank) => Math.floor(bank / banksPerGroup));
    this.prechargeAll = new Float64Array(ranks);
    this.refresh = new Float64Array(ranks);
    this.rankRead = new Float64Array(ranks);
    this.rankWrite = new Float64Array(ranks);
    this.rankAct = new Float64Array(ranks);
    this.groupRead = new Float64Array(groups);
    this.groupWrite = new Float64Array(groups);
    this.groupAct = new Float64Array(groups);
    this.bankAct = new Float64Array(banks);
    this.bankColumn = new Float64Array(banks);
    this.bankPrecharge = new Float64Array(banks);
    this.lastActs = new Float64Array(ranks * 4).fill(Number.NEGATIVE_INFINITY);
    this.oldestAct = new Int32Array(ranks);
  }

  /** The first cycle at which a command of a key is legal as things stand. */
  of(key: number): number {
    const bank = key >> 2;
    const rank = this.rankOf[bank];
    switch (key & 3) {
      case KEY.act: {
        let bound = this.bankAct[bank];
        const group = this.groupAct[this.groupOf[bank]];
        if (group > bound) bound = group;
        if (this.rankAct[rank] > bound) bound = this.rankAct[rank];
        const window = this.lastActs[rank * 4 + this.oldestAct[rank]] + this.gaps.fourActs;
        return Math.max(window, bound);
      }
      case KEY.precharge:
        return this.bankPrecharge[bank];
      case KEY.read: {
        let bound = this.bankColumn[bank];
        const group = this.groupRead[this.groupOf[bank]];
        if (group > bound) bound = group;
        if (this.rankRead[rank] > bound) bound = this.rankRead[rank];
        return Math.max(this.channelRead, bound);
      }
      default: {
        let bound = this.bankColumn[bank];
        const group = this.groupWrite[this.groupOf[bank]];
        if (group > bound) bound = group;
        if (this.rankWrite[rank] > bound) bound = this.rankWrite[rank];
        return Math.max(this.channelWrite, bound);
      }
    }
  }

  /** ACT to a bank. */
  onAct(cycle: number, bank: number): void {
    const { gaps } = this;
    const rank = this.rankOf[bank];
    this.bankAct[bank] = cycle + gaps.actToActBank;
    this.bankColumn[bank] = cycle + gaps.actToColumn;
    raise(this.bankPrecharge, bank, cycle + gaps.actToPrecharge);
    raise(this.groupAct, this.groupOf[bank], cycle + gaps.actToActGroup);
    raise(this.rankAct, rank, cycle + gaps.actToActRank);
    raise(this.prechargeAll, rank, cycle + gaps.actToPrecharge);
    raise(this.refresh, rank, cycle + gaps.actToRefresh);
    const slot = this.oldestAct[rank];
    this.lastActs[rank * 4 + slot] = cycle;
    this.oldestAct[rank] = (slot + 1) & 3;
  }

  /** RD to a bank. */
  onRead(cycle: number, bank: number): void {
    const { gaps } = this;
    const rank = this.rankOf[bank];
    this.channelRead = cycle + gaps.columnChannel;
    raise(this.rankRead, rank, cycle + gaps.columnRank);
    raise(this.rankWrite, rank, cycle + gaps.readToWrite);
    raise(this.groupRead, this.groupOf[bank], cycle + gaps.columnGroup);
    raise(this.bankPrecharge, bank, cycle + gaps.readToPrecharge);
    raise(this.prechargeAll, rank, cycle + gaps.readToPrecharge);
    for (let other = 0; other < this.ranks; other++) {
      if (other === rank) continue;
      raise(this.rankRead, other, cycle + gaps.readToOther);
      raise(this.rankWrite, other, cycle + gaps.readToOther);
    }
  }

  /** WR to a bank. */
  onWrite(cycle: number, bank: number): void {
    const { gaps } = this;
    const rank = this.rankOf[bank];
    const group = this.groupOf[bank];
    this.channelWrite = cycle + gaps.columnChannel;
    raise(this.rankWrite, rank, cycle + gaps.columnRank);
    raise(this.rankRead, rank, cycle + gaps.writeToReadRank);
    raise(this.groupWrite, group, cycle + gaps.columnGroup);
    raise(this.groupRead, group, cycle + gaps.writeToReadGroup);
    raise(this.bankPrecharge, bank, cycle + gaps.writeToPrecharge);
    raise(this.prechargeAll, rank, cycle + gaps.writeToPrecharge);
    for (let other = 0; other < this.ranks; other++)
      if (other !== rank) raise(this.rankRead, other, cycle + gaps.writeToReadOther);
  }

  /** PREpb to a bank. */
  onPrecharge(cycle: number, bank: number): void {
    raise(this.bankAct, bank, cycle + this.gaps.prechargeToAct);
    raise(this.refresh, this.rankOf[bank], cycle + this.gaps.prechargeToAct);
  }

  /** PREab to a rank. */
  onPrechargeAll(cycle: number, rank: number): void {
    raise(this.rankAct, rank, cycle + this.gaps.prechargeToAct);
    raise(this.refresh, rank, cycle + this.gaps.prechargeToAct);
  }

  /** REFab to a rank. On DDR4 PREab is held as long as ACT, which says nothing: it needs an open row. */
  onRefresh(cycle: number, rank: number): void {
    raise(this.rankAct, rank, cycle + this.gaps.refreshToAct);
  }
}

/** Raises a register; never lowers it. */
function raise(registers: Float64Array, index: number, value: number): void {
  if (registers[index] < value) registers[index] = value;
}
