/** Refreshes come often enough: none of them may be more than so many intervals behind. */
import type { RefreshRule } from "./gap.js";

/** Watches the refreshes of one channel. */
export class RefreshWatch {
  private readonly done: Float64Array;
  /** Most refreshes any unit ever owed. */
  worst = 0;

  /** `units` are the ranks or banks of the channel. */
  constructor(
    private readonly rule: RefreshRule,
    units: number,
  ) {
    this.done = new Float64Array(rule.unit === "firstRank" ? 1 : units);
  }

  /** Refreshes a unit owes before `cycle`, when it is refreshed then; negative where they came ahead. */
  refresh(unit: number, cycle: number): number {
    if (unit >= this.done.length) return 0;
    const owed = this.owed(unit, cycle);
    this.done[unit]!++;
    return owed;
  }

  /** Every unit with what it owes at `cycle`. */
  *finish(cycle: number): Generator<{ unit: number; owed: number }> {
    for (let unit = 0; unit < this.done.length; unit++) yield { unit, owed: this.owed(unit, cycle) };
  }

  /** Intervals that were over before the last one began, less refreshes done. */
  private owed(unit: number, cycle: number): number {
    const owed = Math.floor(cycle / this.rule.intervalCycles) - 1 - this.done[unit]!;
    this.worst = Math.max(this.worst, owed);
    return owed;
  }
}
