/**
 * Law 7, causes: every hold names the hold that let it begin, which ended at its release; between release and start lies only the way to the next
 * clock edge. With program and chip, ready tick and cause are worked out anew from docs/timing.md sections 3 and 8: input packet, own packet before,
 * room downstream, array granted, resource freed; the last of them wins, then the first in this order.
 */

import type { CheckContext, Static } from "../context.js";
import { nextEdgeTick } from "../contract/clock.js";
import type { ArrayGate } from "./arrays.js";

const LAW = "cause";

/** What lets a hold begin: the tick, and the hold rows that may be its cause; `inherit`: the cause of this slot's start instead. */
interface Enabling {
  tick: number;
  causes: readonly number[];
  inherit: number;
}

/** Barriers: when each BAR opened, and the arrival whose start opened it. */
export type BarrierGates = ReadonlyMap<number, { tick: number; opener: number }>;

/** Checks the causes of all holds. */
export function checkCauses(
  context: CheckContext,
  gates: ReadonlyMap<number, ArrayGate>,
  barriers: BarrierGates,
): void {
  const { table, view, known, findings, whole } = context;
  const { holds } = table;
  for (let row = 0; row < holds.length; row++) checkNamed(context, row);
  if (!known) findings.skip("without program and chip only the named cause's end is looked at", LAW);
  else if (!whole) findings.skip("the trace is filtered: only causes whose rows are there are looked at", LAW);
  if (!known || !whole) return;
  const previous = previousHolders(context);
  for (let slot = 0; slot < view.slots; slot++) {
    if (!context.isIntact(slot)) continue;
    const code = context.staticOf(slot)!;
    if (context.hasIssue[slot]) {
      const row = view.holdRows[view.holdStart[slot]!]!;
      if (holds.releaseTick[row] !== holds.startTick[row] || !sharesCause(context, row, slot))
        context.blameHold(LAW, "issue-cause", row, "an issue slot has the cause of its instruction's start");
    }
    code.lanes.forEach((lane, index) => {
      for (let unit = 0; unit < lane.units; unit++) {
        const row = context.rowAt(slot, code, index, unit);
        const enabling = enablingOf(context, slot, code, index, unit, gates, barriers);
        checkHold(context, slot, code, index, row, enabling, previous);
      }
    });
  }
}

/** The cause a hold names exists and ended at its release, which is not after its start. */
function checkNamed(context: CheckContext, row: number): void {
  const { holds } = context.table;
  const release = holds.releaseTick[row]!;
  if (release > holds.startTick[row]!) {
    context.blameHold(LAW, "release", row, `released at ${release}, after its start`);
    return;
  }
  if (holds.causeStream[row] === -1) {
    const none = holds.causeN[row] === -1 && holds.causeStage[row] === -1 && holds.causePacket[row] === -1;
    if (release !== 0 || !none)
      context.blameHold(LAW, "no-cause", row, `names no cause, but is released at ${release}`);
    return;
  }
  const cause = context.view.find(
    holds.causeStream[row]!,
    holds.causeN[row]!,
    holds.causeStage[row]!,
    holds.causePacket[row]!,
  );
  if (cause < 0) {
    if (context.whole) context.blameHold(LAW, "unknown-cause", row, "its cause is not in the trace");
  } else if (holds.endTick[cause] !== release)
    context.blameHold(LAW, "cause-end", row, `its cause ends at ${holds.endTick[cause]}, it is released at ${release}`);
}

/** Whether a hold names the cause of an instruction's start. */
function sharesCause(context: CheckContext, row: number, slot: number): boolean {
  const { holds, instructions } = context.table;
  const own = context.view.rowOf[slot]!;
  return (
    holds.causeStream[row] === instructions.causeStream[own] &&
    holds.causeN[row] === instructions.causeN[own] &&
    holds.causeStage[row] === instructions.causeStage[own] &&
    holds.causePacket[row] === instructions.causePacket[own]
  );
}

function namesOneOf(context: CheckContext, row: number, causes: readonly number[]): boolean {
  const { holds } = context.table;
  return causes.some(
    (cause) =>
      holds.causeStream[row] === holds.stream[cause] &&
      holds.causeN[row] === holds.n[cause] &&
      holds.causeStage[row] === holds.stage[cause] &&
      holds.causePacket[row] === holds.packet[cause],
  );
}

/** When a hold could have begun but for its resource, and why then. */
function enablingOf(
  context: CheckContext,
  slot: number,
  code: Static,
  index: number,
  unit: number,
  gates: ReadonlyMap<number, ArrayGate>,
  barriers: BarrierGates,
): Enabling {
  const { endTick } = context.table.holds;
  const lane = code.lanes[index]!;
  let best: Enabling = { tick: -1, causes: [], inherit: -1 };
  const offer = (tick: number, causes: readonly number[], inherit = -1): void => {
    if (tick > best.tick) best = { tick, causes, inherit };
  };
  const offerRow = (row: number): void => offer(endTick[row]!, [row]);
  if (index === 0 && unit === 0) offer(context.startOf(slot), [], slot);
  if (index > 0) offerRow(context.rowAt(slot, code, index - 1, lane.input(unit) - 1));
  if (unit > 0) offerRow(context.rowAt(slot, code, index, unit - 1));
  const room = lane.room(unit);
  if (room >= 0) offerRow(context.rowAt(slot, code, index + 1, room));
  const gated = unit === 0 && index === (code.gate === "start" ? 0 : code.gate === "compute" ? code.computeLane : -1);
  const gate = gated ? gates.get(slot) : undefined;
  if (gate) offer(gate.tick, gate.causes);
  const barrier = barriers.get(slot);
  if (barrier) offer(barrier.tick, [], barrier.opener);
  return best;
}

function checkHold(
  context: CheckContext,
  slot: number,
  code: Static,
  index: number,
  row: number,
  enabling: Enabling,
  previous: Int32Array,
): void {
  const { holds } = context.table;
  const lane = code.lanes[index]!;
  const [ready, release, start] = [holds.readyTick[row]!, holds.releaseTick[row]!, holds.startTick[row]!];
  if (ready !== enabling.tick) {
    context.blameHold(LAW, "ready", row, `ready at ${ready}, but everything it needs is there at ${enabling.tick}`);
    return;
  }
  if (start !== nextEdgeTick(release, lane.period)) {
    context.blameHold(
      LAW,
      "gap",
      row,
      `released at ${release}, started at ${start}, with no clock edge between to wait for`,
    );
    return;
  }
  if (release === ready) {
    const good =
      enabling.inherit >= 0 ? sharesCause(context, row, enabling.inherit) : namesOneOf(context, row, enabling.causes);
    if (!good) context.blameHold(LAW, "wrong-cause", row, "it does not name the hold that let it begin");
    return;
  }
  if (release < ready || lane.place === "private") {
    context.blameHold(
      LAW,
      "release",
      row,
      `ready at ${ready}, released at ${release}, on no resource that could have been taken`,
    );
    return;
  }
  const cause = context.view.find(
    holds.causeStream[row]!,
    holds.causeN[row]!,
    holds.causeStage[row]!,
    holds.causePacket[row]!,
  );
  const freed =
    lane.place === "adc"
      ? sharesGroups(context, slot, code, cause)
      : previous[row]! >= 0
        ? cause === previous[row]
        : cause >= 0 && holds.resource[cause] === holds.resource[row];
  if (!freed)
    context.blameHold(
      LAW,
      "wrong-cause",
      row,
      "it waited for its resource, but does not name the hold that gave it back",
    );
}

/** Whether a hold lies on one of the ADC groups of an instruction. */
function sharesGroups(context: CheckContext, slot: number, code: Static, cause: number): boolean {
  const { holds } = context.table;
  if (cause < 0 || holds.resource[cause] === -1) return false;
  const other = context.view.slotOf(holds.stream[cause]!, holds.n[cause]!);
  if (!context.isIntact(other) || context.core(other) !== context.core(slot)) return false;
  return context.staticOf(other)!.adcGroups.some((group) => code.adcGroups.includes(group));
}

/** On resources of one port: the hold before each hold; −1 elsewhere. */
function previousHolders(context: CheckContext): Int32Array {
  const { header, holds } = context.table;
  const previous = new Int32Array(holds.length).fill(-1);
  context.view.byResource().forEach((rows, id) => {
    const { ports, kind } = header.resources[id]!;
    if (ports !== 1 || kind === "convert") return;
    for (let at = 1; at < rows.length; at++) previous[rows[at]!] = rows[at - 1]!;
  });
  return previous;
}
