/**
 * When each command is legal: one register for each kind of command and each scope a constraint names, the maximum taken when asked.
 * Registers only grow, so a plain maximum is right.
 */
import type { RamulatorGaps } from "./gaps.js";

/** Kinds of commands to one bank; a key is bank × 4 + kind, the bank counted through ranks and groups. */
export const KEY = { act: 0, precharge: 1, read: 2, write: 3 } as const;

const { act: ACT, precharge: PRECHARGE, read: READ, write: WRITE } = KEY;

/** The registers of a channel, in cycles. Counts are powers of two. */
export class RamulatorBounds {
  /** By key of a bank; by (group × 4 + kind) and (rank × 4 + kind), where precharges are never bound. */
  readonly bank: Float64Array;
  readonly group: Float64Array;
  readonly rank: Float64Array;
  /** From a key of a bank to that of its group, and of its rank: shift right, then left by 2, and put the kind back. */
  readonly groupShift: number;
  readonly rankShift: number;
  /** Precharge of all banks of a rank, and refresh of a rank. */
  readonly prechargeAll: Float64Array;
  readonly refresh: Float64Array;
  readonly rankOf: Int32Array;
  /** The cycles of the last four activations of each rank, in a ring. */
  private readonly lastActs: Float64Array;
  private readonly oldestAct: Int32Array;
  /** A column command to the next of its kind on its rank: the rank's gap, and the channel's data bus. */
  private readonly sameKindRank: number;

  constructor(
    private readonly gaps: RamulatorGaps,
    private readonly ranks: number,
    groupsPerRank: number,
    banksPerGroup: number,
  ) {
    const groups = ranks * groupsPerRank;
    const banks = groups * banksPerGroup;
    this.bank = new Float64Array(banks * 4);
    this.group = new Float64Array(groups * 4);
    this.rank = new Float64Array(ranks * 4);
    this.groupShift = 2 + Math.log2(banksPerGroup);
    this.rankShift = this.groupShift + Math.log2(groupsPerRank);
    this.rankOf = Int32Array.from({ length: banks }, (_, bank) => Math.floor(bank / (groupsPerRank * banksPerGroup)));
    this.prechargeAll = new Float64Array(ranks);
    this.refresh = new Float64Array(ranks);
    this.lastActs = new Float64Array(ranks * 4).fill(Number.NEGATIVE_INFINITY);
    this.oldestAct = new Int32Array(ranks);
    this.sameKindRank = Math.max(gaps.columnRank, gaps.columnChannel);
  }

  /** The first cycle at which a command of a key is legal as things stand. */
  of(key: number): number {
    const kind = key & 3;
    const bound = Math.max(this.bank[key], this.group[((key >> this.groupShift) << 2) | kind]);
    return Math.max(bound, this.rank[((key >> this.rankShift) << 2) | kind]);
  }

  /** ACT to a bank. */
  onAct(cycle: number, bank: number): void {
    const { gaps } = this;
    const key = bank << 2;
    const rank = key >> this.rankShift;
    raise(this.bank, key | ACT, cycle + gaps.actToActBank);
    raise(this.bank, key | PRECHARGE, cycle + gaps.actToPrecharge);
    raise(this.bank, key | READ, cycle + gaps.actToColumn);
    raise(this.bank, key | WRITE, cycle + gaps.actToColumn);
    raise(this.group, ((key >> this.groupShift) << 2) | ACT, cycle + gaps.actToActGroup);
    const slot = this.oldestAct[rank];
    this.lastActs[rank * 4 + slot] = cycle;
    this.oldestAct[rank] = (slot + 1) & 3;
    const window = this.lastActs[rank * 4 + this.oldestAct[rank]] + gaps.fourActs;
    raise(this.rank, (rank << 2) | ACT, Math.max(window, cycle + gaps.actToActRank));
    raise(this.prechargeAll, rank, cycle + gaps.actToPrecharge);
    raise(this.refresh, rank, cycle + gaps.actToRefresh);
  }

  /** RD to a bank. */
  onRead(cycle: number, bank: number): void {
    const { gaps } = this;
    const key = bank << 2;
    const rank = key >> this.rankShift;
    raise(this.bank, key | PRECHARGE, cycle + gaps.readToPrecharge);
    raise(this.group, ((key >> this.groupShift) << 2) | READ, cycle + gaps.columnGroup);
    raise(this.rank, (rank << 2) | READ, cycle + this.sameKindRank);
    raise(this.rank, (rank << 2) | WRITE, cycle + gaps.readToWrite);
    raise(this.prechargeAll, rank, cycle + gaps.readToPrecharge);
    for (let other = 0; other < this.ranks; other++) {
      if (other === rank) continue;
      // At least the burst, which the data bus asks for too.
      raise(this.rank, (other << 2) | READ, cycle + gaps.readToOther);
      raise(this.rank, (other << 2) | WRITE, cycle + gaps.readToOther);
    }
  }

  /** WR to a bank. */
  onWrite(cycle: number, bank: number): void {
    const { gaps } = this;
    const key = bank << 2;
    const rank = key >> this.rankShift;
    const group = (key >> this.groupShift) << 2;
    raise(this.bank, key | PRECHARGE, cycle + gaps.writeToPrecharge);
    raise(this.group, group | WRITE, cycle + gaps.columnGroup);
    raise(this.group, group | READ, cycle + gaps.writeToReadGroup);
    raise(this.rank, (rank << 2) | WRITE, cycle + this.sameKindRank);
    raise(this.rank, (rank << 2) | READ, cycle + gaps.writeToReadRank);
    raise(this.prechargeAll, rank, cycle + gaps.writeToPrecharge);
    for (let other = 0; other < this.ranks; other++) {
      if (other === rank) continue;
      raise(this.rank, (other << 2) | WRITE, cycle + gaps.columnChannel);
      raise(this.rank, (other << 2) | READ, cycle + gaps.writeToReadOther);
    }
  }

  /** PREpb to a bank. */
  onPrecharge(cycle: number, bank: number): void {
    raise(this.bank, (bank << 2) | ACT, cycle + this.gaps.prechargeToAct);
    raise(this.refresh, this.rankOf[bank], cycle + this.gaps.prechargeToAct);
  }

  /** PREab to a rank. */
  onPrechargeAll(cycle: number, rank: number): void {
    raise(this.rank, (rank << 2) | ACT, cycle + this.gaps.prechargeToAct);
    raise(this.refresh, rank, cycle + this.gaps.prechargeToAct);
  }

  /** REFab to a rank. On DDR4 PREab is held as long as ACT, which says nothing: it needs an open row. */
  onRefresh(cycle: number, rank: number): void {
    raise(this.rank, (rank << 2) | ACT, cycle + this.gaps.refreshToAct);
  }
}

/** Raises a register; never lowers it. */
function raise(registers: Float64Array, index: number, value: number): void {
  if (registers[index] < value) registers[index] = value;
}
