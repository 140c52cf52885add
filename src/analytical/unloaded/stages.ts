/** Builds the stages of one flow, first to last, and then its packets once the smallest packet on the path is known. */
import { ceilMul, divide, invariant, type Rational } from "../../base/index.js";
import { type Chip, type Mesh, playsCommands, type Sram } from "../../hardware/index.js";
import type { Instruction } from "../../isa/index.js";
import { periodOf } from "../clock.js";
import { mostRequests, worstRequestTicks } from "../dram/extremes.js";
import { type StageKind, termOf } from "../terms.js";
import { channelOf } from "./address.js";
import { isIdeal, type UnloadedContext } from "./context.js";
import type { FixedHold, FlowForm, PacketPlan, StageForm } from "./flow.js";

/** An end of a way over the network: a core, or where DRAM and the global buffer are attached. */
export type Place = number | "memory";

/** The hops of the XY way between two nodes of a mesh, x first. */
export function meshHops(mesh: Mesh, from: number, to: number): { from: number; to: number }[] {
  const hops: { from: number; to: number }[] = [];
  let node = from;
  const [toX, toY] = [to % mesh.columns, Math.floor(to / mesh.columns)];
  const step = (by: number) => {
    hops.push({ from: node, to: node + by });
    node += by;
  };
  while (node % mesh.columns !== toX) step(node % mesh.columns < toX ? 1 : -1);
  while (Math.floor(node / mesh.columns) !== toY)
    step(Math.floor(node / mesh.columns) < toY ? mesh.columns : -mesh.columns);
  return hops;
}

/** The hops of a flow from one place to several: the flow goes on from each destination to the next, as listed. */
export function meshWay(mesh: Mesh, from: Place, to: readonly Place[]): { from: number; to: number }[] {
  const node = (place: Place) => (place === "memory" ? mesh.memoryNode : place);
  let at = node(from);
  const hops: { from: number; to: number }[] = [];
  for (const place of to) {
    hops.push(...meshHops(mesh, at, node(place)));
    at = node(place);
  }
  return hops;
}

const NONE: ReadonlySet<string> = new Set();
const ONE: Rational = { num: 1, den: 1 };

/** A stage before the packets are known: cycles as a function of a packet's bytes. */
interface Draft {
  kind: StageKind;
  period?: Rational | undefined;
  cycles: (bytes: number) => number;
  firstExtraCycles?: number;
  each?: ((packet: number) => number) | undefined;
  /** Whether packets go to several ports that each remember their last edge. */
  channels?: boolean;
  /** Bytes moved for a packet's bytes. */
  moved: (bytes: number) => number;
  link?: { from: number; to: number };
}

/** What `flowOf` builds a flow with. */
export interface StageMaker {
  local(kind: "localRead" | "localWrite", factor?: Rational): void;
  global(kind: "globalRead" | "globalWrite"): void;
  latencyFirst(): void;
  latencyLast(): void;
  dram(): void;
  net(from: Place, to: readonly Place[]): void;
  weightBuffer(): void;
  vector(factor?: Rational): void;
  fixed(kind: "pulse" | "swap", cycles: number, each?: (packet: number) => number): void;
  finish(plan: (packetBytes: number) => PacketPlan): FlowForm;
}

function need<T>(part: T | undefined, chip: Chip, name: string): T {
  invariant(part !== undefined, `chip ${chip.name} has no ${name}`);
  return part;
}

/** A maker of the stages of one instruction. */
export function stageMaker(instruction: Instruction, context: UnloadedContext): StageMaker {
  const { chip } = context;
  const drafts: Draft[] = [];
  const lead: FixedHold[] = [];
  const trail: FixedHold[] = [];
  let packetBytes = Number.MAX_SAFE_INTEGER;
  const idealSram = isIdeal(context, "sram");
  const commands = playsCommands(chip.dram, context.ideal ?? NONE);
  const port = (kind: StageKind, sram: Sram, factor: Rational = ONE) => {
    packetBytes = Math.min(packetBytes, sram.packetBytes);
    const cycles = (bytes: number) => (idealSram ? 1 : ceilMul(ceilMul(bytes, factor), sram.ticksPerByte));
    drafts.push({ kind, cycles, moved: (bytes) => ceilMul(bytes, factor) });
  };
  const latency = (): FixedHold => {
    const dram = need(chip.dram, chip, "DRAM");
    const period = periodOf(dram.clock.ticksPerCycle);
    return {
      kind: "latency",
      term: termOf(instruction, "latency"),
      cycles: dram.latencyCycles,
      ...(period && { period }),
    };
  };
  return {
    local: (kind, factor) => port(kind, chip.core.localMemory, factor),
    global: (kind) => port(kind, need(chip.globalBuffer, chip, "global buffer")),
    latencyFirst() {
      if (!isIdeal(context, "dram") && !commands) lead.push(latency());
    },
    latencyLast() {
      if (!isIdeal(context, "dram") && !commands && need(chip.dram, chip, "DRAM").storeAck === "written")
        trail.push(latency());
    },
    dram() {
      const dram = need(chip.dram, chip, "DRAM");
      packetBytes = Math.min(packetBytes, dram.packetBytes);
      if (commands) {
        // A packet may have come before it is looked for; at worst every request of it is served the slowest way.
        const worst = context.passes === "worst" ? worstRequestTicks(dram) : 0;
        drafts.push({
          kind: "dram",
          cycles: (bytes) => Math.max(1, worst * mostRequests(dram, bytes)),
          moved: (bytes) => bytes,
        });
        return;
      }
      const ideal = isIdeal(context, "dram");
      const period = ideal ? undefined : periodOf(dram.clock.ticksPerCycle);
      drafts.push({
        kind: "dram",
        period,
        channels: dram.channels > 1 && period !== undefined && period.num < period.den,
        cycles: (bytes) => (ideal ? 1 : ceilMul(bytes, dram.cyclesPerByte)),
        moved: (bytes) => bytes,
      });
    },
    net(from, to) {
      const { network } = chip;
      const ideal = isIdeal(context, "bus");
      const period = ideal ? undefined : periodOf(network.clock.ticksPerCycle);
      const cyclesPerByte = divide(network.ticksPerByte, network.clock.ticksPerCycle);
      const cycles = (bytes: number) => (ideal ? 1 : ceilMul(bytes, cyclesPerByte));
      if (network.kind === "bus") {
        packetBytes = Math.min(packetBytes, network.packetBytes);
        drafts.push({ kind: "bus", period, cycles, moved: (bytes) => bytes });
        return;
      }
      for (const link of meshWay(network, from, to)) {
        packetBytes = Math.min(packetBytes, network.packetBytes);
        drafts.push({ kind: "link", period, cycles, moved: (bytes) => bytes, link });
        if (!ideal && network.hopCycles > 0)
          drafts.push({ kind: "router", cycles: () => network.hopCycles, moved: (bytes) => bytes });
      }
    },
    weightBuffer() {
      const { ticksPerByte } = need(chip.core.weightBuffer, chip, "weight buffer");
      drafts.push({
        kind: "weightBuffer",
        cycles: (bytes) => (idealSram ? 1 : ceilMul(bytes, ticksPerByte)),
        moved: (bytes) => bytes,
      });
    },
    vector(factor = ONE) {
      const unit = chip.core.vectorUnit;
      packetBytes = Math.min(packetBytes, unit.packetBytes);
      const ideal = isIdeal(context, "vector");
      drafts.push({
        kind: "vector",
        cycles: (bytes) => (ideal ? 1 : ceilMul(ceilMul(bytes, factor), unit.ticksPerByte)),
        firstExtraCycles: ideal ? 0 : unit.startCycles,
        moved: (bytes) => ceilMul(bytes, factor),
      });
    },
    fixed(kind, cycles, each) {
      drafts.push({ kind, cycles: () => cycles, each, moved: () => 0 });
    },
    finish(plan) {
      const packets = plan(packetBytes);
      const stages = drafts.map(
        (draft): StageForm => ({
          kind: draft.kind,
          term: termOf(instruction, draft.kind),
          ...(draft.period && { period: draft.period }),
          fullCycles: draft.cycles(packets.fullBytes),
          restCycles: draft.cycles(packets.restBytes),
          firstExtraCycles: draft.firstExtraCycles ?? 0,
          ...(draft.each && { eachCycles: draft.each }),
          ...(draft.channels && { portOf: channelOf(instruction, packets, need(chip.dram, chip, "DRAM")) }),
          fullMovedBytes: draft.moved(packets.fullBytes),
          restMovedBytes: draft.moved(packets.restBytes),
          ...(draft.link && { link: draft.link }),
        }),
      );
      return { packets, lead, stages, trail };
    },
  };
}
