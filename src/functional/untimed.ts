/**
 * A program played without time: streams in turn, every instruction over at once. One order of starts that could happen,
 * the same for every run; a stream waits for tokens, messages and barriers only.
 */
import type { Instruction, Program } from "../isa/index.js";
import { StreamWalk } from "./walk.js";

/** Visits every instruction's start; what cannot start (a deadlock) is left out. */
export function eachStart(
  program: Program,
  visit: (stream: number, n: number, instruction: Instruction, walk: StreamWalk) => void,
): void {
  new Untimed(program, visit).run();
}

class Untimed {
  private readonly walks: StreamWalk[];
  private readonly tokens = new Map<string, number>();
  /** Streams that wait, by what they lack. */
  private readonly parked = new Map<string, number[]>();
  private readonly arrived = new Map<number, number[]>();
  private ready: number[] = [];

  constructor(
    private readonly program: Program,
    private readonly visit: (stream: number, n: number, instruction: Instruction, walk: StreamWalk) => void,
  ) {
    this.walks = program.streams.map((stream) => new StreamWalk(stream.code));
  }

  run(): void {
    let turn = this.walks.map((_, stream) => stream);
    while (turn.length > 0) {
      this.ready = [];
      for (const stream of turn) this.step(stream);
      turn = this.ready;
    }
  }

  private step(stream: number): void {
    const walk = this.walks[stream]!;
    if (walk.ended) return;
    const { core } = this.program.streams[stream]!;
    const { instruction, n } = walk;
    const needs = (instruction.waits ?? []).map(
      ({ semaphore, count }) => [`${core}:${semaphore}`, count] as [string, number],
    );
    if (instruction.op === "RECV") needs.push([`${instruction.core}>${core}#${instruction.channel}`, 1]);
    for (const [key, count] of needs)
      if ((this.tokens.get(key) ?? 0) < count) {
        this.park(key, stream);
        return;
      }
    for (const [key, count] of needs) this.tokens.set(key, this.tokens.get(key)! - count);
    this.visit(stream, n, instruction, walk);
    walk.advance();
    for (const post of instruction.posts ?? []) this.give(`${post.core}:${post.semaphore}`, post.count);
    if (instruction.op === "SEND")
      for (const to of instruction.cores) this.give(`${core}>${to}#${instruction.channel}`, 1);
    if (instruction.op === "BAR") this.arrive(instruction.barrier, instruction.count, stream);
    else this.ready.push(stream);
  }

  private park(key: string, stream: number): void {
    const waiting = this.parked.get(key);
    if (waiting === undefined) this.parked.set(key, [stream]);
    else waiting.push(stream);
  }

  private give(key: string, count: number): void {
    this.tokens.set(key, (this.tokens.get(key) ?? 0) + count);
    const waiting = this.parked.get(key);
    if (waiting === undefined) return;
    this.parked.delete(key);
    this.ready.push(...waiting);
  }

  private arrive(barrier: number, count: number, stream: number): void {
    const all = this.arrived.get(barrier) ?? [];
    all.push(stream);
    this.arrived.set(barrier, all);
    if (all.length < count) return;
    this.arrived.delete(barrier);
    this.ready.push(...all);
  }
}
