/**
 * The estimate of COMPASS (arXiv 2501.06780, sections 5 and 6 of our specification) of one partition: the cost its genetic algorithm makes small.
 *
 *   T = tLoadW + tWrite + combine(tFill + batch · tSample, tIo)
 *
 * tLoadW: each distinct weight once over the memory. tWrite: the busiest core's arrays one after another. tSample: the slowest layer or the
 * busiest issue port. tFill: the pipeline of layers, by windows or by samples. tIo: activations of the batch over the memory.
 * It knows no contention, no order inside cores, and no overlap between partitions.
 */
import type { Chip } from "../../../hardware/index.js";
import type { PartitionCost, PartitionPlan } from "../../../mapping/index.js";
import { type CompassConstants, compassConstants } from "./constants.js";

/** The open choices of the model (docs/compass.md). */
export interface CompassModel {
  /** Layers of a partition start when the first windows are there (low latency), or when a whole sample is (high throughput). */
  fill: "window" | "sample";
  /** Whether memory traffic runs beside computing, or after it. */
  combine: "max" | "sum";
  /** Issue ports take a fixed interval a group, or at least one MVM a window (PIMCOMP's piecewise form). */
  issue: "linear" | "piecewise";
}

/** What the genetic algorithm works with unless told otherwise. */
export const COMPASS_MODEL: CompassModel = { fill: "window", combine: "max", issue: "linear" };

/** The estimate of one partition, in chip cycles of the whole batch. */
export interface CompassEstimate extends PartitionCost {
  loadWeightCycles: number;
  writeCycles: number;
  /** One sample in the steady state. */
  sampleCycles: number;
  fillCycles: number;
  ioCycles: number;
}

/** A function that estimates partitions of one chip and batch. */
export function compassEstimator(
  chip: Chip,
  batch: number,
  model: Partial<CompassModel> = {},
): (plan: PartitionPlan) => CompassEstimate {
  const constants = compassConstants(chip);
  const choices = { ...COMPASS_MODEL, ...model };
  return (plan) => estimatePlan(plan, chip, constants, batch, choices);
}

function estimatePlan(
  plan: PartitionPlan,
  chip: Chip,
  constants: CompassConstants,
  batch: number,
  { fill, combine, issue }: CompassModel,
): CompassEstimate {
  const loadWeightCycles = plan.weightBytes * constants.weightTicksPerByte;
  const serial = plan.cores.reduce((most, { slotsWritten }) => Math.max(most, slotsWritten), 0);
  const writeCycles = Math.ceil(serial / constants.writePorts) * constants.arrayWriteTicks;
  let sampleCycles = issueTicks(plan, constants, issue);
  let fillCycles = 0;
  for (const layer of plan.layers) {
    const { ticks } = constants.group(layer.inputBits);
    sampleCycles = Math.max(sampleCycles, layer.windowsPerReplica * ticks);
    if (fill === "window") fillCycles += (layer.windowsBeforeConsumer * ticks) / layer.replicas;
  }
  if (fill === "sample") fillCycles = Math.max(0, plan.layers.length - 1) * sampleCycles;
  const ioCycles = batch * (plan.loadBytes + plan.storeBytes) * constants.activationTicksPerByte;
  const computing = fillCycles + batch * sampleCycles;
  const cycles =
    loadWeightCycles + writeCycles + (combine === "max" ? Math.max(computing, ioCycles) : computing + ioCycles);
  const energyPj = energyOf(plan, chip, constants, batch, cycles);
  return { loadWeightCycles, writeCycles, sampleCycles, fillCycles, ioCycles, cycles, energyPj };
}

/** Ticks of the busiest issue port for one sample. */
function issueTicks(
  { layers, cores }: PartitionPlan,
  constants: CompassConstants,
  form: CompassModel["issue"],
): number {
  let most = 0;
  for (const { groups } of cores) {
    let own = 0;
    if (form === "linear")
      for (let index = 0; index < layers.length; index++)
        own += groups[index]! * layers[index]!.windowsPerReplica * constants.issueTicks;
    else own = piecewiseTicks(layers, groups, constants);
    most = Math.max(most, own);
  }
  return most;
}

/** Window after window, as long as any layer has windows left: f(n) = max(n · tIssue, tMvm) for n groups that are still at work. */
function piecewiseTicks(
  layers: PartitionPlan["layers"],
  groups: readonly number[],
  { issueTicks: interval, group }: CompassConstants,
): number {
  const active = layers
    .map(({ windowsPerReplica, inputBits }, index) => ({
      windows: windowsPerReplica,
      ticks: group(inputBits).ticks,
      count: groups[index]!,
    }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => a.windows - b.windows);
  let count = active.reduce((sum, one) => sum + one.count, 0);
  let [done, ticks] = [0, 0];
  active.forEach((one, index) => {
    const slowest = Math.max(...active.slice(index).map((other) => other.ticks));
    ticks += (one.windows - done) * Math.max(count * interval, slowest);
    done = one.windows;
    count -= one.count;
  });
  return ticks;
}

/** Energy of a batch: weights moved and written, arrays, activations over memory, results, tensors inside, and what is always on. */
function energyOf(plan: PartitionPlan, chip: Chip, constants: CompassConstants, batch: number, cycles: number): number {
  const { energy, clockHz } = chip;
  let mvm = 0;
  for (const { inputBits, windows, slots, cells, columns } of plan.layers) {
    const { phases, conversionsPerColumn } = constants.group(inputBits);
    const phase = cells * energy.cellPhasePj + columns * conversionsPerColumn * energy.conversionPj;
    mvm += windows * (slots * energy.arrayMvmPj + phases * phase);
  }
  const weights =
    plan.weightBytes * constants.weightPjPerByte +
    plan.receivedWeightBytes * constants.receivedWeightPjPerByte +
    plan.cellsWritten * constants.cellPj +
    plan.rowsWritten * constants.rowPj;
  const sample =
    mvm +
    plan.loadBytes * constants.loadPjPerByte +
    plan.storeBytes * constants.storePjPerByte +
    plan.resultBytes * energy.vectorPjPerByte +
    plan.innerBytes * energy.networkPjPerByte;
  return weights + batch * sample + (energy.staticPowerMw * 1e9 * cycles) / clockHz;
}
