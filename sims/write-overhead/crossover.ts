/** Where a share that grows with the row-write time passes a limit. */

/** A share at a row-write time. */
export interface SharePoint {
  rowWriteNs: number;
  share: number;
}

/** The last row-write time known to lie below the limit and the next one known to reach it; absent where none does. */
export interface Bracket {
  below?: number;
  reached?: number;
}

/** Shares of the path from which on writing counts. */
export const LIMITS = [0.01, 0.05];

/** Reads the passage of a limit from points in any order: the first that reaches it, and the last before that. */
export function bracketOf(points: readonly SharePoint[], limit: number): Bracket {
  const sorted = [...points].sort((a, b) => a.rowWriteNs - b.rowWriteNs);
  const at = sorted.findIndex(({ share }) => share >= limit);
  if (at < 0) return sorted.length === 0 ? {} : { below: sorted.at(-1)!.rowWriteNs };
  const reached = sorted[at]!.rowWriteNs;
  return at === 0 ? { reached } : { below: sorted[at - 1]!.rowWriteNs, reached };
}

/** The next row-write time to try: the geometric middle of the bracket in whole ns, or none where it is closed. */
export function nextTry({ below, reached }: Bracket, tolerance: number): number | undefined {
  if (below === undefined || reached === undefined || reached <= below * tolerance) return undefined;
  const middle = Math.round(Math.sqrt(below * reached));
  return middle > below && middle < reached ? middle : undefined;
}

/** Closes in on the passage of a limit by bisection; measured points are added to `points`. */
export function closeIn(
  points: SharePoint[],
  limit: number,
  tolerance: number,
  measure: (rowWriteNs: number) => number,
): Bracket {
  for (;;) {
    const bracket = bracketOf(points, limit);
    const rowWriteNs = nextTry(bracket, tolerance);
    if (rowWriteNs === undefined) return bracket;
    points.push({ rowWriteNs, share: measure(rowWriteNs) });
  }
}
