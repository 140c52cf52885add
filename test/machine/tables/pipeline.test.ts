/** Load, compute, take out, store: four streams in loops, coupled by tokens; the slowest sets the period. */
import { describe, expect, it } from "vitest";
import type { Instruction } from "../../../src/isa/index.js";
import { load, multiply, type Played, play, posts, type Span, store, tableChip, tableProgram, write } from "./table.js";

const TRIPS = 6;
const TOKEN = {
  written: 0,
  inputFree: 1,
  inputReady: 2,
  accumulatorFree: 3,
  accumulatorReady: 4,
  outputFree: 5,
  outputReady: 6,
};
const take = (name: keyof typeof TOKEN) => ({ semaphore: TOKEN[name], count: 1 });
const give = (name: keyof typeof TOKEN, count = 1) => ({ core: 0, semaphore: TOKEN[name], count });
const loop = (instruction: Instruction): Instruction[] => [{ op: "LOOP", trips: TRIPS }, instruction, { op: "ENDL" }];

/** `buffers` inputs and accumulators may be under way at once; two outputs. */
function pipeline(mvms: number, buffers: number): Played {
  const chip = tableChip((each) => (each.core.outstanding.mvm = mvms));
  const out: Instruction = {
    op: "ACC.OUT",
    accumulator: { space: "acc", base: 0 },
    elements: 4,
    destination: { space: "lm", base: 512 },
    elementBits: 4,
    params: "q",
    waits: [take("accumulatorReady"), take("outputFree")],
    posts: [give("accumulatorFree"), give("outputReady")],
  };
  const free = [give("inputFree", buffers), give("accumulatorFree", buffers), give("outputFree", 2)];
  return play(
    tableProgram(
      chip,
      [{ pieces: [{}] }],
      [
        [0, "weightWrite", [write(posts(0, TOKEN.written))]],
        [0, "load", loop(load("gb", 16, { waits: [take("inputFree")], posts: [give("inputReady")] }))],
        [
          0,
          "mvm",
          [
            { op: "WAIT", waits: [take("written")] },
            ...loop(
              multiply(0, {
                waits: [take("inputReady"), take("accumulatorFree")],
                posts: [give("inputFree"), give("accumulatorReady")],
              }),
            ),
          ],
        ],
        [0, "vector", [{ op: "POST", posts: free }, ...loop(out)]],
        [0, "store", loop(store("gb", 2, { waits: [take("outputReady")], posts: [give("outputFree")] }, 512))],
      ],
    ),
    chip,
  );
}

const each = (span: (k: number) => Span): Span[] => Array.from({ length: TRIPS }, (_, k) => span(k));

describe("a load-compute-store pipeline", () => {
  /**
   * Alone: LD 4 + 2 + 4 = 10, MVM 1 + 12 + 2 + 5 = 20, ACC.OUT of 2 bytes 3 + 1 = 4, ST of 2 bytes 1 + 1 + 1 = 3.
   *   POST of the free buffers [0,1); write [0,11); WAIT of the MVM stream [11,12)
   *   LD 0 [1,11)  LD 1 [11,21); from then on a buffer comes free with an MVM's end
   *   MVM 0 [12,32): load [12,13), compute [13,25), tail [25,27), accumulate [27,32). One MVM at a time, its input is there before:
   *   MVM k [12 + 20k, 32 + 20k)
   *   LD k + 2 [32 + 20k, 42 + 20k): global read to 36, bus [36,38), local write to 42
   *   ACC.OUT k [32 + 20k, 36 + 20k): vector 2 + 1, write [35,36)
   *   ST k starts at 36 + 20k: read [36,37), the bus carries LD k + 2 until 38: [38,39), global write [39,40);
   *     for the last two there is no LD any more: 39
   */
  it("one MVM at a time: period 20", () => {
    const played = pipeline(1, 2);
    expect(played.spans("0 mvm").slice(1)).toEqual(each((k) => [12 + 20 * k, 32 + 20 * k]));
    expect(played.spans("0 load")).toEqual(each((k) => (k < 2 ? [1 + 10 * k, 11 + 10 * k] : [20 * k - 8, 20 * k + 2])));
    expect(played.spans("0 vector").slice(1)).toEqual(each((k) => [32 + 20 * k, 36 + 20 * k]));
    expect(played.spans("0 store")).toEqual(each((k) => [36 + 20 * k, (k < 4 ? 40 : 39) + 20 * k]));
    expect(played.holdCause("0 store", 0, "bus")).toEqual({ by: "0 load #2 bus 0", release: 38 });
    expect(played.result.cycles).toBe(139);
    // The path: write 1 + 10, WAIT 1, six MVMs, the last ACC.OUT and ST.
    expect(played.result.path).toMatchObject({
      weightLoad: 1,
      write: 10,
      wait: 1,
      inputLoad: 6,
      mvm: 6 * 12,
      adc: 6 * 2,
      partialSums: 6 * 5,
      vector: 4,
      store: 3,
    });
  });

  /**
   * Two MVMs under way, three buffers: the array, held 12 a vector, is the bottleneck.
   *   LD 0 [1,11)  LD 1 [11,21)  LD 2 [21,31)  then LD k + 3 with the end of MVM k: [32 + 12k, 42 + 12k)
   *   MVM 0 [12,32) computes [13,25)
   *   MVM 1 starts with LD 1 at 21, loads [21,22), computes [25,37), ends at 44
   *   MVM k ≥ 2 starts when MVM k − 2 has ended: 32 + 12 (k − 2) = 8 + 12k, loads in 1, computes [13 + 12k, 25 + 12k) as the array comes
   *     free, ends at 32 + 12k; its input came at 42 + 12 (k − 3) = 6 + 12k
   *   ACC.OUT k [32 + 12k, 36 + 12k)   ST k from 36 + 12k, the bus free of LD k + 3 at 38 + 12k: to 40 + 12k; the last three to 39 + 12k
   */
  it("two MVMs under way: period 12, the array's", () => {
    const played = pipeline(2, 3);
    const start = (k: number) => [12, 21][k] ?? 8 + 12 * k;
    expect(played.spans("0 mvm").slice(1)).toEqual(each((k) => [start(k), 32 + 12 * k]));
    for (let k = 0; k < TRIPS; k++)
      expect(played.holds("0 mvm", 1 + k, "compute")).toEqual([[13 + 12 * k, 25 + 12 * k]]);
    expect(played.spans("0 load")).toEqual(each((k) => (k < 3 ? [1 + 10 * k, 11 + 10 * k] : [12 * k - 4, 12 * k + 6])));
    expect(played.spans("0 vector").slice(1)).toEqual(each((k) => [32 + 12 * k, 36 + 12 * k]));
    expect(played.spans("0 store")).toEqual(each((k) => [36 + 12 * k, (k < 3 ? 40 : 39) + 12 * k]));
    expect(played.result.cycles).toBe(99);
    expect(played.result.path).toMatchObject({ mvm: 6 * 12, inputLoad: 1, partialSums: 5, adc: 2 });
  });
});
