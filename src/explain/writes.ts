/** Where the time spent writing weights went (law 8). */
import { writeTicks } from "../check/index.js";
import type { TraceTable } from "../trace/index.js";

/** Time of write pulses, verifications and swaps. */
export interface WriteTime {
  /** On the critical path. */
  exposedCycles: number;
  /** Beside it: active − exposed. */
  hiddenCycles: number;
  /** Wall time in which any write runs. */
  activeCycles: number;
  /** Sum over all write ports. */
  busyCycles: number;
}

/** Exposed, hidden, active and busy write time of a trace; exposed is the path's total unless given. */
export function writeTime(table: TraceTable, exposedCycles = table.footer.pathTerms.write): WriteTime {
  const { busyTicks, activeTicks } = writeTicks(table);
  return { exposedCycles, hiddenCycles: activeTicks - exposedCycles, activeCycles: activeTicks, busyCycles: busyTicks };
}
