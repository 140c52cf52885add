/** Ratios of the study's rows: throughput, energy, EDP, and the energy of weights beside that of MVMs. */
import type { CsvRow } from "../common/campaign.js";
import { BATCHES, CHIPS } from "./cases.js";

/** Finds the row of a point and scheme; undefined where it has not run. */
export class Rows {
  private readonly byPoint = new Map<string, CsvRow>();

  constructor(rows: readonly CsvRow[]) {
    for (const row of rows) this.byPoint.set(`${row["network"]} ${row["chip"]} ${row["batch"]} ${row["scheme"]}`, row);
  }

  /** A cell as a number; NaN where the row is missing. */
  value(network: string, chip: string, batch: number, scheme: string, column: string): number {
    return Number(this.byPoint.get(`${network} ${chip} ${batch} ${scheme}`)?.[column] ?? Number.NaN);
  }

  /** The row itself. */
  row(network: string, chip: string, batch: number, scheme: string): CsvRow | undefined {
    return this.byPoint.get(`${network} ${chip} ${batch} ${scheme}`);
  }

  /** A baseline's cell over a scheme's: how many times better the scheme is. */
  gain(network: string, chip: string, batch: number, scheme: string, baseline: string, column = "cycles"): number {
    return this.value(network, chip, batch, baseline, column) / this.value(network, chip, batch, scheme, column);
  }

  /** Mean gain over the points that have run, and how many they are. */
  meanGain(network: string, chips: readonly string[], scheme: string, baseline: string, column = "cycles"): Mean {
    return meanOf(
      chips.flatMap((chip) => BATCHES.map((batch) => this.gain(network, chip, batch, scheme, baseline, column))),
    );
  }
}

/** A mean of the numbers that are there. */
export interface Mean {
  mean: number;
  count: number;
  of: number;
}

/** The mean of the finite ones. */
export function meanOf(values: readonly number[]): Mean {
  const there = values.filter((value) => Number.isFinite(value));
  return { mean: there.reduce((sum, value) => sum + value, 0) / there.length, count: there.length, of: values.length };
}

/** A mean as text; says how many points are missing. */
export function meanText({ mean, count, of }: Mean): string {
  if (count === 0) return "pending";
  return count === of ? mean.toFixed(2) : `${mean.toFixed(2)} (${count} of ${of} points)`;
}

/**
 * Energy of loading and writing the weights of a batch in nJ: their share of what the DRAM's commands took (by bytes; not of refresh and
 * standby), network and weight buffers, and the cells.
 */
export function weightNj(row: CsvRow): number {
  const value = (column: string) => Number(row[column]);
  const bytes = value("weightBytes") + value("weightRepeatBytes") + value("weightAlignmentBytes");
  const share = bytes / (value("dramReadBytes") + value("dramWriteBytes"));
  // The presets' networks take 1 pJ a byte, and a weight crosses once for all cores.
  return share * value("dramCommandsNj") + bytes / 1000 + value("weightBufferNj") + value("writeNj");
}

/** Fig. 9 from the rows of COMPASS: 1 + weights ÷ MVMs, the MVMs' energy multiplied by `scale`. */
export function energyRatios(rows: Rows, scale: number): Map<string, number[]> {
  return new Map(
    CHIPS.map((chip) => [
      chip,
      BATCHES.map((batch) => {
        const row = rows.row("resnet18", chip, batch, "compass");
        return row ? 1 + weightNj(row) / (scale * Number(row["arrayNj"])) : Number.NaN;
      }),
    ]),
  );
}

/** The one constant that row 11 allows: by what the MVM's energy is multiplied so that M at batch 1 gives the paper's ratio. */
export function fittedScale(rows: Rows, ratio: number): number {
  return (energyRatios(rows, 1).get("compass-m")![0]! - 1) / (ratio - 1);
}
