/** Rows of the banks of one channel: which is open, and what may not be done to it. */
import type { Effect } from "./gap.js";

const CLOSED = -1;

/** The rows of one channel. */
export class Banks {
  private readonly open: Int32Array;

  constructor(
    ranks: number,
    private readonly groups: number,
    private readonly banks: number,
  ) {
    this.open = new Int32Array(ranks * groups * banks).fill(CLOSED);
  }

  /** The number of a bank in its channel. */
  number(rank: number, group: number, bank: number): number {
    return (rank * this.groups + group) * this.banks + bank;
  }

  /** What an effect finds wrong; the state follows the command all the same, so that one fault is told once. */
  apply(effect: Effect, rank: number, group: number, bank: number, row: number): string | undefined {
    const { open } = this;
    switch (effect) {
      case "open": {
        const at = this.number(rank, group, bank);
        const before = open[at]!;
        open[at] = row;
        return before === CLOSED ? undefined : `row ${before} of this bank is open`;
      }
      case "read":
      case "write": {
        const at = this.number(rank, group, bank);
        const before = open[at]!;
        open[at] = row;
        if (before === row) return undefined;
        return before === CLOSED ? "no row of this bank is open" : `row ${before} of this bank is open, not row ${row}`;
      }
      case "close": {
        const at = this.number(rank, group, bank);
        const before = open[at]!;
        open[at] = CLOSED;
        return before === CLOSED ? "no row of this bank is open" : undefined;
      }
      case "refreshBank": {
        const at = this.number(rank, group, bank);
        const before = open[at]!;
        open[at] = CLOSED;
        return before === CLOSED ? undefined : `row ${before} of this bank is open`;
      }
      case "closeRank":
      case "refreshRank": {
        const first = this.number(rank, 0, 0);
        const last = first + this.groups * this.banks;
        let stillOpen = 0;
        for (let at = first; at < last; at++) if (open[at] !== CLOSED) stillOpen++;
        open.fill(CLOSED, first, last);
        return effect === "closeRank" || stillOpen === 0
          ? undefined
          : `${stillOpen} banks of this rank have a row open`;
      }
    }
  }
}
