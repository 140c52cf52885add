/** The plans of a finished Mapping: what its partitions hold, read off its placement. The COMPASS estimate of any strategy's Mapping. */
import type { Chip } from "../../../hardware/index.js";
import type { MappedPartition, Mapping, PartitionPlan, PlannedCore, PlannedLayer } from "../../../mapping/index.js";
import type { Network } from "../../../workload/index.js";
import { firstWindows } from "./dependence.js";
import { type CompassEstimate, type CompassModel, compassEstimator } from "./estimate.js";
import { compassTraffic } from "./traffic.js";

/** The plan of every partition. */
export function mappingPlans(mapping: Mapping, network: Network, chip: Chip): PartitionPlan[] {
  const traffic = compassTraffic(mapping, network);
  const first = firstWindows(network);
  return mapping.partitions.map((partition, index) => ({
    unit0: partition.unit0,
    unit1: partition.unit1,
    ...placedWeights(mapping, network, chip, partition, first),
    ...traffic[index]!,
  }));
}

/** The COMPASS estimate of every partition of a Mapping. */
export function estimateCompass(
  mapping: Mapping,
  network: Network,
  chip: Chip,
  model: Partial<CompassModel> = {},
): CompassEstimate[] {
  return mappingPlans(mapping, network, chip).map(compassEstimator(chip, mapping.batch, model));
}

type Placed = Pick<
  PartitionPlan,
  "layers" | "cores" | "weightBytes" | "receivedWeightBytes" | "rowsWritten" | "cellsWritten"
>;

function placedWeights(
  mapping: Mapping,
  network: Network,
  chip: Chip,
  partition: MappedPartition,
  first: ReturnType<typeof firstWindows>,
): Placed {
  const matrix = partition.layers.filter(({ kind }) => kind === "matrix");
  const present = new Set(matrix.map(({ layer }) => layer));
  const cores = new Map<number, PlannedCore>();
  const known = new Set<string>();
  const placed: Placed = {
    layers: [],
    cores: [],
    weightBytes: 0,
    receivedWeightBytes: 0,
    rowsWritten: 0,
    cellsWritten: 0,
  };
  /** Whether a key is met for the first time. */
  const isNew = (key: string): boolean => {
    const before = known.size;
    return known.add(key).size > before;
  };
  matrix.forEach(({ layer: id, replicas, slices }, at) => {
    const layer = network.layers[id]!;
    const { height, width } = network.tensors[layer.output]!.shape;
    const planned: PlannedLayer = {
      layer: id,
      inputBits: network.tensors[layer.inputs[0]!]!.bits ?? mapping.precision.activationBits,
      windows: height * width,
      replicas,
      windowsPerReplica: Math.ceil(height / replicas) * width,
      windowsBeforeConsumer: Math.max(
        0,
        ...[...(first.get(id) ?? [])].filter(([to]) => present.has(to)).map(([, windows]) => windows),
      ),
      groups: 0,
      slots: 0,
      cells: 0,
      columns: 0,
    };
    placed.layers.push(planned);
    for (const { copies } of slices)
      for (const [copy, { parts }] of copies.entries())
        for (const { core, steps } of parts) {
          const place = cores.get(core) ?? { core, slotsWritten: 0, groups: matrix.map(() => 0) };
          cores.set(core, place);
          place.groups[at]! += steps.length;
          if (copy === 0) planned.groups += steps.length;
          for (const { tile: number } of steps.flatMap(({ pieces }) => pieces)) {
            const tile = mapping.tiles[number]!;
            const width = tile.columns * tile.columnsPerWeight;
            const bytes = tile.rows * tile.rowBytes;
            if (copy === 0) {
              planned.slots++;
              planned.cells += tile.rows * width;
              planned.columns += width;
            }
            placed.rowsWritten += tile.rows;
            placed.cellsWritten += tile.rows * width;
            if (isNew(String(number))) placed.weightBytes += bytes;
            const arrives = isNew(`${core} ${number}`);
            if (arrives) placed.receivedWeightBytes += bytes;
            if (arrives || !chip.core.arrays.write.broadcast) place.slotsWritten++;
          }
        }
  });
  placed.cores = [...cores.values()].sort((a, b) => a.core - b.core);
  return placed;
}
