/** What the laws look at: the trace, its sorted view, and program and chip where they are known. */
import { type IdealPart, type TickRange, termOf } from "../analytical/index.js";
import type { Rational, Term } from "../base/index.js";
import type { Chip } from "../hardware/index.js";
import { type Code, dynamicCount, type Instruction, type Program } from "../isa/index.js";
import type { TraceTable } from "../trace/index.js";
import { type Lanes, lanesOf } from "./contract/lanes.js";
import { ResourceMap } from "./contract/resources.js";
import { TripWalk } from "./contract/walk.js";
import type { Findings, HoldId, InstructionId, LawName } from "./report.js";
import { TraceView } from "./view.js";

/** One static instruction with all the laws need of it. */
export interface Static extends Lanes {
  instruction: Instruction;
  /** Row number of each lane's first hold among those of the instruction, the issue hold apart; one more entry at the end. */
  offsets: number[];
  /** Length of its issue hold and the term it counts as. */
  issueTicks: number;
  issueTerm: Term;
  tag: number;
}

/** Program and chip of a trace. */
export interface Known {
  program: Program;
  chip: Chip;
  ideal: ReadonlySet<IdealPart>;
  resources: ResourceMap;
  counts: number[];
}

/** Everything the laws share. */
export class CheckContext {
  readonly view: TraceView;
  /** Whether the trace holds every row of its run. */
  readonly whole: boolean;
  readonly known: Known | undefined;
  /** Static index of each slot, −1 where unknown; only with a program. */
  readonly pcOf: Int32Array;
  readonly streamOf: Int32Array;
  /** 1 where the rows of an instruction are exactly those its lanes ask for. */
  readonly intact: Uint8Array;
  /** 1 where its issue hold stands first among its holds. */
  readonly hasIssue: Uint8Array;
  private readonly statics = new Map<Code | string, (Static | undefined)[]>();
  private readonly ranges = new Map<string, TickRange>();

  constructor(
    readonly table: TraceTable,
    readonly findings: Findings,
    program: Program | undefined,
    chip: Chip | undefined,
  ) {
    const { header } = table;
    this.whole = Object.keys(header.filter).length === 0;
    const counts = program?.streams.map(({ code }) => dynamicCount(code)) ?? [];
    this.view = new TraceView(table, program && counts, this.whole);
    if (program && chip)
      this.known = {
        program,
        chip,
        ideal: new Set(header.ideal as IdealPart[]),
        resources: new ResourceMap(header, chip),
        counts,
      };
    this.streamOf = new Int32Array(this.view.slots);
    for (let stream = 0; stream < this.view.streams; stream++)
      this.streamOf.fill(stream, this.view.firstSlot[stream]!, this.view.firstSlot[stream + 1]!);
    this.pcOf = new Int32Array(this.view.slots).fill(-1);
    this.intact = new Uint8Array(this.view.slots);
    this.hasIssue = new Uint8Array(this.view.slots);
    if (program) this.walkAll((slot, walk) => (this.pcOf[slot] = walk.index));
  }

  /** The n of a slot. */
  nOf(slot: number): number {
    const stream = this.streamOf[slot]!;
    return this.view.firstN[stream]! + slot - this.view.firstSlot[stream]!;
  }

  /** Goes through the program in the order it runs, over the slots of the trace. */
  walkAll(visit: (slot: number, walk: TripWalk) => void): void {
    const { view } = this;
    const program = this.known!.program;
    for (let stream = 0; stream < Math.min(view.streams, program.streams.length); stream++) {
      const first = view.firstN[stream]!;
      const count = view.firstSlot[stream + 1]! - view.firstSlot[stream]!;
      const walk = new TripWalk(program.streams[stream]!.code);
      for (let n = 0; n < first + count && !walk.done; n++, walk.advance())
        if (n >= first) visit(view.firstSlot[stream]! + n - first, walk);
    }
  }

  /** The static instruction of a slot; undefined where the program has none there. */
  staticOf(slot: number): Static | undefined {
    const pc = this.pcOf[slot]!;
    if (pc < 0) return undefined;
    const { program, chip, ideal } = this.known!;
    const { core, code } = program.streams[this.streamOf[slot]!]!;
    // On a bus all cores are alike; on a mesh the way depends on where the core sits.
    const key = chip.network.kind === "bus" ? code : `${this.streamOf[slot]}`;
    let list = this.statics.get(key);
    if (!list) {
      list = new Array<Static | undefined>(code.length);
      this.statics.set(key, list);
    }
    list[pc] ??= this.makeStatic(code.at(pc), core, chip, program, ideal);
    return list[pc];
  }

  private makeStatic(
    instruction: Instruction,
    core: number,
    chip: Chip,
    program: Program,
    ideal: ReadonlySet<IdealPart>,
  ): Static {
    const lanes = lanesOf(instruction, { chip, groups: program.groups, core, ideal, ranges: this.ranges });
    const offsets = [0];
    for (const lane of lanes.lanes) offsets.push(offsets.at(-1)! + lane.units);
    const interval = ideal.has("issue") ? 1 : Math.max(1, chip.core.mvmIssueCycles);
    return {
      ...lanes,
      instruction,
      offsets,
      issueTicks: instruction.op === "MVM" ? instruction.vectors * interval : 1,
      issueTerm: termOf(instruction, "issue"),
      tag: instruction.tag ?? 0,
    };
  }

  /** Row of a hold of an intact instruction, by lane and unit. */
  rowAt(slot: number, code: Static, lane: number, unit: number): number {
    return this.view.holdRows[this.view.holdStart[slot]! + this.hasIssue[slot]! + code.offsets[lane]! + unit]!;
  }

  /** Whether a slot has its row, its static instruction, and all its holds. */
  isIntact(slot: number): boolean {
    return slot >= 0 && this.intact[slot] === 1;
  }

  core(slot: number): number {
    return this.table.header.streams[this.streamOf[slot]!]!.core;
  }

  startOf(slot: number): number {
    return this.table.instructions.startTick[this.view.rowOf[slot]!]!;
  }

  endOf(slot: number): number {
    return this.table.instructions.endTick[this.view.rowOf[slot]!]!;
  }

  /** The clock of a hold kind, where it is not the chip's own. */
  clockOf(kind: string): Rational | undefined {
    const chip = this.known?.chip;
    if (!chip) return undefined;
    const clock =
      kind === "dram" || kind === "latency"
        ? chip.dram?.clock
        : kind === "bus" || kind === "link"
          ? chip.network.clock
          : undefined;
    if (!clock || clock.ticksPerCycle.num === clock.ticksPerCycle.den) return undefined;
    return clock.ticksPerCycle;
  }

  id(slot: number): InstructionId {
    return { stream: this.streamOf[slot]!, n: this.nOf(slot) };
  }

  holdId(row: number): HoldId {
    const { holds } = this.table;
    return { stream: holds.stream[row]!, n: holds.n[row]!, stage: holds.stage[row]!, packet: holds.packet[row]! };
  }

  /** Adds a violation of an instruction. */
  blameInstruction(law: LawName, code: string, slot: number, message: string, tick?: number): void {
    this.findings.add({ law, code, message, instruction: this.id(slot), ...(tick === undefined ? {} : { tick }) });
  }

  /** Adds a violation of a hold. */
  blameHold(law: LawName, code: string, row: number, message: string): void {
    this.findings.add({ law, code, message, hold: this.holdId(row), tick: this.table.holds.startTick[row]! });
  }
}
