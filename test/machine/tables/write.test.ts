/** Writing weights: beside an MVM or in its way, broadcast to replicas, and verified until right. */
import { describe, expect, it } from "vitest";
import { randomStream } from "../../../src/base/index.js";
import type { Chip } from "../../../src/hardware/index.js";
import { CAUSE, multiply, play, posts, type Span, tableChip, tableProgram, waits, write } from "./table.js";

describe("a write and an MVM on one array", () => {
  const upper = [{ pieces: [{ rows: 2 }] }];
  const below = write({ row0: 2, tile: 1 });

  /**
   *   WWR rows 0–1  [0,11); posts
   *   WWR rows 2–3  starts at 11 and is granted the array in that tick: weight buffer [11,12), pulse [12,22)
   *   MVM           starts at 11, loads [11,12), asks for the array at 12, free at 22: compute [22,34), tail [34,36), accumulate [36,41)
   */
  it("the write came first: the MVM waits for its end", () => {
    const chip = tableChip();
    const played = play(
      tableProgram(
        chip,
        [...upper, { pieces: [{ tile: 1, row0: 2 }] }],
        [
          [0, "weightWrite", [write(posts(0, 0)), below]],
          [0, "mvm", [multiply(0, waits(0))]],
        ],
      ),
      chip,
    );
    expect(played.spans("0 weightWrite")).toEqual([
      [0, 11],
      [11, 22],
    ]);
    expect(played.spans("0 mvm")).toEqual([[11, 41]]);
    expect(played.holds("0 mvm", 0, "compute")).toEqual([[22, 34]]);
    expect(played.holdCause("0 mvm", 0, "compute")).toEqual({ by: "0 weightWrite #1 pulse 0", release: 22 });
    expect(played.cause("0 mvm", 0)).toEqual({ kind: CAUSE.token, by: "0 weightWrite #0 pulse 0", release: 11 });
  });

  /**
   * Two MVMs wait for the array, the younger write between them waits too:
   *   WWR rows 0–1  [0,11); posts          WAIT [11,12)   WWR rows 2–3 starts at 12, asks at 12 as the MVM does
   *   MVM 0         starts at 11, loads [11,12), asks at 12. Both ask at 12: the lower stage id, the write's (weightWrite comes before mvm)
   *                 weight buffer [12,13), pulse [13,23); compute [23,35), end 42
   */
  it("asked for in one tick: the lower stage id", () => {
    const chip = tableChip();
    const played = play(
      tableProgram(
        chip,
        [...upper, { pieces: [{ tile: 1, row0: 2 }] }],
        [
          [0, "weightWrite", [write(posts(0, 0)), { op: "WAIT" }, below]],
          [0, "mvm", [multiply(0, waits(0))]],
        ],
      ),
      chip,
    );
    expect(played.spans("0 weightWrite")[2]).toEqual([12, 23]);
    expect(played.spans("0 mvm")).toEqual([[11, 42]]);
  });

  const banked = (chip: Chip) => Object.assign(chip.core.arrays.write, { doubleBanked: true });

  /**
   *   WWR tile 0     [0,11) into the shadow bank
   *   WSWAP          starts at 11 with the post of the write, asks for the array, [11,14); posts
   *   WWR tile 1     starts at 14 when the one port is free; no grant needed: weight buffer [14,15), pulse [15,25); posts
   *   MVM tile 0     starts at 14, loads [14,15), compute [15,27) while the write goes on, tail [27,29), accumulate [29,34)
   *   WSWAP          starts at 25, asks for the array, which the MVM holds until 27: [27,30); posts
   *   MVM tile 1     has its tokens at 30, its unit at 34: loads [34,35), compute [35,47), ends at 54
   */
  it("double-banked: the write goes on beside the MVM, only the swap waits", () => {
    const chip = tableChip(banked);
    const played = play(
      tableProgram(
        chip,
        [...upper, { pieces: [{ tile: 1 }] }],
        [
          [
            0,
            "weightWrite",
            [
              write(posts(0, 0)),
              { op: "WSWAP", array: 0, ...waits(0), ...posts(0, 1) },
              write({ tile: 1, ...posts(0, 2) }),
              { op: "WSWAP", array: 0, ...waits(2), ...posts(0, 1) },
            ],
          ],
          [0, "mvm", [multiply(0, waits(1)), multiply(1, waits(1))]],
        ],
      ),
      chip,
    );
    expect(played.spans("0 weightWrite")).toEqual([
      [0, 11],
      [11, 14],
      [14, 25],
      [25, 30],
    ]);
    expect(played.spans("0 mvm")).toEqual([
      [14, 34],
      [34, 54],
    ]);
    expect(played.holds("0 mvm", 0, "compute")).toEqual([[15, 27]]);
    expect(played.holds("0 weightWrite", 3, "swap")).toEqual([[27, 30]]);
    expect(played.holdCause("0 weightWrite", 3, "swap")).toEqual({ by: "0 mvm #0 compute 0", release: 27 });
    expect(played.cause("0 mvm", 1)).toEqual({ kind: CAUSE.freed, by: "0 mvm #0 accumulate 0", release: 34 });
  });

  /**
   * Two ports, two writes to one array. Single bank: the second starts at 1 and waits for the array, [11,22) of work.
   * Double bank: it waits at issue and starts at 11. Both end at 22.
   */
  it("a second write to the array waits at its array, or double-banked at issue", () => {
    const both = (doubleBanked: boolean) => {
      const chip = tableChip((each) => Object.assign(each.core.arrays.write, { doubleBanked, portsPerCore: 2 }));
      const program = tableProgram(chip, [], [[0, "weightWrite", [write(), write({ row0: 2 })]]]);
      return play(tableProgramWithTile(program), chip);
    };
    const single = both(false);
    expect(single.spans("0 weightWrite")).toEqual([
      [0, 11],
      [1, 22],
    ]);
    expect(single.holds("0 weightWrite", 1, "weightBuffer")).toEqual([[11, 12]]);
    const double = both(true);
    expect(double.spans("0 weightWrite")).toEqual([
      [0, 11],
      [11, 22],
    ]);
  });
});

/** A program whose groups name no tile still writes tile 0. */
function tableProgramWithTile(program: ReturnType<typeof tableProgram>): ReturnType<typeof tableProgram> {
  const chip = tableChip();
  return { ...program, tiles: tableProgram(chip, [{ pieces: [{ rows: 8 }] }], []).tiles };
}

describe("a replica broadcast", () => {
  /**
   *   core 0 WLD to cores 0, 1, 2   latency [0,20), DRAM [20,28) [28,36), bus [28,30) [36,38): one grant fills all three buffers; posts
   *   core 0 WBC arrays 0, 1, 2     4 rows, two groups: weight buffer [38,39) [39,40), pulse [39,49) [49,59)
   *   core 1 WWR array 0            the same [38,59)
   *   core 2 WWR array 0, array 1   one after the other [38,59) [59,80)
   *   core 0 MVM on all three       starts at 59; three input buses of 2 bytes each: 6 bytes, 2 ticks [59,61); compute [61,73), ends at 80
   */
  it("one load to three cores, one write to three arrays", () => {
    const chip = tableChip();
    const rows = { rows: 4 };
    const all = [0, 1, 2].map((array) => ({ array, tile: 0, ...rows, inputElement0: 4 * array }));
    const played = play(
      tableProgram(
        chip,
        [{ pieces: all }],
        [
          [
            0,
            "weightLoad",
            [
              {
                op: "WLD",
                destination: { space: "wb", base: 0 },
                source: { space: "gm", base: 0 },
                bytes: 32,
                cores: [0, 1, 2],
                posts: [0, 1, 2].map((core) => ({ core, semaphore: 0, count: 1 })),
              },
            ],
          ],
          [0, "weightWrite", [write({ ...rows, arrays: [0, 1, 2], ...waits(0), ...posts(0, 1) })]],
          [1, "weightWrite", [write({ ...rows, ...waits(0) })]],
          [2, "weightWrite", [write({ ...rows, ...waits(0) }), write({ ...rows, arrays: [1] })]],
          [0, "mvm", [multiply(0, waits(1))]],
        ],
      ),
      chip,
    );
    expect(played.spans("0 weightLoad")).toEqual([[0, 38]]);
    expect(played.holds("0 weightLoad", 0, "bus")).toEqual([
      [28, 30],
      [36, 38],
    ]);
    for (const core of [0, 1, 2]) expect(played.spans(`${core} weightWrite`)[0]).toEqual([38, 59]);
    expect(played.spans("2 weightWrite")[1]).toEqual([59, 80]);
    expect(played.cause("2 weightWrite", 0)).toEqual({ kind: CAUSE.token, by: "0 weightLoad #0 bus 1", release: 38 });
    expect(played.holds("0 mvm", 0, "localRead")).toEqual([[59, 61]]);
    expect(played.spans("0 mvm")).toEqual([[59, 80]]);
    // 4 rows of 8 cells: three arrays of core 0, one of core 1, two of core 2.
    expect(played.result.counts.cellWrites).toBe(6 * 4 * 8);
  });
});

describe("a verify loop", () => {
  const verify = { kind: "program" as const, readCycles: 4, maxPasses: 3, passProbability: 0.4 };
  const pass = 10 + 4;

  /** Passes of the next pulse groups of an array: one value a pass, until one is below the probability or the passes are used up. */
  function drawer(seed: string, core: number, array: number): (groups: number) => number[] {
    const stream = randomStream(seed, `write-verify/${core}/${array}`);
    const draw = () => {
      for (let n = 1; ; n++) if (stream() < verify.passProbability || n === verify.maxPasses) return n;
    };
    return (groups) => Array.from({ length: groups }, draw);
  }

  /**
   * 8 rows, 4 groups of n passes each: weight buffer [0,1), then pulses of n · (10 + 4) end to end, the buffer hidden behind them.
   * Writes to one array go on in its stream of draws; a broadcast takes the lowest array's, whatever the order they are named in.
   * WVF of 3 rows: 3 reads of 4.
   */
  it("takes the passes that are drawn, group by group", () => {
    const seen = new Set<number>();
    for (const seed of ["1", "2", "3", "4", "5", "6", "7", "8"]) {
      const chip = tableChip((each) => (each.core.arrays.write.verify = verify));
      const rows = { rows: 8 };
      const played = play(
        tableProgram(
          chip,
          [{ pieces: [rows] }],
          [
            [
              0,
              "weightWrite",
              [
                write(rows),
                write({ ...rows, arrays: [3, 2] }),
                write({ rows: 3 }),
                { op: "WVF", array: 0, row0: 0, rows: 3 },
                write({ ...rows, arrays: [2] }),
              ],
            ],
            [1, "weightWrite", [write(rows)]],
          ],
        ),
        chip,
        { seed },
      );
      const [first, second, other] = [drawer(seed, 0, 0), drawer(seed, 0, 2), drawer(seed, 1, 0)];
      const passes = [first(4), second(4), first(2), [], second(4)];
      let from = 0;
      passes.forEach((drawn, n) => {
        let at = from + 1;
        const pulses = drawn.map((times): Span => {
          at += times * pass;
          return [at - times * pass, at];
        });
        if (n === 3) at = from + 3 * 4;
        else expect({ seed, n, pulses: played.holds("0 weightWrite", n, "pulse") }).toEqual({ seed, n, pulses });
        expect({ seed, n, span: played.spans("0 weightWrite")[n] }).toEqual({ seed, n, span: [from, at] });
        from = at;
        for (const times of drawn) seen.add(times);
      });
      const sum = other(4).reduce((all, times) => all + times, 0);
      expect(played.spans("1 weightWrite")).toEqual([[0, 1 + sum * pass]]);
    }
    expect([...seen].sort()).toEqual([1, 2, 3]);
  });

  /** Verify "read": one read after each group, 4 groups of 14; an odd last group of one row takes as long. */
  it("read-back once", () => {
    const chip = tableChip((each) => (each.core.arrays.write.verify = { kind: "read", readCycles: 4 }));
    const played = play(
      tableProgram(chip, [{ pieces: [{ rows: 8 }] }], [[0, "weightWrite", [write({ rows: 7 })]]]),
      chip,
    );
    expect(played.spans("0 weightWrite")).toEqual([[0, 1 + 4 * pass]]);
  });
});
