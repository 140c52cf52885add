/** Two MVMs of one core on arrays that share one group of converters: what one grant covers decides how they interleave. */
import { describe, expect, it } from "vitest";
import type { Chip } from "../../../src/hardware/index.js";
import { multiply, play, posts, setAdc, tableChip, tableProgram, waits, write } from "./table.js";

/**
 * Both arrays hold the same tile. A phase settles in 3 and converts 8 columns on 8 converters in 4.
 *
 *   weightWrite  WBC arrays 0, 1  [0,11): weight buffer 1, pulse 10; posts
 *                WAIT, WAIT       [11,12) [12,13)
 *                WWR array 0      starts at 13, asks for array 0 at once
 *   mvm          MVM array 0      starts at 11 with the post, loads [11,12), has its array at 12
 *                MVM array 1      starts at 12 (one later), loads [12,13), has its array at 13
 */
function twoMvms(changes: (chip: Chip) => void) {
  const chip = tableChip((each) => {
    setAdc(each, { arraysPerGroup: 2, conversionCycles: 4 });
    each.core.outstanding.mvm = 2;
    changes(each);
  });
  const program = tableProgram(
    chip,
    [{ pieces: [{ array: 0 }] }, { pieces: [{ array: 1 }] }],
    [
      [0, "weightWrite", [write({ arrays: [0, 1], ...posts(0, 0) }), { op: "WAIT" }, { op: "WAIT" }, write()]],
      [0, "mvm", [multiply(0, waits(0)), multiply(1)]],
    ],
  );
  return play(program, chip);
}

describe("two MVMs sharing an ADC", () => {
  /**
   *   a vector's hold is 4 phases of max(3, 4) = 16; the tail of min(3, 4) = 3 and accumulation 5 hold nothing
   *   12  MVM 0 is granted array and converters      compute [12,28)  tail [28,31)  accumulate [31,36)
   *   13  MVM 1 has its array, waits for the group   compute [28,44)  tail [44,47)  accumulate [47,52)
   *   13  WWR waits for array 0, freed at 28         weight buffer [28,29)  pulse [29,39)
   */
  it("grain mvm: one vector after the other", () => {
    const played = twoMvms((chip) => setAdc(chip, { grain: "mvm" }));
    expect(played.spans("0 weightWrite")).toEqual([
      [0, 11],
      [11, 12],
      [12, 13],
      [13, 39],
    ]);
    expect(played.spans("0 mvm")).toEqual([
      [11, 36],
      [12, 52],
    ]);
    expect(played.holds("0 mvm", 0, "compute")).toEqual([[12, 28]]);
    expect(played.holds("0 mvm", 1, "compute")).toEqual([[28, 44]]);
    expect(played.holdCause("0 mvm", 1, "compute")).toEqual({ by: "0 mvm #0 compute 0", release: 28 });
    expect(played.holdCause("0 weightWrite", 3, "weightBuffer")).toEqual({ by: "0 mvm #0 compute 0", release: 28 });
    expect(played.result.cycles).toBe(52);
    // Back from the end: accumulate 5, tail 3, both computes of which the first 3 ticks settle, load 1, the write's 10 and 1.
    expect(played.result.path).toMatchObject({
      partialSums: 5,
      adc: 3 + 13 + 13,
      mvm: 6,
      inputLoad: 1,
      write: 10,
      weightLoad: 1,
    });
  });

  /**
   * settle i begins when settle i − 1 has ended and conversion i − 2 has; conversions are granted oldest request first:
   *   MVM 0 settles 0 and 1 [12,15) [15,18), MVM 1 [13,16) [16,19)
   *   tick  asks (since)                         granted
   *   15    MVM 0 c0 (15)                        MVM 0 c0 [15,19)
   *   19    MVM 1 c0 (16), MVM 0 c1 (19)         MVM 1 c0 [19,23)   MVM 0 settle 2 [19,22) now that c0 has ended
   *   23    MVM 0 c1 (19), MVM 1 c1 (23)         MVM 0 c1 [23,27)   MVM 1 settle 2 [23,26)
   *   27    MVM 1 c1 (23), MVM 0 c2 (27)         MVM 1 c1 [27,31)   MVM 0 settle 3 [27,30)
   *   31    MVM 0 c2 (27), MVM 1 c2 (31)         MVM 0 c2 [31,35)   MVM 1 settle 3 [31,34)
   *   35    MVM 1 c2 (31), MVM 0 c3 (35)         MVM 1 c2 [35,39)
   *   39    MVM 0 c3 (35), MVM 1 c3 (39)         MVM 0 c3 [39,43)   accumulate [43,48)
   *   43    MVM 1 c3 (39)                        MVM 1 c3 [43,47)   accumulate [47,52)
   * Array 0 is free when its last phase has settled (30) and the conversion before the last has ended (35): WWR [35,36) [36,46).
   */
  it("grain phase, oldest: phase by phase in turn", () => {
    const played = twoMvms((chip) => setAdc(chip, { grain: "phase", arbitration: "oldest" }));
    expect(played.holds("0 mvm", 0, "settle")).toEqual([
      [12, 15],
      [15, 18],
      [19, 22],
      [27, 30],
    ]);
    expect(played.holds("0 mvm", 0, "convert")).toEqual([
      [15, 19],
      [23, 27],
      [31, 35],
      [39, 43],
    ]);
    expect(played.holds("0 mvm", 1, "settle")).toEqual([
      [13, 16],
      [16, 19],
      [23, 26],
      [31, 34],
    ]);
    expect(played.holds("0 mvm", 1, "convert")).toEqual([
      [19, 23],
      [27, 31],
      [35, 39],
      [43, 47],
    ]);
    expect(played.spans("0 mvm")).toEqual([
      [11, 48],
      [12, 52],
    ]);
    expect(played.spans("0 weightWrite")[3]).toEqual([13, 46]);
    expect(played.holdCause("0 mvm", 1, "convert", 0)).toEqual({ by: "0 mvm #0 convert 0", release: 19 });
    expect(played.holdCause("0 mvm", 0, "settle", 2)).toEqual({ by: "0 mvm #0 convert 0", release: 19 });
    expect(played.holdCause("0 weightWrite", 3, "weightBuffer")).toEqual({ by: "0 mvm #0 convert 2", release: 35 });
  });

  /**
   * The lowest stage id wins whenever MVM 0 asks, and it asks again in the tick its conversion ends:
   *   MVM 0  convert [15,19) [19,23) [23,27) [27,31)  settle [12,15) [15,18) [19,22) [23,26)  accumulate [31,36)
   *   MVM 1  convert [31,35) [35,39) [39,43) [43,47)  settle [13,16) [16,19) [35,38) [39,42)  accumulate [47,52)
   * Array 0 is free at max(26, 27): WWR [27,28) [28,38).
   */
  it("grain phase, fixed: the lower id keeps the converters", () => {
    const played = twoMvms((chip) => setAdc(chip, { grain: "phase", arbitration: "fixed" }));
    expect(played.holds("0 mvm", 0, "convert")).toEqual([
      [15, 19],
      [19, 23],
      [23, 27],
      [27, 31],
    ]);
    expect(played.holds("0 mvm", 1, "settle")).toEqual([
      [13, 16],
      [16, 19],
      [35, 38],
      [39, 42],
    ]);
    expect(played.spans("0 mvm")).toEqual([
      [11, 36],
      [12, 52],
    ]);
    expect(played.spans("0 weightWrite")[3]).toEqual([13, 38]);
  });

  /**
   * Not pipelined the room is 1: a phase settles only when the one before has converted, so one converts while the other settles.
   *   MVM 0  settle [12,15)  convert [15,19)  settle [19,22)  convert [23,27)  settle [27,30)  convert [31,35)  settle [35,38)  convert [39,43)
   *   MVM 1  settle [13,16)  convert [19,23)  settle [23,26)  convert [27,31)  settle [31,34)  convert [35,39)  settle [39,42)  convert [43,47)
   * Array 0 is free when the last conversion has ended: WWR [43,44) [44,54).
   */
  it("grain phase, not pipelined", () => {
    const played = twoMvms((chip) => setAdc(chip, { grain: "phase", pipelined: false }));
    expect(played.holds("0 mvm", 0, "settle")).toEqual([
      [12, 15],
      [19, 22],
      [27, 30],
      [35, 38],
    ]);
    expect(played.holds("0 mvm", 1, "convert")).toEqual([
      [19, 23],
      [27, 31],
      [35, 39],
      [43, 47],
    ]);
    expect(played.spans("0 mvm")).toEqual([
      [11, 48],
      [12, 52],
    ]);
    expect(played.spans("0 weightWrite")[3]).toEqual([13, 54]);
  });
});
