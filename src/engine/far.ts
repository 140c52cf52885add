/** The far tier of the wheel: events beyond its span, few of them, in a heap of pooled nodes. */
import FastPriorityQueue from "fastpriorityqueue";

interface FarEvent {
  tick: number;
  /** Order of scheduling, which the heap would not keep by itself. */
  sequence: number;
  phase: number;
  id: number;
}

/** The comparator of fastpriorityqueue is a boolean "before", not a number. */
function liesBefore(a: FarEvent, b: FarEvent): boolean {
  return a.tick !== b.tick ? a.tick < b.tick : a.sequence < b.sequence;
}

/** A heap of far events in (tick, sequence) order. */
export class FarTier {
  private heap = new FastPriorityQueue<FarEvent>(liesBefore);
  private readonly pool: FarEvent[] = [];
  private sequence = 0;

  /** The tick of the earliest event, Infinity where there is none. */
  get nextTick(): number {
    return this.heap.peek()?.tick ?? Number.POSITIVE_INFINITY;
  }

  /** Puts an event in. */
  add(tick: number, phase: number, id: number): void {
    const event = this.pool.pop() ?? { tick: 0, sequence: 0, phase: 0, id: 0 };
    event.tick = tick;
    event.sequence = this.sequence++;
    event.phase = phase;
    event.id = id;
    this.heap.add(event);
  }

  /** Takes all events before `endTick` out, in order. */
  takeBefore(endTick: number, take: (tick: number, phase: number, id: number) => void): void {
    while (this.nextTick < endTick) {
      const event = this.heap.poll()!;
      this.pool.push(event);
      take(event.tick, event.phase, event.id);
    }
  }

  /** Takes the event of this id out; linear, for cancelling far events is rare and this leaves nothing behind. */
  remove(id: number): void {
    const event = this.heap.removeOne((other) => other.id === id);
    if (event !== undefined) this.pool.push(event);
  }

  /** Visits all events in order. */
  forEach(visit: (tick: number, phase: number, id: number) => void): void {
    this.heap.forEach((event) => {
      visit(event.tick, event.phase, event.id);
    });
  }

  /** Drops everything. */
  clear(): void {
    this.heap = new FastPriorityQueue<FarEvent>(liesBefore);
  }
}
