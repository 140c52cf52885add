/**
 * One piece of an array group times one input vector: exactly, or bit by bit through cells, row groups and converters.
 * Both give the same integers while nothing clips and no cell varies; a test holds them equal.
 */
import type { Chip } from "../hardware/index.js";
import type { Piece, Tile } from "../isa/index.js";
import type { CellArray } from "./cells.js";

/** How an analogue array's converters are modelled: exact, cut off at their highest code, or with a step that spans the full range. */
export type AdcModel = "ideal" | "clip" | "scale";

/** What conversions did. */
export interface ConversionCounts {
  conversions: number;
  clipped: number;
}

/** A piece's weights as integers, rows × weights, seen through the main rail. */
export function decodeWeights(
  cells: CellArray,
  bank: number,
  piece: Piece,
  tile: Tile,
  plane: Uint8Array = cells.plane(bank, piece.depth),
): Int16Array | Int32Array {
  const { columnsPerWeight, weightBits } = tile;
  const count = piece.columns / columnsPerWeight;
  const weights = weightBits <= 16 ? new Int16Array(piece.rows * count) : new Int32Array(piece.rows * count);
  const offset = 2 ** (weightBits - 1);
  const masks = Array.from({ length: columnsPerWeight }, (_, s) => sliceMask(cells.cellBits, weightBits, s));
  const factors = masks.map((_, s) => 2 ** (s * cells.cellBits));
  for (let r = 0; r < piece.rows; r++) {
    let at = (piece.row0 + r) * cells.columns + piece.column0;
    for (let j = 0; j < count; j++) {
      let value = -offset;
      for (let s = 0; s < columnsPerWeight; s++) value += (plane[at++]! & masks[s]!) * factors[s]!;
      weights[r * count + j] = value;
    }
  }
  return weights;
}

/** The bits of a slice that belong to the weight: a top slice may have more. */
function sliceMask(cellBits: number, weightBits: number, slice: number): number {
  return 2 ** Math.max(0, Math.min(cellBits, weightBits - slice * cellBits)) - 1;
}

/** Adds Σ_r x[r]·w[r][j] for rows [from, to) to sums[j]; x holds one element a row. */
export function addProducts(
  x: Int32Array,
  weights: Int16Array | Int32Array,
  from: number,
  to: number,
  count: number,
  sums: Float64Array,
): void {
  let r = from;
  for (; r + 3 < to; r += 4) {
    const x0 = x[r]!;
    const x1 = x[r + 1]!;
    const x2 = x[r + 2]!;
    const x3 = x[r + 3]!;
    if ((x0 | x1 | x2 | x3) === 0) continue;
    const at = r * count;
    for (let j = 0; j < count; j++) {
      const i = at + j;
      sums[j]! +=
        x0 * weights[i]! + x1 * weights[i + count]! + x2 * weights[i + 2 * count]! + x3 * weights[i + 3 * count]!;
    }
  }
  for (; r < to; r++) {
    const value = x[r]!;
    if (value === 0) continue;
    const at = r * count;
    for (let j = 0; j < count; j++) sums[j]! += value * weights[at + j]!;
  }
}

/** What the bit-serial path needs to know of the array and the input. */
export interface SerialSetting {
  rowsActive: number;
  inputBitsPerPhase: number;
  inputBits: number;
  inputSigned: boolean;
  adcBits: number;
  adc: AdcModel;
  /** Whether the complement of every cell is read (the second rail). */
  complement: boolean;
}

/** Largest sum one conversion can see, with so many rows driven. */
export function largestColumnSum(chip: Chip, rows: number): number {
  const { timing, cellBits } = chip.core.arrays;
  if (timing.kind !== "composed") return 0;
  return Math.min(rows, timing.rowsActive) * (2 ** timing.inputBitsPerPhase - 1) * (2 ** cellBits - 1);
}

/**
 * The same sum, bit by bit: inputs offset to be unsigned, cut into phases; rows in groups; each column's current converted; slices
 * and phases shifted and added; both offsets taken back digitally, the input's with the weights the cells hold (`held`).
 */
export function addProductsSerially(
  x: Int32Array,
  cells: CellArray,
  bank: number,
  piece: Piece,
  tile: Tile,
  from: number,
  to: number,
  setting: SerialSetting,
  held: Int16Array | Int32Array,
  sums: Float64Array,
  counts: ConversionCounts,
): void {
  const { inputBits, inputSigned, inputBitsPerPhase, rowsActive, adc, complement } = setting;
  const { columnsPerWeight, weightBits } = tile;
  const { columns } = piece;
  const count = columns / columnsPerWeight;
  const inputOffset = inputSigned ? 2 ** (inputBits - 1) : 0;
  const weightOffset = 2 ** (weightBits - 1);
  const phases = Math.ceil(inputBits / inputBitsPerPhase);
  const digitMask = 2 ** inputBitsPerPhase - 1;
  const highestCode = 2 ** setting.adcBits - 1;
  const real = cells.conductance(bank, piece.depth);
  const plane = cells.plane(bank, piece.depth);
  const column = new Float64Array(columns);
  const masks = Uint16Array.from({ length: columns }, (_, j) =>
    sliceMask(cells.cellBits, weightBits, j % columnsPerWeight),
  );
  const slices = Float64Array.from(column, (_, j) => 2 ** ((j % columnsPerWeight) * cells.cellBits));
  const weightOf = Uint32Array.from(column, (_, j) => Math.floor(j / columnsPerWeight));
  for (let group = from; group < to; group += rowsActive) {
    const end = Math.min(to, group + rowsActive);
    const full = (end - group) * digitMask * cells.highest;
    const step = adc === "scale" ? Math.max(1, full / highestCode) : 1;
    for (let phase = 0; phase < phases; phase++) {
      column.fill(0);
      const weight = 2 ** (phase * inputBitsPerPhase);
      for (let r = group; r < end; r++) {
        const digit = Math.floor((x[r]! + inputOffset) / weight) & digitMask;
        if (digit === 0) continue;
        const at = (piece.row0 + r) * cells.columns + piece.column0;
        if (real === undefined && !complement) {
          for (let j = 0; j < columns; j++) column[j]! += digit * (plane[at + j]! & masks[j]!);
          continue;
        }
        for (let j = 0; j < columns; j++) {
          const mask = masks[j]!;
          const level = real === undefined ? plane[at + j]! & mask : real[at + j]!;
          column[j]! += digit * (complement ? mask - level : level);
        }
      }
      for (let j = 0; j < columns; j++) {
        let value = column[j]!;
        counts.conversions++;
        if (adc !== "ideal") {
          let code = Math.round(value / step);
          if (code > highestCode || code < 0) {
            counts.clipped++;
            code = code < 0 ? 0 : highestCode;
          }
          value = Math.round(code * step);
        } else if (real !== undefined) value = Math.round(value);
        sums[weightOf[j]!]! += value * weight * slices[j]!;
      }
    }
  }
  // Σ (x + ox)(u) = Σ x·w + ow·Σ(x + ox) + ox·Σ w, with u = w + ow.
  let inputSum = 0;
  for (let r = from; r < to; r++) inputSum += x[r]! + inputOffset;
  for (let j = 0; j < count; j++) {
    let weightSum = 0;
    if (inputOffset !== 0)
      for (let r = from; r < to; r++) {
        const weight = held[r * count + j]!;
        weightSum += complement ? -1 - weight : weight;
      }
    sums[j]! -= weightOffset * inputSum + inputOffset * weightSum;
  }
}
