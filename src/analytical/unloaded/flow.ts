/** A flow written down for solving: packets, the stages they pass in order, and what stands before and behind them. */
import type { Rational, Term } from "../../base/index.js";
import type { StageKind } from "../terms.js";

/** Parts that can be made ideal (docs/timing.md section 7). */
export const IDEAL_PARTS = ["dram", "bus", "sram", "vector", "mvm", "adc", "issue", "write"] as const;
/** One part that can be made ideal. */
export type IdealPart = (typeof IDEAL_PARTS)[number];

/** Verify passes of the pulse groups of a write: every one the fewest, every one the most, or drawn, one a group. */
export type Passes = "best" | "worst" | readonly number[];

/** The packets of a flow: `runs` runs of `packetsPerRun`, all of `fullBytes` but the last of each run, of `restBytes` ≤ fullBytes. */
export interface PacketPlan {
  runs: number;
  packetsPerRun: number;
  fullBytes: number;
  restBytes: number;
}

/** One stage all packets pass. */
export interface StageForm {
  kind: StageKind;
  term: Term;
  /** Ticks a cycle where the stage stands in another clock domain, else absent. */
  period?: Rational;
  /** Cycles of a hold of a full packet and of the last packet of a run; the first packet of the flow pays `firstExtraCycles` more. */
  fullCycles: number;
  restCycles: number;
  firstExtraCycles: number;
  /** Cycles of each packet where they differ otherwise (drawn verify passes); then the three above are not used. */
  eachCycles?: (packet: number) => number;
  /** Port of each packet, where there are several and the clock is faster than the tick (DRAM channels). */
  portOf?: (packet: number) => number;
  /** Bytes the stage moves for a full packet and for the last of a run. */
  fullMovedBytes: number;
  restMovedBytes: number;
  /** The two nodes of a mesh link. */
  link?: { from: number; to: number };
}

/** A hold made once a flow, before packet 0 or behind the last. */
export interface FixedHold {
  kind: StageKind;
  term: Term;
  period?: Rational;
  cycles: number;
}

/** Computing one vector of an MVM as one hold on its arrays, cut into terms in order of time. */
export interface WholeCompute {
  grain: "vector";
  holdTicks: number;
  parts: { term: Term; ticks: number }[];
  /** Vectors that may be loaded or loading before they are computed. */
  registers: number;
}

/** Computing one vector phase by phase: `phases` holds of settle and of convert, at most `room` phases settled or settling but not converted. */
export interface PhasedCompute {
  grain: "phase";
  phases: number;
  settleTicks: number;
  convertTicks: number;
  room: 1 | 2;
  registers: number;
}

/** What computing one vector of an MVM takes. */
export type ComputeForm = WholeCompute | PhasedCompute;

/** One instruction as a flow; with `compute`, every run is a vector, computed once its last packet is loaded. */
export interface FlowForm {
  packets: PacketPlan;
  lead: FixedHold[];
  stages: StageForm[];
  compute?: ComputeForm;
  trail: FixedHold[];
}

/** The number of packets of a plan. */
export function packetCount(plan: PacketPlan): number {
  return plan.runs * plan.packetsPerRun;
}

/** The number of bytes of a plan. */
export function planBytes(plan: PacketPlan): number {
  return plan.runs * ((plan.packetsPerRun - 1) * plan.fullBytes + plan.restBytes);
}

/** Cuts `runs` runs of `runBytes` each into packets of at most `packetBytes`. */
export function cutRuns(runs: number, runBytes: number, packetBytes: number): PacketPlan {
  const packetsPerRun = Math.max(1, Math.ceil(runBytes / packetBytes));
  return {
    runs: Math.max(1, runs),
    packetsPerRun,
    fullBytes: Math.min(packetBytes, runBytes),
    restBytes: runBytes - (packetsPerRun - 1) * packetBytes,
  };
}

/** Cuts a block: one run where its rows follow each other without a gap, else a run a row. */
export function cutBlock(rows: number, rowBytes: number, stride: number, packetBytes: number): PacketPlan {
  return stride === rowBytes ? cutRuns(1, rows * rowBytes, packetBytes) : cutRuns(rows, rowBytes, packetBytes);
}

/** The cycles of the hold of one packet in a stage (0 counts as 1). */
export function cyclesOfPacket(stage: StageForm, plan: PacketPlan, packet: number): number {
  if (stage.eachCycles) return Math.max(1, stage.eachCycles(packet));
  const last = packet % plan.packetsPerRun === plan.packetsPerRun - 1;
  return Math.max(1, (last ? stage.restCycles : stage.fullCycles) + (packet === 0 ? stage.firstExtraCycles : 0));
}

/** Sums `measure(cycles)` over the holds of all packets in a stage, without walking packets where they are alike. */
export function sumHolds(stage: StageForm, plan: PacketPlan, measure: (cycles: number) => number): number {
  if (stage.eachCycles) {
    let sum = 0;
    for (let packet = 0; packet < packetCount(plan); packet++) sum += measure(cyclesOfPacket(stage, plan, packet));
    return sum;
  }
  const full = measure(Math.max(1, stage.fullCycles));
  const rest = measure(Math.max(1, stage.restCycles));
  const usual = plan.packetsPerRun === 1 ? rest : full;
  return plan.runs * ((plan.packetsPerRun - 1) * full + rest) - usual + measure(cyclesOfPacket(stage, plan, 0));
}

/** The bytes a stage moves over all packets of a flow. */
export function movedBytes(stage: StageForm, plan: PacketPlan): number {
  return plan.runs * ((plan.packetsPerRun - 1) * stage.fullMovedBytes + stage.restMovedBytes);
}
