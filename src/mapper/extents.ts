/** Rows and columns each link of a chain makes for a run of final rows or for a strip. */
import type { MappedLayer } from "../mapping/index.js";
import type { NetworkView, Stage } from "./chains.js";
import { columnsNeeded, type Interval, rowsNeeded, stripColumns } from "./windows.js";

/** Rows every link makes for final rows [row, row + 1); index as in the chain. */
export function rowsOfStages(view: NetworkView, chain: readonly Stage[], row: number): Interval[] {
  const rows: Interval[] = new Array(chain.length);
  rows[chain.length - 1] = { low: row, high: row + 1 };
  for (let index = chain.length - 1; index > 0; index--) {
    const { layer, input } = chain[index]!;
    rows[index - 1] = rowsNeeded(view.network, layer, input, rows[index]!);
  }
  return rows;
}

/** Columns every link makes for one strip of the final rows. */
export function columnsOfStages(view: NetworkView, chain: readonly Stage[], strips: number, strip: number): Interval[] {
  const columns: Interval[] = new Array(chain.length);
  columns[chain.length - 1] = stripColumns(view.shape(chain.at(-1)!.output).width, strips, strip);
  for (let index = chain.length - 1; index > 0; index--) {
    const { layer, input } = chain[index]!;
    columns[index - 1] = columnsNeeded(view.network, layer, input, columns[index]!);
  }
  return columns;
}

/** Strips that hold columns: a width is never cut finer than one column each. */
export function stripsInUse(view: NetworkView, layer: MappedLayer): number {
  const { width } = view.shape(layer.output);
  return Math.ceil(width / Math.ceil(width / layer.strips));
}

/** Final rows of a layer's output. */
export function finalRows(view: NetworkView, layer: MappedLayer): number {
  return view.shape(layer.output).height;
}
