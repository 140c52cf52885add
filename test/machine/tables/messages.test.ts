/** Messages: a sender waits for credits, a receiver for arrivals. */
import { describe, expect, it } from "vitest";
import { CAUSE, fill, play, posts, receive, send, tableChip, tableProgram, waits } from "./table.js";

describe("messages and credits", () => {
  /**
   * One message is 16 bytes: read 4, bus 2; taking it writes 4. One credit, given back when the message has been taken:
   *   SEND [0,6)  RECV [6,10)  SEND [10,16)  RECV [16,20)  SEND [20,26)  RECV [26,30)
   */
  it("one credit: sender and receiver in turn", () => {
    const chip = tableChip((each) => (each.core.channelCredits = 1));
    const played = play(
      tableProgram(
        chip,
        [],
        [
          [0, "send", [{ op: "LOOP", trips: 3 }, send([1], 16), { op: "ENDL" }]],
          [1, "receive", [{ op: "LOOP", trips: 3 }, receive(0, 16), { op: "ENDL" }]],
        ],
      ),
      chip,
    );
    expect(played.spans("0 send")).toEqual([
      [0, 6],
      [10, 16],
      [20, 26],
    ]);
    expect(played.spans("1 receive")).toEqual([
      [6, 10],
      [16, 20],
      [26, 30],
    ]);
    expect(played.cause("0 send", 1)).toEqual({ kind: CAUSE.freed, by: "1 receive #0 localWrite 0", release: 10 });
  });

  /**
   * Two credits, and a receiver that is kept waiting by a FILL of 64 bytes: vector [0,10) [10,18) [18,26) [26,34), last write [34,38).
   *   SEND 0 [0,6)   SEND 1 [6,12)   SEND 2: both credits in use until RECV 0 [38,42) has ended: [42,48)
   *   RECV 1 [42,46) gives a credit at 46, but the unit is busy until 48: SEND 3 [48,54)   RECV 2 [48,52)   RECV 3 [54,58)
   */
  it("two credits run out while the receiver is late", () => {
    const chip = tableChip();
    const played = play(
      tableProgram(
        chip,
        [],
        [
          [0, "send", [{ op: "LOOP", trips: 4 }, send([1], 16), { op: "ENDL" }]],
          [1, "vector", [fill(64, posts(1, 0))]],
          [1, "receive", [receive(0, 16, waits(0)), receive(0, 16), receive(0, 16), receive(0, 16)]],
        ],
      ),
      chip,
    );
    expect(played.spans("1 vector")).toEqual([[0, 38]]);
    expect(played.spans("0 send")).toEqual([
      [0, 6],
      [6, 12],
      [42, 48],
      [48, 54],
    ]);
    expect(played.spans("1 receive")).toEqual([
      [38, 42],
      [42, 46],
      [48, 52],
      [54, 58],
    ]);
    expect(played.cause("0 send", 2)).toEqual({ kind: CAUSE.freed, by: "1 receive #0 localWrite 0", release: 42 });
    expect(played.cause("0 send", 3)).toEqual({ kind: CAUSE.freed, by: "0 send #2 bus 0", release: 48 });
    expect(played.cause("1 receive", 2)).toEqual({ kind: CAUSE.token, by: "0 send #2 bus 0", release: 48 });
  });

  /** To two cores with one credit each: both must have taken the first, core 1 at 10, core 2 at 42. */
  it("a message to two cores needs a credit of both", () => {
    const chip = tableChip((each) => (each.core.channelCredits = 1));
    const played = play(
      tableProgram(
        chip,
        [],
        [
          [0, "send", [send([1, 2], 16), send([1, 2], 16)]],
          [1, "receive", [receive(0, 16), receive(0, 16)]],
          [2, "vector", [fill(64, posts(2, 0))]],
          [2, "receive", [receive(0, 16, waits(0)), receive(0, 16)]],
        ],
      ),
      chip,
    );
    expect(played.spans("0 send")).toEqual([
      [0, 6],
      [42, 48],
    ]);
    expect(played.spans("1 receive")).toEqual([
      [6, 10],
      [48, 52],
    ]);
    expect(played.spans("2 receive")).toEqual([
      [38, 42],
      [48, 52],
    ]);
  });
});
