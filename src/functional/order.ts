/**
 * Happens-before over a program's dynamic instructions, from what holds in every run: starts of a stream in order (completions too
 * where its unit has one under way, and of stand-alone POST and WAIT, which take one tick), semaphore tokens, messages, barriers. Not from this run's times.
 *
 * Tokens are anonymous. A post lies before a wait in every run only where the wait could not be satisfied without it: where all
 * other posts that do not themselves follow it give fewer tokens than the waiting stream has consumed by then. Posts that this run
 * had not started by the time of the wait are not looked at; verify further legal orders (`legalOrder`) where that matters.
 */
import type { Chip } from "../hardware/index.js";
import type { Instruction, Program } from "../isa/index.js";
import { Knowledge } from "./knowledge.js";
import { unitLimit } from "./replay.js";

interface Post {
  stream: number;
  n: number;
  tokens: number;
  /** What its start knew. */
  known: Knowledge;
}

/** A semaphore or a message channel. */
interface Pool {
  open: Post[];
  /** Tokens of posts that every wait from now on knows, and what those posts knew. */
  settledTokens: number;
  settled: Knowledge | undefined;
  consumed: number;
}

/** Barrier arrivals of one round. */
interface Round {
  arrived: number;
  known: Knowledge;
}

/** Candidates of one stream that may fail before the rest of it is left for later. */
const PATIENCE = 32;

/** Follows what every instruction's start knows. */
export class Order {
  /** What the instruction that is starting knows. */
  current: Knowledge;
  /** Gaps taken as over because many instructions of one unit were under way. */
  readonly tally = { assumed: 0 };
  private readonly streams: Knowledge[];
  private readonly inOrder: boolean[];
  private readonly pools = new Map<string, Pool>();
  private readonly rounds = new Map<number, Round>();
  /** Whether a stand-alone POST or WAIT came last: it takes one tick, so it is over when the next starts. */
  private readonly behindTick: Uint8Array;
  private readonly behindBarrier: (Round | undefined)[];

  constructor(
    private readonly program: Program,
    chip: Chip,
  ) {
    const count = program.streams.length;
    this.streams = program.streams.map(() => new Knowledge(count, this.tally));
    this.inOrder = program.streams.map((stream) => unitLimit(chip, stream.unit) === 1);
    this.behindTick = new Uint8Array(count);
    this.behindBarrier = program.streams.map(() => undefined);
    this.current = new Knowledge(count, this.tally);
  }

  /** An instruction starts; `current` is then what it knows. Starts come in an order that could happen. */
  start(stream: number, n: number, instruction: Instruction): void {
    const known = this.streams[stream]!;
    const { core } = this.program.streams[stream]!;
    if (this.inOrder[stream]) known.learnAllBefore(stream, n);
    else if (this.behindTick[stream] === 1) known.learn(stream, n - 1);
    this.behindTick[stream] = instruction.op === "POST" || instruction.op === "WAIT" ? 1 : 0;
    const round = this.behindBarrier[stream];
    if (round !== undefined) {
      known.join(round.known);
      known.learn(stream, n - 1);
      this.behindBarrier[stream] = undefined;
    }
    for (const { semaphore, count } of instruction.waits ?? [])
      this.wait(this.pool(`${core}:${semaphore}`), count, known);
    if (instruction.op === "RECV") this.wait(this.pool(`${instruction.core}>${core}#${instruction.channel}`), 1, known);
    if (instruction.op === "BAR") this.arrive(stream, instruction.barrier, instruction.count, known);
    let snapshot: Knowledge | undefined;
    const post = (key: string, tokens: number) => {
      snapshot ??= known.copy();
      this.pool(key).open.push({ stream, n, tokens, known: snapshot });
    };
    for (const { core: to, semaphore, count } of instruction.posts ?? []) post(`${to}:${semaphore}`, count);
    if (instruction.op === "SEND") for (const to of instruction.cores) post(`${core}>${to}#${instruction.channel}`, 1);
    this.current = known;
  }

  private pool(key: string): Pool {
    let pool = this.pools.get(key);
    if (pool === undefined) {
      pool = { open: [], settledTokens: 0, settled: undefined, consumed: 0 };
      this.pools.set(key, pool);
    }
    return pool;
  }

  private wait(pool: Pool, count: number, known: Knowledge): void {
    pool.consumed += count;
    const settled: Post[] = [];
    const failures = new Map<number, number>();
    for (const candidate of pool.open) {
      const failed = failures.get(candidate.stream) ?? 0;
      if (failed >= (this.inOrder[candidate.stream] ? 1 : PATIENCE)) continue;
      let others = pool.settledTokens;
      for (const other of pool.open) {
        if (other === candidate || other.known.knows(candidate.stream, candidate.n)) continue;
        others += other.tokens;
        if (others >= pool.consumed) break;
      }
      if (others < pool.consumed) settled.push(candidate);
      else failures.set(candidate.stream, failed + 1);
    }
    if (settled.length > 0) {
      pool.settled ??= new Knowledge(this.streams.length, this.tally);
      for (const post of settled) {
        pool.settled.join(post.known);
        pool.settled.learn(post.stream, post.n);
        pool.settledTokens += post.tokens;
      }
      pool.open = pool.open.filter((post) => !settled.includes(post));
    }
    if (pool.settled !== undefined) known.join(pool.settled);
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
