/** Effects on arrays: WWR, WVF, WSWAP and MVM. */
import { InternalError, UserError } from "../base/index.js";
import type { ArrayGroup, InstructionOf, Piece, Tile } from "../isa/index.js";
import type { CellArray } from "./cells.js";
import type { CellRegion, Context } from "./context.js";
import { wrapSigned } from "./elements.js";
import { gather, resolveSource } from "./gather.js";
import { addProducts, addProductsSerially, decodeWeights, largestColumnSum } from "./multiply.js";
import { isAsymmetric } from "./params.js";
import { spaceNumber } from "./state.js";

/** WWR: rows of a tile's image into cells of one or several arrays. */
export function startWrite(context: Context, instruction: InstructionOf<"WWR">): void {
  const { arrays, row0, rows, column0, columns, depth, source } = instruction;
  const tile = context.program.tiles[instruction.tile]!;
  const { core, state } = context;
  const { chip } = state;
  const rowBytes = Math.ceil((columns * chip.core.arrays.cellBits) / 8);
  const image = context.read(context.rows(source, rows, rowBytes, rowBytes));
  const whole = chip.core.arrays;
  if (row0 + rows > whole.rows || column0 + columns > whole.columns || depth >= whole.depth)
    throw new UserError({
      code: "cells-outside",
      message: "a write leaves its array",
      seen: `rows ${row0}+${rows}, columns ${column0}+${columns}, depth ${depth}`,
      accepted: `${whole.rows} rows, ${whole.columns} columns, depth ${whole.depth}`,
    });
  for (const array of arrays) {
    const cells = state.array(core, array);
    context.observer?.writeCells({ core, array, bank: cells.writeBank, depth, row0, rows, column0, columns });
    context.effect.also(() => cells.write(tile, depth, row0, rows, column0, columns, image));
  }
}

/** WVF: rows read back; numbers are not changed. */
export function startVerify(context: Context, instruction: InstructionOf<"WVF">): void {
  const { array, row0, rows } = instruction;
  const { core, state } = context;
  const { columns } = state.chip.core.arrays;
  const bank = state.array(core, array).writeBank;
  context.observer?.readCells({ core, array, bank, depth: -1, row0, rows, column0: 0, columns });
}

/** WSWAP: the banks change places at completion. */
export function startSwap(context: Context, instruction: InstructionOf<"WSWAP">): void {
  const cells = context.state.array(context.core, instruction.array);
  context.observer?.swapCells(context.core, instruction.array);
  context.effect.also(() => cells.swap());
}

/** A piece's decoded weights and what they were decoded from. */
interface DecodedPiece {
  version: number;
  weights: Int16Array | Int32Array;
}

type Decoded = WeakMap<CellArray, Map<Piece, DecodedPiece>>;

const decodedPieces: Decoded = new WeakMap();
const intendedPieces: Decoded = new WeakMap();

/** The weights of a piece as its cells hold them. */
function weightsOf(cells: CellArray, piece: Piece, tile: Tile): Int16Array | Int32Array {
  return decoded(decodedPieces, cells, piece, tile, (depth) => cells.plane(cells.activeBank, depth));
}

/** The weights of a piece as they were meant to be. */
function intendedWeights(cells: CellArray, piece: Piece, tile: Tile): Int16Array | Int32Array {
  return decoded(intendedPieces, cells, piece, tile, (depth) => cells.intendedPlane(cells.activeBank, depth));
}

function decoded(
  all: Decoded,
  cells: CellArray,
  piece: Piece,
  tile: Tile,
  plane: (depth: number) => Uint8Array,
): Int16Array | Int32Array {
  let pieces = all.get(cells);
  if (pieces === undefined) {
    pieces = new Map();
    all.set(cells, pieces);
  }
  const known = pieces.get(piece);
  if (known?.version === cells.version) return known.weights;
  const weights = decodeWeights(cells, cells.activeBank, piece, tile, plane(piece.depth));
  pieces.set(piece, { version: cells.version, weights });
  return weights;
}

/** MVM: every vector through every group; sums go to the accumulators at completion, where adds are added. */
export function startMultiply(context: Context, instruction: InstructionOf<"MVM">): void {
  const { core, program, state, counts } = context;
  const { accumulate, accumulator, mode, vectors } = instruction;
  const groups = instruction.groups.map((index) => program.groups[index]!);
  const first = groups[0]!;
  const source = resolveSource(context, instruction.source, first);
  const vector = new Int32Array(first.inputs);
  const space = spaceNumber("acc", core);
  const bits = state.chip.core.accumulatorBits;
  const own = state.cores[core]!;
  for (const group of groups) watchCells(context, group);
  let offset = 0;
  for (const group of groups) offset += group.outputs * vectors;
  const sums = new Float64Array(offset);
  const inputSums = mode === "normal" && !isAsymmetric(context, first) ? undefined : new Float64Array(offset);
  for (let v = 0; v < vectors; v++) {
    gather(context, source, v * instruction.vectorStride, vector);
    offset = 0;
    for (const group of groups) {
      const at = offset + v * group.outputs;
      const into = sums.subarray(at, at + group.outputs);
      multiplyGroup(context, instruction, group, vector, into, inputSums?.subarray(at, at + group.outputs));
      offset += group.outputs * vectors;
    }
  }
  offset = 0;
  for (const group of groups) {
    const entries = group.outputs * vectors;
    const from = offset;
    context.eachEntries(accumulator, from, entries, (entry, at, count) => {
      if (accumulate === "add") context.observer?.add(space, entry, count);
      else context.observer?.write(space, entry, count);
      context.effect.also(() => {
        for (let i = 0; i < count; i++) {
          const value = sums[from + at + i]! + (accumulate === "add" ? own.accumulators[entry + i]! : 0);
          const wrapped = wrapSigned(value, bits);
          if (wrapped !== value) counts.overflows++;
          own.accumulators[entry + i] = wrapped;
          const inputs = inputSums === undefined ? 0 : inputSums[from + at + i]!;
          own.inputSums[entry + i] = inputs + (accumulate === "add" ? own.inputSums[entry + i]! : 0);
        }
      });
    });
    offset += entries;
  }
}

function watchCells(context: Context, group: ArrayGroup): void {
  const { observer, core, state } = context;
  if (observer === undefined) return;
  for (const { array, depth, row0, rows, column0, columns } of group.pieces) {
    const bank = state.array(core, array).activeBank;
    const region: CellRegion = { core, array, bank, depth, row0, rows, column0, columns };
    observer.readCells(region);
  }
}

function multiplyGroup(
  context: Context,
  instruction: InstructionOf<"MVM">,
  group: ArrayGroup,
  vector: Int32Array,
  into: Float64Array,
  inputSums: Float64Array | undefined,
): void {
  const { mode, rowRange } = instruction;
  for (const piece of group.pieces) {
    const from = rowRange === undefined ? 0 : Math.max(0, rowRange.row0 - piece.row0);
    const to = rowRange === undefined ? piece.rows : Math.min(piece.rows, rowRange.row0 + rowRange.rows - piece.row0);
    const first = piece.inputElement0;
    if (mode === "normal") {
      const x = vector.subarray(first, first + piece.rows);
      multiplyPiece(
        context,
        group,
        piece,
        x,
        from,
        to,
        false,
        into.subarray(piece.output0, piece.output0 + piece.outputs),
      );
      if (inputSums !== undefined) {
        let inputSum = 0;
        for (let r = from; r < to; r++) inputSum += x[r]!;
        for (let j = 0; j < piece.outputs; j++) inputSums[piece.output0 + j]! += inputSum;
      }
      continue;
    }
    const count = piece.columns / context.program.tiles[piece.tile]!.columnsPerWeight;
    const halves = mode === "split" ? 2 : 1;
    const perWeight = halves * 2;
    if (piece.outputs !== count * perWeight)
      throw new InternalError(`group ${group.name}: ${piece.outputs} results of ${count} weights in mode ${mode}`);
    const taps = piece.rows / halves;
    const sums = new Float64Array(count);
    for (let half = 0; half < halves; half++)
      for (let rail = 0; rail < 2; rail++) {
        const x = new Int32Array(piece.rows);
        let inputSum = 0;
        for (let t = 0; t < taps; t++) {
          const element = mode === "double" ? t : mode === "dualBroadcast" ? 2 * t + rail : 4 * t + 2 * half + rail;
          x[half * taps + t] = vector[first + element]!;
        }
        const low = Math.max(from, half * taps);
        const high = Math.min(to, (half + 1) * taps);
        for (let r = low; r < high; r++) inputSum += x[r]!;
        sums.fill(0);
        multiplyPiece(context, group, piece, x, low, high, rail === 1, sums);
        for (let j = 0; j < count; j++) {
          const output = piece.output0 + j * perWeight + half * 2 + rail;
          into[output]! += sums[j]!;
          inputSums![output]! += inputSum;
        }
      }
  }
}

/** Adds one piece's products through one rail; what is not ideal in them is measured. */
function multiplyPiece(
  context: Context,
  group: ArrayGroup,
  piece: Piece,
  x: Int32Array,
  from: number,
  to: number,
  complement: boolean,
  sums: Float64Array,
): void {
  const { state, options, counts } = context;
  const tile = context.program.tiles[piece.tile]!;
  const cells = state.array(context.core, piece.array);
  const count = piece.columns / tile.columnsPerWeight;
  counts.macs += (to - from) * count;
  if ((options.adc ?? "ideal") === "ideal" && options.faults === undefined) {
    addExactly(x, weightsOf(cells, piece, tile), from, to, count, complement, sums);
    return;
  }
  const before = { ...counts };
  const seen = new Float64Array(count);
  addAsConverted(context, group, piece, tile, cells, x, from, to, complement, seen);
  const truth = new Float64Array(count);
  addExactly(x, intendedWeights(cells, piece, tile), from, to, count, complement, truth);
  const own = counts.layers.get(tile.layer) ?? { conversions: 0, clipped: 0, signal: 0, noise: 0 };
  own.conversions += counts.conversions - before.conversions;
  own.clipped += counts.clipped - before.clipped;
  for (let j = 0; j < count; j++) {
    sums[j]! += seen[j]!;
    own.signal += truth[j]! ** 2;
    own.noise += (truth[j]! - seen[j]!) ** 2;
  }
  counts.layers.set(tile.layer, own);
}

/** Products of what the cells hold: exactly where nothing can be lost, else bit by bit. */
function addAsConverted(
  context: Context,
  group: ArrayGroup,
  piece: Piece,
  tile: Tile,
  cells: CellArray,
  x: Int32Array,
  from: number,
  to: number,
  complement: boolean,
  sums: Float64Array,
): void {
  const { state, options, counts } = context;
  const weights = weightsOf(cells, piece, tile);
  const { timing } = state.chip.core.arrays;
  const { adc = "ideal" } = options;
  const converter = timing.kind === "composed" && timing.converter.kind === "adc" ? timing.converter : undefined;
  if (timing.kind === "composed" && converter !== undefined) {
    const canClip = adc !== "ideal" && largestColumnSum(state.chip, to - from) > 2 ** converter.bits - 1;
    if (canClip || cells.conductance(cells.activeBank, piece.depth) !== undefined) {
      const { rowsActive, inputBitsPerPhase } = timing;
      const { inputBits, inputSigned } = group;
      const adcBits = converter.bits;
      const setting = { rowsActive, inputBitsPerPhase, inputBits, inputSigned, adcBits, adc, complement };
      addProductsSerially(x, cells, cells.activeBank, piece, tile, from, to, setting, weights, sums, counts);
      return;
    }
  }
  addExactly(x, weights, from, to, piece.columns / tile.columnsPerWeight, complement, sums);
}

/** Products as integers; the complement rail reads −1 − w: Σ x·(−1 − w) = −Σ x − Σ x·w. */
function addExactly(
  x: Int32Array,
  weights: Int16Array | Int32Array,
  from: number,
  to: number,
  count: number,
  complement: boolean,
  sums: Float64Array,
): void {
  if (!complement) {
    addProducts(x, weights, from, to, count, sums);
    return;
  }
  const straight = new Float64Array(count);
  addProducts(x, weights, from, to, count, straight);
  let inputSum = 0;
  for (let r = from; r < to; r++) inputSum += x[r]!;
  for (let j = 0; j < count; j++) sums[j]! -= inputSum + straight[j]!;
}
