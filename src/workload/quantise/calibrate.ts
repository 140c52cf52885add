/**
 * Calibration: what a network of real numbers holds while it works on samples.
 * Inputs: the network, its real weights, and samples of its inputs. Invariants: memory is bounded by the tensors alive in one
 * sample and by `keptValues` a tensor; tensors that must share a scale share what is known of them.
 */
import { UserError } from "../../base/index.js";
import { isMacLayer, type Network } from "../network.js";
import { networkTotals } from "../totals.js";
import { activateLayer, checkedInputs, executeLayer, type RealMatrix } from "./float.js";
import { aliveAfter } from "./lifetimes.js";

/** What is known of a tensor. */
export interface Reach {
  /** The smallest value, 0 at most. */
  min: number;
  /** The largest value, 0 at least. */
  max: number;
  /** Values in even distances, for searches of a better range. */
  values: number[];
}

/** Values of a tensor that are kept at most, over all samples. */
const keptValues = 16384;

/** As many samples as 2^27 multiplications pay for, 2 to 32: what is worth to draw, or to measure biases with. */
export function worthwhileSamples(network: Network): number {
  return Math.min(32, Math.max(2, Math.floor(2 ** 27 / Math.max(1, networkTotals(network).macs))));
}

/** What the tensors of a network hold, by id; `watch` sees the sums of every layer with weights. */
export function calibrate(
  network: Network,
  matrices: readonly (RealMatrix | undefined)[],
  samples: readonly ReadonlyMap<number, Float32Array>[],
  watch: (layer: number, sums: Float32Array, sample: number) => void,
): Reach[] {
  const own = network.tensors.map((): Reach => ({ min: 0, max: 0, values: [] }));
  const alive = aliveAfter(network);
  const most = Math.max(1, Math.floor(keptValues / samples.length));
  for (const [index, sample] of samples.entries()) {
    const values = checkedInputs(network, sample);
    for (const [id, list] of values) note(network, id, list, own[id]!, most);
    for (const layer of network.layers) {
      const sums = executeLayer(network, layer, matrices[layer.id], values);
      if (isMacLayer(layer)) watch(layer.id, sums, index);
      const result = activateLayer(network, layer, sums);
      note(network, layer.output, result, own[layer.output]!, most);
      values.set(layer.output, result);
      alive.free(layer.id, values);
    }
  }
  return shareReaches(network, own);
}

/** Notes the values of a tensor in one sample, `most` of them for keeps. */
function note(network: Network, id: number, list: Float32Array, reach: Reach, most: number): void {
  const { name, shape } = network.tensors[id]!;
  for (const value of list) {
    if (!Number.isFinite(value)) throw overflow(name, value);
    if (value < reach.min) reach.min = value;
    if (value > reach.max) reach.max = value;
  }
  // A distance without a common divisor with the channels comes by all of them.
  let distance = Math.ceil(list.length / most);
  while (commonDivisor(distance, shape.channels) > 1) distance++;
  for (let i = 0; i < list.length && reach.values.length < keptValues; i += distance) reach.values.push(list[i]!);
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

function overflow(tensor: string, value: number): UserError {
  const message = "calibration leads to a number that is not finite";
  return new UserError({ code: "calibration", message, place: { field: `tensor ${tensor}` }, seen: `${value}` });
}

/** Adds one sample's part, of so many samples, to the means of sums by output channel. */
export function addMeans(means: Float64Array, sums: Float32Array, samples: number): void {
  const channels = means.length;
  const share = channels / sums.length / samples;
  for (let i = 0; i < sums.length; i++) means[i % channels]! += share * sums[i]!;
}

/** Pools and concatenations move integers without changing their meaning: their tensors have one scale. */
function shareReaches(network: Network, own: readonly Reach[]): Reach[] {
  const parent = network.tensors.map(({ id }) => id);
  const root = (id: number): number => {
    let at = id;
    while (parent[at] !== at) at = parent[at]!;
    return at;
  };
  for (const { op, inputs, output } of network.layers)
    if (op === "concat" || op === "maxpool" || op === "avgpool")
      for (const input of inputs) parent[root(input)] = root(output);
  const shared = new Map<number, Reach>();
  return own.map((reach, id) => {
    const whole = shared.get(root(id)) ?? { min: 0, max: 0, values: [] };
    shared.set(root(id), whole);
    whole.min = Math.min(whole.min, reach.min);
    whole.max = Math.max(whole.max, reach.max);
    for (const value of reach.values) whole.values.push(value);
    return whole;
  });
}
