/**
 * The network while it is being converted: layers and tensors that may still be fused, replaced or dropped.
 * Inputs: calls of the operator conversions. Invariants: `finish` keeps only what the outputs need, renumbers and checks.
 */
import { checkNetwork } from "../check.js";
import { isMacLayer, type Layer, type Network, type Quantization, type Shape, type Tensor } from "../network.js";
import { topologicalOrder } from "../order.js";
import { inferShape } from "../shapes.js";
import { Refusal } from "./refusal.js";

/** A layer without its ids; `inputs` and `output` are ids of draft tensors. */
export type DraftLayer = Layer extends infer L ? (L extends Layer ? Omit<L, "id" | "output"> : never) : never;

/** Collects layers and tensors; ids are provisional. */
export class Draft {
  readonly tensors: Tensor[] = [];
  /** Layers by provisional id; undefined once removed. */
  private readonly layers: (Layer | undefined)[] = [];
  private readonly producer = new Map<number, Layer>();
  private readonly names = new Set<string>();
  private readonly stale = new Set<number>();
  private readonly settled = new Set<number>();
  /** Where the tensors that `finish` kept are in the network. */
  readonly renamed = new Map<number, number>();

  /** Adds a tensor that no layer produces. */
  input(name: string, shape: Shape, rest: Omit<Tensor, "id" | "name" | "shape">): number {
    const id = this.tensors.length;
    this.tensors.push({ id, name, shape, ...rest });
    return id;
  }

  /** Adds a layer and its output tensor; a layer that does not fit is a Refusal with its numbers. */
  add(draft: DraftLayer, tensorName: string, outputChannels = 0): number {
    const output = this.tensors.length;
    const layer = { ...draft, name: this.unique(draft.name), id: this.layers.length, output } as Layer;
    const shape = inferShape(
      layer,
      layer.inputs.map((id) => this.tensors[id]!.shape),
      outputChannels,
    );
    if (typeof shape === "string") throw new Refusal(shape);
    this.tensors.push({ id: output, name: tensorName, shape });
    this.layers.push(layer);
    this.producer.set(output, layer);
    return output;
  }

  /** The layer that produces a tensor; it may be changed in place. */
  producerOf(tensor: number): Layer | undefined {
    return this.producer.get(tensor);
  }

  /** Renames a tensor whose layer took over another operation; bit widths found so far give way to later ones. */
  renew(tensor: number, name: string): void {
    this.tensors[tensor]!.name = name;
    this.stale.add(tensor);
  }

  /** Lands bit width and quantisation on a tensor; the first to come stays, unless the tensor was renewed since. */
  annotate(tensor: number, type: { bits?: number; signed?: boolean }, quantization?: Quantization): void {
    const target = this.tensors[tensor]!;
    if (type.bits === undefined) return;
    if (target.bits !== undefined && !this.stale.has(tensor)) {
      // An integer input has its width from the start and learns its scale from the first operator to read it.
      if (quantization !== undefined && target.bits === type.bits) target.quantization ??= quantization;
      return;
    }
    this.stale.delete(tensor);
    target.bits = type.bits;
    target.signed = type.signed ?? true;
    if (quantization === undefined) delete target.quantization;
    else target.quantization = quantization;
  }

  /** Lends a tensor the width and quantisation of another, until an operator states its own. */
  inherit(tensor: number, from: number): void {
    const { bits, signed, quantization } = this.tensors[from]!;
    if (bits === undefined) return;
    this.stale.delete(tensor);
    this.annotate(tensor, signed === undefined ? { bits } : { bits, signed }, quantization);
    this.stale.add(tensor);
  }

  /** Notes that an integer operator rounded to this tensor: what follows in real numbers starts from its integers. */
  settle(tensor: number): void {
    this.settled.add(tensor);
  }

  /** Whether any integer operator rounded to a tensor. */
  get quantised(): boolean {
    return this.settled.size > 0;
  }

  /** Whether an integer operator rounded to this tensor. */
  isSettled(tensor: number): boolean {
    return this.settled.has(tensor);
  }

  /** Adds a layer that only changes scale, zero point or width: an unbounded clip. */
  requantize(
    tensor: number,
    name: string,
    tensorName: string,
    type: { bits?: number; signed?: boolean },
    quantization: Quantization,
  ): number {
    const changed = this.add({ op: "activation", name, inputs: [tensor], activation: "clip", clip: {} }, tensorName);
    this.annotate(changed, type, quantization);
    this.settle(changed);
    return changed;
  }

  /** Puts a change of scale before concatenations and maximum pools whose output has another one than their inputs. */
  equaliseScales(): void {
    for (const layer of [...this.layers]) {
      if (layer?.op !== "concat" && layer?.op !== "maxpool") continue;
      const output = this.tensors[layer.output]!;
      const differs = ({ bits, signed, quantization }: Tensor) =>
        quantization !== undefined &&
        output.quantization !== undefined &&
        (bits !== output.bits ||
          signed !== output.signed ||
          quantization.scale !== output.quantization.scale ||
          quantization.zeroPoint !== output.quantization.zeroPoint);
      layer.inputs = layer.inputs.map((id) => {
        const input = this.tensors[id]!;
        if (!differs(input)) return id;
        const { bits, signed, quantization } = output;
        const type = { bits: bits!, signed: signed ?? true };
        return this.requantize(id, `${layer.name}_requantize`, `${input.name}_requantized`, type, quantization!);
      });
    }
  }

  /** Takes a layer out again; nothing may read its output any more. */
  remove(layer: Layer): void {
    this.layers[layer.id] = undefined;
    this.producer.delete(layer.output);
    this.names.delete(layer.name);
  }

  /** The network of what the outputs need, renumbered in order of execution. */
  finish(name: string, source: string | undefined, inputs: number[], outputs: number[], file?: string): Network {
    const layers = this.layers.filter((layer) => layer !== undefined);
    const position = new Map(layers.map((layer, index) => [layer.output, index]));
    const predecessors = layers.map((layer) =>
      layer.inputs.map((id) => position.get(id)).filter((index) => index !== undefined),
    );
    const needed = reach(
      outputs.map((id) => position.get(id)).filter((index) => index !== undefined),
      predecessors,
    );
    const order = (topologicalOrder(predecessors).order ?? []).filter((index) => needed.has(index));
    const kept = order.map((index) => layers[index]!);
    const read = new Set([...outputs, ...kept.flatMap((layer) => layer.inputs)]);
    const tensors: Tensor[] = [];
    const { renamed } = this;
    const keep = (id: number) => {
      renamed.set(id, tensors.length);
      tensors.push({ ...this.tensors[id]!, id: tensors.length });
    };
    const keptInputs = inputs.filter((id) => read.has(id));
    for (const id of keptInputs) keep(id);
    for (const layer of kept) keep(layer.output);
    const network: Network = {
      name,
      ...(source === undefined ? {} : { source }),
      tensors,
      layers: kept.map((layer, id) => ({
        ...layer,
        id,
        inputs: layer.inputs.map((tensor) => renamed.get(tensor)!),
        output: renamed.get(layer.output)!,
      })),
      inputs: keptInputs.map((id) => renamed.get(id)!),
      outputs: [...new Set(outputs)].map((id) => renamed.get(id)!),
    };
    return checkNetwork(network, file);
  }

  /** Drops the numbers of all weights and biases. */
  dropNumbers(): void {
    for (const layer of this.layers) {
      if (layer === undefined || !isMacLayer(layer)) continue;
      delete layer.weights;
      if (layer.bias !== undefined) layer.bias = layer.bias.bits === undefined ? {} : { bits: layer.bias.bits };
    }
  }

  private unique(name: string): string {
    let free = name;
    for (let i = 2; this.names.has(free); i++) free = `${name}_${i}`;
    this.names.add(free);
    return free;
  }
}

function reach(roots: readonly number[], predecessors: readonly (readonly number[])[]): Set<number> {
  const seen = new Set(roots);
  for (const node of seen) for (const before of predecessors[node]!) seen.add(before);
  return seen;
}
