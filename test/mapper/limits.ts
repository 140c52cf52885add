/** The limits of a chip, as a higher room fills them for `checkProgram`. */
import { type Chip, type MemoryName, structureDigest } from "../../src/hardware/index.js";
import type { Limits, Space } from "../../src/isa/index.js";

const spaces: Readonly<Record<MemoryName, Space>> = {
  localMemory: "lm",
  globalBuffer: "gb",
  dram: "gm",
  weightBuffer: "wb",
};

/** What a chip allows a program. */
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
    inputsFrom: spaces[arrays.inputsFrom],
    weightsFrom: spaces[arrays.weightsFrom],
    outputsTo: spaces[arrays.outputsTo],
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
