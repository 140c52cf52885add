/** One instruction alone on an idle machine: its exact ticks, its stages, and the range over every start and every draw. */
import type { Rational, TermCycles } from "../../base/index.js";
import { zeroTerms } from "../../base/index.js";
import type { Instruction } from "../../isa/index.js";
import type { StageKind } from "../terms.js";
import { closedTicks } from "./closed.js";
import type { TickRange, UnloadedContext } from "./context.js";
import { type FixedHold, type FlowForm, packetCount } from "./flow.js";
import { flowOf, syncHold } from "./lower.js";
import { type FlowSolution, solveFlow } from "./recurrence.js";

/** What one stage of an instruction does in all. */
export interface StageTotals {
  kind: StageKind;
  /** Packets that pass; vectors for compute, phases for settle and convert. */
  packets: number;
  /** Cycles (of the stage's clock) of a hold of a full packet and of the last packet of a run. */
  fullCycles: number;
  restCycles: number;
  /** Ticks of all its holds. */
  busyTicks: number;
}

/** One instruction unloaded. */
export interface UnloadedForm {
  /** From start to completion. */
  ticks: number;
  /** The fewest and the most over every start tick and every number of verify passes. */
  bestTicks: number;
  worstTicks: number;
  /** Whether a closed form gave `ticks`, or the recurrence. */
  method: "closed" | "recurrence";
  stages: StageTotals[];
  /** Terms of the critical path; they sum to `ticks`. */
  terms: TermCycles;
}

/**
 * The exact ticks of one instruction alone, from its start at `context.startTick` to its completion.
 * Carried waits are not part of it. LOOP, ENDL, MARK and HALT take 0.
 */
export function unloadedTicks(instruction: Instruction, context: UnloadedContext): UnloadedForm {
  const flow = flowOf(instruction, context);
  if (!flow) return syncForm(instruction);
  const startTick = context.startTick ?? 0;
  const solution = solveFlow(flow, startTick);
  const closed = closedTicks(flow);
  return {
    ticks: closed ?? solution.endTick - startTick,
    ...unloadedRange(instruction, context),
    method: closed === undefined ? "recurrence" : "closed",
    stages: stageTotals(flow, solution),
    terms: solution.terms,
  };
}

function syncForm(instruction: Instruction): UnloadedForm {
  const hold = syncHold(instruction);
  const ticks = hold ? hold.cycles : 0;
  const terms = zeroTerms();
  const stages: StageTotals[] = [];
  if (hold) {
    terms[hold.term] = ticks;
    stages.push({ kind: hold.kind, packets: 1, fullCycles: ticks, restCycles: ticks, busyTicks: ticks });
  }
  return { ticks, bestTicks: ticks, worstTicks: ticks, method: "closed", stages, terms };
}

function stageTotals(flow: FlowForm, solution: FlowSolution): StageTotals[] {
  const { busyTicks } = solution;
  const fixed = solution.fixedTicks.values();
  const once = (hold: FixedHold): StageTotals => {
    const cycles = Math.max(1, hold.cycles);
    return { kind: hold.kind, packets: 1, fullCycles: cycles, restCycles: cycles, busyTicks: fixed.next().value! };
  };
  const totals: StageTotals[] = flow.lead.map(once);
  flow.stages.forEach((stage, index) => {
    const [fullCycles, restCycles] = [Math.max(1, stage.fullCycles), Math.max(1, stage.restCycles)];
    totals.push({
      kind: stage.kind,
      packets: packetCount(flow.packets),
      fullCycles,
      restCycles,
      busyTicks: busyTicks[index]!,
    });
  });
  const alike = (kind: StageKind, packets: number, cycles: number) =>
    totals.push({ kind, packets, fullCycles: cycles, restCycles: cycles, busyTicks: packets * cycles });
  const { compute } = flow;
  if (compute?.grain === "vector") alike("compute", flow.packets.runs, compute.holdTicks);
  if (compute?.grain === "phase") {
    alike("settle", flow.packets.runs * compute.phases, compute.settleTicks);
    alike("convert", flow.packets.runs * compute.phases, compute.convertTicks);
  }
  totals.push(...flow.trail.map(once));
  return totals;
}

/** Start ticks looked at beyond which a clock's phases are sampled. */
const MAX_PHASES = 32;

/** The ticks after which all clocks of a flow stand the same again; 0 where all its stages run in the chip's own clock. */
function commonPeriod(flow: FlowForm): number {
  let period = 0;
  for (const part of [...flow.lead, ...flow.stages, ...flow.trail]) {
    const ticks: Rational | undefined = part.period;
    if (ticks) period = period === 0 ? ticks.num : (period / gcd(period, ticks.num)) * ticks.num;
  }
  return period;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/**
 * The fewest and the most ticks of an instruction over every start tick and every number of verify passes.
 * The end is a monotone function of the start and moves with it by whole common periods of the clocks, so one period of starts is enough;
 * a long one is sampled every g ticks, and a start between two samples loses or gains at most g − 1 against them.
 */
export function unloadedRange(instruction: Instruction, context: UnloadedContext): TickRange {
  const best = flowOf(instruction, { ...context, passes: "best" });
  if (!best) {
    const ticks = syncHold(instruction)?.cycles ?? 0;
    return { bestTicks: ticks, worstTicks: ticks };
  }
  const drawn = instruction.op === "WWR" && context.chip.core.arrays.write.verify.kind === "program";
  const worst = drawn ? flowOf(instruction, { ...context, passes: "worst" })! : best;
  const key = context.ranges && JSON.stringify(drawn ? [best, worst] : best);
  const known = key === undefined ? undefined : context.ranges!.get(key);
  if (known) return known;
  const range = rangeOf(best, worst);
  if (key !== undefined) context.ranges!.set(key, range);
  return range;
}

function rangeOf(best: FlowForm, worst: FlowForm): TickRange {
  const drawn = worst !== best;
  const period = commonPeriod(best);
  if (period === 0) {
    const bestTicks = closedTicks(best) ?? solveFlow(best, 0).endTick;
    return { bestTicks, worstTicks: drawn ? (closedTicks(worst) ?? solveFlow(worst, 0).endTick) : bestTicks };
  }
  const gap = Math.ceil(period / MAX_PHASES);
  let [bestTicks, worstTicks] = [Number.POSITIVE_INFINITY, 0];
  const look = (start: number) => {
    bestTicks = Math.min(bestTicks, solveFlow(best, start, { ports: "apart" }).endTick - start);
    worstTicks = Math.max(worstTicks, solveFlow(worst, start, { ports: "one" }).endTick - start);
  };
  // The first tick of all is apart: a clock faster than the tick has no edges before its edge 0.
  look(0);
  for (let start = period; start < 2 * period; start += gap) look(start);
  return { bestTicks: Math.max(1, bestTicks - (gap - 1)), worstTicks: worstTicks + gap - 1 };
}
