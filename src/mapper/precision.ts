/** Bit widths: a tensor's or layer's own, else those of the run or chip; refused where the chip cannot run them. */
import { type Problem, UserError } from "../base/index.js";
import type { Chip, Precision } from "../hardware/index.js";
import { isMacLayer, type Layer, type Network } from "../workload/index.js";

/** Bits of one element of a tensor. */
export function bitsOf(network: Network, tensor: number, precision: Precision): number {
  return network.tensors[tensor]!.bits ?? precision.activationBits;
}

/** Bits of one weight of a matrix layer. */
export function weightBitsOf(layer: Layer, precision: Precision): number {
  return isMacLayer(layer) ? (layer.weightBits ?? precision.weightBits) : precision.weightBits;
}

/** Channels that fill whole bytes at every width of the network: slices of channels begin at multiples of it. */
export function channelAlignment(network: Network, precision: Precision): number {
  let alignment = 1;
  for (const tensor of network.tensors) {
    const bits = tensor.bits ?? precision.activationBits;
    const channels = bits % 8 === 0 ? 1 : bits % 4 === 0 ? 2 : bits % 2 === 0 ? 4 : 8;
    alignment = Math.max(alignment, channels);
  }
  return alignment;
}

/** Throws where a matrix layer has widths that the chip's arrays do not run. */
export function checkWidths(network: Network, chip: Chip, precision: Precision): void {
  const problems: Problem[] = [];
  for (const layer of network.layers) {
    if (!isMacLayer(layer)) continue;
    const weight = weightBitsOf(layer, precision);
    const input = bitsOf(network, layer.inputs[0]!, precision);
    const place = { field: `layer "${layer.name}"` };
    if (!chip.weightBits.includes(weight))
      problems.push({
        code: "weight-width",
        message: `${chip.name} does not run weights of this width`,
        place,
        seen: `${weight} bits`,
        accepted: chip.weightBits.join(", "),
      });
    if (!chip.inputBits.includes(input))
      problems.push({
        code: "input-width",
        message: `${chip.name} does not run inputs of this width`,
        place,
        seen: `${input} bits`,
        accepted: chip.inputBits.join(", "),
      });
  }
  if (problems.length > 0) throw new UserError(problems.slice(0, 20));
}
