/** How the accumulators of a core are shared out among MVMs under way. */
import { UserError } from "../base/index.js";
import type { Chip } from "../hardware/index.js";
import type { Unit } from "./decompose.js";

/** Parts of the accumulators: four where each holds the widest column of tiles, else two, else one. */
export function accumulatorsOf(
  chip: Chip,
  units: readonly Unit[],
  wanted?: number,
): { buffers: number; entries: number } {
  const widest = Math.max(1, ...units.flatMap((unit) => unit.columns.map((column) => column.channels)));
  const all = chip.core.accumulatorEntries;
  for (const buffers of wanted === undefined ? [4, 2, 1] : [wanted]) {
    const entries = Math.floor(all / buffers);
    if (entries >= widest) return { buffers, entries };
  }
  throw new UserError({
    code: "too-few-accumulators",
    message: "the accumulators do not hold the results of one vector",
    seen: `${all} entries`,
    accepted: `${widest * (wanted ?? 1)} or more`,
  });
}
