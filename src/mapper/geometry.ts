/** Sizes the mapper works with: what one array slot and one core can hold. */
import { UserError } from "../base/index.js";
import type { Chip } from "../hardware/index.js";

/** An array slot: one array at one depth level. */
export interface Slot {
  array: number;
  depth: number;
}

/** Capacities of a chip, in weights and slots. */
export interface Geometry {
  cores: number;
  arrays: number;
  depth: number;
  /** Slots of one core (arrays × depth) and of the chip. */
  slotsPerCore: number;
  slots: number;
  /** Rows of an array. */
  rows: number;
  /** Physical columns of an array, and bits of one cell. */
  columns: number;
  cellBits: number;
}

/** The geometry of a chip. */
export function geometryOf(chip: Chip): Geometry {
  const { arrays } = chip.core;
  const slotsPerCore = arrays.count * arrays.depth;
  return {
    cores: chip.cores,
    arrays: arrays.count,
    depth: arrays.depth,
    slotsPerCore,
    slots: slotsPerCore * chip.cores,
    rows: arrays.rows,
    columns: arrays.columns,
    cellBits: arrays.cellBits,
  };
}

/** Physical columns that one weight takes. */
export function columnsPerWeight(geometry: Geometry, weightBits: number): number {
  return Math.ceil(weightBits / geometry.cellBits);
}

/** Weights in a row of an array; throws where not even one fits. */
export function weightsPerRow(geometry: Geometry, weightBits: number): number {
  const weights = Math.floor(geometry.columns / columnsPerWeight(geometry, weightBits));
  if (weights < 1)
    throw new UserError({
      code: "array-too-narrow",
      message: "an array row does not hold one weight",
      seen: `${weightBits}-bit weights, ${geometry.columns} columns of ${geometry.cellBits}-bit cells`,
    });
  return weights;
}
