/** Counts that follow from a chip's geometry alone. */
import { UserError } from "../base/index.js";
import type { Chip, MvmMode } from "./chip.js";

/** Arrays of the whole chip. */
export function arraysPerChip(chip: Chip): number {
  return chip.cores * chip.core.arrays.count;
}

/** Cells (neighbouring physical columns) that one weight takes. */
export function columnsPerWeight(chip: Chip, weightBits: number): number {
  return Math.ceil(weightBits / chip.core.arrays.cellBits);
}

/** The same as `columnsPerWeight`: a weight lies in cells side by side in one row. */
export const cellsPerWeight = columnsPerWeight;

/** Weights side by side in one row of an array. */
export function weightsPerArrayRow(chip: Chip, weightBits: number): number {
  return Math.floor(chip.core.arrays.columns / columnsPerWeight(chip, weightBits));
}

/** Weights one array holds, all depths together. */
export function weightsPerArray(chip: Chip, weightBits: number): number {
  const { rows, depth } = chip.core.arrays;
  return rows * depth * weightsPerArrayRow(chip, weightBits);
}

/** Weights the whole chip holds in its cells. */
export function weightCapacity(chip: Chip, weightBits: number): number {
  return arraysPerChip(chip) * weightsPerArray(chip, weightBits);
}

/** Results one column of weights gives in a mode: 2 where both rails are read. */
export function resultsPerColumn(mode: MvmMode): 1 | 2 {
  return mode === "normal" ? 1 : 2;
}

/** Arrays that a matrix of rows (inputs) × columns (outputs) needs when no array is shared. */
export function arraysForMatrix(chip: Chip, rows: number, columns: number, weightBits: number): number {
  return Math.ceil(rows / chip.core.arrays.rows) * Math.ceil(columns / weightsPerArrayRow(chip, weightBits));
}

/** Wordlines that a matrix of so many rows uses in its n-th row of arrays (from 0). */
export function wordlinesUsed(chip: Chip, rows: number, arrayRow: number): number {
  return Math.max(0, Math.min(chip.core.arrays.rows, rows - arrayRow * chip.core.arrays.rows));
}

/** Bytes of one full row of an array, as a write moves them. */
export function arrayRowBytes(chip: Chip): number {
  return Math.ceil((chip.core.arrays.columns * chip.core.arrays.cellBits) / 8);
}

/** Rows written to fill every array of the chip once. */
export function rowsPerChip(chip: Chip): number {
  return arraysPerChip(chip) * chip.core.arrays.rows * chip.core.arrays.depth;
}

/** Whether the arrays run weights and inputs of these widths. */
export function runsWidths(chip: Chip, weightBits: number, inputBits: number): boolean {
  return chip.weightBits.includes(weightBits) && chip.inputBits.includes(inputBits);
}

/** The narrowest width of a list that holds so many bits; a user error where none does. */
export function widthFor(chip: Chip, kind: "weightBits" | "inputBits", bits: number): number {
  const found = chip[kind].find((width) => width >= bits);
  if (found === undefined)
    throw new UserError({
      code: "width-not-run",
      message: `chip ${chip.name} runs no ${kind === "weightBits" ? "weights" : "inputs"} of ${bits} bits`,
      seen: String(bits),
      accepted: chip[kind].join(", "),
    });
  return found;
}
