/** Bus and mesh: who gets the next grant, how a packet goes over hops. */
import { describe, expect, it } from "vitest";
import { mesh } from "../../analytical/fixtures.js";
import { CAUSE, load, play, ratio, receive, type Span, send, setBus, store, tableChip, tableProgram } from "./table.js";

describe("three cores on one bus", () => {
  /**
   * Each stores 2 packets of 16 bytes to the global buffer, which has a port for each: local read 4, bus 8, global write 4. Core 1 begins 2 later.
   * Packet 1 is read behind packet 0, so it asks for the bus when packet 0 leaves it.
   */
  function stores(arbitration: string, ideal: string[] = []) {
    const chip = tableChip((each) => {
      setBus(each, { ticksPerByte: ratio(1, 2), arbitration });
      each.globalBuffer!.writePorts = 4;
    });
    const late = [{ op: "POST" as const }, { op: "POST" as const }];
    const program = tableProgram(
      chip,
      [],
      [
        [0, "store", [store("gb", 32)]],
        [1, "store", [...late, store("gb", 32)]],
        [2, "store", [store("gb", 32)]],
      ],
    );
    const played = play(program, chip, { ideal });
    return {
      played,
      bus: [
        played.holds("0 store", 0, "bus"),
        played.holds("1 store", 2, "bus"),
        played.holds("2 store", 0, "bus"),
      ] as Span[][],
      ends: [played.spans("0 store")[0]![1], played.spans("1 store")[2]![1], played.spans("2 store")[0]![1]],
    };
  }

  /**
   *   tick  asks (since)                                      granted
   *    4    core 0 p0 (4), core 2 p0 (4)                      core 0 p0 [4,12)    a tie: lower stage id
   *   12    core 2 p0 (4), core 1 p0 (6), core 0 p1 (12)      core 2 p0 [12,20)
   *   20    core 1 p0 (6), core 0 p1 (12), core 2 p1 (20)     core 1 p0 [20,28)
   *   28    core 0 p1 (12), core 2 p1 (20), core 1 p1 (28)    core 0 p1 [28,36)
   *   36    core 2 p1 [36,44), then core 1 p1 [44,52); the global write of each last packet 4 behind
   */
  it("oldest request first", () => {
    const { bus, ends, played } = stores("oldest");
    expect(bus).toEqual([
      [
        [4, 12],
        [28, 36],
      ],
      [
        [20, 28],
        [44, 52],
      ],
      [
        [12, 20],
        [36, 44],
      ],
    ]);
    expect(ends).toEqual([40, 56, 48]);
    expect(played.holdCause("1 store", 2, "bus", 0)).toEqual({ by: "2 store #0 bus 0", release: 20 });
    // Waiting for the bus is the other stores' time: 4 read, 6 grants of 8, 4 written.
    expect(played.result.path.store).toBe(56);
  });

  /**
   *    4  core 0 p0 [4,12)    12  the next id after core 0 that asks: core 1 p0 [12,20)    20  core 2 p0 [20,28)
   *   28  core 0 p1 [28,36)   36  core 1 p1 [36,44)                                        44  core 2 p1 [44,52)
   */
  it("round-robin", () => {
    const { bus, ends } = stores("round-robin");
    expect(bus).toEqual([
      [
        [4, 12],
        [28, 36],
      ],
      [
        [12, 20],
        [36, 44],
      ],
      [
        [20, 28],
        [44, 52],
      ],
    ]);
    expect(ends).toEqual([40, 48, 56]);
  });

  /** Core 0 asks again in the tick its packet ends and wins; then core 1 twice, then core 2. */
  it("fixed", () => {
    const { bus, ends } = stores("fixed");
    expect(bus).toEqual([
      [
        [4, 12],
        [12, 20],
      ],
      [
        [20, 28],
        [28, 36],
      ],
      [
        [36, 44],
        [44, 52],
      ],
    ]);
    expect(ends).toEqual([24, 40, 56]);
  });

  /** Ideal: every grant at once and one tick long: reads [0,4) [4,8), bus [8,9), global write [9,13); core 1 the same 2 later. */
  it("an ideal bus has no queue", () => {
    const { ends } = stores("oldest", ["bus"]);
    expect(ends).toEqual([13, 15, 13]);
  });
});

describe("a mesh of 2 × 2 cores, 3 ticks a router", () => {
  const chip = tableChip((each) => (each.network = mesh({ columns: 2, rows: 2, hopCycles: 3 })));

  /**
   * Core 0 to core 3 goes x first: link 0→1, router, link 1→3, router. Core 1 sends 3 packets over link 1→3.
   *   core 0  p0  read [0,4)  link 0→1 [4,6)   router [6,9)    link 1→3 asked at 9, busy until 10: [10,12)   router [12,15)
   *           p1  read [4,8)  link 0→1 [8,10)  router [10,13)  link 1→3 asked at 13, busy until 14: [14,16)  router [16,19)
   *   core 1  p0  read [0,4)  link 1→3 [4,6)    router [6,9)
   *           p1  read [4,8)           [8,10)   router [10,13)
   *           p2  read [8,12)          [12,14)  router [14,17)
   *   core 3 takes core 1's message first [17,29), then core 0's [29,37)
   */
  it("two hops, and two senders on the second link", () => {
    const played = play(
      tableProgram(
        chip,
        [],
        [
          [0, "send", [send([3], 32)]],
          [1, "send", [send([3], 48)]],
          [3, "receive", [receive(1, 48), receive(0, 32)]],
        ],
      ),
      chip,
    );
    expect(played.holds("0 send", 0, "link")).toEqual([
      [4, 6],
      [8, 10],
      [10, 12],
      [14, 16],
    ]);
    expect(played.holds("0 send", 0, "router")).toEqual([
      [6, 9],
      [10, 13],
      [12, 15],
      [16, 19],
    ]);
    expect(played.holds("1 send", 0, "link")).toEqual([
      [4, 6],
      [8, 10],
      [12, 14],
    ]);
    expect(played.spans("0 send")).toEqual([[0, 19]]);
    expect(played.spans("1 send")).toEqual([[0, 17]]);
    expect(played.spans("3 receive")).toEqual([
      [17, 29],
      [29, 37],
    ]);
    expect(played.cause("3 receive", 0)).toEqual({ kind: CAUSE.token, by: "1 send #0 router 2", release: 17 });
    expect(played.cause("3 receive", 1)).toEqual({ kind: CAUSE.freed, by: "3 receive #0 localWrite 2", release: 29 });
    expect(played.holdCause("0 send", 0, "link", 2)).toEqual({ by: "1 send #0 link 1", release: 10 });
  });

  /**
   * Memory hangs at node 0. Core 0: no network stage, global read [0,4), local write [4,8). Core 3 waits for the port:
   * global read [4,8), link [8,10), router [10,13), link [13,15), router [15,18), local write [18,22).
   */
  it("a load at the memory's node passes no link", () => {
    const played = play(
      tableProgram(
        chip,
        [],
        [
          [0, "load", [load("gb", 16)]],
          [3, "load", [load("gb", 16)]],
        ],
      ),
      chip,
    );
    expect(played.spans("0 load")).toEqual([[0, 8]]);
    expect(played.spans("3 load")).toEqual([[0, 22]]);
    expect(played.holds("3 load", 0, "link")).toEqual([
      [8, 10],
      [13, 15],
    ]);
  });

  /** Ideal bus: links one tick, no router: global read [0,4), links [4,5) [5,6), local write [6,10). */
  it("an ideal mesh", () => {
    const played = play(tableProgram(chip, [], [[3, "load", [load("gb", 16)]]]), chip, { ideal: ["bus"] });
    expect(played.spans("3 load")).toEqual([[0, 10]]);
  });
});
