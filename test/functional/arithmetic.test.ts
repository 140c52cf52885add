import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomStream, uniformInt } from "../../src/base/index.js";
import { CellArray, type CellFaults } from "../../src/functional/cells.js";
import { packElements, packedBytes, tileImage, unpackElements, wrapSigned } from "../../src/functional/index.js";
import { type AdcModel, addProducts, addProductsSerially, decodeWeights } from "../../src/functional/multiply.js";
import { type Chip, readChip } from "../../src/hardware/index.js";
import type { Piece, Tile } from "../../src/isa/index.js";

/** A chip whose arrays have these cells. */
function chipOf(cellBits: number, rows: number, columns: number): Chip {
  const chip = structuredClone(readChip("isaac"));
  Object.assign(chip.core.arrays, { cellBits, rows, columns, depth: 2 });
  return chip;
}

/** A random tile written into an array, somewhere in its middle, with one random input. */
function random(
  seed: number,
  shape: { rows: number; count: number; weightBits: number; cellBits: number; inputBits: number; inputSigned: boolean },
  faults?: CellFaults,
) {
  const { rows, count, weightBits, cellBits, inputBits, inputSigned } = shape;
  const stream = randomStream(seed, "arithmetic");
  const columnsPerWeight = Math.ceil(weightBits / cellBits);
  const columns = count * columnsPerWeight;
  const chip = chipOf(cellBits, rows + 3, columns + 5);
  const rowBytes = Math.ceil((columns * cellBits) / 8);
  const tile: Tile = {
    name: "t",
    layer: 0,
    row0: 0,
    rows,
    column0: 0,
    columns: count,
    group0: 0,
    groups: 1,
    weightBits,
    columnsPerWeight,
    address: 0,
    rowBytes,
  };
  const weights = Array.from({ length: rows * count }, () =>
    uniformInt(stream, -(2 ** (weightBits - 1)), 2 ** (weightBits - 1) - 1),
  );
  const image = tileImage(tile, cellBits, (row, column) => weights[row * count + column]!);
  const cells = new CellArray(chip, 0, 0, faults);
  cells.write(tile, 1, 2, rows, 4, columns, image);
  const piece: Piece = {
    array: 0,
    row0: 2,
    rows,
    column0: 4,
    columns,
    depth: 1,
    tile: 0,
    inputElement0: 0,
    output0: 0,
    outputs: count,
  };
  const low = inputSigned ? -(2 ** (inputBits - 1)) : 0;
  const x = Int32Array.from({ length: rows }, () => uniformInt(stream, low, low + 2 ** inputBits - 1));
  return { cells, piece, tile, weights, x };
}

describe("elements", () => {
  it("come back as they were packed, and leave neighbours alone", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 40 }),
        fc.integer(),
        (bits, signed, count, seed) => {
          const stream = randomStream(seed, "pack");
          const low = signed ? -(2 ** (bits - 1)) : 0;
          const values = Int32Array.from({ length: count }, () => uniformInt(stream, low, low + 2 ** bits - 1));
          const bytes = new Uint8Array(packedBytes(count, bits) + 4).fill(0xa5);
          packElements(values, 0, count, bits, bytes, 2);
          const back = new Int32Array(count);
          unpackElements(bytes, 2, count, bits, signed, back);
          expect([...back]).toEqual([...values]);
          expect([bytes[0], bytes[1], bytes.at(-1), bytes.at(-2)]).toEqual([0xa5, 0xa5, 0xa5, 0xa5]);
        },
      ),
    );
  });

  it("has the even channel in the low nibble", () => {
    const bytes = new Uint8Array(2);
    packElements([1, -2, 3], 0, 3, 4, bytes, 0);
    expect([...bytes]).toEqual([0xe1, 0x03]);
  });

  it("wraps into two's complement", () => {
    expect([127, 128, -128, -129, 300, -300].map((value) => wrapSigned(value, 8))).toEqual([
      127, -128, -128, 127, 44, -44,
    ]);
  });
});

const shapes = fc.record({
  rows: fc.integer({ min: 1, max: 13 }),
  count: fc.integer({ min: 1, max: 4 }),
  weightBits: fc.integer({ min: 1, max: 9 }),
  cellBits: fc.integer({ min: 1, max: 5 }),
  inputBits: fc.integer({ min: 1, max: 9 }),
  inputSigned: fc.boolean(),
});

describe("arrays", () => {
  it("compute the same bit by bit as exactly, through either rail", () => {
    fc.assert(
      fc.property(
        shapes,
        fc.integer(),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 4 }),
        fc.boolean(),
        fc.constantFrom<AdcModel>("ideal", "clip", "scale"),
        (shape, seed, rowsActive, inputBitsPerPhase, complement, adc) => {
          const { cells, piece, tile, weights, x } = random(seed, shape);
          const decoded = decodeWeights(cells, 0, piece, tile);
          expect([...decoded]).toEqual(weights);
          const from = Math.floor(shape.rows / 3);
          const expected = Array.from({ length: shape.count }, (_, j) => {
            let sum = 0;
            for (let r = from; r < shape.rows; r++)
              sum += x[r]! * (complement ? -1 - weights[r * shape.count + j]! : weights[r * shape.count + j]!);
            return sum;
          });
          const fast = new Float64Array(shape.count);
          addProducts(x, decoded, from, shape.rows, shape.count, fast);
          if (!complement) expect([...fast]).toEqual(expected);
          const serial = new Float64Array(shape.count);
          const counts = { conversions: 0, clipped: 0 };
          const setting = {
            rowsActive,
            inputBitsPerPhase,
            inputBits: shape.inputBits,
            inputSigned: shape.inputSigned,
            adcBits: 16,
            adc,
            complement,
          };
          addProductsSerially(x, cells, 0, piece, tile, from, shape.rows, setting, decoded, serial, counts);
          expect([...serial].map((value) => value + 0)).toEqual(expected);
          expect(counts.clipped).toBe(0);
          const phases = Math.ceil(shape.inputBits / inputBitsPerPhase) * Math.ceil((shape.rows - from) / rowsActive);
          expect(counts.conversions).toBe(phases * piece.columns);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("clip at the highest code and count it", () => {
    const shape = { rows: 8, count: 1, weightBits: 2, cellBits: 2, inputBits: 1, inputSigned: false };
    const { cells, piece, tile } = random(1, shape);
    cells.plane(0, 1).fill(3);
    const x = new Int32Array(8).fill(1);
    const held = decodeWeights(cells, 0, piece, tile);
    const setting = {
      rowsActive: 8,
      inputBitsPerPhase: 1,
      inputBits: 1,
      inputSigned: false,
      adcBits: 4,
      adc: "clip" as const,
      complement: false,
    };
    const sums = new Float64Array(1);
    const counts = { conversions: 0, clipped: 0 };
    addProductsSerially(x, cells, 0, piece, tile, 0, 8, setting, held, sums, counts);
    // Column sum 24 is cut to 15; the offset 2·8 is taken off.
    expect([sums[0], counts.clipped, counts.conversions]).toEqual([15 - 16, 1, 1]);
    const scaled = new Float64Array(1);
    addProductsSerially(x, cells, 0, piece, tile, 0, 8, { ...setting, adc: "scale" }, held, scaled, counts);
    expect([scaled[0], counts.clipped]).toEqual([24 - 16, 1]);
  });

  it("keep stuck cells and vary the others by their own named streams", () => {
    const shape = { rows: 40, count: 10, weightBits: 8, cellBits: 2, inputBits: 4, inputSigned: false };
    const sound = random(1, shape);
    const stuck = random(1, shape, { seed: 7, stuckLow: 0.05, stuckHigh: 0.05 });
    const again = random(1, shape, { seed: 7, stuckLow: 0.05, stuckHigh: 0.05 });
    const other = random(1, shape, { seed: 8, stuckLow: 0.05, stuckHigh: 0.05 });
    const weights = (one: typeof sound) => [...decodeWeights(one.cells, 0, one.piece, one.tile)];
    const differing = weights(sound).filter((weight, i) => weight !== weights(stuck)[i]).length;
    expect(differing).toBeGreaterThan(40);
    expect(differing).toBeLessThan(200);
    expect(weights(again)).toEqual(weights(stuck));
    expect(weights(other)).not.toEqual(weights(stuck));
    const varied = random(1, shape, { seed: 7, variation: 0.1 });
    const real = varied.cells.conductance(0, 1)!;
    const plane = varied.cells.plane(0, 1);
    let sum = 0;
    let count = 0;
    for (let r = 2; r < 42; r++)
      for (let c = 4; c < 44; c++) {
        sum += (real[r * varied.cells.columns + c]! - plane[r * varied.cells.columns + c]!) ** 2;
        count++;
      }
    expect(Math.sqrt(sum / count)).toBeCloseTo(0.1, 2);
    expect(weights(varied)).toEqual(weights(sound));
  });
});
