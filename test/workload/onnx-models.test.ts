import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  isMacLayer,
  type Layer,
  loadBuiltin,
  type Network,
  networkDigest,
  readNetwork,
  readNetworkJson,
  withoutWeights,
  writeNetworkJson,
} from "../../src/workload/index.js";

const folder = new URL("../../../shared/models/", import.meta.url);

/** A network without names, bit widths and numbers, so that two sources of the same network compare. */
function skeleton(network: Network) {
  return {
    tensors: network.tensors.map(({ id, shape }) => ({ id, shape })),
    layers: withoutWeights(network).layers.map((layer): Partial<Layer> => {
      const { name: _, ...rest } = layer;
      if (!isMacLayer(layer)) return rest;
      const { weightBits: __, bias, ...without } = layer;
      return { ...without, name: "", ...(bias === undefined ? {} : { bias: {} }) };
    }),
    inputs: network.inputs,
    outputs: network.outputs,
  };
}

describe.skipIf(!existsSync(folder))("the ONNX files of the shared folder", () => {
  it.each([
    ["resnet18", "resnet18"],
    ["mobilenetv2", "mobilenet_v2"],
    ["resnet8", "resnet8"],
    ["ds_cnn", "ds_cnn"],
    ["deepautoencoder", "deep_autoencoder"],
  ])("%s.onnx is the built-in %s layer by layer", (file, name) => {
    const path = new URL(`${file}.onnx`, folder).pathname;
    const network = readNetwork(path);
    const builtin = loadBuiltin(name);
    const [left, right] = [skeleton(network), skeleton(builtin)];
    expect(left.layers.length).toBe(right.layers.length);
    left.layers.forEach((layer, index) => {
      expect(layer, `layer ${index}`).toEqual(right.layers[index]);
    });
    expect(left).toEqual(right);
  });

  it("keep their numbers where the file has them", () => {
    const network = readNetwork(new URL("resnet8.onnx", folder).pathname);
    for (const layer of network.layers.filter(isMacLayer)) {
      expect(layer.weights?.data).toBeInstanceOf(Float32Array);
      expect(layer.bias?.data).toBeInstanceOf(Float32Array);
    }
    const again = readNetworkJson(writeNetworkJson(network));
    expect(again).toEqual(network);
    expect(networkDigest(again)).toBe(networkDigest(withoutWeights(network)));
  });

  it("may be stripped to shapes", () => {
    const network = readNetwork(new URL("resnet18.onnx", folder).pathname);
    for (const layer of network.layers.filter(isMacLayer)) expect(layer.weights).toBeUndefined();
    expect(readFileSync(new URL("resnet18.onnx", folder)).length).toBeLessThan(20_000);
  });
});
