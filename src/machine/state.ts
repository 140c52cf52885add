/**
 * The machine's state: everything that decides a run's future, in numeric arrays (law 13).
 * Streams, contexts (instructions under way) and lanes (their stages) are rows of columns; event ids are laid out here once.
 * Stage ids count core by core, unit by unit, slot by slot, stage by stage, whatever order the program lists its streams in.
 */
import { TERMS } from "../base/index.js";
import type { EventQueue } from "../engine/index.js";
import { createQueue } from "../engine/index.js";
import { type Chip, playsCommands } from "../hardware/index.js";
import { MAX_LOOP_DEPTH, type Program, UNITS, type Unit } from "../isa/index.js";
import { Servers } from "./arbiter/servers.js";
import { SetArbiter } from "./arbiter/sets.js";
import { type Decoded, decode } from "./decode.js";
import { CommandMemory, type RequestListener } from "./dram/memory.js";
import { PathLog } from "./path/path-log.js";
import type { IdealPart } from "./plan/plan.js";
import { stepsOf } from "./plan/steps.js";
import { type PlanTable, STAGE_FIELDS } from "./plan/table.js";
import { numberResources, type Resources } from "./resources.js";

/** Deliberate breaches of the determinism laws, for the tests that show their power. */
export interface Hazards {
  /** Decide inside the requesting event instead of in the arbitration phase. */
  arbitrateInRequest?: boolean;
  /** Keep requests of one tick in the order they came. */
  unsortedRequests?: boolean;
  /** Name the last poster as the cause instead of the lowest. */
  lastPosterCause?: boolean;
}

/** How a run is made. */
export interface MachineOptions {
  mode: "coarse" | "fine";
  engine: "wheel" | "heap";
  ideal: ReadonlySet<IdealPart>;
  seed: string;
  pathTotals: boolean;
  /** Nodes the path log holds before it folds (tests make it small). */
  pathCapacity?: number;
  shuffleSeed?: number;
  checked?: boolean;
  hazards?: Hazards;
  /** Told of every DRAM request as it is accepted (DRAM by commands). */
  onDramRequest?: RequestListener;
}

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

/** All columns of one run. */
export class MachineState {
  readonly decoded: Decoded;
  readonly resources: Resources;
  readonly queue: EventQueue;
  readonly servers: Servers;
  readonly arraySets: SetArbiter[];
  readonly adcSets: SetArbiter[];
  readonly path: PathLog;
  /** DRAM by commands, where the chip has it. */
  readonly memory: CommandMemory | undefined;
  readonly rows: Int32Array;
  readonly plans: PlanTable;
  /** Path key of term 0 in the stage of each code position's tag. */
  readonly stageKey: Int32Array;
  /** log2 of the lanes a context has, and its mask. */
  readonly stageShift: number;
  readonly stageMask: number;
  readonly rowWidth: number;
  readonly stages: number;
  readonly cores: number;
  readonly streams: number;
  readonly contexts: number;
  readonly lanes: number;
  readonly arraysPerCore: number;

  // Event ids.
  readonly issueEvent: number;
  readonly arrayEvent: number;
  readonly adcEvent: number;
  readonly serverEvent: number;
  readonly barrierEvent: number;
  readonly foldEvent: number;
  readonly memoryEvent: number;

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

  // Semaphores, channels, registers, shadow banks, barriers.
  readonly semaphoreCount: Int32Array;
  readonly semaphoreTick: Float64Array;
  readonly semaphoreBefore: Int32Array;
  readonly semaphorePoster: Int32Array;
  readonly semaphorePosterN: Int32Array;
  readonly semaphoreNode: Int32Array;
  readonly semaphoreWaiter: Int32Array;
  readonly semaphoreNeed: Int32Array;
  readonly channelSent: Int32Array;
  readonly channelArrived: Int32Array;
  readonly channelSender: Int32Array;
  readonly channelReceiver: Int32Array;
  readonly channelFreeTick: Float64Array;
  readonly channelFreeCount: Int32Array;
  readonly channelFreeStream: Int32Array;
  readonly channelFreeN: Int32Array;
  readonly channelFreeNode: Int32Array;
  readonly channelMessageTick: Float64Array;
  readonly channelMessageBefore: Int32Array;
  readonly channelMessageStream: Int32Array;
  readonly channelMessageN: Int32Array;
  readonly channelMessageNode: Int32Array;
  readonly channelLengths: Float64Array;
  readonly channelHead: Int32Array;
  readonly channelTail: Int32Array;
  readonly registersFree: Int32Array;
  readonly registerFreeTick: Float64Array;
  readonly registerFreeCount: Int32Array;
  readonly registerFreeStream: Int32Array;
  readonly registerFreeN: Int32Array;
  readonly registerFreeNode: Int32Array;
  readonly shadowBusy: Uint8Array;
  readonly shadowFreeTick: Float64Array;
  readonly shadowFreeStream: Int32Array;
  readonly shadowFreeN: Int32Array;
  readonly shadowFreeNode: Int32Array;
  readonly barrierArrived: Int32Array;
  readonly arrayPending: Uint8Array;
  readonly adcPending: Uint8Array;
  readonly serverPending: Uint8Array;
  readonly portEdge: Float64Array;

  constructor(
    readonly program: Program,
    readonly chip: Chip,
    readonly options: MachineOptions,
  ) {
    const { ideal } = options;
    this.decoded = decode(program, chip, ideal);
    const { plans } = this.decoded;
    this.rows = plans.pack((plan, stage) => stepsOf(plan, stage, chip, ideal));
    this.plans = plans;
    this.stageKey = this.decoded.tag.map((tag) => (program.tags[tag]?.stage ?? 0) * TERMS.length);
    this.cores = program.cores;
    this.resources = numberResources(chip, this.cores);
    this.stages = plans.stagesPerPlan;
    this.rowWidth = this.stages * STAGE_FIELDS;
    this.stageShift = Math.ceil(Math.log2(Math.max(2, this.stages)));
    this.stageMask = (1 << this.stageShift) - 1;
    this.arraysPerCore = chip.core.arrays.count;

    const streams = program.streams.length;
    this.streams = streams;
    const i32 = (n: number, fill = 0): Int32Array => new Int32Array(n).fill(fill);
    const f64 = (n: number, fill = 0): Float64Array => new Float64Array(n).fill(fill);
    const u8 = (n: number): Uint8Array => new Uint8Array(n);

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

    const semaphores = this.decoded.semaphores.length;
    this.semaphoreCount = i32(semaphores);
    this.semaphoreTick = f64(semaphores, -1);
    this.semaphoreBefore = i32(semaphores);
    this.semaphorePoster = i32(semaphores, -1);
    this.semaphorePosterN = i32(semaphores, -1);
    this.semaphoreNode = i32(semaphores, -1);
    this.semaphoreWaiter = i32(semaphores, -1);
    this.semaphoreNeed = i32(semaphores);

    const channels = this.decoded.channels.length;
    const credits = chip.core.channelCredits;
    this.channelSent = i32(channels);
    this.channelArrived = i32(channels);
    this.channelSender = i32(channels, -1);
    this.channelReceiver = i32(channels, -1);
    this.channelFreeTick = f64(channels, -1);
    this.channelFreeCount = i32(channels);
    this.channelFreeStream = i32(channels, -1);
    this.channelFreeN = i32(channels, -1);
    this.channelFreeNode = i32(channels, -1);
    this.channelMessageTick = f64(channels, -1);
    this.channelMessageBefore = i32(channels);
    this.channelMessageStream = i32(channels, -1);
    this.channelMessageN = i32(channels, -1);
    this.channelMessageNode = i32(channels, -1);
    this.channelLengths = f64(channels * credits);
    this.channelHead = i32(channels);
    this.channelTail = i32(channels);

    const arrays = this.cores * this.arraysPerCore;
    this.registersFree = i32(arrays, chip.core.arrays.inputRegisters);
    this.registerFreeTick = f64(arrays, -1);
    this.registerFreeCount = i32(arrays);
    this.registerFreeStream = i32(arrays, -1);
    this.registerFreeN = i32(arrays, -1);
    this.registerFreeNode = i32(arrays, -1);
    this.shadowBusy = u8(arrays);
    this.shadowFreeTick = f64(arrays, -1);
    this.shadowFreeStream = i32(arrays, -1);
    this.shadowFreeN = i32(arrays, -1);
    this.shadowFreeNode = i32(arrays, -1);

    this.servers = new Servers(this.resources.specs, lanes);
    const waiting = chip.core.outstanding.mvm + chip.core.arrays.write.portsPerCore;
    this.arraySets = Array.from(
      { length: this.cores },
      () =>
        new SetArbiter(this.arraysPerCore, waiting, "oldest", lanes, (lane) => plans.arrays[this.planOfLane(lane)]!),
    );
    const { timing } = chip.core.arrays;
    const adcPolicy =
      timing.kind === "composed" && timing.converter.kind === "adc" ? timing.converter.arbitration : "oldest";
    this.adcSets = Array.from(
      { length: this.resources.adcPerCore > 0 ? this.cores : 0 },
      () =>
        new SetArbiter(
          this.resources.adcPerCore,
          waiting,
          adcPolicy,
          lanes,
          (lane) => plans.adcGroups[this.planOfLane(lane)]!,
        ),
    );
    if (options.hazards?.unsortedRequests) {
      this.servers.unsorted = true;
      for (const set of [...this.arraySets, ...this.adcSets]) set.unsorted = true;
    }
    this.barrierArrived = i32(this.decoded.barriers.length);
    this.arrayPending = u8(this.cores);
    this.adcPending = u8(this.cores);
    this.serverPending = u8(this.servers.count);
    this.portEdge = f64(this.servers.portFreeTick.length, 0);

    this.issueEvent = lanes;
    this.arrayEvent = this.issueEvent + streams;
    this.adcEvent = this.arrayEvent + this.cores;
    this.serverEvent = this.adcEvent + this.cores;
    this.barrierEvent = this.serverEvent + this.servers.count;
    this.foldEvent = this.barrierEvent + this.decoded.barriers.length;
    this.memoryEvent = this.foldEvent + 1;
    this.queue = createQueue(options.engine, {
      capacity: this.memoryEvent + 1,
      checked: options.checked ?? false,
      ...(options.shuffleSeed === undefined ? {} : { shuffleSeed: options.shuffleSeed }),
    });

    this.memory = playsCommands(chip.dram, ideal) ? new CommandMemory(this, options.onDramRequest) : undefined;

    const stageCount = Math.max(1, ...program.tags.map((tag) => tag.stage + 1));
    // Folding costs a pass over all lanes, so the log grows with them.
    const capacity =
      options.pathCapacity ?? Math.max(1 << 16, 1 << Math.ceil(Math.log2(16 * (streams + contexts) + 1)));
    this.path = new PathLog(stageCount, capacity);
    // After a tick is over, only these can still become somebody's cause.
    for (const refs of [
      this.streamCauseNode,
      this.contextCauseNode,
      this.laneNode,
      this.servers.portFreeNode,
      this.servers.bankFreeNode,
    ])
      this.path.registerRefs(refs);
  }

  /** The plan of the instruction a lane belongs to. */
  planOfLane(lane: number): number {
    return this.contextPlan[lane >> this.stageShift]!;
  }

  /** Rows and columns of the weight write a context performs. */
  writeShape(context: number): { rows: number; columns: number } {
    const stream = this.contextStream[context]!;
    const pc = this.contextPosition[context]! - this.decoded.codeStart[stream]!;
    const instruction = this.program.streams[stream]!.code.at(pc);
    return instruction.op === "WWR" ? instruction : { rows: 0, columns: 0 };
  }

  /** Index of the row of (plan, stage). */
  rowAt(plan: number, stage: number): number {
    return plan * this.rowWidth + stage * STAGE_FIELDS;
  }
}
