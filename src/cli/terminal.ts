/** Where a command's words go: the real terminal, or a test's memory. */
import type { RunProgress } from "../run/index.js";

/** What a command knows of the world it talks to. */
export interface Terminal {
  /** Standard output: results. */
  out(text: string): void;
  /** Standard error: everything else. */
  err(text: string): void;
  /** Shows how far a run is, where somebody looks; undefined takes the line away. */
  progress(progress: RunProgress | undefined): void;
  /** Whether anybody sees progress. */
  readonly showsProgress: boolean;
  readonly colors: boolean;
  /** Whether the user asked to stop. */
  aborted(): boolean;
  /** A file is about to be written: its unfinished form is removed if the process has to be ended hard. */
  announce(file: string): void;
  /** A folder was made: it is taken away again if the command ends with nothing in it. */
  announceFolder(folder: string): void;
}

/** A terminal that keeps what it is told. */
export class MemoryTerminal implements Terminal {
  stdout = "";
  stderr = "";
  readonly steps: RunProgress[] = [];
  readonly files: string[] = [];
  readonly folders: string[] = [];
  readonly colors = false;
  stop = false;

  constructor(readonly showsProgress = false) {}

  out(text: string): void {
    this.stdout += text;
  }

  err(text: string): void {
    this.stderr += text;
  }

  progress(progress: RunProgress | undefined): void {
    if (progress !== undefined) this.steps.push(progress);
  }

  aborted(): boolean {
    return this.stop;
  }

  announce(file: string): void {
    this.files.push(file);
  }

  announceFolder(folder: string): void {
    this.folders.push(folder);
  }
}
