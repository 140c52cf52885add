/** Rows of samples and of timing as the committed results: a row a network, rows at once, resolution, converter model and kind of input. */
import type { CsvRow } from "../common/campaign.js";
import { isLossless } from "./chip.js";

/** Columns of results.csv. */
export const RESULT_COLUMNS = [
  ...["network", "weights", "rowsActive", "adcBits", "lossless", "adc", "inputs", "samples", "idealClasses"],
  ...["top1Agreement", "outputSqnrDb", "worstSqnrDb", "worstLayer", "clippedShare"],
  ...["firstCycles", "sampleCycles", "sampleNj", "adcNj", "arrayNj", "staticNj", "restNj"],
];

const SETTING = ["network", "weights", "rowsActive", "adcBits"];

/** The middle one in order of decibels, exact ones on top; of an even number the lower of the two in the middle. */
function medianDecibels(cells: readonly string[]): string {
  const value = (cell: string) => (cell === "exact" ? Number.POSITIVE_INFINITY : Number(cell));
  const sorted = [...cells].sort((a, b) => (value(a) === value(b) ? 0 : value(a) - value(b)));
  return sorted[Math.ceil(sorted.length / 2) - 1]!;
}

function mostFrequent(cells: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const cell of cells) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]![0];
}

/** The committed rows. */
export function summarise(timing: readonly CsvRow[], samples: readonly CsvRow[]): CsvRow[] {
  const keyOf = (row: CsvRow, columns: readonly string[]) => columns.map((column) => row[column]).join(" ");
  const groups = new Map<string, CsvRow[]>();
  for (const row of samples) {
    const key = keyOf(row, [...SETTING, "adc", "inputs"]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const times = new Map(timing.map((row) => [keyOf(row, SETTING), row]));
  const rows = [...groups.values()].map((group): CsvRow => {
    const first = group[0]!;
    const cells = (column: string) => group.map((row) => row[column]!);
    const sum = (column: string) => cells(column).reduce((total, cell) => total + Number(cell), 0);
    const agreeing = group.filter(({ idealTop, top }) => idealTop === top).length;
    const conversions = sum("conversions");
    return {
      ...times.get(keyOf(first, SETTING)),
      ...Object.fromEntries([...SETTING, "adc", "inputs"].map((column) => [column, first[column]!])),
      lossless: isLossless(Number(first["adcBits"]), Number(first["rowsActive"])) ? "yes" : "no",
      samples: String(group.length),
      idealClasses: String(new Set(cells("idealTop")).size),
      top1Agreement: (agreeing / group.length).toFixed(3),
      outputSqnrDb: medianDecibels(cells("outputSqnrDb")),
      worstSqnrDb: medianDecibels(cells("worstSqnrDb")),
      worstLayer: mostFrequent(cells("worstLayer")),
      clippedShare: conversions === 0 ? "0" : (sum("clipped") / conversions).toPrecision(3),
    };
  });
  const order = (row: CsvRow) => [row["network"], row["inputs"], row["adc"]].join(" ");
  return rows.sort(
    (a, b) =>
      order(a).localeCompare(order(b)) ||
      Number(a["rowsActive"]) - Number(b["rowsActive"]) ||
      Number(a["adcBits"]) - Number(b["adcBits"]),
  );
}
