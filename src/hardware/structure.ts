/**
 * The structure of a chip: geometry, memories, address map, units, widths; everything a program depends on.
 * Times, rates, energies, arbitration, grains and how many instructions are under way are left out, so that one program runs over
 * a range of them (law 11).
 */
import { digestValue } from "../base/index.js";
import type { Chip, Sram } from "./chip.js";

/** What a program depends on; a plain value. */
export type ChipStructure = ReturnType<typeof structureOf>;

/** The structure of a chip. */
export function structureOf(chip: Chip) {
  const { core, network, dram, globalBuffer } = chip;
  const { arrays } = core;
  return {
    cores: chip.cores,
    arrays: {
      count: arrays.count,
      rows: arrays.rows,
      columns: arrays.columns,
      depth: arrays.depth,
      cellBits: arrays.cellBits,
      railsPerCell: arrays.railsPerCell,
      modes: [...arrays.modes].sort(),
      inputsFrom: arrays.inputsFrom,
      weightsFrom: arrays.weightsFrom,
      outputsTo: arrays.outputsTo,
      arraysPerInput: arrays.arraysPerInput,
      doubleBanked: arrays.write.doubleBanked,
      broadcast: arrays.write.broadcast,
    },
    localMemory: addressMap(core.localMemory),
    weightBuffer: core.weightBuffer ? { bytes: core.weightBuffer.bytes } : null,
    globalBuffer: globalBuffer ? addressMap(globalBuffer) : null,
    dram: dram ? { bytes: dram.bytes, channels: dram.channels, interleaveBytes: dram.interleaveBytes } : null,
    accumulatorBits: core.accumulatorBits,
    accumulatorEntries: core.accumulatorEntries,
    semaphores: core.semaphores,
    channelCredits: core.channelCredits,
    network:
      network.kind === "mesh"
        ? { kind: network.kind, columns: network.columns, rows: network.rows, memoryNode: network.memoryNode }
        : { kind: network.kind },
    weightBits: [...chip.weightBits],
    inputBits: [...chip.inputBits],
  };
}

function addressMap(memory: Sram) {
  return { bytes: memory.bytes, banks: memory.banks, interleaveBytes: memory.interleaveBytes };
}

/** The digest of a chip's structure, which a program carries. */
export function structureDigest(chip: Chip): string {
  return digestValue(structureOf(chip));
}
