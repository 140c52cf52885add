/**
 * `npm run bench -- verify compass`: the programs of the COMPASS study at reduced input size, verified bit by bit, with races and laws.
 * All cases in bench/verify/compass.csv, their summary in docs/compass.md; a run takes up where the last one stopped.
 */
import { type CsvRow, readCsv, runCampaign } from "../../sims/common/campaign.js";
import type { Chip } from "../../src/hardware/index.js";
import { NetworkView } from "../../src/mapper/chains.js";
import { layOut } from "../../src/mapper/local-memory.js";
import { schedule } from "../../src/mapper/schedule.js";
import type { Mapping } from "../../src/mapping/index.js";
import type { Network } from "../../src/workload/index.js";
import { dropStale } from "../lib/fresh.js";
import { limitedTo } from "../lib/names.js";
import { readPart, writePart } from "../lib/page.js";
import {
  CHIPS,
  type CompassCase,
  chipOf,
  compassCases,
  machineOf,
  mappingOf,
  networkOf,
  VARIATIONS,
} from "./compass-cases.js";
import { programOf, type VerifyOutcome, verifyProgram } from "./outcome.js";

/** Where the cases stand. */
export const COMPASS_FILE = "bench/verify/compass.csv";

const KEYS = ["network", "chip", "mapper", "batch", "options"];
const COLUMNS = [
  ...[...KEYS, "mode", "engine", "outcome", "elements", "macs", "races", "partitions", "cuts"],
  ...["freeLayers", "strippedLayers", "instructions", "cpuSeconds", "program"],
];
const PAGE = {
  page: "docs/compass.md",
  begin: "<!-- verified: written by npm run bench -- verify compass -->",
  end: "<!-- end of verified -->",
};

/** Rows up to which every law is held against the trace. */
const CHECKED_ROWS = 400_000;

/** What of a mapping makes its program hard: cuts inside columns, layers of strips, layers whose copies run ahead of each other. */
export function hardness(mapping: Mapping, network: Network, chip: Chip) {
  const view = new NetworkView(network, mapping.precision);
  const { pipeline, partitions } = mapping;
  let [cuts, free, stripped] = [0, 0, 0];
  for (const { layers, edges, samplesPerRound: samples } of partitions) {
    cuts += layers.flatMap(({ slices }) => slices).filter(({ sumsTo }) => sumsTo >= 0).length;
    stripped += layers.filter(({ strips }) => strips > 1).length;
    const order = schedule({ view, chip, layers, edges, layout: layOut(view, chip, layers), pipeline, samples });
    if ("tasks" in order) free += outOfTurn(order.tasks);
  }
  return { cuts, free, stripped };
}

/** Layers with a row that is made before an earlier one of the same sample, pass and strip. */
function outOfTurn(
  tasks: readonly { layer: number; sample: number; pass: number; strip: number; row: number }[],
): number {
  const last = new Map<string, number>();
  const found = new Set<number>();
  for (const { layer, sample, pass, strip, row } of tasks) {
    const key = `${layer} ${sample} ${pass} ${strip}`;
    if (row < (last.get(key) ?? -1)) found.add(layer);
    last.set(key, row);
  }
  return found.size;
}

/** Verifies one case. */
export async function verifyCompass(one: CompassCase): Promise<VerifyOutcome> {
  const request = { ...requestOf(one), ...machineOf(one), checkRows: CHECKED_ROWS };
  return verifyProgram(networkOf(one), chipOf(one), request);
}

function requestOf(one: CompassCase) {
  return { mapper: one.scheme, batch: one.batch, mapping: mappingOf(one) };
}

function keyOf({ network, size, chip, scheme, batch, options }: CompassCase): string[] {
  return [`${network}@${size}`, chip, scheme, `${batch}`, options];
}

/** One case in this process: prints its row, and on the error stream what is wrong. */
export async function runCompassCase(json: string): Promise<void> {
  const one = JSON.parse(json) as CompassCase;
  const { word, elements, macs, races, details, made, program } = await verifyCompass(one);
  const { user, system } = process.cpuUsage();
  if (details.length > 0) process.stderr.write(`${details.join("\n")}\n`);
  const { mode, engine } = machineOf(one);
  const row: (string | number)[] = [...keyOf(one), mode, engine, word, elements, macs, races];
  if (made === undefined) row.push(0, 0, 0, 0, 0);
  else {
    const { cuts, free, stripped } = hardness(made.mapping, made.network, chipOf(one));
    row.push(made.mapping.partitions.length, cuts, free, stripped);
    row.push(made.program.streams.reduce((sum, { code }) => sum + code.length, 0));
  }
  process.stdout.write(JSON.stringify([[...row, ((user + system) / 1e6).toFixed(1), program]]));
}

/** The cases in short: a row a network and variation, a column a chip, each cell the words that occurred and how often. */
export function compassTable(rows: readonly CsvRow[]): string {
  const networks = [...new Set(rows.map((row) => row["network"]!))];
  const sum = (own: readonly CsvRow[], column: string) => own.reduce((all, row) => all + Number(row[column]), 0);
  const lines = networks.flatMap((network) =>
    Object.keys(VARIATIONS).flatMap((options) => {
      const own = rows.filter((row) => row["network"] === network && row["options"] === options);
      if (own.length === 0) return [];
      const cells = CHIPS.map((chip) => words(own.filter((row) => row["chip"] === chip)));
      const facts = ["races", "partitions", "cuts", "freeLayers"].map((column) => sum(own, column));
      const batches = [...new Set(own.map((row) => Number(row["batch"])))].sort((a, b) => a - b).join(" ");
      return [`| ${[network, options, batches, ...cells, ...facts].join(" | ")} |`];
    }),
  );
  const head = ["network", "options", "batches", ...CHIPS, "races", "partitions", "cuts", "free layers"];
  return [`| ${head.join(" | ")} |`, `|${"---|".repeat(head.length)}`, ...lines].join("\n");
}

function words(own: readonly CsvRow[]): string {
  const counts = new Map<string, number>();
  for (const row of own) counts.set(row["outcome"]!, (counts.get(row["outcome"]!) ?? 0) + 1);
  return [...counts].map(([word, times]) => `${times} ${word}`).join(", ");
}

/** The table as the page shows it. */
export function compassPage(): string {
  return readPart(PAGE);
}

/** Drops the rows of programs that the code of now does not make any more, and writes the page's table. */
export function dropStaleCompass(): void {
  const programs = (one: CompassCase) => programOf(networkOf(one), chipOf(one), requestOf(one));
  dropStale({ file: COMPASS_FILE, columns: COLUMNS, keys: KEYS, cases: compassCases(), keyOf, programOf: programs });
  writePart(PAGE, compassTable(readCsv(COMPASS_FILE)));
}

/**
 * Runs all cases that have no row yet and writes the page's table; names of networks and of variations limit it to them, `none` runs
 * nothing. Tells whether all are well.
 */
export async function runCompass(names: readonly string[]): Promise<boolean> {
  const all = compassCases();
  const named = names[0] === "none" ? [] : names;
  const [networks, variations] = limitedTo(named, [...new Set(all.map((one) => one.network))], Object.keys(VARIATIONS));
  const wanted = ({ network, options }: CompassCase) => networks!.includes(network) && variations!.includes(options);
  const failed = await runCampaign({
    file: COMPASS_FILE,
    columns: COLUMNS,
    keys: KEYS,
    cases: names[0] === "none" ? [] : all.filter(wanted),
    keyOf,
    command: (one) => ["verify", "compass-case", JSON.stringify(one)],
    limitSeconds: 1500,
    workers: Number(process.env["WORDLINE_WORKERS"] ?? 2),
  });
  writePart(PAGE, compassTable(readCsv(COMPASS_FILE)));
  const wrong = readCsv(COMPASS_FILE).filter((row) => row["outcome"] === "DIFFERS");
  for (const row of wrong) process.stderr.write(`DIFFERS: ${Object.values(row).join(" ")}\n`);
  return failed.length + wrong.length === 0;
}
