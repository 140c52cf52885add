/**
 * Arithmetic for tests: every layer is a hash of its name, its channel and its exact operands, so that a wrong address, order,
 * channel or padding shows in nearly every result. Weights and inputs are hashes too.
 */

import type { Precision } from "../../src/hardware/index.js";
import type { Tile } from "../../src/isa/index.js";
import { NetworkView } from "../../src/mapper/chains.js";
import { windowOf } from "../../src/mapper/windows.js";
import type { Network } from "../../src/workload/index.js";

/** Mixes whole numbers into 30 bits. */
export function mix(...values: number[]): number {
  let h = 0x2545f491;
  for (const value of values) {
    h = Math.imul(h ^ (value & 0xffffffff), 0x9e3779b1);
    h ^= h >>> 15;
    h = Math.imul(h, 0x85ebca6b);
    h ^= h >>> 13;
  }
  return h >>> 2;
}

function salt(name: string): number {
  let h = 7;
  for (let i = 0; i < name.length; i++) h = (Math.imul(h, 31) + name.charCodeAt(i)) | 0;
  return h;
}

/** A result of a layer: of its exact operands, in `bits`. */
export function result(layer: string, channel: number, bits: number, ...operands: number[]): number {
  return mix(salt(layer), channel, ...operands.map((value) => value & 0xffff)) & (2 ** bits - 1);
}

/** A weight of a layer. */
export function weight(layer: number, group: number, row: number, column: number): number {
  return mix(11, layer, group, row, column) & 3;
}

/** An element of the network's input. */
export function inputValue(sample: number, index: number, bits: number): number {
  return mix(5, sample, index) & (2 ** bits - 1);
}

/** The weight a tile has in row `row` and column `column` of itself; `kernel` is the number of kernel positions. */
export function tileWeight(tile: Tile, row: number, column: number, kernel: number): number {
  if (tile.groups === 1) return weight(tile.layer, tile.group0, tile.row0 + row, tile.column0 + column);
  const channels = tile.rows / kernel;
  const perGroup = channels / tile.groups;
  const outputs = tile.columns / tile.groups;
  const channel = row % channels;
  const group = Math.floor(channel / perGroup);
  if (Math.floor(column / outputs) !== group) return 0;
  const position = Math.floor(row / channels);
  return weight(tile.layer, tile.group0 + group, position * perGroup + (channel % perGroup), column % outputs);
}

/** All tensors of one sample by plain loops: height × width × channels, one number an element. */
export function referenceTensors(network: Network, precision: Precision, sample: number): Int32Array[] {
  const view = new NetworkView(network, precision);
  const tensors: Int32Array[] = [];
  for (const id of network.inputs) {
    const { height, width, channels } = view.shape(id);
    tensors[id] = Int32Array.from({ length: height * width * channels }, (_, i) =>
      inputValue(sample, i, view.bits(id)),
    );
  }
  for (const layer of network.layers) {
    const out = view.shape(layer.output);
    const bits = view.bits(layer.output);
    const values = new Int32Array(out.height * out.width * out.channels);
    tensors[layer.output] = values;
    const at = (operand: number, y: number, x: number, c: number): number => {
      const shape = view.shape(layer.inputs[operand]!);
      return tensors[layer.inputs[operand]!]![(y * shape.width + x) * shape.channels + c]!;
    };
    const input = view.shape(layer.inputs[0]!);
    const window = windowOf(network, layer);
    const groups = layer.op === "conv" ? layer.groups : 1;
    const zero = network.tensors[layer.inputs[0]!]!.quantization?.zeroPoint ?? 0;
    for (let y = 0; y < out.height; y++)
      for (let x = 0; x < out.width; x++)
        for (let c = 0; c < out.channels; c++) {
          let value = 0;
          if (layer.op === "concat") {
            let operand = 0;
            let first = 0;
            while (c >= first + view.shape(layer.inputs[operand]!).channels)
              first += view.shape(layer.inputs[operand++]!).channels;
            value = at(operand, y, x, c - first);
            if (!view.isFree(layer)) value = result(layer.name, c, bits, value);
          } else if (layer.op === "add" || layer.op === "mul") {
            const other = view.shape(layer.inputs[1]!);
            const whole = other.height === out.height && other.width === out.width;
            value = result(layer.name, c, bits, at(0, y, x, c), whole ? at(1, y, x, c) : at(1, 0, 0, c));
          } else if (layer.op === "activation") value = result(layer.name, c, bits, at(0, y, x, c));
          else {
            const matrix = layer.op === "conv" || layer.op === "fc";
            const inGroup = input.channels / groups;
            const outGroup = out.channels / groups;
            const group = Math.floor(c / outGroup);
            let sum = 0;
            let most = 0;
            for (let ky = 0; ky < window!.kernelHeight; ky++)
              for (let kx = 0; kx < window!.kernelWidth; kx++) {
                const iy = y * window!.strideY - window!.padTop + ky * window!.dilationY;
                const ix = x * window!.strideX - window!.padLeft + kx * window!.dilationX;
                const inside = iy >= 0 && iy < input.height && ix >= 0 && ix < input.width;
                if (!matrix) {
                  if (!inside) continue;
                  sum += at(0, iy, ix, c);
                  most = Math.max(most, at(0, iy, ix, c));
                  continue;
                }
                for (let i = 0; i < inGroup; i++) {
                  const row = (ky * window!.kernelWidth + kx) * inGroup + i;
                  const element = inside ? at(0, iy, ix, group * inGroup + i) : zero;
                  sum += element * weight(layer.id, group, row, c % outGroup);
                }
              }
            value = layer.op === "maxpool" ? most : result(layer.name, c, bits, sum);
          }
          values[(y * out.width + x) * out.channels + c] = value;
        }
  }
  return tensors;
}
