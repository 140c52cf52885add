/** DRAM channels and clocks, loads under way at once. */
import { describe, expect, it } from "vitest";
import { CAUSE, load, play, ratio, tableChip, tableProgram } from "./table.js";

describe("two DRAM channels, 64 bytes a turn", () => {
  const chip = tableChip((each) => (each.dram!.channels = 2));
  const loads = (second: number) =>
    play(
      tableProgram(
        chip,
        [],
        [
          [0, "load", [load("gm", 32)]],
          [1, "load", [load("gm", 32, {}, second)]],
        ],
      ),
      chip,
    );

  /**
   * Addresses 0 and 64: both wait 20, then read [20,28) [28,36) beside each other and meet at the bus, core 0 first:
   *   core 0  bus [28,30) [36,38)  write [30,34) [38,42)
   *   core 1  bus [30,32) [38,40)  write [32,36) [40,44)
   */
  it("different channels work side by side", () => {
    const played = loads(64);
    for (const core of [0, 1])
      expect(played.holds(`${core} load`, 0, "dram")).toEqual([
        [20, 28],
        [28, 36],
      ]);
    expect(played.spans("0 load")).toEqual([[0, 42]]);
    expect(played.spans("1 load")).toEqual([[0, 44]]);
    expect(played.holdCause("1 load", 0, "bus", 1)).toEqual({ by: "0 load #0 bus 1", release: 38 });
  });

  /**
   * Addresses 0 and 128 are both channel 0. Oldest first:
   *   core 0 p0 [20,28)   core 1 p0 (since 20) [28,36)   core 0 p1 (since 28) [36,44)   core 1 p1 [44,52)
   * and 2 + 4 more after each core's last.
   */
  it("one channel is shared packet by packet", () => {
    const played = loads(128);
    expect(played.holds("0 load", 0, "dram")).toEqual([
      [20, 28],
      [36, 44],
    ]);
    expect(played.holds("1 load", 0, "dram")).toEqual([
      [28, 36],
      [44, 52],
    ]);
    expect(played.spans("0 load")).toEqual([[0, 50]]);
    expect(played.spans("1 load")).toEqual([[0, 58]]);
  });

  /**
   * 32 bytes from 56: packet 0 begins at 56 and lies whole in channel 0, packet 1 begins at 72 in channel 1. Core 1 reads 16 bytes at 64:
   * both want channel 1 from 20 and 28 on: core 1 [20,28), core 0's packet 1 [28,36) without waiting.
   */
  it("a packet is in the channel of its first byte", () => {
    const played = play(
      tableProgram(
        chip,
        [],
        [
          [0, "load", [load("gm", 32, {}, 56)]],
          [1, "load", [load("gm", 16, {}, 64)]],
          [2, "load", [load("gm", 16, {}, 96)]],
        ],
      ),
      chip,
    );
    // Core 2, also in channel 1, has asked since 20 and goes before core 0's packet 1, which asks from 28.
    expect(played.holds("1 load", 0, "dram")).toEqual([[20, 28]]);
    expect(played.holds("2 load", 0, "dram")).toEqual([[28, 36]]);
    expect(played.holds("0 load", 0, "dram")).toEqual([
      [20, 28],
      [36, 44],
    ]);
  });
});

describe("DRAM in its own clock", () => {
  /**
   * 5/4 ticks a cycle, edge k at ceil(1.25 k): 0 2 3 4 5 7 8 9 10 12 13 14 15 17 18 19 20 22 23 24 25 27 28 29 30 32 ...
   * Latency 3 cycles, a packet of 16 bytes 8 cycles.
   *   LD 0   40 bytes from 0    latency edges 0–3 [0,4)      DRAM edges 3–11 [4,14), 11–19 [14,24), 8 bytes 19–23 [24,29)
   *                             bus [14,16) [24,26) [29,30)  write [16,20) [26,30) [30,32)
   *   LD 1   16 bytes from 32   edge 25 is ceil(31.25) = 32: latency 25–28 [32,35)   DRAM 28–36 [35,45)   ends at 51
   *   LD 2   16 bytes from 51   edge 40 is 50, edge 41 is ceil(51.25) = 52: latency 41–44 [52,55)         DRAM 44–52 [55,65)   ends at 71
   */
  it("5/4 ticks a cycle", () => {
    const chip = tableChip((each) =>
      Object.assign(each.dram!, { clock: { hz: 8e8, ticksPerCycle: ratio(5, 4) }, latencyCycles: 3 }),
    );
    const played = play(tableProgram(chip, [], [[0, "load", [load("gm", 40), load("gm", 16), load("gm", 16)]]]), chip);
    expect(played.holds("0 load", 0, "latency")).toEqual([[0, 4]]);
    expect(played.holds("0 load", 0, "dram")).toEqual([
      [4, 14],
      [14, 24],
      [24, 29],
    ]);
    expect(played.holds("0 load", 2, "latency")).toEqual([[52, 55]]);
    expect(played.holds("0 load", 2, "dram")).toEqual([[55, 65]]);
    expect(played.holdCause("0 load", 2, "latency")).toMatchObject({ release: 51 });
    expect(played.spans("0 load")).toEqual([
      [0, 32],
      [32, 51],
      [51, 71],
    ]);
    expect(played.result.path).toMatchObject({ wait: 1, inputLoad: 70 });
  });

  /**
   * Latency 0 counts 1 cycle: edges 0–1 [0,2). Two cores, one packet each: core 0 edges 1–9 [2,12), core 1 edges 9–17 [12,22).
   */
  it("no latency is one cycle, and grants follow each other edge by edge", () => {
    const chip = tableChip((each) =>
      Object.assign(each.dram!, { clock: { hz: 8e8, ticksPerCycle: ratio(5, 4) }, latencyCycles: 0 }),
    );
    const played = play(
      tableProgram(
        chip,
        [],
        [0, 1].map((core) => [core, "load", [load("gm", 16)]]),
      ),
      chip,
    );
    expect(played.spans("0 load")).toEqual([[0, 18]]);
    expect(played.spans("1 load")).toEqual([[0, 28]]);
    expect(played.holds("1 load", 0, "dram")).toEqual([[12, 22]]);
  });

  /**
   * Faster than the tick: 2/5, edge k at ceil(0.4 k): 0 1 1 2 2 2 3 3 4 4 4 5 5 6 ... Packets of 8 bytes, 4 cycles; latency 1.
   *   latency edges 0–1 [0,1)   p0 edges 1–5 [1,2)   p1: the first edge of tick 2 is 3, but the port is held until edge 5: 5–9 [2,4)
   *   p2: the first edge of tick 4 is 8, the port's is 9: 9–13 [4,6)
   *   bus 1, write 2 a packet: [2,3) [3,5), [4,5) [5,7), [6,7) [7,9)
   */
  it("2/5 ticks a cycle: a port remembers its edge", () => {
    const chip = tableChip((each) =>
      Object.assign(each.dram!, {
        clock: { hz: 25e8, ticksPerCycle: ratio(2, 5) },
        latencyCycles: 1,
        packetBytes: 8,
      }),
    );
    const played = play(tableProgram(chip, [], [[0, "load", [load("gm", 24)]]]), chip);
    expect(played.holds("0 load", 0, "dram")).toEqual([
      [1, 2],
      [2, 4],
      [4, 6],
    ]);
    expect(played.spans("0 load")).toEqual([[0, 9]]);
  });
});

describe("loads under way at once", () => {
  const three = (limit: number) => {
    const chip = tableChip((each) => (each.core.outstanding.load = limit));
    return play(tableProgram(chip, [], [[0, "load", [load("gm", 16), load("gm", 16), load("gm", 16)]]]), chip);
  };

  /** Latency 20, DRAM 8, bus 2, write 4, one after the other. */
  it("one", () => {
    expect(three(1).spans("0 load")).toEqual([
      [0, 34],
      [34, 68],
      [68, 102],
    ]);
  });

  /**
   *   LD 0  latency [0,20)   DRAM [20,28)  bus [28,30)  write [30,34)
   *   LD 1  latency [1,21)   DRAM [28,36)  bus [36,38)  write [38,42)
   *   LD 2  a unit at 34: latency [34,54)  DRAM [54,62)  bus [62,64)  write [64,68)
   */
  it("two: the second's latency hides behind the first", () => {
    const played = three(2);
    expect(played.spans("0 load")).toEqual([
      [0, 34],
      [1, 42],
      [34, 68],
    ]);
    expect(played.cause("0 load", 1)).toEqual({ kind: CAUSE.order, by: "0 load #0 issue", release: 1 });
    expect(played.cause("0 load", 2)).toEqual({ kind: CAUSE.freed, by: "0 load #0 localWrite 0", release: 34 });
    expect(played.holdCause("0 load", 1, "dram")).toEqual({ by: "0 load #0 dram 0", release: 28 });
  });
});
