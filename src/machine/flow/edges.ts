/** Edges of a clock of num/den ticks a cycle; products stay below 2^52, where quotients of whole numbers round to the right side. */

/** First edge at or after a tick, as a cycle number. */
export function firstEdge(num: number, den: number, tick: number): number {
  return tick === 0 ? 0 : Math.floor(((tick - 1) * den) / num) + 1;
}

/** The tick of an edge. */
export function edgeTick(num: number, den: number, cycle: number): number {
  return Math.ceil((cycle * num) / den);
}
