/**
 * What a name of the ONNX graph stands for while its nodes are converted.
 * Inputs: none, these are types. Invariants: an activation is always a tensor of the draft seen through a view.
 */
import type { Constant } from "./numbers.js";
import type { Axis, View } from "./view.js";

/** Zeros around a tensor that a Pad node asked for and the next convolution or pool takes over. */
export interface PendingPad {
  before: Record<Axis, number>;
  after: Record<Axis, number>;
  /** True when the value padded with is minus infinity (a maximum pool's own padding). */
  lowest: boolean;
}

/** A tensor of activations, as one ONNX name shows it. */
export interface ActivationValue {
  kind: "activation";
  /** Draft tensor id. */
  tensor: number;
  view: View;
  /** Whether every name between the producing layer and this one, this one excluded, is read once. */
  direct: boolean;
  /** Whether the name holds the tensor's integers rather than real numbers. */
  integer?: boolean;
  /** Set once the tensor means something later: a layer behind this name was fused into the one before it. */
  superseded?: boolean;
  pad?: PendingPad;
  /** One channel of the tensor, scaled and shifted; only joined with all the others it is a tensor again. */
  picked?: { channel: number; factor: number; summand: number };
  /** Set behind a Softmax or the like, which only the end of a network may have. */
  last?: string;
}

/** A constant. */
export interface ConstantValue {
  kind: "constant";
  constant: Constant;
}

/** A scale known only at run time (DynamicQuantizeLinear), times constants it was multiplied with. */
export interface ScalarValue {
  kind: "scalar";
  factors: Constant[];
}

/** The result of a node that was refused; its readers stay silent. */
export interface UnknownValue {
  kind: "unknown";
}

/** What a name stands for. */
export type Value = ActivationValue | ConstantValue | ScalarValue | UnknownValue;
