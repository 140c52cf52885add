/** Why a request took the time it took: what happened in its bank, rank and channel while it waited. */
import type { DramDevice } from "../../../hardware/dram/index.js";
import { DRAM_CAUSE } from "../controller.js";
import type { Bounds } from "./bounds.js";

/** Keeps the last event of each kind; used only where somebody listens to completions. */
export class Causes {
  private readonly opened: Float64Array;
  private readonly conflicted: Float64Array;
  private readonly refreshed: Float64Array;
  private readonly refreshedBank: Float64Array;
  private lastColumn = -Infinity;
  private lastWrite = 0;
  private lastBank = 0;
  private readonly refbCycles: number;

  constructor(
    device: DramDevice,
    private readonly bounds: Bounds,
  ) {
    this.opened = new Float64Array(bounds.openRow.length).fill(-Infinity);
    this.conflicted = new Float64Array(bounds.openRow.length).fill(-Infinity);
    this.refreshedBank = new Float64Array(bounds.openRow.length).fill(-Infinity);
    this.refreshed = new Float64Array(bounds.ranks).fill(-Infinity);
    this.refbCycles = device.quirks.refbBlocksOthers ? 1 : bounds.gaps.bankRefresh;
  }

  /** A row was opened for a request. */
  act(bank: number, cycle: number): void {
    this.opened[bank] = cycle;
  }

  /** A row was closed for a request that needs another one. */
  precharge(bank: number, cycle: number): void {
    this.conflicted[bank] = cycle;
  }

  /** A rank was refreshed; it is busy with that for tRFC. */
  refresh(rank: number, cycle: number): void {
    this.refreshed[rank] = cycle + this.bounds.gaps.refreshToAct;
  }

  /** A bank was refreshed. */
  refreshBank(bank: number, cycle: number): void {
    this.refreshedBank[bank] = cycle + this.refbCycles;
  }

  /** The cause of a request accepted in `accepted` whose column command is issued in `cycle`: the worst on its way. */
  column(bank: number, write: number, accepted: number, cycle: number): number {
    const cause = this.causeOf(bank, write, accepted);
    this.lastColumn = cycle;
    this.lastWrite = write;
    this.lastBank = bank;
    return cause;
  }

  private causeOf(bank: number, write: number, accepted: number): number {
    const rank = this.bounds.rankOf[bank];
    if (this.refreshed[rank] > accepted || this.refreshedBank[bank] > accepted) return DRAM_CAUSE.refresh;
    if (this.conflicted[bank] >= accepted) return DRAM_CAUSE.conflict;
    if (this.opened[bank] >= accepted) return DRAM_CAUSE.miss;
    // The first cycle its command could have issued in is the one after next.
    const held = this.lastColumn + this.turnaround(bank, rank, write) > accepted + 1;
    return held ? DRAM_CAUSE.turnaround : DRAM_CAUSE.hit;
  }

  /** The gap after the last column command, if it went the other way or to another rank; else nothing. */
  private turnaround(bank: number, rank: number, write: number): number {
    const { gaps, rankOf, groupOf } = this.bounds;
    const before = this.lastWrite;
    if (rankOf[this.lastBank] !== rank) {
      if (before === 0) return write === 0 ? gaps.readToReadRank : gaps.readToWriteRank;
      return write === 0 ? gaps.writeToReadRank : gaps.writeToWriteRank;
    }
    if (before === write) return -Infinity;
    if (before === 0) return gaps.readToWrite;
    return groupOf[this.lastBank] === groupOf[bank] ? gaps.writeToReadL : gaps.writeToReadS;
  }
}
