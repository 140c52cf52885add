/** The table of weight tiles of a network: one entry an array slot, with its place in DRAM. */
import type { MappedTile } from "../mapping/index.js";
import type { NetworkView } from "./chains.js";
import type { Unit } from "./decompose.js";
import { columnsPerWeight, type Geometry } from "./geometry.js";
import { weightBitsOf } from "./precision.js";

/** All tiles, and where those of a unit begin: column after column, row tile after row tile. */
export interface TileTable {
  tiles: MappedTile[];
  firstOfUnit: number[];
}

/** Lists the tiles of all units; addresses follow each other from 0. */
export function tileTable(view: NetworkView, units: readonly Unit[], geometry: Geometry): TileTable {
  const tiles: MappedTile[] = [];
  const firstOfUnit: number[] = [];
  let address = 0;
  for (const unit of units) {
    firstOfUnit.push(tiles.length);
    const layer = view.network.layers[unit.layer]!;
    const weightBits = weightBitsOf(layer, view.precision);
    const perWeight = columnsPerWeight(geometry, weightBits);
    for (const column of unit.columns) {
      for (let n = 0; n < unit.rowTiles; n++) {
        const row0 = (unit.rowTile0 + n) * geometry.rows;
        const rows = Math.min(geometry.rows, column.rows - row0);
        const columns = column.diagonal ? column.channels / column.groups : column.channels;
        // Rows in DRAM are as wide as the cells they fill, so that a pulse takes whole rows.
        const rowBytes = Math.ceil((column.channels * perWeight * geometry.cellBits) / 8);
        tiles.push({
          name: `${layer.name}:${column.channel0}:${row0}`,
          layer: layer.id,
          row0,
          rows,
          column0: column.column0,
          columns: column.diagonal ? columns * column.groups : columns,
          group0: column.group0,
          groups: column.groups,
          weightBits,
          columnsPerWeight: perWeight,
          address,
          rowBytes,
        });
        address += rows * rowBytes;
      }
    }
  }
  return { tiles, firstOfUnit };
}

/** Bytes of a tile's data. */
export function tileBytes(tile: MappedTile): number {
  return tile.rows * tile.rowBytes;
}
