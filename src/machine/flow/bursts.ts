/**
 * Bursts: the packets of one run that a lane reads one after the other are one hold, as long as nobody else asks for their server.
 * The next stage takes up whole runs only, so none of the ends in between enables anything but the lane's own next packet. A lane that
 * asks cuts the burst: the packets that are through are counted as ended, and the one under way goes on alone.
 */
import { PHASE } from "../../engine/index.js";
import {
  LANE_CAUSE,
  LANE_DONE,
  LANE_LAST,
  LANE_LAST_NODE,
  LANE_READY,
  LANE_RELEASE,
  LANE_RESOURCE,
  LANE_START,
} from "../columns.js";
import { FIELD } from "../plan/table.js";
import type { Recorder } from "../recorder.js";
import type { MachineState } from "../state.js";
import type { HoldLog } from "./hold-log.js";

/** Begins, cuts and ends bursts. */
export class Bursts {
  constructor(
    private readonly state: MachineState,
    private readonly recorder: Recorder,
    private readonly log: HoldLog | undefined,
  ) {}

  /** The ticks of the hold a lane begins now: of the rest of its run where nobody waits for the server, else of its next packet. */
  begin(lane: number, row: number, length: number): number {
    const { rows, servers } = this.state;
    const server = this.state.lane[(lane << 2) + LANE_RESOURCE]!;
    if (servers.prompt[server] === 0 || servers.head[server]! >= 0) return length;
    const period = rows[row + FIELD.period]!;
    const packets = period - (this.state.lane[(lane << 2) + LANE_DONE]! % period);
    if (packets === 1) return length;
    servers.burstLane[server] = lane;
    servers.burstPackets[server] = packets;
    return (packets - 1) * rows[row + FIELD.full]! + rows[row + FIELD.rest]!;
  }

  /** Another lane asks for a server: if a burst is under way there, only its present packet goes on. */
  cut(server: number): void {
    const { state } = this;
    const { servers, queue, rows } = state;
    const lane = servers.burstLane[server]!;
    if (lane < 0) return;
    servers.burstLane[server] = -1;
    const { now } = queue;
    const context = lane >> state.stageShift;
    const row = state.rowAt(state.contextPlan[context]!, 0);
    const full = rows[row + FIELD.full]!;
    const begun = state.laneTick[(lane << 2) + LANE_START]!;
    const last = servers.burstPackets[server]! - 1;
    const through = Math.min(last, Math.floor((now - begun) / full));
    if (through > 0) {
      const at = begun + through * full;
      const kind = rows[row + FIELD.kind]!;
      const node = this.log === undefined ? -1 : this.log.append(lane, row, context, 0, at, kind);
      this.recorder.held(lane, row, at, kind);
      this.recorder.merged(through - 1, kind, 0);
      this.recorder.serverBusy[server]! += at - begun;
      state.lane[(lane << 2) + LANE_DONE]! += through;
      state.laneTick[(lane << 2) + LANE_LAST] = at;
      state.laneNode[(lane << 1) + LANE_LAST_NODE] = node;
      state.laneTick[(lane << 2) + LANE_READY] = at;
      state.laneTick[(lane << 2) + LANE_RELEASE] = at;
      state.laneTick[(lane << 2) + LANE_START] = at;
      state.laneNode[(lane << 1) + LANE_CAUSE] = node;
      // A packet that begins in this very tick may still have to give way.
      servers.regrant(server, lane, at, node);
    }
    if (through === last) return;
    queue.cancel(lane);
    queue.schedule(begun + (through + 1) * full - now, PHASE.complete, lane);
  }

  /** A lane's hold of a server has ended: how many packets before its last it stood for. */
  end(lane: number, kind: number): number {
    const { servers } = this.state;
    const server = this.state.lane[(lane << 2) + LANE_RESOURCE]!;
    if (servers.burstLane[server] !== lane) return 0;
    servers.burstLane[server] = -1;
    const before = servers.burstPackets[server]! - 1;
    this.recorder.merged(before, kind, 0);
    return before;
  }
}
