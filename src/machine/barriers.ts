/** Barriers: every arrival waits for the last, then all take their tick together. */
import { PHASE } from "../engine/index.js";
import { LANE_ACTIVE } from "./columns.js";
import { OPCODE } from "./decode.js";
import type { MachineState } from "./state.js";

/** Counts arrivals and opens barriers. */
export class Barriers {
  constructor(
    private readonly state: MachineState,
    private readonly advance: (lane: number) => void,
  ) {}

  /** An arrival; the last one opens the barrier in the arbitration phase, when all of the tick are known. */
  arrive(barrier: number): void {
    if (++this.state.barrierArrived[barrier]! < this.state.decoded.barriers[barrier]!.count) return;
    this.state.queue.schedule(0, PHASE.arbitratePorts, this.state.barrierEvent + barrier);
  }

  /** All have arrived: every arrival takes its tick, caused by the last (lowest) one. */
  open(barrier: number): void {
    const { state } = this;
    const now = state.queue.now;
    const { decoded } = state;
    const contexts: number[] = [];
    for (let context = 0; context < state.contexts; context++) {
      const position = state.contextPosition[context]!;
      if (state.contextActive[context] === 0 || decoded.opcode[position] !== OPCODE.BAR) continue;
      if (
        decoded.extras[decoded.extraStart[position]!] === barrier &&
        state.lane[((context << state.stageShift) << 2) + LANE_ACTIVE] === 0
      )
        contexts.push(context);
    }
    const last = contexts.find((context) => state.contextStart[context] === now)!;
    for (const context of contexts) {
      if (state.contextStart[context] !== now) {
        state.contextGateTick[context] = now;
        state.contextGateNode[context] = state.contextCauseNode[last]!;
      }
      this.advance(context << state.stageShift);
    }
    state.barrierArrived[barrier] = 0;
  }
}
