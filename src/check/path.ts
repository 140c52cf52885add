/**
 * The critical path of a trace, read backwards (law 7): from the last hold of the instruction that ends last (of several the lowest stream, then n),
 * from each hold to its cause. A hold owns the time from its release to its end: first the wait for a clock edge, then its own terms.
 */
import { metInDram } from "../analytical/index.js";
import { addTerms, type Term, type TermCycles, zeroTerms } from "../base/index.js";
import { HOLD_KINDS } from "../trace/index.js";
import type { CheckContext } from "./context.js";
import type { Lane } from "./contract/lanes.js";

/** One piece of the path, in one term. */
export interface PathPiece {
  fromTick: number;
  toTick: number;
  term: Term;
  /** Row of the hold, and the slot of its instruction. */
  row: number;
  slot: number;
}

/** Where a path broke off, if it did. */
export interface PathEnding {
  holds: number;
  /** Tick down to which it was read; 0 where it is whole. */
  reachedTick: number;
  /** Why it is not whole. */
  broken?: string;
  /** The hold at which it broke off. */
  row: number;
}

/** The slot of the instruction that ends last; −1 where there is none. */
export function lastSlot(context: CheckContext): number {
  const { view, table } = context;
  const { endTick } = table.instructions;
  let best = -1;
  for (let slot = 0; slot < view.slots; slot++) {
    const row = view.rowOf[slot]!;
    if (row >= 0 && (best < 0 || endTick[row]! > endTick[view.rowOf[best]!]!)) best = slot;
  }
  return best;
}

/** The terms of a hold from its start on, in order of time. */
export function termsOfHold(context: CheckContext, row: number, slot: number): { term: Term; ticks: number }[] {
  const { holds } = context.table;
  const length = holds.endTick[row]! - holds.startTick[row]!;
  const code = context.staticOf(slot);
  const stage = holds.stage[row]!;
  if (!code) return [{ term: "wait", ticks: length }];
  if (stage < 0) return [{ term: code.issueTerm, ticks: length }];
  const lane = code.lanes[stage];
  if (lane?.open) return termsOfOpenHold(context, row, lane, length);
  const parts = lane?.parts ?? [{ term: "wait" as const, ticks: 0 }];
  let left = length;
  return parts.map(({ term, ticks }, index) => {
    const own = index === parts.length - 1 ? left : Math.min(left, ticks);
    left -= own;
    return { term, ticks: own };
  });
}

/** DRAM by commands: first what the packet met, as far as the hold is longer than its bytes at the peak rate, then the bytes. */
function termsOfOpenHold(
  context: CheckContext,
  row: number,
  lane: Lane,
  length: number,
): { term: Term; ticks: number }[] {
  const { holds } = context.table;
  const { term } = lane.parts[0]!;
  const met = metInDram(context.known!.chip.dram!, HOLD_KINDS[holds.kind[row]!]!);
  const ticks = met ? Math.min(met.ticks, length - lane.open!.peakTicks(holds.packet[row]!)) : 0;
  return ticks > 0
    ? [
        { term: met!.term, ticks },
        { term, ticks: length - ticks },
      ]
    : [{ term, ticks: length }];
}

/** Walks the path backwards, calling `visit` with its pieces, the last in time first. */
export function walkPath(context: CheckContext, visit: (piece: PathPiece) => void): PathEnding {
  const { view, table } = context;
  const { holds } = table;
  const from = lastSlot(context);
  let row = from < 0 ? -1 : view.lastHold(from);
  if (row < 0) return { holds: 0, reachedTick: table.footer.makespanTicks, broken: "there is no last hold", row: -1 };
  let tick = holds.endTick[row]!;
  for (let count = 1; ; count++) {
    const [start, release] = [holds.startTick[row]!, holds.releaseTick[row]!];
    const ending = { holds: count, reachedTick: tick, row };
    if (holds.endTick[row] !== tick)
      return { ...ending, broken: `a hold ends at ${holds.endTick[row]} where one ending at ${tick} was looked for` };
    if (release > start || start >= tick || count > holds.length)
      return { ...ending, broken: "a hold on it has no length" };
    const slot = view.slotOf(holds.stream[row]!, holds.n[row]!);
    const terms = termsOfHold(context, row, slot);
    let to = tick;
    for (let index = terms.length - 1; index >= 0; index--) {
      const { term, ticks } = terms[index]!;
      if (ticks > 0) visit({ fromTick: to - ticks, toTick: to, term, row, slot });
      to -= ticks;
    }
    if (start > release) visit({ fromTick: release, toTick: start, term: "wait", row, slot });
    if (holds.causeStream[row] === -1) {
      if (release === 0) return { holds: count, reachedTick: 0, row };
      return { holds: count, reachedTick: release, broken: "it ends in a hold without cause", row };
    }
    const cause = view.find(
      holds.causeStream[row]!,
      holds.causeN[row]!,
      holds.causeStage[row]!,
      holds.causePacket[row]!,
    );
    if (cause < 0) return { holds: count, reachedTick: release, broken: "a cause on it is not in the trace", row };
    row = cause;
    tick = release;
  }
}

/** The totals of a path by term, with how it ended. */
export function totalsOfPath(context: CheckContext): { terms: TermCycles; ending: PathEnding } {
  const terms = zeroTerms();
  const ending = walkPath(context, ({ term, fromTick, toTick }) => addTerms(terms, { [term]: toTick - fromTick }));
  return { terms, ending };
}
