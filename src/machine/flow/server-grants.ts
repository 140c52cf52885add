/** Requests, arbitration and release of servers: memory ports and banks, buses, links, DRAM channels (docs/timing.md section 4). */
import { PHASE } from "../../engine/index.js";
import { packetAddress } from "../address.js";
import { READ, WRITE } from "../arbiter/servers.js";
import { LANE_ACTIVE, LANE_CAUSE, LANE_RELEASE, LANE_RESOURCE, LANE_START } from "../columns.js";
import { RESOURCE } from "../plan/plan.js";
import { FIELD } from "../plan/table.js";
import type { Recorder } from "../recorder.js";
import type { MachineState } from "../state.js";
import type { Bursts } from "./bursts.js";
import { edgeTick, firstEdge } from "./edges.js";
import type { Holds } from "./holds.js";
import { WAITING } from "./lane-states.js";

/** Brings lanes and servers together. */
export class ServerGrants {
  private readonly direct: boolean;
  private readonly watched: boolean;

  constructor(
    private readonly state: MachineState,
    private readonly recorder: Recorder,
    private readonly holds: Holds,
    /** Where free servers are given within the request. */
    private readonly bursts: Bursts | undefined,
  ) {
    this.direct = state.options.hazards?.arbitrateInRequest === true;
    this.watched = recorder.watched;
  }

  /** Asks for the shared resource of a lane's next hold. */
  request(lane: number, row: number, resource: number): void {
    const { state } = this;
    const context = lane >> state.stageShift;
    const stream = state.contextStream[context]!;
    const core = state.streamCore[stream]!;
    const { resources } = state;
    let server: number;
    let direction = READ;
    let bank = 0;
    switch (resource) {
      case RESOURCE.localRead:
        server = resources.localRead[core]!;
        bank = this.bank(lane, row, server, false);
        break;
      case RESOURCE.localWrite:
        server = resources.localWrite[core]!;
        direction = WRITE;
        bank = this.bank(lane, row, server, false);
        break;
      case RESOURCE.globalRead:
        server = resources.globalRead;
        bank = this.bank(lane, row, server, true);
        break;
      case RESOURCE.globalWrite:
        server = resources.globalWrite;
        direction = WRITE;
        bank = this.bank(lane, row, server, true);
        break;
      case RESOURCE.link:
        server = resources.network + state.rows[row + FIELD.link]!;
        break;
      case RESOURCE.dram: {
        server = resources.dram;
        const { channels, interleaveBytes } = state.chip.dram!;
        if (channels > 1) server += Math.floor(this.far(lane, row) / interleaveBytes) % channels;
        break;
      }
      default:
        server = resources.network;
    }
    state.lane[(lane << 2) + LANE_RESOURCE] = server;
    if (this.bursts !== undefined && state.servers.prompt[server] !== 0) {
      this.bursts.cut(server);
      const loser = state.servers.takePromptly(server, lane, state.queue.now);
      if (loser !== -2) {
        if (loser >= 0) this.takeBack(loser);
        this.holds.begin(lane, row);
        return;
      }
    }
    state.lane[(lane << 2) + LANE_ACTIVE] = WAITING;
    state.servers.request(server, lane, direction, bank, state.queue.now);
    if (this.direct) {
      this.arbitrate(server);
      return;
    }
    if (state.servers.freePorts[server]! > 0) this.schedule(server);
  }

  /** A lane that was given its server earlier in this tick waits for it again: all its hold has done yet is to schedule its end. */
  private takeBack(lane: number): void {
    const { state } = this;
    state.queue.cancel(lane);
    state.lane[(lane << 2) + LANE_ACTIVE] = WAITING;
  }

  private far(lane: number, row: number): number {
    return packetAddress(this.state, lane, row, true);
  }

  private bank(lane: number, row: number, server: number, global: boolean): number {
    const banks = this.state.servers.banksOf(server);
    if (banks === 0) return 0;
    const { interleaveBytes } = global ? this.state.chip.globalBuffer! : this.state.chip.core.localMemory;
    return Math.floor(packetAddress(this.state, lane, row, global) / interleaveBytes) % banks;
  }

  private schedule(server: number): void {
    const { state } = this;
    if (state.serverPending[server] !== 0) return;
    const delay = this.edgeDelay(server);
    state.serverPending[server] = 1;
    state.queue.schedule(delay, PHASE.arbitratePorts, state.serverEvent + server);
  }

  private edgeDelay(server: number): number {
    const num = this.state.servers.clockNum[server]!;
    const den = this.state.servers.clockDen[server]!;
    if (num === 1 && den === 1) return 0;
    const { now } = this.state.queue;
    return edgeTick(num, den, firstEdge(num, den, now)) - now;
  }

  /** Arbitration event of a server. */
  arbitrate(server: number): void {
    const { state } = this;
    const { servers } = state;
    state.serverPending[server] = 0;
    for (;;) {
      const lane = servers.grant(server);
      if (lane < 0) return;
      const port = servers.lanePort[lane]!;
      const bank = servers.laneBank[lane]!;
      if (servers.portFreeTick[port]! > state.laneTick[(lane << 2) + LANE_RELEASE]!) {
        state.laneTick[(lane << 2) + LANE_RELEASE] = servers.portFreeTick[port]!;
        state.laneNode[(lane << 1) + LANE_CAUSE] = servers.portFreeNode[port]!;
      }
      if (bank >= 0 && servers.bankFreeTick[bank]! > state.laneTick[(lane << 2) + LANE_RELEASE]!) {
        state.laneTick[(lane << 2) + LANE_RELEASE] = servers.bankFreeTick[bank]!;
        state.laneNode[(lane << 1) + LANE_CAUSE] = servers.bankFreeNode[bank]!;
      }
      const context = lane >> state.stageShift;
      if (this.watched) this.recorder.granted(lane, server, state.queue.now);
      this.holds.begin(lane, state.rowAt(state.contextPlan[context]!, lane & state.stageMask));
    }
  }

  /** A lane's hold has ended with a node: its server is free, and decides again where somebody waits. */
  release(lane: number, now: number, node: number): void {
    const { state } = this;
    const server = state.lane[(lane << 2) + LANE_RESOURCE]!;
    this.recorder.serverBusy[server]! += now - state.laneTick[(lane << 2) + LANE_START]!;
    state.servers.release(server, lane, now, node);
    if (state.servers.head[server]! >= 0) this.schedule(server);
  }
}
