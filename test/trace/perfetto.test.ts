import * as fs from "node:fs";
import * as path from "node:path";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HoldMemory } from "../../src/trace/hold-memory.js";
import {
  CAUSE_KINDS,
  CsvSink,
  HOLD_KINDS,
  type HoldRecord,
  type PerfettoOptions,
  PerfettoSink,
  perfettoTrace,
  readTrace,
  TeeSink,
} from "../../src/trace/index.js";
import { Downsampler } from "../../src/trace/perfetto-counters.js";
import { freshFolder, MemoryOutput } from "./helpers.js";
import { makeSample, play, sampleFooter, sampleHeader } from "./sample.js";

interface Event {
  ph: string;
  name: string;
  cat?: string;
  pid: number;
  tid: number;
  ts: number;
  dur: number;
  id?: number;
  bp?: string;
  args: Record<string, number | string>;
}
interface File {
  otherData: Record<string, unknown>;
  traceEvents: Event[];
  wordline: Record<string, number>;
}

async function picture(options: PerfettoOptions = {}, sample = makeSample(40)): Promise<File> {
  const output = new MemoryOutput();
  await play(sample, new PerfettoSink(output, options));
  expect(output.state).toBe("finished");
  return JSON.parse(output.text) as File;
}

const of = (file: File, ph: string) => file.traceEvents.filter((event) => event.ph === ph);
/** Spans by thread, by their start. */
function byThread(file: File): Map<number, Event[]> {
  const threads = new Map<number, Event[]>();
  for (const span of of(file, "X")) threads.set(span.tid, [...(threads.get(span.tid) ?? []), span]);
  for (const spans of threads.values()) spans.sort((a, b) => a.ts - b.ts);
  return threads;
}
function expectNoOverlap(file: File): void {
  for (const spans of byThread(file).values())
    for (let i = 1; i < spans.length; i++)
      expect(spans[i]!.ts).toBeGreaterThanOrEqual(Math.round((spans[i - 1]!.ts + spans[i - 1]!.dur) * 1000) / 1000);
}
const named = (file: File, what: string) =>
  of(file, "M")
    .filter((event) => event.name === what)
    .map((event) => event.args["name"]);

describe("the Perfetto form", async () => {
  const sample = makeSample(40);
  const file = await picture();

  it("names processes and threads, once each, and gives every span one", () => {
    expect(named(file, "process_name").sort()).toEqual(["chip", "core 0", "core 1", "network", "shared memory"]);
    const threads = named(file, "thread_name");
    for (const name of [
      "DRAM channel 0",
      "bus",
      "local memory 0 write",
      "load",
      "load (2)",
      "mvm",
      "mvm compute",
      "weightWrite pulse",
    ])
      expect(threads).toContain(name);
    const known = of(file, "M")
      .filter((event) => event.name === "thread_name")
      .map((event) => event.tid);
    expect(new Set(known).size).toBe(known.length);
    for (const span of of(file, "X")) expect(known).toContain(span.tid);
    const processes = new Set(of(file, "M").map((event) => event.pid));
    for (const tid of known) expect(processes.has(tid)).toBe(false);
  });

  it("keeps the spans of a row apart", () => expectNoOverlap(file));

  it("shows every instruction with its waits and cause", () => {
    const spans = of(file, "X").filter((event) => event.cat === "instruction");
    expect(spans).toHaveLength(sample.instructions.length);
    expect(file.wordline["instructions"]).toBe(spans.length);
    const waited = sample.instructions.reduce((sum, row) => sum + row.startTick - row.fetchTick, 0);
    expect(spans.reduce((sum, { args }) => sum + Number(args["waitedTicks"]), 0)).toBe(waited);
    expect(new Set(spans.map(({ args }) => args["cause"]))).toEqual(new Set(["none", CAUSE_KINDS[2]]));
  });

  it("merges touching packets and loses neither packets, bytes nor ticks", () => {
    const spans = of(file, "X").filter((event) => event.cat === "hold");
    const holds = sample.holds.filter((row) => row.stage >= 0);
    const sum = (name: string) => spans.reduce((total, { args }) => total + Number(args[name]), 0);
    expect(sum("packets")).toBe(holds.length);
    expect(sum("bytes")).toBe(holds.reduce((total, row) => total + row.bytes, 0));
    expect(spans.reduce((total, { dur }) => total + dur, 0)).toBe(
      holds.reduce((total, row) => total + row.endTick - row.startTick, 0),
    );
    expect(spans.length).toBeLessThan(holds.length / 1.5);
    const pulses = spans.filter(({ name }) => name.includes("weightWrite"));
    expect(pulses.every(({ args, dur }) => args["packets"] === 4 && dur === 80)).toBe(true);
  });

  it("pairs its arrows, each end on a span that stands before it in the file or begins before it", () => {
    const starts = of(file, "s");
    const ends = of(file, "f");
    expect(starts.length).toBe(file.wordline["arrows"]);
    expect(file.wordline["arrowsOmitted"]).toBe(0);
    const crossing = sample.instructions.filter((row) => row.causeStream >= 0 && row.causeStream !== row.stream);
    expect(starts).toHaveLength(crossing.length);
    expect(ends.map(({ id }) => id)).toEqual(starts.map(({ id }) => id));
    const position = new Map(file.traceEvents.map((event, index) => [event, index]));
    const threads = byThread(file);
    for (const end of [...starts, ...ends]) {
      const span = threads.get(end.tid)!.find(({ ts, dur }) => ts <= end.ts && end.ts < ts + dur)!;
      expect(span.pid).toBe(end.pid);
      expect(span.ts < end.ts || position.get(span)! < position.get(end)!).toBe(true);
      expect(span.cat).toBe(end.ph === "s" ? "hold" : "instruction");
      expect(end.bp).toBe(end.ph === "s" ? undefined : "e");
    }
    for (const [index, end] of ends.entries()) expect(end.ts).toBeGreaterThan(starts[index]!.ts);
  });

  it("counts bytes a second and arrays at work in at most the points asked for", async () => {
    for (const counterPoints of [10, 100, 2000]) {
      const small = await picture({ counterPoints });
      const counters = of(small, "C");
      expect(new Set(counters.map(({ name }) => name))).toEqual(
        new Set(["DRAM bytes/s", "bus bytes/s", "array sets computing", "array writes under way"]),
      );
      const dram = counters.filter(({ name }) => name === "DRAM bytes/s");
      expect(dram.length).toBeLessThanOrEqual(counterPoints + 1);
      let bytes = 0;
      for (let i = 1; i < dram.length; i++)
        bytes += (Number(dram[i - 1]!.args["value"]) / 1.5e9) * (dram[i]!.ts - dram[i - 1]!.ts);
      const expected = sample.holds
        .filter(({ kind }) => kind === HOLD_KINDS.indexOf("dram"))
        .reduce((sum, row) => sum + row.bytes, 0);
      expect(bytes / expected).toBeCloseTo(1, 4);
      expect(dram.at(-1)!.args["value"]).toBe(0);
    }
  });

  it("says in its metadata what it is and what a microsecond is", async () => {
    expect(file.otherData).toMatchObject({
      tool: "wordline",
      time: "1 µs = 1 tick (cycle)",
      chip: 'té"st, chip',
      clockHz: 1.5e9,
      filter: {},
    });
    expect(file.wordline).toMatchObject({ makespanTicks: sample.footer.makespanTicks, digest: sample.footer.digest });
    const real = await picture({ time: "real" });
    expect(real.otherData["time"]).toMatch(/simulated time/);
    expectNoOverlap(real);
    const last = Math.max(...of(real, "X").map(({ ts, dur }) => ts + dur));
    expect(last).toBeCloseTo(sample.footer.makespanTicks / 1.5e3, 2);
  });

  it("calls instructions by name where it is told the names", async () => {
    const told = await picture({ describe: (_, pc) => (pc === 2 ? { op: 'M"VM', tag: 1 } : undefined) });
    const spans = of(told, "X").filter((event) => event.cat === "instruction");
    expect(spans.find(({ args }) => args["pc"] === 2)).toMatchObject({
      name: 'M"VM',
      args: { op: 'M"VM', layer: "fc", stage: 1 },
    });
    expect(spans.find(({ args }) => args["pc"] === 1)).toMatchObject({ name: "pc 1" });
  });

  it("shows issue holds and leaves out arrows on demand", async () => {
    const other = await picture({ issueHolds: true, arrows: false });
    expect(of(other, "s")).toHaveLength(0);
    expect(named(other, "thread_name")).toContain("mvm issue");
    expectNoOverlap(other);
  });

  it("is the same when made from a CSV trace, and gzipped by name", async () => {
    const folder = freshFolder();
    const csv = new MemoryOutput();
    const direct = new MemoryOutput();
    await play(sample, new TeeSink([new CsvSink(csv), new PerfettoSink(direct)]));
    fs.writeFileSync(path.join(folder, "a.csv"), csv.text);
    const target = path.join(folder, "a.json.gz");
    await readTrace(path.join(folder, "a.csv"), perfettoTrace(target));
    expect(gunzipSync(fs.readFileSync(target)).toString("utf8")).toBe(direct.text);
  });

  it("keeps rows apart on any spans in any order", async () => {
    const span = fc.record({
      stream: fc.integer({ min: 0, max: 1 }),
      n: fc.integer({ min: 0, max: 3 }),
      start: fc.nat(30),
      length: fc.integer({ min: 1, max: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(span, { maxLength: 40 }), async (spans) => {
        const output = new MemoryOutput();
        const sink = new PerfettoSink(output);
        sink.begin(sampleHeader(1));
        const none = { releaseTick: 0, causeStream: -1, causeN: -1, causeStage: -1, causePacket: -1 };
        for (const { stream, n, start, length } of spans) {
          const times = { startTick: start, endTick: start + length };
          sink.hold({
            stream,
            n,
            stage: 0,
            packet: 0,
            kind: 3,
            resource: 1,
            bytes: 1,
            readyTick: start,
            ...times,
            ...none,
          });
          sink.instruction({ stream, n, pc: 0, fetchTick: start, causeKind: -1, ...times, ...none });
        }
        sink.end(sampleFooter(50, 0, 0));
        expectNoOverlap(JSON.parse(output.text) as File);
      }),
    );
  });
});

describe("the downsampler", () => {
  it("keeps the sum, whatever the intervals, within its points", () => {
    const interval = fc.tuple(fc.nat(100_000), fc.integer({ min: 1, max: 500 }), fc.nat(1000));
    fc.assert(
      fc.property(fc.array(interval, { minLength: 1 }), fc.integer({ min: 2, max: 64 }), (intervals, points) => {
        const sampler = new Downsampler(points);
        let sum = 0;
        for (const [start, length, amount] of intervals) {
          sampler.add(start, start + length, amount);
          sum += amount;
        }
        expect(sampler.bins.reduce((a, b) => a + b, 0)).toBeCloseTo(sum, 6);
        expect([...sampler.series()].length).toBeLessThanOrEqual(points + 2);
      }),
    );
  });

  it("counts of an interval only what lies behind its origin", () => {
    const sampler = new Downsampler(10, 100);
    sampler.add(90, 110, 20);
    expect(sampler.bins.reduce((a, b) => a + b, 0)).toBeCloseTo(10);
  });
});

describe("the memory of holds", () => {
  it("forgets the oldest of a full set only", () => {
    const memory = new HoldMemory(1);
    const lane = (index: number) => ({ index, tid: index }) as never;
    for (let n = 0; n < 6; n++) memory.remember({ stream: 0, n, stage: 0, packet: 0 } as HoldRecord, lane(n));
    expect([0, 1, 2, 3, 4, 5].map((n) => memory.find(0, n, 0, 0)?.tid)).toEqual([undefined, undefined, 2, 3, 4, 5]);
    expect(memory.find(0, 0, 0, 1)).toBeUndefined();
  });
});
