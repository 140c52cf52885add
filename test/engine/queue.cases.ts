/** The cases every queue must pass, whatever it is made of. */
import { describe, expect, it } from "vitest";
import { createQueue, type EventQueue, type QueueOptions, type StopReason } from "../../src/engine/index.js";

type Dispatch = [tick: number, phase: number, id: number];
type Reaction = (id: number, phase: number) => void;

/** Runs a queue and writes down every dispatch; `react` is what a handler does. */
export function record(
  queue: EventQueue,
  react: Reaction = () => {},
  limits?: { untilTick?: number; maxEvents?: number },
): { order: Dispatch[]; reason: StopReason } {
  const order: Dispatch[] = [];
  const handle = (id: number, phase: number) => {
    order.push([queue.now, phase, id]);
    expect(queue.phase).toBe(phase);
    react(id, phase);
  };
  const reason = queue.run({ handle }, limits);
  expect(queue.phase).toBe(-1);
  return { order, reason };
}

/** Declares the shared cases for one kind of queue. */
export function queueCases(kind: "wheel" | "heap"): void {
  const make = (options: Partial<QueueOptions> = {}) => createQueue(kind, { capacity: 64, checked: true, ...options });

  describe(`${kind}: order`, () => {
    it("runs by tick, then phase, then order of scheduling", () => {
      const queue = make();
      queue.schedule(5, 2, 1);
      queue.schedule(5, 0, 2);
      queue.schedule(3, 4, 3);
      queue.schedule(5, 0, 4);
      queue.schedule(5, 1, 5);
      queue.schedule(0, 0, 6);
      const { order, reason } = record(queue);
      expect(reason).toBe("drained");
      expect(order).toEqual([
        [0, 0, 6],
        [3, 4, 3],
        [5, 0, 2],
        [5, 0, 4],
        [5, 1, 5],
        [5, 2, 1],
      ]);
      expect(queue.processed).toBe(6);
    });

    it("puts a later phase scheduled from an earlier tick before one scheduled in the tick itself", () => {
      const queue = make();
      queue.schedule(7, 0, 1);
      queue.schedule(7, 2, 2);
      const { order } = record(queue, (id) => {
        if (id === 1) queue.schedule(0, 2, 3);
      });
      expect(order.map(([, , id]) => id)).toEqual([1, 2, 3]);
    });

    it.each([1023, 1024, 1025, 2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1, 3 * 2 ** 20 + 5000, 2 ** 40, 2 ** 40 + 2 ** 20 - 1])(
      "keeps ties at tick %i in order, scheduled from near and far",
      (tick) => {
        const queue = make();
        queue.schedule(tick, 0, 10);
        queue.schedule(tick - 3, 0, 11);
        queue.schedule(tick, 1, 12);
        queue.schedule(tick, 0, 13);
        const { order } = record(queue, (id) => {
          if (id === 11) {
            queue.schedule(3, 0, 14);
            queue.schedule(3, 1, 15);
          }
        });
        expect(order).toEqual([
          [tick - 3, 0, 11],
          [tick, 0, 10],
          [tick, 0, 13],
          [tick, 0, 14],
          [tick, 1, 12],
          [tick, 1, 15],
        ]);
      },
    );

    it("counts exactly at 2^40 and up to 2^53", () => {
      const queue = make();
      queue.schedule(2 ** 40 + 1, 0, 1);
      const delays = [1, 1023, 2 ** 20 - 1, 2 ** 20, 2 ** 41 + 3];
      const { order } = record(queue, (id) => {
        if (id <= delays.length) queue.schedule(delays[id - 1], 0, id + 1);
      });
      const ticks = [2 ** 40 + 1];
      for (const delay of delays) ticks.push(ticks[ticks.length - 1] + delay);
      expect(order.map(([tick]) => tick)).toEqual(ticks);

      queue.schedule(Number.MAX_SAFE_INTEGER - queue.now, 0, 1);
      expect(record(queue).order).toEqual([[Number.MAX_SAFE_INTEGER, 0, 1]]);
    });
  });

  describe(`${kind}: cancelling`, () => {
    it("takes an event out of any tier and lets its id be used again", () => {
      const delays = [0, 5, 900, 5000, 2 ** 20 + 7, 2 ** 41];
      for (const delay of delays) {
        const queue = make();
        for (const id of [1, 2, 3]) queue.schedule(delay, 0, id);
        queue.cancel(2);
        queue.cancel(9);
        expect([queue.isPending(1), queue.isPending(2), queue.pending]).toEqual([true, false, 2]);
        queue.schedule(delay, 0, 2);
        queue.cancel(1);
        expect(record(queue).order.map(([, , id]) => id)).toEqual([3, 2]);
      }
    });

    it("cancels an event of the phase now running and of a later one", () => {
      const queue = make();
      for (const id of [1, 2, 3]) queue.schedule(4, 0, id);
      queue.schedule(4, 3, 4);
      queue.schedule(4, 3, 5);
      const { order, reason } = record(queue, (id) => {
        if (id === 1) for (const other of [2, 5]) queue.cancel(other);
        if (id === 3) queue.cancel(4);
      });
      expect(order.map(([, , id]) => id)).toEqual([1, 3]);
      expect(reason).toBe("drained");
      expect(queue.pending).toBe(0);
    });
  });

  describe(`${kind}: stopping`, () => {
    it("runs the ticks before untilTick and then stands there, in the windows of that tick", () => {
      for (const untilTick of [6, 1000, 1500, 2 ** 20 + 3, 2 ** 22 + 1, 2 ** 40]) {
        const queue = make();
        queue.schedule(5, 0, 1);
        queue.schedule(untilTick, 0, 2);
        queue.schedule(untilTick + 1, 0, 3);
        queue.schedule(untilTick + 5000, 0, 4);
        expect(record(queue, undefined, { untilTick })).toEqual({ order: [[5, 0, 1]], reason: "until" });
        expect(queue.now).toBe(untilTick);
        queue.schedule(0, 0, 5);
        queue.schedule(1, 0, 6);
        queue.schedule(5000, 0, 7);
        expect(record(queue).order).toEqual([
          [untilTick, 0, 2],
          [untilTick, 0, 5],
          [untilTick + 1, 0, 3],
          [untilTick + 1, 0, 6],
          [untilTick + 5000, 0, 4],
          [untilTick + 5000, 0, 7],
        ]);
      }
    });

    it("never moves the clock back", () => {
      const queue = make();
      queue.schedule(10, 0, 1);
      queue.schedule(12, 0, 2);
      record(queue, undefined, { maxEvents: 1 });
      expect(record(queue, undefined, { untilTick: 4 }).reason).toBe("until");
      expect(queue.now).toBe(10);
    });

    it("stops after maxEvents, within a tick too, and goes on from there", () => {
      const queue = make();
      for (let id = 0; id < 6; id++) queue.schedule(9, id >> 1, id);
      const seen: number[] = [];
      let reason: StopReason = "limit";
      let slices = 0;
      while (reason === "limit") {
        const slice = record(queue, undefined, { maxEvents: 1 });
        seen.push(...slice.order.map(([, , id]) => id));
        reason = slice.reason;
        slices++;
      }
      expect([seen, slices, reason]).toEqual([[0, 1, 2, 3, 4, 5], 7, "drained"]);
      expect(queue.processed).toBe(6);
    });

    it("reports drained, not until, where a run broke off behind the last event of a late phase", () => {
      const queue = make();
      queue.schedule(9, 3, 1);
      expect(record(queue, undefined, { maxEvents: 1 }).reason).toBe("limit");
      expect(record(queue, undefined, { untilTick: 9 }).reason).toBe("drained");
    });

    it("runs more events than one internal piece in one call", () => {
      const queue = make();
      let left = 100_000;
      queue.schedule(1, 0, 1);
      const handle = () => {
        if (--left > 0) queue.schedule(1, 0, 1);
      };
      expect(queue.run({ handle })).toBe("drained");
      expect([queue.processed, queue.now]).toEqual([100_000, 100_000]);
    });

    it("stops when told to, after the event running", () => {
      const queue = make();
      for (let id = 0; id < 4; id++) queue.schedule(1, 0, id);
      const stopping = record(queue, (id) => {
        if (id === 1) queue.stop();
      });
      expect(stopping.reason).toBe("stopped");
      expect(stopping.order.map(([, , id]) => id)).toEqual([0, 1]);
      expect(record(queue).order.map(([, , id]) => id)).toEqual([2, 3]);
    });
  });

  describe(`${kind}: background`, () => {
    it("drains when only background events are left, after the tick it is in", () => {
      const queue = make();
      queue.setBackground(1, true);
      queue.setBackground(2, true);
      queue.schedule(10, 0, 1);
      queue.schedule(25, 4, 2);
      queue.schedule(25, 0, 3);
      const { order, reason } = record(queue, (id) => {
        if (id === 1) queue.schedule(10, 0, 1);
      });
      expect(reason).toBe("drained");
      expect(order).toEqual([
        [10, 0, 1],
        [20, 0, 1],
        [25, 0, 3],
        [25, 4, 2],
      ]);
      expect([queue.now, queue.livePending, queue.pending]).toEqual([25, 0, 1]);
      expect(record(queue).order).toEqual([]);
      expect(queue.now).toBe(25);
    });

    it("completes a tick that was broken off with only background events left in it", () => {
      const queue = make();
      queue.setBackground(1, true);
      queue.schedule(5, 0, 2);
      queue.schedule(5, 4, 1);
      expect(record(queue, undefined, { maxEvents: 1 }).reason).toBe("limit");
      expect(record(queue)).toEqual({ order: [[5, 4, 1]], reason: "drained" });
    });

    it("goes on where a background event of the last tick schedules a live one", () => {
      const queue = make();
      queue.setBackground(1, true);
      queue.schedule(5, 4, 1);
      queue.schedule(5, 0, 2);
      const { order } = record(queue, (id) => {
        if (id === 1) queue.schedule(100, 0, 3);
      });
      expect(order.map(([tick]) => tick)).toEqual([5, 5, 105]);
    });

    it("moves the count when a mark changes while the event waits", () => {
      const queue = make();
      queue.schedule(5, 0, 1);
      queue.setBackground(1, true);
      expect([queue.livePending, queue.pending]).toEqual([0, 1]);
      queue.setBackground(1, false);
      expect([queue.livePending, queue.pending]).toEqual([1, 1]);
      expect(record(queue).order.length).toBe(1);
    });
  });
}
