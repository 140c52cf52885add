/** Law 8: write time, recomputed from the pulses: busy over all ports, active on the wall, exposed on the path; hidden is never negative. */
import { HOLD_KINDS, type TraceTable } from "../../trace/index.js";
import type { CheckContext } from "../context.js";

const LAW = "writes";
const PULSE = HOLD_KINDS.indexOf("pulse");
const SWAP = HOLD_KINDS.indexOf("swap");

/** Ticks of all write holds together, and ticks in which any of them runs. */
export function writeTicks(table: TraceTable): { busyTicks: number; activeTicks: number } {
  const { holds } = table;
  const rows: number[] = [];
  for (let row = 0; row < holds.length; row++)
    if (holds.kind[row] === PULSE || holds.kind[row] === SWAP) rows.push(row);
  rows.sort((a, b) => holds.startTick[a]! - holds.startTick[b]!);
  let busyTicks = 0;
  let activeTicks = 0;
  let reached = 0;
  for (const row of rows) {
    const [start, end] = [holds.startTick[row]!, holds.endTick[row]!];
    busyTicks += end - start;
    activeTicks += Math.max(0, end - Math.max(start, reached));
    reached = Math.max(reached, end);
  }
  return { busyTicks, activeTicks };
}

/** Checks exposed ≤ active ≤ busy; `exposed` is the path's total of the term `write`, read backwards where it could be. */
export function checkWrites(
  context: CheckContext,
  read: number | undefined,
): { exposedTicks: number; hiddenTicks: number; activeTicks: number; busyTicks: number } | undefined {
  const { table, findings, whole } = context;
  if (!whole) {
    findings.skip("the trace is filtered: write holds were left out", LAW);
    return undefined;
  }
  const { busyTicks, activeTicks } = writeTicks(table);
  const exposedTicks = read ?? table.footer.pathTerms.write;
  for (const exposed of new Set([exposedTicks, table.footer.pathTerms.write]))
    if (exposed > activeTicks)
      findings.add({
        law: LAW,
        code: "hidden",
        message: `${exposed} ticks of writing on the path, but only ${activeTicks} in which any runs`,
      });
  return { exposedTicks, hiddenTicks: activeTicks - exposedTicks, activeTicks, busyTicks };
}
