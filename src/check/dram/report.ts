/** What a check of commands gives. */

/** A command where it stands in its file. */
export interface CommandPlace {
  line: number;
  cycle: number;
  channel: number;
  /** The command in words: `ACT rank 0 group 1 bank 2 row 7`. */
  command: string;
}

/** One command that is not legal. */
export interface DramViolation extends CommandPlace {
  /** The constraint, e.g. `tFAW` or `bank state`. */
  rule: string;
  message: string;
  /** The command that forbids it. */
  earlier?: CommandPlace;
  /** Cycles it comes too early, or a refresh too late. */
  shortCycles?: number;
}

/** The result of a check of commands. */
export interface DramCheckReport {
  commands: number;
  /** Last cycle in which a command was issued. */
  lastCycle: number;
  counts: Record<string, number>;
  /** The first `KEPT_VIOLATIONS`. */
  violations: DramViolation[];
  violationCount: number;
  /** All violations, by constraint. */
  violationsByRule: Record<string, number>;
  /** How far refreshes fell behind at most, in intervals; 0 where each came within its own. */
  worstRefreshesOwed: number;
  skipped: { rule: string; reason: string }[];
}

/** Violations that are kept unless the caller says otherwise; the rest is only counted. */
export const KEPT_VIOLATIONS = 20;
