/** Counters that instructions claim at their start and others give at their end: semaphore tokens, messages and channel credits. */
import type { InstructionOf } from "../../isa/index.js";
import type { CheckContext, Static } from "../context.js";

/** What a counter was given. */
interface Gift {
  tick: number;
  count: number;
  slot: number;
}

/** What an instruction claims of a counter. */
export interface Claim {
  counter: Counter;
  count: number;
  /** Kind of cause where it has waited for this (docs/timing.md section 8). */
  kind: 1 | 2;
}

/** One counter: gifts in order of time, and how much has been claimed so far. */
export class Counter {
  readonly gifts: Gift[] = [];
  private claimed: number;
  private reached = 0;
  private given = 0;
  private sorted = false;

  constructor(
    readonly name: string,
    first: number,
  ) {
    this.claimed = -first;
  }

  /**
   * Claims some; gives the tick in which the count became sufficient (0: from the start, infinity: never) and the lowest instruction that gave in it.
   * Claims come in the order of their starts, all from one stream.
   */
  claim(count: number): { tick: number; slot: number } {
    if (!this.sorted) {
      this.gifts.sort((a, b) => a.tick - b.tick || a.slot - b.slot);
      this.sorted = true;
    }
    this.claimed += count;
    while (this.given < this.claimed && this.reached < this.gifts.length)
      this.given += this.gifts[this.reached++]!.count;
    if (this.given < this.claimed) return { tick: Number.POSITIVE_INFINITY, slot: -1 };
    if (this.claimed <= 0) return { tick: 0, slot: -1 };
    // The gift that made it enough; the sum before its tick was not.
    let at = this.reached - 1;
    let before = this.given - this.gifts[at]!.count;
    while (before >= this.claimed) before -= this.gifts[--at]!.count;
    const { tick } = this.gifts[at]!;
    while (at > 0 && this.gifts[at - 1]!.tick === tick) at--;
    return { tick, slot: this.gifts[at]!.slot };
  }
}

/** All counters of a trace. */
export class Counters {
  private readonly counters = new Map<string, Counter>();

  constructor(private readonly context: CheckContext) {
    for (let slot = 0; slot < context.view.slots; slot++)
      if (context.isIntact(slot)) this.give(slot, context.staticOf(slot)!);
  }

  private counter(name: string, first = 0): Counter {
    let counter = this.counters.get(name);
    if (!counter) {
      counter = new Counter(name, first);
      this.counters.set(name, counter);
    }
    return counter;
  }

  private token(core: number, semaphore: number): Counter {
    return this.counter(`semaphore ${semaphore} of core ${core}`);
  }

  private message(from: number, to: number, channel: number): Counter {
    return this.counter(`messages from core ${from} to ${to} channel ${channel}`);
  }

  private credit(from: number, to: number, channel: number): Counter {
    const credits = this.context.known!.chip.core.channelCredits;
    return this.counter(`credits from core ${from} to ${to} channel ${channel}`, credits);
  }

  private give(slot: number, { instruction }: Static): void {
    const tick = this.context.endOf(slot);
    const core = this.context.core(slot);
    for (const post of instruction.posts ?? [])
      this.token(post.core, post.semaphore).gifts.push({ tick, count: post.count, slot });
    if (instruction.op === "SEND")
      for (const to of instruction.cores)
        this.message(core, to, instruction.channel).gifts.push({ tick, count: 1, slot });
    if (instruction.op === "RECV")
      this.credit(instruction.core, core, instruction.channel).gifts.push({ tick, count: 1, slot });
  }

  /** What an instruction claims at its start. */
  claimsOf(slot: number, { instruction }: Static): Claim[] {
    const core = this.context.core(slot);
    const claims: Claim[] = [];
    for (const wait of instruction.waits ?? [])
      claims.push({ counter: this.token(core, wait.semaphore), count: wait.count, kind: 2 });
    if (instruction.op === "SEND") claims.push(...this.credits(core, instruction));
    if (instruction.op === "RECV")
      claims.push({ counter: this.message(instruction.core, core, instruction.channel), count: 1, kind: 2 });
    return claims;
  }

  private credits(core: number, { cores, channel }: InstructionOf<"SEND">): Claim[] {
    return cores.map((to) => ({ counter: this.credit(core, to, channel), count: 1, kind: 1 }));
  }
}
