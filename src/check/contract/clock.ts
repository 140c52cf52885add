/** Edges of a clock domain (law 1), once more: edge k of a clock of exact period p is tick ceil(k·p). */
import { ceilMul, floorMul, type Rational } from "../../base/index.js";

/** The number of the first edge at or after a tick. */
export function edgeFrom(tick: number, period: Rational): number {
  return tick <= 0 ? 0 : floorMul(tick - 1, { num: period.den, den: period.num }) + 1;
}

/** The tick of an edge. */
export function edgeTick(edge: number, period: Rational): number {
  return ceilMul(edge, period);
}

/** The tick of the first edge at or after a tick; the tick itself on the chip's own clock. */
export function nextEdgeTick(tick: number, period: Rational | undefined): number {
  return period ? edgeTick(edgeFrom(tick, period), period) : tick;
}
