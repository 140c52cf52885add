/** A list of problems that stops at a cap, so that a wrong file is answered whole but never without end. */
import type { Problem } from "../base/index.js";

/** Problems shown for one file or program at most. */
export const PROBLEM_CAP = 50;

/** Collects problems up to the cap. */
export class ProblemList {
  readonly problems: Problem[] = [];

  /** Whether no further problem is taken. */
  get full(): boolean {
    return this.problems.length >= PROBLEM_CAP;
  }

  add(problem: Problem): void {
    if (!this.full) this.problems.push(problem);
  }
}
