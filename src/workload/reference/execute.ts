/**
 * The plain reference executor: integer networks in loops anyone can read, no knowledge of chips, programs or timing.
 * Input: a network, its integer parameters, and the network's inputs of one sample. Result: every tensor, height × width × channels.
 */
import { InternalError, UserError } from "../../base/index.js";
import {
  type AvgPoolLayer,
  type ConvLayer,
  elementsOf,
  type FcLayer,
  type Layer,
  type MaxPoolLayer,
  type Network,
  type Shape,
} from "../network.js";
import { finish } from "./activations.js";
import { clamp, multiplyByFactor } from "./fixed.js";
import {
  type AddParameters,
  type MatrixParameters,
  type MulParameters,
  type NetworkParameters,
  type PoolParameters,
  tableEntry,
} from "./parameters.js";
import { combineSingle, meanSingle, requantizeSingle } from "./single.js";

/** Values of tensors by id, each height × width × channels. */
export type TensorValues = Map<number, Int32Array>;

/** Every tensor of one sample, computed layer by layer from the network's inputs. */
export function executeReference(
  network: Network,
  parameters: NetworkParameters,
  inputs: ReadonlyMap<number, Int32Array>,
): TensorValues {
  const values: TensorValues = new Map();
  for (const id of network.inputs) values.set(id, checkedInput(network, parameters, id, inputs.get(id)));
  for (const layer of network.layers) values.set(layer.output, executeLayer(network, parameters, layer, values));
  return values;
}

function checkedInput(
  network: Network,
  parameters: NetworkParameters,
  id: number,
  input: Int32Array | undefined,
): Int32Array {
  const tensor = network.tensors[id]!;
  const wanted = elementsOf(tensor.shape);
  const place = { field: `input ${tensor.name}` };
  if (input?.length !== wanted)
    throw new UserError({
      code: "input-size",
      message: "wrong number of elements",
      place,
      seen: `${input?.length ?? "none"}`,
      accepted: `${wanted}`,
    });
  const { low, high } = parameters.tensors[id]!;
  for (const value of input)
    if (value < low || value > high)
      throw new UserError({
        code: "input-range",
        message: "value out of range",
        place,
        seen: `${value}`,
        accepted: `${low} to ${high}`,
      });
  return input;
}

/** The output of one layer, from the values of its inputs. */
export function executeLayer(
  network: Network,
  parameters: NetworkParameters,
  layer: Layer,
  values: ReadonlyMap<number, Int32Array>,
): Int32Array {
  const own = parameters.layers[layer.id]!;
  const inputs = layer.inputs.map((id) => values.get(id)!);
  const shapes = layer.inputs.map((id) => network.tensors[id]!.shape);
  const output = network.tensors[layer.output]!.shape;
  switch (layer.op) {
    case "conv":
      return convolve(layer, own as MatrixParameters, inputs[0]!, shapes[0]!, output);
    case "fc":
      return multiply(layer, own as MatrixParameters, inputs[0]!);
    case "add":
      return add(own as AddParameters, inputs[0]!, inputs[1]!);
    case "mul":
      return product(own as MulParameters, inputs[0]!, inputs[1]!);
    case "maxpool":
    case "avgpool":
      return pool(layer, own as PoolParameters, inputs[0]!, shapes[0]!, output);
    case "concat":
      return concatenate(inputs, shapes, output);
    case "activation": {
      if (own.kind !== "table") throw new InternalError(`layer ${layer.name} has no table`);
      return inputs[0]!.map((value, i) => tableEntry(own, value, i % output.channels));
    }
  }
}

function convolve(layer: ConvLayer, own: MatrixParameters, input: Int32Array, from: Shape, to: Shape): Int32Array {
  const result = new Int32Array(elementsOf(to));
  const groupInputs = from.channels / layer.groups;
  const groupOutputs = to.channels / layer.groups;
  const { weights, inputZeroPoint } = own;
  for (let y = 0; y < to.height; y++) {
    for (let x = 0; x < to.width; x++) {
      for (let k = 0; k < to.channels; k++) {
        const channel0 = Math.floor(k / groupOutputs) * groupInputs;
        let sum = own.bias[k]!;
        for (let ky = 0; ky < layer.kernelHeight; ky++) {
          const sourceY = y * layer.strideY + ky * layer.dilationY - layer.padTop;
          if (sourceY < 0 || sourceY >= from.height) continue;
          for (let kx = 0; kx < layer.kernelWidth; kx++) {
            const sourceX = x * layer.strideX + kx * layer.dilationX - layer.padLeft;
            if (sourceX < 0 || sourceX >= from.width) continue;
            const pixel = (sourceY * from.width + sourceX) * from.channels + channel0;
            const filter = k * own.rows + (ky * layer.kernelWidth + kx) * groupInputs;
            for (let c = 0; c < groupInputs; c++) sum += (input[pixel + c]! - inputZeroPoint) * weights[filter + c]!;
          }
        }
        result[(y * to.width + x) * to.channels + k] = requantize(sum, k, own);
      }
    }
  }
  return result;
}

function multiply(_layer: FcLayer, own: MatrixParameters, input: Int32Array): Int32Array {
  const result = new Int32Array(own.channels);
  for (let k = 0; k < own.channels; k++) {
    let sum = own.bias[k]!;
    for (let i = 0; i < own.rows; i++) sum += (input[i]! - own.inputZeroPoint) * own.weights[k * own.rows + i]!;
    result[k] = requantize(sum, k, own);
  }
  return result;
}

/** A finished sum of a conv or fc layer, its bias included, as its result. */
export function requantize(sum: number, channel: number, own: MatrixParameters): number {
  if (own.single !== undefined) return requantizeSingle(sum, channel, own.single, own.output);
  return finish(multiplyByFactor(sum, own.multiplier[channel]!, own.shift[channel]!), own.output);
}

/** The sum of two integers of an add layer. */
export function addElements(own: AddParameters, a: number, b: number): number {
  if (own.single !== undefined)
    return combineSingle("add", a - own.inputs[0]!.zeroPoint, b - own.inputs[1]!.zeroPoint, own.single, own.output);
  const [first, second] = own.inputs as [AddParameters["inputs"][0], AddParameters["inputs"][0]];
  const scale = 2 ** own.leftShift;
  const left = multiplyByFactor((a - first.zeroPoint) * scale, first.multiplier, first.shift);
  const right = multiplyByFactor((b - second.zeroPoint) * scale, second.multiplier, second.shift);
  return finish(multiplyByFactor(left + right, own.multiplier, own.shift), own.output);
}

/** The product of two integers of a mul layer. */
export function multiplyElements(own: MulParameters, a: number, b: number): number {
  if (own.single !== undefined)
    return combineSingle("mul", a - own.zeroPoints[0]!, b - own.zeroPoints[1]!, own.single, own.output);
  const raw = (a - own.zeroPoints[0]!) * (b - own.zeroPoints[1]!);
  return finish(multiplyByFactor(raw, own.multiplier, own.shift), own.output);
}

/** The second operand is as large as the first, or one pixel repeated: element i meets element i mod its length. */
function add(own: AddParameters, a: Int32Array, b: Int32Array): Int32Array {
  return a.map((value, i) => addElements(own, value, b[i % b.length]!));
}

function product(own: MulParameters, a: Int32Array, b: Int32Array): Int32Array {
  return a.map((value, i) => multiplyElements(own, value, b[i % b.length]!));
}

/** One more element of an average, in the order of rows and columns. */
export function addToAverage(own: PoolParameters, sum: number, value: number): number {
  const { single } = own;
  return single?.kind === "reals" ? Math.fround(sum + single.reals[value - single.low]!) : sum + value;
}

/** The end of an average: the sum of the positions inside, of which padded ones (zero points) are added here where they count. */
export function averageElements(own: PoolParameters, sumInside: number, inside: number): number {
  const padded = own.countIncludePad ? own.windowPositions - inside : 0;
  const count = inside + padded;
  if (own.single !== undefined) {
    const integers = own.single.kind === "sum";
    return meanSingle(integers ? sumInside - inside * own.inputZeroPoint : sumInside, count, own.single, own.output);
  }
  if (own.mean !== undefined) {
    const { multiplier, shift } = own.mean;
    return finish(multiplyByFactor(sumInside - inside * own.inputZeroPoint, multiplier, shift), own.output);
  }
  const sum = sumInside + padded * own.inputZeroPoint;
  const half = Math.floor(count / 2);
  const mean = Math.trunc((sum > 0 ? sum + half : sum - half) / count);
  return clamp(mean, own.output.low, own.output.high);
}

function pool(
  layer: MaxPoolLayer | AvgPoolLayer,
  own: PoolParameters,
  input: Int32Array,
  from: Shape,
  to: Shape,
): Int32Array {
  const result = new Int32Array(elementsOf(to));
  for (let y = 0; y < to.height; y++) {
    for (let x = 0; x < to.width; x++) {
      for (let c = 0; c < to.channels; c++) {
        let sum = 0;
        let inside = 0;
        let largest = Number.NEGATIVE_INFINITY;
        for (let ky = 0; ky < layer.kernelHeight; ky++) {
          const sourceY = y * layer.strideY + ky * layer.dilationY - layer.padTop;
          if (sourceY < 0 || sourceY >= from.height) continue;
          for (let kx = 0; kx < layer.kernelWidth; kx++) {
            const sourceX = x * layer.strideX + kx * layer.dilationX - layer.padLeft;
            if (sourceX < 0 || sourceX >= from.width) continue;
            const value = input[(sourceY * from.width + sourceX) * from.channels + c]!;
            if (layer.op === "avgpool") sum = addToAverage(own, sum, value);
            inside++;
            if (value > largest) largest = value;
          }
        }
        const index = (y * to.width + x) * to.channels + c;
        if (layer.op === "avgpool")
          result[index] = inside === 0 && !own.countIncludePad ? own.inputZeroPoint : averageElements(own, sum, inside);
        else result[index] = clamp(inside === 0 ? own.output.low : largest, own.output.low, own.output.high);
      }
    }
  }
  return result;
}

function concatenate(inputs: Int32Array[], shapes: Shape[], to: Shape): Int32Array {
  const result = new Int32Array(elementsOf(to));
  let channel0 = 0;
  for (const [index, input] of inputs.entries()) {
    const { channels } = shapes[index]!;
    for (let pixel = 0; pixel < to.height * to.width; pixel++)
      for (let c = 0; c < channels; c++) result[pixel * to.channels + channel0 + c] = input[pixel * channels + c]!;
    channel0 += channels;
  }
  return result;
}
