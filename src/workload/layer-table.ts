/**
 * The table form of a network: one object a layer with defaults left out, shapes computed; built-ins are written in it.
 * Inputs: parsed JSON with `"format": "wordline-layers"`. Invariants: every problem is reported with its path; the
 * network returned has passed `checkNetwork`.
 */
import { nearestName, UserError } from "../base/index.js";
import { type LayerOptions, NetworkBuilder, type Padding, type Pair, type WeightOptions } from "./builder.js";
import { Fields, Report, show } from "./fields.js";
import { activations, type LayerOp, layerOps, type Network, type Shape } from "./network.js";

/** The value of `format` in a table file. */
export const layerTableFormat = "wordline-layers";

const size = { min: 1, max: 2 ** 31 - 1, integer: true };

/**
 * Reads the table form. Fields of a layer: `name`, `op`, `from` (name or list; `input` is the network's input), and by
 * operation `channels`, `kernel` (number, [height, width] or "global"), `stride`, `dilation`, `padding` (number,
 * [top, bottom, left, right] or "same"), `groups` (number or "depthwise"), `bias` (default true), `weightBits`,
 * `countIncludePad`, `activation`, `min`, `max`, `bits`. Outputs are the layers nobody reads.
 */
export function readLayerTable(value: unknown, file?: string): Network {
  const report = new Report(file);
  const top = new Fields(value, "", report);
  top.word("format", [layerTableFormat]);
  top.number("version", { min: 1, max: 1, integer: true });
  const name = top.text("name");
  const source = top.has("source") ? top.text("source") : undefined;
  const builder = new NetworkBuilder(name, source);
  const input = top.object("input");
  const shape = {
    height: input.number("height", size),
    width: input.number("width", size),
    channels: input.number("channels", size),
  };
  const rows = top.list("layers");
  const bits = readBits(input);
  input.finish();
  top.finish();
  report.throwIfAny();
  const table = new Table(builder, report);
  table.known.set("input", builder.input("input", shape, bits));
  rows.forEach((row, index) => {
    table.add(new Fields(row, `layers[${index}]`, report));
  });
  report.throwIfAny();
  for (const [layer, tensor] of table.known) if (layer !== "input" && !table.read.has(layer)) builder.output(tensor);
  return builder.build();
}

function readBits(fields: Fields): { bits?: number } {
  const bits = fields.optionalNumber("bits", { min: 1, max: 64, integer: true });
  return bits === undefined ? {} : { bits };
}

class Table {
  readonly known = new Map<string, number>();
  readonly read = new Set<string>();
  private readonly named = new Set<string>(["input"]);

  constructor(
    private readonly builder: NetworkBuilder,
    private readonly report: Report,
  ) {}

  add(row: Fields): void {
    const before = this.report.problems.length;
    const name = row.text("name");
    if (this.named.has(name)) row.wrong("name", "a name no other layer has");
    this.named.add(name);
    const op = row.word<LayerOp>("op", layerOps);
    const from = this.sources(row);
    const activation = row.word("activation", activations, "none");
    const min = row.optionalNumber("min");
    const max = row.optionalNumber("max");
    const clip = { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
    const common = { name, activation, output: readBits(row), ...(activation === "clip" ? { clip } : {}) };
    const build = this.operation(op, row, from, common);
    row.finish();
    // A row whose source was wrong already has been reported there.
    if (this.report.problems.length > before || from.some((id) => id < 0)) return;
    try {
      this.known.set(name, build());
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      for (const problem of error.problems) this.report.add(problem.code, row.path, problem.message, { seen: name });
    }
  }

  /** Tensor ids of the sources; −1 for a layer that is known but could not be built. */
  private sources(row: Fields): number[] {
    const value = row.raw("from");
    const list = typeof value === "string" ? [value] : value;
    if (!Array.isArray(list) || list.length === 0) {
      row.wrong("from", "a layer name, a list of layer names, or input");
      return [-1];
    }
    return list.map((source) => {
      if (typeof source === "string" && this.named.has(source)) {
        this.read.add(source);
        return this.known.get(source) ?? -1;
      }
      const nearest = typeof source === "string" ? nearestName(source, this.named) : undefined;
      const rest = {
        seen: show(source),
        accepted: "a layer above or input",
        ...(nearest === undefined ? {} : { nearest }),
      };
      this.report.add("network-tensor", row.at("from"), "no such layer stands above", rest);
      return -1;
    });
  }

  private operation(op: LayerOp, row: Fields, from: number[], common: LayerOptions): () => number {
    const input = from[0]!;
    const wanted = op === "add" || op === "mul" ? 2 : op === "concat" ? from.length : 1;
    if (from.length !== wanted) row.wrong("from", `${wanted} source(s)`);
    const { builder } = this;
    switch (op) {
      case "conv": {
        const depthwise = row.raw("groups") === "depthwise";
        const groups = depthwise ? "depthwise" : row.has("groups") ? row.number("groups", size) : 1;
        const window = this.window(row, input);
        const channels = depthwise && !row.has("channels") ? this.shape(input).channels : row.number("channels", size);
        const options = { ...common, ...window, groups, ...weightFields(row, channels) } as const;
        return () => builder.conv(input, options);
      }
      case "fc": {
        const options = { ...common, ...weightFields(row, row.number("channels", size)) };
        return () => builder.fc(input, options);
      }
      case "add":
        return () => builder.sum(from[0]!, from[1]!, common);
      case "mul":
        return () => builder.product(from[0]!, from[1]!, common);
      case "concat":
        return () => builder.concat(from, common);
      case "maxpool": {
        const options = { ...common, ...this.window(row, input) };
        return () => builder.maxpool(input, options);
      }
      case "avgpool": {
        const options = { ...common, ...this.window(row, input), countIncludePad: row.flag("countIncludePad", false) };
        return () => builder.avgpool(input, options);
      }
      case "activation":
        return () => builder.activation(input, { ...common, activation: common.activation ?? "none" });
    }
  }

  private shape(tensor: number): Shape {
    return tensor < 0 ? { height: 1, width: 1, channels: 1 } : this.builder.shape(tensor);
  }

  private window(row: Fields, input: number): { kernel: Pair; stride: Pair; dilation: Pair; padding: Padding } {
    if (row.raw("kernel") === "global") {
      const { height, width } = this.shape(input);
      return { kernel: [height, width], stride: [height, width], dilation: 1, padding: 0 };
    }
    return {
      kernel: pairField(row, "kernel"),
      stride: pairField(row, "stride", 1),
      dilation: pairField(row, "dilation", 1),
      padding: paddingField(row),
    };
  }
}

function weightFields(row: Fields, channels: number): WeightOptions {
  const weightBits = row.optionalNumber("weightBits", { min: 1, max: 64, integer: true });
  return { channels, bias: row.flag("bias", true), ...(weightBits === undefined ? {} : { weightBits }) };
}

function pairField(row: Fields, name: string, fallback?: number): Pair {
  const value = row.raw(name);
  if (value === undefined && fallback !== undefined) return fallback;
  if (Array.isArray(value)) return row.numbers(name, size, 2) as unknown as Pair;
  return row.number(name, size);
}

function paddingField(row: Fields): Padding {
  const value = row.raw("padding");
  const range = { ...size, min: 0 };
  if (value === undefined || value === "same") return value ?? 0;
  if (Array.isArray(value)) return row.numbers("padding", range, 4) as unknown as Padding;
  return row.number("padding", range);
}
