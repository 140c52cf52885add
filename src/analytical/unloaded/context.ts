/** What an instruction's time depends on beside its operands: chip, array groups, core, start, ideal parts, verify passes. */
import type { Chip } from "../../hardware/index.js";
import type { ArrayGroup } from "../../isa/index.js";
import type { IdealPart, Passes } from "./flow.js";

/** The surroundings of one instruction alone on an idle machine. */
export interface UnloadedContext {
  chip: Chip;
  /** `Program.groups`, for MVM. */
  groups: readonly ArrayGroup[];
  core: number;
  /** Tick at which the instruction starts; matters where buses, links or DRAM run in a clock of their own. */
  startTick?: number;
  ideal?: ReadonlySet<IdealPart>;
  /** Verify passes of each pulse group of a WWR; "best" (1) unless given. */
  passes?: Passes;
  /** Ranges already found, by the flow they belong to; shared over a program's instructions. */
  ranges?: Map<string, TickRange>;
}

/** The fewest and the most ticks of an instruction. */
export interface TickRange {
  bestTicks: number;
  worstTicks: number;
}

/** Whether a part is ideal here. */
export function isIdeal(context: UnloadedContext, part: IdealPart): boolean {
  return context.ideal?.has(part) ?? false;
}
