/**
 * Cuts a layer's weight matrix into tiles of one array slot each.
 * A *column* of tiles makes one run of output channels and has one or more row tiles, whose results add up.
 * Groups that are small enough lie along the diagonal of a tile; rows then run over (kernel position, channel in block).
 */
import { UserError } from "../base/index.js";
import type { Precision } from "../hardware/index.js";
import { type ConvLayer, type FcLayer, matrixOf, type Network } from "../workload/index.js";
import { type Geometry, weightsPerRow } from "./geometry.js";
import { channelAlignment, weightBitsOf } from "./precision.js";

/** One column of tiles. */
export interface TileColumn {
  /** Output channels it makes. */
  channel0: number;
  channels: number;
  /** Matrix groups, and the first column inside group `group0`. */
  group0: number;
  groups: number;
  column0: number;
  /** Rows of the matrix (of the block, where groups lie along the diagonal). */
  rows: number;
  /** Input channels it reads. */
  inputChannel0: number;
  inputChannels: number;
  /** Row tiles: ceil(rows / array rows). */
  rowTiles: number;
  /** Groups along the diagonal: its input vector is its own, so it is driven by itself. */
  diagonal: boolean;
}

/** The columns of tiles of a matrix layer, in order of output channels. */
export function tileColumns(
  network: Network,
  layer: ConvLayer | FcLayer,
  geometry: Geometry,
  precision: Precision,
): TileColumn[] {
  const matrix = matrixOf(network, layer)!;
  const alignment = channelAlignment(network, precision);
  let width = weightsPerRow(geometry, weightBitsOf(layer, precision));
  if (width >= alignment) width -= width % alignment;
  else if (matrix.cols * matrix.groups > width) throw unaligned(layer.name, width, alignment);
  const inputChannels = network.tensors[layer.inputs[0]!]!.shape.channels;
  const perGroup = layer.op === "conv" ? inputChannels / layer.groups : inputChannels;
  if (matrix.groups > 1 && matrix.rows <= geometry.rows && matrix.cols <= width)
    return diagonalColumns(layer.name, matrix, perGroup, geometry.rows, width, alignment);
  const columns: TileColumn[] = [];
  for (let group = 0; group < matrix.groups; group++) {
    for (let column0 = 0; column0 < matrix.cols; column0 += width) {
      const channel0 = group * matrix.cols + column0;
      if (channel0 % alignment !== 0 || (group * perGroup) % alignment !== 0)
        throw unaligned(layer.name, matrix.cols, alignment);
      columns.push({
        channel0,
        channels: Math.min(width, matrix.cols - column0),
        group0: group,
        groups: 1,
        column0,
        rows: matrix.rows,
        inputChannel0: group * perGroup,
        inputChannels: perGroup,
        rowTiles: Math.ceil(matrix.rows / geometry.rows),
        diagonal: false,
      });
    }
  }
  return columns;
}

function diagonalColumns(
  name: string,
  matrix: { rows: number; cols: number; groups: number },
  perGroup: number,
  arrayRows: number,
  width: number,
  alignment: number,
): TileColumn[] {
  let block = Math.min(Math.floor(arrayRows / matrix.rows), Math.floor(width / matrix.cols), matrix.groups);
  const fits = (groups: number) => (groups * matrix.cols) % alignment === 0 && (groups * perGroup) % alignment === 0;
  while (block > 0 && block < matrix.groups && !fits(block)) block--;
  if (block === 0) throw unaligned(name, matrix.cols, alignment);
  const columns: TileColumn[] = [];
  for (let group0 = 0; group0 < matrix.groups; group0 += block) {
    const groups = Math.min(block, matrix.groups - group0);
    columns.push({
      channel0: group0 * matrix.cols,
      channels: groups * matrix.cols,
      group0,
      groups,
      column0: 0,
      rows: groups * matrix.rows,
      inputChannel0: group0 * perGroup,
      inputChannels: groups * perGroup,
      rowTiles: 1,
      diagonal: true,
    });
  }
  return columns;
}

function unaligned(layer: string, channels: number, alignment: number): UserError {
  return new UserError({
    code: "unaligned-slice",
    message: "the layer's channels cannot be cut into slices that begin on a byte",
    place: { field: `layer "${layer}"` },
    seen: `slices of ${channels} channels`,
    accepted: `multiples of ${alignment}`,
  });
}
