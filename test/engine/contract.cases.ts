/** More cases every queue must pass: what it refuses, what it lists and takes back, and shuffled ties. */
import { describe, expect, it } from "vitest";
import { createQueue, type QueueOptions } from "../../src/engine/index.js";
import { record } from "./queue.cases.js";

/** Declares these cases for one kind of queue. */
export function contractCases(kind: "wheel" | "heap"): void {
  const make = (options: Partial<QueueOptions> = {}) => createQueue(kind, { capacity: 64, checked: true, ...options });

  describe(`${kind}: violations and bookkeeping`, () => {
    it("refuses what breaks the contract, with the id", () => {
      const queue = make();
      queue.schedule(3, 0, 7);
      expect(() => queue.schedule(4, 0, 7)).toThrow(/event 7 is already pending/);
      expect(() => queue.schedule(-1, 0, 8)).toThrow(/event 8: delay of -1/);
      expect(() => queue.schedule(1.5, 0, 8)).toThrow(/event 8: delay of 1.5/);
      expect(() => queue.schedule(1, 5, 8)).toThrow(/event 8: phase 5/);
      expect(() => queue.schedule(1, 0, 64)).toThrow(/64 is outside 0..63/);
      expect(() => queue.schedule(2 ** 53, 0, 8)).toThrow(/beyond 2\^53/);
      expect(() => queue.cancel(-1)).toThrow(/-1 is outside/);
      expect(() => createQueue(kind, { capacity: -1 })).toThrow(/capacity -1/);
      expect(record(queue).order).toEqual([[3, 0, 7]]);
    });

    it("refuses, even unchecked, an id that waits already or does not exist", () => {
      const queue = make({ checked: false });
      queue.schedule(3, 0, 7);
      expect(() => queue.schedule(4, 0, 7)).toThrow(/event 7 is already pending/);
      expect(() => queue.schedule(4, 0, 64)).toThrow(/64 is outside 0..63/);
      expect(record(queue).order).toEqual([[3, 0, 7]]);
      expect([queue.livePending, queue.pending]).toEqual([0, 0]);
    });

    it.each([true, false])("refuses the running phase and earlier ones (checked: %s)", (checked) => {
      const queue = make({ checked });
      queue.schedule(3, 2, 1);
      expect(() => record(queue, () => queue.schedule(0, 2, 2))).toThrow(/event 2: tick 3 phase 2/);
      queue.reset();
      queue.schedule(3, 2, 1);
      expect(() => record(queue, () => queue.schedule(0, 1, 2))).toThrow(/event 2: tick 3 phase 1/);
    });

    it("refuses, between two runs, a phase that is over", () => {
      const queue = make();
      queue.schedule(3, 2, 1);
      record(queue);
      expect(() => queue.schedule(0, 1, 2)).toThrow(/event 2: tick 3 phase 1/);
      queue.schedule(0, 3, 2);
      expect(record(queue).order).toEqual([[3, 3, 2]]);
    });

    it("refuses to run or restore inside a run, and can run again after a handler threw", () => {
      const queue = make();
      queue.schedule(1, 0, 1);
      expect(() => record(queue, () => void queue.run({ handle() {} }))).toThrow(/run called inside run/);
      queue.schedule(1, 0, 1);
      expect(() => record(queue, () => queue.restoreEvents(0, []))).toThrow(/restoreEvents called inside run/);
      queue.schedule(1, 0, 1);
      expect(record(queue).order.length).toBe(1);
    });

    it("lists what is pending and takes it back, in order, in any tier", () => {
      const queue = make();
      const delays = [2 ** 41, 3, 3, 2000, 2 ** 21, 0, 3];
      delays.forEach((delay, id) => {
        queue.schedule(delay, id === 2 ? 0 : 1, id);
      });
      const events = queue.pendingEvents();
      expect(events.map(({ id }) => id)).toEqual([5, 2, 1, 6, 3, 4, 0]);
      const order = record(queue).order;
      expect(events.map(({ id, tick, phase }) => [tick, phase, id])).toEqual(order);

      queue.restoreEvents(0, events);
      expect([queue.now, queue.pending, queue.livePending]).toEqual([0, 7, 7]);
      expect(record(queue).order).toEqual(order);
    });

    it("starts afresh after reset", () => {
      const queue = make();
      for (const [id, delay] of [3, 5000, 2 ** 22].entries()) queue.schedule(delay, 0, id);
      record(queue, undefined, { maxEvents: 2 });
      queue.reset();
      expect([queue.now, queue.pending, queue.livePending, queue.processed]).toEqual([0, 0, 0, 0]);
      expect(queue.pendingEvents()).toEqual([]);
      queue.schedule(1, 0, 2);
      expect(record(queue).order).toEqual([[1, 0, 2]]);
    });
  });

  describe(`${kind}: shuffled ties`, () => {
    const shuffled = (shuffleSeed: number) => {
      const queue = make({ shuffleSeed });
      for (let id = 0; id < 60; id++) queue.schedule(1 + (id % 3), id % 2, id);
      return record(queue).order;
    };

    it("permutes within a (tick, phase) and nowhere else", () => {
      const order = shuffled(1);
      const keys = order.map(([tick, phase]) => tick * 8 + phase);
      expect(keys).toEqual([...keys].sort((a, b) => a - b));
      expect(order.map(([, , id]) => id).sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, id) => id));
      for (const [tick, phase, id] of order) expect([tick, phase]).toEqual([1 + (id % 3), id % 2]);
      const firstGroup = order.filter(([tick, phase]) => tick === 1 && phase === 0).map(([, , id]) => id);
      expect(firstGroup).not.toEqual([...firstGroup].sort((a, b) => a - b));
    });

    it("repeats with the seed and differs with another", () => {
      expect(shuffled(1)).toEqual(shuffled(1));
      expect(shuffled(1)).not.toEqual(shuffled(2));
    });
  });
}
