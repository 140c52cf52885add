/**
 * What a byte costs on each shared resource, in ticks; an ideal part costs nothing.
 * Contention-free: no packets, no rounding, no clock edges; channels and ports share the work evenly.
 */
import { invariant, toNumber } from "../../base/index.js";
import type { Chip, Sram } from "../../hardware/index.js";
import type { IdealPart } from "../unloaded/index.js";

/** The parts that are made free. */
export type IdealSet = ReadonlySet<IdealPart>;

/** Ticks a byte of DRAM: cycles a byte × ticks a cycle / channels. */
export function dramTicksPerByte(chip: Chip, ideal: IdealSet): number {
  if (ideal.has("dram")) return 0;
  const { dram } = chip;
  invariant(dram, `chip ${chip.name} has no DRAM`);
  return (toNumber(dram.cyclesPerByte) * toNumber(dram.clock.ticksPerCycle)) / dram.channels;
}

/** Ticks from a DRAM request to its first data. */
export function dramLatencyTicks(chip: Chip, ideal: IdealSet): number {
  if (ideal.has("dram") || !chip.dram) return 0;
  return chip.dram.latencyCycles * toNumber(chip.dram.clock.ticksPerCycle);
}

/** Ticks a byte on the bus or on one mesh link. */
export function networkTicksPerByte(chip: Chip, ideal: IdealSet): number {
  return ideal.has("bus") ? 0 : toNumber(chip.network.ticksPerByte);
}

/** Ticks a byte on one port of an on-chip memory. */
export function sramTicksPerByte(sram: Sram, ideal: IdealSet): number {
  return ideal.has("sram") ? 0 : toNumber(sram.ticksPerByte);
}

/** Ticks a byte of result of the vector unit. */
export function vectorTicksPerByte(chip: Chip, ideal: IdealSet): number {
  return ideal.has("vector") ? 0 : toNumber(chip.core.vectorUnit.ticksPerByte);
}
