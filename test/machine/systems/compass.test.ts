/** COMPASS: replicas written by broadcast, a second core fed by a message, a second partition that replaces weights (compass-s). */
import { describe, expect, it } from "vitest";
import { CAUSE } from "../tables/table.js";
import { playSystem } from "./system.js";

/**
 * Ticks of 1 ns. DRAM: edge k at ceil(1.25 k), latency 31 cycles, 8 bytes a cycle. Bus and local memory 25.6 bytes a tick, vector unit 6.4.
 * A write group is one row: weight buffer 1, pulse 10. MVM: 4 phases of max(10, 50) = 200, tail 10; issue interval 200.
 *
 * Everything asks at once; the latency from edge 0 ends at 39, from edge 1 (tick 2, started at 1) at 40.
 *   DRAM   39  core 0 WLD a, core 0 LD 0, core 1 WLD b since 39, by id   WLD a 8 cycles, edges 31–39 [39,49)
 *          49  LD 0 (8 bytes) one cycle [49,50)     50  WLD b edges 40–48 [50,60)
 *          60  WLD c and LD 1 since 40, by id       WLD c edges 48–56 [60,70)   LD 1 [70,72)
 *   bus    WLD a ceil(64 · 5/128) = 3 [49,52)   LD 0 [52,53)   WLD b [60,63)   WLD c [70,73)   LD 1 [73,74)
 *   core 0 local write LD 0 [53,54), LD 1 [74,75)
 *   core 0 WBC a, 8 rows            [52,133)   1 + 8 · 10
 *   core 1 WWR b, 16 rows           [63,224)   1 + 16 · 10
 *   core 0 MVM on replica 0         [133,344)  load 1, compute [134,334), tail 10
 *          MVM on replica 1         [333,544)  one issue interval later
 *          ACC.OUT of both, 16 B    [544,548)  3 + 1
 *          SEND                     [548,550)  read 1, bus 1
 *   core 1 RECV                     [550,551)
 *          MVM, 2 vectors           [551,962)  load [551,552) [552,553), compute [552,752) [752,952), tail 10
 *          ACC.OUT, 8 B             [962,965)  2 + 1
 *          ST                       [965,968)  read, bus to 967; DRAM edge 773 is ceil(966.25) = 967, one cycle to edge 774, 968
 *   core 0, second partition: replaced as soon as replica 1 has been used
 *          WBC c                    [544,625)
 *          MVM                      [625,836)
 *          ACC.OUT                  [836,839)
 *          ST                       [839,843)  read, bus to 841; edge 673 is 842, edge 674 is 843
 */
describe("COMPASS", () => {
  const played = playSystem("compass", "compass-s");

  it("loads the weights of both cores and partitions one after another", () => {
    expect(played.spans("0 weightLoad")).toEqual([
      [0, 52],
      [1, 73],
    ]);
    expect(played.spans("1 weightLoad")).toEqual([[0, 63]]);
    expect(played.spans("0 load")).toEqual([
      [0, 54],
      [1, 75],
    ]);
    expect(played.holds("0 weightLoad", 1, "latency")).toEqual([[2, 40]]);
    expect(played.holds("0 weightLoad", 1, "dram")).toEqual([[60, 70]]);
    expect(played.holds("0 load", 1, "dram")).toEqual([[70, 72]]);
  });

  it("writes two replicas at once, and replaces them when both are done", () => {
    expect(played.spans("0 weightWrite")).toEqual([
      [52, 133],
      [544, 625],
    ]);
    expect(played.spans("1 weightWrite")).toEqual([[63, 224]]);
    expect(played.cause("0 weightWrite", 1)).toEqual({ kind: CAUSE.token, by: "0 mvm #1 convertTail 0", release: 544 });
    // 2 arrays × 8 rows × 64 cells twice, and 16 × 32.
    expect(played.result.counts.cellWrites).toBe(2 * 2 * 8 * 64 + 16 * 32);
  });

  it("computes, sends, computes, stores", () => {
    expect(played.spans("0 mvm")).toEqual([
      [133, 344],
      [333, 544],
      [625, 836],
    ]);
    expect(played.spans("0 vector")).toEqual([
      [544, 548],
      [836, 839],
    ]);
    expect(played.spans("0 send")).toEqual([[548, 550]]);
    expect(played.spans("0 store")).toEqual([[839, 843]]);
    expect(played.spans("1 receive")).toEqual([[550, 551]]);
    expect(played.spans("1 mvm")).toEqual([[551, 962]]);
    expect(played.spans("1 vector")).toEqual([[962, 965]]);
    expect(played.spans("1 store")).toEqual([[965, 968]]);
    expect(played.result.cycles).toBe(968);
  });

  /**
   * Backwards from 968: ST 3; ACC.OUT 3; MVM b: tail 10, computes 2 · (10 + 190), load 1; RECV and SEND 3; ACC.OUT 4;
   * MVM on replica 1: tail 10, compute 10 + 190, its load [333,334); 200 of issue; WBC a 80 + 1; WLD a 52.
   */
  it("has the path one reads off the table", () => {
    expect(played.result.path).toMatchObject({
      store: 3,
      wait: 0,
      vector: 3 + 4,
      adc: 10 + 2 * 190 + 10 + 190,
      mvm: 2 * 10 + 10 + 200,
      inputLoad: 1 + 1,
      network: 3,
      write: 80,
      weightLoad: 52 + 1,
    });
  });
});
