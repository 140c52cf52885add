/**
 * The COMPASS study: `npx tsc -p tsconfig.bench.json && node build/sims/compass/run.js [all|main|report] [WORKERS]`.
 * Rows go to the CSV files beside this script as they come; a run takes up where the last one stopped, as long as the code is the same.
 */

import { availableParallelism } from "node:os";
import { runCampaign } from "../common/campaign.js";
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
import { measure, RUN_COLUMNS } from "./measure.js";
import { FILES, report } from "./report.js";
import { SEARCH_COLUMNS, SEARCH_KEYS, type SearchCase, search } from "./search.js";

/** Longest run; a shared machine may take several times the processor time. */
const LIMIT_SECONDS = 1800;

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
  const isBig = ({ network, batch }: Case) => network === "vgg16" && batch > 1;
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
