/** Runs and wear as the committed tables. */
import type { CsvRow } from "../common/campaign.js";
import { bracketOf, LIMITS } from "./crossover.js";
import { CELL_ENERGIES, ENDURANCES } from "./memories.js";
import { yearsToWearOut } from "./wear.js";

/** Inference rates that wear-out is told for, a second. */
export const RATES = [1, 30];

const SHARES = ["exposedShare", "hiddenShare", "removableShare", "writeEnergyShare", "staticShare"];

/** Columns added to those of a run. */
export const SHARE_COLUMNS = [...SHARES, "cellFemtojoulesFor5Percent"];

/** Columns of crossovers.csv. */
export const CROSSOVER_COLUMNS = ["case", "limit", "belowNs", "reachedNs"];

/** Columns of endurance.csv: rewrites of the row written most, and years by class and rate. */
export const ENDURANCE_COLUMNS = [
  ...["network", "chip", "batch", "mapper", "partitions", "meanRewrites", "mostWrittenArray", "mostWrittenRow"],
  ...["rewritesPerInference", "memory", "cycles"],
  ...RATES.map((rate) => `yearsAt${rate}PerSecond`),
];

/** Columns of cell-energy.csv. */
export const CELL_ENERGY_COLUMNS = ["case", "rowWriteNs", "memory", "cellFemtojoules", "writeEnergyShare"];

const number = (row: CsvRow, column: string) => Number(row[column]);

/** Share of all energy that writing would have with cells of such an energy; everything else as it was. */
export function writeEnergyShare(row: CsvRow, femtojoules: number): number {
  const others = number(row, "totalNj") - number(row, "writeNj");
  const writeNj = (number(row, "cellWrites") * femtojoules) / 1e6;
  return writeNj / (others + writeNj);
}

/** Runs with their shares, in order of case and row-write time. */
export function withShares(runs: readonly CsvRow[]): CsvRow[] {
  const order = new Map([...new Set(runs.map((row) => row["case"]!))].map((name, index) => [name, index]));
  return runs
    .map((row): CsvRow => {
      const cycles = number(row, "cycles");
      const of = (column: string, whole: number) => (number(row, column) / whole).toFixed(5);
      const others = number(row, "totalNj") - number(row, "writeNj");
      return {
        ...row,
        exposedShare: of("exposedCycles", cycles),
        hiddenShare: of("hiddenCycles", cycles),
        removableShare: of("removableCycles", cycles),
        writeEnergyShare: of("writeNj", number(row, "totalNj")),
        staticShare: of("staticNj", number(row, "totalNj")),
        cellFemtojoulesFor5Percent: ((others * 0.05 * 1e6) / 0.95 / number(row, "cellWrites")).toPrecision(4),
      };
    })
    .sort(
      (a, b) => order.get(a["case"]!)! - order.get(b["case"]!)! || number(a, "rowWriteNs") - number(b, "rowWriteNs"),
    );
}

/** Where the exposed share of every case with one program passes the limits; empty where the range does not reach it. */
export function crossovers(runs: readonly CsvRow[]): CsvRow[] {
  const same = runs.filter((row) => row["program"] === "same");
  return [...new Set(same.map((row) => row["case"]!))].flatMap((name) =>
    LIMITS.map((limit) => {
      const points = same
        .filter((row) => row["case"] === name)
        .map((row) => ({
          rowWriteNs: number(row, "rowWriteNs"),
          share: number(row, "exposedCycles") / number(row, "cycles"),
        }));
      const { below, reached } = bracketOf(points, limit);
      return { case: name, limit: `${limit}`, belowNs: `${below ?? ""}`, reachedNs: `${reached ?? ""}` };
    }),
  );
}

/** Years to wear-out of every mapping and class; `never` where weights stay. */
export function enduranceRows(wear: readonly CsvRow[]): CsvRow[] {
  return wear.flatMap((row) => {
    const perInference = row["resident"] === "yes" ? 0 : number(row, "mostWrittenRow") / number(row, "batch");
    return ENDURANCES.map(({ name, cycles }) => ({
      ...row,
      rewritesPerInference: `${perInference}`,
      memory: name.replaceAll(",", ""),
      cycles: `${cycles}`,
      ...Object.fromEntries(
        RATES.map((rate) => {
          const years = yearsToWearOut(cycles, perInference, rate);
          return [`yearsAt${rate}PerSecond`, Number.isFinite(years) ? years.toPrecision(3) : "never"];
        }),
      ),
    }));
  });
}

/** Share of writing in the energy of the sweeps of three cases, by what a cell takes. */
export function cellEnergyRows(runs: readonly CsvRow[]): CsvRow[] {
  return runs
    .filter((row) => ["squeezenet", "base", "vgg16"].includes(row["case"]!) && row["point"] === "sweep")
    .flatMap((row) =>
      CELL_ENERGIES.map(({ name, femtojoules }) => ({
        case: row["case"]!,
        rowWriteNs: row["rowWriteNs"]!,
        memory: name.replaceAll(",", ""),
        cellFemtojoules: `${femtojoules}`,
        writeEnergyShare: writeEnergyShare(row, femtojoules).toFixed(5),
      })),
    );
}
