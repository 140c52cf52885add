/**
 * What tracing costs: rows a CPU second for each form, beside csv-stringify making the same bytes.
 * Run: `npm run bench -- trace`; `--rows N` sets the rows of a measurement.
 */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import {
  type ByteOutput,
  CsvSink,
  collectTrace,
  csvLine,
  csvTrace,
  estimateTraceBytes,
  holdCells,
  instructionCells,
  MemorySink,
  PerfettoSink,
  perfettoTrace,
  type TraceSink,
  traceFormOf,
} from "../src/trace/index.js";
import { makeSample, play, type Sample } from "../test/trace/sample.js";

/** Takes bytes and forgets them. */
class NullOutput implements ByteOutput {
  bytes = 0;
  write(bytes: Uint8Array): void {
    this.bytes += bytes.length;
  }
  finish(): void {}
  abort(): void {}
}

/** csv-stringify a row at a time, as a sink. */
class SlowCsvSink implements TraceSink {
  bytes = 0;
  begin(): void {}
  instruction(record: Parameters<TraceSink["instruction"]>[0]): void {
    this.bytes += csvLine(instructionCells(record)).length;
  }
  hold(record: Parameters<TraceSink["hold"]>[0]): void {
    this.bytes += csvLine(holdCells(record)).length;
  }
  end(): void {}
}

/** csv-stringify over batches of 1000 rows: its best case. */
class BatchedSlowCsvSink implements TraceSink {
  bytes = 0;
  private batch: (string | number | null)[][] = [];
  constructor(private readonly stringify: (rows: (string | number | null)[][]) => string) {}
  begin(): void {}
  instruction(record: Parameters<TraceSink["instruction"]>[0]): void {
    this.add(instructionCells(record));
  }
  hold(record: Parameters<TraceSink["hold"]>[0]): void {
    this.add(holdCells(record));
  }
  end(): void {
    this.bytes += this.stringify(this.batch).length;
  }
  private add(cells: (string | number | null)[]): void {
    this.batch.push(cells);
    if (this.batch.length < 1000) return;
    this.bytes += this.stringify(this.batch).length;
    this.batch = [];
  }
}

/** CPU seconds of an action, this process's threads together. */
async function cpuSeconds(action: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await action();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** Rows a CPU second into sinks made anew, until `rows` rows went through; the best of three. */
async function rate(sample: Sample, rows: number, make: () => TraceSink): Promise<number> {
  await play(sample, make());
  const repeats = Math.max(1, Math.round(rows / sample.rows.length));
  let best = 0;
  for (let trial = 0; trial < 3; trial++) {
    const seconds = await cpuSeconds(async () => {
      for (let i = 0; i < repeats; i++) await play(sample, make());
    });
    best = Math.max(best, (repeats * sample.rows.length) / seconds);
  }
  return best;
}

/** Measures the writers and the reader, and prints rates and their ratios. */
export async function run(args: string[]): Promise<void> {
  const at = args.indexOf("--rows");
  const rows = at >= 0 ? Number(args[at + 1]) : 1_000_000;
  const sample = makeSample(2000, 4);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "wordline-bench-"));
  const { stringify } = await import("csv-stringify/sync");
  try {
    const named = (name: string) => path.join(folder, name);
    const base = await rate(sample, rows, () => new CsvSink(new NullOutput()));
    const line = (what: string, value: number) => {
      const millions = (value / 1e6).toFixed(value < 1e6 ? 3 : 2).padStart(8);
      console.log(`${what.padEnd(44)}${millions} Mrows/CPU s  ${(value / base).toFixed(3).padStart(7)} of batched CSV`);
    };
    console.log(`trace: ${sample.rows.length} rows, ${rows} a measurement`);
    line("CSV, batched, no file", base);
    line("CSV, csv-stringify row by row, no file", await rate(sample, rows / 20, () => new SlowCsvSink()));
    const batched = () => new BatchedSlowCsvSink(stringify);
    line("CSV, csv-stringify by 1000 rows, no file", await rate(sample, rows / 20, batched));
    line("Perfetto, no file", await rate(sample, rows, () => new PerfettoSink(new NullOutput())));
    const bare = () => new PerfettoSink(new NullOutput(), { arrows: false });
    line("Perfetto without arrows, no file", await rate(sample, rows, bare));
    line("columns in memory", await rate(sample, rows, () => new MemorySink()));
    line("CSV file", await rate(sample, rows, () => csvTrace(named("a.csv"))));
    for (const level of [1, 6])
      line(
        `CSV file, gzip ${level}`,
        await rate(sample, rows / 4, () => csvTrace(named(`${level}.csv.gz`), { level })),
      );
    line("Perfetto file", await rate(sample, rows, () => perfettoTrace(named("a.json"))));
    line("Perfetto file, gzip 1", await rate(sample, rows / 4, () => perfettoTrace(named("1.json.gz"))));
    for (const name of ["a.csv", "1.csv.gz"]) {
      let seconds = Number.POSITIVE_INFINITY;
      for (let trial = 0; trial < 3; trial++)
        seconds = Math.min(seconds, await cpuSeconds(async () => void (await collectTrace(named(name)))));
      line(`reading ${name} into columns`, sample.rows.length / seconds);
    }
    const { instructions, holds, makespanTicks } = sample.footer;
    const run = { instructions, holds, makespanTicks, streams: sample.header.streams.length };
    for (const name of ["a.csv", "1.csv.gz", "6.csv.gz", "a.json", "1.json.gz"]) {
      const { form, gzip } = traceFormOf(name);
      const size = fs.statSync(named(name)).size;
      const perRow = (size / sample.rows.length).toFixed(1);
      const ratio = (estimateTraceBytes(form, gzip, run) / size).toFixed(2);
      console.log(`${name.padEnd(12)} ${perRow.padStart(6)} bytes a row; estimate / size = ${ratio}`);
    }
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}
