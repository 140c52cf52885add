/** DDC-PIM: a pointwise tile in double mode and a depthwise one in dual-broadcast mode, each recovered (ddc-pim). */
import { describe, expect, it } from "vitest";
import { playSystem } from "./system.js";

/**
 * DRAM, bus and weight buffer 8 bytes a tick, latency 20; local memory 16, vector unit 32. A row is written in 1. 8-bit inputs, 32 rows:
 * 8 ticks a vector, adder tree 4, accumulation 2.
 *
 *   DRAM  20  WLD p, LD p since 20, by id            WLD p 64 bytes [20,28)
 *         28  LD p (20) 32 bytes [28,32)             32  WLD d, LD d since 21, by id: WLD d 9 bytes [32,34)   34  LD d 18 bytes [34,37)
 *   bus   WLD p [28,36)   36  LD p (32) [36,40)      40  WLD d (34) [40,42)   42  LD d (37) [42,45)
 *   LD    local write p 2 [40,42), d 2 [45,47)
 *   WWR   pointwise, 32 rows of 2 bytes   [36,69)  weight buffer 1, then a pulse a tick
 *         depthwise, 9 rows in macro 1    [42,52)  beside it
 *   MVM   double: 32 bytes                [69,85)  load 2, compute [71,79), tree [79,83), accumulate [83,85)
 *         dual broadcast: 9 · 2 bytes     [70,87)  load waits for the port [71,73), compute [73,81), tree [81,85), accumulate [85,87)
 *   vector  RECOVER p (4 results) [85,86)   ACC.OUT p [86,88)   RECOVER d [88,89)   ACC.OUT d [89,91)
 *   ST    p [88,91), d [91,94): read, bus, DRAM one tick each
 */
describe("DDC-PIM", () => {
  const played = playSystem("ddc", "ddc-pim");

  it("loads and writes both tiles", () => {
    expect(played.spans("0 weightLoad")).toEqual([
      [0, 36],
      [1, 42],
    ]);
    expect(played.spans("0 load")).toEqual([
      [0, 42],
      [1, 47],
    ]);
    expect(played.spans("0 weightWrite")).toEqual([
      [36, 69],
      [42, 52],
    ]);
  });

  it("drives both rails from one input, or each from its own", () => {
    expect(played.spans("0 mvm")).toEqual([
      [69, 85],
      [70, 87],
    ]);
    expect(played.holds("0 mvm", 0, "localRead")).toEqual([[69, 71]]);
    expect(played.holds("0 mvm", 1, "localRead")).toEqual([[71, 73]]);
    expect(played.holds("0 mvm", 1, "compute")).toEqual([[73, 81]]);
    // Tree and accumulation are one tail.
    expect(played.holds("0 mvm", 1, "accumulate")).toEqual([[81, 87]]);
  });

  it("recovers the second rail, then stores", () => {
    expect(played.spans("0 vector")).toEqual([
      [85, 86],
      [86, 88],
      [88, 89],
      [89, 91],
    ]);
    expect(played.spans("0 store")).toEqual([
      [88, 91],
      [91, 94],
    ]);
    expect(played.result.cycles).toBe(94);
  });
});
