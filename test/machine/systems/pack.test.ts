/** Pack my weights: two layers at different depth of one macro, weights straight from DRAM, none at the second inference (pack-dimc). */
import { describe, expect, it } from "vitest";
import type { Span } from "../tables/table.js";
import { playSystem } from "./system.js";

/**
 * 64 bytes a tick everywhere, DRAM latency 15. A write group is 4 rows in 4 ticks. 8-bit inputs: 8 ticks a vector, no tail.
 * Layer a lies in macros 0 and 1 at depth 0 (16 results each), layer b in macro 0 at depth 1.
 *
 *   asked for at 0 and 1: WWR a0, WWR a1, LD 0, LD 1; WWR b at 2, but macro 0 is a0's
 *   DRAM  15  a0 p0, LD 0 since 15        a0 p0 [15,16)
 *         16  LD 0 since 15 before a0 p1, a1 p0, LD 1 since 16     LD 0 [16,17)
 *         17  a0 p1 [17,18)   18  a1 p0 [18,19)   19  LD 1 [19,20)   20  a1 p1 [20,21)
 *   bus   one tick each, right behind
 *   a0    pulses [17,21) [21,25)                               ends at 25
 *   a1    pulses [20,24) [24,28)                               ends at 28
 *   b     macro 0 at 25: latency [25,40), DRAM [40,41), bus [41,42), four pulses [42,58)
 *   LD    0: bus [17,18), write [18,19)   1: bus [20,21), write [21,22)
 *   WAIT for the three writes [58,59)
 *   sample 0   MVM a   [59,68)   the macros share their input: 8 bytes, load 1, compute 8
 *              ACC.OUT [68,70)   MVM b [70,79)   ACC.OUT [79,81)   ST [81,84)
 *   sample 1   MVM a   starts at 71, one behind MVM b; load [71,72), macro 0 is free at 79: [79,87)
 *              ACC.OUT [87,89)   MVM b [89,98)   ACC.OUT [98,100)  ST [100,103)
 */
describe("Pack my weights", () => {
  const played = playSystem("pack", "pack-dimc");

  it("writes straight from DRAM, macros beside each other", () => {
    expect(played.spans("0 weightWrite")).toEqual([
      [0, 25],
      [1, 28],
      [2, 58],
    ]);
    expect(played.holds("0 weightWrite", 0, "dram")).toEqual([
      [15, 16],
      [17, 18],
    ]);
    expect(played.holds("0 weightWrite", 1, "pulse")).toEqual([
      [20, 24],
      [24, 28],
    ]);
    expect(played.holds("0 weightWrite", 2, "latency")).toEqual([[25, 40]]);
    expect(played.spans("0 load")).toEqual([
      [0, 19],
      [1, 22],
    ]);
  });

  it("runs both samples on what lies in the macros", () => {
    expect(played.spans("0 mvm")).toEqual([
      [58, 59],
      [59, 68],
      [70, 79],
      [71, 87],
      [89, 98],
    ]);
    expect(played.spans("0 vector")).toEqual([
      [68, 70],
      [79, 81],
      [87, 89],
      [98, 100],
    ]);
    expect(played.spans("0 store")).toEqual([
      [81, 84],
      [100, 103],
    ]);
    expect(played.result.cycles).toBe(103);
    expect(played.holdCause("0 mvm", 3, "compute")).toEqual({ by: "0 mvm #2 compute 0", release: 79 });
  });

  it("moves no weight at the second inference", () => {
    const written: Span[] = [0, 1, 2].flatMap((n) => played.holds("0 weightWrite", n, "pulse"));
    expect(Math.max(...written.map(([, end]) => end))).toBe(58);
    // All weights once, 8 × 16 + 8 × 16 + 16 × 8 bytes, and two inputs of 8.
    expect(played.result.counts.dramReadBytes).toBe(3 * 128 + 2 * 8);
    expect(played.result.counts.rowsWritten).toBe(8 + 8 + 16);
  });
});
