/** Each part made ideal, on one chain in which every instruction waits for the one before. */
import { describe, expect, it } from "vitest";
import { IDEAL_PARTS } from "../../../src/machine/index.js";
import {
  load,
  multiply,
  type Played,
  play,
  posts,
  setAdc,
  store,
  tableChip,
  tableProgram,
  waits,
  write,
} from "./table.js";

/**
 *   WLD   16 bytes from DRAM          latency 20, DRAM 8, bus 2                            [0,30)
 *   WWR   4 rows of 8 columns         weight buffer 1, two pulses of 10                    [30,51)
 *   LD    16 bytes from DRAM          latency 20, DRAM 8, bus 2, local write 4             [51,85)
 *   MVM 0 two vectors of 2 bytes      load [85,86) [86,87), compute [86,98) [98,110), tail 2, accumulate 5   [85,117)
 *   MVM 1 one vector, no wait         issue slot of 2 · 30 first: load 1, compute 12, tail 2, accumulate 5   [145,165)
 *   ACC.OUT 4 results of 4 bits       vector 2 + 1, local write 1                          [165,169)
 *   ST    16 bytes to global buffer   local read 4, bus 2, global write 4                  [169,179)
 */
function chain(ideal: string[]): Played {
  const chip = tableChip((each) => {
    each.core.mvmIssueCycles = 30;
    each.core.outstanding.mvm = 2;
    setAdc(each, { arraysPerGroup: 2 });
  });
  const rows = { rows: 4 };
  return play(
    tableProgram(
      chip,
      [{ pieces: [rows] }],
      [
        [
          0,
          "weightLoad",
          [
            {
              op: "WLD",
              destination: { space: "wb", base: 0 },
              source: { space: "gm", base: 0 },
              bytes: 16,
              cores: [0],
              ...posts(0, 0),
            },
          ],
        ],
        [0, "weightWrite", [write({ ...rows, ...waits(0), ...posts(0, 1) })]],
        [0, "load", [load("gm", 16, { ...waits(1), ...posts(0, 2) })]],
        [0, "mvm", [multiply(0, { vectors: 2, ...waits(2) }), multiply(0, posts(0, 3))]],
        [
          0,
          "vector",
          [
            {
              op: "ACC.OUT",
              accumulator: { space: "acc", base: 0 },
              elements: 4,
              destination: { space: "lm", base: 512 },
              elementBits: 4,
              params: "q",
              ...waits(3),
              ...posts(0, 4),
            },
          ],
        ],
        [0, "store", [store("gb", 16, waits(4))]],
      ],
    ),
    chip,
    { ideal },
  );
}

/** Ends of WLD, WWR, LD, MVM 0, MVM 1, ACC.OUT, ST. */
function ends(...ideal: string[]): number[] {
  const played = chain(ideal);
  return ["0 weightLoad", "0 weightWrite", "0 load", "0 mvm", "0 vector", "0 store"].flatMap((stream) =>
    played.spans(stream).map(([, end]) => end),
  );
}

describe("ideal parts", () => {
  it("none", () => {
    expect(ends()).toEqual([30, 51, 85, 117, 165, 169, 179]);
  });

  it("dram: no latency, one tick a packet: 1 + 2 and 1 + 2 + 4", () => {
    expect(ends("dram")).toEqual([3, 24, 31, 63, 111, 115, 125]);
  });

  it("bus: one tick a packet, three times 1 less", () => {
    expect(ends("bus")).toEqual([29, 50, 83, 115, 163, 167, 176]);
  });

  it("sram: local, global and weight buffers one tick a packet: LD 3 less, ST 1 + 2 + 1", () => {
    expect(ends("sram")).toEqual([30, 51, 82, 114, 162, 166, 170]);
  });

  it("vector: one tick a packet, no start: 2 less", () => {
    expect(ends("vector")).toEqual([30, 51, 85, 117, 165, 167, 177]);
  });

  /** Settling 1: a hold is 4 · max(1, 2) = 8, the tail min(1, 2) = 1. MVM 0: 85 + 1 + 16 + 1 + 5, MVM 1: 145 + 1 + 8 + 1 + 5. */
  it("mvm", () => {
    expect(ends("mvm")).toEqual([30, 51, 85, 108, 160, 164, 174]);
  });

  /** Conversion 1: a hold is 4 · max(3, 1) = 12, the tail 1. */
  it("adc", () => {
    expect(ends("adc")).toEqual([30, 51, 85, 116, 164, 168, 178]);
  });

  /** Slots of 1 a vector: MVM 1 waits for a register instead, both being MVM 0's until its last compute ends at 110: [110,130). */
  it("issue", () => {
    expect(ends("issue")).toEqual([30, 51, 85, 117, 130, 134, 144]);
  });

  /** One packet, its pulse one tick, no weight buffer: 20 less. */
  it("write", () => {
    expect(ends("write")).toEqual([30, 31, 65, 97, 145, 149, 159]);
  });

  /**
   * All: WLD 1 + 1, WWR 1, LD 1 + 1 + 1; MVM 0 from 6: load [6,7) [7,8), compute 4 · 1 [7,11) [11,15), tail 1, accumulate 5: 21;
   * MVM 1 from 15 with the registers: 1 + 4 + 1 + 5: 26; ACC.OUT 1 + 1; ST 1 + 1 + 1.
   */
  it("all together", () => {
    expect(ends(...IDEAL_PARTS)).toEqual([2, 3, 6, 21, 26, 28, 31]);
  });
});
