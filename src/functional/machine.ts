/**
 * The functional machine: the program's effects on real bytes, fed by the timed run.
 * It is a trace sink: instruction records go in as they come, their effects are played in time order, reads at start, writes at
 * completion, so that a missing dependency gives wrong numbers.
 */
import type { Chip } from "../hardware/index.js";
import type { Instruction, Program } from "../isa/index.js";
import type { HoldRecord, InstructionRecord, TraceFooter, TraceHeader, TraceSink } from "../trace/index.js";
import type { Network } from "../workload/network.js";
import type { NetworkParameters } from "../workload/reference/index.js";
import { type ArithmeticCounts, Context, type Effect } from "./context.js";
import { DataFlow, type FlowReport } from "./dataflow.js";
import { Identity } from "./identity.js";
import type { LoadedRegion } from "./image.js";
import type { OrderedPairs } from "./pairs.js";
import { Replay, type ReplayListener } from "./replay.js";
import { startInstruction } from "./start.js";
import { ChipState, type FunctionalOptions } from "./state.js";
import type { StreamWalk } from "./walk.js";
import { LastWriters } from "./writers.js";

/** What a functional machine computes, and on what. */
export interface FunctionalSetting {
  program: Program;
  chip: Chip;
  network: Network;
  parameters: NetworkParameters;
  /** DRAM before the start. */
  image: readonly LoadedRegion[];
  options?: FunctionalOptions;
  /** Whether to check data flow and races beside computing. */
  checkDataFlow?: boolean;
  /** Collects the conflicting accesses that happens-before orders. */
  pairs?: OrderedPairs;
}

/** Executes a program on real bytes as its records come in. */
export class FunctionalMachine implements TraceSink, ReplayListener {
  readonly counts: ArithmeticCounts = { conversions: 0, clipped: 0, overflows: 0, macs: 0, layers: new Map() };
  readonly identity: Identity;
  private readonly state: ChipState;
  private readonly context: Context;
  private readonly writers: LastWriters;
  private readonly dataFlow: DataFlow | undefined;
  private readonly replay: Replay;
  private readonly open: Map<number, Effect>[];
  private finished = false;

  constructor(private readonly setting: FunctionalSetting) {
    const { program, chip, network, parameters, image, options = {} } = setting;
    this.identity = new Identity(program);
    this.state = new ChipState(program, chip, options);
    this.dataFlow = setting.checkDataFlow ? new DataFlow(program, chip, setting.pairs) : undefined;
    this.writers = new LastWriters(chip.dram === undefined ? 1 : 0, this.dataFlow);
    this.context = new Context(program, this.state, network, parameters, options, this.counts, this.writers);
    this.replay = new Replay(program, chip, this);
    this.open = program.streams.map(() => new Map());
    for (const { address, bytes } of image) {
      this.state.memory(this.main, 0).write(address, bytes, 0, bytes.length);
      this.dataFlow?.load(address, bytes.length);
    }
  }

  /** Most records that waited to be played at once. */
  get mostKept(): number {
    return this.replay.mostKept;
  }

  begin(_header: TraceHeader): void {}

  hold(_record: Readonly<HoldRecord>): void {}

  instruction(record: Readonly<InstructionRecord>): void {
    this.replay.add(record);
  }

  end(_footer: TraceFooter): void {
    this.finish();
  }

  /** Plays what is left; called by `end`, or by hand where records come without a trace. */
  finish(): void {
    if (this.finished) return;
    this.finished = true;
    this.replay.finish();
  }

  start(stream: number, walk: StreamWalk): void {
    const { core, unit } = this.setting.program.streams[stream]!;
    this.dataFlow?.start(stream, walk.n, walk.pc, walk.instruction);
    this.writers.current = this.identity.number(stream, walk.n);
    this.open[stream]!.set(walk.n, startInstruction(this.context, core, unit, walk));
  }

  complete(stream: number, n: number, _instruction: Instruction): void {
    const open = this.open[stream]!;
    open.get(n)!.apply();
    open.delete(n);
  }

  /** The memory that tiles and tensors lie in: DRAM, or the global buffer of a chip without. */
  private get main(): "gm" | "gb" {
    return this.setting.chip.dram === undefined ? "gb" : "gm";
  }

  /** Bytes of DRAM (of the global buffer, on a chip without) as they are now. */
  readDram(address: number, bytes: number): Uint8Array {
    const out = new Uint8Array(bytes);
    this.state.memory(this.main, 0).read(address, out, 0, bytes);
    return out;
  }

  /** Bytes of a core's local memory as they are now. */
  readLocal(core: number, address: number, bytes: number): Uint8Array {
    const out = new Uint8Array(bytes);
    this.state.memory("lm", core).read(address, out, 0, bytes);
    return out;
  }

  /** Accumulator entries of a core as they are now. */
  readAccumulators(core: number, entry: number, count: number): number[] {
    return [...this.state.cores[core]!.accumulators.subarray(entry, entry + count)];
  }

  /** The number of the instruction that wrote a DRAM byte last, 0 for none; `identity` describes it. */
  writerOf(address: number): number {
    return this.writers.writerOf(address);
  }

  /** What the data flow check found; undefined where none was asked for. */
  flowReport(): FlowReport | undefined {
    return this.dataFlow?.finish(this.setting.network.outputs);
  }
}
