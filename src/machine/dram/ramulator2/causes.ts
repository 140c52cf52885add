/** Why requests took as long as they did: the worst that happened between acceptance and column command. */
import { DRAM_CAUSE } from "../controller.js";
import type { RamulatorGaps } from "./gaps.js";
import type { OpenRows } from "./open-rows.js";

/** The causes of one channel. */
export class RamulatorCauses {
  private lastCycle = Number.NEGATIVE_INFINITY;
  private lastRank = 0;
  private lastWrite = false;

  constructor(
    private readonly gaps: RamulatorGaps,
    private readonly rows: OpenRows,
  ) {}

  /** The cause of a request accepted in `accepted` whose column command issues in `cycle`. */
  column(cycle: number, bank: number, rank: number, write: boolean, accepted: number): number {
    const cause = this.causeOf(bank, rank, write, accepted);
    this.lastCycle = cycle;
    this.lastRank = rank;
    this.lastWrite = write;
    return cause;
  }

  private causeOf(bank: number, rank: number, write: boolean, accepted: number): number {
    const { rows } = this;
    if (rows.lastRefresh[rank] > accepted) return DRAM_CAUSE.refresh;
    if (rows.lastPrecharge[bank] > accepted) return DRAM_CAUSE.conflict;
    if (rows.lastAct[bank] > accepted) return DRAM_CAUSE.miss;
    return this.lastCycle + this.turnGap(rank, write) > accepted ? DRAM_CAUSE.turnaround : DRAM_CAUSE.hit;
  }

  /** The gap after the last column command that a change of direction or rank asks for; −∞ where nothing changes. */
  private turnGap(rank: number, write: boolean): number {
    const { gaps } = this;
    if (rank === this.lastRank) {
      if (write === this.lastWrite) return Number.NEGATIVE_INFINITY;
      return write ? gaps.readToWrite : gaps.writeToReadRank;
    }
    if (!this.lastWrite) return gaps.readToOther;
    return write ? Number.NEGATIVE_INFINITY : gaps.writeToReadOther;
  }
}
