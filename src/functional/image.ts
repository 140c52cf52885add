/**
 * DRAM before a program starts: weight tiles at their addresses and the network's inputs at their places; and tensors read back.
 * A row of a tile in DRAM is the row's cell image: columns·columnsPerWeight·cellBits bits, packed from the low end of each byte.
 * Weight j takes columns j·columnsPerWeight on, least significant slice first; its bits are two's complement of `weightBits`,
 * bits of the slices above that are 0.
 */
import { InternalError, UserError } from "../base/index.js";
import type { Chip } from "../hardware/index.js";
import type { Program, TensorPlace, Tile } from "../isa/index.js";
import type { Network } from "../workload/network.js";
import type { MatrixParameters, NetworkParameters } from "../workload/reference/index.js";
import { packElements, packedBytes, unpackElements } from "./elements.js";

/** Bytes that lie at an address before the program starts, and what they are. */
export interface LoadedRegion {
  address: number;
  bytes: Uint8Array;
  what: string;
}

/** Everything in DRAM before a program starts: its weights, and the inputs of every sample (by tensor id). */
export function buildImage(
  program: Program,
  network: Network,
  chip: Chip,
  parameters: NetworkParameters,
  inputs: readonly ReadonlyMap<number, Int32Array>[],
): LoadedRegion[] {
  const regions: LoadedRegion[] = [];
  checkSigns(program, network, parameters);
  for (const tile of program.tiles) {
    const own = parameters.layers[tile.layer];
    if (own?.kind !== "matrix") throw new InternalError(`tile ${tile.name} belongs to no matrix layer`);
    const bytes = tileImage(tile, chip.core.arrays.cellBits, (row, column) =>
      tileWeight(tile, network, own, row, column),
    );
    regions.push({ address: tile.address, bytes, what: `tile ${tile.name}` });
  }
  if (inputs.length !== program.batch)
    throw new UserError({
      code: "sample-count",
      message: "inputs are given for another number of samples than the program runs",
      seen: `${inputs.length}`,
      accepted: `${program.batch}`,
    });
  for (const place of program.tensors) {
    if (!network.inputs.includes(place.tensor)) continue;
    for (const [sample, values] of inputs.entries()) {
      const tensor = values.get(place.tensor);
      if (tensor === undefined)
        throw new UserError({ code: "no-input", message: `sample ${sample} has no values for input ${place.name}` });
      regions.push(...placeTensor(place, sample, tensor));
    }
  }
  return regions;
}

/** A program made from a network without signs reads its inputs unsigned: it must be made from the filled network. */
function checkSigns(program: Program, network: Network, parameters: NetworkParameters): void {
  for (const group of program.groups) {
    const layer = network.layers[program.tiles[group.pieces[0]?.tile ?? -1]?.layer ?? -1];
    const range = layer && parameters.tensors[layer.inputs[0]!];
    if (layer === undefined || range === undefined) continue;
    if (range.signed === group.inputSigned && range.bits === group.inputBits) continue;
    throw new UserError({
      code: "input-form",
      message: `the program takes the inputs of layer ${layer.name} in another form than the parameters give them`,
      seen: `${group.inputBits} bits, ${group.inputSigned ? "signed" : "unsigned"}`,
      accepted: `${range.bits} bits, ${range.signed ? "signed" : "unsigned"} (map the network that fillNetwork returns)`,
    });
  }
}

/** A tile's image, from its weights. */
export function tileImage(tile: Tile, cellBits: number, weight: (row: number, column: number) => number): Uint8Array {
  const image = new Uint8Array(tile.rows * tile.rowBytes);
  const slotBits = cellBits * tile.columnsPerWeight;
  const wrap = 2 ** tile.weightBits;
  const row = new Float64Array(tile.columns);
  const needed = packedBytes(tile.columns, slotBits);
  if (needed > tile.rowBytes)
    throw new InternalError(`tile ${tile.name}: a row takes ${needed} bytes, its place has ${tile.rowBytes}`);
  for (let r = 0; r < tile.rows; r++) {
    for (let j = 0; j < tile.columns; j++) {
      const value = weight(r, j);
      row[j] = value < 0 ? value + wrap : value;
    }
    packElements(row, 0, tile.columns, slotBits, image, r * tile.rowBytes);
  }
  return image;
}

/** The weight at a row and column of a tile; 0 off the diagonal of a block-diagonal one. */
export function tileWeight(tile: Tile, network: Network, own: MatrixParameters, row: number, column: number): number {
  const layer = network.layers[tile.layer]!;
  const groups = layer.op === "conv" ? layer.groups : 1;
  const groupOutputs = own.channels / groups;
  const matrixRow = tile.row0 + row;
  if (own.pairs !== undefined) {
    const pair = Math.floor((tile.group0 * groupOutputs) / 2) + tile.column0 + column;
    return own.pairs.stored[pair * own.rows + matrixRow]!;
  }
  const blockColumn = tile.column0 + column;
  const channel = tile.group0 * groupOutputs + blockColumn;
  const held = own.asymmetric?.stored ?? own.weights;
  if (tile.groups === 1) return held[channel * own.rows + matrixRow]!;
  const positions = layer.op === "conv" ? layer.kernelHeight * layer.kernelWidth : 1;
  const groupInputs = own.rows / positions;
  const blockInputs = groupInputs * tile.groups;
  const position = Math.floor(matrixRow / blockInputs);
  const input = matrixRow - position * blockInputs;
  // Beside the diagonal stands the real weight 0.
  if (Math.floor(input / groupInputs) !== Math.floor(blockColumn / groupOutputs))
    return own.asymmetric?.zeroPoints[channel] ?? 0;
  return held[channel * own.rows + position * groupInputs + (input % groupInputs)]!;
}

/** A tensor of one sample as bytes at its place, slice by slice. */
export function placeTensor(place: TensorPlace, sample: number, values: Int32Array): LoadedRegion[] {
  const pixels = place.height * place.width;
  const channels = channelsOf(place);
  return place.slices.map((slice) => {
    const bytes = new Uint8Array(pixels * slice.pixelBytes);
    for (let pixel = 0; pixel < pixels; pixel++)
      packElements(
        values,
        pixel * channels + slice.channel0,
        slice.channels,
        place.bits,
        bytes,
        pixel * slice.pixelBytes,
      );
    return { address: slice.address + sample * place.sampleStride, bytes, what: `${place.name} sample ${sample}` };
  });
}

/** Channels of a stored tensor: those of all its slices. */
export function channelsOf(place: TensorPlace): number {
  return place.slices.reduce((most, slice) => Math.max(most, slice.channel0 + slice.channels), 0);
}

/** Reads bytes of DRAM. */
export interface DramReader {
  readDram(address: number, bytes: number): Uint8Array;
}

/** The values of a tensor of one sample, height × width × channels, from its place. */
export function readTensor(dram: DramReader, place: TensorPlace, sample: number, signed: boolean): Int32Array {
  const pixels = place.height * place.width;
  const channels = channelsOf(place);
  const values = new Int32Array(pixels * channels);
  for (const slice of place.slices) {
    const bytes = dram.readDram(slice.address + sample * place.sampleStride, pixels * slice.pixelBytes);
    for (let pixel = 0; pixel < pixels; pixel++)
      unpackElements(
        bytes,
        pixel * slice.pixelBytes,
        slice.channels,
        place.bits,
        signed,
        values,
        pixel * channels + slice.channel0,
      );
  }
  return values;
}

/** The DRAM byte that holds an element of a tensor (the first one where it spans several). */
export function elementAddress(place: TensorPlace, sample: number, pixel: number, channel: number): number {
  const slice = place.slices.find(({ channel0, channels }) => channel >= channel0 && channel < channel0 + channels);
  if (slice === undefined) throw new InternalError(`tensor ${place.name} has no channel ${channel}`);
  const bit = (channel - slice.channel0) * place.bits;
  return slice.address + sample * place.sampleStride + pixel * slice.pixelBytes + Math.floor(bit / 8);
}
