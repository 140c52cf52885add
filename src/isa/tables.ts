/**
 * Descriptors of a program's static tables: header, tags, tiles, array groups with their pieces, tensors with their slices.
 * The text and the binary codec read them just as they read the instructions' descriptors.
 */
import type { BooleanField, FieldsOf, IntegerField, NamedField, NameField } from "./field.js";
import { namedFields } from "./field.js";
import type { ArrayGroup, Piece, Program, Tag, TensorPlace, Tile } from "./program.js";

const count = (about: string): IntegerField => ({ kind: "integer", about, minimum: 1 });
const index = (about: string): IntegerField => ({ kind: "integer", about, minimum: 0 });
const or = (field: IntegerField, fallback: number): IntegerField => ({ ...field, fallback });
const name = (about: string): NameField => ({ kind: "name", about });
const yesNo = (about: string): BooleanField => ({ kind: "boolean", about, fallback: false });

/** The header. */
export const HEADER_ROW: FieldsOf<Program, "tags" | "tiles" | "groups" | "streams" | "tensors"> = {
  name: name("the program's name"),
  chip: name("the chip it was made for"),
  structureDigest: { kind: "name", about: "digest of that chip's structure", key: "structure" },
  cores: count("cores of the chip"),
  batch: or(count("samples"), 1),
  resident: yesNo("whether all weights are written once and stay"),
};

/** A tag. */
export const TAG_ROW: FieldsOf<Tag> = {
  stage: { kind: "integer", about: "stage (partition)" },
  layer: name("layer"),
};

/** A weight tile. */
export const TILE_ROW: FieldsOf<Tile> = {
  name: name("the tile's name"),
  layer: { kind: "integer", about: "layer index of the network, -1 where there is none", minimum: -1, fallback: -1 },
  row0: or(index("first matrix row"), 0),
  rows: count("rows, in weights"),
  column0: or(index("first matrix column"), 0),
  columns: count("columns, in weights"),
  group0: or(index("first matrix group"), 0),
  groups: or(count("matrix groups along the diagonal"), 1),
  weightBits: count("bits of a weight"),
  columnsPerWeight: count("physical columns a weight takes"),
  address: or(index("byte address of the data in DRAM"), 0),
  rowBytes: index("bytes of a row of the data"),
};

/** An array group. */
export const GROUP_ROW: FieldsOf<ArrayGroup, "pieces"> = {
  name: name("the group's name"),
  core: index("its core"),
  inputs: count("elements of the input vector"),
  outputs: count("results"),
  inputBits: count("bits of an input element"),
  weightBits: count("bits of a weight"),
  inputSigned: yesNo("whether inputs are signed"),
};

/** A piece of an array group. */
export const PIECE_ROW: FieldsOf<Piece> = {
  array: index("array"),
  row0: or(index("first array row"), 0),
  rows: count("rows"),
  column0: or(index("first physical column"), 0),
  columns: count("physical columns"),
  depth: or(index("which of the weights behind each multiplier"), 0),
  tile: { kind: "integer", about: "tile expected, by name or index", minimum: 0, refers: "tiles" },
  inputElement0: or(index("element of the input vector that row0 takes"), 0),
  output0: or(index("first result that column0 makes"), 0),
  outputs: count("results the piece makes"),
};

/** A tensor's place in DRAM. */
export const TENSOR_ROW: FieldsOf<TensorPlace, "slices"> = {
  tensor: index("tensor index of the network"),
  name: name("the tensor's name"),
  height: count("rows of pixels"),
  width: count("pixels of a row"),
  bits: count("bits of an element"),
  sampleStride: index("bytes from one sample to the next"),
};

/** A slice of a tensor's channels. */
export const SLICE_ROW: FieldsOf<TensorPlace["slices"][number]> = {
  channel0: or(index("first channel"), 0),
  channels: count("channels"),
  address: index("byte address"),
  pixelBytes: count("bytes of a pixel"),
};

/** The static tables by the word that opens their line in text. */
export const TABLES = {
  program: namedFields(HEADER_ROW),
  tag: namedFields(TAG_ROW),
  tile: namedFields(TILE_ROW),
  group: namedFields(GROUP_ROW),
  piece: namedFields(PIECE_ROW),
  tensor: namedFields(TENSOR_ROW),
  slice: namedFields(SLICE_ROW),
} as const satisfies Record<string, readonly NamedField[]>;

/** One static table. */
export type TableName = keyof typeof TABLES;
