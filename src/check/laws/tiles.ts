/**
 * Law 12: replaying WWR, WSWAP and MVM, every piece of an MVM finds, when its arrays are granted, all rows of the tile it names.
 * Cells are kept as strips of rows written from one tile; a write empties what it overlaps when it begins and counts when it has ended.
 */
import type { InstructionOf, Piece } from "../../isa/index.js";
import type { CheckContext } from "../context.js";

const LAW = "tiles";

/** Rows of one array, depth and bank that hold rows of one tile. */
interface Strip {
  row0: number;
  rows: number;
  column0: number;
  columns: number;
  tile: number;
  /** Array row at which the tile's first row would lie. */
  tileAt: number;
}

/** Something that happens to cells; in one tick, ends come before starts and starts before grants of arrays. */
interface Happening {
  tick: number;
  phase: 0 | 1 | 2;
  slot: number;
  kind: "begin" | "end" | "swap" | "read";
}

/** Replays all writes and reads. */
export function checkTiles(context: CheckContext): void {
  const { known, whole, findings } = context;
  if (!known || !whole) {
    findings.skip(known ? "the trace is filtered: writes may have been left out" : "it needs program and chip", LAW);
    return;
  }
  const cells = new Cells(known.chip.core.arrays.write.doubleBanked);
  for (const { slot, kind, tick } of happenings(context)) {
    const { instruction } = context.staticOf(slot)!;
    const core = context.core(slot);
    if (instruction.op === "WWR")
      for (const array of instruction.arrays) {
        if (kind === "begin") cells.begin(core, array, instruction);
        else cells.end(core, array, instruction);
      }
    else if (instruction.op === "WSWAP") cells.swap(core, instruction.array);
    else if (instruction.op === "MVM")
      for (const group of instruction.groups)
        for (const piece of known.program.groups[group]!.pieces) {
          const found = cells.missing(core, piece);
          if (found !== undefined) {
            const tile = known.program.tiles[piece.tile]?.name ?? `${piece.tile}`;
            const message = `expects tile "${tile}" in array ${piece.array} depth ${piece.depth}, ${found}`;
            context.blameInstruction(LAW, "wrong-tile", slot, message, tick);
          }
        }
  }
}

/** Everything that happens to cells, in order. */
function happenings(context: CheckContext): Happening[] {
  const { holds } = context.table;
  const all: Happening[] = [];
  for (let slot = 0; slot < context.view.slots; slot++) {
    if (!context.isIntact(slot)) continue;
    const code = context.staticOf(slot)!;
    const end = context.endOf(slot);
    if (code.instruction.op === "WWR") {
      const granted = code.gate === "start";
      const tick = granted ? holds.readyTick[context.rowAt(slot, code, 0, 0)]! : context.startOf(slot);
      all.push({ tick, phase: granted ? 2 : 1, slot, kind: "begin" }, { tick: end, phase: 0, slot, kind: "end" });
    } else if (code.instruction.op === "WSWAP") all.push({ tick: end, phase: 0, slot, kind: "swap" });
    else if (code.instruction.op === "MVM") {
      const tick = holds.readyTick[context.rowAt(slot, code, code.computeLane, 0)]!;
      all.push({ tick, phase: 2, slot, kind: "read" });
    }
  }
  return all.sort((a, b) => a.tick - b.tick || a.phase - b.phase || a.slot - b.slot);
}

/** What lies in the cells of all arrays. */
class Cells {
  private readonly strips = new Map<string, Strip[]>();
  private readonly active = new Map<string, number>();

  constructor(private readonly doubleBanked: boolean) {}

  private key(core: number, array: number, depth: number, writing: boolean): string {
    const active = this.active.get(`${core} ${array}`) ?? 0;
    return `${core} ${array} ${depth} ${this.doubleBanked && writing ? 1 - active : active}`;
  }

  /** Empties the rows a write will put down. */
  begin(core: number, array: number, write: InstructionOf<"WWR">): void {
    const key = this.key(core, array, write.depth, true);
    const kept: Strip[] = [];
    const end = write.row0 + write.rows;
    for (const strip of this.strips.get(key) ?? []) {
      const stripEnd = strip.row0 + strip.rows;
      const apart = strip.column0 + strip.columns <= write.column0 || write.column0 + write.columns <= strip.column0;
      if (apart || stripEnd <= write.row0 || end <= strip.row0) kept.push(strip);
      else {
        if (strip.row0 < write.row0) kept.push({ ...strip, rows: write.row0 - strip.row0 });
        if (stripEnd > end) kept.push({ ...strip, row0: end, rows: stripEnd - end });
      }
    }
    this.strips.set(key, kept);
  }

  end(core: number, array: number, write: InstructionOf<"WWR">): void {
    const { row0, rows, column0, columns, tile, depth } = write;
    const key = this.key(core, array, depth, true);
    const strips = this.strips.get(key) ?? [];
    strips.push({ row0, rows, column0, columns, tile, tileAt: row0 - write.tileRow0 });
    this.strips.set(key, strips);
  }

  swap(core: number, array: number): void {
    const key = `${core} ${array}`;
    this.active.set(key, 1 - (this.active.get(key) ?? 0));
  }

  /** What lies there instead of a piece's tile; undefined where it is whole. */
  missing(core: number, piece: Piece): string | undefined {
    const strips = this.strips.get(this.key(core, piece.array, piece.depth, false)) ?? [];
    const fitting = strips
      .filter(
        ({ tile, column0, columns, tileAt }) =>
          tile === piece.tile && column0 === piece.column0 && columns === piece.columns && tileAt === piece.row0,
      )
      .sort((a, b) => a.row0 - b.row0);
    let reached = piece.row0;
    for (const { row0, rows } of fitting) if (row0 <= reached) reached = Math.max(reached, row0 + rows);
    if (reached >= piece.row0 + piece.rows) return undefined;
    return reached === piece.row0
      ? "of which nothing lies there"
      : `of which only ${reached - piece.row0} of ${piece.rows} rows lie there`;
  }
}
