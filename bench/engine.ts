/**
 * The HOLD benchmark of the event queues: `npm run bench -- engine [exp/4096 bim/16 ...] [--rounds N] [--events N]`.
 * Each implementation has a process of its own; they take turns; figures are medians of CPU time, best read as ratios.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { drawLatencies, holdOnPlainHeap, holdOnQueue, WARM_UP_EVENTS } from "./lib/hold.js";
import { type Contender, childOf, measureInterleaved } from "./lib/processes.js";
import { formatTable } from "./lib/table.js";

const CELLS = ["exp", "bim"].flatMap((shape) => [16, 256, 4096, 65536].map((pending) => `${shape}/${pending}`));
const CPP = "C++ std::priority_queue";
const PLAIN = "bare fastpriorityqueue";

/** Measures all cells, or those named. */
export async function run(args: string[]): Promise<void> {
  if (args[0] === "child") return runChild(args.slice(1));
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { rounds: { type: "string", default: "3" }, events: { type: "string", default: "3000000" } },
  });
  const cells = positionals.length > 0 ? positionals : CELLS;
  const unknown = cells.find((cell) => !/^(exp|bim)\/[1-9][0-9]*$/.test(cell));
  if (unknown !== undefined) throw new Error(`not a cell: "${unknown}"; accepted: exp/N or bim/N, N pending events`);
  const folder = mkdtempSync(join(tmpdir(), "wordline-hold-"));
  try {
    const program = compileCpp(folder);
    const rows = [["latencies/pending", "wheel ns/event", "wheel : heap", `: ${PLAIN}`, `: ${CPP}`]];
    for (const cell of cells) {
      rows.push(await measureCell(cell, folder, program, Number(values.events), Number(values.rounds)));
      process.stderr.write(`measured ${cell}\n`);
    }
    process.stdout.write(`${formatTable(rows)}\n`);
    process.stdout.write(
      `ratios of CPU time, above 1 = the wheel is faster; medians of ${values.rounds}; all popped in the same order\n`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measureCell(
  cell: string,
  folder: string,
  program: string | undefined,
  events: number,
  rounds: number,
): Promise<string[]> {
  const [shape, pending] = cell.split("/") as ["exp" | "bim", string];
  const table = join(folder, shape);
  writeFileSync(table, new Uint8Array(drawLatencies(shape).buffer));
  const contenders: Contender[] = ["wheel", "heap", PLAIN].map((name) =>
    childOf(name, ["engine", "child", name, table, pending, String(events)]),
  );
  if (program !== undefined) {
    contenders.push({ name: CPP, file: program, args: [table, pending, String(WARM_UP_EVENTS), String(events)] });
  }
  const seconds = await measureInterleaved(contenders, rounds);
  const wheel = seconds.get("wheel")!;
  const ratio = (name: string) => (seconds.has(name) ? `${(seconds.get(name)! / wheel).toFixed(2)}x` : "-");
  return [cell, ((wheel / events) * 1e9).toFixed(1), ratio("heap"), ratio(PLAIN), ratio(CPP)];
}

/** One implementation, in its own process. */
function runChild([name, table, pending, events]: string[]): void {
  const bytes = readFileSync(table);
  const latencies = new Int32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const measurement =
    name === "wheel" || name === "heap"
      ? holdOnQueue(name, latencies, Number(pending), Number(events))
      : holdOnPlainHeap(latencies, Number(pending), Number(events));
  process.stdout.write(`${JSON.stringify(measurement)}\n`);
}

/** Compiles the C++ contender, or says that it is left out. */
function compileCpp(folder: string): string | undefined {
  if (spawnSync("g++", ["--version"]).status !== 0) {
    process.stderr.write("SKIPPED: no g++ here, so nothing is compared with C++ std::priority_queue\n");
    return undefined;
  }
  const program = join(folder, "engine-hold");
  execFileSync("g++", ["-O2", "-o", program, join("bench", "engine-hold.cpp")]);
  return program;
}
