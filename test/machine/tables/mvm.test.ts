/** Inputs of an MVM, its issue, and several layers in one array. */
import { describe, expect, it } from "vitest";
import type { Chip } from "../../../src/hardware/index.js";
import { CAUSE, multiply, play, posts, ratio, setAdc, tableChip, tableProgram, waits, write } from "./table.js";

describe("input registers", () => {
  /**
   * 8 rows, local memory at 2 ticks a byte: a vector of 4 bytes loads in 8, computes in 12. The write: 1 + 4 · 10 = 41.
   *
   *   two registers   load [41,49) [49,57), v2 waits until v0 is computed: [61,69)
   *                   compute [49,61) [61,73) [73,85)   tail [85,87)   accumulate [87,92)
   *     next MVM, one vector: three vectors took min(3, 2) registers of the array, given back at 85: load [85,93), compute [93,105), ends at 112
   *   one register    load [41,49)  compute [49,61)  load [61,69)  compute [69,81)  load [81,89)  compute [89,101)  ends at 108
   *     next MVM: load [101,109), compute [109,121), ends at 128
   */
  it("two let the next vector load while one computes", () => {
    const vectors = (registers: 1 | 2) => {
      const chip = tableChip((each) => {
        each.core.localMemory.ticksPerByte = ratio(2);
        each.core.arrays.inputRegisters = registers;
        each.core.outstanding.mvm = 2;
      });
      return play(
        tableProgram(
          chip,
          [{ pieces: [{ rows: 8 }] }],
          [
            [0, "weightWrite", [write({ rows: 8, ...posts(0, 0) })]],
            [0, "mvm", [multiply(0, { vectors: 3, ...waits(0) }), multiply(0)]],
          ],
        ),
        chip,
      );
    };
    const two = vectors(2);
    expect(two.holds("0 mvm", 0, "localRead")).toEqual([
      [41, 49],
      [49, 57],
      [61, 69],
    ]);
    expect(two.holds("0 mvm", 0, "compute")).toEqual([
      [49, 61],
      [61, 73],
      [73, 85],
    ]);
    expect(two.holdCause("0 mvm", 0, "localRead", 2)).toEqual({ by: "0 mvm #0 compute 0", release: 61 });
    expect(two.spans("0 mvm")).toEqual([
      [41, 92],
      [85, 112],
    ]);
    expect(two.cause("0 mvm", 1)).toEqual({ kind: CAUSE.freed, by: "0 mvm #0 compute 2", release: 85 });

    const one = vectors(1);
    expect(one.holds("0 mvm", 0, "localRead")).toEqual([
      [41, 49],
      [61, 69],
      [81, 89],
    ]);
    expect(one.spans("0 mvm")).toEqual([
      [41, 108],
      [101, 128],
    ]);
  });

  /**
   * MVMs of one vector take one register each. Two: the second loads [13,15) while the first computes (2 ticks for 1 byte).
   *   MVM 0  [11,13) load, [13,25) compute, end 32   MVM 1  starts at 12, its load waits for the port: [13,15), compute [25,37), end 44
   *   one register: MVM 1 starts at 25: load [25,27), compute [27,39), end 46
   */
  it("two MVMs of one vector, a register each", () => {
    const pair = (registers: 1 | 2) => {
      const chip = tableChip((each) => {
        each.core.localMemory.ticksPerByte = ratio(2);
        each.core.arrays.inputRegisters = registers;
        each.core.outstanding.mvm = 2;
      });
      return play(
        tableProgram(
          chip,
          [{ pieces: [{}] }],
          [
            [0, "weightWrite", [write(posts(0, 0))]],
            [0, "mvm", [multiply(0, waits(0)), multiply(0)]],
          ],
        ),
        chip,
      );
    };
    expect(pair(2).spans("0 mvm")).toEqual([
      [11, 32],
      [12, 44],
    ]);
    expect(pair(1).spans("0 mvm")).toEqual([
      [11, 32],
      [25, 46],
    ]);
  });
});

describe("the issue interval", () => {
  /**
   * 10 ticks a vector, three arrays written together until 11.
   *   WAIT                [11,12): it is no MVM, the next instruction may follow one later
   *   MVM 0  one vector   [12,32)
   *   MVM 1  two vectors  12 + 10: load [22,23) [23,24), compute [23,35) [35,47), tail [47,49), accumulate [49,54)
   *   MVM 2  one vector   22 + 2 · 10 = 42: [42,62)
   */
  it("spaces MVMs by their vectors", () => {
    const chip = tableChip((each) => {
      each.core.mvmIssueCycles = 10;
      each.core.outstanding.mvm = 3;
    });
    const groups = [0, 1, 2].map((array) => ({ pieces: [{ array }] }));
    const played = play(
      tableProgram(chip, groups, [
        [0, "weightWrite", [write({ arrays: [0, 1, 2], ...posts(0, 0) })]],
        [0, "mvm", [{ op: "WAIT", ...waits(0) }, multiply(0), multiply(1, { vectors: 2 }), multiply(2)]],
      ]),
      chip,
    );
    expect(played.spans("0 mvm")).toEqual([
      [11, 12],
      [12, 32],
      [22, 54],
      [42, 62],
    ]);
    expect(played.cause("0 mvm", 3)).toEqual({ kind: CAUSE.order, by: "0 mvm #2 issue", release: 42 });
    // The last MVM's 20, held back by the issue slots of 10 + 20, the WAIT's of 1, and the write.
    expect(played.result.path).toMatchObject({
      weightLoad: 1,
      write: 10,
      wait: 1,
      inputLoad: 1,
      mvm: 30 + 12,
      adc: 2,
      partialSums: 5,
    });
  });
});

describe("two layers packed in one array", () => {
  /**
   * Columns 0–3 hold layer A, 4–7 layer B: two results each. Each write of 2 rows × 4 columns: 1 + 10. Posts when both are there.
   *   WWR A [0,11)  WWR B [11,22)
   *   MVM A starts at 22: load [22,23), compute [23,35), end 42
   *   MVM B starts at 23: load [23,24), the array is A's until 35: compute [35,47), end 54
   *   MVM A again: the unit at 42; load [42,43), compute [47,59), end 66: both layers stay, nothing is written in between
   */
  function packed(second: object, columns: number) {
    const chip = tableChip((each) => (each.core.outstanding.mvm = 2));
    const half = { columns, outputs: columns / 2 };
    return play(
      tableProgram(
        chip,
        [{ pieces: [half] }, { pieces: [{ ...half, tile: 1, ...second }] }],
        [
          [0, "weightWrite", [write({ columns }), write({ columns, tile: 1, ...second, ...posts(0, 0) })]],
          [0, "mvm", [multiply(0, waits(0)), multiply(1), multiply(0)]],
        ],
      ),
      chip,
    );
  }
  const spans = [
    [22, 42],
    [23, 54],
    [42, 66],
  ];

  it("in different columns: they take turns", () => {
    const played = packed({ column0: 4 }, 4);
    expect(played.spans("0 weightWrite")).toEqual([
      [0, 11],
      [11, 22],
    ]);
    expect(played.spans("0 mvm")).toEqual(spans);
    expect(played.holds("0 mvm", 1, "compute")).toEqual([[35, 47]]);
    expect(played.holdCause("0 mvm", 1, "compute")).toEqual({ by: "0 mvm #0 compute 0", release: 35 });
  });

  /** Depth 1 lies behind the same multipliers as depth 0: the same turns, over all 8 columns. */
  it("at different depth: they take turns", () => {
    const played = packed({ depth: 1 }, 8);
    expect(played.spans("0 mvm")).toEqual(spans);
  });

  /**
   * Driven as one group, their columns add up in the converters: with 4 of them a round is ceil(8 / 4) · 2 = 4, against ceil(4 / 4) · 2 = 2.
   *   both: load [22,23), compute 4 · max(3, 4) [23,39), tail 3, accumulate 5: 47    one: 4 · 3 [48,60), tail 2, 5: [47,67)
   */
  it("driven together: their columns add up", () => {
    const chip = tableChip((each: Chip) => setAdc(each, { convertersPerGroup: 4 }));
    const half = { columns: 4, outputs: 2 };
    const other = { ...half, tile: 1, column0: 4, output0: 2 };
    const played = play(
      tableProgram(
        chip,
        [{ pieces: [half, other] }, { pieces: [half] }],
        [
          [0, "weightWrite", [write({ columns: 4 }), write({ columns: 4, tile: 1, column0: 4, ...posts(0, 0) })]],
          [0, "mvm", [multiply(0, waits(0)), multiply(1)]],
        ],
      ),
      chip,
    );
    expect(played.holds("0 mvm", 0, "compute")).toEqual([[23, 39]]);
    expect(played.holds("0 mvm", 0, "convertTail")).toEqual([[39, 42]]);
    expect(played.spans("0 mvm")).toEqual([
      [22, 47],
      [47, 67],
    ]);
  });
});
