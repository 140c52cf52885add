/**
 * Other legal orders of a program: units, limits, tokens, messages and barriers hold, how long an instruction takes is drawn.
 * What is right must come out right under every one; a dependency that the timed run happens not to need shows here.
 */
import { type RandomStream, randomStream, UserError, uniformInt } from "../base/index.js";
import type { Chip } from "../hardware/index.js";
import type { Instruction, Program } from "../isa/index.js";
import type { InstructionRecord } from "../trace/index.js";
import { unitLimit } from "./replay.js";
import { StreamWalk } from "./walk.js";

interface Running {
  record: InstructionRecord;
  instruction: Instruction;
}

/** Chance that a stream that could start is held up for a tick. */
const IDLE_CHANCE = 0.3;

/** Records of one legal order of a program, by end tick, instructions taking 1 to `longestTicks`; a deadlock is the user's error. */
export function legalOrder(
  program: Program,
  chip: Chip,
  seed: string | number,
  longestTicks = 40,
): InstructionRecord[] {
  return new OrderDraw(program, chip, randomStream(seed, "legal-order"), longestTicks).run();
}

class OrderDraw {
  private readonly walks: StreamWalk[];
  private readonly underWay: number[];
  private readonly behindBarrier: boolean[];
  private readonly tokens = new Map<string, number>();
  private readonly arrived = new Map<number, Running[]>();
  private readonly records: InstructionRecord[] = [];
  private readonly ending = new Map<number, Running[]>();
  private open = 0;

  constructor(
    private readonly program: Program,
    private readonly chip: Chip,
    private readonly random: RandomStream,
    private readonly longestTicks: number,
  ) {
    this.walks = program.streams.map((stream) => new StreamWalk(stream.code));
    this.underWay = program.streams.map(() => 0);
    this.behindBarrier = program.streams.map(() => false);
  }

  run(): InstructionRecord[] {
    for (let tick = 0; ; tick++) {
      for (const one of this.ending.get(tick) ?? []) this.complete(one);
      this.ending.delete(tick);
      let live = false;
      for (let stream = 0; stream < this.walks.length; stream++) {
        if (!this.canStart(stream)) continue;
        live = true;
        if (this.random() >= IDLE_CHANCE) this.start(stream, tick);
      }
      if (this.open === 0 && this.walks.every((walk) => walk.ended)) return this.records;
      if (!live && this.ending.size === 0)
        throw new UserError({
          code: "deadlock",
          message: "no stream can go on",
          seen: `tick ${tick} of a drawn order`,
        });
    }
  }

  private needs(stream: number): [string, number][] {
    const { core } = this.program.streams[stream]!;
    const { instruction } = this.walks[stream]!;
    const needs = (instruction.waits ?? []).map(({ semaphore, count }): [string, number] => [
      `${core}:${semaphore}`,
      count,
    ]);
    if (instruction.op === "RECV") needs.push([`${instruction.core}>${core}#${instruction.channel}`, 1]);
    return needs;
  }

  private canStart(stream: number): boolean {
    if (this.walks[stream]!.ended || this.behindBarrier[stream]) return false;
    if (this.underWay[stream]! >= unitLimit(this.chip, this.program.streams[stream]!.unit)) return false;
    return this.needs(stream).every(([key, count]) => (this.tokens.get(key) ?? 0) >= count);
  }

  private start(stream: number, tick: number): void {
    const walk = this.walks[stream]!;
    const { instruction } = walk;
    for (const [key, count] of this.needs(stream)) this.give(key, -count);
    const alone = instruction.op === "WAIT" || instruction.op === "POST";
    const record: InstructionRecord = {
      stream,
      n: walk.n,
      pc: walk.pc,
      fetchTick: tick,
      startTick: tick,
      endTick: tick + (alone ? 1 : uniformInt(this.random, 1, this.longestTicks)),
      releaseTick: -1,
      causeKind: -1,
      causeStream: -1,
      causeN: -1,
      causeStage: -1,
      causePacket: -1,
    };
    const one = { record, instruction };
    if (instruction.op === "BAR") this.arrive(one, instruction.barrier, instruction.count, tick);
    else this.endAt(one, record.endTick);
    this.underWay[stream]!++;
    this.open++;
    walk.advance();
  }

  private arrive(one: Running, barrier: number, count: number, tick: number): void {
    this.behindBarrier[one.record.stream] = true;
    const all = this.arrived.get(barrier) ?? [];
    all.push(one);
    this.arrived.set(barrier, all);
    if (all.length < count) return;
    for (const other of all) this.endAt(other, tick + 1);
    this.arrived.delete(barrier);
  }

  private endAt(one: Running, tick: number): void {
    one.record.endTick = tick;
    const list = this.ending.get(tick);
    if (list === undefined) this.ending.set(tick, [one]);
    else list.push(one);
  }

  private complete({ record, instruction }: Running): void {
    const { core } = this.program.streams[record.stream]!;
    for (const post of instruction.posts ?? []) this.give(`${post.core}:${post.semaphore}`, post.count);
    if (instruction.op === "SEND")
      for (const to of instruction.cores) this.give(`${core}>${to}#${instruction.channel}`, 1);
    if (instruction.op === "BAR") this.behindBarrier[record.stream] = false;
    this.underWay[record.stream]!--;
    this.open--;
    this.records.push(record);
  }

  private give(key: string, count: number): void {
    this.tokens.set(key, (this.tokens.get(key) ?? 0) + count);
  }
}
