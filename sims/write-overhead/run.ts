/**
 * The write-overhead study: `npx tsc -p tsconfig.bench.json && nice node build/sims/write-overhead/run.js`.
 * Cases that are done stand in build/write-overhead; a run takes up where the last one stopped, then writes tables and figures.
 */
import { runCampaign, writeCsv } from "../common/campaign.js";
import { type StudyCase, studyCases } from "./cases.js";
import { measureCase, measureWear, RUN_COLUMNS, WEAR_COLUMNS } from "./measure.js";
import { writeOutputs } from "./outputs.js";

const RUNS = "build/write-overhead/runs.csv";
const WEAR = "build/write-overhead/wear.csv";

/** Rewrites of every network on every chip: cut greedily, and by the optimum or, where that keeps the weights in place, layer by layer. */
function writeWear(): void {
  const rows = ["squeezenet1_1", "resnet18", "vgg16"].flatMap((network) =>
    ["compass-s", "compass-m", "compass-l"].flatMap((chip) =>
      ["greedy", network === "squeezenet1_1" ? "layerwise" : "compass-optimal"].flatMap((mapper) =>
        measureWear(network, chip, 4, mapper),
      ),
    ),
  );
  const named = rows.map((row) => Object.fromEntries(WEAR_COLUMNS.map((column, at) => [column, `${row[at]}`])));
  writeCsv(WEAR, WEAR_COLUMNS, named);
}

async function study(): Promise<void> {
  const unrun = await runCampaign({
    file: RUNS,
    columns: RUN_COLUMNS,
    keys: ["case"],
    // The longest first, so that no process is left alone with it.
    cases: studyCases().sort((a, b) => Number(b.network === "vgg16") - Number(a.network === "vgg16")),
    keyOf: ({ name }) => [name],
    command: (one) => ["case", JSON.stringify(one)],
    limitSeconds: 1800,
  });
  writeWear();
  writeOutputs(RUNS, WEAR);
  if (unrun.length > 0) process.exitCode = 1;
}

const [what = "all", json = ""] = process.argv.slice(2);
if (what === "case") process.stdout.write(JSON.stringify(await measureCase(JSON.parse(json) as StudyCase)));
else if (what === "tables") writeOutputs(RUNS, WEAR);
else if (what === "all") await study();
else {
  process.stderr.write("usage: run.js [tables]; tables writes tables and figures from the cases that are done\n");
  process.exitCode = 2;
}
