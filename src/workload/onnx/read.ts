/**
 * Reads an ONNX model as a Network.
 * Inputs: the bytes of a `.onnx` file. Invariants: every node that cannot be read is reported, each with its name and
 * operator, in one UserError; nodes that only depend on refused ones stay silent.
 */
import { nearestName, type Problem, UserError } from "../../base/index.js";
import type { Network, Shape } from "../network.js";
import { shapeProblem } from "../shapes.js";
import { type Conversion, NodeContext } from "./context.js";
import { Draft } from "./draft.js";
import { type GraphNode, orderGraph } from "./graph.js";
import { axesOf, type OnnxName, type OnnxNames } from "./names.js";
import { integerType, toConstant } from "./numbers.js";
import { conversionOf, onnxOperators } from "./operators.js";
import { Refusal } from "./refusal.js";
import type { ActivationValue } from "./values.js";
import { makeView, viewDims } from "./view.js";
import { decodeOnnx, type OnnxGraph, type OnnxValueInfo } from "./wire.js";

/** How an ONNX file is read. */
export interface OnnxOptions {
  /** Name in messages. */
  file?: string;
  /** Name of the network; default: the graph's. */
  name?: string;
  /** `false` leaves the numbers of weights out. */
  weights?: boolean;
  /** Extents for symbolic dimensions other than the batch, by their name. */
  dimensions?: Readonly<Record<string, number>>;
}

/**
 * Reads an ONNX model: batch-norm and activations fused, batch 1, tensors in height, width, channels.
 * Throws a UserError with every problem: unreadable bytes (with the offset), unsupported operators, cycles, shapes.
 */
export function readOnnx(bytes: Uint8Array, options: OnnxOptions = {}): Network {
  return new OnnxReading(decodeOnnx(bytes, options.file), options).read();
}

/** The same, with the names under which the file holds the network's tensors. */
export function readOnnxNames(bytes: Uint8Array, options: OnnxOptions = {}): { network: Network; names: OnnxNames } {
  const reading = new OnnxReading(decodeOnnx(bytes, options.file), options);
  return { network: reading.read(), names: reading.names() };
}

class OnnxReading {
  private readonly problems: Problem[] = [];
  private readonly conversion: Conversion;
  private readonly inputs: number[] = [];

  constructor(
    private readonly graph: OnnxGraph,
    private readonly options: OnnxOptions,
  ) {
    this.conversion = { draft: new Draft(), values: new Map(), uses: new Map(), unbound: new Set() };
  }

  read(): Network {
    const { draft, values } = this.conversion;
    const { nodes, uses } = orderGraph(this.graph, (problem, node) => this.report(problem, node));
    for (const [name, count] of uses) this.conversion.uses.set(name, count);
    this.readInitializers();
    for (const info of this.graph.inputs) if (!values.has(info.name) && uses.has(info.name)) this.readInput(info);
    for (const node of nodes) this.readNode(node);
    const outputs = this.graph.outputs.map(({ name }) => this.output(name)).filter((tensor) => tensor !== undefined);
    if (this.graph.outputs.length === 0) this.report({ code: "onnx-graph", message: "the graph has no outputs" });
    if (this.problems.length > 0) throw new UserError(this.problems);
    if (this.options.weights === false) draft.dropNumbers();
    const { file, name = this.graph.name || "network" } = this.options;
    draft.equaliseScales();
    const network = draft.finish(name, undefined, this.inputs, outputs, file);
    if (draft.quantised) return { ...network, requantisation: "float" };
    // How a mean is summed only matters to integers.
    for (const layer of network.layers) if (layer.op === "avgpool") delete layer.global;
    return network;
  }

  /** Names of the network's tensors; after `read`. */
  names(): OnnxNames {
    const { draft, values, batch = 1 } = this.conversion;
    const names: OnnxName[] = [];
    for (const [name, value] of values) {
      if (value.kind !== "activation" || value.pad !== undefined || value.superseded === true) continue;
      if (value.picked !== undefined) continue;
      const tensor = draft.renamed.get(value.tensor);
      if (tensor === undefined) continue;
      if (value.last === undefined)
        names.push({ name, tensor, integer: value.integer === true, axes: axesOf(value.view) });
    }
    const inputs = names.flatMap((one) => {
      const info = this.graph.inputs.find(({ name }) => name === one.name);
      const value = info && values.get(info.name);
      if (info === undefined || value?.kind !== "activation") return [];
      const own = viewDims(value.view, draft.tensors[value.tensor]!.shape);
      const dims = own.map((extent, index) => (index === 0 ? extent * batch : extent));
      return [{ ...one, dims, type: info.type, batch }];
    });
    const { approximate } = this.conversion;
    const outputs = this.graph.outputs.map(({ name }) => name);
    return { inputs, names, outputs, ...(approximate === undefined ? {} : { approximate }) };
  }

  private report(problem: Omit<Problem, "place">, field?: string): void {
    const { file } = this.options;
    this.problems.push({
      ...problem,
      place: { ...(file === undefined ? {} : { file }), ...(field === undefined ? {} : { field }) },
    });
  }

  private readInitializers(): void {
    for (const tensor of this.graph.initializers) {
      const constant = toConstant(tensor);
      if (typeof constant !== "string") this.conversion.values.set(tensor.name, { kind: "constant", constant });
      else {
        this.conversion.values.set(tensor.name, { kind: "unknown" });
        // An initialiser nobody reads cannot spoil anything.
        if (this.conversion.uses.has(tensor.name))
          this.report({ code: "onnx-initializer", message: `initialiser ${constant}` }, `"${tensor.name}"`);
      }
    }
  }

  /** A network input: batch 1, and axes that the first layer to read it may still tell apart. */
  private readInput(info: OnnxValueInfo): void {
    const { draft, values, unbound } = this.conversion;
    values.set(info.name, { kind: "unknown" });
    const field = `input "${info.name}"`;
    const dims = this.inputDims(info, field);
    if (dims === undefined) return;
    const rank = dims.length;
    const [batch, ...rest] = dims;
    const axes = [null, ...(["channels", "height", "width"] as const).slice(0, rank - 1)];
    const shape: Shape = { height: 1, width: 1, channels: 1 };
    let view: ActivationValue["view"];
    if (rank <= 2) {
      // One vector, or as many as a fixed first dimension says: the windows of a matrix product.
      shape.channels = dims.at(-1)!;
      if (rank === 2) shape.height = batch!;
      view = makeView(rank === 2 ? ["height", "channels"] : ["channels"], shape);
    } else if (rank === 3) {
      [shape.height, shape.channels] = rest as [number, number];
      view = makeView([null, "height", "channels"], shape);
    } else {
      [shape.channels, shape.height, shape.width] = rest as [number, number, number];
      view = makeView(axes, shape);
    }
    if (rank >= 3 && batch! > 1) this.conversion.batch = batch!;
    const wrong = shapeProblem(shape);
    if (wrong !== undefined) {
      this.report({ code: "onnx-input", message: `the input's ${wrong}` }, field);
      return;
    }
    const tensor = draft.input(info.name, shape, integerType(info.type) ?? {});
    this.inputs.push(tensor);
    if (rank >= 3) unbound.add(tensor);
    const integer = integerType(info.type)?.bits !== undefined;
    values.set(info.name, { kind: "activation", tensor, view, direct: true, ...(integer ? { integer } : {}) });
  }

  private inputDims(info: OnnxValueInfo, field: string): number[] | undefined {
    const { dims } = info;
    if (dims === undefined || dims.length === 0 || dims.length > 4) {
      const seen = dims === undefined ? "no shape" : `${dims.length} dimensions`;
      this.report(
        { code: "onnx-input", message: "the input has no usable shape", seen, accepted: "1 to 4 dimensions" },
        field,
      );
      return undefined;
    }
    const fixed = dims.map((dim, index) => {
      if (typeof dim === "number" && dim > 0) return dim;
      const given = this.options.dimensions;
      if (given !== undefined && Object.hasOwn(given, dim)) return given[dim]!;
      if (index === 0 && dims.length > 1) return 1; // the batch
      const message = `dimension ${index} of the input is symbolic`;
      this.report({ code: "onnx-input", message, seen: `"${dim}"`, accepted: "a fixed extent" }, field);
      return undefined;
    });
    return fixed.includes(undefined) ? undefined : (fixed as number[]);
  }

  private readNode(node: GraphNode): void {
    const { values, uses } = this.conversion;
    const field = `node "${node.label}" (${node.op})`;
    const unknown = node.inputs.some((name) => name !== "" && (values.get(name)?.kind ?? "unknown") === "unknown");
    const convert = conversionOf(node.op);
    if (convert === undefined) this.refuseOperator(node, field);
    else if (!unknown)
      try {
        convert(new NodeContext(node, this.conversion));
        for (const [index, name] of node.outputs.entries())
          if (name !== "" && !values.has(name) && uses.has(name))
            throw new Refusal(`its output ${index + 1} ("${name}") is read by others`, {
              accepted: "only its first output",
            });
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        this.report({ code: "onnx-node", message: error.message, ...error.rest }, field);
        for (const name of node.outputs) values.delete(name);
      }
    for (const name of node.outputs) if (name !== "" && !values.has(name)) values.set(name, { kind: "unknown" });
  }

  private refuseOperator(node: GraphNode, field: string): void {
    const nearest = nearestName(node.op, onnxOperators);
    const first = !this.problems.some((problem) => problem.code === "onnx-operator");
    this.report(
      {
        code: "onnx-operator",
        message: `operator ${node.op}${node.domain === "" ? "" : ` of ${node.domain}`} is not supported`,
        // The whole list once is enough.
        ...(first ? { accepted: onnxOperators.join(", ") } : {}),
        ...(nearest === undefined ? {} : { nearest }),
      },
      field,
    );
  }

  private output(name: string): number | undefined {
    const value = this.conversion.values.get(name);
    if (value?.kind === "activation" && value.pad === undefined && value.picked === undefined) return value.tensor;
    if (value !== undefined && value.kind !== "unknown")
      this.report(
        {
          code: "onnx-graph",
          message:
            value.kind === "activation"
              ? `the output ${value.pad === undefined ? "is a single channel" : "ends in a Pad"}`
              : `the output is a ${value.kind}`,
          accepted: "the result of a layer",
        },
        `output "${name}"`,
      );
    return undefined;
  }
}
