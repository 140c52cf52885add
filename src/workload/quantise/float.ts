/**
 * Executes a network in real numbers, plain loops: the yardstick of quantisation.
 * Inputs: a network whose matrix layers have numbers, one sample of its inputs. Invariants: tensors are single precision in
 * height, width, channels order, sums are double; integers of weights stand for what their scales and zero points say.
 */
import { UserError } from "../../base/index.js";
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
import { activateReal } from "../reference/index.js";

/** Real values of tensors by id. */
export type RealValues = Map<number, Float32Array>;

/** A layer's weights and bias as real numbers. */
export interface RealMatrix {
  weights: Float32Array;
  bias: Float32Array;
}

/** Makes an executor of a network; weights are turned to real numbers once. */
export function floatExecutor(network: Network): (inputs: ReadonlyMap<number, Float32Array>) => RealValues {
  const matrices = network.layers.map((layer) => realMatrix(network, layer));
  return (inputs) => {
    const values = checkedInputs(network, inputs);
    for (const layer of network.layers) {
      const result = executeLayer(network, layer, matrices[layer.id], values);
      values.set(layer.output, activateLayer(network, layer, result));
    }
    return values;
  };
}

/** Every tensor of one sample in real numbers. */
export function executeFloat(network: Network, inputs: ReadonlyMap<number, Float32Array>): RealValues {
  return floatExecutor(network)(inputs);
}

/** Applies a layer's activation to its sums, in place. */
export function activateLayer(network: Network, layer: Layer, sums: Float32Array): Float32Array {
  const { channels } = network.tensors[layer.output]!.shape;
  if (layer.activation !== "none")
    for (let i = 0; i < sums.length; i++) sums[i] = activateReal(layer, sums[i]!, i % channels);
  return sums;
}

/** The samples' inputs of a network by tensor id; a UserError where one is missing, of another size or not finite. */
export function checkedInputs(network: Network, inputs: ReadonlyMap<number, Float32Array>): RealValues {
  return new Map(network.inputs.map((id) => [id, checkedInput(network, id, inputs.get(id))]));
}

function checkedInput(network: Network, id: number, input: Float32Array | undefined): Float32Array {
  const tensor = network.tensors[id]!;
  const wanted = elementsOf(tensor.shape);
  const place = { field: `input ${tensor.name}` };
  if (input?.length !== wanted) {
    const seen = `${input?.length ?? "none"}`;
    throw new UserError({
      code: "input-size",
      message: "wrong number of elements",
      place,
      seen,
      accepted: `${wanted}`,
    });
  }
  const wrong = input.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    const seen = `${input[wrong]} at element ${wrong}`;
    throw new UserError({ code: "input-not-finite", message: "not a finite number", place, seen });
  }
  return input;
}

/** Weights and bias of a layer as real numbers; undefined for other layers, a UserError where they are missing or not finite. */
export function realMatrix(network: Network, layer: Layer): RealMatrix | undefined {
  if (layer.op !== "conv" && layer.op !== "fc") return undefined;
  const place = { field: `layer ${layer.name}` };
  if (layer.weights === undefined || (layer.bias !== undefined && layer.bias.data === undefined))
    throw new UserError({
      code: "weights-missing",
      message: `has no numbers for its ${layer.weights === undefined ? "weights" : "bias"}`,
      place,
      accepted: "a file with weights, or a network filled from a seed",
    });
  const { channels } = network.tensors[layer.output]!.shape;
  const { data, scales = [1], zeroPoints = [0] } = layer.weights;
  const pick = (list: readonly number[], k: number) => list[list.length === 1 ? 0 : k]!;
  const rows = data.length / channels;
  const weights = new Float32Array(data.length);
  for (let k = 0; k < channels; k++) {
    const [scale, zero] = [pick(scales, k), pick(zeroPoints, k)];
    for (let i = k * rows; i < (k + 1) * rows; i++) weights[i] = (data[i]! - zero) * scale;
  }
  const bias = new Float32Array(channels);
  const { data: given, scales: biasScales = [1] } = layer.bias ?? {};
  if (given !== undefined) for (let k = 0; k < channels; k++) bias[k] = given[k]! * pick(biasScales, k);
  for (const [what, list] of [
    ["weights", weights],
    ["bias", bias],
  ] as const) {
    const wrong = list.findIndex((value) => !Number.isFinite(value));
    if (wrong < 0) continue;
    const channel = what === "bias" ? wrong : Math.floor(wrong / rows);
    throw new UserError({
      code: "weights-not-finite",
      message: `its ${what} are not finite`,
      place,
      seen: `${list[wrong]} at element ${wrong} (output channel ${channel})`,
      accepted: "finite numbers",
    });
  }
  return { weights, bias };
}

/** What a layer makes of its inputs before its activation, in an array of its own. */
export function executeLayer(
  network: Network,
  layer: Layer,
  matrix: RealMatrix | undefined,
  values: ReadonlyMap<number, Float32Array>,
): Float32Array {
  const inputs = layer.inputs.map((id) => values.get(id)!);
  const shapes = layer.inputs.map((id) => network.tensors[id]!.shape);
  const [first, second] = inputs as [Float32Array, Float32Array];
  const output = network.tensors[layer.output]!.shape;
  switch (layer.op) {
    case "conv":
      return convolve(layer, matrix!, first, shapes[0]!, output);
    case "fc":
      return multiply(layer, matrix!, first);
    case "add":
      return first.map((value, i) => value + second[i % second.length]!);
    case "mul":
      return first.map((value, i) => value * second[i % second.length]!);
    case "maxpool":
    case "avgpool":
      return pool(layer, first, shapes[0]!, output);
    case "activation":
      return first.slice();
    case "concat": {
      const result = new Float32Array(elementsOf(output));
      let channel0 = 0;
      for (const [index, input] of inputs.entries()) {
        const { channels } = shapes[index]!;
        for (let i = 0; i < input.length; i++)
          result[Math.floor(i / channels) * output.channels + channel0 + (i % channels)] = input[i]!;
        channel0 += channels;
      }
      return result;
    }
  }
}

function convolve(layer: ConvLayer, own: RealMatrix, input: Float32Array, from: Shape, to: Shape): Float32Array {
  const result = new Float32Array(elementsOf(to));
  const groupInputs = from.channels / layer.groups;
  const groupOutputs = to.channels / layer.groups;
  const rows = layer.kernelHeight * layer.kernelWidth * groupInputs;
  const { weights, bias } = own;
  for (let y = 0; y < to.height; y++) {
    for (let x = 0; x < to.width; x++) {
      for (let k = 0; k < to.channels; k++) {
        const channel0 = Math.floor(k / groupOutputs) * groupInputs;
        let sum = bias[k]!;
        for (let ky = 0; ky < layer.kernelHeight; ky++) {
          const sourceY = y * layer.strideY + ky * layer.dilationY - layer.padTop;
          if (sourceY < 0 || sourceY >= from.height) continue;
          for (let kx = 0; kx < layer.kernelWidth; kx++) {
            const sourceX = x * layer.strideX + kx * layer.dilationX - layer.padLeft;
            if (sourceX < 0 || sourceX >= from.width) continue;
            const pixel = (sourceY * from.width + sourceX) * from.channels + channel0;
            const filter = k * rows + (ky * layer.kernelWidth + kx) * groupInputs;
            for (let c = 0; c < groupInputs; c++) sum += input[pixel + c]! * weights[filter + c]!;
          }
        }
        result[(y * to.width + x) * to.channels + k] = sum;
      }
    }
  }
  return result;
}

function multiply(_layer: FcLayer, { weights, bias }: RealMatrix, input: Float32Array): Float32Array {
  return bias.map((start, k) => {
    let sum = start;
    for (let i = 0; i < input.length; i++) sum += input[i]! * weights[k * input.length + i]!;
    return sum;
  });
}

function pool(layer: MaxPoolLayer | AvgPoolLayer, input: Float32Array, from: Shape, to: Shape): Float32Array {
  const result = new Float32Array(elementsOf(to));
  for (let index = 0; index < result.length; index++) {
    const c = index % to.channels;
    const x = Math.floor(index / to.channels) % to.width;
    const y = Math.floor(index / (to.channels * to.width));
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
        sum += value;
        inside++;
        if (value > largest) largest = value;
      }
    }
    if (layer.op === "maxpool") result[index] = largest;
    else {
      const count = layer.countIncludePad ? layer.kernelHeight * layer.kernelWidth : inside;
      result[index] = count === 0 ? 0 : sum / count;
    }
  }
  return result;
}
