/**
 * Writes a quantised network as an ONNX file of integer operators.
 * Inputs: a network with all its numbers, of 8-bit tensors (`exact`: of up to 8 bits) and weights of up to 8 bits. Invariants: tensors keep their
 * integers (reordered to batch, channels, height, width); what our reader reads back computes the same integers.
 */
import { type Problem, UserError } from "../../base/index.js";
import { elementsOf, isMacLayer, type Network, type Tensor } from "../network.js";
import { parametersOf } from "../reference/index.js";
import { writeExactLayer } from "./write-exact.js";
import { writeLayer } from "./write-layers.js";
import {
  elementType,
  encodeOnnx,
  encodeOutputs,
  type WriteGraph,
  type WriteNode,
  type WriteNumbers,
  type WriteValue,
} from "./write-wire.js";

/** How a network is written. */
export interface OnnxWriteOptions {
  /** Hands out every tensor a layer makes, in the order of the layers, so that runtimes can be compared layer by layer. */
  everyTensor?: boolean;
  /**
   * `qlinear` (the default): the operators every tool knows, which round real factors as the runtime does; `exact`: fixed
   * point on 64-bit integers, with which every runtime gives the integers of our reference. Tensors of fewer than 8 bits lie in
   * bytes then, held to their range by its clamps; the operators of `qlinear` clamp to 8 bits only.
   */
  form?: "qlinear" | "exact";
}

/** The bytes of an ONNX file; throws a UserError where the network is not quantised or has widths the form does not hold. */
export function writeOnnx(network: Network, options: OnnxWriteOptions = {}): Uint8Array {
  return writeOnnxNames(network, options).bytes;
}

/** The same, with the name of every tensor in the file. */
export function writeOnnxNames(
  network: Network,
  options: OnnxWriteOptions = {},
): { bytes: Uint8Array; names: string[] } {
  checkQuantized(network, options.form === "exact");
  const graph = new GraphWriter(network);
  const parameters = parametersOf(network, { seed: 0, precision: { weightBits: 8, activationBits: 8 } });
  const write = options.form === "exact" ? writeExactLayer : writeLayer;
  for (const layer of network.layers) write(graph, layer, parameters.layers[layer.id]!);
  const outputs = options.everyTensor === true ? network.layers.map((layer) => layer.output) : network.outputs;
  const names = network.tensors.map(({ id }) => graph.nameOf(id));
  return { bytes: encodeOnnx(graph.finish(outputs)), names };
}

/** Collects nodes and constants; tensors of the network are called by name, in batch, channels, height, width order. */
export class GraphWriter {
  private readonly graph: WriteGraph;
  private readonly names: string[] = [];
  private readonly taken = new Set<string>();
  private readonly flat = new Set<number>();

  constructor(readonly network: Network) {
    this.graph = { name: network.name, nodes: [], constants: [], inputs: [], outputs: [] };
    for (const tensor of network.tensors) this.names.push(this.unique(tensor.name));
  }

  /** The name of a tensor. */
  nameOf(tensor: number): string {
    return this.names[tensor]!;
  }

  /** A name nothing has yet. */
  unique(wanted: string): string {
    let free = wanted || "value";
    for (let i = 2; this.taken.has(free); i++) free = `${wanted}_${i}`;
    this.taken.add(free);
    return free;
  }

  /** Adds a constant and returns its name. */
  constant(wanted: string, dims: readonly number[], data: WriteNumbers): string {
    const name = this.unique(wanted);
    this.graph.constants.push({ name, dims, data });
    return name;
  }

  /** Scale and zero point, as two inputs of a node. */
  quantization(of: string, scale: number, zeroPoint: number, signed: boolean): [string, string] {
    const zero = signed ? Int8Array.of(zeroPoint) : Uint8Array.of(zeroPoint);
    return [this.constant(`${of}_scale`, [], Float32Array.of(scale)), this.constant(`${of}_zero`, [], zero)];
  }

  /** Scale and zero point of a tensor. */
  quantizationOf(tensor: number): [string, string] {
    const { quantization, signed } = this.network.tensors[tensor]!;
    return this.quantization(this.nameOf(tensor), quantization!.scale, quantization!.zeroPoint, signed !== false);
  }

  /** Adds a node. */
  node(node: WriteNode): void {
    this.graph.nodes.push(node);
  }

  /** Notes that a tensor has the extents [1, elements]. */
  flatten(tensor: number): void {
    this.flat.add(tensor);
  }

  /** Whether a tensor has the extents [1, elements]. */
  isFlat(tensor: number): boolean {
    return this.flat.has(tensor);
  }

  /** The graph with the given tensors as outputs. */
  finish(outputs: readonly number[]): WriteGraph {
    this.graph.inputs = this.network.inputs.map((id) => this.value(id));
    this.graph.outputs = outputs.map((id) => this.value(id));
    return this.graph;
  }

  private value(id: number): WriteValue {
    const { shape, signed } = this.network.tensors[id]!;
    const dims = this.flat.has(id) ? [1, elementsOf(shape)] : [1, shape.channels, shape.height, shape.width];
    return { name: this.nameOf(id), type: signed === false ? elementType.uint8 : elementType.int8, dims };
  }
}

function checkQuantized(network: Network, narrow: boolean): void {
  const problems: Problem[] = [];
  const report = (field: string, message: string, accepted: string) =>
    problems.push({ code: "onnx-write", message, place: { field }, accepted });
  const held = (bits = 0) => bits === 8 || (narrow && bits < 8);
  const ready = ({ bits, quantization }: Tensor) => held(bits) && quantization !== undefined;
  for (const tensor of network.tensors)
    if (!ready(tensor)) {
      const seen = tensor.quantization === undefined ? "is not quantised" : `has ${tensor.bits} bits`;
      report(`tensor "${tensor.name}"`, seen, `${narrow ? "up to " : ""}8 bits with scale and zero point`);
    }
  for (const layer of network.layers) {
    if (!isMacLayer(layer)) continue;
    const { weights, weightBits = 8 } = layer;
    if (weights === undefined || weights.scales === undefined || weights.data instanceof Float32Array || weightBits > 8)
      report(`layer "${layer.name}"`, "has no quantised weights of up to 8 bits", "integers with scales");
    if (layer.bias !== undefined && layer.bias.data === undefined)
      report(`layer "${layer.name}"`, "has a bias without numbers", "a bias with numbers");
  }
  if (problems.length > 0) throw new UserError(problems);
}

/** The bytes of any ONNX file with further values of its graph handed out. */
export function withOutputs(bytes: Uint8Array, names: readonly string[]): Uint8Array {
  // Parts of one message add up: a second graph field with nothing but outputs appends them to the first one's.
  const more = encodeOutputs(names);
  const result = new Uint8Array(bytes.length + more.length);
  result.set(bytes);
  result.set(more, bytes.length);
  return result;
}
