/**
 * `npm run bench -- simulate`: whole networks through map, emit and simulate, trace off, path totals and digest on.
 * An instruction here covers a whole row of vectors, so holds and array-group vectors a second say more than instructions do;
 * the fine-grained pipeline of `coreProgram` (one vector an instruction) is measured beside them.
 */
import { execFileSync } from "node:child_process";
import { readChip } from "../src/hardware/index.js";
import { simulate } from "../src/machine/index.js";
import { emit, map } from "../src/mapper/index.js";
import { readNetwork } from "../src/workload/index.js";
import { coreProgram } from "./lib/core-program.js";
import { median } from "./lib/measure.js";
import { formatTable } from "./lib/table.js";

interface Point {
  compileSeconds: number;
  simulateSeconds: number;
  instructions: number;
  holds: number;
  events: number;
  arrayVectors: number;
  cycles: number;
  peakMegabytes: number;
}

function cpu<T>(work: () => T): { value: T; seconds: number } {
  const before = process.cpuUsage();
  const value = work();
  const used = process.cpuUsage(before);
  return { value, seconds: (used.user + used.system) / 1e6 };
}

function measure(networkName: string, chipName: string, batch: number): Point {
  const chip = readChip(chipName, networkName === "pipeline" ? { set: { cores: 16 } } : {});
  const compiled = cpu(() => {
    if (networkName === "pipeline") return coreProgram(chip, 16, 40_000);
    const network = readNetwork(networkName);
    return emit(map(network, chip, { strategy: "greedy", batch }), network, chip);
  });
  const run = cpu(() => simulate(compiled.value, chip));
  return {
    compileSeconds: compiled.seconds,
    simulateSeconds: run.seconds,
    instructions: run.value.instructions,
    holds: run.value.holds,
    events: run.value.events,
    arrayVectors: run.value.counts.arrayMvms,
    cycles: run.value.cycles,
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
  };
}

/** Runs the bench; `simulate NETWORK CHIP BATCH` measures one case. */
export async function run(args: string[]): Promise<void> {
  if (args[0] === "point") {
    process.stdout.write(JSON.stringify(measure(args[1]!, args[2]!, Number(args[3]))));
    return;
  }
  const cases: [string, string, string][] =
    args.length >= 2
      ? [[args[0]!, args[1]!, args[2] ?? "1"]]
      : [
          ["pipeline", "compass-s", "1"],
          ["resnet18", "compass-s", "1"],
          ["resnet18", "compass-m", "16"],
          ["vgg16", "compass-m", "1"],
          ["vgg16", "compass-m", "16"],
        ];
  const rows = [
    ["network chip batch", "compile s", "simulate s", "k instr/s", "k vectors/s", "k holds/s", "k events/s", "peak MB"],
  ];
  for (const [network, chip, batch] of cases) {
    const points = Array.from({ length: batch === "16" && network === "vgg16" ? 1 : 3 }, () =>
      JSON.parse(
        execFileSync(process.execPath, [process.argv[1]!, "simulate", "point", network, chip, batch], {
          encoding: "utf8",
        }),
      ),
    ) as Point[];
    const middle = median(points.map((point) => point.simulateSeconds));
    const point = points.find((candidate) => candidate.simulateSeconds === middle)!;
    const rate = (count: number): string => (count / point.simulateSeconds / 1000).toFixed(0);
    rows.push([
      `${network} ${chip} ${batch}`,
      point.compileSeconds.toFixed(2),
      point.simulateSeconds.toFixed(2),
      rate(point.instructions),
      rate(point.arrayVectors),
      rate(point.holds),
      rate(point.events),
      point.peakMegabytes.toFixed(0),
    ]);
  }
  process.stdout.write(`${formatTable(rows)}\n`);
}
