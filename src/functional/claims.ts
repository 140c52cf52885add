/**
 * Which posts lie before which waits in every run that could happen: found once for a program, before it runs.
 *
 * Tokens are anonymous. A wait that needs K tokens in all from its semaphore lies behind a post P if all other posts of the whole
 * program, but for those that follow P and those that follow the wait itself, give fewer than K. What follows what is again such a
 * claim; the largest set of claims that bear each other out is sound: take a run and the first moment at which it breaks one. The
 * wait started without P, so it took a token of a post that was claimed to follow P or the wait; then an earlier claim was broken.
 *
 * The search plays the program in one order that could happen and first takes only posts made so far to be there. Posts that come
 * later without following the wait are counted against its claims; where one falls, the program is played again with those known.
 */
import type { Chip } from "../hardware/index.js";
import type { Program } from "../isa/index.js";
import type { Knowledge } from "./knowledge.js";
import { Order, type Pool, type Post, type WaitRule } from "./order.js";
import { eachStart } from "./untimed.js";

/** A post that lies before a wait, and by how many tokens the wait would lack without it. */
interface Claim {
  stream: number;
  told: number;
  n: number;
  slack: number;
}

interface ClaimedWait {
  n: number;
  claims: Claim[];
}

/** A post made after a wait had started that it does not follow. */
interface LatePost {
  /** Its place among the posts of its pool. */
  place: number;
  tokens: number;
  known: Knowledge;
}

interface PoolMemory {
  waiter: number;
  waits: ClaimedWait[];
  late: Map<number, LatePost>;
  posts: number;
}

/** Candidates of one stream with several under way that may fail before the rest of it is left for later. */
const PATIENCE = 32;

/** Passes after which pools whose claims still fall are given up: their waits then know nothing. */
const MOST_PASSES = 24;

/** One pass of the search. */
class Search implements WaitRule {
  readonly pools = new Map<string, PoolMemory>();
  /** Pools of which a claim fell. */
  readonly fallen = new Set<string>();
  order!: Order;

  constructor(
    private readonly before: ReadonlyMap<string, PoolMemory>,
    private readonly givenUp: ReadonlySet<string>,
  ) {}

  private memory(key: string): PoolMemory {
    let memory = this.pools.get(key);
    if (memory === undefined) {
      memory = { waiter: -1, waits: [], late: new Map(), posts: 0 };
      this.pools.set(key, memory);
    }
    return memory;
  }

  settle(pool: Pool, stream: number, n: number): Post[] {
    const memory = this.memory(pool.key);
    memory.waiter = stream;
    const settled: Post[] = [];
    const claims: Claim[] = [];
    memory.waits.push({ n, claims });
    if (this.givenUp.has(pool.key)) return settled;
    const late: LatePost[] = [];
    for (const post of this.before.get(pool.key)?.late.values() ?? [])
      if (post.place >= memory.posts && post.known.started(stream) <= n) late.push(post);
    const failures = new Map<number, number>();
    for (const candidate of pool.open) {
      const failed = failures.get(candidate.stream) ?? 0;
      if (failed >= (this.order.completesInOrder(candidate.stream) ? 1 : PATIENCE)) continue;
      const slack = pool.consumed - tokensWithout(candidate, pool, late);
      if (slack > 0) {
        settled.push(candidate);
        claims.push({ stream: candidate.stream, told: candidate.told, n: candidate.n, slack });
      } else failures.set(candidate.stream, failed + 1);
    }
    return settled;
  }

  posted(pool: Pool, post: Post): void {
    const memory = this.memory(pool.key);
    const place = memory.posts++;
    const { waits, waiter } = memory;
    if (waits.length === 0) return;
    const started = post.known.started(waiter);
    const counted = this.before.get(pool.key)?.late.get(place);
    for (let i = waits.length - 1; i >= 0 && waits[i]!.n >= started; i--) {
      memory.late.set(place, { place, tokens: post.tokens, known: post.known });
      const wait = waits[i]!;
      for (const claim of wait.claims) {
        if (post.known.knows(claim.stream, claim.told)) continue;
        if (counted !== undefined && counts(counted, waiter, wait.n, claim)) continue;
        claim.slack -= post.tokens;
        if (claim.slack <= 0) this.fallen.add(pool.key);
      }
    }
  }
}

/** Whether a late post was already counted against a claim of a wait. */
function counts(late: LatePost, waiter: number, n: number, claim: Claim): boolean {
  return late.known.started(waiter) <= n && !late.known.knows(claim.stream, claim.told);
}

/** Tokens a wait could find though a post has not been completed; no more are counted than the wait needs. */
function tokensWithout(candidate: Post, pool: Pool, late: readonly LatePost[]): number {
  const { stream, told } = candidate;
  let others = pool.settledTokens;
  for (const other of pool.open) {
    if (others >= pool.consumed) return others;
    if (other !== candidate && !other.known.knows(stream, told)) others += other.tokens;
  }
  for (const other of late) {
    if (others >= pool.consumed) return others;
    if (!other.known.knows(stream, told)) others += other.tokens;
  }
  return others;
}

/** The posts that lie before each wait of each pool, as dynamic instruction numbers. */
export class Claims implements WaitRule {
  private readonly waits = new Map<string, { lists: Set<number>[]; all: Set<number> }>();
  private readonly next = new Map<string, number>();
  private readonly streams: number;
  /** How often the program was played. */
  readonly passes: number = 0;

  constructor(program: Program, chip: Chip) {
    this.streams = program.streams.length;
    const givenUp = new Set<string>();
    let search = new Search(new Map(), givenUp);
    for (;;) {
      const order = new Order(program, chip, search);
      search.order = order;
      eachStart(program, (stream, n, instruction) => order.start(stream, n, instruction));
      this.passes++;
      if (search.fallen.size === 0) break;
      if (this.passes >= MOST_PASSES) for (const key of search.fallen) givenUp.add(key);
      search = new Search(search.pools, givenUp);
    }
    for (const [key, { waits }] of search.pools) {
      const lists = waits.map(({ claims }) => new Set(claims.map(({ stream, n }) => this.number(stream, n))));
      this.waits.set(key, { lists, all: new Set(lists.flatMap((list) => [...list])) });
    }
  }

  private number(stream: number, n: number): number {
    return n * this.streams + stream;
  }

  keeps(key: string, stream: number, n: number): boolean {
    return this.waits.get(key)?.all.has(this.number(stream, n)) ?? false;
  }

  settle(pool: Pool): Post[] {
    const index = this.next.get(pool.key) ?? 0;
    this.next.set(pool.key, index + 1);
    const list = this.waits.get(pool.key)?.lists[index];
    if (list === undefined || list.size === 0) return [];
    return pool.open.filter(({ stream, n }) => list.has(this.number(stream, n)));
  }

  /** The same claims, to be followed from the start. */
  again(): Claims {
    const copy = Object.create(Claims.prototype) as Claims;
    return Object.assign(copy, this, { next: new Map<string, number>() });
  }
}
