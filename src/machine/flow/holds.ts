/** Beginning a hold: its length, in ticks or in cycles of its resource's clock (docs/timing.md sections 3, 6 and 9). */
import { PHASE } from "../../engine/index.js";
import { LANE_ACTIVE, LANE_DONE, LANE_RESOURCE, LANE_START } from "../columns.js";
import type { FineSteps } from "../fine.js";
import { KIND } from "../plan/plan.js";
import { FIELD, STAGE_FIELDS } from "../plan/table.js";
import type { Recorder } from "../recorder.js";
import type { MachineState } from "../state.js";
import type { WriteDraws } from "../write-draws.js";
import type { Bursts } from "./bursts.js";
import { edgeTick, firstEdge } from "./edges.js";
import { HOLDING } from "./lane-states.js";

/** Begins holds and schedules their ends. */
export class Holds {
  private readonly mergesWrites: boolean;

  constructor(
    private readonly state: MachineState,
    private readonly recorder: Recorder,
    private readonly fine: FineSteps | undefined,
    private readonly draws: WriteDraws,
    /** Where single holds are not shown. */
    private readonly bursts: Bursts | undefined,
  ) {
    this.mergesWrites = fine === undefined && recorder.unheard;
    const { memory } = state;
    if (memory)
      memory.come = (lane, ticks) => {
        this.fine?.whole(lane, ticks);
        state.queue.schedule(ticks, PHASE.complete, lane);
      };
  }

  /** Begins a hold now: its resource is granted. */
  begin(lane: number, row: number): void {
    const { state } = this;
    const { rows, queue } = state;
    const now = queue.now;
    state.lane[(lane << 2) + LANE_ACTIVE] = HOLDING;
    state.laneTick[(lane << 2) + LANE_START] = now;
    const unit = state.lane[(lane << 2) + LANE_DONE]!;
    const kind = rows[row + FIELD.kind]!;
    const period = rows[row + FIELD.period]!;
    let length = (unit + 1) % period === 0 ? rows[row + FIELD.rest]! : rows[row + FIELD.full]!;
    if (unit === 0) length += rows[row + FIELD.start]!;
    if (kind === KIND.pulse) {
      this.recorder.pulseBegan(now);
      const plan = state.contextPlan[lane >> state.stageShift]!;
      if (state.plans.drawn[plan] !== 0) length = this.draws.length(lane >> state.stageShift, unit);
      else if (this.mergesWrites && unit === 0 && state.plans.alone[plan] !== 0) length = this.mergeWrite(lane, row);
    } else if (kind === KIND.swap) this.recorder.pulseBegan(now);
    else if (kind === KIND.dram || kind === KIND.bus || kind === KIND.link || kind === KIND.latency)
      length = this.clocked(lane, kind, length);
    else if (this.bursts !== undefined && rows[row + FIELD.burst] !== 0) length = this.bursts.begin(lane, row, length);
    const first = this.fine === undefined ? length : this.fine.begin(lane, row, length);
    queue.schedule(first, PHASE.complete, lane);
  }

  /**
   * A write whose pulses wait for nobody but each other is one hold from its first pulse to its last: nothing else begins or ends in
   * between that anyone could see. What its other holds would have counted is counted now.
   */
  private mergeWrite(lane: number, row: number): number {
    const { state } = this;
    const { rows } = state;
    const units = rows[row + FIELD.units]!;
    const feeding = row - STAGE_FIELDS;
    state.lane[(lane << 2) + LANE_DONE] = units - 1;
    state.lane[((lane - 1) << 2) + LANE_DONE] = units;
    if (units > 1) {
      const fed = (units - 2) * rows[feeding + FIELD.full]! + rows[feeding + FIELD.rest]!;
      this.recorder.merged(2 * (units - 1), rows[feeding + FIELD.kind]!, fed);
    }
    return units * rows[row + FIELD.full]!;
  }

  /** Ticks of a hold of so many cycles in the clock of the lane's resource. */
  private clocked(lane: number, kind: number, cycles: number): number {
    const { state } = this;
    const { servers } = state;
    const { now } = state.queue;
    const server = state.lane[(lane << 2) + LANE_RESOURCE]!;
    let num: number;
    let den: number;
    if (server >= 0) {
      num = servers.clockNum[server]!;
      den = servers.clockDen[server]!;
    } else if (kind === KIND.latency) {
      num = state.chip.dram!.clock.ticksPerCycle.num;
      den = state.chip.dram!.clock.ticksPerCycle.den;
    } else return cycles;
    if (num === 1 && den === 1) return cycles;
    let edge = firstEdge(num, den, now);
    if (server >= 0) {
      // Where several edges fall into one tick, the port goes on from the edge its last hold ended at.
      const port = servers.lanePort[lane]!;
      if (state.portEdge[port]! > edge) edge = state.portEdge[port]!;
      state.portEdge[port] = edge + cycles;
    }
    // A latency is granted by nobody: it begins at its first edge all the same.
    if (server < 0) state.laneTick[(lane << 2) + LANE_START] = edgeTick(num, den, edge);
    const end = edgeTick(num, den, edge + cycles);
    return end > now ? end - now : 1;
  }

  /** A packet of DRAM by commands: its hold begins now and ends when it has come. */
  fromMemory(lane: number, row: number): void {
    const { state } = this;
    state.lane[(lane << 2) + LANE_RESOURCE] = -1;
    state.lane[(lane << 2) + LANE_ACTIVE] = HOLDING;
    state.laneTick[(lane << 2) + LANE_START] = state.queue.now;
    const memory = state.memory!;
    const length = memory.begin(lane, row);
    if (length > 0) memory.come(lane, length);
  }
}
