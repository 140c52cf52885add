/** Units: texts to cycles, bytes and exact rationals, and back. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatSi, rational, toNumber } from "../../src/base/index.js";
import { readChip } from "../../src/hardware/index.js";
import { toBytes, toCycles, toCyclesPerByte, toHertz, toTicksPerByte } from "../../src/hardware/quantities.js";

describe("times", () => {
  it.each([
    ["10 ns", 1e9, 10],
    ["10.0001 ns", 1e9, 10],
    ["10.01 ns", 1e9, 11],
    ["40 ns", 1.28e9, 52],
    ["100 ns", 1.28e9, 128],
    ["0.78125 ns", 1.28e9, 1],
    ["3.003 ns", 333e6, 1],
    ["3.003 ns", 333.3e6, 1],
    ["3 ns", 333.3e6, 1],
    ["1 ps", 1e9, 1],
    ["0 ns", 1e9, 0],
    ["1.25 us", 8e8, 1000],
    ["8 cycles", 1e9, 8],
    ["1 cycle", 1e6, 1],
    ["1.5 cycles", 1e6, 2],
    [7, 123, 7],
  ])("%s at %d Hz is %d cycles", (text, hz, cycles) => {
    expect(toCycles(text, hz)).toBe(cycles);
  });

  it("whole cycles written as a time come back", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.constantFrom(100e6, 195e6, 333e6, 800e6, 1e9, 1.28e9),
        (cycles, hz) => {
          const nanoseconds = (cycles * 1e9) / hz;
          expect(toCycles(`${nanoseconds.toFixed(6)} ns`, hz)).toBe(cycles);
        },
      ),
    );
  });
});

describe("rates", () => {
  it.each([
    ["12.8 GB/s", 1e9, { num: 5, den: 64 }],
    ["25.6 GB/s", 1e9, { num: 5, den: 128 }],
    ["42 B/cycle", 1e9, { num: 1, den: 42 }],
    ["64 bit/cycle", 333.3e6, { num: 1, den: 8 }],
    ["0.5 B/cycle", 1e9, { num: 2, den: 1 }],
    ["6.4 GB/s", 8e8, { num: 1, den: 8 }],
    ["51.2 Gbit/s", 1e9, { num: 5, den: 32 }],
  ])("%s at %d Hz is exact", (text, hz, ticks) => {
    expect(toCyclesPerByte(text, hz)).toEqual(ticks);
  });

  it("become ticks by the clock of the part", () => {
    // 8 B in a cycle of 800 MHz are 8 B in 5/4 ticks of 1 GHz.
    expect(toTicksPerByte("8 B/cycle", 8e8, rational(5, 4))).toEqual({ num: 5, den: 32 });
    expect(toTicksPerByte("6.4 GB/s", 8e8, rational(5, 4))).toEqual({ num: 5, den: 32 });
    const chip = readChip("compass-s", { set: { "network.clock": "500 MHz" } });
    expect(chip.network.ticksPerByte).toEqual({ num: 5, den: 128 });
    expect(chip.network.clock.ticksPerCycle).toEqual({ num: 2, den: 1 });
  });

  it("written in MB/s come back", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), (megabytes) => {
        const ticks = toCyclesPerByte(`${megabytes} MB/s`, 1e9)!;
        expect(ticks).toEqual(rational(1000, megabytes));
      }),
    );
  });

  it("are shown as they were given", () => {
    const { dram } = readChip("compass-s");
    expect(formatSi(dram!.clock.hz / toNumber(dram!.cyclesPerByte), "B/s")).toBe("6.4 GB/s");
  });
});

describe("sizes and frequencies", () => {
  it("are whole numbers", () => {
    expect(toBytes("64 kB")).toBe(65536);
    expect(toBytes("0.5 kB")).toBe(512);
    expect(toBytes("0.3 kB")).toBeUndefined();
    expect(toBytes("8 GB")).toBe(2 ** 33);
    expect(toBytes(100)).toBe(100);
    expect(toHertz("333.3 MHz")).toBe(333_300_000);
    expect(toHertz("0.5 Hz")).toBeUndefined();
  });
});
