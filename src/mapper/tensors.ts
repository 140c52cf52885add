/**
 * Places tensors in memory: one frame a sample holds all of them, so that every address steps by the same frame size.
 * A tensor is a list of channel slices, each stored height × width × its channels; concatenations refer to their operands' slices.
 */
import { UserError } from "../base/index.js";
import type { MappedLayer, MappedSums, MappedTensor } from "../mapping/index.js";
import type { NetworkView } from "./chains.js";

/** Slices begin at multiples of this. */
const ALIGNMENT = 64;

const align = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/** Places partial sums between partitions, the network's inputs, every stored tensor and the network's outputs from `base` on. */
export function placeTensors(
  view: NetworkView,
  partitions: readonly (readonly MappedLayer[])[],
  sums: readonly MappedSums[],
  base: number,
  capacity: { bytes: number; name: string },
  batch: number,
): MappedTensor[] {
  const { network } = view;
  let offset = align(base);
  const places = new Map<number, MappedTensor>();
  const place = (tensor: number, cuts: readonly { channel0: number; channels: number }[]): void => {
    const { height, width } = view.shape(tensor);
    const slices = cuts.map(({ channel0, channels }) => {
      const pixelBytes = view.pixelBytes(tensor, channels);
      const address = offset;
      offset = align(offset + height * width * pixelBytes);
      return { channel0, channels, address, pixelBytes };
    });
    places.set(tensor, {
      tensor,
      name: network.tensors[tensor]!.name,
      height,
      width,
      bits: view.bits(tensor),
      slices,
      sampleStride: 0,
    });
  };
  for (const one of sums) {
    one.address = offset;
    offset = align(offset + one.height * one.width * one.pixelBytes);
  }
  for (const tensor of network.inputs) place(tensor, [{ channel0: 0, channels: view.shape(tensor).channels }]);
  const made = new Map<number, { slices: { channel0: number; channels: number }[]; stored: boolean }>();
  for (const layer of partitions.flat()) {
    const known = made.get(layer.output) ?? { slices: [], stored: false };
    known.slices.push(...layer.slices.filter(({ sumsTo }) => sumsTo < 0));
    known.stored ||= layer.stored;
    made.set(layer.output, known);
  }
  for (const [tensor, { slices, stored }] of made)
    if (stored)
      place(
        tensor,
        [...slices].sort((a, b) => a.channel0 - b.channel0),
      );
  for (const tensor of network.outputs) if (!places.has(tensor)) places.set(tensor, joined(view, places, tensor));
  const sampleStride = offset - align(base);
  for (const tensor of places.values()) tensor.sampleStride = sampleStride;
  const end = align(base) + sampleStride * batch;
  if (end > capacity.bytes)
    throw new UserError({
      code: "memory-too-small",
      message: `weights and activations of ${batch} sample(s) do not fit the ${capacity.name}`,
      seen: `${end} bytes needed`,
      accepted: `at most ${capacity.bytes}`,
    });
  return [...places.values()].sort((a, b) => a.tensor - b.tensor);
}

/** The place of a free concatenation: the slices of its operands, moved along the channels. */
function joined(view: NetworkView, places: ReadonlyMap<number, MappedTensor>, tensor: number): MappedTensor {
  const { height, width } = view.shape(tensor);
  const slices = view
    .roots(tensor)
    .flatMap((root) =>
      places.get(root.tensor)!.slices.map((slice) => ({ ...slice, channel0: slice.channel0 + root.channel0 })),
    );
  return {
    tensor,
    name: view.network.tensors[tensor]!.name,
    height,
    width,
    bits: view.bits(tensor),
    slices,
    sampleStride: 0,
  };
}
