/** Effects on accumulators: ACC.OUT, ACC.ADD, RECOVER, and sums turned into results. */
import { InternalError, UserError } from "../base/index.js";
import type { InstructionOf } from "../isa/index.js";
import { finish, type MatrixParameters, multiplyByFactor } from "../workload/reference/index.js";
import type { Context } from "./context.js";
import { packElements, packedBytes, unpackElements, wrapSigned } from "./elements.js";
import { type ChannelRun, spaceNumber } from "./state.js";

/** The parameters of a matrix layer by name. */
export function matrixParameters(context: Context, name: string): MatrixParameters {
  const own = context.parameters.byName.get(name);
  if (own?.kind === "matrix") return own;
  throw new UserError({
    code: "unknown-parameters",
    message: "there are no requantisation parameters of this name",
    seen: `"${name}"`,
    accepted: `the name of a conv or fc layer of ${context.network.name}, or "raw"`,
  });
}

/** A finished sum as a result: bias with zero point correction, requantisation, zero point, clamp or table. */
export function resultOf(sum: number, channel: number, own: MatrixParameters): number {
  const corrected = (sum + own.correctedBias[channel]!) | 0;
  return finish(multiplyByFactor(corrected, own.multiplier[channel]!, own.shift[channel]!), own.output);
}

/** ACC.OUT: accumulator entries to memory, as results of a layer or raw. */
export function startOut(context: Context, instruction: InstructionOf<"ACC.OUT">): void {
  const { accumulator, elements, destination, params } = instruction;
  const { core, state } = context;
  const own = state.cores[core]!;
  const space = spaceNumber("acc", core);
  const raw = params === "raw";
  const bits = raw ? state.chip.core.accumulatorBits : instruction.elementBits;
  const layer = raw ? undefined : matrixParameters(context, params);
  const values = new Float64Array(elements);
  const channels = new Int32Array(elements);
  context.eachEntries(accumulator, 0, elements, (entry, at, count) => {
    context.observer?.read(space, entry, count);
    for (let i = 0; i < count; i++) {
      const channel = own.channels[entry + i]!;
      const sum = own.accumulators[entry + i]!;
      channels[at + i] = channel;
      if (layer === undefined) values[at + i] = sum;
      else {
        if (channel >= layer.channels)
          throw new InternalError(
            `accumulator ${entry + i} holds channel ${channel}, layer ${params} has ${layer.channels}`,
          );
        values[at + i] = resultOf(sum, channel, layer);
      }
    }
  });
  const bytes = packedBytes(elements, bits);
  const data = new Uint8Array(bytes);
  packElements(values, 0, elements, bits, data, 0);
  const to = context.rows(destination, 1, bytes, bytes);
  context.write(to, data);
  const target = spaceNumber(to.space, core);
  const run = raw ? runOf(channels) : undefined;
  if (run !== undefined || state.runs.has(target)) context.effect.also(() => state.setRun(target, to.base, run));
}

/** The channels of entries as a run that repeats: channel0, channel0 + 1, … up to `width` channels, again. */
function runOf(channels: Int32Array): ChannelRun {
  const channel0 = channels[0] ?? 0;
  let width = 1;
  while (width < channels.length && channels[width] !== channel0) width++;
  for (let i = 0; i < channels.length; i++)
    if (channels[i] !== channel0 + (i % width))
      throw new InternalError("raw sums of channels that do not follow each other");
  return { channel0, width };
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
  const to = context.rows(destination, 1, bytes, bytes);
  context.write(to, data);
  const { state } = context;
  const run =
    state.runAt(spaceNumber(fromA.space, fromA.core), fromA.base) ??
    state.runAt(spaceNumber(fromB.space, fromB.core), fromB.base);
  context.effect.also(() => state.setRun(spaceNumber(to.space, to.core), to.base, run));
}

/** RECOVER: both results of each complementary pair, Σ x·c + M·Σ x and Σ z·(−1 − c) + M·Σ z, in place. */
export function startRecover(context: Context, instruction: InstructionOf<"RECOVER">): void {
  const { accumulator, elements, params } = instruction;
  const { core, state, counts } = context;
  const layer = matrixParameters(context, params);
  if (layer.pairs === undefined)
    throw new UserError({
      code: "no-pairs",
      message: `layer ${params} has no complementary filter pairs`,
      accepted: "a layer stored as pairs",
    });
  const { means } = layer.pairs;
  const own = state.cores[core]!;
  const space = spaceNumber("acc", core);
  context.eachEntries(accumulator, 0, elements, (entry, _at, count) => {
    context.observer?.read(space, entry, count);
    context.observer?.write(space, entry, count);
    const recovered = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      const mean = means[own.channels[entry + i]! >> 1] ?? 0;
      recovered[i] = own.accumulators[entry + i]! + mean * own.inputSums[entry + i]!;
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
