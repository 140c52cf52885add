import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  isMacLayer,
  loadBuiltin,
  networkTotals,
  readNetwork,
  readNetworkJson,
  writeNetworkJson,
} from "../../src/workload/index.js";
import { executeReference, parametersOf, seededInputs } from "../../src/workload/reference/index.js";

const folder = new URL("../../../shared/models/", import.meta.url);
const fill = { seed: 1, precision: { weightBits: 4, activationBits: 4 } };

describe.skipIf(!existsSync(folder))("the tflite files of the shared folder", () => {
  it.each([
    ["resnet8_int8", "resnet8"],
    ["ds_cnn_int8", "ds_cnn"],
  ])("%s.tflite is the built-in %s layer by layer, with all its numbers", (file, name) => {
    const network = readNetwork(new URL(`${file}.tflite`, folder).pathname);
    const builtin = loadBuiltin(name);
    const plain = (given: typeof network) => given.layers.map(({ op }) => op).sort();
    expect(plain(network)).toEqual(plain(builtin));
    const [seen, wanted] = [networkTotals(network), networkTotals(builtin)];
    expect([seen.macs, seen.weights, seen.biases]).toEqual([wanted.macs, wanted.weights, wanted.biases]);
    const layers = network.layers.filter(isMacLayer);
    for (const layer of layers) {
      expect(layer.weightBits).toBe(8);
      expect(layer.weights?.data).toBeInstanceOf(Int8Array);
      expect(layer.weights?.zeroPoints).toBeUndefined();
      expect(layer.weights?.scales?.length).toBe(layer.op === "fc" ? 1 : network.tensors[layer.output]!.shape.channels);
      expect(layer.bias?.data).toBeInstanceOf(Int32Array);
    }
    for (const tensor of network.tensors) expect(tensor).toMatchObject({ bits: 8, signed: true });
    // Nothing is left for the seed to decide.
    const parameters = parametersOf(network, fill);
    expect(parametersOf(network, { ...fill, seed: 2 })).toEqual(parameters);
    const output = executeReference(network, parameters, seededInputs(network, 1)).get(network.outputs[0]!)!;
    expect(new Set(output).size).toBeGreaterThan(5);
  });

  it("are written as network JSON and read back without loss", () => {
    const network = readNetwork(new URL("ds_cnn_int8.tflite", folder).pathname);
    expect(readNetworkJson(writeNetworkJson(network))).toEqual(network);
  });

  it("can be read for their shapes only", () => {
    const network = readNetwork(new URL("resnet8_int8.tflite", folder).pathname, { weights: false });
    for (const layer of network.layers.filter(isMacLayer)) expect(layer.weights).toBeUndefined();
  });
});
