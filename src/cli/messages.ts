/** What the two threads of the command line say to each other. */
import type { RunProgress } from "../run/index.js";

/** What a command that was interrupted says to its user. */
export const INTERRUPTED = "interrupted; unfinished files were removed";

/** What the working thread is given. */
export interface WorkerInput {
  argv: string[];
  colors: boolean;
  showsProgress: boolean;
  /** One Int32: not 0 once the user asked to stop. */
  stop: SharedArrayBuffer;
}

/** What it says. */
export type WorkerMessage =
  | { out: string }
  | { err: string }
  | { progress: RunProgress | undefined }
  | { file: string }
  | { folder: string }
  | { exit: number };
