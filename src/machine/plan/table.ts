/** The plan table: all distinct plans of a program as integer columns, one row a plan and stage. */
import { canonicalJson } from "../../base/index.js";
import { KIND, type Plan, RESOURCE } from "./plan.js";

/** Fields of a stage in the table's rows. */
export const FIELD = {
  kind: 0,
  term: 1,
  resource: 2,
  link: 3,
  units: 4,
  group: 5,
  upstream: 6,
  room: 7,
  full: 8,
  rest: 9,
  start: 10,
  fullBytes: 11,
  restBytes: 12,
  period: 13,
  mvmPart: 14,
  /** Fine mode: `stepFirst` once, then `stepCount` steps of `stepTicks`, the whole `stepRepeats` times; 0 repeats: by bytes or one step. */
  stepFirst: 15,
  stepTicks: 16,
  stepCount: 17,
  stepRepeats: 18,
  /** DRAM by commands: 1 where packets are written. */
  dramWrite: 19,
  /** 1 where the packets of a run are of use to the next stage only together (`loadsWholeRuns`). */
  burst: 20,
} as const;

/** Integers a stage takes. */
export const STAGE_FIELDS = 21;

/** Where arrays are asked for, as a number. */
export const GATE = { none: 0, start: 1, compute: 2 } as const;

/** How a hold is cut into steps in the fine mode. */
export interface Steps {
  first: number;
  ticks: number;
  count: number;
  repeats: number;
}

/** Whether a plan is a weight buffer's reads into equal pulses, each read shorter than a pulse. */
function pulsesAlone({ stages }: Plan): boolean {
  const [feed, pulse] = stages;
  if (stages.length !== 2 || feed!.kind !== "weightBuffer" || pulse!.kind !== "pulse") return false;
  const longest = Math.max(feed!.fullTicks, feed!.restTicks);
  const equal = pulse!.fullTicks === pulse!.restTicks && pulse!.startTicks === 0 && feed!.startTicks === 0;
  return equal && longest < pulse!.fullTicks && feed!.units === pulse!.units && pulse!.period === pulse!.units;
}

/** Whether a first stage reads runs of several packets from a local memory, and the next stage takes up whole runs. */
function loadsWholeRuns({ stages }: Plan, at: number): boolean {
  const [load, taking] = stages;
  if (at !== 0 || load === undefined || taking === undefined || load.resource !== RESOURCE.localRead) return false;
  return load.period > 1 && taking.upstream === load.period && load.startTicks === 0;
}

/** Plans, stored once each. */
export class PlanTable {
  private readonly index = new Map<string, number>();
  readonly plans: Plan[] = [];
  /** Arrays and ADC groups of each plan. */
  readonly arrays: Int32Array[] = [];
  readonly adcGroups: Int32Array[] = [];
  private rows: Int32Array = new Int32Array(0);
  stagesPerPlan = 1;
  /** Per plan, once packed: stages, gate, compute and convert stage, conversions before arrays are free, registers, drawn. */
  stageCount: Int32Array = new Int32Array(0);
  gate: Uint8Array = new Uint8Array(0);
  computeStage: Int32Array = new Int32Array(0);
  convertStage: Int32Array = new Int32Array(0);
  freeAfter: Int32Array = new Int32Array(0);
  registers: Int32Array = new Int32Array(0);
  drawn: Uint8Array = new Uint8Array(0);
  /** 1 for writes fed by the weight buffer faster than pulses take: after the first feed they wait for nothing. */
  alone: Uint8Array = new Uint8Array(0);

  /** The index of a plan, entering it if it is new. */
  intern(plan: Plan): number {
    const key = canonicalJson(plan);
    const known = this.index.get(key);
    if (known !== undefined) return known;
    const id = this.plans.length;
    this.index.set(key, id);
    this.plans.push(plan);
    this.arrays.push(Int32Array.from(plan.arrays));
    this.adcGroups.push(Int32Array.from(plan.adcGroups));
    this.stagesPerPlan = Math.max(this.stagesPerPlan, plan.stages.length);
    return id;
  }

  /** Packs all plans; row of (plan, stage) begins at (plan · stages + stage) · STAGE_FIELDS. */
  pack(stepsOf: (plan: Plan, stage: number) => Steps): Int32Array {
    const width = this.stagesPerPlan * STAGE_FIELDS;
    this.stageCount = Int32Array.from(this.plans, (plan) => plan.stages.length);
    this.gate = Uint8Array.from(this.plans, (plan) => GATE[plan.gate]);
    this.computeStage = Int32Array.from(this.plans, (plan) => plan.computeStage);
    this.convertStage = Int32Array.from(this.plans, (plan) => plan.convertStage);
    this.freeAfter = Int32Array.from(this.plans, (plan) => plan.freeAfterConversions);
    this.registers = Int32Array.from(this.plans, (plan) => plan.registers);
    this.drawn = Uint8Array.from(this.plans, (plan) => (plan.drawn ? 1 : 0));
    this.alone = Uint8Array.from(this.plans, (plan) => (pulsesAlone(plan) ? 1 : 0));
    this.rows = new Int32Array(this.plans.length * width);
    this.plans.forEach((plan, p) => {
      plan.stages.forEach((stage, s) => {
        const at = p * width + s * STAGE_FIELDS;
        const steps = stepsOf(plan, s);
        this.rows.set(
          [
            KIND[stage.kind],
            stage.term,
            stage.resource,
            stage.link,
            stage.units,
            stage.group,
            stage.upstream,
            stage.room,
            stage.fullTicks,
            stage.restTicks,
            stage.startTicks,
            stage.fullBytes,
            stage.restBytes,
            stage.period,
            stage.mvmPart,
            steps.first,
            steps.ticks,
            steps.count,
            steps.repeats,
            stage.dramWrite ? 1 : 0,
            loadsWholeRuns(plan, s) ? 1 : 0,
          ],
          at,
        );
      });
    });
    return this.rows;
  }
}
