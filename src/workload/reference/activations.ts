/**
 * Activations on integers: a clamp where the function is piecewise linear with slope 1, a table of 2^bits entries elsewhere.
 */
import type { Activation, ClipRange } from "../network.js";
import { clamp, fixedFactor, multiplyByFactor, roundHalfAway } from "./fixed.js";
import type { OutputStage, TensorRange } from "./parameters.js";
import { quantizeSingle } from "./single.js";

/** Whether an activation is done by a table. */
export function needsTable(activation: Activation): boolean {
  return (
    activation === "sigmoid" || activation === "swish" || activation === "hardswish" || activation === "hardsigmoid"
  );
}

/** An activation on real numbers; hardsigmoid is min(max(x + 3, 0), 6)/6. */
export function activateReal(activation: Activation, x: number, clip: ClipRange | undefined): number {
  switch (activation) {
    case "none":
      return x;
    case "relu":
      return Math.max(x, 0);
    case "relu6":
      return clamp(x, 0, 6);
    case "clip":
      return clamp(x, clip?.min ?? Number.NEGATIVE_INFINITY, clip?.max ?? Number.POSITIVE_INFINITY);
    case "sigmoid":
      return 1 / (1 + Math.exp(-x));
    case "swish":
      return x / (1 + Math.exp(-x));
    case "hardsigmoid":
      return clamp(x + 3, 0, 6) / 6;
    case "hardswish":
      return (x * clamp(x + 3, 0, 6)) / 6;
  }
}

/** A real number as an integer of a tensor, clamped to what it holds. */
export function quantizeReal(value: number, range: TensorRange): number {
  return clamp(range.zeroPoint + roundHalfAway(value / range.scale), range.low, range.high);
}

/** The table of a function from one range to another, by (input − input.low). */
export function activationTable(
  activation: Activation,
  clip: ClipRange | undefined,
  input: TensorRange,
  output: TensorRange,
): Int32Array {
  const table = new Int32Array(input.high - input.low + 1);
  if (!needsTable(activation)) {
    // A change of scale with bounds, in fixed point like every other one.
    const { stage } = outputStage(activation, clip, output);
    const { multiplier, shift } = fixedFactor(input.scale / output.scale);
    return table.map((_, index) =>
      finish(multiplyByFactor(input.low + index - input.zeroPoint, multiplier, shift), stage),
    );
  }
  for (let index = 0; index < table.length; index++) {
    const real = (input.low + index - input.zeroPoint) * input.scale;
    table[index] = quantizeReal(activateReal(activation, real, clip), output);
  }
  return table;
}

/**
 * The range in which a layer's sums are held before a fused table activation: signed, centred, as wide as the output, and
 * reaching as far as the function still changes (8 for sigmoid, 4 for hardsigmoid, the output's own reach for swish and hardswish).
 */
export function preActivationRange(activation: Activation, output: TensorRange): TensorRange {
  const high = 2 ** (output.bits - 1) - 1;
  const outputReach = (output.high - output.zeroPoint) * output.scale;
  const reach = activation === "sigmoid" ? 8 : activation === "hardsigmoid" ? 4 : outputReach;
  return { bits: output.bits, signed: true, scale: reach / high, zeroPoint: 0, low: -high - 1, high };
}

/** The end of a layer with this activation into this tensor, and the scale its sums must be brought to. */
export function outputStage(
  activation: Activation,
  clip: ClipRange | undefined,
  output: TensorRange,
  float = false,
): { stage: OutputStage; scale: number } {
  if (needsTable(activation)) {
    const pre = preActivationRange(activation, output);
    const table = activationTable(activation, clip, pre, output);
    return { stage: { zeroPoint: 0, low: pre.low, high: pre.high, table }, scale: pre.scale };
  }
  const [realLow, realHigh] = clampBounds(activation, clip);
  const quantize = float ? quantizeSingle : quantizeReal;
  const low = realLow === undefined ? output.low : quantize(realLow, output);
  const high = realHigh === undefined ? output.high : quantize(realHigh, output);
  return { stage: { zeroPoint: output.zeroPoint, low, high }, scale: output.scale };
}

/** The real bounds of an activation that is a clamp. */
function clampBounds(activation: Activation, clip: ClipRange | undefined): [number | undefined, number | undefined] {
  if (activation === "relu") return [0, undefined];
  if (activation === "relu6") return [0, 6];
  if (activation === "clip") return [clip?.min, clip?.max];
  return [undefined, undefined];
}

/** A scaled sum through the end of a layer: zero point, clamp, table. */
export function finish(scaled: number, stage: OutputStage): number {
  const value = clamp(scaled + stage.zeroPoint, stage.low, stage.high);
  return stage.table === undefined ? value : stage.table[value - stage.low]!;
}
