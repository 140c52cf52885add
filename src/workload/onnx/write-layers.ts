/**
 * One layer as ONNX nodes on integers: the QLinear operators, a Clip where the activation cuts inside the range, and
 * real-valued nodes between DequantizeLinear and QuantizeLinear where the activation is a curve.
 * Inputs: a layer and its integer parameters. Invariants: the last node writes the layer's tensor.
 */
import type { AvgPoolLayer, ConvLayer, FcLayer, Layer, MaxPoolLayer, Window } from "../network.js";
import {
  type LayerParameters,
  type MatrixParameters,
  preActivationRange,
  type TensorRange,
} from "../reference/index.js";
import { permute } from "./weights.js";
import type { GraphWriter } from "./write.js";
import { writeCurve } from "./write-curve.js";

const microsoft = "com.microsoft";

/** Adds the nodes of a layer. */
export function writeLayer(graph: GraphWriter, layer: Layer, own: LayerParameters): void {
  switch (layer.op) {
    case "conv":
      ending(graph, layer, own, (output) => writeConv(graph, layer, own as MatrixParameters, output));
      break;
    case "fc":
      ending(graph, layer, own, (output) => writeFc(graph, layer, own as MatrixParameters, output));
      break;
    case "add":
    case "mul":
      ending(graph, layer, own, ({ name, quantization }) =>
        graph.node({
          op: layer.op === "add" ? "QLinearAdd" : "QLinearMul",
          domain: microsoft,
          name: layer.name,
          inputs: [
            ...layer.inputs.flatMap((id) => [spatial(graph, id), ...graph.quantizationOf(id)]),
            ...quantization(),
          ],
          outputs: [name],
        }),
      );
      break;
    case "maxpool":
    case "avgpool":
      ending(graph, layer, own, ({ name, quantization }) => writePool(graph, layer, name, quantization));
      break;
    case "concat":
      graph.node({
        op: "QLinearConcat",
        domain: microsoft,
        name: layer.name,
        inputs: [
          ...graph.quantizationOf(layer.output),
          ...layer.inputs.flatMap((id) => [spatial(graph, id), ...graph.quantizationOf(id)]),
        ],
        outputs: [graph.nameOf(layer.output)],
        attributes: { axis: 1 },
      });
      break;
    case "activation": {
      const [input] = layer.inputs as [number];
      if (graph.isFlat(input)) graph.flatten(layer.output);
      writeCurve(graph, layer, graph.nameOf(input), graph.quantizationOf(input));
    }
  }
}

/** Where the main node of a layer writes to. */
interface Target {
  name: string;
  /** Scale and zero point, made where the node takes them. */
  quantization: () => [string, string];
}

/** The main node of a layer, then what its activation needs. */
function ending(graph: GraphWriter, layer: Layer, own: LayerParameters, main: (target: Target) => void): void {
  const tensor = graph.network.tensors[layer.output]!;
  const output = graph.nameOf(layer.output);
  if (!("output" in own)) return;
  const end = own.output;
  if (end.table !== undefined) {
    const signed = tensor.signed !== false;
    const low = signed ? -128 : 0;
    const range: TensorRange = { bits: 8, signed, ...tensor.quantization!, low, high: low + 255 };
    const before = preActivationRange(layer, range);
    const name = graph.unique(`${output}_sum`);
    const quantization = graph.quantization(name, before.scale, before.zeroPoint, true);
    main({ name, quantization: () => quantization });
    writeCurve(graph, layer, name, quantization);
    return;
  }
  const [low, high] = tensor.signed === false ? [0, 255] : [-128, 127];
  if (end.low === low && end.high === high) {
    main({ name: output, quantization: () => graph.quantizationOf(layer.output) });
    return;
  }
  const name = graph.unique(`${output}_unclipped`);
  main({ name, quantization: () => graph.quantizationOf(layer.output) });
  const bound = (kind: string, value: number) =>
    graph.constant(`${output}_${kind}`, [], tensor.signed === false ? Uint8Array.of(value) : Int8Array.of(value));
  const inputs = [name, bound("low", end.low), bound("high", end.high)];
  graph.node({ op: "Clip", name: `${layer.name}_clip`, inputs, outputs: [output] });
}

/** QLinearConv: input, weights and output with their scales, then the bias; weights are [K, C/groups, height, width]. */
function writeConv(graph: GraphWriter, layer: ConvLayer, own: MatrixParameters, { name, quantization }: Target): void {
  const [input] = layer.inputs as [number];
  const dims = [own.channels, layer.kernelHeight, layer.kernelWidth];
  const perGroup = own.rows / (layer.kernelHeight * layer.kernelWidth);
  const weights = permute(heldWeights(own), [...dims, perGroup], [0, 3, 1, 2]);
  graph.node({
    op: "QLinearConv",
    name: layer.name,
    inputs: [
      spatial(graph, input),
      ...graph.quantizationOf(input),
      graph.constant(`${layer.name}_weights`, [own.channels, perGroup, layer.kernelHeight, layer.kernelWidth], weights),
      ...weightScales(graph, layer, own),
      ...quantization(),
      graph.constant(`${layer.name}_bias`, [own.channels], Int32Array.from(own.bias)),
    ],
    outputs: [name],
    attributes: { ...windowAttributes(layer), group: layer.groups },
  });
}

/** QGemm over the flattened map; the rows of the weights are reordered to channels, height, width. */
function writeFc(graph: GraphWriter, layer: FcLayer, own: MatrixParameters, { name, quantization }: Target): void {
  const [input] = layer.inputs as [number];
  const { height, width, channels } = graph.network.tensors[input]!.shape;
  let source = graph.nameOf(input);
  if (!graph.isFlat(input)) {
    source = graph.unique(`${source}_flat`);
    graph.node({ op: "Flatten", name: `${layer.name}_flatten`, inputs: [graph.nameOf(input)], outputs: [source] });
  }
  const weights = permute(heldWeights(own), [own.channels, height, width, channels], [0, 3, 1, 2]);
  graph.flatten(layer.output);
  graph.node({
    op: "QGemm",
    domain: microsoft,
    name: layer.name,
    inputs: [
      source,
      ...graph.quantizationOf(input),
      graph.constant(`${layer.name}_weights`, [own.channels, own.rows], weights),
      ...weightScales(graph, layer, own),
      graph.constant(`${layer.name}_bias`, [own.channels], Int32Array.from(own.bias)),
      ...quantization(),
    ],
    outputs: [name],
    attributes: { transB: 1 },
  });
}

/** Weights as they are written: signed bytes, or unsigned ones with their zero points in. */
function heldWeights({ asymmetric, weights }: MatrixParameters): Int8Array | Uint8Array {
  return asymmetric === undefined
    ? (weights as Int8Array)
    : Uint8Array.from(asymmetric.stored, (weight) => weight + 128);
}

function weightScales(graph: GraphWriter, layer: ConvLayer | FcLayer, own: MatrixParameters): [string, string] {
  const { scales = [1] } = layer.weights!;
  const list = Array.from({ length: own.channels }, (_, k) => scales[scales.length === 1 ? 0 : k]!);
  return [
    graph.constant(`${layer.name}_weight_scale`, [own.channels], Float32Array.from(list)),
    graph.constant(
      `${layer.name}_weight_zero`,
      [own.channels],
      own.asymmetric === undefined
        ? new Int8Array(own.channels)
        : Uint8Array.from(own.asymmetric.zeroPoints, (zero) => zero + 128),
    ),
  ];
}

function writePool(
  graph: GraphWriter,
  layer: MaxPoolLayer | AvgPoolLayer,
  name: string,
  quantization: Target["quantization"],
): void {
  const [input] = layer.inputs as [number];
  const source = spatial(graph, input);
  const common = { name: layer.name, outputs: [name] };
  const attributes = windowAttributes(layer);
  if (layer.op === "maxpool") {
    graph.node({ op: "MaxPool", ...common, inputs: [source], attributes });
    return;
  }
  const inputs = [source, ...graph.quantizationOf(input), ...quantization()];
  const { shape } = graph.network.tensors[input]!;
  const whole = layer.kernelHeight === shape.height && layer.kernelWidth === shape.width;
  const unpadded = layer.padTop + layer.padBottom + layer.padLeft + layer.padRight === 0;
  if (whole && unpadded) {
    graph.node({ op: "QLinearGlobalAveragePool", domain: microsoft, ...common, inputs });
    return;
  }
  const { dilations: _, ...rest } = attributes;
  const counted = { count_include_pad: layer.countIncludePad ? 1 : 0 };
  graph.node({ op: "QLinearAveragePool", domain: microsoft, ...common, inputs, attributes: { ...rest, ...counted } });
}

/** A window as attributes of a convolution or pool. */
export function windowAttributes(window: Window) {
  return {
    kernel_shape: [window.kernelHeight, window.kernelWidth],
    strides: [window.strideY, window.strideX],
    dilations: [window.dilationY, window.dilationX],
    pads: [window.padTop, window.padLeft, window.padBottom, window.padRight],
  };
}

/** A tensor in four dimensions; the result of a fully connected layer has to be reshaped. */
function spatial(graph: GraphWriter, tensor: number): string {
  const name = graph.nameOf(tensor);
  if (!graph.isFlat(tensor)) return name;
  const { channels } = graph.network.tensors[tensor]!.shape;
  const dims = graph.constant(`${name}_dims`, [4], BigInt64Array.of(1n, BigInt(channels), 1n, 1n));
  const reshaped = graph.unique(`${name}_spatial`);
  graph.node({ op: "Reshape", name: `${reshaped}_reshape`, inputs: [name, dims], outputs: [reshaped] });
  return reshaped;
}
