/** Clock domains with exact rational periods (law 1): every rounding starts from a count of cycles, never from a rounded step. */
import { ceilMul, floorMul, InternalError, type Rational } from "../base/index.js";

/** An edge of a clock: its number k and the tick it falls on. */
export interface ClockEdge {
  k: number;
  tick: number;
}

/** The clock whose edge k is at tick ceil(k·p/q), for a period of p/q ticks. */
export class ClockDomain {
  readonly periodTicks: Rational;
  private readonly cyclesPerTick: Rational;

  constructor(periodTicks: Rational) {
    if (periodTicks.num <= 0)
      throw new InternalError(`clock period ${periodTicks.num}/${periodTicks.den} is not above zero`);
    this.periodTicks = periodTicks;
    this.cyclesPerTick = { num: periodTicks.den, den: periodTicks.num };
  }

  /** The tick of edge k. */
  edgeTick(k: number): number {
    return ceilMul(k, this.periodTicks);
  }

  /** The number of the first edge at or after a tick (the lowest, where a fast clock has several in one tick). */
  edgeAtOrAfter(tick: number): number {
    // ceil(x) >= tick for an integer tick means x > tick - 1, so k is the first whole number above (tick - 1)·q/p.
    return tick <= 0 ? 0 : floorMul(tick - 1, this.cyclesPerTick) + 1;
  }

  /** The first edge at or after a tick. */
  firstEdgeAtOrAfter(tick: number): ClockEdge {
    const k = this.edgeAtOrAfter(tick);
    return { k, tick: this.edgeTick(k) };
  }

  /** The cycle that runs at a tick: the number of the last edge at or before it. */
  cycleOf(tick: number): number {
    return floorMul(tick, this.cyclesPerTick);
  }
}

/** The tick at which step k of a burst ends, for a burst of exact step `tauTicks` that began at `startTick`. */
export function burstEnd(startTick: number, k: number, tauTicks: Rational): number {
  return startTick + ceilMul(k, tauTicks);
}
