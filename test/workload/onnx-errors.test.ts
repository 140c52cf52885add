import { existsSync, readFileSync } from "node:fs";
import { alea } from "seedrandom";
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/index.js";
import { checkNetwork, readOnnx } from "../../src/workload/index.js";
import { type GraphSpec, numbers, writeOnnx } from "./onnx-writer.js";

const small: GraphSpec = {
  inputs: [{ name: "x", dims: ["N", 2, 4, 4] }],
  outputs: ["y"],
  nodes: [
    { op: "Conv", name: "first", inputs: ["x", "w"], outputs: ["c"], attributes: { pads: [1, 1, 1, 1] } },
    { op: "Relu", name: "second", inputs: ["c"], outputs: ["r"] },
    {
      op: "MaxPool",
      name: "pool",
      inputs: ["r"],
      outputs: ["p"],
      attributes: { kernel_shape: [2, 2], strides: [2, 2] },
    },
    { op: "Flatten", name: "flat", inputs: ["p"], outputs: ["f"] },
    { op: "Gemm", name: "last", inputs: ["f", "v", "b"], outputs: ["y"], attributes: { transB: 1 } },
  ],
  constants: [
    { name: "w", dims: [3, 2, 3, 3], data: numbers(54) },
    { name: "v", dims: [5, 12], data: numbers(60) },
    { name: "b", dims: [5], data: numbers(5), typed: true },
  ],
};

function failure(graph: GraphSpec): UserError {
  try {
    readOnnx(writeOnnx(graph), { file: "net.onnx" });
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

const change = (edit: (graph: GraphSpec) => void): GraphSpec => {
  const copy = structuredClone(small);
  edit(copy);
  return copy;
};

describe("wrong ONNX files", () => {
  it("the file they are derived from is right", () => {
    expect(readOnnx(writeOnnx(small)).layers.map(({ name }) => name)).toEqual(["first", "pool", "last"]);
  });

  it("an unsupported operator is named with its node and the nearest supported one", () => {
    const { message } = failure(
      change(({ nodes }) => {
        nodes[1]!.op = "Rleu";
      }),
    );
    expect(message).toMatch(/^net\.onnx node "second" \(Rleu\): operator Rleu is not supported/);
    expect(message).toMatch(/accepted: Add, ArgMax,.*did you mean "Relu"\?/);
  });

  it("all problems are reported at once, without the ones that only follow", () => {
    const { problems } = failure(
      change(({ nodes, constants }) => {
        nodes[1]!.op = "Erf";
        constants![1]!.dims = [5, 13];
        nodes.push({ op: "Einsum", name: "extra", inputs: ["x"], outputs: ["z"] });
        nodes.push({ op: "Add", name: "sum", inputs: ["y", "z"], outputs: ["s"] });
        nodes.push({ op: "AveragePool", name: "bare", inputs: ["x"], outputs: ["t"] });
      }),
    );
    expect(problems.map(({ place }) => place?.field)).toEqual(['"v"', 'node "second" (Erf)']);
    const more = failure(
      change(({ nodes, outputs }) => {
        nodes[1]!.op = "Erf";
        outputs.push("s", "t");
        nodes.push({ op: "Einsum", name: "extra", inputs: ["x"], outputs: ["z"] });
        nodes.push({ op: "Add", name: "sum", inputs: ["y", "z"], outputs: ["s"] });
        nodes.push({ op: "AveragePool", name: "bare", inputs: ["x"], outputs: ["t"] });
      }),
    );
    expect(more.problems.map(({ place }) => place?.field)).toEqual([
      'node "second" (Erf)',
      'node "extra" (Einsum)',
      'node "bare" (AveragePool)',
    ]);
    expect(more.message).toMatch(/kernel_shape is missing/);
  });

  it("a cycle is named by its nodes, in the direction of the data", () => {
    const { message } = failure(
      change(({ nodes }) => {
        nodes[0]!.inputs[0] = "p";
      }),
    );
    expect(message).toMatch(/the nodes form a cycle: first -> second -> pool -> first/);
  });

  it("a name that nothing produces is offered the nearest", () => {
    const { message } = failure(
      change(({ nodes }) => {
        nodes[4]!.inputs[0] = "ff";
      }),
    );
    expect(message).toMatch(/last: reads "ff", which nothing produces; did you mean "f"\?/);
  });

  it.each([
    [
      "channels that do not fit",
      (g: GraphSpec) => (g.constants![0]!.dims = [3, 6, 3, 1]),
      /take 6 channels in 1 group\(s\), but its input has 2/,
    ],
    [
      "a window that does not fit",
      (g: GraphSpec) => (g.nodes[2]!.attributes!["kernel_shape"] = [9, 9]),
      /9x9 window does not fit into 4x4/,
    ],
    [
      "a reshape that splits an axis",
      (g: GraphSpec) =>
        g.nodes.splice(1, 1, { op: "Reshape", name: "shuffle", inputs: ["c", "t"], outputs: ["r"] }) &&
        g.constants!.push({ name: "t", dims: [5], type: 7, data: [1, 3, 2, 2, 4] }),
      /shuffle.*\[1, 3, 4, 4\], laid out as \[1, channels, height, width\], into \[1, 3, 2, 2, 4\], which moves data or splits an axis/,
    ],
    [
      "rows that do not fit",
      (g: GraphSpec) => (g.constants![1]!.dims = [12, 5]),
      /weights have 5 rows, but its input is \[1, 12\]/,
    ],
    [
      "a symbolic extent",
      (g: GraphSpec) => (g.inputs[0]!.dims[2] = "height"),
      /input "x": dimension 2 of the input is symbolic; saw "height"/,
    ],
    [
      "a second output that is read",
      (g: GraphSpec) => g.nodes[2]!.outputs.push("where") && g.outputs.push("where"),
      /its output 2 \("where"\) is read by others/,
    ],
    ["no outputs", (g: GraphSpec) => (g.outputs = []), /the graph has no outputs/],
  ])("%s is refused with the numbers", (_name, edit, message) => {
    expect(
      failure(
        change((graph) => {
          edit(graph);
        }),
      ).message,
    ).toMatch(message);
  });

  it("a symbolic extent may be given by name", () => {
    const graph = change(({ inputs }) => {
      inputs[0]!.dims = ["N", 2, "h", "w"];
    });
    const network = readOnnx(writeOnnx(graph), { dimensions: { h: 4, w: 4 } });
    expect(network.tensors[0]!.shape).toEqual({ height: 4, width: 4, channels: 2 });
  });

  it("bytes that are no ONNX file give one message with an offset", () => {
    const message = (bytes: Uint8Array) => {
      try {
        readOnnx(bytes, { file: "net.onnx" });
      } catch (error) {
        if (error instanceof UserError) return error.message;
        throw error;
      }
      return "";
    };
    expect(message(new Uint8Array(0))).toMatch(/net\.onnx: is not an ONNX model: no graph in its 0 bytes/);
    expect(message(new TextEncoder().encode("hello, this is text"))).toMatch(
      /is not an ONNX file, or is damaged \(.* at byte \d+ of 19\)/,
    );
    const bytes = writeOnnx(small);
    expect(message(bytes.subarray(0, 400))).toMatch(
      /is not an ONNX file, or is damaged \(.* announced, .* left at byte \d+ of 400\)/,
    );
  });
});

const folder = new URL("../../../shared/models/", import.meta.url);
const files = ["resnet18.onnx", "ds_cnn.onnx", "mobilenetv2.onnx"].filter((name) => existsSync(new URL(name, folder)));

/** Reads damaged bytes: a sound network or a UserError, never anything else. */
function survive(bytes: Uint8Array): void {
  try {
    checkNetwork(readOnnx(bytes));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
  }
}

describe.each(["a small file", ...files])("damage to %s", (name) => {
  const original = name === "a small file" ? writeOnnx(small) : readFileSync(new URL(name, folder));
  const rounds = name === "a small file" ? 3000 : 150;

  it("by cutting it off gives a UserError or a network", () => {
    const random = alea(`cut ${name}`);
    for (let round = 0; round < rounds; round++) survive(original.subarray(0, Math.floor(random() * original.length)));
  });

  it("by flipping bits gives a UserError or a network", () => {
    const random = alea(`flip ${name}`);
    for (let round = 0; round < rounds; round++) {
      const bytes = Uint8Array.from(original);
      const flips = 1 + Math.floor(random() * 4);
      for (let flip = 0; flip < flips; flip++) {
        const at = Math.floor(random() * bytes.length);
        bytes[at] = bytes[at]! ^ (1 << Math.floor(random() * 8));
      }
      survive(bytes);
    }
  });
});
