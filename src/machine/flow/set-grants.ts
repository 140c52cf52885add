/** Requests, arbitration and release of sets: the arrays of a core, and its shared ADC groups (docs/timing.md section 4). */
import { InternalError } from "../../base/index.js";
import { PHASE } from "../../engine/index.js";
import { LANE_ACTIVE, LANE_CAUSE, LANE_READY, LANE_RELEASE, LANE_RESOURCE } from "../columns.js";
import type { MachineState } from "../state.js";
import type { Holds } from "./holds.js";
import { WAITING } from "./lane-states.js";

/** Brings lanes and sets together. */
export class SetGrants {
  private readonly direct: boolean;

  constructor(
    private readonly state: MachineState,
    private readonly holds: Holds,
    /** Called when a context holds its arrays, before its lane goes on. */
    private readonly arraysGranted: (context: number) => void,
    private readonly advance: (lane: number) => void,
  ) {
    this.direct = state.options.hazards?.arbitrateInRequest === true;
  }

  /** Asks for all arrays of a context's groups. */
  requestArrays(lane: number): void {
    const { state } = this;
    const context = lane >> state.stageShift;
    const core = state.streamCore[state.contextStream[context]!]!;
    state.contextArrays[context] = 1;
    state.arraySets[core]!.request(lane, state.queue.now);
    if (this.direct) {
      this.arbitrateArrays(core);
      return;
    }
    if (state.arrayPending[core] === 0) {
      state.arrayPending[core] = 1;
      state.queue.schedule(0, PHASE.arbitrateArrays, state.arrayEvent + core);
    }
  }

  /** Arbitration event of a core's arrays. */
  arbitrateArrays(core: number): void {
    const { state } = this;
    const sets = state.arraySets[core]!;
    const { now } = state.queue;
    state.arrayPending[core] = 0;
    for (;;) {
      const lane = sets.grant();
      if (lane < 0) return;
      const context = lane >> state.stageShift;
      state.contextArrays[context] = 2;
      const freed = sets.freedAt(state.plans.arrays[state.contextPlan[context]!]!, now);
      if (freed !== -2) {
        state.contextGateTick[context] = now;
        state.contextGateNode[context] = freed;
      }
      this.arraysGranted(context);
      this.advance(lane);
    }
  }

  /** Frees the arrays a context holds. */
  releaseArrays(context: number, node: number): void {
    const { state } = this;
    const core = state.streamCore[state.contextStream[context]!]!;
    const sets = state.arraySets[core]!;
    sets.release(state.plans.arrays[state.contextPlan[context]!]!, state.queue.now, node);
    state.contextArrays[context] = 3;
    if (sets.waitingCount > 0 && state.arrayPending[core] === 0) {
      state.arrayPending[core] = 1;
      state.queue.schedule(0, PHASE.arbitrateArrays, state.arrayEvent + core);
    }
  }

  /** Asks for the shared ADC groups of a lane's hold. */
  requestAdc(lane: number): void {
    const { state } = this;
    const core = state.streamCore[state.contextStream[lane >> state.stageShift]!]!;
    state.lane[(lane << 2) + LANE_ACTIVE] = WAITING;
    const groups = state.plans.adcGroups[state.planOfLane(lane)]!;
    state.lane[(lane << 2) + LANE_RESOURCE] = state.resources.adc + core * state.resources.adcPerCore + groups[0]!;
    state.adcSets[core]!.request(lane, state.queue.now);
    if (this.direct) {
      this.arbitrateAdc(core);
      return;
    }
    this.scheduleAdc(core);
  }

  private scheduleAdc(core: number): void {
    const { state } = this;
    if (state.adcPending[core] !== 0) return;
    state.adcPending[core] = 1;
    state.queue.schedule(0, PHASE.arbitratePorts, state.adcEvent + core);
  }

  /** Arbitration event of a core's shared ADC groups. */
  arbitrateAdc(core: number): void {
    const { state } = this;
    const sets = state.adcSets[core]!;
    state.adcPending[core] = 0;
    for (;;) {
      const lane = sets.grant();
      if (lane < 0) return;
      const plan = state.planOfLane(lane);
      const { now } = state.queue;
      if (state.laneTick[(lane << 2) + LANE_READY]! < now) {
        const freed = sets.freedAt(state.plans.adcGroups[plan]!, now);
        if (freed === -2) throw new InternalError(`ADC groups granted to lane ${lane} without a cause`);
        state.laneTick[(lane << 2) + LANE_RELEASE] = now;
        state.laneNode[(lane << 1) + LANE_CAUSE] = freed;
      }
      this.holds.begin(lane, state.rowAt(plan, lane & state.stageMask));
    }
  }

  /** A lane's hold on its ADC groups has ended with a node. */
  releaseAdc(context: number, now: number, node: number): void {
    const { state } = this;
    const core = state.streamCore[state.contextStream[context]!]!;
    const sets = state.adcSets[core]!;
    sets.release(state.plans.adcGroups[state.contextPlan[context]!]!, now, node);
    if (sets.waitingCount > 0) this.scheduleAdc(core);
  }
}
