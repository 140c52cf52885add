/**
 * Activations on integers: a clamp where the function is piecewise linear with slope 1, a table of 2^bits entries elsewhere.
 */
import type { Activation, ClipRange, Curve } from "../network.js";
import { activateReal, needsTable, reachOf, tablesOf } from "./curves.js";
import { clamp, fixedFactor, multiplyByFactor, roundHalfAway } from "./fixed.js";
import { hardSwish } from "./hard-swish.js";
import type { OutputStage, TensorRange } from "./parameters.js";
import { quantizeSingle } from "./single.js";

const single = Math.fround;

/** A real number as an integer of a tensor, clamped to what it holds. */
export function quantizeReal(value: number, range: TensorRange): number {
  return clamp(range.zeroPoint + roundHalfAway(value / range.scale), range.low, range.high);
}

/** The table of a function from one range to another, by (input − input.low), as TensorFlow Lite makes it; one a channel where it has several. */
export function activationTable(curve: Curve, input: TensorRange, output: TensorRange): Int32Array {
  const entries = input.high - input.low + 1;
  const table = new Int32Array(entries * tablesOf(curve));
  const one = entryOf(curve, input, output);
  for (let index = 0; index < table.length; index++)
    table[index] = one(input.low + (index % entries) - input.zeroPoint, Math.floor(index / entries));
  return table;
}

/** What makes an entry of a table, from an input less its zero point. */
function entryOf(curve: Curve, input: TensorRange, output: TensorRange): (value: number, channel: number) => number {
  const { activation, coefficients = {} } = curve;
  const end: OutputStage = { zeroPoint: output.zeroPoint, low: output.low, high: output.high };
  switch (activation) {
    case "leakyrelu": {
      const straight = fixedFactor(single(input.scale / output.scale));
      const { slopes = [0.01], slopeScale } = coefficients;
      return (value, channel) => {
        if (value >= 0) return finish(multiplyByFactor(value, straight.multiplier, straight.shift), end);
        const slope = slopes[slopes.length > 1 ? channel : 0]!;
        // Integer slopes multiply the integer, real ones are part of the factor; the sign stands apart.
        const factor = single(single(input.scale * (slopeScale ?? Math.abs(slope))) / output.scale);
        const { multiplier, shift } = fixedFactor(factor);
        return finish(
          multiplyByFactor(value * (slopeScale === undefined ? Math.sign(slope) : slope), multiplier, shift),
          end,
        );
      };
    }
    case "hardswish":
      if (output.bits <= 8) return (value) => hardSwish(value, input.scale, output);
      break;
    case "times":
    case "plus": {
      const { slopes = [0], slopeScale = 1 } = coefficients;
      const { min, max } = curve.clip ?? {};
      if (min !== undefined) end.low = quantizeReal(min, output);
      if (max !== undefined) end.high = quantizeReal(max, output);
      const combine =
        activation === "times"
          ? scaledProduct(input.scale, slopeScale, end, output.scale)
          : scaledSum(input.scale, slopeScale, end, output);
      return (value, channel) => combine(value, slopes[slopes.length > 1 ? channel : 0]!);
    }
    case "none":
    case "relu":
    case "relu6":
    case "clip": {
      // A change of scale with bounds, in fixed point like every other one.
      const { stage } = outputStage(curve, output);
      const { multiplier, shift } = fixedFactor(input.scale / output.scale);
      return (value) => finish(multiplyByFactor(value, multiplier, shift), stage);
    }
  }
  const inverse = single(1 / single(output.scale));
  return (value, channel) => {
    const result = single(activateReal(curve, single(single(input.scale) * value), channel));
    return clamp(output.zeroPoint + roundHalfAway(single(result * inverse)), output.low, output.high);
  };
}

/** A product of integers less their zero points: one factor for both scales. */
function scaledProduct(a: number, b: number, end: OutputStage, output: number): (x: number, y: number) => number {
  const { multiplier, shift } = fixedFactor(single(single(a * b) / output));
  return (x, y) => finish(multiplyByFactor(x * y, multiplier, shift), end);
}

/** A sum of integers less their zero points: both shifted left, brought to one scale, added, and brought to the output's. A negative scale takes the second off. */
function scaledSum(a: number, b: number, end: OutputStage, output: TensorRange): (x: number, y: number) => number {
  const shift = output.bits > 8 ? 15 : 20;
  const twice = 2 * Math.max(a, Math.abs(b));
  const [left, right] = [fixedFactor(a / twice), fixedFactor(Math.abs(b) / twice)];
  const last = fixedFactor(twice / (2 ** shift * output.scale));
  return (x, y) => {
    const sum =
      multiplyByFactor(x * 2 ** shift, left.multiplier, left.shift) +
      multiplyByFactor(y * 2 ** shift, b < 0 ? -right.multiplier : right.multiplier, right.shift);
    return finish(multiplyByFactor(sum, last.multiplier, last.shift), end);
  };
}

/**
 * The range in which a layer's sums are held before a fused table activation: signed, centred, as wide as the output, and
 * reaching as far as the function still changes.
 */
export function preActivationRange(curve: Curve, output: TensorRange): TensorRange {
  const high = 2 ** (output.bits - 1) - 1;
  const [low, top] = [output.low, output.high].map((end) => (end - output.zeroPoint) * output.scale) as [
    number,
    number,
  ];
  const reach = reachOf(curve, low, top) || 1;
  return { bits: output.bits, signed: true, scale: reach / high, zeroPoint: 0, low: -high - 1, high };
}

/** The end of a layer with this activation into this tensor, and the scale its sums must be brought to. */
export function outputStage(curve: Curve, output: TensorRange, float = false): { stage: OutputStage; scale: number } {
  const { activation, clip } = curve;
  if (needsTable(activation)) {
    const pre = preActivationRange(curve, output);
    const table = activationTable(curve, pre, output);
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
