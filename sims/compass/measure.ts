/** One run as a row: mapped, emitted, simulated, checked and set beside both estimates. */
import { dramTraffic } from "../../src/mapping/index.js";
import { type Run, runNetwork } from "../../src/run/index.js";
import { readNetwork } from "../../src/workload/index.js";
import { type Case, chipOf, KEYS, keyOf } from "./cases.js";

/** Rows up to which the whole trace is kept and held to all laws; larger runs are held to those on counters. */
const CHECKED_ROWS = 600_000;

const TRAFFIC = [
  ...["weightBytes", "weightRepeatBytes", "weightAlignmentBytes", "loadMarkBytes", "storeMarkBytes"],
  ...["spillLoadBytes", "spillStoreBytes", "repeatBytes", "partialSumBytes", "alignmentBytes"],
] as const;

/** Parts of the energy, in nJ. */
const ENERGY = ["array", "write", "weightBuffer", "dram", "network", "static", "total"] as const;

/** Columns of a run. */
export const RUN_COLUMNS = [
  ...KEYS,
  ...["cycles", "perSecond", "steadyPerSecond", "partitions", "modelCycles", "estimateCycles", "modelGap", "gapCauses"],
  ...["writeExposed", "writeHidden", "loadExposed", "loadAtPeak", "mvmPath", "adcPath", "inputPath", "storePath"],
  ...["vectorPath", "dramWaitPath", "otherPath"],
  ...ENERGY.map((part) => `${part}Nj`),
  ...["modelNj", "dramCommandsNj", "edpNjs", "arrayMvms", "rowsWritten"],
  ...["dramReadBytes", "dramWriteBytes", ...TRAFFIC],
  ...["check", "violations", "digest", "cpuSeconds", "parts"],
];

/** Sum of the gaps of all partitions by their cause, in order of size. */
function gapCauses({ result }: Run): string {
  const sums = new Map<string, number>();
  for (const { cause, gapCycles } of result.partitions) sums.set(cause, (sums.get(cause) ?? 0) + gapCycles);
  return [...sums]
    .sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]))
    .map(([cause, cycles]) => `${cause}:${Math.round(cycles)}`)
    .join(" ");
}

/** Partitions as one cell: layers, units, model, estimate, simulated cycles and cause of the gap; for networks with few of them. */
function partsCell({ result }: Run): string {
  if (result.partitions.length > 30) return "";
  return result.partitions
    .map(({ layers, units, modelCycles, estimateCycles, simulatedCycles, cause }) =>
      [`${layers[0]}..${layers.at(-1)}`, units, Math.round(modelCycles), estimateCycles, simulatedCycles, cause].join(
        " ",
      ),
    )
    .join("; ");
}

/** Runs a case. */
export async function measure(one: Case): Promise<(string | number)[][]> {
  const before = process.cpuUsage();
  const network = readNetwork(one.network);
  const chip = chipOf(one);
  const run = await runNetwork(network, chip, {
    ...{ mapper: one.scheme, batch: one.batch, seed: "1", experiments: false },
    mapping: { mvmPer: "rowBlock", pipeline: one.pipeline, replication: "chip-full" },
    ...(one.freeWrites ? { ideal: ["write"], checkRows: 0 } : { checkRows: CHECKED_ROWS }),
  });
  const { result, mapping } = run;
  const { energyPj, path, writes, counts, cycles, check } = result;
  const { terms } = path;
  const traffic = dramTraffic(mapping);
  const dramWait = terms.dramRow + terms.dramTurnaround + terms.dramRefresh;
  const named = [terms.write, terms.weightLoad, terms.mvm, terms.adc, terms.inputLoad, terms.store, terms.vector];
  const other = cycles - named.reduce((sum, term) => sum + term, 0) - dramWait;
  // Activating, reading and writing; what refresh and standby take does not follow from the bytes.
  const dram = result.dram?.energyPj;
  const commandsPj = dram ? dram.activate + dram.read + dram.write : 0;
  const peakBytesPerCycle = (Number(one.dramGBs) * 1e9) / chip.clockHz;
  const weightsMoved = traffic.weightBytes + traffic.weightRepeatBytes + traffic.weightAlignmentBytes;
  const used = process.cpuUsage(before);
  const seconds = cycles / chip.clockHz;
  return [
    [
      ...keyOf(one),
      ...[cycles, (one.batch / seconds).toFixed(3), result.throughputPerSecond.toFixed(3), result.partitions.length],
      ...[Math.round(result.model.cycles), result.estimate.cycles, Math.round(cycles - result.model.cycles)],
      gapCauses(run),
      ...[writes.exposedCycles, writes.hiddenCycles, terms.weightLoad, Math.round(weightsMoved / peakBytesPerCycle)],
      ...[terms.mvm, terms.adc, terms.inputLoad, terms.store, terms.vector, dramWait, other],
      ...ENERGY.map((part) => ((energyPj[part] ?? 0) / 1000).toFixed(1)),
      ...[(result.model.energyPj / 1000).toFixed(1), (commandsPj / 1000).toFixed(1)],
      ...[((energyPj["total"]! / 1000) * seconds).toFixed(3), counts["arrayMvms"]!, counts["rowsWritten"]!],
      ...[counts["dramReadBytes"]!, counts["dramWriteBytes"]!, ...TRAFFIC.map((part) => traffic[part])],
      ...[check.mode, check.violations.length, result.digest, ((used.user + used.system) / 1e6).toFixed(1)],
      partsCell(run),
    ],
  ];
}
