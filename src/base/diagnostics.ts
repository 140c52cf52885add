/**
 * Diagnostics: what a user gets when input is wrong.
 * A problem names its place, the value seen, what would be accepted and the nearest known name.
 * Everything wrong with a file is collected first and thrown once, as a `UserError` (exit code 2, no stack).
 */

/** Where a problem is: any of file, line and column (from 1), a field path, an instruction id. */
export interface Place {
  file?: string;
  line?: number;
  column?: number;
  field?: string;
  instruction?: string;
}

/** One thing wrong with what the user gave us. */
export interface Problem {
  /** Stable code in kebab-case, e.g. `unknown-field`. */
  code: string;
  /** What is wrong, one sentence without a full stop. */
  message: string;
  place?: Place;
  /** The value seen, already as text. */
  seen?: string;
  /** What would be accepted. */
  accepted?: string;
  /** The nearest known name, where one is near. */
  nearest?: string;
}

/** Writes a place as `file:line:column field`, leaving out what is not known. */
export function formatPlace(place: Place | undefined): string {
  if (!place) return "";
  const parts: string[] = [];
  if (place.file !== undefined) {
    let text = place.file;
    if (place.line !== undefined) text += `:${place.line}`;
    if (place.line !== undefined && place.column !== undefined) text += `:${place.column}`;
    parts.push(text);
  } else if (place.line !== undefined) {
    parts.push(`line ${place.line}${place.column !== undefined ? `:${place.column}` : ""}`);
  }
  if (place.instruction !== undefined) parts.push(place.instruction);
  if (place.field !== undefined && place.field !== "") parts.push(place.field);
  return parts.join(" ");
}

/** Writes one problem as one line for a person. */
export function formatProblem(problem: Problem): string {
  const place = formatPlace(problem.place);
  let text = place ? `${place}: ${problem.message}` : problem.message;
  if (problem.seen !== undefined) text += `; saw ${problem.seen}`;
  if (problem.accepted !== undefined) text += `; accepted: ${problem.accepted}`;
  if (problem.nearest !== undefined) text += `; did you mean "${problem.nearest}"?`;
  return text;
}

/** Raised when the user's input is wrong; carries every problem found. */
export class UserError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[] | Problem) {
    const list = Array.isArray(problems) ? (problems as readonly Problem[]) : [problems as Problem];
    super(list.map(formatProblem).join("\n"));
    this.name = "UserError";
    this.problems = list;
  }
}

/** Raised when Wordline itself is at fault: an invariant of ours does not hold. */
export class InternalError extends Error {
  constructor(message: string) {
    super(`internal error (please report it): ${message}`);
    this.name = "InternalError";
  }
}

/** Throws an `InternalError` unless the condition holds. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InternalError(message);
}

/** The known name nearest to the one seen (edit distance at most a third of its length, at least 2), or undefined. */
export function nearestName(seen: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(seen.length / 3)) + 1;
  const lower = seen.toLowerCase();
  for (const name of known) {
    const distance = editDistance(lower, name.toLowerCase(), bestDistance);
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein distance with neighbouring transpositions, cut off at `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let value = Math.min(row[j - 1]! + 1, previous[j]! + 1, previous[j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        value = Math.min(value, beforePrevious[j - 2]! + 1);
      row.push(value);
    }
    beforePrevious = previous;
    previous = row;
  }
  return previous[b.length]!;
}
