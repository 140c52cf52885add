/**
 * Makes a partition fit the local memories: first fewer spare rows, then vertical strips, then narrower slices of vector layers.
 * What still does not fit is refused with the bytes needed.
 */
import { UserError } from "../base/index.js";
import type { Chip } from "../hardware/index.js";
import type { MappedLayer } from "../mapping/index.js";
import type { NetworkView } from "./chains.js";
import { hasRawSums, type LocalMemoryLayout, layOut } from "./local-memory.js";
import { vectorCopy } from "./partition.js";
import { channelAlignment } from "./precision.js";

/** Changes the layers until they fit, and returns their layout. */
export function fitLocalMemory(view: NetworkView, chip: Chip, layers: readonly MappedLayer[]): LocalMemoryLayout {
  const capacity = chip.core.localMemory.bytes;
  for (;;) {
    const layout = layOut(view, chip, layers);
    const core = layout.bytes.findIndex((bytes) => bytes > capacity);
    if (core < 0) return layout;
    const heavy = layers
      .map((layer, index) => ({ layer, bytes: layout.byLayer[index]!.get(core) ?? 0 }))
      .filter(({ bytes }) => bytes > 0)
      .sort((a, b) => b.bytes - a.bytes);
    if (dropSpare(heavy.map(({ layer }) => layer))) continue;
    if (heavy.some(({ layer }) => fewerVectors(layer) || moreStrips(view, layer) || narrower(view, layer))) continue;
    throw new UserError({
      code: "local-memory-too-small",
      message: `the rows of ${heavy.map(({ layer }) => `"${layer.name}"`).join(", ")} do not fit the local memory of core ${core}`,
      seen: `${layout.bytes[core]} bytes needed`,
      accepted: `at most ${capacity}`,
    });
  }
}

/** Of the layers with most spare rows the heaviest gives one up. */
function dropSpare(heaviestFirst: readonly MappedLayer[]): boolean {
  const most = Math.max(...heaviestFirst.map(({ spareRows }) => spareRows));
  if (most === 0) return false;
  heaviestFirst.find(({ spareRows }) => spareRows === most)!.spareRows--;
  return true;
}

/** Buffers of partial sums are as long as an MVM has vectors. */
function fewerVectors(layer: MappedLayer): boolean {
  if (layer.vectorsPerMvm <= 2 || !layer.slices.some(hasRawSums)) return false;
  layer.vectorsPerMvm = Math.ceil(layer.vectorsPerMvm / 2);
  return true;
}

function moreStrips(view: NetworkView, layer: MappedLayer): boolean {
  const { width } = view.shape(layer.output);
  if (layer.strips * 2 > width || width < 2) return false;
  layer.strips *= 2;
  return true;
}

/** Halves the widest slices of a vector layer; the halves of one run after each other in the same memory. */
function narrower(view: NetworkView, layer: MappedLayer): boolean {
  if (layer.kind !== "vector") return false;
  const alignment = channelAlignment(view.network, view.precision);
  const widest = Math.max(...layer.slices.map((slice) => slice.channels));
  const half = Math.ceil(widest / 2 / alignment) * alignment;
  if (half >= widest) return false;
  layer.slices = layer.slices.flatMap((slice) => {
    if (slice.channels <= half) return [{ ...slice, pass: slice.pass * 2 }];
    const { core } = slice.copies[0]!.parts[0]!;
    return [
      { ...slice, channels: half, copies: [vectorCopy(core)], pass: slice.pass * 2 },
      {
        ...slice,
        channel0: slice.channel0 + half,
        channels: slice.channels - half,
        copies: [vectorCopy(core)],
        pass: slice.pass * 2 + 1,
      },
    ];
  });
  return true;
}
