/**
 * Happens-before over a program's dynamic instructions, from what holds in every run: starts of a stream in order (completions too
 * where its unit has one under way, and of stand-alone POST and WAIT, which take one tick), semaphore tokens, messages, barriers.
 * Not from this run's times. Which posts lie before a wait in every run is a `WaitRule`'s to say: `claims.ts` finds it beforehand.
 */
import type { Chip } from "../hardware/index.js";
import type { Instruction, Program } from "../isa/index.js";
import { Knowledge } from "./knowledge.js";
import { unitLimit } from "./replay.js";

/** Tokens that an instruction gives when it completes. */
export interface Post {
  stream: number;
  n: number;
  /** Its number among what its stream tells, as `Knowledge` counts. */
  told: number;
  tokens: number;
  /** What its start knew. */
  known: Knowledge;
}

/** A semaphore or a message channel. */
export interface Pool {
  key: string;
  /** Posts not yet known to every wait from now on. */
  open: Post[];
  /** Tokens of posts that every wait from now on knows. */
  settledTokens: number;
  consumed: number;
}

/** Says which open posts of a pool lie before a wait in every run. */
export interface WaitRule {
  settle(pool: Pool, stream: number, n: number): Post[];
  /** Whether any wait will ever ask for this post (default: yes). */
  keeps?(key: string, stream: number, n: number): boolean;
  /** A post was made. */
  posted?(pool: Pool, post: Post): void;
}

/** Barrier arrivals of one round. */
interface Round {
  arrived: number;
  known: Knowledge;
}

/** Follows what every instruction's start knows. */
export class Order {
  /** What the instruction that is starting knows. */
  current: Knowledge;
  /** Completions that could not be kept because many instructions of one unit were under way. */
  readonly tally = { unlearnt: 0 };
  private readonly streams: Knowledge[];
  private readonly inOrder: boolean[];
  /** Of streams with several under way: number among what the stream tells, by instruction; −1 tells nobody. */
  private readonly told: Int32Array[];
  private readonly tellers: Int32Array;
  private readonly pools = new Map<string, Pool>();
  private readonly rounds = new Map<number, Round>();
  /** Whether a stand-alone POST or WAIT came last: it takes one tick, so it is over when the next starts. */
  private readonly behindTick: Uint8Array;
  private readonly behindBarrier: (Round | undefined)[];

  constructor(
    private readonly program: Program,
    chip: Chip,
    private readonly rule: WaitRule,
  ) {
    const count = program.streams.length;
    this.streams = program.streams.map(() => new Knowledge(count, this.tally));
    this.inOrder = program.streams.map((stream) => unitLimit(chip, stream.unit) === 1);
    this.told = this.inOrder.map((inOrder) => new Int32Array(inOrder ? 0 : 256));
    this.tellers = new Int32Array(count);
    this.behindTick = new Uint8Array(count);
    this.behindBarrier = program.streams.map(() => undefined);
    this.current = new Knowledge(count, this.tally);
  }

  /** Whether completions of a stream come in order. */
  completesInOrder(stream: number): boolean {
    return this.inOrder[stream]!;
  }

  /** Whether the instruction that is starting knows an earlier one to be over. */
  knows(stream: number, n: number): boolean {
    if (this.inOrder[stream]) return this.current.knows(stream, n);
    const told = this.told[stream]![n]!;
    return told >= 0 && this.current.knows(stream, told);
  }

  /** An instruction starts; `current` is then what it knows. Starts come in an order that could happen. */
  start(stream: number, n: number, instruction: Instruction): void {
    const known = this.streams[stream]!;
    const { core } = this.program.streams[stream]!;
    known.learnStart(stream, n);
    const told = this.number(stream, n, instruction);
    if (this.inOrder[stream]) known.learnAllBefore(stream, n);
    else if (this.behindTick[stream] === 1) this.learnOver(known, stream, n - 1);
    this.behindTick[stream] = instruction.op === "POST" || instruction.op === "WAIT" ? 1 : 0;
    const round = this.behindBarrier[stream];
    if (round !== undefined) {
      known.join(round.known);
      this.learnOver(known, stream, n - 1);
      this.behindBarrier[stream] = undefined;
    }
    for (const { semaphore, count } of instruction.waits ?? [])
      this.wait(`${core}:${semaphore}`, count, known, stream, n);
    if (instruction.op === "RECV") this.wait(`${instruction.core}>${core}#${instruction.channel}`, 1, known, stream, n);
    if (instruction.op === "BAR") this.arrive(stream, instruction.barrier, instruction.count, known);
    let snapshot: Knowledge | undefined;
    const post = (key: string, tokens: number) => {
      if (this.rule.keeps?.(key, stream, n) === false) return;
      snapshot ??= known.copy();
      const pool = this.pool(key);
      const made = { stream, n, told, tokens, known: snapshot };
      pool.open.push(made);
      this.rule.posted?.(pool, made);
    };
    for (const { core: to, semaphore, count } of instruction.posts ?? []) post(`${to}:${semaphore}`, count);
    if (instruction.op === "SEND") for (const to of instruction.cores) post(`${core}>${to}#${instruction.channel}`, 1);
    this.current = known;
  }

  /** The instruction's number among what its stream tells. */
  private number(stream: number, n: number, instruction: Instruction): number {
    if (this.inOrder[stream]) return n;
    let table = this.told[stream]!;
    if (n >= table.length) {
      const larger = new Int32Array(table.length * 2);
      larger.set(table);
      table = larger;
      this.told[stream] = table;
    }
    const tells = (instruction.posts?.length ?? 0) > 0 || instruction.op === "SEND";
    const told = tells ? this.tellers[stream]!++ : -1;
    table[n] = told;
    return told;
  }

  private learnOver(known: Knowledge, stream: number, n: number): void {
    const told = this.inOrder[stream] ? n : this.told[stream]![n]!;
    if (told >= 0) known.learn(stream, told);
  }

  private pool(key: string): Pool {
    let pool = this.pools.get(key);
    if (pool === undefined) {
      pool = { key, open: [], settledTokens: 0, consumed: 0 };
      this.pools.set(key, pool);
    }
    return pool;
  }

  private wait(key: string, count: number, known: Knowledge, stream: number, n: number): void {
    const pool = this.pool(key);
    pool.consumed += count;
    const settled = this.rule.settle(pool, stream, n);
    if (settled.length === 0) return;
    // A pool has one waiting stream, so what it learns here its later waits know; it learns on top of all it knew, where windows reach further.
    for (const post of settled) {
      known.join(post.known);
      known.learnStart(post.stream, post.n);
      known.learn(post.stream, post.told);
      pool.settledTokens += post.tokens;
    }
    pool.open = pool.open.filter((post) => !settled.includes(post));
  }

  /** Nothing behind a barrier starts before all have arrived. */
  private arrive(stream: number, barrier: number, count: number, known: Knowledge): void {
    let round = this.rounds.get(barrier);
    if (round === undefined) {
      round = { arrived: 0, known: new Knowledge(this.streams.length, this.tally) };
      this.rounds.set(barrier, round);
    }
    round.known.join(known);
    this.behindBarrier[stream] = round;
    if (++round.arrived === count) this.rounds.delete(barrier);
  }
}
