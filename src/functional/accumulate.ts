/** Effects on accumulators: ACC.OUT, ACC.ADD, RECOVER, and sums turned into results. */
import { UserError } from "../base/index.js";
import type { InstructionOf } from "../isa/index.js";
import { type MatrixParameters, requantize } from "../workload/reference/index.js";
import type { Context } from "./context.js";
import { packElements, packedBytes, unpackElements, wrapSigned } from "./elements.js";
import { matrixRun } from "./params.js";
import { spaceNumber } from "./state.js";

/** A finished sum as a result: bias with zero point correction, requantisation, zero point, clamp or table. */
export function resultOf(sum: number, channel: number, own: MatrixParameters): number {
  return requantize(sum + own.correctedBias[channel]!, channel, own);
}

/** ACC.OUT: accumulator entries to memory, as results of a layer or raw. */
export function startOut(context: Context, instruction: InstructionOf<"ACC.OUT">): void {
  const { accumulator, elements, destination, params } = instruction;
  const { core, state } = context;
  const own = state.cores[core]!;
  const space = spaceNumber("acc", core);
  const raw = params === "raw";
  const bits = raw ? state.chip.core.accumulatorBits : instruction.elementBits;
  const run = raw ? undefined : matrixRun(context, params);
  const values = new Float64Array(elements);
  context.eachEntries(accumulator, 0, elements, (entry, at, count) => {
    context.observer?.read(space, entry, count);
    for (let i = 0; i < count; i++) {
      const sum = own.accumulators[entry + i]!;
      values[at + i] = run === undefined ? sum : resultOf(sum, run.channel0 + ((at + i) % run.channels), run.own);
    }
  });
  const bytes = packedBytes(elements, bits);
  const data = new Uint8Array(bytes);
  packElements(values, 0, elements, bits, data, 0);
  context.write(context.rows(destination, 1, bytes, bytes), data);
}

/** ACC.ADD: partial sums in local memory, added at accumulator width. */
export function startAdd(context: Context, instruction: InstructionOf<"ACC.ADD">): void {
  const { destination, a, b, elements } = instruction;
  const bits = context.state.chip.core.accumulatorBits;
  const bytes = packedBytes(elements, bits);
  const fromA = context.rows(a, 1, bytes, bytes);
  const fromB = context.rows(b, 1, bytes, bytes);
  const left = new Float64Array(elements);
  const right = new Float64Array(elements);
  unpackElements(context.read(fromA), 0, elements, bits, true, left);
  unpackElements(context.read(fromB), 0, elements, bits, true, right);
  for (let i = 0; i < elements; i++) {
    const sum = left[i]! + right[i]!;
    left[i] = wrapSigned(sum, bits);
    if (left[i] !== sum) context.counts.overflows++;
  }
  const data = new Uint8Array(bytes);
  packElements(left, 0, elements, bits, data, 0);
  context.write(context.rows(destination, 1, bytes, bytes), data);
}

/**
 * RECOVER, in place: both results of each complementary pair, Σ x·c + M·Σ x and Σ z·(−1 − c) + M·Σ z; of asymmetric weights
 * Σ x·w − zero point·Σ x.
 */
export function startRecover(context: Context, instruction: InstructionOf<"RECOVER">): void {
  const { accumulator, elements, params } = instruction;
  const { core, state, counts } = context;
  const run = matrixRun(context, params);
  const { pairs, asymmetric } = run.own;
  if (pairs === undefined && asymmetric === undefined)
    throw new UserError({
      code: "no-pairs",
      message: `layer ${params} has neither complementary filter pairs nor asymmetric weights`,
      accepted: "a layer stored as pairs, or with zero points in its cells",
    });
  const factor = (channel: number) =>
    pairs === undefined ? -asymmetric!.zeroPoints[channel]! : (pairs.means[channel >> 1] ?? 0);
  const own = state.cores[core]!;
  const space = spaceNumber("acc", core);
  context.eachEntries(accumulator, 0, elements, (entry, at, count) => {
    context.observer?.read(space, entry, count);
    context.observer?.write(space, entry, count);
    const recovered = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      const channel = run.channel0 + ((at + i) % run.channels);
      recovered[i] = own.accumulators[entry + i]! + factor(channel) * own.inputSums[entry + i]!;
    }
    context.effect.also(() => {
      for (let i = 0; i < count; i++) {
        const wrapped = wrapSigned(recovered[i]!, state.chip.core.accumulatorBits);
        if (wrapped !== recovered[i]) counts.overflows++;
        own.accumulators[entry + i] = wrapped;
      }
    });
  });
}
