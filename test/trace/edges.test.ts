/** Single cases by hand that random traces seldom reach. */
import * as fs from "node:fs";
import * as path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  CsvSink,
  collectTrace,
  FilterSink,
  type HoldRecord,
  type InstructionRecord,
  MemorySink,
  type PerfettoOptions,
  PerfettoSink,
  RowBuffer,
} from "../../src/trace/index.js";
import { freshFolder, MemoryOutput, userErrorOf } from "./helpers.js";
import { makeSample, play, sampleFooter, sampleHeader } from "./sample.js";

const NONE = { releaseTick: 0, causeStream: -1, causeN: -1, causeStage: -1, causePacket: -1 };
const hold = (startTick: number, endTick: number, more: Partial<HoldRecord> = {}): HoldRecord => ({
  ...{ stream: 0, n: 0, stage: 0, packet: 0, kind: 3, resource: 1, bytes: 8, readyTick: startTick, startTick, endTick },
  ...NONE,
  ...more,
});
const instruction = (startTick: number, endTick: number, more: Partial<InstructionRecord> = {}): InstructionRecord => ({
  ...{ stream: 2, n: 0, pc: 0, fetchTick: startTick, startTick, endTick, causeKind: -1 },
  ...NONE,
  ...more,
});

interface Event {
  ph: string;
  cat: string;
  ts: number;
  dur: number;
  args: Record<string, number>;
}

function events(holds: HoldRecord[], instructions: InstructionRecord[] = [], options: PerfettoOptions = {}): Event[] {
  const output = new MemoryOutput();
  const sink = new PerfettoSink(output, options);
  sink.begin(sampleHeader(1));
  for (const row of holds) sink.hold(row);
  for (const row of instructions) sink.instruction(row);
  sink.end(sampleFooter(100, instructions.length, holds.length));
  return (JSON.parse(output.text) as { traceEvents: Event[] }).traceEvents;
}

describe("spans of holds", () => {
  const spans = (holds: HoldRecord[]) => events(holds).filter(({ ph }) => ph === "X");

  it("are merged for one instruction and stage where they touch", () => {
    const merged = spans([hold(0, 2, { readyTick: 0 }), hold(2, 5, { packet: 1, readyTick: 1 })]);
    expect(merged).toHaveLength(1);
    expect(merged[0]).toMatchObject({ ts: 0, dur: 5, args: { packet: 0, packets: 2, bytes: 16, waitedTicks: 1 } });
  });

  it.each([
    ["stages", { stage: 1 }],
    ["instructions", { n: 1 }],
    ["streams", { stream: 1 }],
    ["packets with a gap", { startTick: 3, endTick: 6 }],
  ])("are not merged for different %s", (_, other) => {
    expect(spans([hold(0, 2), hold(2, 5, other)])).toHaveLength(2);
  });

  it("touch in real time too, although moments are rounded", () => {
    const real = events(
      Array.from({ length: 20 }, (_, n) => hold(n, n + 1, { n })),
      [],
      { time: "real" },
    ).filter(({ ph }) => ph === "X");
    for (let n = 1; n < real.length; n++) expect(real[n - 1]!.ts + real[n - 1]!.dur).toBeCloseTo(real[n]!.ts, 9);
  });

  it("stand in the file before an arrow that leaves them in their first tick", () => {
    const by = { causeKind: 2, releaseTick: 5, causeStream: 0, causeN: 0, causeStage: 0, causePacket: 0 };
    const all = events([hold(4, 5)], [instruction(5, 9, by)]);
    const order = all.filter(({ ph }) => "Xsf".includes(ph)).map(({ ph, cat }) => ph + cat);
    expect(order.indexOf("Xhold")).toBeLessThan(order.indexOf("scause"));
    expect(order.indexOf("Xinstruction")).toBeLessThan(order.indexOf("fcause"));
    expect(all.find(({ ph }) => ph === "s")!.ts).toBe(4);
  });

  it("are left by arrows in their last tick, although the release was seen later", () => {
    const by = { causeKind: 2, releaseTick: 9, causeStream: 0, causeN: 0, causeStage: 0, causePacket: 0 };
    expect(events([hold(2, 5)], [instruction(9, 12, by)]).find(({ ph }) => ph === "s")!.ts).toBe(4);
  });
});

it("a row buffer loses nothing where it is full", () => {
  const part = fc.oneof(fc.maxSafeNat(), fc.nat(99), fc.string({ maxLength: 80 }));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 50 }), (parts) => {
      const output = new MemoryOutput();
      const rows = new RowBuffer(output, 64);
      for (const value of parts) {
        if (typeof value === "string") rows.text(value);
        else {
          rows.reserve(16);
          rows.integer(value);
        }
      }
      rows.flush();
      expect(output.text).toBe(Buffer.from(parts.join("")).toString("utf8"));
    }),
  );
  expect(() => new RowBuffer(new MemoryOutput(), 64).reserve(65)).toThrow(/does not fit/);
});

it("a filter's window holds its first tick and not its last", async () => {
  const kept = (fromTick: number, untilTick: number) => {
    const memory = new MemorySink();
    const sink = new FilterSink(memory, { fromTick, untilTick });
    sink.begin(sampleHeader(1));
    sink.hold(hold(10, 20));
    sink.instruction(instruction(12, 20, { fetchTick: 10 }));
    sink.end(sampleFooter(20, 1, 1));
    return [memory.table.holds.length, memory.table.instructions.length];
  };
  expect(kept(0, 10)).toEqual([0, 0]);
  expect(kept(0, 11)).toEqual([1, 1]);
  expect(kept(19, 30)).toEqual([1, 1]);
  expect(kept(20, 30)).toEqual([0, 0]);
});

it("a CSV trace without one of its instruction rows is refused", async () => {
  const output = new MemoryOutput();
  await play(makeSample(2), new CsvSink(output));
  const file = path.join(freshFolder(), "a.csv");
  fs.writeFileSync(file, output.text.replace(/^i,.*\n/m, ""));
  expect((await userErrorOf(() => collectTrace(file))).message).toMatch(
    /saw 11 instruction rows and .* accepted: 12 and/,
  );
});

it.runIf(fs.existsSync("/proc/self/fd"))("a reader that fails leaves no file open", async () => {
  const file = path.join(freshFolder(), "a.csv");
  fs.writeFileSync(file, "no trace\n");
  const before = fs.readdirSync("/proc/self/fd").length;
  for (let i = 0; i < 5; i++) await userErrorOf(() => collectTrace(file));
  expect(fs.readdirSync("/proc/self/fd").length).toBeLessThan(before + 5);
});
