/**
 * Why a node cannot be converted.
 * Inputs: a sentence. Invariants: caught by the converter, which adds file, node and operator and goes on with the rest.
 */
import type { Problem } from "../../base/index.js";

/** Thrown by an operator's conversion; becomes one problem of the file. */
export class Refusal extends Error {
  constructor(
    message: string,
    readonly rest: Pick<Problem, "seen" | "accepted" | "nearest"> = {},
  ) {
    super(message);
  }
}

/** Throws a Refusal unless the condition holds. */
export function demand(condition: unknown, message: string, accepted?: string): asserts condition {
  if (!condition) throw new Refusal(message, accepted === undefined ? {} : { accepted });
}
