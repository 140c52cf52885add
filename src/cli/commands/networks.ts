/** `wordline networks`: the networks there are, or one of them layer by layer. */
import type { NetworkResult, NetworksResult } from "../../results/index.js";
import {
  layerTotals,
  listNetworks,
  type Network,
  networkDigest,
  networkTotals,
  readNetwork,
  shapeOf,
} from "../../workload/index.js";
import { jsonText } from "../files.js";
import { formatCount } from "../numbers.js";
import { heading, type Style, styleOf } from "../report/style.js";
import { table } from "../report/table.js";
import { type AddCommand, JSON_OPTION } from "./command.js";

/** Adds `networks`. */
export const addNetworks: AddCommand = (program, terminal) => {
  program
    .command("networks")
    .summary("list the built-in networks, or print one")
    .description("Lists the networks that come with Wordline, or prints one (or a file of yours) layer by layer.")
    .argument("[network]", "a name from the list, or a file: .onnx, .csv, .json")
    .option(...JSON_OPTION)
    .addHelpText(
      "after",
      "\nExamples:\n  wordline networks\n  wordline networks resnet18@64x64\n  wordline networks model.onnx",
    )
    .action((name: string | undefined, options: { json?: boolean }) => {
      const style = styleOf(terminal.colors);
      if (name === undefined) {
        const result: NetworksResult = { kind: "networks", format: 1, networks: listNetworks().map(rowOf) };
        terminal.out(options.json ? jsonText(result) : listText(result, style));
      } else {
        const result = networkResult(readNetwork(name, { weights: false }));
        terminal.out(options.json ? jsonText(result) : networkText(result, style));
      }
    });
};

function rowOf(name: string): NetworksResult["networks"][number] {
  const network = readNetwork(name);
  return { name, input: network.inputs.map((tensor) => shapeText(network, tensor)).join(", "), ...totalsOf(network) };
}

function totalsOf(network: Network): NetworkResult["totals"] {
  const { layers, macLayers, parameters, weights, macs } = networkTotals(network);
  return { layers, macLayers, parameters, weights, macs };
}

function shapeText(network: Network, tensor: number): string {
  const { height, width, channels } = shapeOf(network, tensor);
  return `${height} × ${width} × ${channels}`;
}

function networkResult(network: Network): NetworkResult {
  return {
    kind: "network",
    format: 1,
    name: network.name,
    source: network.source ?? null,
    digest: networkDigest(network),
    totals: totalsOf(network),
    layers: network.layers.map((layer) => {
      const { weights, macs } = layerTotals(network, layer);
      return {
        name: layer.name,
        op: layer.op,
        inputs: layer.inputs.map((tensor) => network.tensors[tensor]!.name),
        output: shapeText(network, layer.output),
        weights,
        macs,
      };
    }),
  };
}

const RIGHT = { align: "right" } as const;

function listText({ networks }: NetworksResult, style: Style): string {
  const rows = networks.map(({ name, input, layers, macLayers, parameters, macs }) => [
    style.bold(name),
    input,
    formatCount(layers),
    formatCount(macLayers),
    formatCount(parameters),
    formatCount(macs),
  ]);
  const columns = [
    { title: "network" },
    { title: "input" },
    { title: "layers", ...RIGHT },
    { title: "with weights", ...RIGHT },
    { title: "parameters", ...RIGHT },
    { title: "MACs a sample", ...RIGHT },
  ];
  return `${table(columns, rows)}\n  NAME@64x64 is the same network for another input; a file may be .onnx, .csv or .json\n`;
}

function networkText(result: NetworkResult, style: Style): string {
  const { totals } = result;
  const rows = result.layers.map(({ name, op, inputs, output, weights, macs }) => [
    name,
    op,
    inputs.join(", "),
    output,
    weights === 0 ? "" : formatCount(weights),
    macs === 0 ? "" : formatCount(macs),
  ]);
  return [
    `${style.bold(result.name)}  ${formatCount(totals.parameters)} parameters, ${formatCount(totals.macs)} MACs a sample, digest ${result.digest}\n`,
    result.source === null ? "" : style.dim(`${result.source}\n`),
    heading(style, "Layers"),
    table(
      [
        { title: "layer" },
        { title: "kind" },
        { title: "reads" },
        { title: "makes" },
        { title: "weights", ...RIGHT },
        { title: "MACs", ...RIGHT },
      ],
      rows,
    ),
  ].join("");
}
