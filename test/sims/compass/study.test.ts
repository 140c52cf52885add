/** The COMPASS study's own code: its list of runs, its table of verdicts, one small run, and that the committed table follows from the committed rows. */
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type CsvRow, readCsv } from "../../../sims/common/campaign.js";
import { withoutComments } from "../../../sims/common/code-digest.js";
import { ACCEPTANCE_COLUMNS, acceptance, acceptanceMarkdown } from "../../../sims/compass/acceptance.js";
import {
  BATCHES,
  type Case,
  CHIPS,
  chipOf,
  freeCases,
  keyOf,
  mainCases,
  NETWORKS,
  SCHEMES,
  sensitivityCases,
} from "../../../sims/compass/cases.js";
import { counts, sizes } from "../../../sims/compass/exact.js";
import { breakdownFigure } from "../../../sims/compass/figure-breakdown.js";
import { energyFigure } from "../../../sims/compass/figure-energy.js";
import { throughputFigure } from "../../../sims/compass/figure-throughput.js";
import { measure, RUN_COLUMNS } from "../../../sims/compass/measure.js";
import { newest, weightTimes } from "../../../sims/compass/report.js";

const FOLDER = new URL("../../../sims/compass/", import.meta.url).pathname;

/** Made-up rows of all points: cycles by scheme, throughput rising with the batch. */
function rowsWith(cycles: Record<string, number>): CsvRow[] {
  return NETWORKS.flatMap((network) =>
    CHIPS.flatMap((chip) =>
      BATCHES.flatMap((batch) =>
        SCHEMES.map((scheme): CsvRow => {
          const own = cycles[scheme]! * (1 + batch);
          const zeros = Object.fromEntries(RUN_COLUMNS.map((column) => [column, "1"]));
          return {
            ...zeros,
            ...{ network, chip, batch: String(batch), scheme, cycles: String(own), modelCycles: String(own) },
            ...{ perSecond: String((batch * 1e9) / own), violations: "0", check: "trace" },
            parts: `a..b 1 90 90 90 mvm; c..c 1 10 10 10 mvm`,
          };
        }),
      ),
    ),
  );
}

function verdicts(rows: readonly CsvRow[], text: string): string[] {
  return acceptance(rows, [])
    .filter(({ check }) => check!.includes(text))
    .map(({ verdict }) => verdict!);
}

test("the study has 180 runs of its own and varies what it says", () => {
  const main = mainCases("c");
  expect(main.length).toBe(180);
  const all = [...main, ...sensitivityCases("c"), ...freeCases("c")];
  expect(new Set(all.map((one) => keyOf(one).join(" "))).size).toBe(all.length);
  // Two points, four schemes: five other settings of issue and memory, and one other pipeline.
  expect(sensitivityCases("c").length).toBe(2 * 4 * 6);
  expect(main.at(-1)).toMatchObject({ network: "vgg16", batch: 16 });
  const varied = chipOf({ chip: "compass-m", issueNs: 50, dramGBs: "12.8" });
  expect(varied.core.mvmIssueCycles).toBe(50);
  expect(varied.dram).not.toEqual(chipOf({ chip: "compass-m", issueNs: 50, dramGBs: "6.4" }).dram);
});

test("sizes and counts equal the paper's", () => {
  for (const { what, target, ours, holds } of [...sizes(), ...counts()])
    expect(holds, `${what}: ${ours}, not ${target}`).toBe(true);
});

test("verdicts follow the numbers", () => {
  const better = rowsWith({ greedy: 226, layerwise: 167, compass: 100, "compass-optimal": 99 });
  expect(verdicts(better, "ResNet18-M-16 simulated: COMPASS")).toEqual(["comes out", "comes out"]);
  expect(verdicts(better, "share of its first partition")[0]).toBe("holds");
  expect(verdicts(better, "points not slower than either baseline")[0]).toBe("comes out");
  expect(verdicts(better, "throughput rises")).toEqual(["holds"]);
  expect(verdicts(better, "no law is broken")).toEqual(["holds"]);
  const worse = rowsWith({ greedy: 100, layerwise: 100, compass: 101, "compass-optimal": 99 });
  expect(verdicts(worse, "compass simulated: points")).toEqual(["does not come out"]);
  expect(verdicts(worse, "compass-optimal simulated: points")).toEqual(["comes out"]);
  const falling = better.map((row) => (row["batch"] === "16" ? { ...row, perSecond: "1" } : row));
  expect(verdicts(falling, "throughput rises")).toEqual(["fails"]);
  const broken = better.map((row, at) => (at === 7 ? { ...row, violations: "1" } : row));
  expect(verdicts(broken, "no law is broken")).toEqual(["fails"]);
});

test("what has not run is pending, in table and figures", () => {
  const rows = rowsWith({ greedy: 3, layerwise: 2, compass: 1, "compass-optimal": 1 }).filter(
    ({ network }) => network !== "resnet18",
  );
  const table = acceptance(rows, []);
  for (const check of ["ResNet18-M-16 simulated: COMPASS", "resnet18 simulated: mean", "order of the networks"])
    expect(new Set(verdicts(rows, check)), check).toEqual(new Set(["pending"]));
  expect(verdicts(rows, "squeezenet1_1 simulated: mean")).not.toContain("pending");
  for (const text of [
    acceptanceMarkdown(table, rows),
    throughputFigure(rows),
    energyFigure(rows),
    breakdownFigure(rows),
  ])
    expect(text).not.toMatch(/NaN|Infinity|undefined/);
  expect(breakdownFigure(rows)).toContain("pending");
});

test("of rows that differ by code alone the last stays; writes are removable only beside a run of the same code", () => {
  const [row] = rowsWith({ greedy: 10, layerwise: 1, compass: 1, "compass-optimal": 1 });
  const again = { ...row!, code: "new", cycles: "7" };
  expect(newest([row!, again])).toEqual([again]);
  expect(newest([row!, { ...again, batch: "2" }]).length).toBe(2);
  const free = { ...again, freeWrites: "yes", cycles: "5" };
  expect(weightTimes([again], [free])[0]!["writeRemovable"]).toBe("2");
  expect(weightTimes([row!], [free])[0]!["writeRemovable"]).toBe("");
});

test("comments do not change the digest of code, code does", () => {
  expect(withoutComments("/** a\n b */\n  // c\nlet x = 1;\n")).toBe(withoutComments("\nlet x = 1;\n"));
  expect(withoutComments("let x = 1;")).not.toBe(withoutComments("let x = 2;"));
});

test("a run gives a row that adds up", async () => {
  const one: Case = {
    ...{ network: "resnet8", chip: "compass-s", batch: 1, scheme: "compass", issueNs: 200, dramGBs: "6.4" },
    ...{ pipeline: "window", freeWrites: false, code: "c" },
  };
  const [cells] = await measure(one);
  expect(cells!.length).toBe(RUN_COLUMNS.length);
  const row = Object.fromEntries(RUN_COLUMNS.map((column, at) => [column, cells![at]!]));
  const sum = (columns: readonly string[]) => columns.reduce((total, column) => total + Number(row[column]), 0);
  const path = ["writeExposed", "loadExposed", "mvmPath", "adcPath", "inputPath", "storePath", "vectorPath"];
  expect(sum([...path, "dramWaitPath", "otherPath"])).toBe(row["cycles"]);
  expect(row["otherPath"]).toBeGreaterThanOrEqual(0);
  expect(row["violations"]).toBe(0);
  const once = ["weightBytes", "weightRepeatBytes", "weightAlignmentBytes"];
  const samples = ["loadMarkBytes", "storeMarkBytes", "spillLoadBytes", "spillStoreBytes", "repeatBytes"];
  // The traffic of a whole batch is what the DRAM saw.
  expect(sum([...once, ...samples, "partialSumBytes", "alignmentBytes"])).toBe(
    sum(["dramReadBytes", "dramWriteBytes"]),
  );
  const energy = ["array", "write", "weightBuffer", "dram", "network", "static"].map((part) => `${part}Nj`);
  expect(sum(energy) / Number(row["totalNj"])).toBeCloseTo(1, 4);
  const [freed] = await measure({ ...one, freeWrites: true });
  expect(freed![RUN_COLUMNS.indexOf("cycles")]).not.toBe(row["cycles"]);
});

test("the committed table follows from the committed rows", ({ skip }) => {
  if (!existsSync(`${FOLDER}acceptance.csv`)) skip("no results yet");
  const results = readCsv(`${FOLDER}results.csv`);
  const rows = acceptance(results, readCsv(`${FOLDER}search.csv`));
  expect(readCsv(`${FOLDER}acceptance.csv`)).toEqual(rows);
  expect(readFileSync(`${FOLDER}acceptance.md`, "utf8")).toBe(acceptanceMarkdown(rows, results));
  expect(Object.keys(rows[0]!)).toEqual(ACCEPTANCE_COLUMNS);
  expect(readFileSync(`${FOLDER}throughput.svg`, "utf8")).toBe(throughputFigure(results));
});
