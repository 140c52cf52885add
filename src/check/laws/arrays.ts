/**
 * Law 6, arrays: sets of arrays never overlap, and a set is granted in the tick in which the last of it is free and it was asked for.
 * An MVM holds its arrays from its first vector's compute hold to the end of the last one (or of the last sample); a write, verification or swap
 * from its first hold to its end. On a double-banked chip a WWR needs no grant, for it writes the shadow bank.
 */
import type { CheckContext, Static } from "../context.js";

const LAW = "arrays";

/** One set of arrays held: asked for, granted, given back, and the hold whose end gave it back. */
interface Grant {
  slot: number;
  arrays: readonly number[];
  request: number;
  grant: number;
  free: number;
  freedBy: number;
}

/** When an instruction's arrays were to be granted, and which holds' ends could be the cause; none where it had not to wait. */
export interface ArrayGate {
  tick: number;
  causes: number[];
}

/** When an MVM gives its arrays and registers back, and the hold whose end that is. */
export function mvmFree(context: CheckContext, slot: number, code: Static): { tick: number; row: number } {
  const { holds } = context.table;
  const { computeLane, convertLane, freeAfterConversion, lanes } = code;
  const computed = context.rowAt(slot, code, computeLane, lanes[computeLane]!.units - 1);
  const tick = holds.endTick[computed]!;
  if (convertLane < 0 || freeAfterConversion < 0) return { tick, row: computed };
  const converted = context.rowAt(slot, code, convertLane, freeAfterConversion);
  return holds.endTick[converted]! > tick
    ? { tick: holds.endTick[converted]!, row: converted }
    : { tick, row: computed };
}

function grantOf(context: CheckContext, slot: number, code: Static): Grant {
  const { holds } = context.table;
  const { arrays, gate, computeLane } = code;
  if (gate === "start") {
    const grant = holds.readyTick[context.rowAt(slot, code, 0, 0)]!;
    const freedBy = context.view.lastHold(slot);
    return { slot, arrays, request: context.startOf(slot), grant, free: holds.endTick[freedBy]!, freedBy };
  }
  const first = context.rowAt(slot, code, computeLane, 0);
  const loaded = context.rowAt(slot, code, computeLane - 1, code.lanes[computeLane]!.input(0) - 1);
  const { tick, row } = mvmFree(context, slot, code);
  return { slot, arrays, request: holds.endTick[loaded]!, grant: holds.readyTick[first]!, free: tick, freedBy: row };
}

/** Checks all grants of arrays; returns when each should have been, by slot. */
export function checkArrays(context: CheckContext): Map<number, ArrayGate> {
  const gates = new Map<number, ArrayGate>();
  const { findings, known, whole, view } = context;
  if (!known) {
    findings.skip("it needs program and chip", LAW);
    return gates;
  }
  if (!whole) findings.skip("the trace is filtered: grants are checked only for overlap of the rows there are", LAW);
  const byCore = new Map<number, Grant[]>();
  for (let slot = 0; slot < view.slots; slot++) {
    const code = context.isIntact(slot) ? context.staticOf(slot)! : undefined;
    if (!code || code.gate === "none") continue;
    const core = context.core(slot);
    const list = byCore.get(core) ?? [];
    list.push(grantOf(context, slot, code));
    byCore.set(core, list);
  }
  for (const grants of byCore.values()) {
    grants.sort((a, b) => a.grant - b.grant || a.request - b.request || a.slot - b.slot);
    const last = new Map<number, Grant>();
    for (const grant of grants) {
      const before = grant.arrays.map((array) => last.get(array)).filter((found) => found !== undefined);
      const free = before.reduce((tick, { free }) => Math.max(tick, free), 0);
      const tick = Math.max(grant.request, free);
      gates.set(grant.slot, {
        tick,
        causes: tick > grant.request ? before.filter((found) => found.free === tick).map(({ freedBy }) => freedBy) : [],
      });
      for (const array of grant.arrays) last.set(array, grant);
      if (grant.grant < free)
        context.blameInstruction(
          LAW,
          "overlap",
          grant.slot,
          `takes its arrays at ${grant.grant}, held until ${free}`,
          grant.grant,
        );
      else if (whole && grant.grant !== tick)
        context.blameInstruction(
          LAW,
          "grant",
          grant.slot,
          `gets its arrays at ${grant.grant}, which are free and asked for at ${tick}`,
          grant.grant,
        );
    }
  }
  return gates;
}
