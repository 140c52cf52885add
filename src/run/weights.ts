/** Where the weights are while a network runs: resident, replaced per partition, or one layer larger than the chip. */
import { arraysPerChip, type Chip, weightCapacity } from "../hardware/index.js";
import { decompose } from "../mapper/index.js";
import type { Mapping } from "../mapping/index.js";
import type { Result } from "../results/index.js";
import { isMacLayer, matrixOf, type Network } from "../workload/index.js";

/** The weight case of a mapping, with the sizes that make it so. */
export function weightsOf(network: Network, chip: Chip, mapping: Mapping): Result["weights"] {
  const slots = arraysPerChip(chip) * chip.core.arrays.depth;
  const slotsOfLayer = new Map<number, number>();
  for (const unit of decompose(network, chip, mapping.precision))
    slotsOfLayer.set(unit.layer, (slotsOfLayer.get(unit.layer) ?? 0) + unit.slots);
  const largerLayers = network.layers.filter(({ id }) => (slotsOfLayer.get(id) ?? 0) > slots).map(({ name }) => name);
  let bits = 0;
  for (const layer of network.layers) {
    const matrix = matrixOf(network, layer);
    if (matrix === undefined || !isMacLayer(layer)) continue;
    bits += matrix.rows * matrix.cols * matrix.groups * (layer.weightBits ?? mapping.precision.weightBits);
  }
  return {
    case: mapping.resident ? "resident" : largerLayers.length > 0 ? "layerLargerThanChip" : "replaced",
    stages: mapping.partitions.length,
    bits,
    capacityBits: weightCapacity(chip, 1) * chip.core.arrays.cellBits,
    largerLayers,
  };
}
