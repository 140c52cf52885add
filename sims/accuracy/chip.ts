/**
 * The chip of the study: compass-s with another converter and another number of rows at once.
 *
 * What changes with the resolution b follows the closed forms that zigzag-imc uses for a converter in 28 nm: its time goes with b,
 * its energy is (100 fF · b + 0.001 fF · 4^b) · Vdd², Vdd = 0.9 V. The preset gives the time at its own 9 bits. Its energy of an MVM
 * is one lump for inputs of 4 bits; what 4 × 256 conversions do not take of it belongs to the cells, which are driven twice as often
 * for inputs of 8 bits, and as often in many small groups of rows as in one.
 */
import type { AdcModel } from "../../src/functional/index.js";
import { type Chip, readChip } from "../../src/hardware/index.js";

/** The preset that is varied. */
export const PRESET = "compass-s";

/** Resolutions of the converter. */
export const ADC_BITS = [4, 5, 6, 7, 8, 9];

/** Rows driven at once. */
export const ROWS_ACTIVE = [32, 64, 128, 256];

const SUPPLY_VOLTS = 0.9;

/** Energy of a conversion with so many bits, in pJ. */
export function conversionEnergyPj(bits: number): number {
  const capacitanceFf = 100 * bits + 0.001 * 4 ** bits;
  return (capacitanceFf * SUPPLY_VOLTS ** 2) / 1000;
}

/** What a preset of an analogue chip says of its converters and MVMs. */
function factsOf(chip: Chip) {
  const { timing, columns } = chip.core.arrays;
  if (timing.kind !== "composed" || timing.converter.kind !== "adc") throw new Error(`${chip.name} has no converters`);
  const phases = chip.defaultPrecision.activationBits / timing.inputBitsPerPhase;
  return { columns, phases, bits: timing.converter.bits, cycles: timing.converter.conversionCycles };
}

/** Whether no sum of so many rows can exceed the converter's highest code. */
export function isLossless(bits: number, rowsActive: number): boolean {
  // Cells of one bit, inputs bit by bit: the largest sum is the number of rows.
  return 2 ** bits - 1 >= rowsActive;
}

/** Converter models worth a run: without loss both are one; a full-range step is hopeless with three bits fewer than lossless. */
export function adcModels(bits: number, rowsActive: number): AdcModel[] {
  if (isLossless(bits, rowsActive)) return ["clip"];
  return isLossless(bits + 2, rowsActive) ? ["clip", "scale"] : ["clip"];
}

/** The preset with a converter of so many bits and so many rows driven at once, for inputs of so many bits. */
export function chipOf(bits: number, rowsActive: number, inputBits: number): Chip {
  const preset = readChip(PRESET);
  const own = factsOf(preset);
  const cellsPj = preset.energy.arrayMvmPj - own.phases * own.columns * conversionEnergyPj(own.bits);
  const conversionCycles = Math.ceil((own.cycles * bits) / own.bits);
  return readChip(PRESET, {
    set: {
      "core.arrays.timing.rowsActive": rowsActive,
      "core.arrays.timing.converter.bits": bits,
      "core.arrays.timing.converter.conversionTime": `${conversionCycles} cycle`,
      "energy.conversion": `${conversionEnergyPj(bits)} pJ`,
      "energy.arrayMvm": `${(cellsPj * inputBits) / preset.defaultPrecision.activationBits} pJ`,
    },
  });
}
