import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  CsvSink,
  collectTrace,
  csvFooter,
  csvHeader,
  csvLine,
  csvTrace,
  holdCells,
  indexHolds,
  instructionCells,
  MemorySink,
  readTrace,
  replayTable,
  TeeSink,
  type TraceTable,
} from "../../src/trace/index.js";
import { anyHold, anyInstruction, freshFolder, MemoryOutput, userErrorOf } from "./helpers.js";
import { makeSample, play, sampleFooter, sampleHeader } from "./sample.js";

const folder = freshFolder();

/** Whether two big tables hold the same rows; the test library's own comparison takes seconds on them. */
function sameTables(a: TraceTable, b: TraceTable): boolean {
  const bytes = (column: unknown) =>
    ArrayBuffer.isView(column)
      ? Buffer.from(column.buffer, column.byteOffset, column.byteLength)
      : Buffer.from(String(column));
  const same = (one: object, other: object) =>
    Object.entries(one).every(([name, column]) => bytes(column).equals(bytes(other[name as never])));
  return same(a.instructions, b.instructions) && same(a.holds, b.holds);
}

async function writeAndRead(text: string, name = "edited.csv") {
  const file = path.join(folder, name);
  fs.writeFileSync(file, text);
  return collectTrace(file);
}

describe("the CSV form", () => {
  it("is read back to the table a run collects, on random records, plain and gzipped", async () => {
    let run = 0;
    const rows = fc.array(
      fc.oneof(
        anyInstruction.map((row) => ({ i: row })),
        anyHold.map((row) => ({ h: row })),
      ),
      { maxLength: 60 },
    );
    await fc.assert(
      fc.asyncProperty(rows, fc.boolean(), async (list, gzip) => {
        const file = path.join(folder, `random-${run++}.csv${gzip ? ".gz" : ""}`);
        const memory = new MemorySink();
        const sink = new TeeSink([csvTrace(file), memory]);
        sink.begin(sampleHeader(2));
        for (const row of list) "i" in row ? sink.instruction(row.i) : sink.hold(row.h);
        await sink.end(sampleFooter(9, 1, 2));
        expect(await collectTrace(file)).toEqual(memory.table);
        fs.rmSync(file);
      }),
      { numRuns: 100 },
    );
  });

  it("has the same bytes as csv-stringify makes", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyInstruction, { maxLength: 20 }),
        fc.array(anyHold, { maxLength: 20 }),
        async (is, hs) => {
          const output = new MemoryOutput();
          const sink = new CsvSink(output);
          sink.begin(sampleHeader(2));
          for (const row of is) sink.instruction(row);
          for (const row of hs) sink.hold(row);
          sink.end(sampleFooter(1, 2, 3));
          const lines = [
            ...is.map((row) => csvLine(instructionCells(row))),
            ...hs.map((row) => csvLine(holdCells(row))),
          ];
          const slow =
            csvHeader(sampleHeader(2)) + lines.join("") + csvFooter(sampleFooter(1, 2, 3), is.length, hs.length);
          expect(output.text).toBe(slow);
        },
      ),
    );
  });

  it("crosses buffers and chunks of a megabyte, and other programs gunzip it", async () => {
    const sample = makeSample(800);
    const plain = path.join(folder, "big.csv");
    const packed = path.join(folder, "big.csv.gz");
    const memory = new MemorySink();
    await play(sample, new TeeSink([csvTrace(plain), csvTrace(packed), memory]));
    expect(fs.statSync(plain).size).toBeGreaterThan(3 << 19);
    expect(fs.statSync(packed).size).toBeLessThan(fs.statSync(plain).size / 3);
    expect(sameTables(await collectTrace(plain), memory.table)).toBe(true);
    expect(sameTables(await collectTrace(packed), memory.table)).toBe(true);
    const text = fs.readFileSync(plain);
    expect(gunzipSync(fs.readFileSync(packed)).equals(text)).toBe(true);
    expect(execFileSync("gzip", ["-dc", packed], { maxBuffer: 1 << 28 }).equals(text)).toBe(true);
  });

  it("is written the same again when its table is replayed", async () => {
    const sample = makeSample(30);
    const first = new MemoryOutput();
    const memory = new MemorySink();
    await play(sample, new TeeSink([new CsvSink(first), memory]));
    const second = new MemoryOutput();
    await replayTable(memory.table, new CsvSink(second));
    expect(second.text).toBe(first.text);
  });

  it("refuses to write what is no whole number", () => {
    const sink = new CsvSink(new MemoryOutput());
    const hold = makeSample(1).holds[0]!;
    sink.begin(sampleHeader(1));
    for (const bytes of [Number.NaN, -2, 2 ** 53, Number.POSITIVE_INFINITY])
      expect(() => sink.hold({ ...hold, bytes })).toThrow(/whole number/);
  });
});

describe("reading", async () => {
  const output = new MemoryOutput();
  await play(makeSample(3), new CsvSink(output));
  const good = output.text;
  const lines = good.split("\n");
  const columnLine = lines.findIndex((line) => line.startsWith("type,"));
  const withLine = (index: number, line: string) => lines.with(index, line).join("\n");

  it("takes what it wrote, and carriage returns", async () => {
    const table = await writeAndRead(good);
    expect(await writeAndRead(good.replaceAll("\n", "\r\n"))).toEqual(table);
    expect(table.header).toEqual(sampleHeader(2));
  });

  it.each([
    ["an empty file", "", /edited.csv:1: this is not a Wordline trace; accepted: a first line `# format: 1`/],
    ["another file", "Layer,M,N,K,\nfc,1,2,3,\n", /not a Wordline trace/],
    ["bytes without lines", "x".repeat(100), /not a Wordline trace/],
    ["another version", good.replace("# format: 1", "# format: 2"), /csv:1: this version .* saw 2; accepted: 1/],
    ["other kinds", good.replace('"issue"', '"issues"'), /csv:2 hold_kinds: .* accepted: \["issue"/],
    ["a wrong header value", good.replace('"coarse"', '"rough"'), /mode: .*saw "rough"; accepted: "fine" or "coarse"/],
    ["a misspelt key", good.replace("# seed:", "# sead:"), /saw "sead".*did you mean "seed"/],
    ["a missing key", good.replace(/# seed:.*\n/, ""), /the header has no line `# seed: …`/],
    ["JSON cut", good.replace('# seed: "1"', '# seed: "1'), /no JSON/],
    ["other columns", good.replace("type,stream", "type,streams"), /not the line of column names/],
    ["no footer", [...lines.slice(0, -3), ""].join("\n"), /ends without its `# footer:` line/],
    ["half a line", good.slice(0, -300), /cut off in the middle of this line|ends without/],
    ["a header only", [...lines.slice(0, 5), ""].join("\n"), /ends before the line of column names/],
    ["a missing row", lines.toSpliced(columnLine + 2, 1).join("\n"), /rows are missing or too many/],
    ["more after the footer", `${good}h,1\n`, /there is more after the footer/],
    ["an unknown row", withLine(columnLine + 1, "x,1,2"), /unknown type of row; saw "x"; accepted: i/],
    ["an empty line", withLine(columnLine + 1, ""), /this line is empty/],
    ["too few cells", withLine(columnLine + 1, "h,1,2"), /wrong number of cells; saw 3; accepted: 19/],
    ["too many cells", withLine(columnLine + 1, `${lines[columnLine + 1]},1,2`), /wrong number of cells; saw 21/],
  ])("refuses %s", async (_, text, message) => {
    expect((await userErrorOf(() => writeAndRead(text))).message).toMatch(message);
  });

  it("names line, column and field of every wrong cell at once", async () => {
    const hold = "h,0,0,,,0,0,2,0,64,0,0,3,0,,,,,".split(",");
    const bad = (column: number, cell: string) => hold.with(column, cell).join(",");
    const rows = [
      bad(1, "99"),
      bad(2, "-1"),
      bad(3, "7"),
      bad(7, "77"),
      bad(8, "55"),
      bad(10, "1.5"),
      bad(12, ""),
      bad(2, "99999999999"),
    ];
    const text = [...lines.slice(0, columnLine + 1), ...rows].join("\n");
    const error = await userErrorOf(() =>
      writeAndRead(
        `${text}\n# rows: {"instructions":0,"holds":0}\n# footer: ${JSON.stringify(sampleFooter(1, 1, 1))}\n`,
      ),
    );
    expect(error.problems.map(({ place }) => [place!.line! - columnLine - 2, place!.column, place!.field])).toEqual([
      [0, 3, "stream"],
      [1, 5, "n"],
      [2, 7, "pc"],
      [3, 13, "kind"],
      [4, 15, "resource"],
      [5, 20, "ready_tick"],
      [6, 24, "end_tick"],
      [7, 5, "n"],
    ]);
  });

  it("stops after twenty problems", async () => {
    const text = [...lines.slice(0, columnLine + 1), ...new Array(100).fill("h,x")].join("\n");
    expect((await userErrorOf(() => writeAndRead(text))).problems).toHaveLength(20);
  });

  it("tells a cut or damaged gzip file, and a missing one", async () => {
    const file = path.join(folder, "cut.csv.gz");
    await play(makeSample(50), csvTrace(file));
    const whole = fs.readFileSync(file);
    fs.writeFileSync(file, whole.subarray(0, whole.length - 30));
    expect((await userErrorOf(() => collectTrace(file))).message).toMatch(/compressed file is cut off/);
    whole[whole.length >> 1]! ^= 255;
    fs.writeFileSync(file, whole);
    expect((await userErrorOf(() => collectTrace(file))).message).toMatch(/damaged|csv.gz:\d+/);
    const missing = await userErrorOf(() => collectTrace(path.join(folder, "none.csv")));
    expect(missing.message).toMatch(/none.csv: cannot read this trace file; saw ENOENT: no such file/);
  });

  it("drops the output of the sink it plays into when the file is wrong", async () => {
    const file = path.join(folder, "wrong.csv");
    fs.writeFileSync(file, good.slice(0, -300));
    const target = new MemoryOutput();
    await userErrorOf(() => readTrace(file, new CsvSink(target)));
    expect(target.state).toBe("aborted");
  });
});

describe("a table", () => {
  it("finds every hold by its name", async () => {
    const memory = new MemorySink();
    await play(makeSample(200), memory);
    const { holds } = memory.table;
    const find = indexHolds(holds);
    for (let row = 0; row < holds.length; row++)
      expect(find(holds.stream[row]!, holds.n[row]!, holds.stage[row]!, holds.packet[row]!)).toBe(row);
    expect(find(0, 0, 9, 9)).toBe(-1);
  });

  it("is not given before its end", () => {
    expect(() => new MemorySink().table).toThrow(/before its end/);
  });
});
