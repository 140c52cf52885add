/** Shadow of the arrays: which instruction wrote which rectangle of cells, who reads it, who exchanged the banks. */
import type { CellRegion } from "./context.js";
import type { ShadowListener } from "./shadow.js";

interface WrittenRegion extends CellRegion {
  writer: number;
  readers: number[];
}

interface ArrayShadow {
  regions: WrittenRegion[];
  /** The last exchange of banks, and who computed or wrote since. */
  swap: number;
  sinceSwap: number[];
}

/** Watches cells. Array k of core c is space −1 − (c·4096 + k) in reports; addresses are rows. */
export class CellShadow {
  private readonly arrays = new Map<number, ArrayShadow>();

  constructor(private readonly listener: ShadowListener) {}

  private array(core: number, array: number): ArrayShadow {
    const key = core * 4096 + array;
    let shadow = this.arrays.get(key);
    if (shadow === undefined) {
      shadow = { regions: [], swap: 0, sinceSwap: [] };
      this.arrays.set(key, shadow);
    }
    return shadow;
  }

  read(region: CellRegion): void {
    const { listener } = this;
    const shadow = this.array(region.core, region.array);
    const space = -1 - (region.core * 4096 + region.array);
    this.against(shadow.swap, "read after swap", space, region.row0);
    note(shadow.sinceSwap, listener);
    let whole = false;
    const touched: WrittenRegion[] = [];
    for (const written of shadow.regions) {
      if (!overlap(written, region)) continue;
      touched.push(written);
      listener.used(written.writer);
      this.against(written.writer, "read after write", space, written.row0);
      note(written.readers, listener);
      whole ||= covers(written, region);
    }
    if (whole || region.depth < 0) return;
    const rows = new Uint8Array(region.rows);
    for (const { row0, rows: count, column0, columns } of touched) {
      if (column0 > region.column0 || column0 + columns < region.column0 + region.columns) continue;
      rows.fill(1, Math.max(0, row0 - region.row0), Math.max(0, row0 + count - region.row0));
    }
    const missing = rows.indexOf(0);
    if (missing >= 0) listener.unwritten(space, region.row0 + missing);
  }

  write(region: CellRegion): void {
    const { listener } = this;
    const shadow = this.array(region.core, region.array);
    const space = -1 - (region.core * 4096 + region.array);
    this.against(shadow.swap, "write after swap", space, region.row0);
    note(shadow.sinceSwap, listener);
    for (const written of shadow.regions) {
      if (!overlap(written, region)) continue;
      this.against(written.writer, "write after write", space, region.row0);
      for (const reader of written.readers) this.against(reader, "write after read", space, region.row0);
    }
    shadow.regions = shadow.regions.filter((written) => !covers(region, written));
    shadow.regions.push({ ...region, writer: listener.id, readers: [] });
  }

  swap(core: number, array: number): void {
    const shadow = this.array(core, array);
    const space = -1 - (core * 4096 + array);
    this.against(shadow.swap, "swap after swap", space, 0);
    for (const id of shadow.sinceSwap) this.against(id, "swap after use", space, 0);
    shadow.swap = this.listener.id;
    shadow.sinceSwap = [];
    this.listener.used(this.listener.id);
  }

  private against(id: number, kind: string, space: number, address: number): void {
    const { listener } = this;
    if (id === 0 || id === listener.id) return;
    if (listener.knows(id)) listener.ordered?.(id);
    else listener.race(kind, id, space, address);
  }
}

/** Adds the instruction that is starting and drops those it knows to be over. */
function note(readers: number[], listener: ShadowListener): void {
  let kept = 0;
  for (const id of readers) if (id !== listener.id && !listener.knows(id)) readers[kept++] = id;
  readers.length = Math.min(kept, 64);
  readers.push(listener.id);
}

function overlap(a: CellRegion, b: CellRegion): boolean {
  return (
    a.bank === b.bank &&
    (a.depth === b.depth || a.depth < 0 || b.depth < 0) &&
    a.row0 < b.row0 + b.rows &&
    b.row0 < a.row0 + a.rows &&
    a.column0 < b.column0 + b.columns &&
    b.column0 < a.column0 + a.columns
  );
}

function covers(a: CellRegion, b: CellRegion): boolean {
  return (
    a.bank === b.bank &&
    a.depth === b.depth &&
    a.row0 <= b.row0 &&
    a.row0 + a.rows >= b.row0 + b.rows &&
    a.column0 <= b.column0 &&
    a.column0 + a.columns >= b.column0 + b.columns
  );
}
