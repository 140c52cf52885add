import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import {
  estimateTraceBytes,
  FilterSink,
  HOLD_KINDS,
  intersectFilters,
  MemorySink,
  openTrace,
  parseTraceFilter,
  type TraceFilter,
  traceFormOf,
} from "../../src/trace/index.js";
import { freshFolder, userErrorOf } from "./helpers.js";
import { makeSample, play } from "./sample.js";

describe("a filter", () => {
  const sample = makeSample(40);
  const collect = async (...filters: TraceFilter[]) => {
    const memory = new MemorySink();
    let sink: MemorySink | FilterSink = memory;
    for (const filter of filters) sink = new FilterSink(sink, filter);
    await play(sample, sink);
    return memory.table;
  };

  it("keeps what it names and says so in the header", async () => {
    const filter: TraceFilter = {
      fromTick: 500,
      untilTick: 1500,
      cores: [1],
      units: ["load", "mvm"],
      kinds: ["bus", "compute"],
    };
    const table = await collect(filter);
    expect(table.header.filter).toEqual(filter);
    expect(table.header.streams).toEqual(sample.header.streams);
    expect(table.footer).toEqual(sample.footer);
    const streams = [3, 5];
    const holds = sample.holds.filter(
      (row) =>
        streams.includes(row.stream) &&
        ["bus", "compute"].includes(HOLD_KINDS[row.kind]!) &&
        row.endTick > 500 &&
        row.startTick < 1500,
    );
    const instructions = sample.instructions.filter(
      (row) => streams.includes(row.stream) && row.endTick > 500 && row.fetchTick < 1500,
    );
    expect(holds.length).toBeGreaterThan(0);
    expect(table.holds.length).toBe(holds.length);
    expect(table.instructions.length).toBe(instructions.length);
    expect(new Set(table.holds.stream)).toEqual(new Set(streams));
  });

  it("keeps everything where it is empty, and two are as their common part", async () => {
    expect((await collect({})).holds.length).toBe(sample.holds.length);
    const a: TraceFilter = { fromTick: 100, cores: [0, 1] };
    const b: TraceFilter = { fromTick: 50, untilTick: 900, cores: [1, 2], kinds: ["dram"] };
    expect(intersectFilters(a, b)).toEqual({ fromTick: 100, untilTick: 900, cores: [1], kinds: ["dram"] });
    expect(await collect(a, b)).toEqual(await collect(intersectFilters(a, b)));
  });

  it("is read from text, with every mistake at once", async () => {
    expect(parseTraceFilter("from=10 until=20; core=0,2-4 unit=mvm kind=dram,bus")).toEqual({
      fromTick: 10,
      untilTick: 20,
      cores: [0, 2, 3, 4],
      units: ["mvm"],
      kinds: ["dram", "bus"],
    });
    expect(parseTraceFilter("")).toEqual({});
    const error = await userErrorOf(() =>
      parseTraceFilter("from=x unit=mvn kind=drum core=5-2 cores=1 from=9 until=9"),
    );
    expect(error.problems.map(({ seen, nearest }) => [seen, nearest])).toEqual([
      ['"x"', undefined],
      ['"mvn"', "mvm"],
      ['"drum"', "dram"],
      ['"5-2"', undefined],
      ['"cores=1"', "core"],
      ["from=9 until=9", undefined],
    ]);
  });
});

describe("a trace by name", () => {
  it("takes its form from the ending", async () => {
    expect(traceFormOf("a.csv.gz")).toEqual({ form: "csv", gzip: true });
    expect(traceFormOf("a.json")).toEqual({ form: "perfetto", gzip: false });
    expect((await userErrorOf(() => traceFormOf("a.vcd"))).message).toMatch(/accepted: a name ending in .csv/);
  });

  it.each(["csv", "csv.gz", "json", "json.gz"])("of .%s has about the size estimated", async (ending) => {
    const folder = freshFolder();
    for (const [rounds, cores] of [
      [60, 2],
      [300, 8],
    ] as const) {
      const sample = makeSample(rounds, cores);
      const file = path.join(folder, `size.${ending}`);
      await play(sample, openTrace(file, { describe: () => ({ op: "MVM", tag: 0 }), filter: {} }));
      const { form, gzip } = traceFormOf(file);
      const { instructions, holds, makespanTicks } = sample.footer;
      const estimate = estimateTraceBytes(form, gzip, { instructions, holds, makespanTicks, streams: cores * 3 });
      const ratio = estimate / fs.statSync(file).size;
      expect(ratio).toBeGreaterThan(1 / 1.5);
      expect(ratio).toBeLessThan(1.5);
    }
  });
});
