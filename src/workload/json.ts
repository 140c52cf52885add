/**
 * The text form of a network: JSON with every tensor and layer spelled out, weights as base64.
 * Inputs: a network, or text. Invariants: reading what was written gives an equal network; every problem of a file is
 * reported at once; the table form (`layer-table.ts`) is read here too.
 */
import { digestValue } from "../base/index.js";
import { checkNetwork } from "./check.js";
import { Fields, parseJson, Report } from "./fields.js";
import { layerTableFormat, readLayerTable } from "./layer-table.js";
import {
  type AvgPoolLayer,
  activations,
  type Bias,
  type Coefficients,
  type ConvLayer,
  isMacLayer,
  type Layer,
  type LayerBase,
  layerOps,
  type Network,
  type Tensor,
  type WeightData,
  type Weighted,
  type Window,
} from "./network.js";

/** The value of `format` in a network file. */
export const networkFormat = "wordline-network";

/** Writes a network as JSON text, one layer a line; `weights: false` leaves the numbers out. */
export function writeNetworkJson(network: Network, options: { weights?: boolean } = {}): string {
  const kept = options.weights === false ? withoutWeights(network) : network;
  const line = (value: unknown) => `    ${JSON.stringify(value, encodeNumbers)}`;
  const lines = [
    `  "format": ${JSON.stringify(networkFormat)}`,
    `  "version": 1`,
    `  "name": ${JSON.stringify(kept.name)}`,
    ...(kept.source === undefined ? [] : [`  "source": ${JSON.stringify(kept.source)}`]),
    ...(kept.requantisation === undefined ? [] : [`  "requantisation": ${JSON.stringify(kept.requantisation)}`]),
    `  "inputs": ${JSON.stringify(kept.inputs)}`,
    `  "outputs": ${JSON.stringify(kept.outputs)}`,
    `  "tensors": [\n${kept.tensors.map(line).join(",\n")}\n  ]`,
    `  "layers": [\n${kept.layers.map(line).join(",\n")}\n  ]`,
  ];
  return `{\n${lines.join(",\n")}\n}\n`;
}

/** Reads a network from JSON text, in the full or the table form; throws a UserError with every problem. */
export function readNetworkJson(text: string, file?: string): Network {
  const value = parseJson(text, file);
  if ((value as { format?: unknown } | null)?.format === layerTableFormat) return readLayerTable(value, file);
  const report = new Report(file);
  const top = new Fields(value, "", report);
  top.word("format", [networkFormat, layerTableFormat]);
  top.number("version", { min: 1, max: 1, integer: true });
  const network: Network = {
    name: top.text("name"),
    ...(top.has("source") ? { source: top.text("source") } : {}),
    ...(top.has("requantisation") ? { requantisation: top.word("requantisation", ["float"]) } : {}),
    tensors: top.list("tensors").map((item, index) => readTensor(new Fields(item, `tensors[${index}]`, report))),
    layers: top.list("layers").map((item, index) => readLayer(new Fields(item, `layers[${index}]`, report))),
    inputs: top.numbers("inputs", count),
    outputs: top.numbers("outputs", count),
  };
  top.finish();
  report.throwIfAny();
  return checkNetwork(network, file);
}

/** The digest of a network's structure: everything but the numbers of its weights and its `source`. */
export function networkDigest(network: Network): string {
  const { source: _, ...rest } = withoutWeights(network);
  return digestValue(rest);
}

/** A copy of a network without the numbers of weights and biases; bit widths and the presence of biases stay. */
export function withoutWeights(network: Network): Network {
  const layers = network.layers.map((layer): Layer => {
    if (!isMacLayer(layer)) return layer;
    const { weights: _, bias, ...rest } = layer;
    if (bias === undefined) return rest;
    return { ...rest, bias: bias.bits === undefined ? {} : { bits: bias.bits } };
  });
  return { ...network, layers };
}

const count = { min: 0, max: 2 ** 31 - 1, integer: true };
const bits = { min: 1, max: 64, integer: true };

function readTensor(fields: Fields): Tensor {
  const shape = fields.object("shape");
  const width = fields.optionalNumber("bits", bits);
  const tensor: Tensor = {
    id: fields.number("id", count),
    name: fields.text("name"),
    shape: {
      height: shape.number("height", { ...count, min: 1 }),
      width: shape.number("width", { ...count, min: 1 }),
      channels: shape.number("channels", { ...count, min: 1 }),
    },
    ...(width === undefined ? {} : { bits: width }),
    ...(fields.has("signed") ? { signed: fields.flag("signed", true) } : {}),
  };
  shape.finish();
  if (fields.has("quantization")) {
    const inner = fields.object("quantization");
    tensor.quantization = { scale: inner.number("scale"), zeroPoint: inner.number("zeroPoint", { integer: true }) };
    inner.finish();
  }
  fields.finish();
  return tensor;
}

function readLayer(fields: Fields): Layer {
  const base: LayerBase = {
    id: fields.number("id", count),
    name: fields.text("name"),
    inputs: fields.numbers("inputs", count),
    output: fields.number("output", count),
    activation: fields.word("activation", activations, "none"),
  };
  const op = fields.word("op", layerOps);
  if (fields.has("clip")) base.clip = readClip(fields.object("clip"));
  if (fields.has("coefficients")) base.coefficients = readCoefficients(fields.object("coefficients"));
  const layer = readOperation(op, base, fields);
  fields.finish();
  return layer;
}

function readOperation(op: Layer["op"], base: LayerBase, fields: Fields): Layer {
  switch (op) {
    case "conv":
      return {
        ...base,
        op,
        groups: fields.number("groups", { ...count, min: 1 }),
        ...readWindow(fields),
        ...readWeighted(fields),
      } satisfies ConvLayer;
    case "fc":
      return { ...base, op, ...readWeighted(fields) };
    case "maxpool":
      return { ...base, op, ...readWindow(fields) };
    case "avgpool":
      return {
        ...base,
        op,
        ...readWindow(fields),
        countIncludePad: fields.flag("countIncludePad", false),
        ...(fields.has("global") ? { global: fields.flag("global", false) } : {}),
      } satisfies AvgPoolLayer;
    default:
      return { ...base, op };
  }
}

function readClip(fields: Fields): { min?: number; max?: number } {
  const min = fields.optionalNumber("min");
  const max = fields.optionalNumber("max");
  fields.finish();
  return { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
}

function readCoefficients(fields: Fields): Coefficients {
  const numbers = ["alpha", "beta", "slopeScale"].filter((name) => fields.has(name));
  const coefficients = {
    ...Object.fromEntries(numbers.map((name) => [name, fields.number(name)])),
    ...numberLists(fields, ["slopes", "shifts"]),
  };
  fields.finish();
  return coefficients;
}

function readWindow(fields: Fields): Window {
  const positive = { ...count, min: 1 };
  return {
    kernelHeight: fields.number("kernelHeight", positive),
    kernelWidth: fields.number("kernelWidth", positive),
    strideY: fields.number("strideY", positive),
    strideX: fields.number("strideX", positive),
    dilationY: fields.number("dilationY", positive),
    dilationX: fields.number("dilationX", positive),
    padTop: fields.number("padTop", count),
    padBottom: fields.number("padBottom", count),
    padLeft: fields.number("padLeft", count),
    padRight: fields.number("padRight", count),
  };
}

function readWeighted(fields: Fields): Weighted {
  const width = fields.optionalNumber("weightBits", bits);
  const weighted: Weighted = {
    ...(width === undefined ? {} : { weightBits: width }),
    ...(fields.has("asymmetric") ? { asymmetric: fields.flag("asymmetric", false) } : {}),
  };
  if (fields.has("weights")) {
    const inner = fields.object("weights");
    const layout = inner.word("layout", ["KHWC"]);
    const data = decodeNumbers(inner, ["float32", "int8", "int32"]) as WeightData["data"];
    weighted.weights = { layout, data, ...numberLists(inner, ["scales", "zeroPoints"]) };
    inner.finish();
  }
  if (fields.has("bias")) {
    const inner = fields.object("bias");
    const biasBits = inner.optionalNumber("bits", bits);
    const bias: Bias = biasBits === undefined ? {} : { bits: biasBits };
    if (inner.has("data")) bias.data = decodeNumbers(inner, ["float32", "int32"]) as Float32Array | Int32Array;
    weighted.bias = { ...bias, ...numberLists(inner, ["scales"]) };
    inner.finish();
  }
  return weighted;
}

function numberLists(fields: Fields, names: readonly string[]): Record<string, number[]> {
  return Object.fromEntries(names.filter((name) => fields.has(name)).map((name) => [name, fields.numbers(name)]));
}

const arrayTypes = { float32: Float32Array, int8: Int8Array, int32: Int32Array } as const;

/** JSON replacer: typed arrays become { type, base64 } (little-endian, as on every machine Node runs on). */
function encodeNumbers(_key: string, value: unknown): unknown {
  for (const [type, array] of Object.entries(arrayTypes))
    if (value instanceof array)
      return { type, base64: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64") };
  return value;
}

function decodeNumbers(
  fields: Fields,
  types: readonly (keyof typeof arrayTypes)[],
): Float32Array | Int8Array | Int32Array {
  const inner = fields.object("data");
  const array = arrayTypes[inner.word("type", types)];
  const bytes = Buffer.from(inner.text("base64"), "base64");
  inner.finish();
  if (bytes.length % array.BYTES_PER_ELEMENT !== 0) {
    fields.wrong("data", `base64 of a multiple of ${array.BYTES_PER_ELEMENT} bytes`);
    return new array(0);
  }
  // A copy, because a Buffer's memory is pooled and may not be aligned.
  return new array(new Uint8Array(bytes).buffer);
}
