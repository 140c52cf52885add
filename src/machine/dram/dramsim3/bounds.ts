/** The earliest cycles of commands: one register a scope, not one a bank and command; a bound is the maximum of its scopes. */
import { invariant } from "../../../base/index.js";
import type { DramDevice } from "../../../hardware/dram/index.js";
import { type CommandGaps, commandGaps } from "../timing.js";

/**
 * Bank states and command bounds of one channel. Registers only grow, so an older bound is a lower bound of the present one.
 * A register of a wider scope also bounds the bank that raised it; `check` makes sure that this bank's own bound is no smaller.
 */
export class Bounds {
  readonly gaps: CommandGaps;
  readonly ranks: number;
  readonly banksPerRank: number;
  /** Rank and (channel-wide) group of every bank. */
  readonly rankOf: Int32Array;
  readonly groupOf: Int32Array;
  /** Open row of every bank, −1 where closed, and column commands since its ACT. */
  readonly openRow: Int32Array;
  readonly hits: Int32Array;
  /** Open banks of every rank, the cycle since which there are any, and cycles there were any before that. */
  readonly openBanks: Int32Array;
  private readonly openSince: Float64Array;
  private readonly activeCycles: Float64Array;

  readonly bankAct: Float64Array;
  readonly bankRead: Float64Array;
  readonly bankWrite: Float64Array;
  readonly bankPrecharge: Float64Array;
  readonly bankRefresh: Float64Array;
  /** Bound of REFB alone; raised only under per-bank refresh. */
  private readonly bankRefreshB: Float64Array;
  readonly groupAct: Float64Array;
  readonly groupRead: Float64Array;
  readonly groupWrite: Float64Array;
  readonly rankAct: Float64Array;
  readonly rankRead: Float64Array;
  readonly rankWrite: Float64Array;
  readonly rankPrecharge: Float64Array;
  private readonly rankRefresh: Float64Array;
  /** The last activations of every rank, oldest at `index`. */
  private readonly four: Float64Array;
  private readonly fourAt: Int32Array;
  private readonly thirtyTwo: Float64Array;
  private readonly thirtyTwoAt: Int32Array;
  private readonly lastAct: Float64Array;

  private readonly bankLevel: boolean;
  private readonly autoQuirk: boolean;
  private readonly refbQuirk: boolean;
  private readonly refreshInterval: number;

  constructor(device: DramDevice) {
    const { ranks, bankGroups, banksPerGroup } = device.organization;
    this.gaps = commandGaps(device);
    this.ranks = ranks;
    this.banksPerRank = bankGroups * banksPerGroup;
    const banks = ranks * this.banksPerRank;
    const groups = ranks * bankGroups;
    this.rankOf = Int32Array.from({ length: banks }, (_, bank) => Math.floor(bank / this.banksPerRank));
    this.groupOf = Int32Array.from({ length: banks }, (_, bank) => Math.floor(bank / banksPerGroup));
    this.openRow = new Int32Array(banks).fill(-1);
    this.hits = new Int32Array(banks);
    this.openBanks = new Int32Array(ranks);
    this.openSince = new Float64Array(ranks);
    this.activeCycles = new Float64Array(ranks);
    this.bankAct = new Float64Array(banks);
    this.bankRead = new Float64Array(banks);
    this.bankWrite = new Float64Array(banks);
    this.bankPrecharge = new Float64Array(banks);
    this.bankRefresh = new Float64Array(banks);
    this.bankRefreshB = new Float64Array(banks);
    this.groupAct = new Float64Array(groups);
    this.groupRead = new Float64Array(groups);
    this.groupWrite = new Float64Array(groups);
    this.rankAct = new Float64Array(ranks);
    this.rankRead = new Float64Array(ranks);
    this.rankWrite = new Float64Array(ranks);
    this.rankPrecharge = new Float64Array(ranks);
    this.rankRefresh = new Float64Array(ranks);
    this.four = new Float64Array(ranks * 4).fill(-Infinity);
    this.fourAt = new Int32Array(ranks);
    this.thirtyTwo = new Float64Array(ranks * 32).fill(-Infinity);
    this.thirtyTwoAt = new Int32Array(ranks);
    this.lastAct = new Float64Array(banks).fill(-Infinity);
    this.bankLevel = device.controller.refreshPolicy === "BANK_LEVEL_STAGGERED";
    this.autoQuirk = device.quirks.autoPrechargeBounds;
    this.refbQuirk = device.quirks.refbBlocksOthers;
    this.refreshInterval = device.timing.tREFI;
    check(device.name, this.gaps);
  }

  /** The earliest cycle of an ACT of a (closed) bank. */
  act(bank: number): number {
    return Math.max(this.bankAct[bank], this.groupAct[this.groupOf[bank]], this.rankAct[this.rankOf[bank]]);
  }

  /** The earliest cycle of a read of an open bank, with or without auto-precharge. */
  read(bank: number): number {
    return Math.max(this.bankRead[bank], this.groupRead[this.groupOf[bank]], this.rankRead[this.rankOf[bank]]);
  }

  /** The earliest cycle of a write of an open bank. */
  write(bank: number): number {
    return Math.max(this.bankWrite[bank], this.groupWrite[this.groupOf[bank]], this.rankWrite[this.rankOf[bank]]);
  }

  /** The earliest cycle of a precharge of an open bank. */
  precharge(bank: number): number {
    const own = this.bankPrecharge[bank];
    const rank = this.rankPrecharge[this.rankOf[bank]];
    return Math.max(own, rank);
  }

  /** The earliest cycle of a REF of a rank whose banks are all closed. */
  refresh(rank: number): number {
    let bound = this.rankRefresh[rank];
    const first = rank * this.banksPerRank;
    for (let bank = first; bank < first + this.banksPerRank; bank++) {
      if (this.bankRefresh[bank] > bound) bound = this.bankRefresh[bank];
    }
    return bound;
  }

  /** The earliest cycle of a REFB of a closed bank. */
  refreshBank(bank: number): number {
    return Math.max(this.bankRefresh[bank], this.bankRefreshB[bank], this.rankRefresh[this.rankOf[bank]]);
  }

  /** An ACT is issued. */
  issueAct(bank: number, row: number, cycle: number): void {
    const { gaps } = this;
    const rank = this.rankOf[bank];
    this.openRow[bank] = row;
    if (this.openBanks[rank]++ === 0) this.openSince[rank] = cycle;
    this.lastAct[bank] = cycle;
    this.bankAct[bank] = cycle + gaps.actToAct;
    this.bankRead[bank] = cycle + gaps.actToRead;
    this.bankWrite[bank] = cycle + gaps.actToWrite;
    raise(this.bankPrecharge, bank, cycle + gaps.actToPrecharge);
    raise(this.groupAct, this.groupOf[bank], cycle + gaps.actToActL);
    // The window: the next ACT must lie `fourActs` after the oldest of the last four.
    const at = this.fourAt[rank];
    this.four[rank * 4 + at] = cycle;
    this.fourAt[rank] = (at + 1) & 3;
    const spaced = cycle + gaps.actToActS;
    const windowed = this.four[rank * 4 + ((at + 1) & 3)] + gaps.fourActs;
    raise(this.rankAct, rank, Math.max(windowed, spaced));
    if (gaps.thirtyTwoActs > 0) this.countThirtyTwo(rank, cycle);
    if (this.bankLevel) this.boundOtherRefreshes(bank, cycle);
  }

  /** A read is issued; with `auto`, the bank closes by itself. */
  issueRead(bank: number, cycle: number, auto: boolean): void {
    const { gaps } = this;
    const rank = this.rankOf[bank];
    const group = this.groupOf[bank];
    raise(this.groupRead, group, cycle + gaps.columnL);
    raise(this.rankRead, rank, cycle + gaps.columnS);
    raise(this.rankWrite, rank, cycle + gaps.readToWrite);
    for (let other = 0; other < this.ranks; other++) {
      if (other === rank) continue;
      raise(this.rankRead, other, cycle + gaps.readToReadRank);
      raise(this.rankWrite, other, cycle + gaps.readToWriteRank);
    }
    if (auto) {
      if (this.autoQuirk) this.autoClose(bank, cycle, cycle + gaps.readAutoToAct, cycle + gaps.readAutoToRefresh);
      else this.autoCloseRight(bank, cycle, cycle + gaps.readToPrecharge);
    } else {
      this.hits[bank]++;
      raise(this.bankPrecharge, bank, cycle + gaps.readToPrecharge);
    }
  }

  /** A write is issued; with `auto`, the bank closes by itself. */
  issueWrite(bank: number, cycle: number, auto: boolean): void {
    const { gaps } = this;
    const rank = this.rankOf[bank];
    const group = this.groupOf[bank];
    raise(this.groupRead, group, cycle + gaps.writeToReadL);
    raise(this.groupWrite, group, cycle + gaps.columnL);
    raise(this.rankRead, rank, cycle + gaps.writeToReadS);
    raise(this.rankWrite, rank, cycle + gaps.columnS);
    for (let other = 0; other < this.ranks; other++) {
      if (other === rank) continue;
      raise(this.rankRead, other, cycle + gaps.writeToReadRank);
      raise(this.rankWrite, other, cycle + gaps.writeToWriteRank);
    }
    if (auto) {
      const closed = cycle + gaps.writeAutoToAct;
      if (this.autoQuirk) this.autoClose(bank, cycle, closed, closed);
      else this.autoCloseRight(bank, cycle, cycle + gaps.writeToPrecharge);
    } else {
      this.hits[bank]++;
      raise(this.bankPrecharge, bank, cycle + gaps.writeToPrecharge);
    }
  }

  /** A precharge is issued. */
  issuePrecharge(bank: number, cycle: number): void {
    const { gaps } = this;
    raise(this.rankPrecharge, this.rankOf[bank], cycle + gaps.prechargeToPrecharge);
    this.autoClose(bank, cycle, cycle + gaps.prechargeToAct, cycle + gaps.prechargeToAct);
  }

  /** A refresh of a whole rank is issued. */
  issueRefresh(rank: number, cycle: number): void {
    raise(this.rankAct, rank, cycle + this.gaps.refreshToAct);
    raise(this.rankRefresh, rank, cycle + this.gaps.refreshToAct);
  }

  /** A refresh of one bank is issued. DRAMsim3 bounds the others as if they were refreshed, and not the bank itself. */
  issueRefreshBank(bank: number, cycle: number): void {
    const { gaps } = this;
    const first = this.rankOf[bank] * this.banksPerRank;
    for (let other = first; other < first + this.banksPerRank; other++) {
      if (other === bank) continue;
      if (this.refbQuirk) {
        raise(this.bankAct, other, cycle + gaps.refreshToAct);
        raise(this.bankRefreshB, other, cycle + this.refreshInterval);
      } else {
        // A bank's refresh activates it: to the others it is an ACT, and only one may be refreshed at a time.
        raise(this.bankAct, other, cycle + this.spacing(bank, other));
        raise(this.bankRefreshB, other, cycle + gaps.bankRefresh);
      }
    }
    if (this.refbQuirk) return;
    raise(this.bankAct, bank, cycle + gaps.bankRefresh);
    raise(this.bankRefresh, bank, cycle + gaps.bankRefresh);
  }

  /** Cycles up to `cycle` (exclusive) in which some bank was open, summed over the ranks. */
  activeUntil(cycle: number): number {
    let sum = 0;
    for (let rank = 0; rank < this.ranks; rank++) {
      sum += this.activeCycles[rank];
      if (this.openBanks[rank] > 0) sum += cycle - this.openSince[rank];
    }
    return sum;
  }

  private autoClose(bank: number, cycle: number, act: number, refresh: number): void {
    const rank = this.rankOf[bank];
    this.openRow[bank] = -1;
    this.hits[bank] = 0;
    if (--this.openBanks[rank] === 0) this.activeCycles[rank] += cycle - this.openSince[rank];
    raise(this.bankAct, bank, act);
    raise(this.bankRefresh, bank, refresh);
  }

  /** The precharge begins when both the access and tRAS allow it. */
  private autoCloseRight(bank: number, cycle: number, access: number): void {
    const ras = this.lastAct[bank] + this.gaps.actToPrecharge;
    const closed = Math.max(ras, access) + this.gaps.prechargeToAct;
    this.autoClose(bank, cycle, closed, closed);
  }

  private countThirtyTwo(rank: number, cycle: number): void {
    const at = this.thirtyTwoAt[rank];
    this.thirtyTwo[rank * 32 + at] = cycle;
    this.thirtyTwoAt[rank] = (at + 1) & 31;
    raise(this.rankAct, rank, this.thirtyTwo[rank * 32 + ((at + 1) & 31)] + this.gaps.thirtyTwoActs);
  }

  /** An ACT keeps refreshes of the other banks away, as it does their ACTs; DRAMsim3 keeps them away for tRC. */
  private boundOtherRefreshes(bank: number, cycle: number): void {
    const { gaps } = this;
    const first = this.rankOf[bank] * this.banksPerRank;
    for (let other = first; other < first + this.banksPerRank; other++) {
      if (other === bank) continue;
      const gap = this.refbQuirk ? gaps.actToAct : this.spacing(bank, other);
      raise(this.bankRefreshB, other, cycle + gap);
    }
  }

  /** From an ACT to one of another bank of the rank. */
  private spacing(bank: number, other: number): number {
    return this.groupOf[bank] === this.groupOf[other] ? this.gaps.actToActL : this.gaps.actToActS;
  }
}

function raise(registers: Float64Array, index: number, bound: number): void {
  if (bound > registers[index]) registers[index] = bound;
}

/** One register a scope is exact only where the short gaps are no longer than the long, and the bank's own bound dominates. */
function check(name: string, gaps: CommandGaps): void {
  const ordered: readonly [string, number, string, number][] = [
    ["tRRD_S", gaps.actToActS, "tRRD_L", gaps.actToActL],
    ["tCCD_S", gaps.columnS, "tCCD_L", gaps.columnL],
    ["tWTR_S", gaps.writeToReadS, "tWTR_L", gaps.writeToReadL],
    ["tRRD_L", gaps.actToActL, "tRC", gaps.actToAct],
    ["tPPD", gaps.prechargeToPrecharge, "tRP + tRAS", gaps.prechargeToAct + gaps.actToPrecharge],
  ];
  for (const [short, less, long, more] of ordered)
    invariant(less <= more, `${name}: ${short} gives ${less} cycles, more than the ${more} of ${long}`);
}
