/**
 * The store of the timing wheel: two levels, 1024 slots of 1 tick and 1024 slots of 1024 ticks, and a far tier.
 *
 * Windows are aligned to blocks: level 0 holds the rest of the block of 1024 ticks that `now` lies in, level 1 the rest
 * of its span of 2^20 ticks, a heap everything later. An event therefore moves down before anything nearer in its
 * (tick, phase) can be scheduled, and every list stays exactly first in, first out.
 * All lists live in the same arrays: 0..1023 level 0, 1024..2047 level 1, then one for each later phase of the tick
 * `now`; its phase 0 is its own slot. When a tick is left its slot is empty and loses its bit: whatever a bitmap then
 * shows lies ahead, and the next tick is its lowest bit.
 */
import { InternalError } from "../base/index.js";
import { FarTier } from "./far.js";
import { PHASE_COUNT } from "./phases.js";
import type { PendingEvent } from "./queue.js";

const SLOT_BITS = 10;
const SLOTS = 1 << SLOT_BITS;
const SLOT_MASK = SLOTS - 1;
const SPAN_BITS = 2 * SLOT_BITS;
const SPAN = 1 << SPAN_BITS;
const SPAN_MASK = SPAN - 1;
const LEVEL_1 = SLOTS;
/** The list of phase p > 0 of the tick `now` is LATER + p. */
export const LATER = 2 * SLOTS;
/** The bitmap word of these lists: bit p is set where phase p has events. */
export const LATER_WORD = LATER >> 5;
const LISTS = LATER + PHASE_COUNT;
/** What `place` holds for an id with nothing pending. */
export const IDLE = -1;
/** What `place` holds for an event in the far tier. */
const FAR = 1 << 23;

/** The index of the lowest bit set. */
export function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

/** Events in lists by time, and the clock that says where the windows lie. */
export class WheelSlots {
  /** The current tick: base + low. */
  now = 0;
  /** A multiple of 2^20; what is added to it stays a small integer, so a clock past 2^31 costs the wheel nothing. */
  private base = 0;
  private low = 0;
  /** The last phase begun in the tick `now`, or -1 where none of its events has run. */
  protected reachedPhase = -1;

  /** First id of each list, -1 where empty; and last id, which means nothing where empty. */
  protected readonly heads = new Int32Array(LISTS).fill(-1);
  protected readonly tails = new Int32Array(LISTS);
  /** The id after this one in its list, or -1. */
  protected readonly following: Int32Array;
  /** Which lists hold anything, one bit each; and for either level which words are not zero. */
  protected readonly words = new Int32Array(LATER_WORD + 1);
  private readonly summaries = new Int32Array(3);
  /** Level 0 slots that hold a phase other than 0: rare, and only these are sorted out when their tick comes. */
  private readonly mixed = new Uint8Array(SLOTS);
  /** Where an id's event is: phase << 20 | tick modulo 2^20, or FAR, or IDLE. */
  protected readonly place: Int32Array;
  private readonly far = new FarTier();

  constructor(capacity: number) {
    this.following = new Int32Array(capacity);
    this.place = new Int32Array(capacity).fill(IDLE);
  }

  /** The list of phase 0 of the tick `now`. */
  protected get slotOfNow(): number {
    return this.low & SLOT_MASK;
  }

  /** Puts an event into the list of its time. */
  protected put(delayTicks: number, phase: number, id: number): void {
    if (delayTicks === 0) this.putNow(phase, id);
    else if (delayTicks >= SPAN || this.low + delayTicks >= SPAN) this.putFar(delayTicks, phase, id);
    else this.putWithinSpan(this.low + delayTicks, phase, id);
  }

  /** Takes a pending event out; walks its list, since links back would cost every event and cancelling is rare. */
  protected take(id: number): void {
    const place = this.place[id];
    this.place[id] = IDLE;
    if (place === FAR) this.far.remove(id);
    else this.unlink(this.listOf(place & SPAN_MASK, place >> SPAN_BITS), id);
  }

  /** All events, sorted by tick, phase and order of scheduling. */
  protected listEvents(): PendingEvent[] {
    const events: PendingEvent[] = [];
    for (let list = 0; list < LISTS; list++) {
      for (let id = this.heads[list]; id >= 0; id = this.following[id]) {
        const place = this.place[id];
        events.push({ id, tick: this.base + (place & SPAN_MASK), phase: place >> SPAN_BITS });
      }
    }
    this.far.forEach((tick, phase, id) => {
      events.push({ id, tick, phase });
    });
    // Lists are in order of scheduling and sorting is stable, so ties come out in that order too.
    return events.sort((a, b) => a.tick - b.tick || a.phase - b.phase);
  }

  /** Drops all events and sets the clock. */
  protected clear(now: number): void {
    for (const array of [this.heads, this.place]) array.fill(-1);
    for (const array of [this.words, this.summaries, this.mixed]) array.fill(0);
    this.far.clear();
    this.moveTo(now);
  }

  /**
   * Moves the clock to the next tick that has events, or only to `untilTick` where that comes first (then false).
   * Call it with the tick `now` done and at least one event pending.
   */
  protected advance(untilTick: number): boolean {
    const { words, summaries } = this;
    this.clearBit(this.low & SLOT_MASK);
    for (;;) {
      if (summaries[0] !== 0) {
        const word = lowestBit(summaries[0]);
        const low = (this.low & ~SLOT_MASK) | (word << 5) | lowestBit(words[word]);
        const tick = this.base + low;
        if (tick >= untilTick) break;
        this.low = low;
        this.now = tick;
        this.openTick();
        return true;
      }
      // A window moves only up to untilTick: events may yet be scheduled from there.
      if (summaries[1] !== 0) {
        const word = lowestBit(summaries[1]);
        const low = ((word << 5) | lowestBit(words[(LEVEL_1 >> 5) + word])) << SLOT_BITS;
        if (this.base + low >= untilTick) break;
        this.low = low;
        this.enterBlock();
      } else {
        const nextTick = this.far.nextTick;
        if (nextTick === Number.POSITIVE_INFINITY) throw new InternalError(`events are missing at tick ${this.now}`);
        const base = nextTick - (nextTick % SPAN);
        if (base >= untilTick) break;
        this.base = base;
        this.low = 0;
        this.enterSpan();
      }
    }
    if (untilTick > this.now) this.moveTo(untilTick);
    return false;
  }

  protected append(list: number, id: number): void {
    if (this.heads[list] < 0) {
      this.heads[list] = id;
      this.words[list >> 5] |= 1 << list;
      this.summaries[list >> SLOT_BITS] |= 1 << (list >> 5);
    } else {
      this.following[this.tails[list]] = id;
    }
    this.tails[list] = id;
    this.following[id] = -1;
  }

  /** Moves the clock over ticks that have no events. */
  private moveTo(tick: number): void {
    const base = tick - (tick % SPAN);
    const low = tick - base;
    const sameSpan = base === this.base;
    const sameBlock = sameSpan && (low ^ this.low) < SLOTS;
    this.base = base;
    this.low = low;
    this.now = tick;
    if (!sameSpan) this.enterSpan();
    if (!sameBlock) this.enterBlock();
    this.openTick();
  }

  /** Puts an event into the slot of a tick of this span; unlike `listOf` it does not ask whether that tick has begun. */
  private putWithinSpan(offset: number, phase: number, id: number): void {
    this.place[id] = (phase << SPAN_BITS) | offset;
    let list = offset & SLOT_MASK;
    if ((offset ^ this.low) >= SLOTS) list = LEVEL_1 + (offset >> SLOT_BITS);
    else if (phase !== 0) this.mixed[list] = 1;
    this.append(list, id);
  }

  private putNow(phase: number, id: number): void {
    this.place[id] = (phase << SPAN_BITS) | this.low;
    this.append(this.listOf(this.low, phase), id);
  }

  private putFar(delayTicks: number, phase: number, id: number): void {
    this.place[id] = FAR;
    this.far.add(this.now + delayTicks, phase, id);
  }

  /** The list of a tick of the current span, the tick `now` being open. */
  private listOf(offset: number, phase: number): number {
    if ((offset ^ this.low) >= SLOTS) return LEVEL_1 + (offset >> SLOT_BITS);
    if (offset === this.low && phase !== 0) return LATER + phase;
    return offset & SLOT_MASK;
  }

  /** Brings the events of the span that `low` has entered from the far tier into the two levels. */
  private enterSpan(): void {
    this.far.takeBefore(this.base + SPAN, (tick, phase, id) => {
      this.putWithinSpan(tick - this.base, phase, id);
    });
  }

  /** Brings the events of the block that `low` has entered from level 1 down to level 0, in their order. */
  private enterBlock(): void {
    const list = LEVEL_1 + (this.low >> SLOT_BITS);
    let id = this.empty(list);
    while (id >= 0) {
      const next = this.following[id];
      const place = this.place[id];
      const slot = place & SLOT_MASK;
      if (place >= SPAN) this.mixed[slot] = 1;
      this.append(slot, id);
      id = next;
    }
  }

  /** Begins the tick of `low`: where its slot holds later phases, they go to their lists. */
  private openTick(): void {
    this.reachedPhase = -1;
    const slot = this.low & SLOT_MASK;
    if (this.mixed[slot] === 0) return;
    this.mixed[slot] = 0;
    let id = this.empty(slot);
    while (id >= 0) {
      const next = this.following[id];
      this.append(this.listOf(this.low, this.place[id] >> SPAN_BITS), id);
      id = next;
    }
  }

  /** Empties a list and returns its first id, from which the links still lead on. */
  private empty(list: number): number {
    const first = this.heads[list];
    this.heads[list] = -1;
    this.clearBit(list);
    return first;
  }

  private unlink(list: number, id: number): void {
    const { heads, tails, following } = this;
    let before = -1;
    for (let at = heads[list]; at !== id; at = following[at]) before = at;
    const next = following[id];
    if (before < 0) heads[list] = next;
    else following[before] = next;
    if (next < 0) tails[list] = before;
    if (heads[list] < 0) this.clearBit(list);
  }

  private clearBit(list: number): void {
    const word = list >> 5;
    this.words[word] &= ~(1 << list);
    if (this.words[word] === 0) this.summaries[list >> SLOT_BITS] &= ~(1 << word);
  }
}
