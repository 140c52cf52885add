/** What the COMPASS estimate takes from a chip: rates and times in ticks, energies in pJ. Nothing of it is written down anywhere else. */
import { burstPjPerByte, type Chip } from "../../../hardware/index.js";
import type { ArrayGroup } from "../../../isa/index.js";
import { dramPeakTicksPerByte, networkTicksPerByte, sramTicksPerByte } from "../../estimate/rates.js";
import { plainMvm } from "../../estimate/steps.js";
import { expectedPasses, pulseTicks, weightSpace } from "../../estimate/weights.js";
import { arrayTicks, type ComputeForm, mvmFacts } from "../../unloaded/index.js";

/** One array group computing one vector. */
export interface GroupTimes {
  /** Ticks its arrays are held: tMvm. */
  ticks: number;
  /** Phases of a vector, and conversions of a phase for each physical column. */
  phases: number;
  conversionsPerColumn: number;
  /** Share of the ticks that conversions take. */
  adcShare: number;
}

/** Constants of a chip. */
export interface CompassConstants {
  /** Ticks between two issues of a core: tIssue. */
  issueTicks: number;
  /** Ticks to write one array: rows × tRowWrite. */
  arrayWriteTicks: number;
  writePorts: number;
  /** Ticks of a byte of weights, and of activations, on their way to or from memory: the slower of memory and network. */
  weightTicksPerByte: number;
  activationTicksPerByte: number;
  group(inputBits: number): GroupTimes;
  weightPjPerByte: number;
  receivedWeightPjPerByte: number;
  rowPj: number;
  cellPj: number;
  loadPjPerByte: number;
  storePjPerByte: number;
}

/** The constants of a chip. */
export function compassConstants(chip: Chip): CompassConstants {
  const { arrays } = chip.core;
  const { energy } = chip;
  const none = new Set<never>();
  const network = networkTicksPerByte(chip, none);
  const memory = (space: "gm" | "gb"): number =>
    Math.max(network, space === "gm" ? dramPeakTicksPerByte(chip, none) : sramTicksPerByte(chip.globalBuffer!, none));
  const weights = weightSpace(chip);
  const dram = dramPjPerByte(chip);
  const buffer = { read: energy.globalBufferReadPjPerByte, write: energy.globalBufferWritePjPerByte };
  const activations = chip.dram ? dram : buffer;
  const passes = expectedPasses(arrays.write);
  const groups = new Map<number, GroupTimes>();
  return {
    issueTicks: chip.core.mvmIssueCycles,
    arrayWriteTicks: Math.ceil(arrays.rows / arrays.write.rowsPerPulse) * pulseTicks(arrays.write),
    writePorts: arrays.write.portsPerCore,
    weightTicksPerByte: memory(weights),
    activationTicksPerByte: memory(chip.dram ? "gm" : "gb"),
    group: (inputBits) => {
      const known = groups.get(inputBits) ?? groupTimes(chip, inputBits);
      groups.set(inputBits, known);
      return known;
    },
    weightPjPerByte: (weights === "gm" ? dram : buffer).read + energy.networkPjPerByte,
    // Filled once and read once.
    receivedWeightPjPerByte: arrays.weightsFrom === "weightBuffer" ? 2 * energy.weightBufferPjPerByte : 0,
    rowPj: arrays.write.verify.kind === "none" ? 0 : passes * energy.verifyRowPj,
    cellPj: passes * energy.cellWritePj,
    loadPjPerByte: activations.read + energy.networkPjPerByte,
    storePjPerByte: activations.write + energy.networkPjPerByte,
  };
}

/** Energy of a DRAM byte: the chip's figure, or, where the machine counts commands, what a burst of the device takes. */
function dramPjPerByte({ dram, energy }: Chip): { read: number; write: number } {
  const bursts = dram?.model === "commands" && dram.device ? burstPjPerByte(dram.device) : { read: 0, write: 0 };
  return { read: bursts.read + energy.dramReadPjPerByte, write: bursts.write + energy.dramWritePjPerByte };
}

/** A full array driven by itself, as the unloaded forms have it. */
function groupTimes(chip: Chip, inputBits: number): GroupTimes {
  const { rows, columns, cellBits } = chip.core.arrays;
  const { weightBits } = chip.defaultPrecision;
  const outputs = Math.max(1, Math.floor((columns * cellBits) / weightBits));
  const place = { array: 0, depth: 0, tile: 0, row0: 0, column0: 0, inputElement0: 0, output0: 0 };
  const group: ArrayGroup = {
    name: "full array",
    core: 0,
    pieces: [{ ...place, rows, columns, outputs }],
    inputs: rows,
    outputs,
    inputBits,
    weightBits,
    inputSigned: false,
  };
  const facts = mvmFacts(plainMvm(1), { chip, groups: [group], core: 0 });
  const ticks = arrayTicks(facts.compute, 1);
  return {
    adcShare: 1 - drivingTicks(facts.compute, ticks) / ticks,
    ticks,
    phases: facts.phases,
    conversionsPerColumn: facts.conversions / columns,
  };
}

/** Ticks of one vector in which no conversion is what is waited for. */
function drivingTicks(compute: ComputeForm, ticks: number): number {
  if (compute.grain === "phase") return ticks - compute.phases * Math.min(compute.convertTicks, ticks);
  return ticks - compute.parts.reduce((sum, part) => sum + (part.term === "adc" ? part.ticks : 0), 0);
}
