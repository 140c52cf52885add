/** How long the rows of a layer keep the memory that tensors live in, for ordering tasks only (see pace.ts). */
import type { Chip } from "../hardware/index.js";
import type { MappedEdge, MappedLayer } from "../mapping/index.js";
import type { NetworkView } from "./chains.js";
import { operandsOf } from "./edges.js";
import type { LayerMemory } from "./local-memory.js";
import { ringsOf } from "./ring-room.js";
import type { NeededRing } from "./rings.js";

/** Cycles of the memory's channels that one sample of a layer takes: what it reads from there, once for every ring, and what it stores. */
export function memoryCycles(
  view: NetworkView,
  chip: Chip,
  layer: MappedLayer,
  memory: LayerMemory,
  edges: readonly MappedEdge[],
): number {
  const { dram } = chip;
  if (!dram) return 0;
  const loaded = new Set(
    edges.filter(({ kind, to }) => kind === "memory" && to === layer.layer).map(({ tensor }) => tensor),
  );
  let bytes = layer.stored ? tensorBytes(view, layer.output) : 0;
  for (const { tensor, main } of operandsOf(view, layer)) {
    const { height, channels } = view.shape(tensor);
    // A ring takes the rows that its copies need, of its channels.
    const pixelBytes = view.pixelBytes(tensor, channels);
    const rows = main
      ? ringsOf(layer, memory).reduce((sum, { ring }) => sum + (heldRows(ring) * ring.pixelBytes) / pixelBytes, 0)
      : height;
    for (const root of view.roots(tensor))
      if (loaded.has(root.tensor)) bytes += (rows * tensorBytes(view, root.tensor)) / height;
  }
  const { cyclesPerByte, clock, channels } = dram;
  return (
    (bytes * cyclesPerByte.num * clock.ticksPerCycle.num) / (cyclesPerByte.den * clock.ticksPerCycle.den * channels)
  );
}

function heldRows({ needed }: NeededRing): number {
  return needed.reduce((sum, one) => sum + one, 0);
}

function tensorBytes(view: NetworkView, tensor: number): number {
  const { height, width, channels } = view.shape(tensor);
  return height * width * view.pixelBytes(tensor, channels);
}
