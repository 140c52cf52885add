/** The parts of a replay: requests under way, latencies, capacity. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { readDramDevice } from "../../../src/hardware/index.js";
import { dramCapacityBytes, RequestWindow } from "../../../src/run/dram/index.js";
import { Latencies } from "../../../src/run/dram/latencies.js";

test("requests come out in order, however they are done, also while thousands are under way", () => {
  const seen: string[] = [];
  const window = new RequestWindow((index, accepted, done, write) =>
    seen.push(`${index} ${accepted} ${done} ${write}`),
  );
  const count = 5000;
  for (let i = 0; i < count; i++) {
    expect(window.open(i % 3 === 0)).toBe(i);
    window.setAccepted(i, i + 1);
  }
  for (let i = count - 1; i >= 0; i--) {
    expect(seen).toHaveLength(0);
    window.setDone(i, 2 * i);
    if (i > 0) window.settle();
  }
  window.settle();
  expect(seen).toStrictEqual(Array.from({ length: count }, (_, i) => `${i} ${i + 1} ${2 * i} ${i % 3 === 0}`));
});

test("a request done before its acceptance is known waits for it", () => {
  const seen: number[] = [];
  const window = new RequestWindow((index) => seen.push(index));
  window.open(true);
  window.setDone(0, 2);
  window.settle();
  expect(seen).toStrictEqual([]);
  window.setAccepted(0, 1);
  window.settle();
  expect(seen).toStrictEqual([0]);
});

test("quantiles and mean equal those of the sorted list, short latencies and long", () => {
  const latency = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 1 << 20 }));
  fc.assert(
    fc.property(fc.array(latency, { minLength: 1, maxLength: 60 }), (values) => {
      const latencies = new Latencies();
      for (const value of values) latencies.add(value);
      const sorted = [...values].sort((a, b) => a - b);
      for (const q of [0, 0.5, 0.99, 1])
        expect(latencies.quantile(q)).toBe(sorted[Math.floor(q * (sorted.length - 1))]);
      expect(latencies.max).toBe(sorted.at(-1));
      expect(latencies.average).toBeCloseTo(values.reduce((sum, value) => sum + value, 0) / values.length, 9);
    }),
    { numRuns: 50, seed: 7 },
  );
  const none = new Latencies();
  expect([none.average, none.quantile(0.5), none.max]).toStrictEqual([0, 0, 0]);
});

test("capacities: 2 ranks of 8 devices of 8 Gb, 8 channels of 1 GB", () => {
  expect(dramCapacityBytes(readDramDevice("ddr4_2400_x8").organization)).toBe(2 * 8 * 2 ** 30);
  expect(dramCapacityBytes(readDramDevice("hbm2_x128").organization)).toBe(8 * 2 ** 30);
});
