import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/index.js";
import {
  layerTotals,
  listNetworks,
  loadBuiltin,
  matrixOf,
  networkTotals,
  readNetworkCsv,
} from "../../src/workload/index.js";

function problems(text: string): string[] {
  try {
    readNetworkCsv(text, { file: "net.csv" });
  } catch (error) {
    if (error instanceof UserError) return error.message.split("\n");
    throw error;
  }
  throw new Error("nothing was refused");
}

const header = "idx,name,op,groups,K,C,OX,OY,FX,FY,SX,SY,PXl,PXr,PYt,PYb,IX,IY,weights,bias,macs,act,inputs";
const rows = [
  "0,stem,conv,1,8,3,4,5,3,3,2,2,1,1,1,1,8,10,216,8,4320,relu,input",
  "1,left,dwconv,8,8,8,4,5,3,3,1,1,1,1,1,1,4,5,72,8,1440,silu,0",
  "2,sum,add,1,8,8,4,5,1,1,1,1,0,0,0,0,4,5,0,0,0,none,0|1",
  "3,pool,avgpool,8,8,8,1,1,4,5,4,5,0,0,0,0,4,5,0,0,0,none,2",
  "4,fc,fc,1,10,8,1,1,1,1,1,1,0,0,0,0,1,1,80,0,80,none,3",
];
const table = (...lines: string[]) => [header, ...lines].join("\n");

describe("layer tables", () => {
  it("become networks with real edges", () => {
    const network = readNetworkCsv(table(...rows), { name: "small" });
    expect(network.layers.map(({ op, activation, inputs }) => [op, activation, inputs])).toEqual([
      ["conv", "relu", [0]],
      ["conv", "swish", [1]],
      ["add", "none", [1, 2]],
      ["avgpool", "none", [3]],
      ["fc", "none", [4]],
    ]);
    expect(networkTotals(network)).toMatchObject({ weights: 368, biases: 16, macs: 5840, depthwiseLayers: 1 });
  });

  it("without inputs are a chain", () => {
    const cut = (line: string) => line.split(",").slice(0, -1).join(",");
    const network = readNetworkCsv([cut(header), cut(rows[0]!), cut(rows[1]!)].join("\r\n"));
    expect(network.layers.map(({ inputs }) => inputs)).toEqual([[0], [1]]);
    expect(network.outputs).toEqual([2]);
  });

  it("report every problem with line and column", () => {
    const found = problems(
      table(
        rows[0]!.replace("conv,1,8", "cnov,1,x"),
        rows[1]!.replace("silu", "siluu").replace(/0$/, "7"),
        `${rows[2]!},more`,
      ),
    );
    expect(found).toEqual([
      expect.stringMatching(/^net\.csv:2 op: has a wrong value; saw "cnov"; .*did you mean "conv"\?$/),
      expect.stringMatching(/^net\.csv:2 K: has a wrong value; saw "x"; accepted: an integer from 1$/),
      expect.stringMatching(/^net\.csv:3 act: has a wrong value; saw "siluu"; .*did you mean "silu"\?$/),
      expect.stringMatching(/^net\.csv:3 inputs: no row above has this idx; saw "7"/),
      expect.stringMatching(/^net\.csv:4: has 24 cells, the header has 23 columns$/),
    ]);
  });

  it("check derived columns against the layer", () => {
    expect(problems(table(rows[0]!.replace("4320", "4321").replace(",4,5,", ",4,6,")))).toEqual([
      "net.csv:2 OY: does not fit the layer; saw 6; accepted: 5",
      "net.csv:2 macs: does not fit the layer; saw 4321; accepted: 4320",
    ]);
  });

  it("name missing and unknown columns", () => {
    const found = problems(table(...rows).replace("SX", "SXX"));
    expect(found[0]).toMatch(/^net\.csv:1: unknown column; saw "SXX"; .*did you mean "SX"\?$/);
    expect(found[1]).toBe("net.csv:1 SX: the column is missing");
    expect(problems("")).toEqual([expect.stringMatching(/the file is empty/)]);
    expect(problems(header)).toEqual([expect.stringMatching(/no layers/)]);
  });
});

const topology = `Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,
Conv1,  224,  224,  7,  7,    3,   64,  2,
Conv1,   58,   58,  3,  3,   64,   64,  1,
Down,    56,   56,  1,  1,   64,  128,  2,
`;

describe("SCALE-Sim topologies", () => {
  it("are layers without edges", () => {
    const network = readNetworkCsv(topology);
    expect(network.layers.map(({ name }) => name)).toEqual(["Conv1", "Conv1#2", "Down"]);
    expect(network.inputs).toHaveLength(3);
    expect(network.outputs).toHaveLength(3);
    // ceil((224 − 7 + 2) / 2) = 110, (58 − 3 + 1) / 1 = 56, ceil((56 − 1 + 2) / 2) = 29.
    expect(network.layers.map((layer) => network.tensors[layer.output]!.shape.height)).toEqual([110, 56, 29]);
    expect(layerTotals(network, network.layers[1]!)).toMatchObject({ weights: 36_864, biases: 0, macs: 115_605_504 });
  });

  it("of matrix products have M windows of K inputs and N outputs", () => {
    const network = readNetworkCsv("Layer,M,N,K,\nQKV,  128, 2304, 768,\nOut,128,768,768,\n");
    expect(network.layers.map((layer) => matrixOf(network, layer))).toEqual([
      { rows: 768, cols: 2304, groups: 1, windows: 128 },
      { rows: 768, cols: 768, groups: 1, windows: 128 },
    ]);
  });

  it("report every problem with line and column", () => {
    expect(problems(topology.replace("58,   58,  3", "2,   58,  3").replace("128,  2", "a lot,  0"))).toEqual([
      "net.csv:3 Filter Height: 3 is more than the input's height 2",
      'net.csv:4 Num Filter: has a wrong value; saw "a lot"; accepted: an integer from 1',
      'net.csv:4 Strides: has a wrong value; saw "0"; accepted: an integer from 1',
    ]);
    expect(problems("Layer,M,N,KK,\nx,1,2,3,")[0]).toMatch(/unknown column; saw "KK"; .*did you mean "K"/);
  });
});

const folder = new URL("../../../shared/reference/networks/", import.meta.url);

describe.skipIf(!existsSync(folder))("the reference tables", () => {
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(".csv")) : [];

  it.each(files)("%s is read, and equals the built-in of its name", (file) => {
    const name = file.slice(0, -".csv".length);
    const network = readNetworkCsv(readFileSync(new URL(file, folder), "utf8"), { name, file });
    expect(network.layers.length).toBeGreaterThan(5);
    if (!listNetworks().includes(name)) return;
    const builtin = loadBuiltin(name);
    expect(networkTotals(network)).toEqual(networkTotals(builtin));
    expect(network.tensors.map(({ shape }) => shape)).toEqual(builtin.tensors.map(({ shape }) => shape));
  });
});
