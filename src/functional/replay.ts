/**
 * Replay: instruction records, which come at completion, turned into starts and completions in time order, completions before
 * starts in one tick. A completion is played only when no start before it can still be unknown: of each stream either the next
 * start is known, or it lacks tokens, a message or a unit slot, or it can come only later. So few records are kept at a time.
 */
import { InternalError } from "../base/index.js";
import type { Chip } from "../hardware/index.js";
import type { Instruction, Program, Unit } from "../isa/index.js";
import type { InstructionRecord } from "../trace/index.js";
import { StreamWalk } from "./walk.js";

/** What one record says, kept until it has been played. */
interface Kept {
  stream: number;
  n: number;
  pc: number;
  startTick: number;
  endTick: number;
  instruction: Instruction | undefined;
}

/** Who plays the events. */
export interface ReplayListener {
  /** An instruction starts; the walk stands on it. */
  start(stream: number, walk: StreamWalk, tick: number): void;
  complete(stream: number, n: number, instruction: Instruction, tick: number): void;
}

/** Instructions a unit of this chip may have under way at once. */
export function unitLimit(chip: Chip, unit: Unit): number {
  if (unit === "vector") return 1;
  if (unit === "weightWrite") return chip.core.arrays.write.portsPerCore;
  return chip.core.outstanding[unit];
}

/** Puts records in order and plays them. */
export class Replay {
  readonly walks: StreamWalk[];
  private readonly known: Map<number, Kept>[];
  private readonly lastStart: Float64Array;
  private readonly openSince: Float64Array;
  /** Tick of the next start where it is known, else infinity. */
  private readonly nextStart: Float64Array;
  private readonly underWay: Int32Array;
  private readonly limits: number[];
  private readonly tokens = new Map<string, number>();
  private readonly ends: Kept[] = [];
  private endsHead = 0;
  private latestEnd = 0;
  private safeUntil = 0;
  /** Most records kept at once. */
  mostKept = 0;

  constructor(
    private readonly program: Program,
    chip: Chip,
    private readonly listener: ReplayListener,
  ) {
    const count = program.streams.length;
    this.walks = program.streams.map((stream) => new StreamWalk(stream.code));
    this.known = program.streams.map(() => new Map());
    this.lastStart = new Float64Array(count).fill(-1);
    this.openSince = new Float64Array(count);
    this.nextStart = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
    this.underWay = new Int32Array(count);
    this.limits = program.streams.map((stream) => unitLimit(chip, stream.unit));
  }

  /** Takes one record; records come in order of end tick. */
  add(record: Readonly<InstructionRecord>): void {
    const { stream, n, pc, startTick, endTick } = record;
    if (endTick < this.latestEnd) throw new InternalError(`records out of order at tick ${endTick}`);
    this.latestEnd = endTick;
    const kept: Kept = { stream, n, pc, startTick, endTick, instruction: undefined };
    this.known[stream]!.set(n, kept);
    if (n === this.walks[stream]!.n) this.nextStart[stream] = startTick;
    this.ends.push(kept);
    const waiting = this.ends.length - this.endsHead;
    if (waiting > this.mostKept) this.mostKept = waiting;
    if ((waiting & 255) === 0) this.play(false);
  }

  /** Plays everything left. */
  finish(): void {
    this.play(true);
  }

  private play(all: boolean): void {
    while (this.endsHead < this.ends.length) {
      const next = this.ends[this.endsHead]!;
      this.playStartsBefore(next.endTick);
      if (!all && next.endTick > this.safeUntil && !this.noUnknownStartBefore(next.endTick)) break;
      this.complete(next);
      this.endsHead++;
    }
    if (this.endsHead > 4096 || this.endsHead === this.ends.length) {
      this.ends.splice(0, this.endsHead);
      this.endsHead = 0;
    }
  }

  /** Plays known starts; those of different streams do not touch each other, so only their order against completions counts. */
  private playStartsBefore(tick: number): void {
    const { nextStart } = this;
    for (let s = 0; s < nextStart.length; s++) {
      while (nextStart[s]! < tick) {
        const walk = this.walks[s]!;
        const known = this.known[s]!;
        const kept = known.get(walk.n)!;
        known.delete(walk.n);
        this.start(kept, walk);
        nextStart[s] = known.get(walk.n)?.startTick ?? Number.POSITIVE_INFINITY;
      }
    }
  }

  private start(kept: Kept, walk: StreamWalk): void {
    const { stream, startTick } = kept;
    const { core } = this.program.streams[stream]!;
    if (walk.ended || kept.pc !== walk.pc)
      throw new InternalError(`stream ${stream} instruction ${kept.n}: code index ${kept.pc}, walked to ${walk.pc}`);
    const { instruction } = walk;
    for (const { semaphore, count } of instruction.waits ?? []) this.take(`${core}:${semaphore}`, count, kept);
    if (instruction.op === "RECV") this.take(`${instruction.core}>${core}#${instruction.channel}`, 1, kept);
    kept.instruction = instruction;
    this.listener.start(stream, walk, startTick);
    this.lastStart[stream] = startTick;
    this.underWay[stream]!++;
    walk.advance();
  }

  private complete(kept: Kept): void {
    const { stream, instruction } = kept;
    if (instruction === undefined)
      throw new InternalError(`stream ${stream} instruction ${kept.n} ends before it starts`);
    const { core } = this.program.streams[stream]!;
    for (const post of instruction.posts ?? []) this.give(`${post.core}:${post.semaphore}`, post.count);
    if (instruction.op === "SEND")
      for (const to of instruction.cores) this.give(`${core}>${to}#${instruction.channel}`, 1);
    this.underWay[stream]!--;
    this.listener.complete(stream, kept.n, instruction, kept.endTick);
  }

  private give(key: string, count: number): void {
    this.tokens.set(key, (this.tokens.get(key) ?? 0) + count);
  }

  private take(key: string, count: number, kept: Kept): void {
    const left = (this.tokens.get(key) ?? 0) - count;
    if (left < 0)
      throw new InternalError(
        `stream ${kept.stream} instruction ${kept.n} starts at tick ${kept.startTick} without its tokens`,
      );
    this.tokens.set(key, left);
  }

  /** Whether every start before a tick is known; raises `safeUntil` to the first tick in which an unknown one could be. */
  private noUnknownStartBefore(tick: number): boolean {
    let earliest = Number.POSITIVE_INFINITY;
    for (let s = 0; s < this.walks.length; s++) {
      const walk = this.walks[s]!;
      if (walk.ended) continue;
      let bound = Math.max(this.lastStart[s]! + 1, this.openSince[s]!);
      if (this.nextStart[s]! < Number.POSITIVE_INFINITY) bound = this.nextStart[s]!;
      else if (this.heldBack(s, walk.instruction)) {
        // It may be let go by the next completion, not before.
        this.openSince[s] = tick;
        continue;
      }
      if (bound < earliest) earliest = bound;
    }
    this.safeUntil = Math.min(earliest, tick);
    return tick <= earliest;
  }

  private heldBack(stream: number, instruction: Instruction): boolean {
    const alone = instruction.op === "WAIT" || instruction.op === "POST" || instruction.op === "BAR";
    if (!alone && this.underWay[stream]! >= this.limits[stream]!) return true;
    const { core } = this.program.streams[stream]!;
    for (const { semaphore, count } of instruction.waits ?? [])
      if ((this.tokens.get(`${core}:${semaphore}`) ?? 0) < count) return true;
    return (
      instruction.op === "RECV" && (this.tokens.get(`${instruction.core}>${core}#${instruction.channel}`) ?? 0) < 1
    );
  }
}
