/**
 * Clock domains, solved: edge k of a clock with exact period p (ticks a cycle) is tick ceil(k·p) (law 1).
 * A request made at tick t is looked at at the first edge whose tick is ≥ t; a hold of c cycles from edge k ends at the tick of edge k + c,
 * and never in the tick it began in.
 */
import { ceilMul, floorMul, type Rational } from "../base/index.js";

/** The period of a clock, or undefined where it is the chip's own clock, whose every tick is an edge. */
export function periodOf(ticksPerCycle: Rational): Rational | undefined {
  return ticksPerCycle.num === ticksPerCycle.den ? undefined : ticksPerCycle;
}

/** The smallest k whose edge tick ceil(k·p) is ≥ t: k·p > t − 1, so k = floor((t − 1)/p) + 1. */
export function edgeAtOrAfter(tick: number, period: Rational): number {
  if (tick <= 0) return 0;
  return floorMul(tick - 1, { num: period.den, den: period.num }) + 1;
}

/** The tick of edge k. */
export function tickOfEdge(edge: number, period: Rational): number {
  return ceilMul(edge, period);
}

/** A hold in time, and the edge of its clock at which it ended (0 on the chip's own clock). */
export interface PlacedHold {
  start: number;
  end: number;
  endEdge: number;
}

/**
 * Where a hold of `cycles` lies that could begin at `releaseTick`: at once on the chip's clock, else from the next edge, and no earlier
 * than `portEdge`, the edge at which its port ended its last hold (several edges lie in one tick where the clock is faster).
 */
export function placeHold(releaseTick: number, cycles: number, period: Rational | undefined, portEdge = 0): PlacedHold {
  const length = Math.max(1, cycles);
  if (period === undefined) return { start: releaseTick, end: releaseTick + length, endEdge: 0 };
  const edge = Math.max(edgeAtOrAfter(releaseTick, period), portEdge);
  const start = tickOfEdge(edge, period);
  return { start, end: Math.max(start + 1, tickOfEdge(edge + length, period)), endEdge: edge + length };
}

/** The fewest ticks a hold of `cycles` can last from any edge: ceil((k+c)p) − ceil(kp) ≥ floor(c·p). */
export function shortestHold(cycles: number, period: Rational | undefined): number {
  const length = Math.max(1, cycles);
  return period === undefined ? length : Math.max(1, floorMul(length, period));
}

/** The most ticks a hold of `cycles` can last from any edge: ceil((k+c)p) − ceil(kp) ≤ ceil(c·p). */
export function longestHold(cycles: number, period: Rational | undefined): number {
  const length = Math.max(1, cycles);
  return period === undefined ? length : Math.max(1, ceilMul(length, period));
}

/** One clock crossing: the most ticks a request waits for an edge, rounded up to a whole period. */
export function crossingTicks(period: Rational | undefined): number {
  return period === undefined ? 0 : ceilMul(1, period);
}
