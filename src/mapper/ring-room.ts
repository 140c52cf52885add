/** When a row of a tensor has room in the rings of those who take it as a stream. */
import type { MappedLayer } from "../mapping/index.js";
import type { NetworkView, Stage } from "./chains.js";
import type { LayerMemory } from "./local-memory.js";
import { copiesOn, headRowsNeeded, type NeededRing, slotOf } from "./rings.js";
import type { Interval } from "./windows.js";

/** The rings a layer takes its main input from, the kernel rows they serve, and the copies that read them. */
export function ringsOf(
  layer: MappedLayer,
  memory: LayerMemory,
): { ring: NeededRing; kernel?: Interval; copies: ReadonlySet<number> }[] {
  if (layer.kind === "matrix")
    return [...memory.inputs.values()].map((ring) => ({
      ring,
      kernel: ring.kernel,
      copies: copiesOn(layer, ring.core),
    }));
  return memory.copies.flatMap((copies) =>
    copies.flatMap(({ main }, copy) => (main ? [{ ring: main, copies: new Set([copy]) }] : [])),
  );
}

/**
 * For every input row of a reader and each of its cores' rings: the reader's last task that must be done before the row has its slot
 * there (−1: it has it at once). A core's ring only takes the rows that the copies it holds need, its slots in turn.
 * A core takes a layer's rows in ascending order, so that one task tells of all before it on that core, whatever other cores do.
 */
export function slotsFreedBy(
  view: NetworkView,
  reader: { chain: readonly Stage[]; rows: number; layer: MappedLayer },
  memory: LayerMemory,
  samples: number,
): Int32Array[] {
  const { chain, rows, layer } = reader;
  const { height } = view.shape(chain[0]!.input);
  return ringsOf(layer, memory).map(({ ring, kernel, copies }) => {
    const { slots } = ring;
    const freedBy = new Int32Array(height * samples).fill(-1);
    const needed = Array.from({ length: rows }, (_, row) => headRowsNeeded(view, chain, row, kernel));
    const last = new Int32Array(slots).fill(-1);
    const taken = new Uint8Array(height * samples);
    // Streams only lead to layers without strips and passes: one task a row.
    for (let task = 0; task < rows * samples; task++) {
      if (!copies.has((task % rows) % Math.max(1, layer.replicas))) continue;
      const { low, high } = needed[task % rows]!;
      const base = Math.floor(task / rows) * height;
      for (let row = low; row < high; row++) {
        if (ring.needed[row] === 0) continue;
        // The slot's occupant before this row was last read by the latest task that touched the slot.
        if (taken[base + row] === 0) freedBy[base + row] = last[slotOf(ring, row)]!;
        taken[base + row] = 1;
      }
      for (let row = low; row < high; row++) if (ring.needed[row] === 1) last[slotOf(ring, row)] = task;
    }
    return freedBy;
  });
}
