import { describe, expect, it } from "vitest";
import { createQueue, StateRegistry } from "../../src/engine/index.js";

/** A small machine: one event that toggles a flag every 7 ticks, and one array of each role. */
function machine(kind: "wheel" | "heap" = "wheel") {
  const queue = createQueue(kind, { capacity: 8, checked: true });
  const registry = new StateRegistry(queue);
  const flag = registry.register("flag", "state", new Uint8Array(2));
  const lastTick = registry.register("lastTick", "tick", new Float64Array([-1, Number.POSITIVE_INFINITY, 0]));
  const freeAt = registry.register("freeAt", "deadline", new Float64Array([0, 0]));
  const toggles = registry.register("toggles", "counter", new Int32Array(1));
  const path = registry.register("path", "ref", new Int32Array(1));
  const handle = (id: number) => {
    flag[0] ^= 1;
    toggles[0]++;
    path[0] = toggles[0] * 3;
    lastTick[2] = queue.now;
    freeAt[0] = queue.now + 2;
    queue.schedule(7, 0, id);
  };
  const step = (events: number) => queue.run({ handle }, { maxEvents: events });
  queue.schedule(7, 0, 0);
  step(2);
  return { queue, registry, flag, lastTick, freeAt, toggles, path, step };
}

describe.each(["wheel", "heap"] as const)("StateRegistry on %s", (kind) => {
  it("sees the same state a period later, and only then", () => {
    const { registry, step } = machine(kind);
    const snapshot = registry.snapshot();
    expect(registry.equals(snapshot)).toBe(true);
    step(1);
    expect(registry.firstDifference(snapshot)).toBe("flag");
    step(1);
    expect(registry.equals(snapshot)).toBe(true);
  });

  it("restores arrays, clock and events, and then does the same again", () => {
    const { queue, registry, step, toggles, path, lastTick } = machine(kind);
    const snapshot = registry.snapshot();
    step(5);
    const after = [queue.now, toggles[0], path[0], lastTick[2], JSON.stringify(queue.pendingEvents())];
    registry.restore(snapshot);
    expect([queue.now, toggles[0], path[0], lastTick[2]]).toEqual([14, 2, 6, 14]);
    step(5);
    expect([queue.now, toggles[0], path[0], lastTick[2], JSON.stringify(queue.pendingEvents())]).toEqual(after);
  });

  it("shifts a whole machine in time, sentinels excepted", () => {
    const { queue, registry, lastTick, freeAt, step } = machine(kind);
    const snapshot = registry.snapshot();
    registry.shift(2 ** 40);
    expect(queue.now).toBe(2 ** 40 + 14);
    expect([...lastTick]).toEqual([-1, Number.POSITIVE_INFINITY, 2 ** 40 + 14]);
    expect([...freeAt]).toEqual([2 ** 40 + 16, 2 ** 40]);
    expect(queue.pendingEvents()).toEqual([{ id: 0, tick: 2 ** 40 + 21, phase: 0 }]);
    expect(registry.equals(snapshot)).toBe(true);
    step(1);
    expect(queue.now).toBe(2 ** 40 + 21);
  });
});

describe("StateRegistry", () => {
  it("compares each role in its own way", () => {
    const { registry, flag, lastTick, freeAt, toggles, path } = machine();
    const snapshot = registry.snapshot();
    const difference = (change: () => void) => {
      change();
      const name = registry.firstDifference(snapshot);
      registry.restore(snapshot);
      return name;
    };
    expect(difference(() => (flag[1] = 1))).toBe("flag");
    expect(difference(() => (lastTick[0] = 3))).toBe("lastTick");
    expect(difference(() => (lastTick[1] = -1))).toBe("lastTick");
    expect(difference(() => (lastTick[2] -= 1))).toBe("lastTick");
    expect(difference(() => (freeAt[0] += 1))).toBe("freeAt");
    expect(difference(() => (freeAt[1] = 9))).toBeUndefined();
    expect(difference(() => (toggles[0] = 99))).toBeUndefined();
    expect(difference(() => (path[0] = 99))).toBeUndefined();
  });

  it("compares pending events relative to now, whatever the order they were scheduled in", () => {
    const { queue, registry } = machine();
    queue.schedule(5, 1, 2);
    queue.schedule(5, 1, 3);
    const snapshot = registry.snapshot();
    queue.cancel(2);
    expect(registry.firstDifference(snapshot)).toBe("events");
    queue.schedule(5, 1, 2);
    expect(registry.equals(snapshot)).toBe(true);
    queue.cancel(2);
    queue.schedule(5, 2, 2);
    expect(registry.firstDifference(snapshot)).toBe("events");
    queue.cancel(2);
    queue.schedule(6, 1, 2);
    expect(registry.firstDifference(snapshot)).toBe("events");
  });

  it("keeps a snapshot apart from the arrays that go on", () => {
    const { registry, flag } = machine();
    const snapshot = registry.snapshot();
    flag[1] = 1;
    expect(snapshot.arrays[0][1]).toBe(0);
  });

  it("refuses a second array of a name, ticks in bytes, and snapshots of another shape", () => {
    const { registry } = machine();
    const snapshot = registry.snapshot();
    expect(() => registry.register("flag", "state", new Uint8Array(1))).toThrow(/"flag" is registered twice/);
    expect(() => registry.register("late", "tick", new Uint8Array(1))).toThrow(/"late": ticks need/);
    registry.register("more", "state", new Uint8Array(1));
    expect(() => registry.equals(snapshot)).toThrow(/5 arrays where 6/);
  });

  it("refuses a shift that does not fit an Int32Array", () => {
    const registry = new StateRegistry(createQueue("wheel", { capacity: 1 }));
    registry.register("short", "tick", new Int32Array([5]));
    expect(() => registry.shift(2 ** 32)).toThrow(/"short": tick 4294967301 does not fit/);
    expect(() => registry.shift(-1)).toThrow(/shift by -1/);
  });
});
