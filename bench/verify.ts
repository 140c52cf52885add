/**
 * `npm run bench -- verify`: networks verified bit by bit, in CPU seconds (compiling, timing, computing, comparing), with the most
 * memory; and timing without verification as a run does it against bare `simulate`, in one process.
 * `verify NETWORK CHIP` measures one case; `verify slowdown` only the last; `verify table [NETWORK | CHIP ...]` verifies networks on all presets
 * (bench/verify/table.csv), `verify compass [NETWORK | OPTIONS ...]` the programs of the COMPASS study (bench/verify/compass.csv); `verify fresh
 * table|compass [NETWORK | CHIP ...]` drops the rows whose programs have changed since.
 */
import { execFileSync } from "node:child_process";
import { readChip } from "../src/hardware/index.js";
import { runNetwork, Verification } from "../src/run/index.js";
import { readNetwork } from "../src/workload/index.js";
import { formatTable } from "./lib/table.js";
import { dropStaleCompass, runCompass, runCompassCase } from "./verify/compass.js";
import { type Ratio, slowdown } from "./verify/slowdown.js";
import { dropStaleRows, runCase, runTable } from "./verify/table.js";

interface Point {
  seconds: number;
  verifySeconds: number;
  macs: number;
  peakMegabytes: number;
  passed: boolean;
}

function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

async function measure(networkName: string, chipName: string): Promise<Point> {
  const before = process.cpuUsage();
  const chip = readChip(chipName);
  const verification = new Verification(readNetwork(networkName), chip, { seed: "1", batch: 1 });
  const { result } = await runNetwork(verification.network, chip, { experiments: false, verification });
  const { passed, macs, seconds } = result.verify!;
  const peakMegabytes = process.resourceUsage().maxRSS / 1024;
  return { seconds: cpuSince(before), verifySeconds: seconds, macs, peakMegabytes, passed };
}

/** Timing without --verify against bare `simulate`; false where it is slower by more than 2 % beyond doubt. */
function showSlowdown(): boolean {
  const { run: own, noise } = slowdown("deep_autoencoder", "compass-s", 31, 60);
  const text = ({ median, low, high, groups }: Ratio) =>
    `${median.toFixed(4)} (95 % interval ${low.toFixed(4)} to ${high.toFixed(4)}, ${groups} groups)`;
  process.stdout.write(`timing without --verify over bare simulate: ${text(own)}, bound 1.02\n`);
  process.stdout.write(`bare simulate over itself: ${text(noise)}\n`);
  return own.low <= 1.02;
}

/** Runs the bench. */
export async function run(args: string[]): Promise<void> {
  if (args[0] === "slowdown") {
    if (!showSlowdown()) process.exitCode = 1;
    return;
  }
  if (args[0] === "case") return runCase(args[1]!);
  if (args[0] === "table") {
    if (!(await runTable(args.slice(1)))) process.exitCode = 1;
    return;
  }
  if (args[0] === "compass-case") return runCompassCase(args[1]!);
  if (args[0] === "compass") {
    if (!(await runCompass(args.slice(1)))) process.exitCode = 1;
    return;
  }
  if (args[0] === "fresh") {
    if (args[1] === "compass") dropStaleCompass();
    else dropStaleRows(args.slice(2));
    return;
  }
  if (args[0] === "point") {
    process.stdout.write(JSON.stringify(await measure(args[1]!, args[2]!)));
    return;
  }
  const cases: [string, string, number][] =
    args.length >= 2
      ? [[args[0]!, args[1]!, Number.POSITIVE_INFINITY]]
      : [
          ["resnet8", "compass-s", 5],
          ["resnet18", "compass-m", 120],
        ];
  const rows = [["network chip", "equal", "CPU s", "of it verify", "bound s", "M MACs", "peak MB"]];
  let held = true;
  for (const [network, chip, bound] of cases) {
    const text = execFileSync(process.execPath, [process.argv[1]!, "verify", "point", network, chip], {
      encoding: "utf8",
    });
    const point = JSON.parse(text) as Point;
    held &&= point.passed && point.seconds <= bound;
    rows.push([
      `${network} ${chip}`,
      point.passed ? "yes" : "NO",
      point.seconds.toFixed(2),
      point.verifySeconds.toFixed(2),
      Number.isFinite(bound) ? String(bound) : "",
      (point.macs / 1e6).toFixed(0),
      point.peakMegabytes.toFixed(0),
    ]);
  }
  process.stdout.write(`${formatTable(rows)}\n`);
  if (args.length < 2) held &&= showSlowdown();
  if (!held) process.exitCode = 1;
}
