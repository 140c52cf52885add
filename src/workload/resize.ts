/**
 * A network for another input size: the same layers with recomputed shapes, so that tests and sweeps can be cheap.
 * Inputs: a checked network with one input. Invariants: kernels, strides and padding stay, except that an average pool
 * over the whole height and width stays one; the result is checked.
 */
import { UserError } from "../base/index.js";
import { checkNetwork } from "./check.js";
import { elementsOf, isMacLayer, type Layer, type Network, type Shape } from "./network.js";
import { inferShape } from "./shapes.js";

/**
 * Returns the network for another input height and width, named `name@HEIGHTxWIDTH`; a fully connected layer over a map
 * changes its rows with it. Throws a UserError when a window no longer fits or given weights would change their count.
 */
export function withInputSize(network: Network, height: number, width: number): Network {
  if (network.inputs.length !== 1)
    throw new UserError({
      code: "network-resize",
      message: `a network with ${network.inputs.length} inputs has no one input size`,
      place: { field: network.name },
    });
  const tensors = network.tensors.map((tensor) => ({ ...tensor }));
  const input = tensors[network.inputs[0]!]!;
  input.shape = { height, width, channels: input.shape.channels };
  const layers: Layer[] = [];
  for (const layer of network.layers) {
    const before = layer.inputs.map((id) => network.tensors[id]!.shape);
    const after = layer.inputs.map((id) => tensors[id]!.shape);
    const resized = keepGlobal(layer, before[0]!, after[0]!);
    const output = tensors[layer.output]!;
    const shape = inferShape(resized, after, output.shape.channels);
    const weightsMove =
      layer.op === "fc" && layer.weights !== undefined && elementsOf(before[0]!) !== elementsOf(after[0]!);
    if (typeof shape === "string" || weightsMove)
      throw new UserError({
        code: "network-resize",
        message: `${network.name} cannot take an input of ${height}x${width}: ${
          typeof shape === "string" ? shape : "its weights are given for the original size"
        }`,
        place: { field: `layer "${layer.name}"` },
      });
    output.shape = shape;
    layers.push(resized);
  }
  return checkNetwork({
    ...network,
    name: `${network.name.replace(/@\d+x\d+$/, "")}@${height}x${width}`,
    tensors,
    layers,
  });
}

function keepGlobal(layer: Layer, before: Shape, after: Shape): Layer {
  if (layer.op !== "avgpool") return isMacLayer(layer) ? { ...layer } : layer;
  if (layer.kernelHeight !== before.height || layer.kernelWidth !== before.width) return layer;
  return {
    ...layer,
    kernelHeight: after.height,
    kernelWidth: after.width,
    strideY: layer.strideY === before.height ? after.height : layer.strideY,
    strideX: layer.strideX === before.width ? after.width : layer.strideX,
  };
}
