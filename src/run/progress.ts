/** Progress: what a long run says while it runs. */

/** Steps of a run, in order. */
export type RunStep =
  | "map"
  | "emit"
  | "check program"
  | "simulate"
  | "simulate again"
  | "replay"
  | "estimate"
  | "check"
  | "verify"
  | "explain"
  | "draw trace";

/** How far a run is. */
export interface RunProgress {
  step: RunStep;
  /** What this step is for, e.g. the parts made free; empty for the plain one. */
  detail: string;
  /** While simulating only. */
  cycles?: number;
  events?: number;
  instructions?: number;
  totalInstructions?: number;
}

/** How a run is watched and stopped. */
export interface Watching {
  onProgress?: (progress: RunProgress) => void;
  /** Asked now and then; true stops the run: its unfinished files are removed, and a `UserError` with code `aborted` is thrown. */
  aborted?: () => boolean;
}
