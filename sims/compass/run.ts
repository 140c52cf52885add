/**
 * The COMPASS study: `npx tsc -p tsconfig.bench.json && node build/sims/compass/run.js [all|main|report] [WORKERS]`.
 * Rows go to the CSV files beside this script as they come; a run takes up where the last one stopped, as long as the code is the same.
 */

import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { type CsvRow, readCsv, runCampaign, writeCsv } from "../common/campaign.js";
import { ACCEPTANCE_COLUMNS, acceptance, acceptanceMarkdown } from "./acceptance.js";
import {
  BATCHES,
  type Case,
  CHIPS,
  freeCases,
  KEYS,
  keyOf,
  mainCases,
  NETWORKS,
  sensitivityCases,
  studyDigest,
} from "./cases.js";
import { breakdownFigure } from "./figure-breakdown.js";
import { energyFigure } from "./figure-energy.js";
import { throughputFigure } from "./figure-throughput.js";
import { measure, RUN_COLUMNS } from "./measure.js";
import { SEARCH_COLUMNS, SEARCH_KEYS, type SearchCase, search } from "./search.js";

const FOLDER = "sims/compass";
const FILES = {
  search: `${FOLDER}/search.csv`,
  main: `${FOLDER}/results.csv`,
  free: `${FOLDER}/removable.csv`,
  sensitivity: `${FOLDER}/sensitivity.csv`,
};
/** Longest run; a shared machine may take several times the processor time. */
const LIMIT_SECONDS = 1800;

/** Of rows that differ by the code alone the last stays. */
export function newest(rows: readonly CsvRow[]): CsvRow[] {
  const keys = KEYS.filter((key) => key !== "code");
  return [...new Map(rows.map((row) => [keys.map((key) => row[key]).join(" "), row])).values()];
}

function runs(file: string, cases: readonly Case[], workers: number): Promise<Case[]> {
  return runCampaign({
    ...{ file, columns: RUN_COLUMNS, keys: KEYS, cases, keyOf, limitSeconds: LIMIT_SECONDS, workers },
    command: (one) => ["run", JSON.stringify(one)],
  });
}

function searches(code: string, workers: number): Promise<SearchCase[]> {
  const cases = NETWORKS.flatMap((network) =>
    CHIPS.flatMap((chip) =>
      BATCHES.map((batch) => ({
        ...{ network, chip, batch, code },
        allModels: network === "resnet18" && chip === "compass-m" && batch === 16,
      })),
    ),
  );
  return runCampaign({
    ...{ file: FILES.search, columns: SEARCH_COLUMNS, keys: SEARCH_KEYS, cases, limitSeconds: LIMIT_SECONDS, workers },
    keyOf: ({ network, chip, batch }) => [network, chip, `${batch}`, code],
    command: (one) => ["search", JSON.stringify(one)],
  });
}

/** Big runs last, so that a study stopped early has every network. */
async function study(workers: number, everything: boolean): Promise<number> {
  const code = studyDigest();
  const isBig = ({ network, batch }: Case) => network === "vgg16" && batch >= 8;
  const main = mainCases(code);
  const other = everything ? sensitivityCases(code) : [];
  const small = other.filter(({ network }) => network !== "vgg16");
  const steps = [
    () => searches(code, workers),
    () =>
      runs(
        FILES.main,
        main.filter((one) => !isBig(one)),
        workers,
      ),
    () => runs(FILES.sensitivity, small, workers),
    () => runs(FILES.free, everything ? freeCases(code) : [], workers),
    () => runs(FILES.main, main.filter(isBig), workers),
    () =>
      runs(
        FILES.sensitivity,
        other.filter((one) => !small.includes(one)),
        workers,
      ),
  ];
  let failed = 0;
  for (const step of steps) failed += (await step()).length;
  return failed;
}

/** Sorts the files, then writes acceptance table and figures from what is there. */
function report(): void {
  const order = mainCases("").map(({ network, chip, batch, scheme }) => `${network} ${chip} ${batch} ${scheme}`);
  const names = [...NETWORKS].flatMap((network) => CHIPS.map((chip) => `${network} ${chip}`));
  const place = (row: CsvRow) => {
    const { network, chip, batch, scheme } = row;
    return (
      names.indexOf(`${network} ${chip}`) * 1e6 +
      Number(batch) * 1e4 +
      order.indexOf(`${network} ${chip} ${batch} ${scheme}`)
    );
  };
  for (const file of [FILES.main, FILES.free, FILES.sensitivity])
    writeCsv(
      file,
      RUN_COLUMNS,
      newest(readCsv(file)).sort((a, b) => place(a) - place(b)),
    );
  const results = readCsv(FILES.main);
  const rows = acceptance(results, readCsv(FILES.search));
  writeCsv(`${FOLDER}/acceptance.csv`, ACCEPTANCE_COLUMNS, rows);
  writeFileSync(`${FOLDER}/acceptance.md`, acceptanceMarkdown(rows, results));
  writeFileSync(`${FOLDER}/throughput.svg`, throughputFigure(results));
  writeFileSync(`${FOLDER}/energy.svg`, energyFigure(results));
  writeFileSync(`${FOLDER}/breakdown.svg`, breakdownFigure(results));
}

const [what = "all", argument = ""] = process.argv.slice(2);
if (what === "run") process.stdout.write(JSON.stringify(await measure(JSON.parse(argument) as Case)));
else if (what === "search") process.stdout.write(JSON.stringify(search(JSON.parse(argument) as SearchCase)));
else if (["all", "main", "report"].includes(what) && /^\d*$/.test(argument) && argument !== "0") {
  if (what !== "report") {
    const failed = await study(argument === "" ? availableParallelism() : Number(argument), what === "all");
    if (failed > 0) process.exitCode = 1;
  }
  report();
} else {
  process.stderr.write("usage: run.js [all|main|report] [WORKERS]\n");
  process.exitCode = 2;
}
