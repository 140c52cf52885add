/**
 * What a Mapping does, counted like `programCounts` counts a Program, but from tiles, windows and the work table.
 * Per sample: every step w windows × {1 vector, its arrays, F · cells, F · conversions}; bytes of loads, stores and streams in every
 * memory they pass. Once a stage: rows, cells × expected passes, verify rows, weight bytes. Halves by expectation are rounded once.
 */
import type { Chip } from "../../hardware/index.js";
import type { MappedPartition } from "../../mapping/index.js";
import { COUNT_NAMES, type WorkCounts, zeroCounts } from "../counts.js";
import { meshHops } from "../unloaded/stages.js";
import { drivenSteps, type EstimateContext, partialSums, vectorExtras, workOf } from "./layer.js";
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

function addSample(context: EstimateContext, partition: MappedPartition, counts: WorkCounts, batch: number): void {
  const { mapping, chip } = context;
  const { inputsFrom, outputsTo } = chip.core.arrays;
  const [memoryRead, memoryWrite] =
    mapping.tensorMemory === "gm"
      ? (["dramReadBytes", "dramWriteBytes"] as const)
      : (["globalBufferReadBytes", "globalBufferWriteBytes"] as const);
  const add = (name: keyof WorkCounts, amount: number) => {
    counts[name] += batch * amount;
  };
  for (const layer of partition.layers) {
    const work = workOf(partition, layer);
    for (const { core, windows, cost } of drivenSteps(context, layer, work)) {
      const { facts } = cost;
      add("mvmVectors", windows);
      add("arrayMvm", windows * facts.arrays.length);
      add("cellPhases", windows * facts.phases * facts.cells);
      add("conversions", windows * facts.phases * facts.conversions);
      const bytes = windows * facts.inputBytes;
      if (inputsFrom === "localMemory") add("localMemoryReadBytes", bytes);
      else {
        add(inputsFrom === "dram" ? "dramReadBytes" : "globalBufferReadBytes", bytes);
        add("networkBytes", bytes * hopsToMemory(chip, core));
      }
    }
    for (const { poolBytes, readBytes } of vectorExtras(context, layer, work).values()) {
      add("vectorBytes", poolBytes);
      add("localMemoryReadBytes", readBytes);
    }
    for (const row of work.cores) {
      const hops = hopsToMemory(chip, row.core);
      add(memoryRead, row.inputMemoryBytes);
      add(memoryWrite, row.outputMemoryBytes);
      add("networkBytes", (row.inputMemoryBytes + row.outputMemoryBytes) * hops);
      // On a mesh every receiver's bytes pass at least a link; how many depends on pairs, one is taken.
      add("networkBytes", chip.network.kind === "bus" ? row.outputStreamBytes : row.inputStreamBytes);
      add("vectorBytes", row.vectorBytes);
      add("localMemoryWriteBytes", row.inputMemoryBytes + row.inputStreamBytes);
      add("localMemoryReadBytes", row.outputStreamBytes);
      if (outputsTo === "localMemory") {
        add("localMemoryWriteBytes", row.vectorBytes);
        add("localMemoryReadBytes", row.outputMemoryBytes);
      }
    }
    for (const { from, to, bytes } of partialSums(context, layer, work)) {
      if (from === to) continue;
      const { network } = chip;
      add("localMemoryReadBytes", bytes);
      add("localMemoryWriteBytes", bytes);
      add("networkBytes", bytes * (network.kind === "bus" ? 1 : meshHops(network, from, to).length));
    }
  }
}

/** The counts of a whole Mapping: all stages, all samples, best whole numbers. */
export function mappingCounts(context: EstimateContext): WorkCounts {
  const counts = zeroCounts();
  for (const partition of context.mapping.partitions) {
    addWeights(context, partition, counts);
    addSample(context, partition, counts, context.mapping.batch);
  }
  for (const name of COUNT_NAMES) counts[name] = Math.round(counts[name]);
  return counts;
}
