import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rational } from "../../src/base/index.js";
import { burstEnd, ClockDomain } from "../../src/engine/index.js";

const period = fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 5000 }));
const count = fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0, max: 2 ** 36 }));

function exactCeil(k: number, p: number, q: number): bigint {
  return (BigInt(k) * BigInt(p) + BigInt(q) - 1n) / BigInt(q);
}

describe("ClockDomain", () => {
  it("has edge k at ceil(k·p/q), exactly", () => {
    fc.assert(
      fc.property(period, count, ([p, q], k) => {
        expect(BigInt(new ClockDomain(rational(p, q)).edgeTick(k))).toBe(exactCeil(k, p, q));
      }),
    );
  });

  it("finds the first edge at or after a tick: the one before lies earlier", () => {
    fc.assert(
      fc.property(period, count, ([p, q], tick) => {
        const { k, tick: edge } = new ClockDomain(rational(p, q)).firstEdgeAtOrAfter(tick);
        expect(BigInt(edge)).toBe(exactCeil(k, p, q));
        expect(edge).toBeGreaterThanOrEqual(tick);
        if (k > 0) expect(exactCeil(k - 1, p, q)).toBeLessThan(BigInt(tick));
      }),
    );
  });

  it("names the cycle that runs at a tick: its edge has come, the next has not", () => {
    fc.assert(
      fc.property(period, count, ([p, q], tick) => {
        const k = new ClockDomain(rational(p, q)).cycleOf(tick);
        expect(exactCeil(k, p, q)).toBeLessThanOrEqual(BigInt(tick));
        expect(exactCeil(k + 1, p, q)).toBeGreaterThan(BigInt(tick));
      }),
    );
  });

  it("gives the edges of a 3/2-tick clock by hand", () => {
    const clock = new ClockDomain(rational(3, 2));
    expect([0, 1, 2, 3, 4].map((k) => clock.edgeTick(k))).toEqual([0, 2, 3, 5, 6]);
    expect(clock.firstEdgeAtOrAfter(4)).toEqual({ k: 3, tick: 5 });
    expect(clock.firstEdgeAtOrAfter(0)).toEqual({ k: 0, tick: 0 });
    expect([4, 5].map((tick) => clock.cycleOf(tick))).toEqual([2, 3]);
  });

  it("gives the lowest edge where a fast clock has several in one tick", () => {
    const clock = new ClockDomain(rational(1, 3));
    expect(clock.firstEdgeAtOrAfter(2)).toEqual({ k: 4, tick: 2 });
    expect(clock.cycleOf(2)).toBe(6);
  });

  it("refuses a period of zero", () => {
    expect(() => new ClockDomain(rational(0))).toThrow(/period 0\/1/);
  });
});

describe("burstEnd", () => {
  it("rounds once, from the start, and never adds rounded steps", () => {
    fc.assert(
      fc.property(
        period,
        fc.integer({ min: 0, max: 2 ** 30 }),
        fc.integer({ min: 0, max: 4096 }),
        ([p, q], start, k) => {
          expect(BigInt(burstEnd(start, k, rational(p, q)))).toBe(BigInt(start) + exactCeil(k, p, q));
        },
      ),
    );
    // Ten steps of 1.1 ticks end after 11, not after 10 times 2.
    expect(burstEnd(100, 10, rational(11, 10))).toBe(111);
  });
});
