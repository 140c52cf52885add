/**
 * Memory controllers alone: `npm run bench -- dram [sequential random …] [--policy P] [--device D] [--requests N] [--rounds N]`.
 * Every kind of traffic has a process of its own, warms up, and is then driven as `wordline dram replay` drives a trace.
 */
import { parseArgs } from "node:util";
import { type DramPolicy, readDramDevice } from "../src/hardware/dram/index.js";
import { createDramController } from "../src/machine/dram/index.js";
import { FIRST_CYCLE, ReplayDriver, RequestWindow } from "../src/run/dram/index.js";
import type { DramRequestBatch } from "../src/trace/dram/index.js";
import { DRAM_TRAFFIC, type DramTraffic, dramTraffic, emptyBatch } from "./lib/dram-traffic.js";
import { drawLatencies, holdOnQueue } from "./lib/hold.js";
import { median } from "./lib/measure.js";
import { childOf, runMeasurement } from "./lib/processes.js";
import { formatTable } from "./lib/table.js";

const KINDS = Object.keys(DRAM_TRAFFIC) as DramTraffic[];
const POLICIES: readonly DramPolicy[] = ["dramsim3", "ramulator2"];
const BATCH = 8192;
/** Requests before the clock starts, on a controller of their own. */
const WARM_UP = 200_000;

/** Thousands of requests a CPU second of the two simulators (DRAMsim3, Ramulator 2.1) on one core, traffic of the same kinds. */
const PEERS: Readonly<Record<DramTraffic, readonly [number, number]>> = {
  sequential: [255, 266],
  random: [174, 243],
  alternating: [254, 329],
  mixed: [244, 293],
  sparse: [68, 339],
  bursts: [168, 419],
};

/** What one process measured. */
interface Measured {
  cpuSeconds: number;
  cycles: number;
  meanReadLatency: number;
  /** Resident bytes after a tenth of the requests, and at the end. */
  residentEarly: number;
  residentEnd: number;
  holdSeconds: number;
}

/** Measures the kinds named, or all. */
export async function run(args: string[]): Promise<void> {
  if (args[0] === "child") return runChild(args.slice(1));
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      policy: { type: "string" },
      device: { type: "string", default: "ddr4_2400_x8" },
      requests: { type: "string", default: "500000" },
      rounds: { type: "string", default: "3" },
    },
  });
  const unknown = positionals.find((kind) => !Object.hasOwn(DRAM_TRAFFIC, kind));
  if (unknown !== undefined) throw new Error(`no traffic is called "${unknown}"; accepted: ${KINDS.join(", ")}`);
  const policies = POLICIES.filter((policy) => values.policy === undefined || values.policy === policy);
  if (policies.length === 0)
    throw new Error(`no policy is called "${values.policy}"; accepted: ${POLICIES.join(", ")}`);
  const kinds = positionals.length > 0 ? (positionals as DramTraffic[]) : KINDS;
  const head = [
    "traffic",
    "policy",
    "k requests/s",
    ": faster peer",
    "HOLD events/request",
    "cycles/request",
    "RSS MiB",
  ];
  const rows = [head];
  for (const kind of kinds) {
    for (const policy of policies) {
      const measured: Measured[] = [];
      for (let round = 0; round < Number(values.rounds); round++)
        measured.push(
          await runMeasurement(childOf(kind, ["dram", "child", kind, policy, values.device, values.requests])),
        );
      rows.push(rowOf(kind, policy, Number(values.requests), measured));
    }
    process.stderr.write(`measured ${kind}\n`);
  }
  process.stdout.write(`${formatTable(rows)}\n`);
  process.stdout.write(
    `${values.device}, ${values.requests} requests a run, CPU time after warm-up, medians of ${values.rounds}\n` +
      "HOLD events: how many events the engine's wheel does in the time of one request, on the same machine\n" +
      "RSS: after a tenth of the requests -> at the end\n",
  );
}

function rowOf(kind: DramTraffic, policy: DramPolicy, requests: number, measured: readonly Measured[]): string[] {
  const seconds = median(measured.map(({ cpuSeconds }) => cpuSeconds));
  const rate = requests / seconds / 1e3;
  const hold = median(measured.map(({ holdSeconds }) => holdSeconds)) / HOLD_EVENTS;
  const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
  return [
    kind,
    policy,
    rate.toFixed(0),
    `${(rate / Math.max(...PEERS[kind])).toFixed(2)}x`,
    (seconds / requests / hold).toFixed(1),
    (measured[0].cycles / requests).toFixed(1),
    `${mebibytes(measured[0].residentEarly)} -> ${mebibytes(measured[0].residentEnd)}`,
  ];
}

const HOLD_EVENTS = 1_000_000;

/** One kind under one policy, in its own process. */
function runChild([kind, policy, device, count]: string[]): void {
  drive(kind as DramTraffic, policy as DramPolicy, device, WARM_UP);
  const result = drive(kind as DramTraffic, policy as DramPolicy, device, Number(count));
  const holdSeconds = holdOnQueue("wheel", drawLatencies("exp"), 256, HOLD_EVENTS).cpuSeconds;
  process.stdout.write(`${JSON.stringify({ ...result, holdSeconds })}\n`);
}

function drive(
  kind: DramTraffic,
  policy: DramPolicy,
  deviceName: string,
  count: number,
): Omit<Measured, "holdSeconds"> {
  // Long runs of reads and writes of the same places lock DRAMsim3 up, and so would ours; without that error they end.
  const device = readDramDevice(deviceName, { asDramsim3: true, set: ["quirks.readBeforeWriteLock=false"] });
  let latencies = 0;
  let reads = 0;
  const window = new RequestWindow((_index, accepted, done, write) => {
    if (write) return;
    latencies += done - accepted;
    reads++;
  });
  const controller = createDramController(device, policy, {
    done: (id, doneCycle) => {
      window.setDone(id, doneCycle);
      driver.sawDone(doneCycle);
    },
  });
  const driver = new ReplayDriver(controller, FIRST_CYCLE[policy], 1, window);
  const fill = dramTraffic(kind);
  const batch: DramRequestBatch = emptyBatch(BATCH);
  let cpuSeconds = 0;
  let residentEarly = 0;
  let cycles = 0;
  for (let begun = 0; begun < count; begun += BATCH) {
    fill(batch, Math.min(BATCH, count - begun));
    const before = process.cpuUsage();
    driver.offer(batch);
    if (begun + BATCH >= count) cycles = driver.finish();
    const used = process.cpuUsage(before);
    cpuSeconds += (used.user + used.system) / 1e6;
    if (begun < count / 10) residentEarly = process.memoryUsage.rss();
  }
  return {
    cpuSeconds,
    cycles,
    meanReadLatency: latencies / reads,
    residentEarly,
    residentEnd: process.memoryUsage.rss(),
  };
}
