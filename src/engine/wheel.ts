/** The working queue: the contract of `EventQueue` on the lists of `WheelSlots`. */
import { type RandomStream, randomStream } from "../base/index.js";
import { checkCapacity, checkId, checkSchedule, insideRun, notIdle, tooEarly } from "./checks.js";
import type { EventHandler, EventQueue, PendingEvent, QueueOptions, RunLimits, StopReason } from "./queue.js";
import { IDLE, LATER, LATER_WORD, lowestBit, WheelSlots } from "./slots.js";

/** The loop runs in pieces of this many events, so that V8 gets entries at which to switch to better code. */
const PIECE_EVENTS = 1 << 15;

/** An event queue whose cost per event does not grow with the number pending. */
export class TimingWheel extends WheelSlots implements EventQueue {
  readonly kind = "wheel" as const;
  phase = -1;
  processed = 0;

  private readonly background: Uint8Array;
  /** Pending events: live, background. */
  private readonly counts = new Int32Array(2);
  private readonly capacity: number;
  private readonly checked: boolean;
  private readonly shuffleSeed: number | undefined;
  private random: RandomStream | undefined;
  private readonly tieBreaks: Float64Array;
  /** Whether `schedule` has more to do: checks, or tie breaks to draw. One flag, so that the hot path tests once. */
  private readonly careful: boolean;
  private running = false;
  private stopping = false;

  constructor(options: QueueOptions) {
    const capacity = checkCapacity(options);
    super(capacity);
    this.capacity = capacity;
    this.checked = options.checked ?? false;
    this.shuffleSeed = options.shuffleSeed;
    this.careful = this.checked || this.shuffleSeed !== undefined;
    this.background = new Uint8Array(capacity);
    this.tieBreaks = new Float64Array(this.shuffleSeed === undefined ? 0 : capacity);
    this.reset();
  }

  get livePending(): number {
    return this.counts[0];
  }

  get pending(): number {
    return this.counts[0] + this.counts[1];
  }

  schedule(delayTicks: number, phase: number, id: number): void {
    if (this.careful) this.prepare(delayTicks, phase, id);
    if (delayTicks === 0 && phase <= this.phase) throw tooEarly(this.now, this.phase, phase, id);
    // Free, and it keeps two mistakes from corrupting a list: an id that waits already, and one out of range.
    if (this.place[id] !== IDLE) throw notIdle(id, this.capacity);
    this.counts[this.background[id]]++;
    this.put(delayTicks, phase, id);
  }

  cancel(id: number): void {
    if (this.checked) checkId(id, this.capacity);
    if (!this.isPending(id)) return;
    this.counts[this.background[id]]--;
    this.take(id);
  }

  isPending(id: number): boolean {
    const place = this.place[id];
    return place !== undefined && place !== IDLE;
  }

  setBackground(id: number, background: boolean): void {
    checkId(id, this.capacity);
    const pending = this.isPending(id) ? 1 : 0;
    this.counts[this.background[id]] -= pending;
    this.background[id] = background ? 1 : 0;
    this.counts[this.background[id]] += pending;
  }

  run(handler: EventHandler, limits?: RunLimits): StopReason {
    if (this.running) throw insideRun("run");
    const untilTick = Math.ceil(limits?.untilTick ?? Number.POSITIVE_INFINITY);
    let left = Math.ceil(limits?.maxEvents ?? Number.POSITIVE_INFINITY);
    this.running = true;
    this.stopping = false;
    try {
      while (left > 0) {
        const pieceEvents = Math.min(left, PIECE_EVENTS);
        const reason = this.runPiece(handler, untilTick, pieceEvents);
        if (reason !== "limit") return reason;
        left -= pieceEvents;
      }
      return "limit";
    } finally {
      this.running = false;
      this.phase = -1;
    }
  }

  stop(): void {
    this.stopping = true;
  }

  reset(): void {
    this.restoreEvents(0, []);
    this.processed = 0;
    this.random = this.shuffleSeed === undefined ? undefined : randomStream(this.shuffleSeed, "engine/ties");
  }

  pendingEvents(): PendingEvent[] {
    const events = this.listEvents();
    // A phase that is broken off has its rest in the order drawn, not in that of scheduling.
    if (this.random !== undefined) events.sort((a, b) => a.tick - b.tick || a.phase - b.phase || a.id - b.id);
    return events;
  }

  restoreEvents(now: number, events: readonly PendingEvent[]): void {
    if (this.running) throw insideRun("restoreEvents");
    this.clear(now);
    this.counts.fill(0);
    for (const { id, tick, phase } of events) this.schedule(tick - now, phase, id);
  }

  /** Runs at most this many events. */
  private runPiece(handler: EventHandler, untilTick: number, maxEvents: number): StopReason {
    const { heads, words, following, place, background, counts } = this;
    let left = maxEvents;
    for (;;) {
      let slot = this.slotOfNow;
      const idle = heads[slot] < 0 && words[LATER_WORD] === 0;
      if (counts[0] === 0 && (idle || this.reachedPhase < 0)) return this.account("drained", maxEvents - left);
      if (idle) {
        if (!this.advance(untilTick)) return this.account("until", maxEvents - left);
        slot = this.slotOfNow;
      } else if (this.now >= untilTick) {
        return this.account("until", maxEvents - left);
      }
      // Phase after phase: an event of this tick only ever joins a later phase than the one running.
      for (;;) {
        let phase = 0;
        let list = slot;
        if (heads[slot] < 0) {
          if (words[LATER_WORD] === 0) break;
          phase = lowestBit(words[LATER_WORD]);
          list = LATER + phase;
        }
        this.phase = phase;
        this.reachedPhase = phase;
        if (this.random !== undefined) this.shuffle(list);
        let id = heads[list];
        while (id >= 0) {
          // The head is kept in the array, not in a variable: the handler may cancel the next event.
          heads[list] = following[id];
          place[id] = IDLE;
          counts[background[id]]--;
          left--;
          handler.handle(id, phase);
          if (this.stopping) return this.account("stopped", maxEvents - left);
          if (left === 0) return this.account("limit", maxEvents);
          id = heads[list];
        }
        if (phase !== 0) words[LATER_WORD] &= ~(1 << phase);
      }
    }
  }

  private account(reason: StopReason, ranEvents: number): StopReason {
    this.processed += ranEvents;
    // A run that broke off behind the last event of a phase must not leave its bit: nothing waits there.
    const list = LATER + this.reachedPhase;
    if (this.reachedPhase > 0 && this.heads[list] < 0) this.words[LATER_WORD] &= ~(1 << list);
    return reason;
  }

  private prepare(delayTicks: number, phase: number, id: number): void {
    if (this.checked) checkSchedule(this, this.capacity, this.reachedPhase, delayTicks, phase, id);
    if (this.random !== undefined) this.tieBreaks[id] = this.random();
  }

  /** Puts the events of a phase in the order of their tie breaks. */
  private shuffle(list: number): void {
    const ids: number[] = [];
    for (let id = this.heads[list]; id >= 0; id = this.following[id]) ids.push(id);
    ids.sort((a, b) => this.tieBreaks[a] - this.tieBreaks[b]);
    this.heads[list] = -1;
    for (const id of ids) this.append(list, id);
  }
}
