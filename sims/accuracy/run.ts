/**
 * The accuracy study: `npx tsc -p tsconfig.bench.json && node build/sims/accuracy/run.js [BLOCKS]` (8 samples a block, default 2 blocks).
 * Cases that are done stand in build/accuracy; a run takes up where the last one stopped, then writes results.csv and figure.svg.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import type { AdcModel } from "../../src/functional/index.js";
import { readCsv, runCampaign, writeCsv } from "../common/campaign.js";
import { ADC_BITS, adcModels, ROWS_ACTIVE } from "./chip.js";
import { drawFigure } from "./figure.js";
import { measureSamples, measureTiming, SAMPLE_COLUMNS, TIMING_COLUMNS } from "./measure.js";
import { type StudyNetwork, studyNetworks } from "./networks.js";
import { RESULT_COLUMNS, summarise } from "./summary.js";

const SAMPLES = "build/accuracy/samples.csv";
const TIMING = "build/accuracy/timing.csv";
const RESULTS = "sims/accuracy/results.csv";
const FIGURE = "sims/accuracy/figure.svg";

interface Setting {
  study: StudyNetwork;
  rowsActive: number;
  bits: number;
}

interface SampleCase extends Setting {
  adc: AdcModel;
  block: number;
}

function settings(): Setting[] {
  return studyNetworks().flatMap((study) =>
    ROWS_ACTIVE.flatMap((rowsActive) => ADC_BITS.map((bits) => ({ study, rowsActive, bits }))),
  );
}

/** Blocks outermost: a study stopped early has the same samples in every setting but the last. */
function sampleCases(blocks: number): SampleCase[] {
  return Array.from({ length: blocks }, (_, block) =>
    settings().flatMap((one) => adcModels(one.bits, one.rowsActive).map((adc) => ({ ...one, adc, block }))),
  ).flat();
}

async function study(blocks: number): Promise<void> {
  mkdirSync("build/accuracy", { recursive: true });
  const keyOf = ({ study: { name, weights }, rowsActive, bits }: Setting) => [
    name,
    weights,
    `${rowsActive}`,
    `${bits}`,
  ];
  const untimed = await runCampaign({
    file: TIMING,
    columns: TIMING_COLUMNS,
    keys: ["network", "weights", "rowsActive", "adcBits"],
    cases: settings(),
    keyOf,
    command: (one) => ["timing", JSON.stringify(one)],
    limitSeconds: 600,
  });
  const unmeasured = await runCampaign({
    file: SAMPLES,
    columns: SAMPLE_COLUMNS,
    keys: ["network", "weights", "rowsActive", "adcBits", "adc", "block"],
    cases: sampleCases(blocks),
    keyOf: (one) => [...keyOf(one), one.adc, `${one.block}`],
    command: (one) => ["samples", JSON.stringify(one)],
    limitSeconds: 600,
  });
  writeResults();
  if (untimed.length + unmeasured.length > 0) process.exitCode = 1;
}

function writeResults(): void {
  const rows = summarise(readCsv(TIMING), readCsv(SAMPLES));
  writeCsv(RESULTS, RESULT_COLUMNS, rows);
  writeFileSync(FIGURE, drawFigure(rows));
}

const [what = "2", json = ""] = process.argv.slice(2);
if (what === "timing") {
  const { study: network, rowsActive, bits } = JSON.parse(json) as Setting;
  process.stdout.write(JSON.stringify(measureTiming(network, rowsActive, bits)));
} else if (what === "samples") {
  const { study: network, rowsActive, bits, adc, block } = JSON.parse(json) as SampleCase;
  process.stdout.write(JSON.stringify(measureSamples(network, rowsActive, bits, adc, block)));
} else if (/^\d+$/.test(what)) {
  if (what === "0") writeResults();
  else await study(Number(what));
} else {
  process.stderr.write("usage: run.js [BLOCKS]; 0 writes results and figure from the cases that are done\n");
  process.exitCode = 2;
}
