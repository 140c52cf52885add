/** What of a chip decides whether a program is legal on it: a Chip in the terms of the instruction set. */
import type { Chip, MemoryName } from "../hardware/index.js";
import { structureDigest } from "../hardware/index.js";
import type { Limits, Space } from "../isa/index.js";

const SPACE_OF: Readonly<Record<MemoryName, Space>> = {
  localMemory: "lm",
  globalBuffer: "gb",
  dram: "gm",
  weightBuffer: "wb",
};

/** The limits a chip sets to programs. */
export function limitsOf(chip: Chip): Limits {
  const { core } = chip;
  const { arrays } = core;
  return {
    chipName: chip.name,
    structureDigest: structureDigest(chip),
    cores: chip.cores,
    arraysPerCore: arrays.count,
    rows: arrays.rows,
    columns: arrays.columns,
    depth: arrays.depth,
    cellBits: arrays.cellBits,
    railsPerCell: arrays.railsPerCell,
    doubleBanked: arrays.write.doubleBanked,
    broadcast: arrays.write.broadcast,
    inputsFrom: SPACE_OF[arrays.inputsFrom],
    weightsFrom: SPACE_OF[arrays.weightsFrom],
    outputsTo: SPACE_OF[arrays.outputsTo],
    localMemoryBytes: core.localMemory.bytes,
    weightBufferBytes: core.weightBuffer?.bytes ?? 0,
    globalBufferBytes: chip.globalBuffer?.bytes ?? 0,
    dramBytes: chip.dram?.bytes ?? 0,
    accumulatorEntries: core.accumulatorEntries,
    accumulatorBits: core.accumulatorBits,
    semaphores: core.semaphores,
    weightBits: chip.weightBits,
    inputBits: chip.inputBits,
    modes: arrays.modes,
    network: chip.network.kind,
  };
}
