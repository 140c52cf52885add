/** Writes the committed tables and figures from the cases that are done. */
import { writeFileSync } from "node:fs";
import { type CsvRow, readCsv, writeCsv } from "../common/campaign.js";
import { studyCases } from "./cases.js";
import { drawCrossovers } from "./figure-crossover.js";
import { drawEndurance } from "./figure-endurance.js";
import { drawRecompiled } from "./figure-recompiled.js";
import { drawShares } from "./figure-share.js";
import { RUN_COLUMNS } from "./measure.js";
import {
  CELL_ENERGY_COLUMNS,
  CROSSOVER_COLUMNS,
  cellEnergyRows,
  crossovers,
  ENDURANCE_COLUMNS,
  enduranceRows,
  SHARE_COLUMNS,
  withShares,
} from "./summary.js";

const FOLDER = "sims/write-overhead";

/** Rows in the order of the cases, whatever order they ran in. */
function inOrder(runs: readonly CsvRow[]): CsvRow[] {
  const names = studyCases().map(({ name }) => name);
  return names.flatMap((name) => runs.filter((row) => row["case"] === name));
}

/** Reads runs and wear, writes results, crossovers, cell energies, endurance and the four figures. */
export function writeOutputs(runsFile: string, wearFile: string): void {
  const runs = inOrder(readCsv(runsFile));
  const results = withShares(runs);
  const passages = crossovers(runs);
  const years = enduranceRows(readCsv(wearFile));
  writeCsv(`${FOLDER}/results.csv`, [...RUN_COLUMNS, ...SHARE_COLUMNS], results);
  writeCsv(`${FOLDER}/crossovers.csv`, CROSSOVER_COLUMNS, passages);
  writeCsv(`${FOLDER}/cell-energy.csv`, CELL_ENERGY_COLUMNS, cellEnergyRows(results));
  writeCsv(`${FOLDER}/endurance.csv`, ENDURANCE_COLUMNS, years);
  writeFileSync(`${FOLDER}/figure-share.svg`, drawShares(results));
  writeFileSync(`${FOLDER}/figure-recompiled.svg`, drawRecompiled(results));
  writeFileSync(`${FOLDER}/figure-crossover.svg`, drawCrossovers(passages));
  writeFileSync(`${FOLDER}/figure-endurance.svg`, drawEndurance(years));
}
