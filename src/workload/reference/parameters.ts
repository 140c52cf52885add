/**
 * Integer parameters of a network: everything an integer executor needs beside the network itself.
 * These are values only; `parametersOf` makes them. Both executors (plain loops here, simulated bytes in `functional`) read them.
 */

import type { FixedFactor } from "./fixed.js";
import type { SingleElementwise, SingleMatrix, SingleMean } from "./single.js";

/** How a tensor's integers stand for real numbers, with the smallest and largest integer it can hold. */
export interface TensorRange {
  bits: number;
  signed: boolean;
  scale: number;
  zeroPoint: number;
  low: number;
  high: number;
}

/** The end of every layer: add the zero point, clamp, then look up where the activation is not a clamp. */
export interface OutputStage {
  zeroPoint: number;
  low: number;
  high: number;
  /** Results by (clamped value − low); present for activations that are no clamp. */
  table?: Int32Array;
}

/** Weights in the narrowest array that holds them. */
export type IntegerWeights = Int8Array | Int16Array | Int32Array;

/** A conv or fc layer. */
export interface MatrixParameters {
  kind: "matrix";
  layer: string;
  weightBits: number;
  /** Output channels, and weights of one of them. */
  channels: number;
  rows: number;
  /** KHWC: channel after channel, each (ky, kx, c in group). */
  weights: IntegerWeights;
  /** In units of sums, integers. */
  bias: Float64Array;
  /** bias − inputZeroPoint·Σ weights, what is added to Σ x·w over raw inputs. */
  correctedBias: Float64Array;
  /** Per output channel. */
  multiplier: Int32Array;
  shift: Int32Array;
  inputZeroPoint: number;
  output: OutputStage;
  /** Takes the place of multiplier and shift where the network requantises in single precision. */
  single?: SingleMatrix;
  /** Complementary filter pairs (two-rail cells): the mean M of each pair and the stored filter of each pair. */
  pairs?: { means: Int32Array; stored: IntegerWeights };
  /** Asymmetric weights: what arrays hold, and the zero point of every output channel; `weights` are `stored` less these. */
  asymmetric?: { stored: IntegerWeights; zeroPoints: Int32Array };
}

/** An element by element sum of two differently scaled tensors. */
export interface AddParameters {
  kind: "add";
  layer: string;
  /** Both inputs are shifted left by this before they are brought to one scale. */
  leftShift: number;
  inputs: { zeroPoint: number; multiplier: number; shift: number }[];
  multiplier: number;
  shift: number;
  output: OutputStage;
  single?: SingleElementwise;
}

/** An element by element product. */
export interface MulParameters {
  kind: "mul";
  layer: string;
  zeroPoints: number[];
  multiplier: number;
  shift: number;
  output: OutputStage;
  single?: SingleElementwise;
}

/** A pooling; in fixed point input and output have one scale, so that only a rounded division is left, unless it is a mean with a factor. */
export interface PoolParameters {
  kind: "maxpool" | "avgpool";
  layer: string;
  /** Positions of a whole window, the divisor where padding counts. */
  windowPositions: number;
  countIncludePad: boolean;
  inputZeroPoint: number;
  output: OutputStage;
  single?: SingleMean;
  /** Of a pool of the whole map in fixed point: what its sum less the zero points is multiplied by, both scales and the count in one. */
  mean?: FixedFactor;
}

/** A layer that is a table by itself. */
export interface TableParameters {
  kind: "table";
  layer: string;
  /** The smallest input integer, which stands at index 0. */
  inputLow: number;
  /** 1, or one table a channel, one after another. */
  tables: number;
  table: Int32Array;
}

/** The entry of a table for a value of a channel. */
export function tableEntry({ table, tables, inputLow }: TableParameters, value: number, channel: number): number {
  const first = tables === 1 ? 0 : channel * (table.length / tables);
  return table[first + value - inputLow]!;
}

/** A concatenation: bytes are moved, never changed. */
export interface ConcatParameters {
  kind: "concat";
  layer: string;
}

/** Integer parameters of one layer. */
export type LayerParameters =
  | MatrixParameters
  | AddParameters
  | MulParameters
  | PoolParameters
  | TableParameters
  | ConcatParameters;

/** Integer parameters of a network. */
export interface NetworkParameters {
  /** By tensor id. */
  tensors: TensorRange[];
  /** By layer id. */
  layers: LayerParameters[];
  byName: ReadonlyMap<string, LayerParameters>;
}
