/** From the rows that are there: files in order, table of weight times, acceptance table, figures. */
import { writeFileSync } from "node:fs";
import { type CsvRow, readCsv, writeCsv } from "../common/campaign.js";
import { ACCEPTANCE_COLUMNS, acceptance, acceptanceMarkdown } from "./acceptance.js";
import { CHIPS, KEYS, NETWORKS, SCHEMES } from "./cases.js";
import { breakdownFigure } from "./figure-breakdown.js";
import { energyFigure } from "./figure-energy.js";
import { throughputFigure } from "./figure-throughput.js";
import { RUN_COLUMNS } from "./measure.js";
import { SEARCH_COLUMNS } from "./search.js";

const FOLDER = "sims/compass";

/** The study's files, which hold its rows as they come. */
export const FILES = {
  search: `${FOLDER}/search.csv`,
  main: `${FOLDER}/results.csv`,
  free: `${FOLDER}/free-writes.csv`,
  sensitivity: `${FOLDER}/sensitivity.csv`,
};

/** Columns of weights.csv. */
export const WEIGHT_COLUMNS = [
  ...["network", "chip", "batch", "scheme", "cycles", "writeExposed", "writeHidden", "writeRemovable"],
  ...["loadExposed", "loadAtPeak", "exposedShare"],
];

/** Of rows that differ by the code alone the last stays. */
export function newest(rows: readonly CsvRow[]): CsvRow[] {
  const keys = KEYS.filter((key) => key !== "code");
  return [...new Map(rows.map((row) => [keys.map((key) => row[key]).join(" "), row])).values()];
}

/** Time of writing and loading weights; removable where the run was made again by the same code with writes free. */
export function weightTimes(results: readonly CsvRow[], freed: readonly CsvRow[]): CsvRow[] {
  const keyOf = ({ network, chip, batch, scheme, code }: CsvRow) => [network, chip, batch, scheme, code].join(" ");
  const freeCycles = new Map(freed.map((row) => [keyOf(row), Number(row["cycles"])]));
  return results.map((row) => {
    const cycles = Number(row["cycles"]);
    const free = freeCycles.get(keyOf(row));
    const exposed = Number(row["writeExposed"]) + Number(row["loadExposed"]);
    return {
      ...Object.fromEntries(WEIGHT_COLUMNS.map((column) => [column, row[column] ?? ""])),
      writeRemovable: free === undefined ? "" : String(cycles - free),
      exposedShare: (exposed / cycles).toFixed(4),
    };
  });
}

/** Rows in the order of networks, chips, batches and schemes. */
export function ordered(rows: readonly CsvRow[]): CsvRow[] {
  const place = ({ network, chip, batch, scheme }: CsvRow): number => {
    const at = (list: readonly string[], name: string | undefined) => list.indexOf(name!);
    return (at(NETWORKS, network) * 10 + at(CHIPS, chip)) * 1000 + Number(batch) * 10 + at(SCHEMES, scheme);
  };
  return [...rows].sort((a, b) => place(a) - place(b));
}

/** Writes everything that follows from the rows. */
export function report(): void {
  for (const file of [FILES.main, FILES.free, FILES.sensitivity])
    writeCsv(file, RUN_COLUMNS, ordered(newest(readCsv(file))));
  const searched = readCsv(FILES.search);
  const code = searched.at(-1)?.["code"];
  writeCsv(FILES.search, SEARCH_COLUMNS, ordered(searched.filter((row) => row["code"] === code)));
  const results = readCsv(FILES.main);
  writeCsv(`${FOLDER}/weights.csv`, WEIGHT_COLUMNS, weightTimes(results, readCsv(FILES.free)));
  const rows = acceptance(results, readCsv(FILES.search));
  writeCsv(`${FOLDER}/acceptance.csv`, ACCEPTANCE_COLUMNS, rows);
  writeFileSync(`${FOLDER}/acceptance.md`, acceptanceMarkdown(rows, results));
  writeFileSync(`${FOLDER}/throughput.svg`, throughputFigure(results));
  writeFileSync(`${FOLDER}/energy.svg`, energyFigure(results));
  writeFileSync(`${FOLDER}/breakdown.svg`, breakdownFigure(results));
}
