/**
 * One layer in integers: weights symmetric per output channel, biases in steps of their sums.
 * Inputs: a layer, its real numbers, the tensors with their scales. Invariants: what the layer already states is kept; scales
 * fit single precision; biases saturate at 32 bits.
 */
import { isMacLayer, type Layer, type Tensor, type WeightData } from "../network.js";
import type { RealMatrix } from "./float.js";
import { bestScale, isNarrow } from "./search.js";

/** A layer with integer weights of `widest` bits, or of its own width; layers without weights as they are. */
export function quantiseWeights(
  layer: Layer,
  real: RealMatrix | undefined,
  tensors: readonly Tensor[],
  widest: number,
): Layer {
  if (!isMacLayer(layer) || real === undefined) return { ...layer };
  const kept = keepsWeights(layer);
  const weightBits = layer.weightBits ?? (kept ? 8 : widest);
  if (kept) return { ...layer, weightBits };
  const { channels } = tensors[layer.output]!.shape;
  const scales = weightScales(real, channels, weightBits, inputScale(layer, tensors));
  return { ...layer, weightBits, weights: integers(real.weights, scales, weightBits) };
}

/** A layer of integer weights with its bias in integers, from real numbers. */
export function quantiseBias(layer: Layer, real: Float32Array | undefined, tensors: readonly Tensor[]): Layer {
  if (!isMacLayer(layer) || layer.bias === undefined || real === undefined) return layer;
  const { channels } = tensors[layer.output]!.shape;
  const given = layer.weights!.scales!;
  const scales = Array.from(
    { length: channels },
    (_, k) => given[given.length === 1 ? 0 : k]! * inputScale(layer, tensors),
  );
  // The sum of a layer is held in 32 bits: a bias beyond them saturates.
  const limit = 2 ** 31 - 1;
  const data = Int32Array.from(real, (value, k) => Math.min(limit, Math.max(-limit, Math.round(value / scales[k]!))));
  return { ...layer, bias: { bits: 32, data, scales } };
}

/** Whether a layer's weights are integers with scales already. */
export function keepsWeights(layer: Layer): boolean {
  if (!isMacLayer(layer) || layer.weights === undefined) return false;
  return !(layer.weights.data instanceof Float32Array) && layer.weights.scales !== undefined;
}

function inputScale(layer: Layer, tensors: readonly Tensor[]): number {
  return tensors[layer.inputs[0]!]!.quantization!.scale;
}

/** One scale a channel: its largest weight at the end of the range, or one that loses less; wider where its bias would not fit 30 bits. */
function weightScales({ weights, bias }: RealMatrix, channels: number, bits: number, input: number): number[] {
  const high = 2 ** (bits - 1) - 1;
  const rows = weights.length / channels;
  const largest = Array.from({ length: channels }, (_, k) => {
    let reach = 0;
    for (let i = k * rows; i < (k + 1) * rows; i++) reach = Math.max(reach, Math.abs(weights[i]!));
    return reach;
  });
  const most = largest.reduce((a, b) => Math.max(a, b), 0) || 1;
  return largest.map((reach, k) => {
    const full = (reach || most) / high;
    const scale = isNarrow(bits) ? bestScale(weights.subarray(k * rows, (k + 1) * rows), full, high) : full;
    return Math.fround(Math.max(scale, Math.abs(bias[k]!) / (input * 2 ** 30), 1e-30));
  });
}

function integers(real: Float32Array, scales: number[], bits: number): WeightData {
  const high = 2 ** (bits - 1) - 1;
  const rows = real.length / scales.length;
  const data = bits <= 8 ? new Int8Array(real.length) : new Int32Array(real.length);
  for (let i = 0; i < real.length; i++)
    data[i] = Math.min(high, Math.max(-high, Math.round(real[i]! / scales[Math.floor(i / rows)]!)));
  return { layout: "KHWC", data, scales };
}
