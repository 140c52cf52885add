/**
 * What each layer's own time consists of, read from a whole trace.
 * Own rule: on the stream that works longest for a layer, the time up to the end of each hold belongs to that hold, so that waiting for
 * a resource counts with the work that waited. It names causes; the service time itself is the simulation's.
 */
import { sumTerms, type TermCycles, zeroTerms } from "../base/index.js";
import { CheckContext, Findings, termsOfHold } from "../check/index.js";
import type { Chip } from "../hardware/index.js";
import type { Program } from "../isa/index.js";
import type { TraceTable } from "../trace/index.js";

/** The terms of every tag on its busiest stream; undefined where a tag has no work. */
export function layerTerms(table: TraceTable, program: Program, chip: Chip): (TermCycles | undefined)[] {
  const context = new CheckContext(table, new Findings(), program, chip);
  const { view } = context;
  const { holds, instructions } = table;
  const cursors = new Float64Array(program.streams.length);
  const byStream = program.streams.map(() => new Map<number, TermCycles>());
  // Rows come in order of end tick within a stream.
  for (let row = 0; row < holds.length; row++) {
    const stream = holds.stream[row]!;
    const slot = view.slotOf(stream, holds.n[row]!);
    const tag = slot < 0 ? undefined : context.staticOf(slot)?.tag;
    if (tag === undefined) continue;
    const from = Math.max(cursors[stream]!, instructions.startTick[view.rowOf[slot]!]!);
    let until = holds.endTick[row]!;
    if (until <= from) continue;
    cursors[stream] = until;
    let terms = byStream[stream]!.get(tag);
    if (terms === undefined) {
      terms = zeroTerms();
      byStream[stream]!.set(tag, terms);
    }
    const parts = termsOfHold(context, row, slot);
    for (let part = parts.length - 1; part >= 0 && until > from; part--) {
      // The first part takes the wait before it.
      const begin = part === 0 ? from : Math.max(from, until - parts[part]!.ticks);
      terms[parts[part]!.term] += until - begin;
      until = begin;
    }
  }
  return program.tags.map((_, tag) => {
    const found = byStream.map((tags) => tags.get(tag)).filter((terms) => terms !== undefined);
    return found.length === 0
      ? undefined
      : found.reduce((most, terms) => (sumTerms(terms) > sumTerms(most) ? terms : most));
  });
}
