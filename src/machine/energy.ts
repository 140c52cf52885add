/** Energy: integer counts times the chip's table, each multiplied once at the end (law 6). */
import type { Chip } from "../hardware/index.js";
import type { CountName } from "./plan/plan.js";

/** Energy by component in pJ, with their sum as `total`. */
export function energyOf(
  counts: Readonly<Record<CountName, number>>,
  chip: Chip,
  ticks: number,
  /** What the DRAM's commands and background took, where it was played by commands; the table then has what comes on top. */
  dramPj = 0,
): Record<string, number> {
  const table = chip.energy;
  const parts: Record<string, number> = {
    array: counts.arrayMvms * table.arrayMvmPj + counts.cellPhases * table.cellPhasePj,
    adc: counts.conversions * table.conversionPj,
    write: counts.cellWrites * table.cellWritePj + counts.verifyRows * table.verifyRowPj,
    localMemory:
      counts.localReadBytes * table.localMemoryReadPjPerByte + counts.localWriteBytes * table.localMemoryWritePjPerByte,
    weightBuffer: counts.weightBufferBytes * table.weightBufferPjPerByte,
    globalBuffer:
      counts.globalReadBytes * table.globalBufferReadPjPerByte +
      counts.globalWriteBytes * table.globalBufferWritePjPerByte,
    dram: dramPj + counts.dramReadBytes * table.dramReadPjPerByte + counts.dramWriteBytes * table.dramWritePjPerByte,
    network: counts.networkBytes * table.networkPjPerByte,
    vector: counts.vectorBytes * table.vectorPjPerByte,
    // mW × ns = pJ.
    static: table.staticPowerMw * ((ticks / chip.clockHz) * 1e9),
  };
  const total = Object.values(parts).reduce((sum, value) => sum + value, 0);
  return { total, ...parts };
}
