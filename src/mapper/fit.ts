/**
 * Makes a partition fit the local memories: what does not fit without spare rows gets shorter partial sums, then vertical strips, then
 * narrower slices of vector layers, or is refused with the bytes needed. Spare rows then take what room is left, core by core.
 */
import { invariant, UserError } from "../base/index.js";
import type { Chip } from "../hardware/index.js";
import type { MappedLayer } from "../mapping/index.js";
import type { NetworkView } from "./chains.js";
import { hasRawSums, type LocalMemoryLayout, layOut, spareRowsAt } from "./local-memory.js";
import { vectorCopy } from "./partition.js";
import { channelAlignment } from "./precision.js";

/** Changes the layers until they fit, and returns their layout. */
export function fitLocalMemory(view: NetworkView, chip: Chip, layers: readonly MappedLayer[]): LocalMemoryLayout {
  const asked = layers.map(({ spareRows }) => spareRows);
  for (const layer of layers) layer.spareRows = 0;
  shrink(view, chip, layers);
  layers.forEach((layer, index) => {
    layer.spareRows = asked[index]!;
  });
  for (;;) {
    const layout = layOut(view, chip, layers);
    const full = fullCores(chip, layout);
    if (full.length === 0) return layout;
    for (const core of full) dropSpare(heaviestFirst(layers, layout, core), core);
  }
}

/** Makes layers without spare rows fit. */
function shrink(view: NetworkView, chip: Chip, layers: readonly MappedLayer[]): void {
  for (;;) {
    const layout = layOut(view, chip, layers);
    const core = fullCores(chip, layout)[0];
    if (core === undefined) return;
    const heavy = heaviestFirst(layers, layout, core);
    if (heavy.some((layer) => fewerVectors(layer) || moreStrips(view, layer) || narrower(view, layer))) continue;
    throw new UserError({
      code: "local-memory-too-small",
      message: `the rows of ${heavy.map(({ name }) => `"${name}"`).join(", ")} do not fit the local memory of core ${core}`,
      seen: `${layout.bytes[core]} bytes needed`,
      accepted: `at most ${chip.core.localMemory.bytes}`,
    });
  }
}

function fullCores(chip: Chip, { bytes }: LocalMemoryLayout): number[] {
  return bytes.flatMap((used, core) => (used > chip.core.localMemory.bytes ? [core] : []));
}

function heaviestFirst(layers: readonly MappedLayer[], { byLayer }: LocalMemoryLayout, core: number): MappedLayer[] {
  return layers
    .map((layer, index) => ({ layer, bytes: byLayer[index]!.get(core) ?? 0 }))
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => b.bytes - a.bytes)
    .map(({ layer }) => layer);
}

/** Of the layers with most spare rows on a core the heaviest gives one up there. */
function dropSpare(heaviest: readonly MappedLayer[], core: number): void {
  const most = Math.max(...heaviest.map((layer) => spareRowsAt(layer, core)));
  invariant(most > 0, "layers that fit without spare rows must fit with some number of them");
  heaviest.find((layer) => spareRowsAt(layer, core) === most)!.spareRowsOn[core] = most - 1;
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
