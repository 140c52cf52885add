/** Legality of writing weights and of computing with them: bounds, widths, banks, and that a tile is written before it is named. */
import type { InstructionOf } from "../instruction.js";
import type { ArrayGroup, Piece } from "../program.js";
import type { Context, Rule, Site } from "./context.js";
import { someOf } from "./context.js";
import { columnsFit, tileName } from "./tables.js";

/** A rectangle some WWR writes. */
type Written = Pick<InstructionOf<"WWR">, "tile" | "row0" | "rows" | "column0" | "columns">;

/** Checks WWR, WVF, WSWAP and MVM. */
export function weightRule(context: Context): Rule {
  const { program, limits } = context;
  const written = new Map<string, Written[]>();
  const swapped = new Set<string>();
  const multiplied = new Map<string, { site: Site; group: ArrayGroup }>();

  const rowsInside = (site: Site, row0: number, rows: number): void => {
    if (row0 + rows > limits.rows)
      context.at(site, "outside-array", "rows beyond the array", {
        seen: `up to ${row0 + rows}`,
        accepted: `at most ${limits.rows}`,
        field: "rows",
      });
  };

  const visitWrite = (site: Site, write: InstructionOf<"WWR">): void => {
    rowsInside(site, write.row0, write.rows);
    if (write.column0 + write.columns > limits.columns)
      context.at(site, "outside-array", "columns beyond the array", {
        seen: `up to ${write.column0 + write.columns}`,
        accepted: `at most ${limits.columns}`,
        field: "columns",
      });
    if (write.depth >= limits.depth)
      context.at(site, "outside-array", "depth beyond the array", {
        seen: String(write.depth),
        accepted: `0 to ${limits.depth - 1}`,
        field: "depth",
      });
    if (write.arrays.length > 1 && !limits.broadcast)
      context.at(site, "broadcast-not-allowed", "the chip writes one array at a time", {
        seen: `${write.arrays.length} arrays`,
        accepted: "one array",
        field: "arrays",
      });
    const tile = program.tiles[write.tile];
    if (tile) {
      if (write.tileRow0 + write.rows > tile.rows)
        context.at(site, "outside-tile", `rows beyond tile "${tile.name}"`, {
          seen: `up to ${write.tileRow0 + write.rows}`,
          accepted: `at most ${tile.rows}`,
          field: "tileRow0",
        });
      if (!columnsFit(write.columns, tile.columns, tile.columnsPerWeight, limits))
        context.at(site, "columns-not-tile", `columns and tile "${tile.name}" do not match`, {
          seen: String(write.columns),
          accepted: `${tile.columns * tile.columnsPerWeight} columns (${tile.columnsPerWeight} a weight)`,
          field: "columns",
        });
    }
    for (const array of write.arrays) {
      const key = `${site.stream.core} ${array} ${write.depth}`;
      const { tile: index, row0, rows, column0, columns } = write;
      const there = written.get(key);
      if (there) there.push({ tile: index, row0, rows, column0, columns });
      else written.set(key, [{ tile: index, row0, rows, column0, columns }]);
    }
  };

  const visitMultiply = (site: Site, mvm: InstructionOf<"MVM">): void => {
    if (!limits.modes.includes(mvm.mode))
      context.at(site, "mode-not-run", "the chip does not run this mode", {
        seen: mvm.mode,
        accepted: limits.modes.join(", "),
        field: "mode",
      });
    const indices = mvm.groups.filter((index) => program.groups[index]);
    const groups = indices.map((index) => program.groups[index]!);
    const depths = new Map<number, number>();
    for (const [at, group] of groups.entries()) {
      if (group.core !== site.stream.core)
        context.at(site, "group-of-another-core", `group "${group.name}" belongs to another core`, {
          seen: `core ${group.core}`,
          accepted: `core ${site.stream.core}`,
          field: "groups",
        });
      for (const { array, depth } of group.pieces) {
        if ((depths.get(array) ?? depth) !== depth)
          context.at(site, "two-depths", `array ${array} would have to drive two depths at once`, {
            seen: `${depths.get(array)} and ${depth}`,
            field: "groups",
          });
        depths.set(array, depth);
      }
      checkVector(site, mvm, group);
      const range = mvm.rowRange;
      const key = `${group.core} ${indices[at]} ${range ? `${range.row0}:${range.rows}` : ""}`;
      if (!multiplied.has(key)) multiplied.set(key, { site, group });
    }
    if (groups.some((group) => group.inputBits !== groups[0]!.inputBits))
      context.at(site, "widths-differ", "groups of one MVM take inputs of different width", {
        seen: groups.map((group) => group.inputBits).join(", "),
        field: "groups",
      });
    const range = mvm.rowRange;
    const most = Math.max(0, ...groups.flatMap((group) => group.pieces.map((piece) => piece.row0 + piece.rows)));
    if (range && (range.row0 < 0 || range.rows < 1 || range.row0 + range.rows > most))
      context.at(site, "outside-piece", "rowRange is not inside any piece", {
        seen: `${range.row0}:${range.rows}`,
        accepted: `array rows up to ${most - 1}`,
        field: "rowRange",
      });
  };

  const checkVector = (site: Site, { source }: InstructionOf<"MVM">, group: ArrayGroup): void => {
    const segments = source.headRows + source.segments + source.tailRows;
    const elements = segments * source.parts * Math.floor((source.partBytes * 8) / group.inputBits);
    if (elements < group.inputs)
      context.at(site, "vector-too-short", `the input vector is too short for group "${group.name}"`, {
        seen: `${elements} elements`,
        accepted: `${group.inputs} or more`,
        field: "source",
      });
  };

  const checkContent = (site: Site, group: ArrayGroup, piece: Piece): void => {
    const place = `core ${group.core} array ${piece.array} depth ${piece.depth}`;
    const there = written.get(`${group.core} ${piece.array} ${piece.depth}`) ?? [];
    const expected = tileName(program.tiles, piece.tile);
    const range = site.instruction.op === "MVM" ? site.instruction.rowRange : undefined;
    // rowRange counts rows of the array (docs/timing.md section 5).
    const first = Math.max(piece.row0, range?.row0 ?? 0);
    const end = Math.min(piece.row0 + piece.rows, range ? range.row0 + range.rows : Number.POSITIVE_INFINITY);
    const missing = firstMissingRow(there, piece, first, end);
    if (missing === undefined) {
      if (limits.doubleBanked && !swapped.has(`${group.core} ${piece.array}`))
        context.at(site, "never-swapped", `${place} is written in its shadow bank and never swapped in`, {
          seen: "no WSWAP",
          accepted: `WSWAP array=${piece.array}`,
        });
      return;
    }
    const overlapping = there.filter((w) => w.row0 < end && first < w.row0 + w.rows);
    const names = [...new Set(overlapping.map((w) => tileName(program.tiles, w.tile)))];
    const partly = overlapping.some((w) => w.tile === piece.tile);
    context.at(
      site,
      "tile-not-written",
      `group "${group.name}" expects tile ${expected} in ${place}, and no WWR puts ${partly ? "all of it" : "it"} there`,
      {
        seen: names.length > 0 ? `${someOf(names)}${partly ? `, row ${missing} missing` : ""}` : "nothing written",
        accepted: expected,
        field: "groups",
      },
    );
  };

  return {
    visit(site) {
      const { instruction } = site;
      if (instruction.op === "WWR") visitWrite(site, instruction);
      else if (instruction.op === "WVF") rowsInside(site, instruction.row0, instruction.rows);
      else if (instruction.op === "MVM") visitMultiply(site, instruction);
      else if (instruction.op === "WSWAP") {
        swapped.add(`${site.stream.core} ${instruction.array}`);
        if (!limits.doubleBanked)
          context.at(site, "no-banks", "the chip's arrays have no second bank", { seen: "WSWAP" });
      }
    },
    finish() {
      for (const { site, group } of multiplied.values())
        for (const piece of group.pieces) checkContent(site, group, piece);
    },
  };
}

/** The first of rows [first, end) of a piece that no write of its tile covers over all its columns. */
function firstMissingRow(writes: readonly Written[], piece: Piece, first: number, end: number): number | undefined {
  const covering = writes
    .filter(
      (w) =>
        w.tile === piece.tile && w.column0 <= piece.column0 && w.column0 + w.columns >= piece.column0 + piece.columns,
    )
    .sort((a, b) => a.row0 - b.row0);
  let row = first;
  for (const write of covering) {
    if (write.row0 > row) break;
    row = Math.max(row, write.row0 + write.rows);
  }
  return row < end ? row : undefined;
}
