/**
 * The lanes of one instruction as a trace must show them: `check`'s copy of docs/timing.md sections 3 and 5, read off the flow of `analytical`.
 * A lane says how many holds it has, what each takes and moves, what must have ended before one may begin, and where it is held.
 */
import {
  type FlowForm,
  flowOf,
  mvmFacts,
  peakTicks,
  type StageForm,
  termOf,
  type UnloadedContext,
} from "../../analytical/index.js";
import type { Rational, Term } from "../../base/index.js";
import { playsCommands } from "../../hardware/index.js";
import type { Instruction } from "../../isa/index.js";
import { HOLD_KINDS, type HoldKind } from "../../trace/index.js";

/** Where a lane's holds are made. */
export type Place = "private" | "memory" | "dram" | "bus" | "link" | "adc";

/** One lane (stage) of an instruction. */
export interface Lane {
  kind: HoldKind;
  kindCode: number;
  units: number;
  place: Place;
  /** Terms of a hold in order of time: all but the last have their length. */
  parts: { term: Term; ticks: number }[];
  /** Clock of its cycles where that is not the chip's. */
  period?: Rational;
  /** Cycles and bytes of a unit. */
  cycles(unit: number): number;
  bytes(unit: number): number;
  /** How many units of the lane before must have ended before this unit may begin. */
  input(unit: number): number;
  /** The unit of the next lane that must have ended before this unit may begin, −1 where there is always room. */
  room(unit: number): number;
  /** DRAM by commands: a hold takes what the controller took, and its kind says what it met. */
  open?: { kindCodes: readonly number[]; peakTicks(unit: number): number };
  /** Drawn verification: a hold is 1 … maxPasses times `passTicks`. */
  drawn?: { passTicks: number; maxPasses: number; passProbability: number };
  link?: { from: number; to: number };
  /** Vectors computed by one unit (a fraction a phase), for counting. */
  vectorsPerUnit?: number;
}

/** The packets of a flow that its transfer stages share. */
export interface Packets {
  perRun: number;
  fullBytes: number;
  runBytes: number;
}

/** An instruction's lanes and what its arrays need. */
export interface Lanes {
  lanes: Lane[];
  packets: Packets;
  /** Where arrays are asked for: never, before the first stage, or before the lane `computeLane`. */
  gate: "none" | "start" | "compute";
  computeLane: number;
  /** Converting lane where conversions are granted phase by phase, and the conversion that must have ended before arrays are free. */
  convertLane: number;
  freeAfterConversion: number;
  arrays: number[];
  registers: number;
  adcGroups: number[];
}

/** What a hold of DRAM by commands may be. */
const DRAM_KINDS = ["dram", "dramTurnaround", "dramRow", "dramRefresh"].map((kind) =>
  HOLD_KINDS.indexOf(kind as HoldKind),
);

const always = (): number => -1;
const zero = (): number => 0;

function lane(fields: Partial<Lane> & Pick<Lane, "kind" | "units" | "cycles" | "parts">): Lane {
  return {
    kindCode: HOLD_KINDS.indexOf(fields.kind),
    place: "private",
    bytes: zero,
    input: (unit) => unit + 1,
    room: always,
    ...fields,
  };
}

function placeOf(stage: StageForm, ideal: ReadonlySet<string>, commands: boolean): Place {
  switch (stage.kind) {
    case "localRead":
    case "localWrite":
    case "globalRead":
    case "globalWrite":
      return ideal.has("sram") ? "private" : "memory";
    case "dram":
      return ideal.has("dram") || commands ? "private" : "dram";
    case "bus":
    case "link":
      return ideal.has("bus") ? "private" : stage.kind;
    default:
      return "private";
  }
}

/** The lanes of the packet stages: leading latency, then one lane a stage, with room for two between them. */
function packetLanes(instruction: Instruction, flow: FlowForm, context: UnloadedContext): Lane[] {
  const ideal = context.ideal ?? new Set<string>();
  const { runs, packetsPerRun, fullBytes, restBytes } = flow.packets;
  const units = runs * packetsPerRun;
  const isRest = (unit: number): boolean => unit % packetsPerRun === packetsPerRun - 1;
  const lanes: Lane[] = [];
  for (const hold of flow.lead)
    lanes.push(
      lane({
        kind: hold.kind as HoldKind,
        units: 1,
        cycles: () => Math.max(1, hold.cycles),
        parts: [{ term: hold.term, ticks: 0 }],
        ...(hold.period && { period: hold.period }),
      }),
    );
  const { verify, pulseCycles } = context.chip.core.arrays.write;
  const { dram } = context.chip;
  const commands = playsCommands(dram, ideal);
  // A router that takes no time is no stage.
  const stages = flow.stages.filter((stage) => stage.kind !== "router" || stage.fullCycles > 0);
  stages.forEach((stage, index) => {
    const drawn =
      stage.kind === "pulse" && instruction.op === "WWR" && verify.kind === "program" && !ideal.has("write");
    // The vector unit's holds show the bytes of the result, however large the window they are made from.
    const [full, rest] =
      stage.kind === "vector" ? [fullBytes, restBytes] : [stage.fullMovedBytes, stage.restMovedBytes];
    lanes.push(
      lane({
        kind: stage.kind as HoldKind,
        units,
        place: placeOf(stage, ideal, commands),
        cycles: (unit) =>
          Math.max(1, (isRest(unit) ? stage.restCycles : stage.fullCycles) + (unit === 0 ? stage.firstExtraCycles : 0)),
        bytes: (unit) => (isRest(unit) ? rest : full),
        parts: [{ term: stage.term, ticks: 0 }],
        room: index + 1 < stages.length ? (unit) => unit - 2 : always,
        ...(index === 0 && flow.lead.length > 0 && { input: () => 1 }),
        ...(stage.period && { period: stage.period }),
        ...(stage.link && { link: stage.link }),
        ...(stage.kind === "dram" &&
          commands && {
            open: {
              kindCodes: DRAM_KINDS,
              peakTicks: (unit: number) => peakTicks(dram!, isRest(unit) ? restBytes : fullBytes),
            },
          }),
        ...(drawn && {
          drawn: {
            passTicks: pulseCycles + verify.readCycles,
            maxPasses: verify.maxPasses,
            passProbability: verify.passProbability,
          },
        }),
      }),
    );
  });
  return lanes;
}

/** Holds behind the packets, each once, when all before has ended; neighbours of one kind are one hold. */
function addTail(lanes: Lane[], tail: FlowForm["trail"]): void {
  for (let index = 0; index < tail.length; ) {
    const { kind, term, period } = tail[index]!;
    let cycles = 0;
    for (; index < tail.length && tail[index]!.kind === kind; index++) cycles += tail[index]!.cycles;
    const before = lanes.at(-1)!.units;
    lanes.push(
      lane({
        kind: kind as HoldKind,
        units: 1,
        cycles: () => Math.max(1, cycles),
        parts: [{ term, ticks: 0 }],
        input: () => before,
        ...(period && { period }),
      }),
    );
  }
}

/** The lanes of computing: one hold a vector, or settle and convert a phase. */
function addCompute(out: Lanes, flow: FlowForm, vectors: number): void {
  const { lanes } = out;
  const compute = flow.compute!;
  const { packetsPerRun } = flow.packets;
  const load = lanes.at(-1)!;
  const vectorOf = (unit: number): number => Math.floor(unit / packetsPerRun);
  out.computeLane = lanes.length;
  out.registers = compute.registers;
  if (compute.grain === "vector") {
    load.room = (unit) => vectorOf(unit) - compute.registers;
    lanes.push(
      lane({
        kind: "compute",
        units: vectors,
        place: out.adcGroups.length > 0 ? "adc" : "private",
        cycles: () => compute.holdTicks,
        parts: compute.parts,
        input: (unit) => (unit + 1) * packetsPerRun,
        vectorsPerUnit: 1,
      }),
    );
    return;
  }
  const { phases, room, settleTicks, convertTicks, registers } = compute;
  load.room = (unit) => (vectorOf(unit) - registers + 1) * phases - 1;
  out.convertLane = lanes.length + 1;
  out.freeAfterConversion = vectors * phases - (room === 2 ? 2 : 1);
  lanes.push(
    lane({
      kind: "settle",
      units: vectors * phases,
      cycles: () => settleTicks,
      parts: [{ term: "mvm", ticks: 0 }],
      input: (unit) => (Math.floor(unit / phases) + 1) * packetsPerRun,
      room: (unit) => unit - room,
      vectorsPerUnit: 1 / phases,
    }),
    lane({
      kind: "convert",
      units: vectors * phases,
      place: "adc",
      cycles: () => convertTicks,
      parts: [{ term: "adc", ticks: 0 }],
    }),
  );
}

/** The lanes of one instruction; WAIT, POST and BAR are one hold. */
export function lanesOf(instruction: Instruction, context: UnloadedContext): Lanes {
  const out: Lanes = {
    lanes: [],
    packets: { perRun: 1, fullBytes: 0, runBytes: 0 },
    gate: "none",
    computeLane: -1,
    convertLane: -1,
    freeAfterConversion: -1,
    arrays: [],
    registers: 0,
    adcGroups: [],
  };
  const flow = flowOf(instruction, context);
  if (!flow) {
    const term = termOf(instruction, "sync");
    out.lanes.push(lane({ kind: "sync", units: 1, cycles: () => 1, parts: [{ term, ticks: 0 }] }));
    return out;
  }
  const { packetsPerRun, fullBytes, restBytes } = flow.packets;
  out.packets = { perRun: packetsPerRun, fullBytes, runBytes: (packetsPerRun - 1) * fullBytes + restBytes };
  out.lanes = packetLanes(instruction, flow, context);
  switch (instruction.op) {
    case "WWR":
      out.arrays = [...instruction.arrays];
      out.gate = context.chip.core.arrays.write.doubleBanked ? "none" : "start";
      break;
    case "WVF":
    case "WSWAP":
      out.arrays = [instruction.array];
      out.gate = "start";
      break;
    case "MVM": {
      const facts = mvmFacts(instruction, context);
      out.arrays = facts.arrays;
      out.adcGroups = facts.adcGroups;
      out.gate = "compute";
      addCompute(out, flow, instruction.vectors);
      break;
    }
    default:
      break;
  }
  addTail(out.lanes, flow.trail);
  return out;
}
