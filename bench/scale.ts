/**
 * `npm run bench -- scale`: what an instruction costs as cores (1 to 4096) and program length (10^5 to 10^8) grow, and the memory it takes.
 * Each point runs in a process of its own; ratios are to the first row.
 */
import { execFileSync } from "node:child_process";
import { readChip } from "../src/hardware/index.js";
import { simulate } from "../src/machine/index.js";
import { coreProgram, INSTRUCTIONS_PER_ROUND } from "./lib/core-program.js";
import { median } from "./lib/measure.js";
import { formatTable } from "./lib/table.js";

interface Point {
  instructions: number;
  nanosecondsPerInstruction: number;
  peakMegabytes: number;
}

/** One measurement, in this process: set-up is measured apart and not counted. */
function measure(cores: number, rounds: number, pathTotals: boolean): Point {
  const chip = readChip("compass-s", { set: { cores } });
  const program = coreProgram(chip, cores, rounds);
  // Warm the machine's code, then pay for set-up once to know it.
  simulate(coreProgram(chip, Math.min(cores, 16), 4000), chip, { pathTotals });
  const empty = coreProgram(chip, cores, 8);
  let before = process.cpuUsage();
  simulate(empty, chip, { pathTotals });
  let used = process.cpuUsage(before);
  const setUp = (used.user + used.system) / 1e6;
  before = process.cpuUsage();
  const result = simulate(program, chip, { pathTotals });
  used = process.cpuUsage(before);
  return {
    instructions: result.instructions,
    nanosecondsPerInstruction: (((used.user + used.system) / 1e6 - setUp) / result.instructions) * 1e9,
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
  };
}

function child(cores: number, rounds: number, pathTotals: boolean, repeats: number): Point {
  const points = Array.from({ length: repeats }, () => {
    const text = execFileSync(
      process.execPath,
      [process.argv[1]!, "scale", "point", String(cores), String(rounds), pathTotals ? "on" : "off"],
      { encoding: "utf8" },
    );
    return JSON.parse(text) as Point;
  });
  const middle = median(points.map((point) => point.nanosecondsPerInstruction));
  return points.find((point) => point.nanosecondsPerInstruction === middle)!;
}

/** Runs the bench; `scale long` goes to 10^8 instructions (minutes), else to 10^7. */
export async function run(args: string[]): Promise<void> {
  if (args[0] === "point") {
    process.stdout.write(JSON.stringify(measure(Number(args[1]), Number(args[2]), args[3] === "on")));
    return;
  }
  const total = 1_300_000;
  for (const pathTotals of [false, true]) {
    const rows: string[][] = [["cores", "instructions", "ns/instruction", "ratio", "peak MB"]];
    let first = 0;
    for (const cores of [1, 16, 256, 1024, 4096]) {
      const point = child(cores, Math.round(total / cores / INSTRUCTIONS_PER_ROUND), pathTotals, 3);
      first ||= point.nanosecondsPerInstruction;
      rows.push([
        String(cores),
        String(point.instructions),
        point.nanosecondsPerInstruction.toFixed(0),
        (point.nanosecondsPerInstruction / first).toFixed(2),
        point.peakMegabytes.toFixed(0),
      ]);
    }
    process.stdout.write(`\ncores, path totals ${pathTotals ? "on" : "off"}\n${formatTable(rows)}\n`);
  }
  const rows: string[][] = [["instructions", "ns/instruction", "ratio", "peak MB"]];
  let first = 0;
  for (const instructions of args[0] === "long" ? [1e5, 1e6, 1e7, 1e8] : [1e5, 1e6, 1e7]) {
    const point = child(16, Math.round(instructions / 16 / INSTRUCTIONS_PER_ROUND), true, instructions > 1e7 ? 1 : 3);
    first ||= point.nanosecondsPerInstruction;
    rows.push([
      String(point.instructions),
      point.nanosecondsPerInstruction.toFixed(0),
      (point.nanosecondsPerInstruction / first).toFixed(2),
      point.peakMegabytes.toFixed(0),
    ]);
  }
  process.stdout.write(`\nlength, 16 cores, path totals on\n${formatTable(rows)}\n`);
}
