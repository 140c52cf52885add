/**
 * What an operator's conversion works with: its node, the values behind its inputs, the draft it adds layers to.
 * Inputs: one node at a time. Invariants: conversions throw only Refusals; an input whose layout is not known yet is
 * bound to one the first time it matters.
 */
import type { Quantization, Shape } from "../network.js";
import type { Draft } from "./draft.js";
import type { GraphNode } from "./graph.js";
import type { Constant } from "./numbers.js";
import { demand, Refusal } from "./refusal.js";
import type { ActivationValue, Value } from "./values.js";
import { type Axis, isChannelsFirst, soleAxis, type View, viewDims } from "./view.js";

/** State shared by all conversions of one file. */
export interface Conversion {
  draft: Draft;
  values: Map<string, Value>;
  uses: Map<string, number>;
  /** Network inputs whose axes have not been told apart yet. */
  unbound: Set<number>;
  /** Of a network of integers: what its runtime computes in real numbers and we in integers, so that halves may be rounded otherwise. */
  approximate?: string;
  /** Batch of the graph's inputs when it is a fixed number above 1; reshapes may repeat it. */
  batch?: number;
}

/** One node and everything it may ask. */
export class NodeContext {
  constructor(
    readonly node: GraphNode,
    readonly conversion: Conversion,
  ) {}

  get draft(): Draft {
    return this.conversion.draft;
  }

  /** The name given to the node's first output. */
  get outputName(): string {
    return this.node.outputs[0] ?? this.node.label;
  }

  /** Whether an optional input is given. */
  has(index: number): boolean {
    return (this.node.inputs[index] ?? "") !== "";
  }

  /** The value of an input. */
  value(index: number): Value {
    const name = this.node.inputs[index] ?? "";
    const value = this.conversion.values.get(name);
    demand(value !== undefined, `${this.node.op} needs an input ${index + 1}, has ${this.node.inputs.length}`);
    return value;
  }

  /** An input that must be an activation; pending padding is refused unless the caller takes it. */
  activation(index: number, options: { pad?: boolean; last?: boolean; picked?: boolean } = {}): ActivationValue {
    const value = this.value(index);
    demand(value.kind === "activation", `input ${index + 1} ("${this.node.inputs[index]}") must be an activation`);
    demand(value.last === undefined || options.last, `${value.last} is accepted only at the end of a network`);
    demand(value.pad === undefined || options.pad, "a Pad can be taken over only by a convolution or a pool");
    demand(
      value.picked === undefined || options.picked,
      "a single channel, picked out of an activation, can only be scaled, shifted and joined with all others in their order",
    );
    return value;
  }

  /** An input that must be a constant. */
  constant(index: number): Constant {
    const value = this.value(index);
    demand(value.kind === "constant", `input ${index + 1} ("${this.node.inputs[index]}") must be a constant`);
    return value.constant;
  }

  /** The numbers of a constant input that decides shapes or scales. */
  numbers(index: number): number[] {
    const { values } = this.constant(index);
    demand(values !== undefined, `the numbers of "${this.node.inputs[index]}" are not in the file`);
    return Array.from(values);
  }

  /** The shape of a tensor. */
  shape(value: ActivationValue): Shape {
    return this.draft.tensors[value.tensor]!.shape;
  }

  /** The extents ONNX sees. */
  dims(value: ActivationValue): number[] {
    return viewDims(value.view, this.shape(value));
  }

  /** How often a name is read. */
  uses(name: string): number {
    return this.conversion.uses.get(name) ?? 0;
  }

  /** Whether nothing else reads what this input reads, back to the layer that produces it. */
  exclusive(index: number): boolean {
    const value = this.value(index);
    return value.kind === "activation" && value.direct && this.uses(this.node.inputs[index]!) === 1;
  }

  /** Sets the first output (or another). */
  set(value: Value, output = 0): void {
    const name = this.node.outputs[output] ?? "";
    if (name !== "") this.conversion.values.set(name, value);
  }

  /** Sets the output to a tensor that a layer has just produced. */
  produce(tensor: number, view: View, integer = false): void {
    this.set({ kind: "activation", tensor, view, direct: true, ...(integer ? { integer } : {}) });
  }

  /** Notes that the layer of a tensor took over this node: names before it no longer hold what the tensor holds. */
  fuse(tensor: number): void {
    const { values } = this.conversion;
    for (const [name, value] of values)
      if (value.kind === "activation" && value.tensor === tensor) values.set(name, { ...value, superseded: true });
    this.draft.renew(tensor, this.outputName);
  }

  /** Sets the output to the same tensor as an input, seen differently. */
  passOn(index: number, value: ActivationValue, change: Partial<ActivationValue> = {}): void {
    this.set({ ...value, direct: this.exclusive(index), ...change });
  }

  /** Lands bit width and quantisation on a tensor unless it has them; the two must not contradict each other. */
  annotate(tensor: number, type: { bits?: number; signed?: boolean }, quantization?: Quantization): void {
    this.draft.annotate(tensor, type, quantization);
    const { name, bits, signed, quantization: own } = this.draft.tensors[tensor]!;
    if (type.bits === undefined || quantization === undefined || own === undefined) return;
    demand(
      bits === type.bits && signed === (type.signed ?? true) && sameQuantization(own, quantization),
      `it takes "${name}" for ${quantizationWords(type, quantization)}, which was made as ${quantizationWords({ bits: bits!, signed: signed! }, own)}`,
      "one scale and zero point a tensor",
    );
  }

  /** Notes that this node is folded into integer weights, where a runtime computes it in real numbers. */
  approximate(what: string): void {
    const { node } = this;
    this.conversion.approximate ??= `node "${node.label}" (${node.op}) has ${what} in real numbers beside integer weights`;
  }

  /** An integer attribute. */
  int(name: string, fallback: number): number {
    return this.node.attributes.get(name)?.int ?? fallback;
  }

  /** A float attribute. */
  float(name: string, fallback: number): number {
    return this.node.attributes.get(name)?.float ?? fallback;
  }

  /** A text attribute. */
  text(name: string, fallback: string): string {
    return this.node.attributes.get(name)?.text ?? fallback;
  }

  /** A list-of-integers attribute; undefined when not given. */
  ints(name: string, length?: number): number[] | undefined {
    const list = this.node.attributes.get(name)?.ints;
    if (list === undefined) return undefined;
    if (length !== undefined && list.length !== length)
      throw new Refusal(`attribute ${name} has ${list.length} numbers`, {
        seen: `[${list}]`,
        accepted: `${length} numbers`,
      });
    return list;
  }

  /** An input in the layout of convolutions and pools; binds a network input, refuses any other layout. */
  channelsFirst(index: number, options: { pad?: boolean } = {}): ActivationValue {
    const before = this.activation(index, options);
    const rank = before.view.length;
    demand(rank === 3 || rank === 4, `its input has ${rank} dimensions`, "3 or 4 (batch, channels, height, width)");
    if (this.conversion.unbound.has(before.tensor)) this.bind(before, ["channels", "height", "width"]);
    const value = this.activation(index, options);
    demand(
      isChannelsFirst(value.view, this.shape(value)),
      `its input is laid out as ${describeView(value.view)}`,
      "batch, channels, height, width",
    );
    return value;
  }

  /** An input whose axes are settled: a network input that nothing has told apart yet takes the usual order. */
  bound(index: number, options: { last?: boolean } = {}): ActivationValue {
    const value = this.activation(index, options);
    if (!this.conversion.unbound.has(value.tensor)) return value;
    const dims = this.dims(value);
    // Pictures as TensorFlow hands them over: few channels last, behind two larger extents.
    const [, first = 0, second = 0, last = 0] = dims;
    const channelsLast = dims.length === 4 && (last === 1 || last === 3) && first > 4 && second > 4;
    if (dims.length === 4)
      this.bind(value, channelsLast ? ["height", "width", "channels"] : ["channels", "height", "width"]);
    else this.conversion.unbound.delete(value.tensor);
    return this.activation(index, options);
  }

  /** Gives the axes of a network input their names: dimension i + 1 becomes `axes[i]`, in every view of it. */
  private bind(value: ActivationValue, axes: readonly Axis[]): void {
    const { unbound, values } = this.conversion;
    const { tensor, view } = value;
    const old = this.shape(value);
    const shape: Shape = { height: 1, width: 1, channels: 1 };
    const names = new Map<Axis, Axis>();
    demand(view[0]!.length === 0, `the batch of its input is ${this.dims(value)[0]}`, "1");
    for (let i = 1; i < view.length; i++) {
      const axis = soleAxis(view, i);
      demand(axis !== undefined, `its input is laid out as ${describeView(view)}`, "batch, channels, height, width");
      if (axis === null) continue;
      names.set(axis, axes[i - 1]!);
      shape[axes[i - 1]!] = old[axis];
    }
    this.draft.tensors[tensor]!.shape = shape;
    unbound.delete(tensor);
    for (const [name, other] of values)
      if (other.kind === "activation" && other.tensor === tensor)
        values.set(name, {
          ...other,
          view: other.view.map((atoms) => atoms.map((axis) => names.get(axis)!)),
          ...(other.pad === undefined ? {} : { pad: renamePad(other.pad, names) }),
        });
  }
}

function renamePad(
  pad: NonNullable<ActivationValue["pad"]>,
  names: Map<Axis, Axis>,
): NonNullable<ActivationValue["pad"]> {
  const rename = (sides: Record<Axis, number>) => {
    const result = { height: 0, width: 0, channels: 0 };
    for (const [from, to] of names) result[to] = sides[from];
    return result;
  };
  return { ...pad, before: rename(pad.before), after: rename(pad.after) };
}

/** Whether two tensors mean the same by the same integer. */
export function sameQuantization(a: Quantization, b: Quantization): boolean {
  return a.scale === b.scale && a.zeroPoint === b.zeroPoint;
}

function quantizationWords({ bits, signed }: { bits?: number; signed?: boolean }, own: Quantization): string {
  return `${signed === false ? "u" : ""}int${bits} of scale ${own.scale} and zero point ${own.zeroPoint}`;
}

/** A view in words, for messages. */
export function describeView(view: View): string {
  return `[${view.map((axes) => (axes.length === 0 ? "1" : axes.join("*"))).join(", ")}]`;
}
