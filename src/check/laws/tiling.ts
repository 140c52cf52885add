/**
 * Law 6, rows: ids unique and without gap, instructions in order, each lane complete, in packet order and without overlap.
 * Marks the instructions whose rows are exactly those asked for; the laws after this one look into those only.
 */
import { HOLD_KINDS } from "../../trace/index.js";
import type { CheckContext, Static } from "../context.js";

const LAW = "tiling";

/** Checks ids, order and completeness of all rows. */
export function checkTiling(context: CheckContext): void {
  const { view, findings, whole, known } = context;
  for (const row of view.strayInstructions) blameRow(context, row, "unknown-instruction", "no such instruction runs");
  for (const row of view.doubles) blameRow(context, row, "double-instruction", "a second row of one instruction");
  for (const row of view.strayHolds)
    context.blameHold(LAW, "unknown-hold", row, "a hold of an instruction that does not run");
  if (!whole) findings.skip("the trace is filtered: missing rows are not told from rows left out", LAW);
  if (!known) findings.skip("without program and chip, what an instruction's lanes must be is not known", LAW);
  if (known && whole)
    known.counts.forEach((count, stream) => {
      const slots = stream < view.streams ? view.firstSlot[stream + 1]! - view.firstSlot[stream]! : 0;
      if (slots !== count)
        findings.add({
          law: LAW,
          code: "instruction-count",
          message: `stream ${stream} runs ${count} instructions`,
          tick: 0,
        });
    });
  for (let slot = 0; slot < view.slots; slot++) {
    const row = view.rowOf[slot]!;
    if (row < 0) {
      if (whole) context.blameInstruction(LAW, "missing-instruction", slot, "the instruction has no row");
      continue;
    }
    checkInstruction(context, slot, row);
    checkLanes(context, slot, row);
  }
}

function blameRow(context: CheckContext, row: number, code: string, message: string): void {
  const { instructions } = context.table;
  const instruction = { stream: instructions.stream[row]!, n: instructions.n[row]! };
  context.findings.add({ law: LAW, code, message, instruction, tick: instructions.startTick[row]! });
}

/** One instruction row beside that of the instruction before it. */
function checkInstruction(context: CheckContext, slot: number, row: number): void {
  const { instructions: rows } = context.table;
  const blame = (code: string, message: string): void =>
    context.blameInstruction(LAW, code, slot, message, rows.startTick[row]!);
  const [fetch, start, end] = [rows.fetchTick[row]!, rows.startTick[row]!, rows.endTick[row]!];
  if (fetch < 0 || fetch > start || start >= end)
    blame("instruction-ticks", `fetched ${fetch}, started ${start}, ended ${end}`);
  if (rows.releaseTick[row] !== start)
    blame("instruction-release", `released at ${rows.releaseTick[row]}, started at ${start}`);
  if (context.known && rows.pc[row] !== context.pcOf[slot])
    blame("wrong-pc", `is instruction ${rows.pc[row]} of the code, the program runs ${context.pcOf[slot]} here`);
  if (context.nOf(slot) === 0) {
    if (fetch !== 0) blame("fetch", `fetched at ${fetch}, the first of a stream is fetched at 0`);
    return;
  }
  const before = previousRow(context, slot);
  if (before < 0) return;
  if (fetch !== rows.startTick[before])
    blame("fetch", `fetched at ${fetch}, the one before started at ${rows.startTick[before]}`);
  if (start <= rows.startTick[before]!)
    blame("order", `started at ${start}, the one before at ${rows.startTick[before]}`);
}

/** Row of the instruction before in the stream, −1 where the trace does not hold it. */
function previousRow(context: CheckContext, slot: number): number {
  const { view } = context;
  return slot > view.firstSlot[context.streamOf[slot]!]! ? view.rowOf[slot - 1]! : -1;
}

function checkLanes(context: CheckContext, slot: number, row: number): void {
  const { view, table, whole } = context;
  const { holds, instructions } = table;
  const from = view.holdStart[slot]!;
  const to = view.holdStart[slot + 1]!;
  const code = context.staticOf(slot);
  const issue = from < to && holds.stage[view.holdRows[from]!] === -1;
  context.hasIssue[slot] = issue ? 1 : 0;
  const problem = code ? mismatch(context, slot, code, issue) : unordered(context, slot, issue);
  if (problem !== undefined) {
    if (whole) context.blameInstruction(LAW, "lanes", slot, problem, instructions.startTick[row]!);
    return;
  }
  // Ticks along each lane.
  let lastEnd = 0;
  let good = true;
  for (let at = from; at < to; at++) {
    const hold = view.holdRows[at]!;
    const [ready, start, end] = [holds.readyTick[hold]!, holds.startTick[hold]!, holds.endTick[hold]!];
    if (ready > start || start >= end || ready < instructions.startTick[row]!) {
      context.blameHold(LAW, "hold-ticks", hold, `ready ${ready}, start ${start}, end ${end}`);
      good = false;
    }
    if (holds.stage[hold] === -1) continue;
    const before = view.holdRows[at - 1]!;
    if (
      holds.packet[hold]! > 0 &&
      at > from &&
      holds.stage[before] === holds.stage[hold] &&
      ready < holds.endTick[before]!
    ) {
      context.blameHold(
        LAW,
        "lane-overlap",
        hold,
        `ready at ${ready}, the packet before ends at ${holds.endTick[before]}`,
      );
      good = false;
    }
    lastEnd = Math.max(lastEnd, end);
  }
  if (lastEnd !== instructions.endTick[row] && (whole || code)) {
    context.blameInstruction(
      LAW,
      "instruction-end",
      slot,
      `ends at ${instructions.endTick[row]}, its last hold at ${lastEnd}`,
    );
    good = false;
  }
  if (good && code) context.intact[slot] = 1;
}

/** What is wrong with an instruction's holds beside its lanes, or undefined. */
function mismatch(context: CheckContext, slot: number, code: Static, issue: boolean): string | undefined {
  const { view, table, known } = context;
  const { holds } = table;
  const found = view.holdStart[slot + 1]! - view.holdStart[slot]!;
  const last = context.nOf(slot) === known!.counts[context.streamOf[slot]!]! - 1;
  if (issue === last) return last ? "the last of a stream has an issue hold" : "the issue hold is missing";
  const wanted = code.offsets.at(-1)! + (issue ? 1 : 0);
  if (found !== wanted) return `${found} holds, its lanes have ${wanted}`;
  let at = view.holdStart[slot]!;
  if (issue) {
    const row = view.holdRows[at++]!;
    if (holds.packet[row] !== 0 || holds.kind[row] !== HOLD_KINDS.indexOf("issue")) return "its issue hold is none";
  }
  for (let lane = 0; lane < code.lanes.length; lane++) {
    const { units, kindCode, kind, open } = code.lanes[lane]!;
    for (let unit = 0; unit < units; unit++) {
      const row = view.holdRows[at++]!;
      if (holds.stage[row] !== lane || holds.packet[row] !== unit)
        return `hold of stage ${holds.stage[row]} packet ${holds.packet[row]} in place of stage ${lane} packet ${unit}`;
      if (open ? !open.kindCodes.includes(holds.kind[row]!) : holds.kind[row] !== kindCode)
        return `stage ${lane} packet ${unit} is ${HOLD_KINDS[holds.kind[row]!]}, not ${kind}`;
    }
  }
  return undefined;
}

/** Holds of DRAM by commands are of one family, whatever they met. */
function familyOf(kind: number): number {
  return HOLD_KINDS[kind]!.startsWith("dram") ? HOLD_KINDS.indexOf("dram") : kind;
}

/** The same without a program: stages and packets count up without gap, one kind a stage. */
function unordered(context: CheckContext, slot: number, issue: boolean): string | undefined {
  const { view, table } = context;
  const { holds } = table;
  const last = slot + 1 === view.firstSlot[context.streamOf[slot]! + 1]!;
  if (issue === last) return last ? "the last of a stream has an issue hold" : "the issue hold is missing";
  let stage = -1;
  let packet = 0;
  let kind = HOLD_KINDS.indexOf("issue");
  let first = true;
  for (let at = view.holdStart[slot]!; at < view.holdStart[slot + 1]!; at++) {
    const row = view.holdRows[at]!;
    const fits =
      holds.stage[row] === stage && !first
        ? holds.packet[row] === packet + 1 && familyOf(holds.kind[row]!) === kind && stage >= 0
        : (holds.stage[row] === stage + 1 || (first && holds.stage[row] === -1)) && holds.packet[row] === 0;
    if (!fits)
      return `stage ${holds.stage[row]} packet ${holds.packet[row]} does not follow stage ${stage} packet ${packet}`;
    stage = holds.stage[row]!;
    packet = holds.packet[row]!;
    kind = familyOf(holds.kind[row]!);
    first = false;
  }
  return stage < 0 ? "it has no hold but its issue" : undefined;
}
