/**
 * Cuts a network into partition units: column slices of a layer with their full height in one core, or, where a slice is taller
 * than a core, row chunks of single columns (COMPASS, section 3 of our specification: two-dimensional fallback).
 */
import type { Chip, Precision } from "../hardware/index.js";
import { type ConvLayer, type FcLayer, isMacLayer, type Network } from "../workload/index.js";
import { geometryOf } from "./geometry.js";
import { type TileColumn, tileColumns } from "./tiles.js";

/** One unit: what partitions are made of, never larger than a core. */
export interface Unit {
  index: number;
  layer: number;
  /** The columns of tiles it holds, and of each the row tiles [rowTile0, rowTile0 + rowTiles). */
  columns: TileColumn[];
  rowTile0: number;
  rowTiles: number;
  /** Array slots it takes. */
  slots: number;
  /** Not the whole height: its results are partial sums. */
  partial: boolean;
  /** Units of one number make the same output channels together; a whole unit has a number of its own. */
  slice: number;
}

/** The units of all matrix layers: layers in topological order, output channels left to right, row chunks top to bottom. */
export function decompose(network: Network, chip: Chip, precision: Precision = chip.defaultPrecision): Unit[] {
  const geometry = geometryOf(chip);
  const units: Unit[] = [];
  let slice = 0;
  const add = (layer: ConvLayer | FcLayer, columns: TileColumn[], rowTile0: number, rowTiles: number) =>
    units.push({
      index: units.length,
      layer: layer.id,
      columns,
      rowTile0,
      rowTiles,
      slots: rowTiles * columns.length,
      partial: rowTiles < columns[0]!.rowTiles,
      slice,
    });
  for (const layer of network.layers) {
    if (!isMacLayer(layer)) continue;
    const columns = tileColumns(network, layer, geometry, precision);
    const height = columns[0]!.rowTiles;
    if (height <= geometry.slotsPerCore) {
      const step = Math.floor(geometry.slotsPerCore / height);
      for (let first = 0; first < columns.length; first += step, slice++)
        add(layer, columns.slice(first, first + step), 0, height);
    } else {
      for (const column of columns) {
        for (let rowTile = 0; rowTile < height; rowTile += geometry.slotsPerCore)
          add(layer, [column], rowTile, Math.min(geometry.slotsPerCore, height - rowTile));
        slice++;
      }
    }
  }
  return units;
}

/** Array slots of the whole network, every weight once. */
export function slotsOf(units: readonly Unit[]): number {
  return units.reduce((sum, unit) => sum + unit.slots, 0);
}
