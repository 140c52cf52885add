/**
 * The HOLD model: a fixed number of pending events, each of which on its turn schedules its successor.
 * The standard test of event queues; the shape of the latencies decides who wins.
 */
import FastPriorityQueue from "fastpriorityqueue";
import { randomStream, uniformInt } from "../../src/base/index.js";
import { createQueue, type EventHandler, type EventQueue } from "../../src/engine/index.js";
import { cpuSeconds } from "./measure.js";
import type { Measurement } from "./processes.js";

/** How many latencies are drawn beforehand and used in turn; a power of two. */
export const LATENCY_COUNT = 1 << 16;
/** Events run before the clock starts, so that code is compiled and the queue has its steady shape. */
export const WARM_UP_EVENTS = 500_000;
const HASH_FACTOR = 0x9e3779b1 | 0;

/** Latencies in ticks: `exp` 1..100 with a falling density, `bim` half 1..4 and half 1000..10000. */
export function drawLatencies(shape: "exp" | "bim"): Int32Array {
  const random = randomStream(1, `hold/${shape}`);
  return Int32Array.from({ length: LATENCY_COUNT }, () => {
    if (shape === "exp") return Math.min(100, 1 + Math.floor(-25 * Math.log(1 - random())));
    return random() < 0.5 ? uniformInt(random, 1, 4) : uniformInt(random, 1000, 10000);
  });
}

/** One of our queues; the checksum covers ids and ticks in the order of their turns. */
class HoldHandler implements EventHandler {
  checksum = 0;
  private drawn = 0;

  constructor(
    private readonly queue: EventQueue,
    private readonly latencies: Int32Array,
  ) {}

  start(pendingEvents: number): void {
    for (let id = 0; id < pendingEvents; id++) this.queue.schedule(this.next(), 0, id);
  }

  handle(id: number): void {
    this.checksum = (Math.imul(this.checksum ^ id, HASH_FACTOR) + this.queue.now) | 0;
    this.queue.schedule(this.next(), 0, id);
  }

  private next(): number {
    const index = this.drawn;
    this.drawn = (index + 1) & (LATENCY_COUNT - 1);
    return this.latencies[index];
  }
}

/** The HOLD model on one of our queues. */
export function holdOnQueue(
  kind: "wheel" | "heap",
  latencies: Int32Array,
  pending: number,
  events: number,
): Measurement {
  const queue = createQueue(kind, { capacity: pending });
  const handler = new HoldHandler(queue, latencies);
  handler.start(pending);
  queue.run(handler, { maxEvents: WARM_UP_EVENTS });
  const seconds = cpuSeconds(() => queue.run(handler, { maxEvents: events }));
  return { cpuSeconds: seconds, checksum: handler.checksum };
}

interface PlainEvent {
  tick: number;
  sequence: number;
  id: number;
}

/** The HOLD model on a bare `fastpriorityqueue` of fresh objects: what one writes without an engine. */
export function holdOnPlainHeap(latencies: Int32Array, pending: number, events: number): Measurement {
  const heap = new FastPriorityQueue<PlainEvent>(
    (a, b) => a.tick < b.tick || (a.tick === b.tick && a.sequence < b.sequence),
  );
  let sequence = 0;
  let checksum = 0;
  const turns = (count: number) => {
    for (let turn = 0; turn < count; turn++) {
      const event = heap.poll()!;
      checksum = (Math.imul(checksum ^ event.id, HASH_FACTOR) + event.tick) | 0;
      const latency = latencies[sequence & (LATENCY_COUNT - 1)];
      heap.add({ tick: event.tick + latency, sequence: sequence++, id: event.id });
    }
  };
  for (let id = 0; id < pending; id++) {
    heap.add({ tick: latencies[sequence & (LATENCY_COUNT - 1)], sequence: sequence++, id });
  }
  for (let done = 0; done < WARM_UP_EVENTS; done += 50_000) turns(50_000);
  const seconds = cpuSeconds(() => {
    for (let done = 0; done < events; done += 50_000) turns(50_000);
  });
  return { cpuSeconds: seconds, checksum };
}
