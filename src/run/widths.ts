/** The bit widths a mapping really uses: the network's own where it states them, else the precision asked for. */
import type { Precision } from "../hardware/index.js";
import type { Mapping } from "../mapping/index.js";

/** The widest weight and activation of a mapping; a network of one width throughout has just that one. */
export function widthsOf(mapping: Mapping): Precision {
  let weightBits = 0;
  for (const tile of mapping.tiles) weightBits = Math.max(weightBits, tile.weightBits);
  let activationBits = 0;
  for (const tensor of mapping.tensors) activationBits = Math.max(activationBits, tensor.bits);
  return {
    weightBits: weightBits || mapping.precision.weightBits,
    activationBits: activationBits || mapping.precision.activationBits,
  };
}
