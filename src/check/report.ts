/** What a check gives: violations by law, laws skipped with the reason, and what was counted on the way. */
import type { WorkCounts } from "../analytical/index.js";
import type { TermCycles } from "../base/index.js";

/** The laws as `check` names them, each with its number in the design and what it says. */
export const LAWS = {
  header: "the trace is of this program on this chip, and its footer counts its rows",
  digest: "law 2: the digest is the sum of the hashes of the instruction rows",
  grants: "law 4: every hold is on the right resource, moves the right bytes and takes exactly its contract length",
  bounds: "law 5: the makespan lies within the bounds of the program",
  tiling: "law 6: ids are unique and without gap, and the lanes of an instruction are complete and in order",
  counts: "law 6: bytes, vectors, rows and conversions of the trace are those of the program",
  resources: "law 6: no resource has more holds at once than ports",
  arrays: "law 6: sets of arrays never overlap and are granted when they are free",
  start:
    "law 7: an instruction starts when its slot, unit, tokens, registers, credits and messages are there, not before and not later",
  cause: "law 7: every hold has the cause that let it begin, which ended at its release",
  path: "law 7: the critical path read backwards tiles the makespan and has the totals folded forwards",
  writes: "law 8: exposed write time is at most the active one",
  tiles: "law 12: every MVM finds the weight tiles it names",
} as const;
/** The name of one law. */
export type LawName = keyof typeof LAWS;

/** An instruction of a trace. */
export interface InstructionId {
  stream: number;
  n: number;
}

/** A hold of a trace. */
export interface HoldId extends InstructionId {
  stage: number;
  packet: number;
}

/** One thing a trace does that the laws forbid. */
export interface Violation {
  law: LawName;
  /** Stable code in kebab-case. */
  code: string;
  message: string;
  instruction?: InstructionId;
  hold?: HoldId;
  tick?: number;
}

/** A law that could not be looked at. */
export interface SkippedLaw {
  law: LawName;
  reason: string;
}

/** How a resource spent its time; busy + idle + stalled = elapsed × ports. */
export interface ResourceTime {
  id: number;
  name: string;
  kind: string;
  core: number;
  ports: number;
  holds: number;
  busyTicks: number;
  /** Ports free while some hold waits for one: clock edges, busy banks, ports of the other direction. */
  stalledTicks: number;
  idleTicks: number;
}

/** What was counted on the way. */
export interface Counted {
  instructions: number;
  holds: number;
  makespanTicks: number;
  resources: ResourceTime[];
  /** Work summed from the trace's rows; only with program and chip. */
  work?: WorkCounts;
  /** Totals of the path read backwards; only with program and chip. */
  pathTerms?: TermCycles;
  /** Holds on the critical path. */
  pathHolds?: number;
  writes?: { exposedTicks: number; hiddenTicks: number; activeTicks: number; busyTicks: number };
  bounds?: { lowerTicks: number; upperTicks: number };
}

/** The result of a check. */
export interface CheckReport {
  /** At most `KEPT_PER_LAW` a law. */
  violations: Violation[];
  /** All violations, by law. */
  violationCounts: Partial<Record<LawName, number>>;
  skipped: SkippedLaw[];
  counted: Counted;
}

/** Violations of one law that are kept; the rest is only counted. */
export const KEPT_PER_LAW = 100;

/** Collects violations while laws are looked at. */
export class Findings {
  readonly violations: Violation[] = [];
  readonly counts: Partial<Record<LawName, number>> = {};
  readonly skipped: SkippedLaw[] = [];

  add(violation: Violation): void {
    const count = (this.counts[violation.law] ?? 0) + 1;
    this.counts[violation.law] = count;
    if (count <= KEPT_PER_LAW) this.violations.push(violation);
  }

  skip(reason: string, ...laws: LawName[]): void {
    for (const law of laws)
      if (!this.skipped.some((skipped) => skipped.law === law && skipped.reason === reason))
        this.skipped.push({ law, reason });
  }
}

/** One line for a person. */
export function formatViolation(violation: Violation): string {
  const { law, code, message, instruction, hold, tick } = violation;
  const who = hold
    ? ` stream ${hold.stream} #${hold.n} stage ${hold.stage} packet ${hold.packet}`
    : instruction
      ? ` stream ${instruction.stream} #${instruction.n}`
      : "";
  return `${law} (${code})${who}${tick === undefined ? "" : ` at ${tick}`}: ${message}`;
}
