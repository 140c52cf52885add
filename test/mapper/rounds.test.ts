/** Partitions whose loops over the batch take different numbers of samples a round: right in any order, and still overlapping. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readChip } from "../../src/hardware/index.js";
import { Graph, region } from "../../src/mapper/emit/graph.js";
import { sampleNeeds } from "../../src/mapper/emit/sample-needs.js";
import { synchronise } from "../../src/mapper/emit/synchronise.js";
import { map } from "../../src/mapper/index.js";
import { samplesPerRound } from "../../src/mapper/rounds.js";
import { checkMapping, type Mapping } from "../../src/mapping/index.js";
import { type Network, NetworkBuilder } from "../../src/workload/index.js";
import { branchy, errorsOf, settingOf, verifyRun } from "../functional/setting.js";
import { littleCompass, towers } from "../functional/towers.js";
import { emitsRight } from "./run.js";

const thread = readChip("thread-2");

/** Gives the partitions of a mapping rounds in turn. */
function turn(mapping: Mapping, rounds: readonly number[]): Mapping {
  mapping.partitions.forEach((partition, index) => {
    partition.samplesPerRound = rounds[index % rounds.length]!;
  });
  return mapping;
}

/** Three layers behind each other and one past the second, none fused with another. */
function chain(): Network {
  const b = new NetworkBuilder("chain");
  const x = b.input("x", { height: 4, width: 3, channels: 16 });
  const first = b.conv(x, { name: "first", channels: 16, kernel: 1 });
  const second = b.conv(first, { name: "second", channels: 16, kernel: 3, padding: 1 });
  b.output(b.conv(b.concat([second, first]), { name: "third", channels: 8, kernel: 1 }));
  return b.build();
}

describe("rounds of different sizes", () => {
  it("run right in random orders, whatever the partitions choose", () => {
    const batches = { 4: [1, 2, 4], 6: [1, 2, 3, 6], 8: [1, 2, 4, 8] };
    const seen = { larger: 0, smaller: 0, neither: 0 };
    const cases = fc.constantFrom(4, 6, 8).chain((batch) =>
      fc.record({
        batch: fc.constant(batch),
        network: fc.constantFrom(chain(), branchy()),
        strategy: fc.constantFrom("layerwise", "greedy-layers"),
        rounds: fc.array(fc.constantFrom(...batches[batch as keyof typeof batches]), { minLength: 3, maxLength: 6 }),
      }),
    );
    fc.assert(
      fc.property(cases, ({ batch, network, strategy, rounds }) => {
        const mapping = turn(map(network, thread, { batch, strategy }), rounds);
        expect(checkMapping(mapping, network, thread)).toEqual([]);
        emitsRight(mapping, network, thread, 1);
        const own = mapping.partitions.map(({ samplesPerRound }) => samplesPerRound);
        own.slice(1).forEach((after, index) => {
          const before = own[index]!;
          if (before > after && before % after === 0) seen.larger++;
          else if (after > before && after % before === 0) seen.smaller++;
          else if (after !== before) seen.neither++;
        });
      }),
      { numRuns: 30, seed: 7 },
    );
    for (const times of Object.values(seen)) expect(times).toBeGreaterThan(0);
  });
  for (const [rounds, strategy] of [
    [[4, 1, 2], "greedy"],
    [[1, 4], "layerwise"],
    [[2, 1, 4, 1], "greedy"],
  ] as const)
    it(`have the numbers of the reference and no race: ${strategy}, ${rounds.join(" ")}`, () => {
      const setting = settingOf(
        towers([9, 4, 64, 1]),
        littleCompass(),
        4,
        undefined,
        { strategy, mvmPer: "rowBlock" },
        0,
        (mapping) => {
          expect(mapping.partitions.length).toBeGreaterThan(2);
          expect(mapping.partialSums.length).toBeGreaterThan(0);
          turn(mapping, rounds);
        },
      );
      expect(errorsOf(verifyRun(setting))).toEqual([]);
    });
});

describe("a loop behind another", () => {
  /**
   * A store stream that writes so many rows of each sample and tells of every row, and a load stream that reads the last row of its
   * samples: tokens of each post, tokens each load waits for, and whether anything is waited for before the loop.
   */
  function tokens(batch: number, made: number, read: number, rows: readonly number[]) {
    const graph = new Graph(() => 1);
    const last = Array.from({ length: made }, () => region(true));
    const posts: number[] = [];
    graph.begin(0, batch / made);
    last.forEach((row, sample) => {
      for (let at = rows[sample % rows.length]!; at > 0; at--) {
        const store = graph.add(0, "store", { op: "WAIT" }, { appends: at === 1 ? [row] : [region(true)] });
        posts.push(graph.notifierOf(store));
      }
    });
    graph.end();
    graph.begin(1, batch / read);
    const loads = Array.from({ length: read }, (_, sample) =>
      graph.add(1, "load", { op: "WAIT" }, { samples: sampleNeeds(last, sample, read) }),
    );
    graph.end();
    // A later partition needs every row's post.
    graph.begin(2, 1);
    for (const post of posts) graph.add(1, "load", { op: "WAIT" }, { after: [post] });
    graph.end();
    const found = synchronise(graph, 16);
    const own = found.complete(posts[0]!, { op: "POST" }).posts![0]!.semaphore;
    return {
      posts: posts.map((post) =>
        found.complete(post, { op: "POST" }).posts!.reduce((sum, { count }) => sum + count, 0),
      ),
      waits: loads.map((load) => {
        const waits = found.complete(load, { op: "WAIT" }).waits ?? [];
        return waits.find(({ semaphore }) => semaphore === own)?.count ?? 0;
      }),
      before: [...found.preludes[1]!.values()].flat().filter(({ op }) => op === "WAIT").length,
    };
  }

  it("takes a sample's tokens a trip, which are as many for every sample of a larger round", () => {
    expect(tokens(8, 4, 1, [1])).toEqual({ posts: [1, 1, 1, 1], waits: [1], before: 0 });
    expect(tokens(8, 4, 1, [3, 1])).toEqual({ posts: [1, 1, 1, 3, 1, 1, 1, 3], waits: [3], before: 0 });
    expect(tokens(8, 4, 2, [1, 2])).toEqual({ posts: [1, 1, 1, 1, 1, 1], waits: [1, 2], before: 0 });
  });
  it("takes the tokens of several trips of a smaller round", () => {
    expect(tokens(8, 1, 4, [2])).toEqual({ posts: [1, 1], waits: [2, 2, 2, 2], before: 0 });
    expect(tokens(8, 2, 4, [2, 1])).toEqual({ posts: [1, 1, 1], waits: [2, 1, 2, 1], before: 0 });
    expect(tokens(8, 1, 8, [1])).toEqual({ posts: [1], waits: [1, 1, 1, 1, 1, 1, 1, 1], before: 0 });
  });
  it("waits for all of it where neither round fits the other", () => {
    expect(tokens(6, 3, 2, [1])).toEqual({ posts: [1, 1, 1], waits: [0, 0], before: 1 });
  });
});

describe("the rounds a mapping takes", () => {
  const partition = (rows: number, first: number, more: number) => ({
    rows,
    cyclesOf: (samples: number) => first + (samples - 1) * more,
  });

  it("are as large as they can be in small programs, and as asked for in any", () => {
    const small = [partition(900, 10, 10), partition(1100, 10, 10)];
    expect(samplesPerRound({ batch: 8 }, small)).toEqual([4, 4]);
    expect(samplesPerRound({ batch: 9 }, small)).toEqual([3, 3]);
    expect(samplesPerRound({ batch: 1 }, small)).toEqual([1, 1]);
    expect(samplesPerRound({ batch: 6, asked: 4 }, [partition(90_000, 1, 1), partition(1, 1, 1)])).toEqual([3, 3]);
  });
  it("are larger where a row of the program gains more, as far as rows go", () => {
    const gains = partition(1200, 1000, 400);
    const less = partition(1200, 1000, 900);
    const nothing = partition(2000, 1000, 1000);
    expect(samplesPerRound({ batch: 8 }, [nothing, less, gains])).toEqual([1, 1, 4]);
    expect(samplesPerRound({ batch: 8 }, [partition(2000, 9, 9), gains, partition(1800, 9, 9), less])).toEqual([
      1, 2, 1, 1,
    ]);
    expect(samplesPerRound({ batch: 8 }, [partition(9000, 9, 1)])).toEqual([1]);
  });
  it("must make up the batch", () => {
    const network = chain();
    const mapping = map(network, thread, { batch: 4, strategy: "layerwise" });
    mapping.partitions[1]!.samplesPerRound = 3;
    expect(checkMapping(mapping, network, thread).map(({ code }) => code)).toEqual(["rounds-not-whole"]);
  });
});
