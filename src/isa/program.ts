/**
 * Program: the streams of every core with the static tables they refer to.
 * Code is packed as a struct of arrays, once per static instruction; loops stay loops, so memory does not grow with run length (law 16).
 */
import type { Instruction, Unit } from "./instruction.js";

/** A named block of weights: the part of a layer's matrix that one write region of an array holds. */
export interface Tile {
  name: string;
  /** Layer index of the network, −1 where there is none. */
  layer: number;
  /** Matrix group (grouped convolutions), first matrix row and column, and size in weights. */
  row0: number;
  rows: number;
  column0: number;
  columns: number;
  /**
   * Block-diagonal packing: number of matrix groups laid along the diagonal, from `group0`; 1 for a dense tile.
   * Rows then run over (kernel position, channel in block), columns over the block's output channels.
   */
  group0: number;
  groups: number;
  /** Bits of one weight, and physical columns each weight takes. */
  weightBits: number;
  columnsPerWeight: number;
  /** Byte address of the tile's data in DRAM, row after row, each row `rowBytes` long. */
  address: number;
  rowBytes: number;
}

/** One rectangle of an array that an array group drives. */
export interface Piece {
  array: number;
  row0: number;
  rows: number;
  /** Physical columns. */
  column0: number;
  columns: number;
  depth: number;
  tile: number;
  /** First element of the input vector that row0 takes. */
  inputElement0: number;
  /** First result of the group that column0 makes, and how many. */
  output0: number;
  outputs: number;
}

/** An array group: the pieces of one core that one MVM drives together, in lockstep. */
export interface ArrayGroup {
  name: string;
  core: number;
  pieces: Piece[];
  /** Elements of the input vector, and results. */
  inputs: number;
  outputs: number;
  inputBits: number;
  weightBits: number;
  inputSigned: boolean;
}

/** What an instruction's work belongs to. */
export interface Tag {
  /** Stage (partition) index; layers of one stage run together. */
  stage: number;
  /** Layer name. */
  layer: string;
}

/** The code of one stream: packed, read one instruction at a time. */
export interface Code {
  /** Static instructions, LOOP and ENDL included. */
  readonly length: number;
  /** The instruction at an index, unpacked into a fresh object. */
  at(index: number): Instruction;
  /** Its opcode's index in `OPCODES`, without unpacking. */
  opcodeAt(index: number): number;
}

/** One in-order stream; a program has at most one a core and unit. */
export interface Stream {
  core: number;
  unit: Unit;
  code: Code;
}

/** Where a tensor lives in DRAM: slices of channels, each stored height × width × its channels. */
export interface TensorPlace {
  tensor: number;
  name: string;
  height: number;
  width: number;
  bits: number;
  slices: { channel0: number; channels: number; address: number; pixelBytes: number }[];
  /** Bytes from one sample's place to the next. */
  sampleStride: number;
}

/** A whole program. */
export interface Program {
  name: string;
  /** Name of the chip it was made for, and the digest of that chip's structure. */
  chip: string;
  structureDigest: string;
  cores: number;
  batch: number;
  tags: Tag[];
  tiles: Tile[];
  groups: ArrayGroup[];
  streams: Stream[];
  /** DRAM places of the network's inputs, outputs and spilled tensors. */
  tensors: TensorPlace[];
  /** Whether all weights are written once and stay. */
  resident: boolean;
}
