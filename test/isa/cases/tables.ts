/** Cases of legality: the static tables. */
import type { Unit } from "../../../src/isa/index.js";
import type { Case } from "./case.js";

/** One case or more for every rule about the static tables. */
export const tablesCases: Case[] = [
  {
    name: "a program for another chip",
    code: "another-chip",
    says: /saw "small" \(structure f{16}\); accepted: "small" \(structure 0123456789abcdef\)/,
    program: (p) => {
      p.structureDigest = "f".repeat(16);
    },
  },
  {
    name: "more cores than the chip",
    code: "too-many-cores",
    says: /saw 3; accepted: at most 2/,
    program: (p) => {
      p.cores = 3;
    },
  },
  {
    name: "a header below its minimum",
    code: "too-small",
    says: /program batch/,
    program: (p) => {
      p.batch = 0;
    },
  },
  {
    name: "an unknown stream",
    code: "unknown-unit",
    program: (p) => {
      p.streams[0]!.unit = "matrix" as Unit;
    },
  },
  {
    name: "a stream on no core",
    code: "unknown-core",
    program: (p) => {
      p.streams.at(-1)!.core = 7;
    },
  },
  {
    name: "two streams of one unit",
    code: "doubled-stream",
    program: (p) => {
      p.streams.push(p.streams[0]!);
    },
  },
  { name: "a weight width not run", code: "width-not-run", says: /saw 8; accepted: 4/, limits: { weightBits: [4] } },
  { name: "an input width not run", code: "width-not-run", says: /group0.*inputBits/, limits: { inputBits: [4] } },
  { name: "weights wider than their cells", code: "weight-does-not-fit", limits: { cellBits: 1 } },
  {
    name: "a tile outside the DRAM",
    code: "outside-memory",
    says: /tile 0 "tile0" address/,
    limits: { dramBytes: 16000 },
  },
  {
    name: "a tensor outside the DRAM",
    code: "outside-memory",
    says: /tensor 1 "output" slice 0 address/,
    limits: { dramBytes: 40000 },
  },
  {
    name: "a pixel too small for its channels",
    code: "pixel-too-small",
    program: (p) => {
      p.tensors[0]!.slices[0]!.pixelBytes = 7;
    },
  },
  {
    name: "a group without pieces",
    code: "empty-group",
    program: (p) => {
      p.groups[0]!.pieces = [];
    },
  },
  { name: "a piece on no array", code: "piece-outside", says: /the core's arrays/, limits: { arraysPerCore: 1 } },
  { name: "a piece beyond the rows", code: "piece-outside", says: /the array's rows/, limits: { rows: 7 } },
  { name: "a piece beyond the columns", code: "piece-outside", says: /the array's columns/, limits: { columns: 15 } },
  {
    name: "a piece beyond the inputs",
    code: "piece-outside",
    says: /the group's inputs/,
    program: (p) => {
      p.groups[0]!.pieces[0]!.inputElement0 = 1;
    },
  },
  {
    name: "a piece of no tile",
    code: "unknown-tile",
    program: (p) => {
      p.groups[0]!.pieces[0]!.tile = 9;
    },
  },
  {
    name: "columns that are not outputs times columns a weight",
    code: "columns-not-outputs",
    says: /16 columns for 3 outputs; accepted: 12 columns \(4 a weight\)/,
    program: (p) => {
      p.groups[0]!.pieces[0]!.outputs = 3;
    },
  },
  {
    name: "a tile of another width than its group",
    code: "widths-differ",
    program: (p) => {
      p.groups[0]!.weightBits = 4;
    },
  },
];
