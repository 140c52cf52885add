/** Runs one case over row-write times; and counts rewrites of a setting without running it. */
import type { Chip } from "../../src/hardware/index.js";
import { programDigest } from "../../src/isa/index.js";
import { type Simulation, simulate } from "../../src/machine/index.js";
import { compileNetwork, executeProgram, type MappingChoice, mapNetwork } from "../../src/run/index.js";
import { loadBuiltin } from "../../src/workload/index.js";
import { BASE, HOME_NS, type StudyCase } from "./cases.js";
import { chipOf } from "./chip.js";
import { closeIn, LIMITS, type SharePoint } from "./crossover.js";
import { wearOf } from "./wear.js";

/** Columns that name a case. */
export const CASE_COLUMNS = [
  ...["case", "network", "chip", "batch", "mapper", "rowsPerPulse", "ports", "doubleBanked"],
  ...["verify", "replicate", "prefetch", "program"],
];

/** Columns of the rows of a case; one row a run. `idealCycles` is the same program with free writes. */
export const RUN_COLUMNS = [
  ...CASE_COLUMNS,
  ...["point", "rowWriteNs", "partitions", "cycles", "exposedCycles", "hiddenCycles", "activeCycles", "busyCycles"],
  ...["weightLoadExposedCycles", "idealCycles", "removableCycles", "totalNj", "writeNj", "staticNj", "dramNj"],
  ...["rowsWritten", "cellWrites", "programDigest", "digest", "check"],
];

/** Columns of the rows of wear, of one batch. */
export const WEAR_COLUMNS = [
  ...["network", "chip", "batch", "mapper", "partitions", "resident", "arrays", "arraysWritten", "rowsWritten"],
  ...["meanRewrites", "mostWrittenArray", "mostWrittenRow"],
];

function choiceOf({ mapper, batch, replicate, prefetch }: StudyCase): MappingChoice {
  // Every scheme under one rule: an MVM drives the arrays of one row block.
  return { mapper, batch, seed: "1", mapping: { mvmPer: "rowBlock", replicate, prefetchWeights: prefetch } };
}

/** Cells of the columns that name a case. */
function caseCells(one: StudyCase): (string | number)[] {
  const { name, network, chip, batch, mapper, rowsPerPulse, ports, verify, program } = one;
  const yes = (value: boolean) => (value ? "yes" : "no");
  const flags = [yes(one.doubleBanked), verify, yes(one.replicate), yes(one.prefetch), program];
  return [name, network, chip, batch, mapper, rowsPerPulse, ports, ...flags];
}

/** One case's runs. */
export async function measureCase(one: StudyCase): Promise<(string | number)[][]> {
  const network = loadBuiltin(one.network);
  const rows: (string | number)[][] = [];
  const compileAt = (ns: number) => {
    const { mapping, program } = compileNetwork(network, chipOf(one, ns), choiceOf(one));
    return { program, partitions: mapping.partitions.length, digest: programDigest(program) };
  };
  const home = compileAt(HOME_NS);
  // Free writes take a tick whatever a row takes, so one such run serves a program at all row-write times.
  const idealCycles = new Map<string, number>();
  const run = (point: string, rowWriteNs: number, verdict = ""): number => {
    const chip = chipOf(one, rowWriteNs);
    const { program, partitions, digest } = one.program === "same" ? home : compileAt(rowWriteNs);
    const simulation = simulate(program, chip);
    if (!idealCycles.has(digest)) idealCycles.set(digest, simulate(program, chip, { ideal: ["write"] }).cycles);
    const ideal = idealCycles.get(digest)!;
    rows.push([
      ...caseCells(one),
      ...[point, rowWriteNs, partitions],
      ...timeCells(simulation, ideal),
      ...[simulation.counts.rowsWritten, simulation.counts.cellWrites, digest, simulation.digest, verdict],
    ]);
    return simulation.writes.exposedCycles / simulation.cycles;
  };
  const verdict = one.checked ? await checkAt(home.program, chipOf(one, HOME_NS)) : "";
  const points: SharePoint[] = one.sweep.map((rowWriteNs) => ({
    rowWriteNs,
    share: run("sweep", rowWriteNs, rowWriteNs === HOME_NS ? verdict : ""),
  }));
  if (one.tolerance > 0)
    for (const limit of LIMITS) closeIn(points, limit, one.tolerance, (rowWriteNs) => run("search", rowWriteNs));
  return rows;
}

/** The laws on the counters of a run: `clean`, or how many are broken. */
async function checkAt(program: Parameters<typeof simulate>[0], chip: Chip): Promise<string> {
  const { fields } = await executeProgram(program, chip, { checkRows: 0 });
  const broken = fields.check.violations.length;
  return broken === 0 ? "clean" : `${broken} violations`;
}

function timeCells({ cycles, writes, path, energyPj }: Simulation, ideal: number): (string | number)[] {
  const nj = (part: string) => (energyPj[part]! / 1000).toFixed(1);
  return [
    ...[cycles, writes.exposedCycles, writes.hiddenCycles, writes.activeCycles, writes.busyCycles],
    ...[path.weightLoad, ideal, cycles - ideal, nj("total"), nj("write"), nj("static"), nj("dram")],
  ];
}

/** Rewrites of one batch of a setting; nothing is simulated. */
export function measureWear(network: string, chipName: string, batch: number, mapper: string): (string | number)[][] {
  const setting: StudyCase = { ...BASE, network, chip: chipName, batch, mapper };
  const chip = chipOf(setting, HOME_NS);
  const mapping = mapNetwork(loadBuiltin(network), chip, choiceOf(setting));
  const arrays = chip.cores * chip.core.arrays.count;
  const wear = wearOf(mapping, arrays, chip.core.arrays.rows);
  return [
    [
      ...[network, chipName, batch, mapper, mapping.partitions.length, mapping.resident ? "yes" : "no", arrays],
      ...[wear.arraysWritten, wear.rowsWritten, wear.meanRewrites.toFixed(4), wear.mostWrittenArray.toFixed(4)],
      wear.mostWrittenRow,
    ],
  ];
}
