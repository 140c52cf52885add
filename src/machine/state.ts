/**
 * The machine's state: everything that decides a run's future, in numeric arrays (law 13).
 * Streams, contexts (instructions under way) and lanes (their stages) are rows of columns; event ids are laid out here once.
 * Stage ids count core by core, unit by unit, slot by slot, stage by stage, whatever order the program lists its streams in.
 */
import { TERMS } from "../base/index.js";
import type { EventQueue } from "../engine/index.js";
import { createQueue } from "../engine/index.js";
import { type Chip, playsCommands } from "../hardware/index.js";
import type { Program } from "../isa/index.js";
import { Servers } from "./arbiter/servers.js";
import { SetArbiter } from "./arbiter/sets.js";
import { decode } from "./decode.js";
import { CommandMemory } from "./dram/memory.js";
import { PathLog } from "./path/path-log.js";
import { stepsOf } from "./plan/steps.js";
import { type PlanTable, STAGE_FIELDS } from "./plan/table.js";
import { numberResources, type Resources } from "./resources.js";
import { f64, u8 } from "./state/filled.js";
import type { MachineOptions } from "./state/options.js";
import { TokenColumns } from "./state/tokens.js";

export type { Hazards, MachineOptions } from "./state/options.js";
export { BLOCKED } from "./state/streams.js";

/** All columns of one run. */
export class MachineState extends TokenColumns {
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
  readonly rowWidth: number;

  // Event ids.
  readonly issueEvent: number;
  readonly arrayEvent: number;
  readonly adcEvent: number;
  readonly serverEvent: number;
  readonly barrierEvent: number;
  readonly foldEvent: number;
  readonly memoryEvent: number;

  readonly arrayPending: Uint8Array;
  readonly adcPending: Uint8Array;
  readonly serverPending: Uint8Array;
  readonly portEdge: Float64Array;

  constructor(
    program: Program,
    chip: Chip,
    readonly options: MachineOptions,
  ) {
    const { ideal } = options;
    super(program, chip, decode(program, chip, ideal));
    const { cores, streams, contexts, lanes } = this;
    const { plans } = this.decoded;
    this.rows = plans.pack((plan, stage) => stepsOf(plan, stage, chip, ideal));
    this.plans = plans;
    this.stageKey = this.decoded.tag.map((tag) => (program.tags[tag]?.stage ?? 0) * TERMS.length);
    this.resources = numberResources(chip, cores);
    this.rowWidth = plans.stagesPerPlan * STAGE_FIELDS;

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
