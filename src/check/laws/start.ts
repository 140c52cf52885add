/**
 * Law 7, starts: an instruction starts in the first tick in which its issue slot, its unit, its tokens and messages, its input registers and its
 * credits are there (docs/timing.md section 2), and names the one that came last: the lowest kind, then the lowest instruction (section 8).
 */
import { CAUSE_KINDS } from "../../trace/index.js";
import type { CheckContext, Static } from "../context.js";
import { mvmFree } from "./arrays.js";
import { Counters } from "./tokens.js";

const LAW = "start";

/** One thing an instruction waits for: when it was there, how it counts as a cause, and the hold whose end it was. */
interface Condition {
  tick: number;
  kind: number;
  slot: number;
  /** Row of the causing hold; −1 where it is the start of time. */
  row: number;
  what: string;
}

/** What is held until a tick: an input register of an array, or a shadow bank. */
interface Held {
  until: number;
  count: number;
  slot: number;
  row: number;
}

/** Replays the issue of every stream. */
export function checkStarts(context: CheckContext): void {
  const { known, findings, whole, view } = context;
  if (!known || !whole) {
    findings.skip(known ? "the trace is filtered: who posted what is not known" : "it needs program and chip", LAW);
    return;
  }
  const counters = new Counters(context);
  for (let stream = 0; stream < view.streams; stream++) {
    const replay = new StreamReplay(context, stream, counters);
    for (let slot = view.firstSlot[stream]!; slot < view.firstSlot[stream + 1]!; slot++) {
      // Behind a broken row nothing of this stream is known for sure; what is wrong has been said.
      if (!context.isIntact(slot)) break;
      replay.step(slot, context.staticOf(slot)!);
    }
  }
}

class StreamReplay {
  private readonly limit: number;
  private readonly first: number;
  /** Ends of the instructions that may still be under way. */
  private underWay: { end: number; slot: number }[] = [];
  private readonly registers = new Map<number, Held[]>();
  private readonly shadows = new Map<number, Held>();

  constructor(
    private readonly context: CheckContext,
    stream: number,
    private readonly counters: Counters,
  ) {
    const { chip } = context.known!;
    const unit = context.known!.program.streams[stream]!.unit;
    this.first = context.view.firstSlot[stream]!;
    this.limit =
      unit === "vector"
        ? 1
        : unit === "weightWrite"
          ? chip.core.arrays.write.portsPerCore
          : chip.core.outstanding[unit];
  }

  step(slot: number, code: Static): void {
    const { context } = this;
    const conditions: Condition[] = [];
    this.order(slot, conditions);
    this.unit(conditions);
    for (const { counter, count, kind } of this.counters.claimsOf(slot, code)) {
      const { tick, slot: by } = counter.claim(count);
      conditions.push({ tick, kind, slot: by, row: by < 0 ? -1 : context.view.lastHold(by), what: counter.name });
    }
    if (code.instruction.op === "MVM") this.takeRegisters(slot, code, conditions);
    if (code.instruction.op === "WWR" || code.instruction.op === "WSWAP") this.takeShadows(slot, code, conditions);
    this.judge(slot, conditions);
    this.underWay.push({ end: context.endOf(slot), slot });
  }

  /** The issue slot of the instruction before; a BAR keeps its stream until it has ended. */
  private order(slot: number, conditions: Condition[]): void {
    if (slot === this.first) return;
    const { context } = this;
    const before = slot - 1;
    const code = context.staticOf(before)!;
    if (code.instruction.op === "BAR") {
      const ended = this.endedAt(context.endOf(before)) ?? before;
      conditions.push({
        tick: context.endOf(before),
        kind: 1,
        slot: ended,
        row: context.view.lastHold(ended),
        what: "the barrier",
      });
      return;
    }
    const row = context.hasIssue[before] ? context.view.holdRows[context.view.holdStart[before]!]! : -1;
    conditions.push({
      tick: context.startOf(before) + code.issueTicks,
      kind: 0,
      slot: before,
      row,
      what: "the issue slot",
    });
  }

  /** The lowest instruction of the stream that ended at a tick. */
  private endedAt(tick: number): number | undefined {
    return this.underWay.find(({ end }) => end === tick)?.slot;
  }

  /** Fewer than the unit's limit under way. */
  private unit(conditions: Condition[]): void {
    if (this.underWay.length < this.limit) return;
    const ends = this.underWay.map(({ end }) => end).sort((a, b) => b - a);
    const tick = ends[this.limit - 1]!;
    this.underWay = this.underWay.filter(({ end }) => end >= tick);
    const by = this.endedAt(tick)!;
    conditions.push({ tick, kind: 1, slot: by, row: this.context.view.lastHold(by), what: "the unit" });
  }

  private takeRegisters(slot: number, code: Static, conditions: Condition[]): void {
    const { context } = this;
    const all = context.known!.chip.core.arrays.inputRegisters;
    const { tick: until, row } = mvmFree(context, slot, code);
    for (const array of code.arrays) {
      const held = this.registers.get(array) ?? [];
      let taken = held.reduce((sum, { count }) => sum + count, 0);
      held.sort((a, b) => a.until - b.until || a.slot - b.slot);
      let last: Held | undefined;
      for (let at = 0; at < held.length && taken + code.registers > all; at++) {
        last = held[at]!;
        taken -= last.count;
      }
      if (last) {
        const lowest = held.find(({ until: tick }) => tick === last.until)!;
        conditions.push({
          tick: last.until,
          kind: 1,
          slot: lowest.slot,
          row: lowest.row,
          what: `an input register of array ${array}`,
        });
      }
      const start = context.startOf(slot);
      this.registers.set(array, [
        ...held.filter(({ until: tick }) => tick > start),
        { until, count: code.registers, slot, row },
      ]);
    }
  }

  private takeShadows(slot: number, code: Static, conditions: Condition[]): void {
    const { context } = this;
    if (!context.known!.chip.core.arrays.write.doubleBanked) return;
    const row = context.view.lastHold(slot);
    for (const array of code.arrays) {
      const held = this.shadows.get(array);
      if (held)
        conditions.push({
          tick: held.until,
          kind: 1,
          slot: held.slot,
          row: held.row,
          what: `the shadow bank of array ${array}`,
        });
      if (code.instruction.op === "WWR") this.shadows.set(array, { until: context.endOf(slot), count: 1, slot, row });
    }
  }

  /** Compares start and cause with what came last. */
  private judge(slot: number, conditions: readonly Condition[]): void {
    const { context } = this;
    const { instructions, holds } = context.table;
    const own = context.view.rowOf[slot]!;
    const start = instructions.startTick[own]!;
    let last: Condition | undefined;
    for (const condition of conditions) {
      if (condition.tick > start) {
        const when = condition.tick === Number.POSITIVE_INFINITY ? "never there" : `there at ${condition.tick}`;
        context.blameInstruction(LAW, "early", slot, `started at ${start}, but ${condition.what} is ${when}`, start);
        return;
      }
      const later = !last || condition.tick > last.tick;
      const lower =
        last && condition.tick === last.tick && (condition.kind - last.kind || condition.slot - last.slot) < 0;
      if (condition.slot >= 0 && (later || lower)) last = condition;
    }
    const tick = last?.tick ?? 0;
    if (start !== tick) {
      context.blameInstruction(
        LAW,
        "late",
        slot,
        `started at ${start}, everything it needs is there at ${tick}`,
        start,
      );
      return;
    }
    const kind = tick === 0 || !last ? -1 : last.kind;
    const row = kind < 0 ? -1 : last!.row;
    const named = [
      instructions.causeStream[own],
      instructions.causeN[own],
      instructions.causeStage[own],
      instructions.causePacket[own],
    ];
    const wanted = row < 0 ? [-1, -1, -1, -1] : [holds.stream[row], holds.n[row], holds.stage[row], holds.packet[row]];
    if (instructions.causeKind[own] !== kind)
      context.blameInstruction(
        LAW,
        "cause-kind",
        slot,
        `names cause kind ${instructions.causeKind[own]}, it is ${kind} (${CAUSE_KINDS[kind] ?? "none"})`,
        start,
      );
    else if (named.some((part, index) => part !== wanted[index]))
      context.blameInstruction(
        LAW,
        "cause",
        slot,
        `names hold ${named.join(" ")}, what it waited for ended with ${wanted.join(" ")}`,
        start,
      );
  }
}
