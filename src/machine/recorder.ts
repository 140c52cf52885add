/**
 * What a run leaves behind: digest, counters, and the rows a listening sink is given.
 * Nothing here feeds back into the simulation.
 */

import { TERMS } from "../base/index.js";
import { PROBE } from "../engine/index.js";
import type { HoldRecord, InstructionRecord, TraceSink } from "../trace/index.js";
import { LANE_CAUSE, LANE_DONE, LANE_READY, LANE_RELEASE, LANE_RESOURCE, LANE_START } from "./columns.js";
import { KIND } from "./plan/plan.js";
import { FIELD } from "./plan/table.js";
import type { MachineProbes } from "./probes.js";
import type { MachineState } from "./state.js";

const identity = { stream: -1, n: -1, stage: -1, packet: -1 };

/** Digest, statistics and trace rows of one run. */
export class Recorder {
  instructions = 0;
  holds = 0;
  makespan = 0;
  private hashLow = 0;
  private hashHigh = 0;
  /** Executions of each plan. */
  readonly executions: Float64Array;
  /** Ticks each resource was held, by server; then pulses. */
  readonly serverBusy: Float64Array;
  /** Hold ticks by hold kind. */
  readonly kindBusy: Float64Array;
  /** Extra write passes and their reads, in cells and rows (drawn verification). */
  extraCellWrites = 0;
  extraVerifyRows = 0;
  writeBusy = 0;
  writeActive = 0;
  private writing = 0;
  private writingSince = 0;
  /** By tag: first start, last end, and by stream and tag: time with any instruction of the tag under way. */
  readonly tagFirst: Float64Array;
  readonly tagLast: Float64Array;
  private readonly serviceCount: Int32Array;
  private readonly serviceSince: Float64Array;
  readonly service: Float64Array;
  readonly tags: number;
  /** Node with which the run ended, kept by the path log. */
  private readonly last = Int32Array.of(-1);
  private lastStream = -1;
  private lastN = -1;
  private readonly record: InstructionRecord = {
    stream: 0,
    n: 0,
    pc: 0,
    fetchTick: 0,
    startTick: 0,
    endTick: 0,
    releaseTick: 0,
    causeKind: 0,
    causeStream: 0,
    causeN: 0,
    causeStage: 0,
    causePacket: 0,
  };
  private readonly holdRecord: HoldRecord = {
    stream: 0,
    n: 0,
    stage: 0,
    packet: 0,
    kind: 0,
    resource: 0,
    bytes: 0,
    readyTick: 0,
    startTick: 0,
    endTick: 0,
    releaseTick: 0,
    causeStream: 0,
    causeN: 0,
    causeStage: 0,
    causePacket: 0,
  };

  constructor(
    private readonly state: MachineState,
    private readonly sink: TraceSink | undefined,
    private readonly probes: MachineProbes | undefined,
  ) {
    state.path.registerRefs(this.last);
    if (sink !== undefined || probes !== undefined) state.path.keepIdentities();
    this.executions = new Float64Array(state.decoded.plans.plans.length);
    this.serverBusy = new Float64Array(state.servers.count);
    this.kindBusy = new Float64Array(Object.keys(KIND).length);
    this.tags = Math.max(1, state.program.tags.length);
    this.tagFirst = new Float64Array(this.tags).fill(-1);
    this.tagLast = new Float64Array(this.tags);
    this.serviceCount = new Int32Array(state.streams * this.tags);
    this.serviceSince = new Float64Array(state.streams * this.tags);
    this.service = new Float64Array(state.streams * this.tags);
  }

  /** Whether a listener may be told of grants. */
  get watched(): boolean {
    return this.probes !== undefined;
  }

  /** Whether nobody is told of single holds. */
  get unheard(): boolean {
    return this.sink === undefined && this.probes === undefined;
  }

  /** Holds that were merged into another: how many beside it, and the ticks of those of another kind. */
  merged(holds: number, kind: number, ticks: number): void {
    this.holds += holds;
    this.kindBusy[kind]! += ticks;
  }

  /** An instruction started. */
  started(stream: number, n: number, position: number, tag: number, now: number): void {
    if (this.probes !== undefined && (this.probes.mask & PROBE.instructionStart) !== 0)
      this.probes.emitEvent("instructionStart", {
        stream,
        n,
        pc: position - this.state.decoded.codeStart[stream]!,
        tick: now,
      });
    if (this.tagFirst[tag]! < 0) this.tagFirst[tag] = now;
    const at = stream * this.tags + tag;
    if (this.serviceCount[at]!++ === 0) this.serviceSince[at] = now;
  }

  /** An instruction completed; `node` is its last hold. */
  completed(context: number, now: number, node: number): void {
    const { state } = this;
    const stream = state.contextStream[context]!;
    const n = state.contextN[context]!;
    const position = state.contextPosition[context]!;
    const start = state.contextStart[context]!;
    this.instructions++;
    this.executions[state.contextPlan[context]!]!++;
    const tag = state.decoded.tag[position]!;
    if (now > this.tagLast[tag]!) this.tagLast[tag] = now;
    const at = stream * this.tags + tag;
    if (--this.serviceCount[at]! === 0) this.service[at]! += now - this.serviceSince[at]!;
    // A polynomial of ticks and n modulo 2^32, summed over instructions: no order, and skipped periods can be summed in closed form.
    const a = (Math.imul(stream + 1, 0x9e3779b1) + Math.imul(n + 1, 0x85ebca6b)) | 0;
    const b =
      (Math.imul(start | 0, 0xc2b2ae35) +
        Math.imul(now | 0, 0x27d4eb2f) +
        Math.imul(state.contextFetch[context]! | 0, 0x165667b1) +
        Math.imul(state.contextCauseStream[context]! + 2, 0x2545f491) +
        Math.imul(state.contextCauseN[context]! + 2, 0x3c6ef35f)) |
      0;
    this.hashLow = (this.hashLow + Math.imul(a, b)) | 0;
    this.hashHigh =
      (this.hashHigh + Math.imul((Math.imul(a, 0x2c1b3c6d) + 0x5bd1e995) | 0, Math.imul(b, b) + 0x7f4a7c15)) | 0;
    if (
      now > this.makespan ||
      (now === this.makespan && (stream < this.lastStream || (stream === this.lastStream && n < this.lastN)))
    ) {
      this.makespan = now;
      this.last[0] = node;
      this.lastStream = stream;
      this.lastN = n;
    }
    const watched = this.probes !== undefined && (this.probes.mask & PROBE.instructionEnd) !== 0;
    if (this.sink !== undefined || watched) {
      const r = this.record;
      r.stream = stream;
      r.n = n;
      r.pc = position - state.decoded.codeStart[stream]!;
      r.fetchTick = state.contextFetch[context]!;
      r.startTick = start;
      r.endTick = now;
      r.releaseTick = start;
      r.causeKind = state.contextCauseKind[context]!;
      state.path.identity(state.contextCauseNode[context]!, identity);
      r.causeStream = identity.stream;
      r.causeN = identity.n;
      r.causeStage = identity.stage;
      r.causePacket = identity.packet;
      this.sink?.instruction(r);
      if (watched) this.probes!.emitEvent("instructionEnd", { ...r });
    }
  }

  /** A hold ended on a lane; called before the lane moves on. */
  held(lane: number, row: number, now: number, kind: number): void {
    const { state } = this;
    const start = state.laneTick[(lane << 2) + LANE_START]!;
    this.holds++;
    this.kindBusy[kind]! += now - start;
    const watched = this.probes !== undefined && (this.probes.mask & PROBE.hold) !== 0;
    if (this.sink === undefined && !watched) return;
    const context = lane >> state.stageShift;
    const r = this.holdRecord;
    const unit = state.lane[(lane << 2) + LANE_DONE]!;
    const period = state.rows[row + FIELD.period]!;
    r.stream = state.contextStream[context]!;
    r.n = state.contextN[context]!;
    r.stage = lane & state.stageMask;
    r.packet = unit;
    r.kind = kind;
    r.resource = state.lane[(lane << 2) + LANE_RESOURCE]!;
    r.bytes = (unit + 1) % period === 0 ? state.rows[row + FIELD.restBytes]! : state.rows[row + FIELD.fullBytes]!;
    r.readyTick = state.laneTick[(lane << 2) + LANE_READY]!;
    r.startTick = start;
    r.endTick = now;
    r.releaseTick = state.laneTick[(lane << 2) + LANE_RELEASE]!;
    state.path.identity(state.laneNode[(lane << 1) + LANE_CAUSE]!, identity);
    r.causeStream = identity.stream;
    r.causeN = identity.n;
    r.causeStage = identity.stage;
    r.causePacket = identity.packet;
    this.sink?.hold(r);
    if (watched) this.probes!.emitEvent("hold", { ...r });
  }

  /** A shared resource was granted to a lane; only called where somebody may listen. */
  granted(lane: number, resource: number, now: number): void {
    const { state, probes } = this;
    if (probes === undefined || (probes.mask & PROBE.grant) === 0) return;
    const context = lane >> state.stageShift;
    probes.emitEvent("grant", {
      resource,
      stream: state.contextStream[context]!,
      n: state.contextN[context]!,
      stage: lane & state.stageMask,
      tick: now,
    });
  }

  /** The issue slot of a stream's last instruction, shown once the next one starts (or never, where none does). */
  issued(stream: number, n: number, start: number, end: number, causeNode: number): void {
    if (this.sink === undefined) return;
    const r = this.holdRecord;
    r.stream = stream;
    r.n = n;
    r.stage = -1;
    r.packet = 0;
    r.kind = KIND.issue;
    r.resource = -1;
    r.bytes = 0;
    r.readyTick = start;
    r.startTick = start;
    r.endTick = end;
    r.releaseTick = start;
    this.state.path.identity(causeNode, identity);
    r.causeStream = identity.stream;
    r.causeN = identity.n;
    r.causeStage = identity.stage;
    r.causePacket = identity.packet;
    this.holds++;
    this.sink.hold(r);
  }

  /** A write pulse began. */
  pulseBegan(now: number): void {
    if (this.writing++ === 0) this.writingSince = now;
  }

  /** A write pulse ended after so many ticks. */
  pulseEnded(now: number, ticks: number): void {
    this.writeBusy += ticks;
    if (--this.writing === 0) this.writeActive += now - this.writingSince;
  }

  /** The digest so far, 16 hex digits. */
  get digest(): string {
    const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, "0");
    return hex(this.hashHigh) + hex(this.hashLow);
  }

  /** Path totals of the run as a flat array by stage and term. */
  pathTotals(): Float64Array {
    return this.last[0]! >= 0 ? this.state.path.totals(this.last[0]!) : new Float64Array(TERMS.length);
  }
}
