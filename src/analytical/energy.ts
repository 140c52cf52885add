/** Energy: whole counts times the chip's table, multiplied and added once (law 6). */
import { type Chip, playsCommands } from "../hardware/index.js";
import type { WorkCounts } from "./counts.js";
import { dramStreamPj } from "./dram/energy.js";

const NOTHING_IDEAL: ReadonlySet<string> = new Set();

/** Energy in pJ, by what it was spent on. */
export interface Energy {
  arrays: number;
  conversions: number;
  writes: number;
  localMemory: number;
  weightBuffer: number;
  globalBuffer: number;
  dram: number;
  network: number;
  vector: number;
  static: number;
  totalPj: number;
}

/**
 * The energy of some counts on a chip over a time of `ticks`.
 * A static power of 1 mW is 1e9 pJ a second, and a tick is 1 / clockHz seconds. Weight buffer bytes are filled and read bytes alike.
 */
export function energyOf(counts: WorkCounts, chip: Chip, ticks: number): Energy {
  const table = chip.energy;
  const parts = {
    arrays: counts.arrayMvm * table.arrayMvmPj + counts.cellPhases * table.cellPhasePj,
    conversions: counts.conversions * table.conversionPj,
    writes: counts.cellWrites * table.cellWritePj + counts.verifyRows * table.verifyRowPj,
    localMemory:
      counts.localMemoryReadBytes * table.localMemoryReadPjPerByte +
      counts.localMemoryWriteBytes * table.localMemoryWritePjPerByte,
    weightBuffer: (counts.weightBufferReadBytes + counts.weightBufferWriteBytes) * table.weightBufferPjPerByte,
    globalBuffer:
      counts.globalBufferReadBytes * table.globalBufferReadPjPerByte +
      counts.globalBufferWriteBytes * table.globalBufferWritePjPerByte,
    dram:
      counts.dramReadBytes * table.dramReadPjPerByte +
      counts.dramWriteBytes * table.dramWritePjPerByte +
      (playsCommands(chip.dram, NOTHING_IDEAL)
        ? dramStreamPj(chip.dram!, chip.clockHz, counts.dramReadBytes, counts.dramWriteBytes, ticks)
        : 0),
    network: counts.networkBytes * table.networkPjPerByte,
    vector: counts.vectorBytes * table.vectorPjPerByte,
    static: (table.staticPowerMw * 1e9 * ticks) / chip.clockHz,
  };
  return { ...parts, totalPj: Object.values(parts).reduce((sum, part) => sum + part, 0) };
}
