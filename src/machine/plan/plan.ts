/**
 * Plans: what one static instruction does on the machine, as stages with their packets and hold lengths (docs/timing.md section 3).
 * A plan knows kinds of resources, not which core's; equal plans are stored once.
 */
import { HOLD_KINDS, type HoldKind } from "../../trace/index.js";

/** Kinds of shared resource a stage may need; `none` is private to the instruction. */
export const RESOURCE = {
  none: 0,
  localRead: 1,
  localWrite: 2,
  globalRead: 3,
  globalWrite: 4,
  network: 5,
  link: 6,
  dram: 7,
  adc: 8,
  /** DRAM by commands: no server, but the memory of `machine/dram`. */
  memory: 9,
} as const;

/** Code of each hold kind in a trace. */
export const KIND: Readonly<Record<HoldKind, number>> = Object.freeze(
  Object.fromEntries(HOLD_KINDS.map((kind, index) => [kind, index])) as Record<HoldKind, number>,
);

/** Room without limit. */
export const UNLIMITED = 1 << 29;

/** One stage of a flow. */
export interface StagePlan {
  kind: HoldKind;
  /** Term index. */
  term: number;
  resource: number;
  /** Link index for `link`. */
  link: number;
  /** Holds of this stage. */
  units: number;
  /** Unit i needs (floor(i / group) + 1) · upstream units of the stage before. */
  group: number;
  upstream: number;
  /** How many groups the stage before may be ahead of this one. */
  room: number;
  /** Hold of a full unit and of the last unit of a run, in ticks or in cycles of the resource's clock. */
  fullTicks: number;
  restTicks: number;
  /** Added to unit 0. */
  startTicks: number;
  /** Bytes of a full and of a run's last unit. */
  fullBytes: number;
  restBytes: number;
  /** The rest comes every so many units. */
  period: number;
  /** Leading part of a compute hold that is `mvm` where the remainder is `adc`; −1 where a hold has one term. */
  mvmPart: number;
  /** DRAM by commands: whether the packets are written. */
  dramWrite: boolean;
}

/** Where arrays are asked for: nowhere, before the first stage, or before the stage with index `computeStage`. */
export type ArrayGate = "none" | "start" | "compute";

/** The plan of one static instruction. */
export interface Plan {
  stages: StagePlan[];
  gate: ArrayGate;
  /** Index of the compute (or settle) stage, −1 where there is none. */
  computeStage: number;
  /** Index of the convert stage of a phase-grained ADC, −1 where there is none. */
  convertStage: number;
  /** Conversions that must have ended before the arrays are free again. */
  freeAfterConversions: number;
  /** Arrays driven, input registers taken in each, and ADC groups where shared. */
  arrays: number[];
  registers: number;
  adcGroups: number[];
  /** Phases of one vector and conversion ticks of one phase, for the fine mode's steps. */
  phases: number;
  conversionTicks: number;
  /** Verification passes are drawn for each unit of the pulse stage (last stage). */
  drawn: boolean;
  /** Counts of one execution, in the order of COUNTS. */
  counts: number[];
}

/** Integer counts of work, multiplied with the energy table once at the end (law 6). */
export const COUNTS = [
  "arrayMvms",
  "cellPhases",
  "conversions",
  "rowsWritten",
  "cellWrites",
  "verifyRows",
  "localReadBytes",
  "localWriteBytes",
  "weightBufferBytes",
  "globalReadBytes",
  "globalWriteBytes",
  "dramReadBytes",
  "dramWriteBytes",
  "networkBytes",
  "vectorBytes",
] as const;
/** The name of one count. */
export type CountName = (typeof COUNTS)[number];

/** Index of each count. */
export const COUNT: Readonly<Record<CountName, number>> = Object.freeze(
  Object.fromEntries(COUNTS.map((name, index) => [name, index])) as Record<CountName, number>,
);

/** A plan of stages that asks for no arrays and draws nothing. */
export function plainPlan(stages: StagePlan[], counts: number[] = new Array<number>(COUNTS.length).fill(0)): Plan {
  return {
    stages,
    gate: "none",
    computeStage: -1,
    convertStage: -1,
    freeAfterConversions: 0,
    arrays: [],
    registers: 0,
    adcGroups: [],
    phases: 0,
    conversionTicks: 0,
    drawn: false,
    counts,
  };
}

/** A stage with the usual defaults: one unit a packet, room for two. */
export function stage(fields: Partial<StagePlan> & Pick<StagePlan, "kind" | "term">): StagePlan {
  return {
    resource: RESOURCE.none,
    link: -1,
    units: 1,
    group: 1,
    upstream: 1,
    room: 2,
    fullTicks: 1,
    restTicks: fields.fullTicks ?? 1,
    startTicks: 0,
    fullBytes: 0,
    restBytes: fields.fullBytes ?? 0,
    period: 1,
    mvmPart: -1,
    dramWrite: false,
    ...fields,
  };
}

/** Parts of the machine that can be made free by `--ideal`. */
export const IDEAL_PARTS = ["write", "dram", "bus", "adc", "sram", "vector", "mvm", "issue"] as const;
/** One part that can be made free. */
export type IdealPart = (typeof IDEAL_PARTS)[number];
