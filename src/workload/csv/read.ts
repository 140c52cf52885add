/**
 * Reads a CSV file as a Network, in either accepted form.
 * Inputs: the text of a file. Invariants: every problem of the file is reported at once with line and column name.
 */
import { UserError } from "../../base/index.js";
import type { Network } from "../network.js";
import { readLayerCsv } from "./layers.js";
import { isScaleSim, readScaleSim } from "./scale-sim.js";
import { parseCsv } from "./table.js";

/** Reads a layer table or a SCALE-Sim topology; throws a UserError with every problem. */
export function readNetworkCsv(text: string, options: { name?: string; file?: string } = {}): Network {
  const { name = "network", file } = options;
  const { header, rows } = parseCsv(text);
  if (header === undefined || rows.length === 0)
    throw new UserError({
      code: "csv-empty",
      message: header === undefined ? "the file is empty" : "the file has a header but no layers",
      accepted: "a layer table (idx,name,op,…) or a SCALE-Sim topology (Layer name, IFMAP Height, … or Layer,M,N,K)",
      ...(file === undefined ? {} : { place: { file } }),
    });
  return isScaleSim(header) ? readScaleSim(header, rows, name, file) : readLayerCsv(header, rows, name, file);
}
