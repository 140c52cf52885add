import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/index.js";
import {
  isDepthwise,
  type Layer,
  layerTotals,
  listNetworks,
  loadBuiltin,
  type Network,
  networkDigest,
  networkTotals,
  producersOf,
  readNetworkJson,
  withInputSize,
  writeNetworkJson,
} from "../../src/workload/index.js";

/** Layers, conv / depthwise / fc layers, weights, biases, MACs. Sources: docs/networks.md. */
const expected: Record<string, [number, number, number, number, number, number, number]> = {
  deep_autoencoder: [10, 0, 0, 10, 264_192, 1_672, 264_192],
  ds_cnn: [11, 5, 4, 1, 22_016, 588, 2_656_768],
  efficientnet_b0: [124, 65, 16, 1, 5_236_192, 31_348, 385_814_752],
  mobilenet_v1_025: [29, 14, 13, 1, 208_112, 2_738, 7_489_664],
  mobilenet_v2: [64, 35, 17, 1, 3_469_760, 18_056, 300_774_272],
  resnet18: [31, 20, 0, 1, 11_678_912, 5_800, 1_814_073_344],
  resnet50: [72, 53, 0, 1, 25_502_912, 27_560, 4_089_184_256],
  resnet8: [14, 9, 0, 1, 77_360, 346, 12_501_632],
  squeezenet1_1: [38, 26, 0, 0, 1_231_552, 3_944, 349_151_936],
  vgg16: [21, 13, 0, 3, 138_344_128, 13_416, 15_470_264_320],
};

describe("built-in networks", () => {
  it("are the ten that are promised", () => {
    expect(listNetworks()).toEqual(Object.keys(expected));
  });

  it.each(Object.entries(expected))("%s has the known totals", (name, row) => {
    const network = loadBuiltin(name);
    const totals = networkTotals(network);
    expect(network.source).toBeTruthy();
    expect([
      totals.layers,
      totals.convLayers,
      totals.depthwiseLayers,
      totals.fcLayers,
      totals.weights,
      totals.biases,
      totals.macs,
    ]).toEqual(row);
    expect(totals.parameters).toBe(totals.weights + totals.biases);
    expect(totals.macLayers).toBe(row[1] + row[2] + row[3]);
  });

  it("parameters and one more number per normalised channel make the published ResNet-18 count", () => {
    // Published: weights + 2 (scale and shift) per normalised channel + the fc bias = 11,689,512; ours keeps one of the two.
    const totals = networkTotals(loadBuiltin("resnet18"));
    const normalised = totals.biases - 1000;
    expect(totals.parameters + normalised).toBe(11_689_512);
  });

  it("answers an unknown name with the nearest", () => {
    expect(() => loadBuiltin("squeezenet1_0")).toThrow(UserError);
    expect(() => loadBuiltin("squeezenet1_0")).toThrow(/did you mean "squeezenet1_1"/);
    expect(() => loadBuiltin("squeezenet1_0")).toThrow(/accepted: deep_autoencoder, ds_cnn/);
  });

  it("survive being written and read, and keep their digest", () => {
    for (const name of listNetworks()) {
      const network = loadBuiltin(name);
      const again = readNetworkJson(writeNetworkJson(network));
      expect(again).toEqual(network);
      expect(networkDigest(again)).toBe(networkDigest(network));
    }
  });

  it("have no two equal digests", () => {
    const digests = listNetworks().map((name) => networkDigest(loadBuiltin(name)));
    expect(new Set(digests).size).toBe(digests.length);
  });
});

describe("withInputSize", () => {
  it("recomputes shapes, keeps global pools global and leaves the weights of convolutions alone", () => {
    const network = loadBuiltin("resnet18");
    const small = withInputSize(network, 32, 48);
    expect(small.name).toBe("resnet18@32x48");
    expect(networkTotals(small).weights).toBe(networkTotals(network).weights);
    const pool = small.layers.find((layer) => layer.op === "avgpool")!;
    expect(pool).toMatchObject({ kernelHeight: 1, kernelWidth: 2 });
    expect(small.tensors.at(-1)!.shape).toEqual({ height: 1, width: 1, channels: 1000 });
    expect(withInputSize(small, 224, 224)).toEqual({ ...network, name: "resnet18@224x224" });
  });

  it("changes the rows of a fully connected layer over a map", () => {
    const small = withInputSize(loadBuiltin("vgg16"), 32, 32);
    const fc = small.layers.find((layer) => layer.name === "fc6")!;
    expect(layerTotals(small, fc).weights).toBe(512 * 4096);
  });

  it("says which layer does not fit", () => {
    expect(() => withInputSize(loadBuiltin("squeezenet1_1"), 8, 8)).toThrow(/squeezenet1_1 cannot take.*window/);
  });
});

const folder = new URL("../../../shared/reference/networks/", import.meta.url);

describe.skipIf(!existsSync(folder))("built-in networks against the reference tables", () => {
  it.each(Object.keys(expected))("%s equals its table layer by layer", (name) => {
    const network = loadBuiltin(name);
    const lines = readFileSync(new URL(`${name}.csv`, folder), "utf8")
      .trim()
      .split("\n");
    const columns = lines[0]!.split(",");
    const rows = lines.slice(1).map((line) => {
      const cells = line.split(",");
      return Object.fromEntries(columns.map((column, index) => [column, cells[index]!]));
    });
    expect(network.layers.length).toBe(rows.length);
    network.layers.forEach((layer, index) => {
      expect(asRow(network, layer), `row ${index}`).toEqual(tableRow(rows[index]!, name));
    });
  });
});

/** What a table row says, as far as it says the same thing as a layer. */
function tableRow(row: Record<string, string>, name: string) {
  const number = (column: string) => Number(row[column]);
  const windowed = /conv|pool/.test(row.op!);
  // The tables leave out the ReLU after the residual sums of the two large ResNets; the networks have it.
  const missing = /resnet(18|50)/.test(name) && row.op === "add";
  return {
    op: row.op,
    output: [number("OY"), number("OX"), number("K")],
    window: windowed ? ["FY", "FX", "SY", "SX", "PYt", "PYb", "PXl", "PXr"].map(number) : undefined,
    groups: /conv/.test(row.op!) ? number("groups") : undefined,
    totals: [number("weights"), number("bias"), number("macs")],
    activation: missing ? "relu" : row.act === "silu" ? "swish" : row.act,
    inputs: row.inputs!.split("|").sort(),
  };
}

function asRow(network: Network, layer: Layer) {
  const { height, width, channels } = network.tensors[layer.output]!.shape;
  const totals = layerTotals(network, layer);
  const producers = producersOf(network);
  const windowed = layer.op === "conv" || layer.op === "maxpool" || layer.op === "avgpool";
  return {
    op: isDepthwise(network, layer) ? "dwconv" : layer.op,
    output: [height, width, channels],
    window: windowed
      ? [
          layer.kernelHeight,
          layer.kernelWidth,
          layer.strideY,
          layer.strideX,
          layer.padTop,
          layer.padBottom,
          layer.padLeft,
          layer.padRight,
        ]
      : undefined,
    groups: layer.op === "conv" ? layer.groups : undefined,
    totals: [totals.weights, totals.biases, totals.macs],
    activation: layer.activation,
    inputs: layer.inputs.map((tensor) => String(producers[tensor] ?? "input")).sort(),
  };
}
