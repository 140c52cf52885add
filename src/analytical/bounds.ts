/**
 * Bounds of a whole program (law 5): max(busiest resource, longest dependency chain) ≤ simulated ≤ all holds laid end to end.
 * Loops are multiplied, never unrolled, but for the chain, which is run only where the program is short enough.
 */
import type { Chip } from "../hardware/index.js";
import type { Instruction, Program } from "../isa/index.js";
import { type ChainResult, longestChain } from "./bounds/chain.js";
import { issueTicks, type ResourceLoad, ResourceLoads } from "./bounds/resources.js";
import { crossingTicks, longestHold } from "./clock.js";
import { type ProgramShapes, programShapes } from "./shapes.js";
import {
  type FlowForm,
  flowOf,
  type IdealPart,
  sumHolds,
  type TickRange,
  type UnloadedContext,
  unloadedRange,
} from "./unloaded/index.js";

/** Instructions beyond which the dependency chain is not run. */
export const CHAIN_CAP = 2_000_000;

/** How bounds are to be found. */
export interface BoundsOptions {
  ideal?: ReadonlySet<IdealPart>;
  /** Most dynamic instructions for which the chain is run. */
  chainCap?: number;
  /** The program's shapes on this chip, where they are known already. */
  shapes?: ProgramShapes;
}

/** The bounds of a program and where they come from. */
export interface ProgramBounds {
  lowerTicks: number;
  upperTicks: number;
  /** Whether the lower bound looked at the dependency chain, or the program is too long and only resources and issue slots count. */
  method: "chain" | "busiest";
  /** Resources by the ticks they need at least, the busiest first. */
  resources: ResourceLoad[];
  chain?: ChainResult;
  /** Instructions that run. */
  instructions: number;
}

/**
 * All holds of one instruction end to end: its issue, and every hold at its longest from any edge, plus one clock crossing each.
 * A makespan is a path of distinct holds with nothing but clock gaps between them (law 7), so the sum over instructions is an upper bound.
 */
export function endToEndTicks(instruction: Instruction, flow: FlowForm | undefined, issue: number): number {
  if (!flow) return issue + 1;
  let ticks = issue;
  for (const hold of [...flow.lead, ...flow.trail])
    ticks += longestHold(hold.cycles, hold.period) + crossingTicks(hold.period);
  for (const stage of flow.stages)
    ticks += sumHolds(stage, flow.packets, (c) => longestHold(c, stage.period) + crossingTicks(stage.period));
  const { compute } = flow;
  if (compute && instruction.op === "MVM") {
    const { vectors } = instruction;
    if (compute.grain === "vector") ticks += vectors * compute.holdTicks;
    else ticks += vectors * compute.phases * (compute.settleTicks + compute.convertTicks);
  }
  return ticks;
}

/** What the bounds need of a shape. */
interface ShapeBounds {
  flow: FlowForm | undefined;
  bestTicks: number;
  endToEndTicks: number;
}

/** Instructions of one stream that are of one shape and run equally often. */
interface Alike {
  shape: number;
  trips: number;
  count: number;
}

/** The instructions of a stream by shape and trips, in the order each kind first stands in the code. */
function alikeIn({ shapes, trips }: ProgramShapes, stream: number): Alike[] {
  const found = new Map<number, Alike[]>();
  const all: Alike[] = [];
  const ids = shapes[stream]!;
  const often = trips[stream]!;
  for (let index = 0; index < ids.length; index++) {
    const shape = ids[index]!;
    if (shape < 0) continue;
    let list = found.get(shape);
    if (list === undefined) {
      list = [];
      found.set(shape, list);
    }
    const known = list.find((alike) => alike.trips === often[index]);
    if (known !== undefined) known.count++;
    else {
      const alike = { shape, trips: often[index]!, count: 1 };
      list.push(alike);
      all.push(alike);
    }
  }
  return all;
}

/** The bounds of a program on a chip. */
export function programBounds(program: Program, chip: Chip, options: BoundsOptions = {}): ProgramBounds {
  const ideal = options.ideal ?? new Set<IdealPart>();
  const all = options.shapes ?? programShapes(program, chip);
  const loads = new ResourceLoads(chip, ideal);
  const ranges = new Map<string, TickRange>();
  const forms = all.examples.map(({ instruction, core }): ShapeBounds => {
    const context: UnloadedContext = { chip, groups: program.groups, core, ideal, ranges };
    const worst = flowOf(instruction, { ...context, passes: "worst" });
    return {
      flow: flowOf(instruction, context),
      bestTicks: unloadedRange(instruction, context).bestTicks,
      endToEndTicks: endToEndTicks(instruction, worst, issueTicks(instruction, chip, ideal)),
    };
  });
  let upperTicks = 0;
  let instructions = 0;
  program.streams.forEach(({ core, unit }, stream) => {
    const context: UnloadedContext = { chip, groups: program.groups, core, ideal };
    let issues = 0;
    for (const { shape, trips, count } of alikeIn(all, stream)) {
      const { flow, bestTicks, endToEndTicks } = forms[shape]!;
      loads.addInstruction(all.examples[shape]!.instruction, flow, context, bestTicks, trips, count);
      upperTicks += count * trips * endToEndTicks;
      issues += count * trips;
    }
    loads.addIssues(core, unit, issues);
    instructions += issues;
  });
  const resources = loads.list();
  const busiest = resources[0]?.boundTicks ?? 0;
  if (instructions > (options.chainCap ?? CHAIN_CAP))
    return { lowerTicks: busiest, upperTicks, method: "busiest", resources, instructions };
  const chain = longestChain(program, chip, ideal, (stream, index) => forms[all.shapes[stream]![index]!]!.bestTicks);
  return { lowerTicks: Math.max(busiest, chain.ticks), upperTicks, method: "chain", resources, chain, instructions };
}
