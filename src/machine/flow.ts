/**
 * Flows: packets of an instruction going through its stages, hold by hold (docs/timing.md sections 3 to 6).
 * Whatever enables a hold in a tick is known when the last enabling event runs, and candidates for its cause are those of that tick;
 * so neither start nor cause depends on the order of events.
 */

import { InternalError } from "../base/index.js";
import { PHASE } from "../engine/index.js";
import {
  LANE_ACTIVE,
  LANE_CAUSE,
  LANE_DONE,
  LANE_LAST,
  LANE_LAST_NODE,
  LANE_READY,
  LANE_RELEASE,
  LANE_RESOURCE,
  LANE_START,
} from "./columns.js";
import type { FineSteps } from "./fine.js";
import { Bursts } from "./flow/bursts.js";
import { HoldLog } from "./flow/hold-log.js";
import { Holds } from "./flow/holds.js";
import { IDLE } from "./flow/lane-states.js";
import { ServerGrants } from "./flow/server-grants.js";
import { SetGrants } from "./flow/set-grants.js";
import { KIND, RESOURCE } from "./plan/plan.js";
import { FIELD, GATE, STAGE_FIELDS } from "./plan/table.js";
import type { Recorder } from "./recorder.js";
import type { MachineState } from "./state.js";
import type { WriteDraws } from "./write-draws.js";

/** What a flow tells the issue side of. */
export interface FlowListener {
  /** An instruction has completed with its last hold's node. */
  completed(context: number, node: number): void;
  /** An MVM gives back arrays and registers. */
  arraysFreed(context: number, node: number): void;
  /** Arrays are granted: what must be checked then. */
  arraysGranted(context: number): void;
}

/**
 * Whether free servers are given within the request and packets read in bursts. With every event shown, or a trace in their order, each
 * arbitration and each hold has its own event.
 */
function grantsPromptly({ options }: MachineState, recorder: Recorder): boolean {
  const { mode, hazards } = options;
  return mode === "coarse" && recorder.unheard && !hazards?.arbitrateInRequest && !hazards?.unsortedRequests;
}

/** Moves lanes: readiness, requests, completion. */
export class Flow {
  private readonly holds: Holds;
  private readonly log: HoldLog | undefined;
  private readonly bursts: Bursts | undefined;
  readonly servers: ServerGrants;
  readonly sets: SetGrants;

  constructor(
    private readonly state: MachineState,
    private readonly recorder: Recorder,
    private readonly fine: FineSteps | undefined,
    draws: WriteDraws,
    private readonly listener: FlowListener,
  ) {
    this.log = state.options.pathTotals ? new HoldLog(state) : undefined;
    this.bursts = grantsPromptly(state, recorder) ? new Bursts(state, recorder, this.log) : undefined;
    if (state.memory) state.memory.runsAhead = this.bursts !== undefined;
    this.holds = new Holds(state, recorder, fine, draws, this.bursts);
    this.servers = new ServerGrants(state, recorder, this.holds, this.bursts);
    this.sets = new SetGrants(
      state,
      this.holds,
      (context) => listener.arraysGranted(context),
      (lane) => this.advance(lane),
    );
  }

  /** Begins an instruction just issued. */
  begin(context: number): void {
    const { state } = this;
    if (state.plans.gate[state.contextPlan[context]!] === GATE.start)
      this.sets.requestArrays(context << state.stageShift);
    else this.advance(context << state.stageShift);
  }

  /** Begins the next hold of a lane if everything but its shared resource is there; else does nothing. */
  advance(lane: number): void {
    const { state } = this;
    if (state.lane[(lane << 2) + LANE_ACTIVE] !== IDLE) return;
    const context = lane >> state.stageShift;
    const stage = lane & state.stageMask;
    const plan = state.contextPlan[context]!;
    const row = state.rowAt(plan, stage);
    const { rows } = state;
    const unit = state.lane[(lane << 2) + LANE_DONE]!;
    if (unit >= rows[row + FIELD.units]!) return;
    const group = rows[row + FIELD.group]!;
    const upstream = rows[row + FIELD.upstream]!;
    let need = 0;
    if (stage > 0) {
      need = group === 1 ? (unit + 1) * upstream : (Math.floor(unit / group) + 1) * upstream;
      if (state.lane[((lane - 1) << 2) + LANE_DONE]! < need) return;
    }
    let roomNeeded = false;
    const { plans } = state;
    if (stage + 1 < plans.stageCount[plan]!) {
      const next = row + STAGE_FIELDS;
      const down = state.lane[((lane + 1) << 2) + LANE_DONE]!;
      const downGroup = rows[next + FIELD.group]!;
      const downUpstream = rows[next + FIELD.upstream]!;
      const room = rows[next + FIELD.room]!;
      const mine = downUpstream === 1 ? unit : Math.floor(unit / downUpstream);
      const gone = downGroup === 1 ? down : Math.floor(down / downGroup);
      if (mine - gone >= room) return;
      const goneBefore = down === 0 ? 0 : downGroup === 1 ? down - 1 : Math.floor((down - 1) / downGroup);
      roomNeeded = mine - goneBefore >= room;
    }
    if (stage === plans.computeStage[plan] && state.contextArrays[context] !== 2 && plans.gate[plan] === GATE.compute) {
      if (state.contextArrays[context] === 0) this.sets.requestArrays(lane);
      return;
    }
    // Ready. The cause is what became true in this very tick, the lowest kind first.
    const now = state.queue.now;
    let node = -2;
    if (stage === 0 && unit === 0 && state.contextStart[context] === now) node = state.contextCauseNode[context]!;
    else if (
      stage > 0 &&
      state.laneTick[((lane - 1) << 2) + LANE_LAST] === now &&
      state.lane[((lane - 1) << 2) + LANE_DONE] === need
    )
      node = state.laneNode[((lane - 1) << 1) + LANE_LAST_NODE]!;
    else if (state.laneTick[(lane << 2) + LANE_LAST] === now) node = state.laneNode[(lane << 1) + LANE_LAST_NODE]!;
    else if (roomNeeded && state.laneTick[((lane + 1) << 2) + LANE_LAST] === now)
      node = state.laneNode[((lane + 1) << 1) + LANE_LAST_NODE]!;
    else if (state.contextGateTick[context] === now) node = state.contextGateNode[context]!;
    if (node === -2) throw new InternalError(`lane ${lane} became ready at ${now} without a cause`);
    state.laneTick[(lane << 2) + LANE_READY] = now;
    state.laneTick[(lane << 2) + LANE_RELEASE] = now;
    state.laneNode[(lane << 1) + LANE_CAUSE] = node;
    const resource = rows[row + FIELD.resource]!;
    if (resource === RESOURCE.none) {
      state.lane[(lane << 2) + LANE_RESOURCE] = -1;
      this.holds.begin(lane, row);
    } else if (resource === RESOURCE.adc) this.sets.requestAdc(lane);
    else if (resource === RESOURCE.memory) this.holds.fromMemory(lane, row);
    else this.servers.request(lane, row, resource);
  }

  /** The completion event of a lane: a step or the whole hold has ended. */
  ended(lane: number): void {
    const { state } = this;
    if (this.fine !== undefined) {
      const more = this.fine.next(lane);
      if (more > 0) {
        state.queue.schedule(more, PHASE.complete, lane);
        return;
      }
    }
    const { rows, queue } = state;
    const now = queue.now;
    const context = lane >> state.stageShift;
    const stage = lane & state.stageMask;
    const planIndex = state.contextPlan[context]!;
    const row = state.rowAt(planIndex, stage);
    const resource = rows[row + FIELD.resource]!;
    const kind = resource === RESOURCE.memory ? state.memory!.kindOf(lane) : rows[row + FIELD.kind]!;
    const node = this.log === undefined ? -1 : this.log.append(lane, row, context, stage, now, kind);
    this.recorder.held(lane, row, now, kind);
    if (resource === RESOURCE.memory) {
      // Nothing is given back: a channel is not held.
    } else if (resource !== RESOURCE.none) {
      if (resource === RESOURCE.adc) this.sets.releaseAdc(context, now, node);
      else {
        if (this.bursts !== undefined && rows[row + FIELD.burst] !== 0)
          state.lane[(lane << 2) + LANE_DONE]! += this.bursts.end(lane, kind);
        this.servers.release(lane, now, node);
      }
    } else if (kind === KIND.pulse || kind === KIND.swap)
      this.recorder.pulseEnded(now, now - state.laneTick[(lane << 2) + LANE_START]!);
    const done = ++state.lane[(lane << 2) + LANE_DONE]!;
    state.lane[(lane << 2) + LANE_ACTIVE] = IDLE;
    state.laneTick[(lane << 2) + LANE_LAST] = now;
    state.laneNode[(lane << 1) + LANE_LAST_NODE] = node;
    if (state.contextArrays[context] === 2) this.maybeFreeArrays(context, planIndex, stage, node);
    const units = rows[row + FIELD.units]!;
    if (stage + 1 < state.plans.stageCount[planIndex]!) this.advance(lane + 1);
    else if (done >= units) {
      this.listener.completed(context, node);
      return;
    }
    // Read again: a merged write has taken all its packets at once.
    if (state.lane[(lane << 2) + LANE_DONE]! < units) this.advance(lane);
    if (stage > 0 && state.lane[((lane - 1) << 2) + LANE_DONE]! < rows[row - STAGE_FIELDS + FIELD.units]!)
      this.advance(lane - 1);
  }

  /** Arrays and registers are given back with the last compute hold, or as the last sample is taken up. */
  private maybeFreeArrays(context: number, plan: number, stage: number, node: number): void {
    const { state } = this;
    const { plans } = state;
    const compute = plans.computeStage[plan]!;
    if (compute < 0 || stage < compute) return;
    const lane = (context << state.stageShift) + compute;
    if (state.lane[(lane << 2) + LANE_DONE]! < state.rows[state.rowAt(plan, compute) + FIELD.units]!) return;
    if (plans.convertStage[plan]! >= 0) {
      const convert = (context << state.stageShift) + plans.convertStage[plan]!;
      if (state.lane[(convert << 2) + LANE_DONE]! < plans.freeAfter[plan]!) return;
      // Settling and converting may have ended together: then the settled sample is the cause, as the lower stage.
      if (state.laneTick[(lane << 2) + LANE_LAST] === state.queue.now)
        node = state.laneNode[(lane << 1) + LANE_LAST_NODE]!;
    }
    this.sets.releaseArrays(context, node);
    this.listener.arraysFreed(context, node);
  }
}
