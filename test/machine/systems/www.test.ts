/** WWW: a GEMM tile with inputs and outputs in shared memory, weights from DRAM through the register of the arrays (www-digital6t-rf). */
import { describe, expect, it } from "vitest";
import { playSystem } from "./system.js";

/**
 * DRAM 32 bytes a tick, latency 100; shared memory 42 a port, bus 84, local memory 84 in packets of 64. A write group is 16 rows of 16 bytes
 * in 1 tick. M = 3, K = 32, N = 32 over two arrays; a vector takes one step of 18.
 *
 *   DRAM  100  left p0 and LD p0 since 100, by id       left p0 256 bytes, 8 ticks [100,108)
 *         108  LD p0 (100) 64 bytes [108,110)           110  right p0 (101) [110,118)
 *         118  left p1 (108) [118,126)                  126  LD p1 (110) 32 bytes [126,127)   127  right p1 (118) [127,135)
 *   bus   left p0 ceil(256/84) = 4 [108,112)   LD p0 [112,113)   right p0 [118,122)   left p1 [126,130)   LD p1 [130,131)   right p1 [135,139)
 *   left  pulses [112,113) [130,131)    right  pulses [122,123) [139,140)
 *   LD    local write [113,114) [131,132)
 *   ST    to shared memory: read [132,133) [133,134), bus [133,134) [134,135), write ceil(64/42) = 2 [134,136), 1 [136,137)
 *   MVM   starts at 140 with the second write; 32 bytes an array, 64 a vector: shared memory 2, bus 1
 *         v0  [140,142) [142,143)  compute [143,161)
 *         v1  [142,144) [144,145)  compute [161,179)
 *         v2  [144,146), the bus only when v0 is computed: [161,162)  compute [179,197)
 *   ACC.OUT of 96 bytes  vector 2 [197,199)  bus 2 [199,201)  shared memory 3 [201,204)
 */
describe("WWW", () => {
  const played = playSystem("www", "www-digital6t-rf");

  it("brings weights from DRAM to the cells", () => {
    expect(played.spans("0 weightWrite")).toEqual([
      [0, 131],
      [1, 140],
    ]);
    expect(played.holds("0 weightWrite", 0, "dram")).toEqual([
      [100, 108],
      [118, 126],
    ]);
    expect(played.holds("0 weightWrite", 1, "dram")).toEqual([
      [110, 118],
      [127, 135],
    ]);
    expect(played.spans("0 load")).toEqual([[0, 132]]);
    expect(played.spans("0 store")).toEqual([[132, 137]]);
  });

  it("takes inputs from shared memory and puts results there", () => {
    expect(played.spans("0 mvm")).toEqual([[140, 197]]);
    expect(played.holds("0 mvm", 0, "globalRead")).toEqual([
      [140, 142],
      [142, 144],
      [144, 146],
    ]);
    expect(played.holds("0 mvm", 0, "bus")).toEqual([
      [142, 143],
      [144, 145],
      [161, 162],
    ]);
    expect(played.holds("0 mvm", 0, "compute")).toEqual([
      [143, 161],
      [161, 179],
      [179, 197],
    ]);
    expect(played.spans("0 vector")).toEqual([[197, 204]]);
    expect(played.result.cycles).toBe(204);
  });

  it("counts what WWW counts", () => {
    const { counts } = played.result;
    expect(counts).toMatchObject({
      arrayMvms: 3 * 2,
      cellWrites: 2 * 32 * 128,
      dramReadBytes: 2 * 512 + 96,
      globalReadBytes: 3 * 64,
      globalWriteBytes: 96 + 96,
    });
  });
});
