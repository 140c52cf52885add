/**
 * Numbers and edges read off a network: weight matrices, totals, producers and consumers.
 * Inputs: a checked network. Invariants: nothing here changes it.
 */
import { elementsOf, isDepthwise, isMacLayer, type Layer, type Network, type Shape } from "./network.js";

/** A layer's weights as matrices: `groups` of rows × columns, each applied to `windows` input vectors. */
export interface MatrixShape {
  /** Inputs of one group: kernelHeight × kernelWidth × input channels / groups (an fc: all input elements). */
  rows: number;
  /** Outputs of one group: output channels / groups. */
  cols: number;
  groups: number;
  /** Input vectors of one sample: output height × output width. */
  windows: number;
}

/** Parameters and work of a layer or a network, for one sample. */
export interface Totals {
  weights: number;
  biases: number;
  /** Weights + biases. */
  parameters: number;
  /** Multiply–accumulates; padded positions count. */
  macs: number;
}

/** Totals of a network and how many layers of which kind it has. */
export interface NetworkTotals extends Totals {
  layers: number;
  macLayers: number;
  /** Convolutions that are not depthwise. */
  convLayers: number;
  depthwiseLayers: number;
  fcLayers: number;
}

/** The shape of a tensor by id. */
export function shapeOf(network: Network, tensor: number): Shape {
  return network.tensors[tensor]!.shape;
}

/** The weight matrices of a conv or fc layer; undefined for the others. */
export function matrixOf(network: Network, layer: Layer): MatrixShape | undefined {
  if (!isMacLayer(layer)) return undefined;
  const input = shapeOf(network, layer.inputs[0]!);
  const output = shapeOf(network, layer.output);
  if (layer.op === "fc") return { rows: elementsOf(input), cols: output.channels, groups: 1, windows: 1 };
  return {
    rows: layer.kernelHeight * layer.kernelWidth * (input.channels / layer.groups),
    cols: output.channels / layer.groups,
    groups: layer.groups,
    windows: output.height * output.width,
  };
}

/** Weights, biases and MACs of one layer; zeros where it has no matrix. */
export function layerTotals(network: Network, layer: Layer): Totals {
  const matrix = matrixOf(network, layer);
  if (matrix === undefined) return { weights: 0, biases: 0, parameters: 0, macs: 0 };
  const weights = matrix.rows * matrix.cols * matrix.groups;
  const biases = isMacLayer(layer) && layer.bias !== undefined ? matrix.cols * matrix.groups : 0;
  return { weights, biases, parameters: weights + biases, macs: weights * matrix.windows };
}

/** Totals over all layers of a network. */
export function networkTotals(network: Network): NetworkTotals {
  const totals: NetworkTotals = {
    weights: 0,
    biases: 0,
    parameters: 0,
    macs: 0,
    layers: network.layers.length,
    macLayers: 0,
    convLayers: 0,
    depthwiseLayers: 0,
    fcLayers: 0,
  };
  for (const layer of network.layers) {
    const own = layerTotals(network, layer);
    totals.weights += own.weights;
    totals.biases += own.biases;
    totals.parameters += own.parameters;
    totals.macs += own.macs;
    if (!isMacLayer(layer)) continue;
    totals.macLayers++;
    if (layer.op === "fc") totals.fcLayers++;
    else if (isDepthwise(network, layer)) totals.depthwiseLayers++;
    else totals.convLayers++;
  }
  return totals;
}

/** For each tensor id the id of the layer that produces it; undefined for network inputs. */
export function producersOf(network: Network): (number | undefined)[] {
  const producers: (number | undefined)[] = new Array(network.tensors.length).fill(undefined);
  for (const layer of network.layers) producers[layer.output] = layer.id;
  return producers;
}

/** For each tensor id the ids of the layers that read it, ascending, each once. */
export function consumersOf(network: Network): number[][] {
  const consumers: number[][] = network.tensors.map(() => []);
  for (const layer of network.layers) for (const tensor of new Set(layer.inputs)) consumers[tensor]!.push(layer.id);
  return consumers;
}
