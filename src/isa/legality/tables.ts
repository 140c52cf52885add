/** Legality of the static tables: header, streams, tiles, array groups and their pieces, tensors. */
import type { NamedField, Values } from "../field.js";
import type { Unit } from "../instruction.js";
import { UNITS } from "../instruction.js";
import type { ArrayGroup, Piece, Tile } from "../program.js";
import { TABLES } from "../tables.js";
import type { Context } from "./context.js";
import type { Limits } from "./limits.js";

/** Whether so many physical columns carry so many results: two a column where a cell drives two rails. */
export function columnsFit(columns: number, results: number, columnsPerWeight: number, limits: Limits): boolean {
  const needed = results * columnsPerWeight;
  return columns === needed || (limits.railsPerCell === 2 && columns * 2 === needed);
}

/** The name of a tile for messages. */
export function tileName(tiles: readonly Tile[], index: number): string {
  const tile = tiles[index];
  return tile ? `"${tile.name}"` : `tile ${index}`;
}

function checkMinimums(context: Context, where: string, fields: readonly NamedField[], row: object): void {
  for (const field of fields) {
    if (field.kind !== "integer" || field.minimum === undefined) continue;
    const value = (row as Values)[field.name] as number;
    if (value < field.minimum)
      context.of(where, "too-small", `${field.name} is too small`, {
        seen: String(value),
        accepted: `${field.minimum} or more`,
        field: field.name,
      });
  }
}

/** Checks everything of a program that is no instruction. */
export function checkTables(context: Context): void {
  const { program, limits } = context;
  checkMinimums(context, "program", TABLES.program, program);
  if (program.cores > limits.cores)
    context.of("program", "too-many-cores", "the chip has fewer cores", {
      seen: String(program.cores),
      accepted: `at most ${limits.cores}`,
    });
  checkStreams(context);
  for (const [index, tile] of program.tiles.entries()) checkTile(context, `tile ${index} "${tile.name}"`, tile);
  for (const [index, group] of program.groups.entries()) checkGroup(context, `group ${index} "${group.name}"`, group);
  checkTensors(context);
}

function checkStreams(context: Context): void {
  const seen = new Set<string>();
  for (const { core, unit } of context.program.streams) {
    const where = `core ${core} ${unit}`;
    if (!UNITS.includes(unit as Unit))
      context.of(where, "unknown-unit", "no such stream", { seen: unit, accepted: UNITS.join(", ") });
    if (core < 0 || core >= context.limits.cores)
      context.of(where, "unknown-core", "the chip has no such core", {
        seen: String(core),
        accepted: `0 to ${context.limits.cores - 1}`,
      });
    if (seen.has(where)) context.of(where, "doubled-stream", "a core has one stream a unit", { seen: where });
    seen.add(where);
  }
}

function checkWidth(context: Context, where: string, field: string, bits: number, known: readonly number[]): void {
  if (!known.includes(bits))
    context.of(where, "width-not-run", `the chip does not run ${field} of this width`, {
      seen: String(bits),
      accepted: known.join(", "),
      field,
    });
}

function checkTile(context: Context, where: string, tile: Tile): void {
  const { limits } = context;
  checkMinimums(context, where, TABLES.tile, tile);
  checkWidth(context, where, "weightBits", tile.weightBits, limits.weightBits);
  const bits = tile.columnsPerWeight * limits.cellBits * limits.railsPerCell;
  if (bits < tile.weightBits)
    context.of(where, "weight-does-not-fit", "a weight has more bits than its columns hold", {
      seen: `${tile.weightBits} bits in ${tile.columnsPerWeight} columns`,
      accepted: `at most ${bits} bits`,
      field: "columnsPerWeight",
    });
  const end = tile.address + tile.rows * tile.rowBytes;
  if (tile.rowBytes > 0 && end > limits.dramBytes)
    context.of(where, "outside-memory", "the tile's data reaches beyond the DRAM", {
      seen: `up to byte ${end}`,
      accepted: `at most ${limits.dramBytes}`,
      field: "address",
    });
}

function checkGroup(context: Context, where: string, group: ArrayGroup): void {
  const { limits } = context;
  checkMinimums(context, where, TABLES.group, group);
  if (group.core >= limits.cores)
    context.of(where, "unknown-core", "the chip has no such core", {
      seen: String(group.core),
      accepted: `0 to ${limits.cores - 1}`,
    });
  checkWidth(context, where, "inputBits", group.inputBits, limits.inputBits);
  checkWidth(context, where, "weightBits", group.weightBits, limits.weightBits);
  if (group.pieces.length === 0) context.of(where, "empty-group", "the group has no pieces");
  for (const [index, piece] of group.pieces.entries()) checkPiece(context, `${where} piece ${index}`, group, piece);
}

function checkPiece(context: Context, where: string, group: ArrayGroup, piece: Piece): void {
  const { limits, program } = context;
  checkMinimums(context, where, TABLES.piece, piece);
  const within = (field: keyof Piece, end: number, limit: number, what: string): void => {
    if (end > limit)
      context.of(where, "piece-outside", `the piece reaches beyond ${what}`, {
        seen: String(end),
        accepted: `at most ${limit}`,
        field,
      });
  };
  within("array", piece.array + 1, limits.arraysPerCore, "the core's arrays");
  within("row0", piece.row0 + piece.rows, limits.rows, "the array's rows");
  within("column0", piece.column0 + piece.columns, limits.columns, "the array's columns");
  within("depth", piece.depth + 1, limits.depth, "the array's depth");
  within("inputElement0", piece.inputElement0 + piece.rows, group.inputs, "the group's inputs");
  within("output0", piece.output0 + piece.outputs, group.outputs, "the group's outputs");
  const tile = program.tiles[piece.tile];
  if (!tile) {
    context.of(where, "unknown-tile", "no such tile", {
      seen: String(piece.tile),
      accepted: `0 to ${program.tiles.length - 1}`,
      field: "tile",
    });
    return;
  }
  within("rows", piece.rows, tile.rows, `the rows of tile "${tile.name}"`);
  within("columns", piece.columns, tile.columns * tile.columnsPerWeight, `the columns of tile "${tile.name}"`);
  if (!columnsFit(piece.columns, piece.outputs, tile.columnsPerWeight, limits))
    context.of(where, "columns-not-outputs", "columns and outputs do not match", {
      seen: `${piece.columns} columns for ${piece.outputs} outputs`,
      accepted: `${piece.outputs * tile.columnsPerWeight} columns (${tile.columnsPerWeight} a weight)`,
      field: "columns",
    });
  if (tile.weightBits !== group.weightBits)
    context.of(where, "widths-differ", `the group and its tile "${tile.name}" have weights of different width`, {
      seen: `${tile.weightBits} bits`,
      accepted: `${group.weightBits} bits`,
      field: "tile",
    });
}

function checkTensors(context: Context): void {
  const { program, limits } = context;
  for (const [index, tensor] of program.tensors.entries()) {
    const where = `tensor ${index} "${tensor.name}"`;
    checkMinimums(context, where, TABLES.tensor, tensor);
    for (const [at, slice] of tensor.slices.entries()) {
      const place = `${where} slice ${at}`;
      checkMinimums(context, place, TABLES.slice, slice);
      const pixelBytes = Math.ceil((slice.channels * tensor.bits) / 8);
      if (slice.pixelBytes < pixelBytes)
        context.of(place, "pixel-too-small", "a pixel's channels do not fit its bytes", {
          seen: String(slice.pixelBytes),
          accepted: `${pixelBytes} or more`,
          field: "pixelBytes",
        });
      const samples = Math.max(0, program.batch - 1) * tensor.sampleStride;
      const end = slice.address + samples + tensor.height * tensor.width * slice.pixelBytes;
      if (end > limits.dramBytes)
        context.of(place, "outside-memory", "the tensor reaches beyond the DRAM", {
          seen: `up to byte ${end}`,
          accepted: `at most ${limits.dramBytes}`,
          field: "address",
        });
    }
  }
}
