/**
 * Plans of everything that moves bytes: loads, stores, sends, vector work, weight writes.
 * A path is a list of memories and links; packets and hold lengths follow docs/timing.md section 3.
 */
import { ceilMul, divide, type Rational, TERM_INDEX, type Term } from "../../base/index.js";
import { type Chip, playsCommands, type Sram } from "../../hardware/index.js";
import type { Space } from "../../isa/index.js";
import { routeOf } from "../network/mesh.js";
import {
  COUNT,
  COUNTS,
  type IdealPart,
  type Plan,
  plainPlan,
  RESOURCE,
  type StagePlan,
  stage,
  UNLIMITED,
} from "./plan.js";

/** How bytes are cut: `runs` runs of `runBytes`, into packets of at most `packetBytes`. */
export interface Cut {
  runs: number;
  runBytes: number;
  packetBytes: number;
}

/** What a plan is made for. */
export interface PlanContext {
  chip: Chip;
  core: number;
  ideal: ReadonlySet<IdealPart>;
}

/** Stages of a path under construction, all over the same packets. */
export class PathPlan {
  readonly stages: StagePlan[] = [];
  readonly counts = new Array<number>(COUNTS.length).fill(0);
  private readonly period: number;
  private readonly full: number;
  private readonly rest: number;
  private readonly packets: number;
  readonly totalBytes: number;

  constructor(
    private readonly context: PlanContext,
    cut: Cut,
  ) {
    this.period = Math.max(1, Math.ceil(cut.runBytes / cut.packetBytes));
    this.full = this.period === 1 ? cut.runBytes : cut.packetBytes;
    this.rest = cut.runBytes - (this.period - 1) * this.full;
    this.packets = this.period * cut.runs;
    this.totalBytes = cut.runBytes * cut.runs;
  }

  /** Packets of the flow, and of one run. */
  get packetCount(): number {
    return this.packets;
  }
  get packetsPerRun(): number {
    return this.period;
  }

  private push(fields: Partial<StagePlan> & Pick<StagePlan, "kind" | "term">): void {
    this.stages.push(
      stage({
        units: this.packets,
        fullBytes: this.full,
        restBytes: this.rest,
        period: this.period,
        ...fields,
      }),
    );
  }

  private count(name: keyof typeof COUNT, bytes: number): void {
    this.counts[COUNT[name]]! += bytes;
  }

  private get commands(): boolean {
    return playsCommands(this.context.chip.dram, this.context.ideal);
  }

  private isIdeal(part: IdealPart): boolean {
    return this.context.ideal.has(part);
  }

  /** A port of a local memory or of the global buffer; `factor` times the packet's bytes go through it. */
  sram(which: "local" | "global", direction: "read" | "write", term: Term, factor: Rational = ONE): this {
    const { chip } = this.context;
    const memory: Sram = which === "local" ? chip.core.localMemory : chip.globalBuffer!;
    const kind = `${which}${direction === "read" ? "Read" : "Write"}` as const;
    const full = ceilMul(this.full, factor);
    const rest = ceilMul(this.rest, factor);
    const ideal = this.isIdeal("sram");
    this.push({
      kind,
      term: TERM_INDEX[term],
      resource: ideal ? RESOURCE.none : RESOURCE[kind],
      fullTicks: ideal ? 1 : atLeastOne(ceilMul(full, memory.ticksPerByte)),
      restTicks: ideal ? 1 : atLeastOne(ceilMul(rest, memory.ticksPerByte)),
      fullBytes: full,
      restBytes: rest,
    });
    this.count(`${kind}Bytes`, (full * (this.period - 1) + rest) * (this.packets / this.period));
    return this;
  }

  /** DRAM latency: once, before the first packet or after the last. */
  latency(term: Term): this {
    const dram = this.context.chip.dram!;
    if (this.isIdeal("dram") || this.commands) return this;
    const first = this.stages.length === 0;
    this.stages.push(
      stage({
        kind: "latency",
        term: TERM_INDEX[term],
        units: 1,
        upstream: first ? 1 : this.packets,
        room: UNLIMITED,
        fullTicks: atLeastOne(dram.latencyCycles),
        restTicks: atLeastOne(dram.latencyCycles),
      }),
    );
    return this;
  }

  /** A DRAM channel. */
  dram(direction: "read" | "write", term: Term): this {
    const dram = this.context.chip.dram!;
    const ideal = this.isIdeal("dram");
    this.count(direction === "read" ? "dramReadBytes" : "dramWriteBytes", this.totalBytes);
    if (this.commands) {
      // How long a packet takes the controller says; what is kept here is the time of its bytes at the peak rate.
      const ticks = (bytes: number): number => ceilMul(ceilMul(bytes, dram.cyclesPerByte), dram.clock.ticksPerCycle);
      this.push({
        kind: "dram",
        term: TERM_INDEX[term],
        resource: RESOURCE.memory,
        fullTicks: atLeastOne(ticks(this.full)),
        restTicks: atLeastOne(ticks(this.rest)),
        dramWrite: direction === "write",
      });
      return this;
    }
    const afterLatency = this.stages.at(-1)?.kind === "latency";
    this.push({
      kind: "dram",
      term: TERM_INDEX[term],
      resource: ideal ? RESOURCE.none : RESOURCE.dram,
      // All packets become available when the latency is over.
      ...(afterLatency ? { group: this.packets, upstream: 1, room: UNLIMITED } : {}),
      fullTicks: ideal ? 1 : atLeastOne(ceilMul(this.full, dram.cyclesPerByte)),
      restTicks: ideal ? 1 : atLeastOne(ceilMul(this.rest, dram.cyclesPerByte)),
    });
    return this;
  }

  /** Bus, or the links and routers between two nodes; −1 stands for the node of the memories. */
  network(from: number, to: number, term: Term): this {
    const { network } = this.context.chip;
    const ideal = this.isIdeal("bus");
    const perByte = divide(network.ticksPerByte, network.clock.ticksPerCycle);
    const fullTicks = ideal ? 1 : atLeastOne(ceilMul(this.full, perByte));
    const restTicks = ideal ? 1 : atLeastOne(ceilMul(this.rest, perByte));
    if (network.kind === "bus") {
      this.push({
        kind: "bus",
        term: TERM_INDEX[term],
        resource: ideal ? RESOURCE.none : RESOURCE.network,
        fullTicks,
        restTicks,
      });
      this.count("networkBytes", this.totalBytes);
      return this;
    }
    const at = (node: number): number => (node < 0 ? network.memoryNode : node);
    for (const link of routeOf(network, at(from), at(to))) {
      this.push({
        kind: "link",
        term: TERM_INDEX[term],
        resource: ideal ? RESOURCE.none : RESOURCE.link,
        link,
        fullTicks,
        restTicks,
      });
      if (!ideal && network.hopCycles > 0)
        this.push({
          kind: "router",
          term: TERM_INDEX[term],
          fullTicks: network.hopCycles,
          restTicks: network.hopCycles,
        });
      this.count("networkBytes", this.totalBytes);
    }
    return this;
  }

  /** The weight buffer's private read port. */
  weightBuffer(term: Term): this {
    const perByte = this.context.chip.core.weightBuffer!.ticksPerByte;
    const ideal = this.isIdeal("sram");
    this.push({
      kind: "weightBuffer",
      term: TERM_INDEX[term],
      fullTicks: ideal ? 1 : atLeastOne(ceilMul(this.full, perByte)),
      restTicks: ideal ? 1 : atLeastOne(ceilMul(this.rest, perByte)),
    });
    this.count("weightBufferBytes", this.totalBytes);
    return this;
  }

  /** The vector unit, working on `factor` times a packet's bytes. */
  vector(term: Term, factor = 1): this {
    const unit = this.context.chip.core.vectorUnit;
    const ideal = this.isIdeal("vector");
    this.push({
      kind: "vector",
      term: TERM_INDEX[term],
      fullTicks: ideal ? 1 : atLeastOne(ceilMul(this.full * factor, unit.ticksPerByte)),
      restTicks: ideal ? 1 : atLeastOne(ceilMul(this.rest * factor, unit.ticksPerByte)),
      startTicks: ideal ? 0 : unit.startCycles,
    });
    this.count("vectorBytes", this.totalBytes * factor);
    return this;
  }

  /** The read side of a memory space, up to the core. */
  readFrom(space: Space, term: Term): this {
    if (space === "gm") return this.latency(term).dram("read", term).network(-1, this.context.core, term);
    if (space === "gb") return this.sram("global", "read", term).network(-1, this.context.core, term);
    if (space === "wb") return this.weightBuffer(term);
    return this.sram("local", "read", term);
  }

  /** The write side of a memory space, from the core. */
  writeTo(space: Space, term: Term): this {
    if (space === "gm") {
      this.network(this.context.core, -1, term).dram("write", term);
      return this.context.chip.dram!.storeAck === "written" ? this.latency(term) : this;
    }
    if (space === "gb") return this.network(this.context.core, -1, term).sram("global", "write", term);
    return this.sram("local", "write", term);
  }

  /** The plan of these stages alone. */
  plan(): Plan {
    return plainPlan(this.stages, this.counts);
  }
}

const ONE: Rational = { num: 1, den: 1 };

/** Every hold lasts at least one tick. */
export function atLeastOne(ticks: number): number {
  return Math.max(1, ticks);
}

/** The grain of a path: the smallest packet of the shared resources it crosses; `to` is the core at the other end of a SEND. */
export function pathPacketBytes(
  { chip, core }: PlanContext,
  spaces: readonly Space[],
  withVector: boolean,
  to?: number,
): number {
  let bytes = Number.POSITIVE_INFINITY;
  let network = to !== undefined;
  for (const space of spaces) {
    if (space === "lm") bytes = Math.min(bytes, chip.core.localMemory.packetBytes);
    if (space === "gb") bytes = Math.min(bytes, chip.globalBuffer!.packetBytes);
    if (space === "gm") bytes = Math.min(bytes, chip.dram!.packetBytes);
    if (space === "gb" || space === "gm") network = true;
  }
  if (
    chip.network.kind === "mesh" &&
    network &&
    routeOf(chip.network, core, to ?? chip.network.memoryNode).length === 0
  )
    network = false;
  if (network) bytes = Math.min(bytes, chip.network.packetBytes);
  if (withVector) bytes = Math.min(bytes, chip.core.vectorUnit.packetBytes);
  return bytes;
}
