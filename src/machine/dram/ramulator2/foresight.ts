/** The next command of a channel, foreseen: what it is, and in which cycle it issues if nothing else happens before. */
import { KEY, type RamulatorBounds } from "./bounds.js";
import { BUFFER_ENTRIES, type RequestBuffer } from "./buffer.js";
import type { OpenRows } from "./open-rows.js";

/** Where a foreseen command comes from; in one cycle the lower number goes first. */
export const SOURCE = { active: 0, refresh: 1, buffer: 2 } as const;

const LAST_ENTRY = BUFFER_ENTRIES - 1;
const NEVER = Number.POSITIVE_INFINITY;

/** What issues next. */
export class Foresight {
  source: number = SOURCE.active;
  cycle = NEVER;
  /** The place of the entry among the active ones, or in its buffer. */
  place = 0;
  /** The first active request's cycle and place, while no column command issues. */
  private activeCycle = NEVER;
  private activePlace = 0;

  constructor(
    private readonly bounds: RamulatorBounds,
    private readonly rows: OpenRows,
  ) {}

  /** Looks anew at a buffer, from cycle `from` on. */
  withBuffer(buffer: RequestBuffer, from: number): void {
    this.takeActive();
    if (this.activeCycle > from) this.lookInto(buffer, from);
  }

  /** Looks anew while a refresh waits that may go on at `bound`: no entry of a buffer is looked at. */
  withRefresh(bound: number, from: number): void {
    this.takeActive();
    const cycle = Math.max(from, bound);
    if (cycle >= this.cycle) return;
    this.source = SOURCE.refresh;
    this.cycle = cycle;
  }

  /** A column command moved the bounds of all others: finds the first among the active requests, at `from` or later. */
  columnIssued(from: number): void {
    const { order, isWrite, activeCount } = this.rows;
    let best = NEVER;
    for (let place = 0; place < activeCount && best > from; place++) {
      const bank = order[place];
      const bound = Math.max(from, this.bounds.of((bank << 2) | (KEY.read + isWrite[bank])));
      if (bound >= best) continue;
      best = bound;
      this.activePlace = place;
    }
    this.activeCycle = best;
  }

  /** An active request was put at a place: it may be the first now. Among equal ones the place decides. */
  activeAdded(place: number, key: number): void {
    const bound = this.bounds.of(key);
    if (place <= this.activePlace && this.activeCycle < NEVER) this.activePlace++;
    if (bound < this.activeCycle || (bound === this.activeCycle && place < this.activePlace)) {
      this.activeCycle = bound;
      this.activePlace = place;
    }
  }

  /** The entry that was just put last in a buffer may issue before what is foreseen. */
  bufferAppended(key: number, place: number, from: number): void {
    const cycle = Math.max(from, this.bounds.of(key));
    if (cycle >= this.cycle || this.isHeld(key)) return;
    this.source = SOURCE.buffer;
    this.cycle = cycle;
    this.place = place;
  }

  private takeActive(): void {
    this.source = SOURCE.active;
    this.cycle = this.activeCycle;
    this.place = this.activePlace;
  }

  /** Looks whether an entry of a buffer goes before what is foreseen. The scopes are asked from the widest: most entries fail there. */
  private lookInto(buffer: RequestBuffer, from: number): void {
    const { bank, group, rank, groupShift, rankShift } = this.bounds;
    const { key: keys, order, head, count } = buffer;
    let best = this.cycle;
    for (let place = 0; place < count; place++) {
      const key = keys[order[(head + place) & LAST_ENTRY]];
      const kind = key & 3;
      const ofRank = rank[((key >> rankShift) << 2) | kind];
      if (ofRank >= best) continue;
      const ofGroup = group[((key >> groupShift) << 2) | kind];
      if (ofGroup >= best) continue;
      const ofBank = bank[key];
      if (ofBank >= best || this.isHeld(key)) continue;
      best = Math.max(Math.max(ofRank, ofGroup), Math.max(ofBank, from));
      this.source = SOURCE.buffer;
      this.place = place;
      if (best === from) break;
    }
    this.cycle = best;
  }

  /** A row that an active request waits for is not closed under it. */
  private isHeld(key: number): boolean {
    return (key & 3) === KEY.precharge && this.rows.isActive[key >> 2] === 1;
  }
}
