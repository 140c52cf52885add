/** The path nodes of holds that have ended (law 7). */
import { TERM_INDEX } from "../../base/index.js";
import { LANE_CAUSE, LANE_DONE, LANE_RELEASE, LANE_START } from "../columns.js";
import { KIND } from "../plan/plan.js";
import { FIELD } from "../plan/table.js";
import type { MachineState } from "../state.js";

/** Appends holds to the path log. */
export class HoldLog {
  private readonly waitTerm = TERM_INDEX.wait;
  private readonly convertTerm = TERM_INDEX.adc;
  private readonly mvmTerm = TERM_INDEX.mvm;

  constructor(private readonly state: MachineState) {}

  /** Appends the nodes of a hold: a clock-edge gap, its `mvm` part and its remainder. */
  append(lane: number, row: number, context: number, stage: number, now: number, kind: number): number {
    const { state } = this;
    const { path, rows } = state;
    const stream = state.contextStream[context]!;
    const n = state.contextN[context]!;
    const unit = state.lane[(lane << 2) + LANE_DONE]!;
    const position = state.contextPosition[context]!;
    const start = state.laneTick[(lane << 2) + LANE_START]!;
    const key = state.stageKey[position]!;
    let node = state.laneNode[(lane << 1) + LANE_CAUSE]!;
    const gap = start - state.laneTick[(lane << 2) + LANE_RELEASE]!;
    if (gap > 0) node = path.append(node, key + this.waitTerm, gap, stream, n, stage, unit);
    let length = now - start;
    const mvmPart = rows[row + FIELD.mvmPart]!;
    if (mvmPart >= 0 && mvmPart < length) {
      if (mvmPart > 0) node = path.append(node, key + this.mvmTerm, mvmPart, stream, n, stage, unit);
      length -= mvmPart;
      return path.append(node, key + this.convertTerm, length, stream, n, stage, unit);
    }
    if (kind > KIND.sync) {
      // What it met in DRAM comes first, as far as the hold is longer than its bytes at the peak rate.
      const bytesTicks = rows[(unit + 1) % rows[row + FIELD.period]! === 0 ? row + FIELD.rest : row + FIELD.full]!;
      const met = Math.min(state.memory!.met.mostTicks(kind), length - bytesTicks);
      if (met > 0) {
        node = path.append(node, key + state.memory!.met.termOf(kind), met, stream, n, stage, unit);
        length -= met;
      }
    }
    return path.append(node, key + rows[row + FIELD.term]!, length, stream, n, stage, unit);
  }
}
