/** What a packet met in DRAM, as the kind of its hold: its term, and the most of the hold that counts as it (docs/timing.md section 9). */
import { TERM_INDEX } from "../../base/index.js";
import type { ClockDomain } from "../../engine/index.js";
import { burstCyclesOf, type DramDevice } from "../../hardware/index.js";
import { KIND } from "../plan/plan.js";
import { DRAM_CAUSE } from "./controller.js";

const KIND_OF_CAUSE: readonly number[] = (() => {
  const kinds = new Array<number>(6).fill(KIND.dram);
  kinds[DRAM_CAUSE.turnaround] = KIND.dramTurnaround;
  kinds[DRAM_CAUSE.miss] = KIND.dramRow;
  kinds[DRAM_CAUSE.conflict] = KIND.dramRow;
  kinds[DRAM_CAUSE.refresh] = KIND.dramRefresh;
  return kinds;
})();

/** Kinds of DRAM holds on one device. */
export class MetInDram {
  private readonly most = new Float64Array(Object.keys(KIND).length);

  constructor(device: DramDevice, clock: ClockDomain) {
    const { timing } = device;
    const most = {
      dramRow: timing.tRP + Math.max(timing.tRCD, timing.tRCDRD, timing.tRCDWR),
      dramTurnaround:
        timing.AL + Math.max(timing.CL, timing.CWL) + burstCyclesOf(device) + timing.tWTR_L + timing.tRTRS,
      dramRefresh: timing.tRFC + timing.tRP,
    };
    for (const [kind, cycles] of Object.entries(most))
      this.most[KIND[kind as keyof typeof KIND]] = clock.edgeTick(cycles);
  }

  /** The kind of a hold whose packet met this at worst. */
  kindOf(cause: number): number {
    return KIND_OF_CAUSE[cause]!;
  }

  /** The most ticks of a hold that count as what its kind names. */
  mostTicks(kind: number): number {
    return this.most[kind]!;
  }

  /** The term of what a kind of hold names. */
  termOf(kind: number): number {
    if (kind === KIND.dramRow) return TERM_INDEX.dramRow;
    return kind === KIND.dramTurnaround ? TERM_INDEX.dramTurnaround : TERM_INDEX.dramRefresh;
  }
}
