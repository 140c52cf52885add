/** Semaphores and barriers: who is waited for, and who is named as the cause. */
import { describe, expect, it } from "vitest";
import { CAUSE, copy, fill, load, play, posts, tableChip, tableProgram, waits } from "./table.js";

describe("a semaphore chain over cores", () => {
  const chip = tableChip();

  /**
   * FILL 16 bytes: vector [0,10), write [10,14). CPY 16 bytes: read 4, vector 10, write 4.
   *   core 0  FILL [0,14)   posts core 1
   *   core 1  CPY  [14,32)  posts core 2 twice over
   *   core 2  WAIT [32,33) takes one token, FILL takes the other, starts at 33 when the unit is free: [33,47)  posts core 0
   *   core 0  FILL [47,61)
   */
  it("is one long path", () => {
    const played = play(
      tableProgram(
        chip,
        [],
        [
          [0, "vector", [fill(16, posts(1, 3)), fill(16, waits(1))]],
          [1, "vector", [copy(16, { ...waits(3), ...posts(2, 5, 2) })]],
          [2, "vector", [{ op: "WAIT", ...waits(5) }, fill(16, { ...waits(5), ...posts(0, 1) })]],
        ],
      ),
      chip,
    );
    expect(played.spans("0 vector")).toEqual([
      [0, 14],
      [47, 61],
    ]);
    expect(played.spans("1 vector")).toEqual([[14, 32]]);
    expect(played.spans("2 vector")).toEqual([
      [32, 33],
      [33, 47],
    ]);
    expect(played.cause("1 vector", 0)).toEqual({ kind: CAUSE.token, by: "0 vector #0 localWrite 0", release: 14 });
    // At 33 both the order of the stream (32 + 1) and the unit (33) let the FILL go; the order is the lower kind.
    expect(played.cause("2 vector", 1)).toMatchObject({ kind: CAUSE.order, release: 33 });
    expect(played.cause("0 vector", 1)).toEqual({ kind: CAUSE.token, by: "2 vector #1 localWrite 0", release: 47 });
    expect(played.result.path).toMatchObject({ vector: 60, wait: 1 });
  });

  /**
   * Core 0 FILL [0,14) posts cores 1 and 3, whose CPYs [14,32) both post core 2 in one tick; its FILL needs two tokens.
   * Of the two posters of tick 32 core 1's stream is the lower. Where core 3 posts later ([15,33) behind a WAIT), it is the cause.
   */
  it("names the lowest poster of the tick in which the count sufficed", () => {
    for (const late of [false, true]) {
      const wait = late
        ? [{ op: "WAIT" as const, ...waits(0) }, copy(16, posts(2, 0))]
        : [copy(16, { ...waits(0), ...posts(2, 0) })];
      const both = {
        posts: [3, 1].map((core) => ({ core, semaphore: 0, count: 1 })),
      };
      const played = play(
        tableProgram(
          chip,
          [],
          [
            [0, "vector", [fill(16, both)]],
            [1, "vector", [copy(16, { ...waits(0), ...posts(2, 0) })]],
            [2, "vector", [fill(16, { waits: [{ semaphore: 0, count: 2 }] })]],
            [3, "vector", wait],
          ],
        ),
        chip,
      );
      expect(played.spans("2 vector")).toEqual([late ? [33, 47] : [32, 46]]);
      expect(played.cause("2 vector", 0)).toEqual({
        kind: CAUSE.token,
        by: late ? "3 vector #1 localWrite 0" : "1 vector #0 localWrite 0",
        release: late ? 33 : 32,
      });
    }
  });

  /** A semaphore given more than is asked for keeps the rest: three tokens at 14, two waits of 1 and one of 1 later served at once. */
  it("keeps tokens that are not consumed", () => {
    const played = play(
      tableProgram(
        chip,
        [],
        [
          [0, "vector", [fill(16, posts(1, 0, 3))]],
          [1, "store", Array.from({ length: 3 }, () => ({ op: "WAIT" as const, ...waits(0) }))],
        ],
      ),
      chip,
    );
    expect(played.spans("1 store")).toEqual([
      [14, 15],
      [15, 16],
      [16, 17],
    ]);
  });
});

describe("a barrier", () => {
  /**
   *   core 0  load    BAR starts at 0; LD behind it although two loads may be under way
   *   core 1  vector  FILL 16 bytes [0,14), BAR starts at 14
   *   core 2  vector  FILL 32 bytes: vector [0,10) [10,18), writes [10,14) [18,22); BAR starts at 22, the last of three: all end at 23
   *   core 0  LD of 16 bytes from the global buffer [23,33); core 1 FILL [23,37)
   */
  it("lets all go one tick after the last has come", () => {
    const chip = tableChip((each) => (each.core.outstanding.load = 2));
    const meet = { op: "BAR" as const, barrier: 0, count: 3 };
    const played = play(
      tableProgram(
        chip,
        [],
        [
          [0, "load", [meet, load("gb", 16)]],
          [1, "vector", [fill(16), meet, fill(16)]],
          [2, "vector", [fill(32), meet]],
        ],
      ),
      chip,
    );
    expect(played.spans("0 load")).toEqual([
      [0, 23],
      [23, 33],
    ]);
    expect(played.spans("1 vector")).toEqual([
      [0, 14],
      [14, 23],
      [23, 37],
    ]);
    expect(played.spans("2 vector")).toEqual([
      [0, 22],
      [22, 23],
    ]);
    expect(played.holds("0 load", 0, "sync")).toEqual([[22, 23]]);
    expect(played.result.path).toMatchObject({ vector: 22 + 14, wait: 1 });
  });

  /** The same barrier again in a loop: arrivals of the second round count anew. Cores meet at 0 and 1 later each time. */
  it("counts anew each round", () => {
    const chip = tableChip();
    const rounds = [
      { op: "LOOP" as const, trips: 3 },
      { op: "BAR" as const, barrier: 1, count: 2 },
      { op: "ENDL" as const },
    ];
    const played = play(
      tableProgram(
        chip,
        [],
        [
          [0, "vector", [fill(16), ...rounds]],
          [1, "vector", rounds],
        ],
      ),
      chip,
    );
    expect(played.spans("1 vector")).toEqual([
      [0, 15],
      [15, 16],
      [16, 17],
    ]);
  });
});
