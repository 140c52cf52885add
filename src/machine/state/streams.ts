/** Columns of streams, of contexts (instructions under way) and of lanes (their stages). */
import type { Chip } from "../../hardware/index.js";
import { MAX_LOOP_DEPTH, type Program, UNITS, type Unit } from "../../isa/index.js";
import type { Decoded } from "../decode.js";
import { f64, i32, u8 } from "./filled.js";

/** Why a stream does not go on. */
export const BLOCKED = {
  no: 0,
  slot: 1,
  semaphore: 2,
  register: 3,
  shadow: 4,
  credit: 5,
  message: 6,
  barrier: 7,
} as const;

/** The most a unit may have under way. */
function limitOf(unit: Unit, chip: Chip): number {
  const { outstanding, arrays } = chip.core;
  switch (unit) {
    case "weightLoad":
      return outstanding.weightLoad;
    case "weightWrite":
      return arrays.write.portsPerCore;
    case "load":
      return outstanding.load;
    case "store":
      return outstanding.store;
    case "mvm":
      return outstanding.mvm;
    case "vector":
      return 1;
    case "send":
      return outstanding.send;
    case "receive":
      return outstanding.receive;
  }
}

/** Streams, contexts and lanes of one run. */
export class StreamColumns {
  /** log2 of the lanes a context has, and its mask. */
  readonly stageShift: number;
  readonly stageMask: number;
  readonly streams: number;
  readonly contexts: number;
  readonly lanes: number;

  // Streams.
  readonly streamCore: Int32Array;
  readonly streamUnit: Uint8Array;
  readonly streamEnd: Int32Array;
  readonly streamPosition: Int32Array;
  readonly streamDepth: Int32Array;
  readonly streamTrips: Float64Array;
  readonly streamCount: Int32Array;
  readonly streamStart: Float64Array;
  readonly streamInterval: Float64Array;
  /** Position of the last instruction started. */
  readonly streamLast: Int32Array;
  readonly streamCauseNode: Int32Array;
  readonly streamUnderWay: Int32Array;
  readonly streamLimit: Int32Array;
  readonly streamBlocked: Uint8Array;
  readonly streamBlockedOn: Int32Array;
  readonly streamDone: Uint8Array;
  readonly slotFreeTick: Float64Array;
  readonly slotFreeCount: Int32Array;
  readonly slotFreeN: Int32Array;
  readonly slotFreeNode: Int32Array;
  readonly firstContext: Int32Array;

  // Contexts.
  readonly contextStream: Int32Array;
  readonly contextActive: Uint8Array;
  readonly contextPosition: Int32Array;
  readonly contextPlan: Int32Array;
  readonly contextN: Int32Array;
  readonly contextFetch: Float64Array;
  readonly contextStart: Float64Array;
  readonly contextCauseNode: Int32Array;
  readonly contextCauseKind: Int32Array;
  readonly contextCauseStream: Int32Array;
  readonly contextCauseN: Int32Array;
  /** 0 no arrays asked for, 1 waiting for them, 2 held. */
  readonly contextArrays: Uint8Array;
  readonly contextGateTick: Float64Array;
  readonly contextGateNode: Int32Array;
  readonly contextFar: Float64Array;
  readonly contextNear: Float64Array;

  // Lanes.
  /** Rows of lanes: integers, ticks and path nodes (columns.ts). */
  readonly lane: Int32Array;
  readonly laneTick: Float64Array;
  readonly laneNode: Int32Array;

  constructor(
    readonly program: Program,
    readonly chip: Chip,
    readonly decoded: Decoded,
  ) {
    this.stageShift = Math.ceil(Math.log2(Math.max(2, decoded.plans.stagesPerPlan)));
    this.stageMask = (1 << this.stageShift) - 1;
    const streams = program.streams.length;
    this.streams = streams;

    this.streamCore = Int32Array.from(program.streams, (s) => s.core);
    this.streamUnit = Uint8Array.from(program.streams, (s) => UNITS.indexOf(s.unit));
    this.streamLimit = Int32Array.from(program.streams, (s) => limitOf(s.unit, chip));
    this.streamEnd = this.decoded.codeStart.slice(1);
    this.streamPosition = this.decoded.codeStart.slice(0, streams);
    this.streamDepth = i32(streams);
    this.streamTrips = f64(streams * MAX_LOOP_DEPTH);
    this.streamCount = i32(streams);
    this.streamStart = f64(streams, -1);
    this.streamInterval = f64(streams, 1);
    this.streamLast = i32(streams);
    this.streamCauseNode = i32(streams, -1);
    this.streamUnderWay = i32(streams);
    this.streamBlocked = u8(streams);
    this.streamBlockedOn = i32(streams, -1);
    this.streamDone = u8(streams);
    this.slotFreeTick = f64(streams, -1);
    this.slotFreeCount = i32(streams);
    this.slotFreeN = i32(streams);
    this.slotFreeNode = i32(streams, -1);

    this.firstContext = i32(streams);
    const order = program.streams
      .map((_, index) => index)
      .sort((a, b) => this.streamCore[a]! - this.streamCore[b]! || this.streamUnit[a]! - this.streamUnit[b]!);
    let contexts = 0;
    for (const stream of order) {
      this.firstContext[stream] = contexts;
      contexts += this.streamLimit[stream]!;
    }
    this.contexts = contexts;
    this.contextStream = i32(contexts);
    for (let s = 0; s < streams; s++)
      for (let slot = 0; slot < this.streamLimit[s]!; slot++) this.contextStream[this.firstContext[s]! + slot] = s;
    this.contextActive = u8(contexts);
    this.contextPosition = i32(contexts);
    this.contextPlan = i32(contexts);
    this.contextN = i32(contexts);
    this.contextFetch = f64(contexts);
    this.contextStart = f64(contexts);
    this.contextCauseNode = i32(contexts, -1);
    this.contextCauseKind = i32(contexts, -1);
    this.contextCauseStream = i32(contexts, -1);
    this.contextCauseN = i32(contexts, -1);
    this.contextArrays = u8(contexts);
    this.contextGateTick = f64(contexts, -1);
    this.contextGateNode = i32(contexts, -1);
    this.contextFar = f64(contexts);
    this.contextNear = f64(contexts);

    const lanes = contexts << this.stageShift;
    this.lanes = lanes;
    this.lane = i32(lanes << 2);
    this.laneTick = f64(lanes << 2, -1);
    this.laneNode = i32(lanes << 1, -1);
  }
}
