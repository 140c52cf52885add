import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/index.js";
import {
  checkNetwork,
  consumersOf,
  isDepthwise,
  type Layer,
  layerTotals,
  matrixOf,
  type Network,
  NetworkBuilder,
  networkDigest,
  networkProblems,
  networkTotals,
  padToCeil,
  producersOf,
  readNetwork,
  readNetworkJson,
  samePadding,
  topologicalOrder,
  withInputSize,
  withoutWeights,
  writeNetworkJson,
} from "../../src/workload/index.js";

/** Input 8x8x4 -> conv -> (depthwise, skip) -> add -> global pool -> fc. */
function example(): Network {
  const builder = new NetworkBuilder("example", "made up");
  const x = builder.input("x", { height: 8, width: 8, channels: 4 }, { bits: 8, signed: true });
  const a = builder.conv(x, { name: "a", channels: 6, kernel: [3, 5], stride: 2, padding: "same", activation: "relu" });
  const b = builder.conv(a, { name: "b", channels: 6, kernel: 3, padding: 1, groups: "depthwise", bias: true });
  const c = builder.sum(a, b, { name: "c", activation: "clip", clip: { min: -1 } });
  const d = builder.globalAvgpool(c, { name: "d" });
  builder.output(builder.fc(d, { name: "e", channels: 10, bias: true, weightBits: 4, output: { bits: 16 } }));
  return builder.build();
}

function failure(run: () => unknown): UserError {
  try {
    run();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

const edited = (edit: (network: Network) => void) => {
  const network = structuredClone(example());
  edit(network);
  return networkProblems(network).map(({ place, message }) => `${place?.field}: ${message}`);
};

describe("a network", () => {
  it("has the shapes, matrices and totals of its layers", () => {
    const network = example();
    expect(network.tensors.map(({ shape }) => [shape.height, shape.width, shape.channels])).toEqual([
      [8, 8, 4],
      [4, 4, 6],
      [4, 4, 6],
      [4, 4, 6],
      [1, 1, 6],
      [1, 1, 10],
    ]);
    const [a, b, c, , e] = network.layers as [Layer, Layer, Layer, Layer, Layer];
    expect(matrixOf(network, a)).toEqual({ rows: 60, cols: 6, groups: 1, windows: 16 });
    expect(matrixOf(network, b)).toEqual({ rows: 9, cols: 1, groups: 6, windows: 16 });
    expect(matrixOf(network, c)).toBeUndefined();
    expect(matrixOf(network, e)).toEqual({ rows: 6, cols: 10, groups: 1, windows: 1 });
    expect(layerTotals(network, a)).toEqual({ weights: 360, biases: 0, parameters: 360, macs: 5760 });
    expect(networkTotals(network)).toEqual({
      weights: 360 + 54 + 60,
      biases: 16,
      parameters: 490,
      macs: 5760 + 864 + 60,
      layers: 5,
      macLayers: 3,
      convLayers: 1,
      depthwiseLayers: 1,
      fcLayers: 1,
    });
    expect(network.layers.map((layer) => isDepthwise(network, layer))).toEqual([false, true, false, false, false]);
  });

  it("knows producers and consumers", () => {
    const network = example();
    expect(producersOf(network)).toEqual([undefined, 0, 1, 2, 3, 4]);
    expect(consumersOf(network)).toEqual([[0], [1, 2], [2], [3], [4], []]);
  });

  it("places `same` padding with the odd element after, and whole windows in ceil mode", () => {
    expect(samePadding(8, 3, 2)).toEqual([0, 1]);
    expect(samePadding(49, 10, 2)).toEqual([4, 5]);
    expect(samePadding(5, 1, 2)).toEqual([0, 0]);
    const window = { kernelHeight: 3, kernelWidth: 1, strideY: 2, strideX: 2, dilationY: 1, dilationX: 1 };
    const pads = { padTop: 0, padBottom: 0, padLeft: 0, padRight: 0 };
    const shape = { height: 6, width: 6, channels: 1 };
    // A window that would start behind the input (column 6) is not taken.
    expect(padToCeil({ ...window, ...pads }, shape)).toMatchObject({ padBottom: 1, padRight: 0 });
  });

  it("is written and read without loss, numbers included", () => {
    const network = example();
    const [a, , , , e] = network.layers;
    if (a?.op !== "conv" || e?.op !== "fc") throw new Error("unreachable");
    a.weights = {
      layout: "KHWC",
      data: Int8Array.from({ length: 360 }, (_, i) => i % 100),
      scales: [0.5],
      zeroPoints: [3],
    };
    a.bias = { bits: 32, data: Int32Array.from([1, -2, 3, 4, 5, 6]), scales: [0.25] };
    e.weights = { layout: "KHWC", data: Float32Array.from({ length: 60 }, (_, i) => i / 7) };
    network.tensors[1]!.quantization = { scale: 0.1, zeroPoint: -4 };
    const text = writeNetworkJson(network);
    expect(readNetworkJson(text)).toEqual(network);
    expect(readNetworkJson(writeNetworkJson(network, { weights: false }))).toEqual(withoutWeights(network));
    expect(networkDigest(network)).toBe(networkDigest(withoutWeights(network)));
    expect(networkDigest(network)).not.toBe(networkDigest(example()));
  });
});

describe("checks", () => {
  it("let a sound network pass", () => {
    const network = example();
    expect(checkNetwork(network)).toBe(network);
    expect(edited(() => {})).toEqual([]);
  });

  it("name a cycle by its layers", () => {
    const problems = edited((network) => {
      network.layers[1]!.inputs = [3];
    });
    expect(problems).toContain('layer "b": the layers form a cycle: b -> c -> b');
  });

  it("say which layer stands too early", () => {
    const problems = edited((network) => {
      network.layers.reverse();
      network.layers.forEach((layer, id) => {
        layer.id = id;
      });
    });
    expect(problems).toContain('layer "e": reads from "d", which stands after it');
  });

  it("find dangling tensors", () => {
    const problems = edited((network) => {
      network.layers[2]!.inputs[1] = 0;
      network.outputs = [4];
    });
    expect(problems).toContain('tensor "b": no layer reads it and it is no output');
    expect(problems).toContain('tensor "e": no layer reads it and it is no output');
    const twice = edited((network) => {
      network.layers[2]!.output = 2;
    });
    expect(twice).toContain('tensor "b": produced by layer "b" and layer "c"');
    expect(twice).toContain('tensor "c": no layer produces it and it is no input');
  });

  it("show shapes that do not fit, with numbers", () => {
    expect(
      edited((network) => {
        network.tensors[1]!.shape = { height: 5, width: 4, channels: 6 };
      })[0],
    ).toBe('layer "a": its output is 4x4x6, but tensor "a" is 5x4x6');
    expect(
      edited((network) => {
        network.layers[2]!.inputs = [1, 4];
        network.tensors[4]!.shape.channels = 3;
      }),
    ).toContain('layer "c": add of 4x4x6 and 1x1x3: the second must be equal or 1x1x6');
    expect(
      edited((network) => {
        (network.layers[1] as { groups: number }).groups = 4;
      }),
    ).toEqual(['layer "b": 4 groups do not divide 6 input channels']);
  });

  it("collect everything at once", () => {
    const problems = edited((network) => {
      network.tensors[0]!.bits = 0;
      network.layers[0]!.activation = "tahn" as never;
      network.layers[1]!.name = "a";
      const e = network.layers[4]!;
      if (e.op === "fc") e.bias = { data: new Float32Array(3) };
    });
    expect(problems).toEqual([
      'tensor "x": 0 bits is not an integer from 1 to 64',
      'layer "a": two layers have this name',
      'layer "a": unknown activation tahn',
      'layer "e": bias has 3 elements, not 10',
    ]);
  });

  it("stop at ids that lead nowhere", () => {
    expect(
      edited((network) => {
        network.layers[0]!.inputs = [99];
        network.outputs = [-1];
      }),
    ).toEqual([
      'layer "a": tensor 99 does not exist; there are 6 tensors',
      "outputs: tensor -1 does not exist; there are 6 tensors",
    ]);
  });

  it("refuse a layer while building, with its numbers", () => {
    const builder = new NetworkBuilder("wrong");
    const x = builder.input("x", { height: 2, width: 2, channels: 3 });
    expect(failure(() => builder.conv(x, { name: "k", channels: 4, kernel: 3 })).message).toBe(
      'layer "k": a 3x3 window does not fit into 2x2 with padding 0,0,0,0',
    );
    expect(failure(() => builder.build()).message).toMatch(/the network has no layers\n.*the network has no outputs/);
  });
});

describe("orders", () => {
  it("keep a sound order and name the cycle they meet, in the direction of the data", () => {
    expect(topologicalOrder([[], [0], [0, 1]])).toEqual({ order: [0, 1, 2] });
    expect(topologicalOrder([[1], [2], []])).toEqual({ order: [2, 1, 0] });
    expect(topologicalOrder([[], [0, 3], [1], [2]])).toEqual({ cycle: [1, 2, 3] });
    const long = Array.from({ length: 100_000 }, (_, index) => (index === 0 ? [] : [index - 1]));
    expect(
      topologicalOrder(long.toReversed().map((_, index) => (index === 99_999 ? [] : [index + 1]))).order,
    ).toHaveLength(100_000);
  });
});

describe("JSON files", () => {
  it("report every wrong field with its path", () => {
    const value = JSON.parse(writeNetworkJson(example())) as Record<string, never>;
    const layers = value["layers"] as Record<string, unknown>[];
    const tensors = value["tensors"] as Record<string, Record<string, unknown>>[];
    layers[0]!["kernelHeight"] = 0;
    layers[0]!["kernelWidht"] = layers[0]!["kernelWidth"];
    delete layers[0]!["kernelWidth"];
    layers[1]!["op"] = "cnov";
    tensors[0]!["shape"]!["width"] = "8";
    const { message, problems } = failure(() => readNetworkJson(JSON.stringify(value), "net.json"));
    expect(message).toMatch(/net\.json layers\[0\]\.kernelHeight: has a wrong value; saw 0; accepted: integer from 1/);
    expect(message).toMatch(/net\.json layers\[0\]\.kernelWidht: unknown field; .*did you mean "kernelWidth"\?/);
    expect(message).toMatch(/net\.json layers\[1\]\.op: has a wrong value; saw "cnov"; .*did you mean "conv"\?/);
    expect(message).toMatch(/net\.json tensors\[0\]\.shape\.width: has a wrong value; saw "8"/);
    expect(problems.length).toBeGreaterThan(4);
  });

  it("point at the place of a syntax error", () => {
    expect(failure(() => readNetworkJson('{\n  "format": "wordline-network",\n  oops\n}', "net.json")).message).toMatch(
      /^net\.json:3:3: is not JSON/,
    );
    expect(failure(() => readNetworkJson("[1]")).message).toMatch(/is not an object/);
    expect(failure(() => readNetworkJson('{"format": "wordline-netwrok"}')).message).toMatch(
      /did you mean "wordline-network"/,
    );
  });

  it("in the table form compute their shapes", () => {
    const network = readNetworkJson(
      JSON.stringify({
        format: "wordline-layers",
        version: 1,
        name: "table",
        input: { height: 9, width: 9, channels: 2, bits: 8 },
        layers: [
          {
            name: "a",
            op: "conv",
            from: "input",
            channels: 4,
            kernel: [3, 1],
            dilation: 2,
            bias: false,
            weightBits: 2,
          },
          { name: "b", op: "maxpool", from: "a", kernel: 2, stride: 2, padding: [0, 1, 0, 1] },
          { name: "c", op: "concat", from: ["b", "b"], activation: "clip", min: -1, max: 2 },
          { name: "d", op: "avgpool", from: "c", kernel: "global" },
          { name: "e", op: "mul", from: ["c", "d"] },
          { name: "f", op: "activation", from: "e", activation: "hardswish" },
        ],
      }),
    );
    expect(network.tensors.at(-1)!.shape).toEqual({ height: 3, width: 5, channels: 8 });
    expect(network.layers[0]).toMatchObject({ dilationY: 2, padTop: 0, weightBits: 2 });
    expect(networkTotals(network).biases).toBe(0);
  });

  it("in the table form report every wrong row", () => {
    const { message } = failure(() =>
      readNetworkJson(
        JSON.stringify({
          format: "wordline-layers",
          version: 1,
          name: "table",
          input: { height: 9, width: 9, channels: 2 },
          layers: [
            { name: "first", op: "conv", from: "input", channels: 4, kernel: 30 },
            { name: "second", op: "conv", from: "first", channels: 4, kernal: 3, kernel: 3 },
            { name: "third", op: "add", from: ["secnd", "first"] },
            { name: "third", op: "fc", from: "input", channels: 0 },
          ],
        }),
        "table.json",
      ),
    );
    expect(message).toMatch(/layers\[0\]: a 30x30 window does not fit into 9x9/);
    expect(message).toMatch(/layers\[1\]\.kernal: unknown field; .*did you mean "kernel"/);
    expect(message).toMatch(/layers\[2\]\.from: no such layer stands above; saw "secnd"; .*did you mean "second"/);
    expect(message).toMatch(/layers\[3\]\.name: has a wrong value; saw "third"/);
    expect(message).toMatch(/layers\[3\]\.channels: has a wrong value; saw 0/);
  });
});

describe("readNetwork", () => {
  it("takes built-ins by name and size", () => {
    expect(readNetwork("resnet8").name).toBe("resnet8");
    expect(readNetwork("resnet18@64x32")).toEqual(withInputSize(readNetwork("resnet18"), 64, 32));
  });

  it("answers everything else", () => {
    expect(failure(() => readNetwork("resnet19")).message).toMatch(/did you mean "resnet18"/);
    expect(failure(() => readNetwork("net.caffe")).message).toMatch(
      /accepted: a file ending in \.onnx, \.tflite, \.csv, \.json/,
    );
    expect(failure(() => readNetwork("nowhere.onnx")).message).toBe("nowhere.onnx: there is no such file");
    expect(failure(() => readNetwork("resnet18@0x5")).message).toMatch(/0/);
  });
});
