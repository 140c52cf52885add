/**
 * The layer table as CSV: one row a layer with its extents, window, activation and producers.
 * Inputs: header `idx,name,op,groups,K,C,…,act,inputs`. Invariants: derived columns (output extents, weights, MACs) are
 * checked against what the layer computes; a table without `inputs` is a chain; a pool's OX, OY may be rounded up.
 */
import { nearestName } from "../../base/index.js";
import { NetworkBuilder, padToCeil } from "../builder.js";
import { type Activation, activations, elementsOf, type Network } from "../network.js";
import { windowExtents } from "../shapes.js";
import { layerTotals } from "../totals.js";
import { type CsvRow, CsvTable } from "./table.js";

const required = ["op", "K", "C", "FX", "FY", "SX", "SY", "PXl", "PXr", "PYt", "PYb", "IX", "IY"];
const derived = ["C_per_group", "OX", "OY", "weights", "macs", "in_elems", "out_elems"];
const known = ["idx", "name", "groups", "bias", "act", "inputs", ...required, ...derived];
const operations = ["conv", "dwconv", "fc", "add", "mul", "concat", "maxpool", "avgpool"];

/** Reads the rows of a layer table. */
export function readLayerCsv(header: CsvRow, rows: readonly CsvRow[], name: string, file?: string): Network {
  const table = new CsvTable(header, known, required, file);
  table.throwIfAny();
  const reading = new Reading(table, new NetworkBuilder(name));
  for (const row of rows) reading.add(row);
  table.throwIfAny();
  return reading.finish();
}

interface PoolOptions {
  kernel: readonly [number, number];
  stride: readonly [number, number];
  padding: readonly [number, number, number, number];
}

class Reading {
  /** Output tensors by row: −1 where the row could not be built. */
  private readonly outputs: number[] = [];
  private readonly indexOf = new Map<string, number>();
  private readonly read = new Set<number>();
  private readonly names = new Set<string>();
  private input: number | undefined;

  constructor(
    private readonly table: CsvTable,
    private readonly builder: NetworkBuilder,
  ) {}

  add(row: CsvRow): void {
    const { table } = this;
    const before = table.problems.length;
    table.checkWidth(row);
    const position = this.outputs.length;
    const op = this.word(row, "op", operations);
    const act = table.text(row, "act").toLowerCase() || "none";
    const activation = act === "silu" ? "swish" : this.word(row, "act", [...activations, "silu"], act);
    const name = table.text(row, "name") || `${op}${position}`;
    if (this.names.has(name)) table.report(row.line, "name", "csv-value", "two layers have this name", { seen: name });
    this.names.add(name);
    const sources = this.sources(row, position);
    const build = this.operation(row, op, name, activation as Activation, sources);
    const sound = table.problems.length === before && sources.every((source) => source >= 0);
    const tensor = sound ? table.guard(row, build) : undefined;
    this.indexOf.set(table.has("idx") ? table.text(row, "idx") : String(position), position);
    // Behind a row whose numbers contradict each other nothing can be judged.
    this.outputs.push(tensor !== undefined && this.checkDerived(row, op, tensor) ? tensor : -1);
  }

  finish(): Network {
    for (const [position, tensor] of this.outputs.entries()) if (!this.read.has(position)) this.builder.output(tensor);
    return this.builder.build();
  }

  private word(row: CsvRow, column: string, words: readonly string[], text = this.table.text(row, column)): string {
    if (words.includes(text)) return text;
    const nearest = nearestName(text, words);
    const rest = { seen: `"${text}"`, accepted: words.join(", "), ...(nearest === undefined ? {} : { nearest }) };
    this.table.report(row.line, column, "csv-value", "has a wrong value", rest);
    return words[0]!;
  }

  private sources(row: CsvRow, position: number): number[] {
    const { table } = this;
    const chain = position === 0 ? "input" : "";
    const cells = table.has("inputs") ? table.text(row, "inputs").split("|") : [chain];
    return cells.map((cell) => {
      const text = cell.trim();
      if (text === "input") return this.networkInput(row);
      const source = table.has("inputs") ? this.indexOf.get(text) : position - 1;
      if (source === undefined) {
        table.report(row.line, "inputs", "csv-value", "no row above has this idx", {
          seen: `"${text}"`,
          accepted: "the idx of a row above, or input",
        });
        return -1;
      }
      this.read.add(source);
      return this.outputs[source]!;
    });
  }

  /** The network's input, made by the first row that reads it. */
  private networkInput(row: CsvRow): number {
    const [height, width] = [this.table.integer(row, "IY", 1), this.table.integer(row, "IX", 1)];
    const channels = this.table.integer(row, "C", 1);
    this.input ??= this.table.guard(row, () => this.builder.input("input", { height, width, channels }));
    return this.input ?? -1;
  }

  private operation(
    row: CsvRow,
    op: string,
    name: string,
    activation: Activation,
    sources: readonly number[],
  ): () => number {
    const { table, builder } = this;
    const at = (column: string, min: number) => table.integer(row, column, min);
    const common = { name, activation };
    const first = sources[0]!;
    const weighted = () => ({ channels: at("K", 1), bias: table.has("bias") ? at("bias", 0) > 0 : true });
    const window = () => ({
      kernel: [at("FY", 1), at("FX", 1)] as const,
      stride: [at("SY", 1), at("SX", 1)] as const,
      padding: [at("PYt", 0), at("PYb", 0), at("PXl", 0), at("PXr", 0)] as const,
    });
    const wanted = op === "add" || op === "mul" ? 2 : op === "concat" ? sources.length : 1;
    if (sources.length !== wanted)
      table.report(row.line, "inputs", "csv-value", `${op} has ${sources.length} inputs`, { accepted: String(wanted) });
    switch (op) {
      case "conv":
      case "dwconv": {
        const groups = table.has("groups") ? at("groups", 1) : op === "dwconv" ? at("C", 1) : 1;
        const options = { ...common, ...window(), ...weighted(), groups };
        return () => builder.conv(first, options);
      }
      case "fc": {
        const options = { ...common, ...weighted() };
        return () => builder.fc(first, options);
      }
      case "add":
        return () => builder.sum(first, sources[1]!, common);
      case "mul":
        return () => builder.product(first, sources[1]!, common);
      case "concat":
        return () => builder.concat(sources, common);
      case "maxpool": {
        const options = { ...common, ...window() };
        return () => builder.maxpool(first, this.rounded(row, options, first));
      }
      default: {
        const options = { ...common, ...window() };
        return () => builder.avgpool(first, this.rounded(row, options, first));
      }
    }
  }

  /** A pool whose OX and OY are rounded up gets the padding at the end that makes them so. */
  private rounded<T extends PoolOptions>(row: CsvRow, options: T, input: number): T {
    const [kernelHeight, kernelWidth] = options.kernel;
    const [strideY, strideX] = options.stride;
    const [padTop, padBottom, padLeft, padRight] = options.padding;
    const window = { kernelHeight, kernelWidth, strideY, strideX, dilationY: 1, dilationX: 1 };
    const shape = this.builder.shape(input);
    const ceiled = padToCeil({ ...window, padTop, padBottom, padLeft, padRight }, shape);
    const { height, width } = windowExtents(ceiled, shape);
    const said = (column: string, extent: number) => this.table.text(row, column) === String(extent);
    if (!said("OY", height) || !said("OX", width)) return options;
    return { ...options, padding: [padTop, ceiled.padBottom, padLeft, ceiled.padRight] as const };
  }

  /** Compares what the row says about its result and its input with what the layer has; false when they differ. */
  private checkDerived(row: CsvRow, op: string, tensor: number): boolean {
    const { table, builder } = this;
    const { network, layer } = builder.peek(tensor);
    const output = builder.shape(tensor);
    const input = builder.shape(layer.inputs[0]!);
    const totals = layerTotals(network, layer);
    const expected: Record<string, number> = {
      K: output.channels,
      OX: output.width,
      OY: output.height,
      weights: totals.weights,
      macs: totals.macs,
      out_elems: elementsOf(output),
      in_elems: layer.inputs.reduce((sum, id) => sum + elementsOf(builder.shape(id)), 0),
      C: op === "fc" ? elementsOf(input) : op === "concat" ? output.channels : input.channels,
      ...(op === "fc" ? {} : { IX: input.width, IY: input.height }),
    };
    const before = table.problems.length;
    for (const [column, value] of Object.entries(expected)) {
      const text = table.text(row, column);
      if (text !== "" && Number(text) !== value)
        table.report(row.line, column, "csv-value", "does not fit the layer", { seen: text, accepted: String(value) });
    }
    return table.problems.length === before;
  }
}
