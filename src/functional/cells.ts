/**
 * Cells of one array: levels by (bank, depth, row, column), what the write driver puts there and what is read back.
 *
 * Weights are stored offset-binary: u = w + 2^(bits−1), that is, the two's complement pattern that comes from memory with its sign
 * bit inverted by the write driver. u is cut into slices of `cellBits`, least significant first, one column a slice; the offset is
 * taken back digitally (2^(bits−1)·Σ x). So any number of bits a cell works alike, and the complement rail of a cell reads as −1 − w.
 */
import { type RandomStream, randomStream } from "../base/index.js";
import type { Chip } from "../hardware/index.js";
import type { Tile } from "../isa/index.js";

/** Imperfections of the cells, drawn from named streams of the seed. */
export interface CellFaults {
  seed: string | number;
  /** Standard deviation of a cell's conductance, as a share of one level step. */
  variation?: number;
  /** Share of cells stuck at the lowest level, and at the highest. */
  stuckLow?: number;
  stuckHigh?: number;
}

/** Weights of a rectangle of cells, decoded. */
export interface Decoded {
  /** Counts writes to the array; a decoded form is good while it is unchanged. */
  version: number;
  /** rows × weights, w as the digital side sees it. */
  weights: Int32Array;
}

/** One array. */
export class CellArray {
  readonly rows: number;
  readonly columns: number;
  readonly cellBits: number;
  readonly highest: number;
  /** The bank that computes. */
  activeBank = 0;
  version = 1;
  private readonly doubleBanked: boolean;
  private readonly levels = new Map<number, Uint8Array>();
  private readonly conductances = new Map<number, Float32Array>();
  private readonly intended = new Map<number, Uint8Array>();

  constructor(
    chip: Chip,
    private readonly core: number,
    private readonly array: number,
    private readonly faults: CellFaults | undefined,
  ) {
    const { rows, columns, cellBits, write } = chip.core.arrays;
    this.rows = rows;
    this.columns = columns;
    this.cellBits = cellBits;
    this.highest = 2 ** cellBits - 1;
    this.doubleBanked = write.doubleBanked;
  }

  /** The bank a write goes to. */
  get writeBank(): number {
    return this.doubleBanked ? 1 - this.activeBank : this.activeBank;
  }

  /** Levels of one bank and depth, row after row. */
  plane(bank: number, depth: number): Uint8Array {
    const key = depth * 2 + bank;
    let plane = this.levels.get(key);
    if (plane === undefined) {
      plane = new Uint8Array(this.rows * this.columns);
      this.levels.set(key, plane);
    }
    return plane;
  }

  /** Puts rows of a tile's image (two's complement, packed, `rowBytes` apart) into cells of the bank that takes writes. */
  write(
    tile: Tile,
    depth: number,
    row0: number,
    rows: number,
    column0: number,
    columns: number,
    image: Uint8Array,
  ): void {
    const { cellBits } = this;
    const bank = this.writeBank;
    const plane = this.plane(bank, depth);
    const rowBytes = Math.ceil((columns * cellBits) / 8);
    const signSlice = Math.floor((tile.weightBits - 1) / cellBits);
    const signBit = 1 << ((tile.weightBits - 1) % cellBits);
    for (let r = 0; r < rows; r++) {
      const to = (row0 + r) * this.columns + column0;
      for (let j = 0; j < columns; j++) {
        const bit = j * cellBits;
        const at = r * rowBytes + (bit >> 3);
        const pair = image[at]! | ((image[at + 1] ?? 0) << 8);
        let level = (pair >> (bit & 7)) & this.highest;
        if (j % tile.columnsPerWeight === signSlice) level ^= signBit;
        plane[to + j] = level;
      }
    }
    this.version++;
    if (this.faults !== undefined) this.disturb(bank, depth, row0, rows, column0, columns);
  }

  /** Levels as they were meant to be, where cells are stuck; else what the cells hold. */
  intendedPlane(bank: number, depth: number): Uint8Array {
    return this.intended.get(depth * 2 + bank) ?? this.plane(bank, depth);
  }

  /** Exchanges the banks. */
  swap(): void {
    this.activeBank = 1 - this.activeBank;
    this.version++;
  }

  /** What the cells of a bank and depth really conduct, in level steps; only with variation. */
  conductance(bank: number, depth: number): Float32Array | undefined {
    return this.conductances.get(depth * 2 + bank);
  }

  /** Stuck cells keep their level; the others vary anew with each write. */
  private disturb(bank: number, depth: number, row0: number, rows: number, column0: number, columns: number): void {
    const { seed, variation = 0, stuckLow = 0, stuckHigh = 0 } = this.faults!;
    const plane = this.plane(bank, depth);
    if (stuckLow + stuckHigh > 0) {
      const stuck = this.stuckCells(bank, depth, seed, stuckLow, stuckHigh);
      const key = depth * 2 + bank;
      const meant = this.intended.get(key) ?? new Uint8Array(plane.length);
      this.intended.set(key, meant);
      for (let r = row0; r < row0 + rows; r++)
        for (let c = column0; c < column0 + columns; c++) {
          const at = r * this.columns + c;
          meant[at] = plane[at]!;
          if (stuck[at] !== 0) plane[at] = stuck[at] === 1 ? 0 : this.highest;
        }
    }
    if (variation === 0) return;
    const key = depth * 2 + bank;
    let real = this.conductances.get(key);
    if (real === undefined) {
      real = new Float32Array(plane.length);
      this.conductances.set(key, real);
    }
    const random = randomStream(seed, `cell-variation/${this.core}/${this.array}/${bank}/${depth}/${this.version}`);
    for (let r = row0; r < row0 + rows; r++)
      for (let c = column0; c < column0 + columns; c++) {
        const at = r * this.columns + c;
        real[at] = plane[at]! + variation * gaussian(random);
      }
  }

  private readonly stuck = new Map<number, Uint8Array>();

  /** 0 sound, 1 stuck low, 2 stuck high: a property of the cell, the same for every write. */
  private stuckCells(bank: number, depth: number, seed: string | number, low: number, high: number): Uint8Array {
    const key = depth * 2 + bank;
    let stuck = this.stuck.get(key);
    if (stuck === undefined) {
      const random = randomStream(seed, `stuck-cells/${this.core}/${this.array}/${bank}/${depth}`);
      stuck = Uint8Array.from({ length: this.rows * this.columns }, () => {
        const draw = random();
        return draw < low ? 1 : draw < low + high ? 2 : 0;
      });
      this.stuck.set(key, stuck);
    }
    return stuck;
  }
}

/** A standard normal number (Box and Muller). */
function gaussian(random: RandomStream): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
