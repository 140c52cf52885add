/**
 * Units as a search sees them: sizes and places in their layer, without tiles. By the two-dimensional rule they are the units that
 * `decompose` makes; by the capacity rule (a study of sensitivity only) a unit is as many columns as fit a core's cells, its rows folded freely.
 */
import { UserError } from "../../base/index.js";
import { isMacLayer, matrixOf } from "../../workload/index.js";
import type { NetworkView } from "../chains.js";
import type { Unit } from "../decompose.js";
import { columnsPerWeight, type Geometry } from "../geometry.js";
import { weightBitsOf } from "../precision.js";
import { type IssueRule, issuesPerWindow } from "../replication.js";

/** How layers are cut into units. */
export const UNIT_RULES = ["two-dimensional", "columns"] as const;
/** How layers are cut into units: rows too where a column is taller than a core, or columns alone, as COMPASS words it. */
export type UnitRule = (typeof UNIT_RULES)[number];

/** One unit of a search. */
export interface SearchUnit {
  layer: number;
  slots: number;
  /** Array groups one window drives, each by an MVM of its own: row blocks, or all at once. */
  groups: number;
  /** Units of one number make the same output channels together. */
  slice: number;
  /** Output channels its slice makes. */
  channels: number;
  weightBytes: number;
  /** Weight rows over all its tiles, weight cells, physical columns over all tiles. */
  rows: number;
  cells: number;
  columns: number;
}

/** The units of a decomposition as a search sees them. */
export function searchUnits(
  view: NetworkView,
  geometry: Geometry,
  units: readonly Unit[],
  rule: IssueRule,
): SearchUnit[] {
  return units.map((unit) => {
    const perWeight = columnsPerWeight(geometry, weightBitsOf(view.network.layers[unit.layer]!, view.precision));
    let [weightBytes, rows, cells, columns, channels] = [0, 0, 0, 0, 0];
    for (const column of unit.columns) {
      const width = column.channels * perWeight;
      const height = Math.min(unit.rowTiles * geometry.rows, column.rows - unit.rowTile0 * geometry.rows);
      weightBytes += height * Math.ceil((width * geometry.cellBits) / 8);
      rows += height;
      cells += height * width;
      columns += unit.rowTiles * width;
      channels += column.channels;
    }
    const { layer, slots, slice } = unit;
    const groups = issuesPerWindow(unit, rule);
    return { layer, slots, groups, slice, channels, weightBytes, rows, cells, columns };
  });
}

/** Throws for layers with a column taller than a core, which the rule of columns cannot cut. */
export function checkUnitRule(view: NetworkView, geometry: Geometry, units: readonly Unit[], rule: UnitRule): void {
  if (rule !== "columns") return;
  const tall = [...new Set(units.filter(({ partial }) => partial).map(({ layer }) => layer))];
  if (tall.length === 0) return;
  const slotsOf = (id: number) => units.find(({ layer }) => layer === id)!.columns[0]!.rowTiles;
  // One cause, one message: the tallest layer, the first of equals, stands for all.
  const tallest = tall.reduce((most, id) => (slotsOf(id) > slotsOf(most) ? id : most));
  const others = tall.length === 1 ? "" : `, and so do those of ${tall.length - 1} more`;
  throw new UserError({
    code: "unit-larger-than-core",
    message: `a single unit of the layer exceeds a core under the unit rule columns${others}`,
    place: { field: `layer "${view.network.layers[tallest]!.name}"` },
    seen: `${slotsOf(tallest)} array slots for one column of tiles`,
    accepted: `${geometry.slotsPerCore} slots a core, or the unit rule two-dimensional, which cuts rows too`,
  });
}

/**
 * Units by capacity alone: floor(cells of a core / cells of a column) output columns each. Rows are folded over the arrays as no array
 * can compute them, so such units can be searched and costed, but not placed.
 */
export function capacityUnits(view: NetworkView, geometry: Geometry): SearchUnit[] {
  const units: SearchUnit[] = [];
  const arrayCells = geometry.rows * geometry.columns;
  for (const layer of view.network.layers) {
    if (!isMacLayer(layer)) continue;
    const matrix = matrixOf(view.network, layer)!;
    const perWeight = columnsPerWeight(geometry, weightBitsOf(layer, view.precision));
    const columnCells = matrix.rows * perWeight;
    const step = Math.floor((geometry.slotsPerCore * arrayCells) / columnCells);
    if (step < 1)
      throw new UserError({
        code: "unit-larger-than-core",
        message: "a single unit of the layer exceeds a core under the unit rule capacity",
        place: { field: `layer "${layer.name}"` },
        seen: `${columnCells} cells for one column`,
        accepted: `${geometry.slotsPerCore * arrayCells} cells a core`,
      });
    const groups = Math.ceil(matrix.rows / geometry.rows);
    const all = matrix.cols * matrix.groups;
    for (let first = 0; first < all; first += step) {
      const channels = Math.min(step, all - first);
      const cells = channels * columnCells;
      const slots = Math.ceil(cells / arrayCells);
      units.push({
        layer: layer.id,
        slots,
        groups,
        slice: units.length,
        channels,
        weightBytes: Math.ceil((cells * geometry.cellBits) / 8),
        rows: slots * geometry.rows,
        cells,
        columns: groups * channels * perWeight,
      });
    }
  }
  return units;
}
