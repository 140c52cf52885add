/**
 * Flows: packets of an instruction going through its stages, hold by hold (docs/timing.md sections 3 to 6).
 * Whatever enables a hold in a tick is known when the last enabling event runs, and candidates for its cause are those of that tick;
 * so neither start nor cause depends on the order of events.
 */

import { InternalError, TERM_INDEX } from "../base/index.js";
import { PHASE } from "../engine/index.js";
import { packetAddress } from "./address.js";
import { READ, WRITE } from "./arbiter/servers.js";
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
import { KIND, RESOURCE } from "./plan/plan.js";
import { FIELD, GATE, STAGE_FIELDS } from "./plan/table.js";
import type { Recorder } from "./recorder.js";
import type { MachineState } from "./state.js";
import type { WriteDraws } from "./write-draws.js";

const IDLE = 0;
const WAITING = 1;
const HOLDING = 2;

/** Moves lanes: readiness, requests, grants, holds, completion. */
export class Flow {
  private readonly waitTerm = TERM_INDEX.wait;
  private readonly convertTerm = TERM_INDEX.adc;
  private readonly mvmTerm = TERM_INDEX.mvm;
  private readonly direct: boolean;
  private readonly log: boolean;
  private readonly watched: boolean;
  private readonly mergesWrites: boolean;

  constructor(
    private readonly state: MachineState,
    private readonly recorder: Recorder,
    private readonly fine: FineSteps | undefined,
    private readonly draws: WriteDraws,
    /** Called when an instruction has completed with its last hold's node. */
    private readonly completed: (context: number, node: number) => void,
    /** Called when an MVM gives back arrays and registers. */
    private readonly arraysFreed: (context: number, node: number) => void,
  ) {
    this.direct = state.options.hazards?.arbitrateInRequest === true;
    this.log = state.options.pathTotals;
    this.watched = recorder.watched;
    this.mergesWrites = fine === undefined && recorder.unheard;
    const { memory } = state;
    if (memory)
      memory.come = (lane, ticks) => {
        this.fine?.whole(lane, ticks);
        state.queue.schedule(ticks, PHASE.complete, lane);
      };
  }

  /** Begins an instruction just issued. */
  begin(context: number): void {
    const { state } = this;
    if (state.plans.gate[state.contextPlan[context]!] === GATE.start) this.requestArrays(context << state.stageShift);
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
      if (state.contextArrays[context] === 0) this.requestArrays(lane);
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
      this.hold(lane, row);
    } else if (resource === RESOURCE.adc) this.requestAdc(lane);
    else if (resource === RESOURCE.memory) this.fromMemory(lane, row);
    else this.requestServer(lane, row, resource);
  }

  /** A packet of DRAM by commands: its hold begins now and ends when it has come. */
  private fromMemory(lane: number, row: number): void {
    const { state } = this;
    state.lane[(lane << 2) + LANE_RESOURCE] = -1;
    state.lane[(lane << 2) + LANE_ACTIVE] = HOLDING;
    state.laneTick[(lane << 2) + LANE_START] = state.queue.now;
    const memory = state.memory!;
    const length = memory.begin(lane, row);
    if (length > 0) memory.come(lane, length);
  }

  private requestServer(lane: number, row: number, resource: number): void {
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
    state.lane[(lane << 2) + LANE_ACTIVE] = WAITING;
    state.servers.request(server, lane, direction, bank, state.queue.now);
    if (this.direct) {
      this.arbitrateServer(server);
      return;
    }
    if (state.servers.freePorts[server]! > 0) this.scheduleServer(server);
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

  private scheduleServer(server: number): void {
    const { state } = this;
    if (state.serverPending[server] !== 0) return;
    const delay = this.edgeDelay(server);
    state.serverPending[server] = 1;
    state.queue.schedule(delay, PHASE.arbitratePorts, state.serverEvent + server);
  }

  /** First edge of a server's clock at or after now, as a cycle number. */
  private edge(num: number, den: number, now: number): number {
    return now === 0 ? 0 : Math.floor(((now - 1) * den) / num) + 1;
  }

  private edgeTick(num: number, den: number, cycle: number): number {
    const product = cycle * num;
    const rest = product % den;
    return (product - rest) / den + (rest === 0 ? 0 : 1);
  }

  private edgeDelay(server: number): number {
    const num = this.state.servers.clockNum[server]!;
    const den = this.state.servers.clockDen[server]!;
    if (num === 1 && den === 1) return 0;
    const { now } = this.state.queue;
    return this.edgeTick(num, den, this.edge(num, den, now)) - now;
  }

  /** Arbitration event of a server. */
  arbitrateServer(server: number): void {
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
      this.hold(lane, state.rowAt(state.contextPlan[context]!, lane & state.stageMask));
    }
  }

  private requestArrays(lane: number): void {
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
      this.onArrays(context);
      this.advance(lane);
    }
  }

  /** Hook for what must be checked when arrays are granted. */
  onArrays: (context: number) => void = () => {};

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

  private requestAdc(lane: number): void {
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
      this.hold(lane, state.rowAt(plan, lane & state.stageMask));
    }
  }

  /** Begins a hold now: its resource is granted. */
  private hold(lane: number, row: number): void {
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
    let edge = this.edge(num, den, now);
    if (server >= 0) {
      // Where several edges fall into one tick, the port goes on from the edge its last hold ended at.
      const port = servers.lanePort[lane]!;
      if (state.portEdge[port]! > edge) edge = state.portEdge[port]!;
      state.portEdge[port] = edge + cycles;
    }
    // A latency is granted by nobody: it begins at its first edge all the same.
    if (server < 0) state.laneTick[(lane << 2) + LANE_START] = this.edgeTick(num, den, edge);
    const end = this.edgeTick(num, den, edge + cycles);
    return end > now ? end - now : 1;
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
    const node = this.log ? this.logHold(lane, row, context, stage, now, kind) : -1;
    this.recorder.held(lane, row, now, kind);
    if (resource === RESOURCE.memory) {
      // Nothing is given back: a channel is not held.
    } else if (resource !== RESOURCE.none) {
      if (resource === RESOURCE.adc) {
        const core = state.streamCore[state.contextStream[context]!]!;
        const sets = state.adcSets[core]!;
        sets.release(state.plans.adcGroups[planIndex]!, now, node);
        if (sets.waitingCount > 0) this.scheduleAdc(core);
      } else {
        const server = state.lane[(lane << 2) + LANE_RESOURCE]!;
        this.recorder.serverBusy[server]! += now - state.laneTick[(lane << 2) + LANE_START]!;
        state.servers.release(server, lane, now, node);
        if (state.servers.head[server]! >= 0) this.scheduleServer(server);
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
      this.completed(context, node);
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
    this.releaseArrays(context, node);
    this.arraysFreed(context, node);
  }

  /** Appends the nodes of a hold: a clock-edge gap, its `mvm` part and its remainder. */
  private logHold(lane: number, row: number, context: number, stage: number, now: number, kind: number): number {
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
      const met = Math.min(state.memory!.mostTicks(kind), length - bytesTicks);
      if (met > 0) {
        node = path.append(node, key + state.memory!.termOf(kind), met, stream, n, stage, unit);
        length -= met;
      }
    }
    return path.append(node, key + rows[row + FIELD.term]!, length, stream, n, stage, unit);
  }
}
