/**
 * What a Mapping does, counted like `programCounts` counts a Program, but from tiles and placement.
 * Per sample: every step w windows × {1 vector, its arrays, F · cells, F · conversions}; bytes of loads, stores and streams in every
 * memory they pass. Once a stage: rows, cells × expected passes, verify rows, weight bytes. Halves by expectation are rounded once.
 */
import type { Chip } from "../../hardware/index.js";
import type { MappedLayer, MappedPartition } from "../../mapping/index.js";
import { COUNT_NAMES, type WorkCounts, zeroCounts } from "../counts.js";
import { meshHops } from "../unloaded/stages.js";
import type { EstimateContext } from "./context.js";
import { type LayerDemand, stageDemands } from "./demand.js";
import { drivenSteps } from "./layer.js";
import { expectedPasses, tilePlaces, weightSpace, writesOn } from "./weights.js";

/** Links between the memory's node and a core; 1 on a bus, which moves a byte once. */
function hopsToMemory(chip: Chip, core: number): number {
  return chip.network.kind === "bus" ? 1 : meshHops(chip.network, chip.network.memoryNode, core).length;
}

function addWeights(context: EstimateContext, partition: MappedPartition, counts: WorkCounts): void {
  const { mapping, chip } = context;
  const { write, weightsFrom, cellBits } = chip.core.arrays;
  const passes = expectedPasses(write);
  const direct = weightsFrom !== "weightBuffer";
  const multicast = !direct && mapping.weightMulticast && chip.network.kind === "bus";
  const read = weightSpace(chip) === "gm" ? "dramReadBytes" : "globalBufferReadBytes";
  for (const { tile, bytes, cores } of tilePlaces(mapping, partition)) {
    const columns = tile.columns * tile.columnsPerWeight;
    // A write takes whole bytes of the columns it drives.
    const written = tile.rows * Math.ceil((columns * cellBits) / 8);
    cores.forEach(({ core, arrays }, index) => {
      const writes = writesOn(chip, arrays);
      const moved = direct ? written * writes : multicast && index > 0 ? 0 : bytes;
      counts[read] += moved;
      counts.networkBytes += moved * hopsToMemory(chip, core);
      if (!direct) {
        counts.weightBufferWriteBytes += bytes;
        counts.weightBufferReadBytes += written * writes;
      }
      counts.rowsWritten += tile.rows * arrays;
      counts.cellWrites += tile.rows * columns * arrays * passes;
      if (write.verify.kind !== "none") counts.verifyRows += tile.rows * arrays * passes;
    });
  }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function addLayer(context: EstimateContext, layer: MappedLayer, demand: LayerDemand, counts: WorkCounts): void {
  const { mapping, chip } = context;
  const { inputsFrom } = chip.core.arrays;
  const inMemory = mapping.tensorMemory === "gm";
  const add = (name: keyof WorkCounts, amount: number) => {
    counts[name] += mapping.batch * amount;
  };
  for (const { core, windows, cost } of drivenSteps(context, layer, demand)) {
    const { facts } = cost;
    add("mvmVectors", windows);
    add("arrayMvm", windows * facts.arrays.length);
    add("cellPhases", windows * facts.bitPhases * facts.cells);
    add("conversions", windows * facts.phases * facts.conversions);
    const bytes = windows * facts.inputBytes;
    if (inputsFrom === "localMemory") add("localMemoryReadBytes", bytes);
    else {
      add(inputsFrom === "dram" ? "dramReadBytes" : "globalBufferReadBytes", bytes);
      add("networkBytes", bytes * hopsToMemory(chip, core));
    }
  }
  for (const [core, one] of demand.cores) {
    add(inMemory ? "dramReadBytes" : "globalBufferReadBytes", one.inputMemory);
    add(inMemory ? "dramWriteBytes" : "globalBufferWriteBytes", one.outputMemory);
    add("networkBytes", (one.inputMemory + one.outputMemory) * hopsToMemory(chip, core));
    if (chip.network.kind === "bus") add("networkBytes", one.outputStream);
    add("vectorBytes", sum(one.results) + sum(one.pooling));
    add("localMemoryWriteBytes", one.inputMemory + one.inputStream + sum(one.results));
    add("localMemoryReadBytes", one.outputStream + one.outputMemory + one.operands);
  }
  const hops = (from: number, to: number) =>
    chip.network.kind === "bus" ? 1 : meshHops(chip.network, from, to).length;
  if (chip.network.kind === "mesh")
    for (const { from, to, bytes } of demand.streams) add("networkBytes", bytes * hops(from, to));
  for (const { from, to, bytes } of demand.partialSums) {
    add("localMemoryReadBytes", bytes);
    add("localMemoryWriteBytes", bytes);
    add("networkBytes", bytes * hops(from, to));
  }
}

/** The counts of a whole Mapping: all stages, all samples, best whole numbers. */
export function mappingCounts(context: EstimateContext): WorkCounts {
  const counts = zeroCounts();
  for (const partition of context.mapping.partitions) {
    addWeights(context, partition, counts);
    const demands = stageDemands(context, partition);
    partition.layers.forEach((layer, index) => {
      addLayer(context, layer, demands[index]!, counts);
    });
  }
  for (const name of COUNT_NAMES) counts[name] = Math.round(counts[name]);
  return counts;
}
