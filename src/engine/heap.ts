/**
 * The oracle queue: one binary heap of event objects, ordered by everything that orders events.
 * Nothing in it is clever; the wheel must dispatch exactly as it does.
 */
import FastPriorityQueue from "fastpriorityqueue";
import { type RandomStream, randomStream } from "../base/index.js";
import { checkCapacity, checkId, checkSchedule, insideRun, notIdle, tooEarly } from "./checks.js";
import type { EventHandler, EventQueue, PendingEvent, QueueOptions, RunLimits, StopReason } from "./queue.js";

interface HeapEvent {
  tick: number;
  phase: number;
  /** Zero, or a random number where ties are shuffled. */
  tieBreak: number;
  /** The heap is not stable: without this, equal keys come out in any order. */
  sequence: number;
  id: number;
}

/** The comparator of fastpriorityqueue is a boolean "before", not a number. */
function runsBefore(a: HeapEvent, b: HeapEvent): boolean {
  if (a.tick !== b.tick) return a.tick < b.tick;
  if (a.phase !== b.phase) return a.phase < b.phase;
  if (a.tieBreak !== b.tieBreak) return a.tieBreak < b.tieBreak;
  return a.sequence < b.sequence;
}

/** An event queue on `fastpriorityqueue`: slow, and the measure of right. */
export class HeapQueue implements EventQueue {
  readonly kind = "heap" as const;
  now = 0;
  phase = -1;
  processed = 0;
  livePending = 0;

  private heap = new FastPriorityQueue<HeapEvent>(runsBefore);
  private readonly waiting: (HeapEvent | undefined)[];
  private readonly background: Uint8Array;
  private readonly capacity: number;
  private readonly checked: boolean;
  private readonly shuffleSeed: number | undefined;
  private random: RandomStream | undefined;
  private sequence = 0;
  /** The last phase begun in the tick `now`, or -1 where none of its events has run. */
  private reachedPhase = -1;
  private running = false;
  private stopping = false;

  constructor(options: QueueOptions) {
    this.capacity = checkCapacity(options);
    this.checked = options.checked ?? false;
    this.shuffleSeed = options.shuffleSeed;
    this.waiting = new Array(this.capacity).fill(undefined);
    this.background = new Uint8Array(this.capacity);
    this.reset();
  }

  get pending(): number {
    return this.heap.size;
  }

  schedule(delayTicks: number, phase: number, id: number): void {
    if (this.checked) checkSchedule(this, this.capacity, this.reachedPhase, delayTicks, phase, id);
    if (delayTicks === 0 && phase <= this.phase) throw tooEarly(this.now, this.phase, phase, id);
    if (!(id in this.waiting) || this.waiting[id] !== undefined) throw notIdle(id, this.capacity);
    const tieBreak = this.random === undefined ? 0 : this.random();
    const event = { tick: this.now + delayTicks, phase, tieBreak, sequence: this.sequence++, id };
    this.waiting[id] = event;
    if (this.background[id] === 0) this.livePending++;
    this.heap.add(event);
  }

  cancel(id: number): void {
    if (this.checked) checkId(id, this.capacity);
    const event = this.waiting[id];
    if (event === undefined) return;
    this.heap.removeOne((other) => other === event);
    this.forget(id);
  }

  isPending(id: number): boolean {
    return this.waiting[id] !== undefined;
  }

  setBackground(id: number, background: boolean): void {
    checkId(id, this.capacity);
    const wasBackground = this.background[id] !== 0;
    this.background[id] = background ? 1 : 0;
    if (this.isPending(id)) this.livePending += Number(wasBackground) - Number(background);
  }

  run(handler: EventHandler, limits?: RunLimits): StopReason {
    if (this.running) throw insideRun("run");
    const untilTick = Math.ceil(limits?.untilTick ?? Number.POSITIVE_INFINITY);
    let left = Math.ceil(limits?.maxEvents ?? Number.POSITIVE_INFINITY);
    this.running = true;
    this.stopping = false;
    try {
      for (;;) {
        if (this.stopping) return "stopped";
        if (left <= 0) return "limit";
        const event = this.heap.peek();
        const inTick = event !== undefined && event.tick === this.now && this.reachedPhase >= 0;
        if (event === undefined || (this.livePending === 0 && !inTick)) return "drained";
        if (event.tick >= untilTick) {
          if (untilTick > this.now) this.moveTo(untilTick);
          return "until";
        }
        if (event.tick > this.now) this.moveTo(event.tick);
        this.heap.poll();
        this.forget(event.id);
        this.reachedPhase = event.phase;
        this.phase = event.phase;
        this.processed++;
        left--;
        handler.handle(event.id, event.phase);
      }
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
    const events = this.waiting.filter((event) => event !== undefined);
    const order = this.random === undefined ? "sequence" : "id";
    events.sort((a, b) => a.tick - b.tick || a.phase - b.phase || a[order] - b[order]);
    return events.map(({ id, tick, phase }) => ({ id, tick, phase }));
  }

  restoreEvents(now: number, events: readonly PendingEvent[]): void {
    if (this.running) throw insideRun("restoreEvents");
    this.heap = new FastPriorityQueue<HeapEvent>(runsBefore);
    this.waiting.fill(undefined);
    this.livePending = 0;
    this.moveTo(now);
    for (const { id, tick, phase } of events) this.schedule(tick - now, phase, id);
  }

  private forget(id: number): void {
    this.waiting[id] = undefined;
    if (this.background[id] === 0) this.livePending--;
  }

  private moveTo(tick: number): void {
    this.now = tick;
    this.reachedPhase = -1;
  }
}
