/**
 * What lies in the arrays: regions of cells, the weight tile each expects, and how many of its rows have been written (law 12).
 * A region is one rectangle of one array and depth that a tile is put into; writing it empties the regions it overlaps.
 */
import { UserError } from "../base/index.js";
import type { Chip } from "../hardware/index.js";
import type { InstructionOf, Piece, Program } from "../isa/index.js";

interface Region {
  core: number;
  array: number;
  depth: number;
  tile: number;
  row0: number;
  rows: number;
  column0: number;
  columns: number;
}

/** Regions of all cores; two copies of the written counts where arrays are double-banked. */
export class TileRegions {
  private readonly byKey = new Map<string, number>();
  private readonly regions: Region[] = [];
  private readonly byArray = new Map<number, number[]>();
  private overlaps: Int32Array[] = [];
  /** Rows written, by region · 2 + bank. */
  writtenRows: Int32Array = new Int32Array(0);
  /** The bank that computes, by core · arrays + array. */
  readonly activeBank: Uint8Array;
  private readonly arraysPerCore: number;
  private readonly doubleBanked: boolean;

  constructor(
    private readonly program: Program,
    chip: Chip,
  ) {
    this.arraysPerCore = chip.core.arrays.count;
    this.doubleBanked = chip.core.arrays.write.doubleBanked;
    this.activeBank = new Uint8Array(program.cores * this.arraysPerCore);
  }

  private regionOf(region: Region): number {
    const { core, array, depth, tile, row0, rows, column0, columns } = region;
    const key = `${core},${array},${depth},${tile},${row0},${rows},${column0},${columns}`;
    let id = this.byKey.get(key);
    if (id === undefined) {
      id = this.regions.push(region) - 1;
      this.byKey.set(key, id);
      const at = core * this.arraysPerCore + array;
      const list = this.byArray.get(at);
      if (list) list.push(id);
      else this.byArray.set(at, [id]);
    }
    return id;
  }

  /** The region a write puts (part of) its tile into. */
  written(core: number, array: number, write: InstructionOf<"WWR">): number {
    const tile = this.program.tiles[write.tile]!;
    return this.regionOf({
      core,
      array,
      depth: write.depth,
      tile: write.tile,
      row0: write.row0 - write.tileRow0,
      rows: tile.rows,
      column0: write.column0,
      columns: write.columns,
    });
  }

  /** The region a piece of an array group reads. */
  expected(core: number, piece: Piece): number {
    return this.regionOf({
      core,
      array: piece.array,
      depth: piece.depth,
      tile: piece.tile,
      row0: piece.row0,
      rows: piece.rows,
      column0: piece.column0,
      columns: piece.columns,
    });
  }

  /** Closes the list of regions and works out which overlap. */
  seal(): void {
    this.writtenRows = new Int32Array(this.regions.length * 2);
    this.overlaps = this.regions.map((region, id) => {
      const list = this.byArray.get(region.core * this.arraysPerCore + region.array)!;
      return Int32Array.from(
        list.filter((other) => {
          const o = this.regions[other]!;
          return (
            other !== id &&
            o.depth === region.depth &&
            o.row0 < region.row0 + region.rows &&
            region.row0 < o.row0 + o.rows &&
            o.column0 < region.column0 + region.columns &&
            region.column0 < o.column0 + o.columns
          );
        }),
      );
    });
  }

  private bankFor(region: Region, writing: boolean): number {
    if (!this.doubleBanked) return 0;
    const active = this.activeBank[region.core * this.arraysPerCore + region.array]!;
    return writing ? 1 - active : active;
  }

  /** A write begins: what it overlaps is gone. */
  beginWrite(id: number): void {
    const region = this.regions[id]!;
    const bank = this.bankFor(region, true);
    const at = id * 2 + bank;
    if (this.writtenRows[at]! >= region.rows) this.writtenRows[at] = 0;
    for (const other of this.overlaps[id]!) this.writtenRows[other * 2 + bank] = 0;
  }

  /** A write is complete. */
  endWrite(id: number, rows: number): void {
    this.writtenRows[id * 2 + this.bankFor(this.regions[id]!, true)]! += rows;
  }

  /** Exchanges the banks of an array. */
  swap(core: number, array: number): void {
    this.activeBank[core * this.arraysPerCore + array]! ^= 1;
  }

  /** Whether a region holds all rows of its tile in the bank that computes. */
  holds(id: number): boolean {
    const region = this.regions[id]!;
    return this.writtenRows[id * 2 + this.bankFor(region, false)]! >= region.rows;
  }

  /** Refuses an MVM on content other than the tile expected. */
  mustHold(id: number, instruction: string): void {
    const region = this.regions[id]!;
    const bank = this.bankFor(region, false);
    if (this.writtenRows[id * 2 + bank]! >= region.rows) return;
    const expected = this.program.tiles[region.tile]!.name;
    const there = [id, ...this.overlaps[id]!].find((other) => this.writtenRows[other * 2 + bank]! > 0);
    const rows = there === undefined ? 0 : this.writtenRows[there * 2 + bank]!;
    const content =
      there === undefined
        ? "nothing"
        : there === id
          ? `${rows} of ${region.rows} rows of it`
          : `tile "${this.program.tiles[this.regions[there]!.tile]!.name}"`;
    throw new UserError({
      code: "wrong-tile",
      message: `MVM expects tile "${expected}" in array ${region.array} depth ${region.depth}`,
      place: { instruction },
      seen: content,
      accepted: "an array whose content is the tile its group names",
    });
  }
}
