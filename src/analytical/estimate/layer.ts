/**
 * What one layer of a stage asks of every resource in one sample.
 * Bytes and vector results come from the Mapping's work table, array times from its tiles: a step that is driven with w windows
 * keeps its arrays w · ticks a vector, its core's issue slot w · issue cycles.
 */
import { invariant } from "../../base/index.js";
import type { Chip } from "../../hardware/index.js";
import type { LayerWork, MappedLayer, MappedPartition, MappedSlice, Mapping } from "../../mapping/index.js";
import type { Layer, Network } from "../../workload/index.js";
import type { Ledger } from "./ledger.js";
import { type IdealSet, vectorTicksPerByte } from "./rates.js";
import { chainOf, heightOf } from "./rows.js";
import { type StepCost, stepCost } from "./steps.js";

/** What all layers of an estimate share. */
export interface EstimateContext {
  mapping: Mapping;
  network: Network;
  chip: Chip;
  ideal: IdealSet;
}

/** Bits of an element of a tensor. */
export function bitsOf({ mapping, network }: EstimateContext, tensor: number): number {
  return network.tensors[tensor]!.bits ?? mapping.precision.activationBits;
}

/** The work row of a layer in a partition. */
export function workOf(partition: MappedPartition, layer: MappedLayer): LayerWork {
  const work = partition.work.find((row) => row.layer === layer.layer);
  invariant(work, `the mapping has no work row for layer "${layer.name}" in stage ${partition.index}`);
  return work;
}

/** Windows of one copy in one sample: copy r makes the final rows y with y mod replicas = r. */
export function windowsOfCopy(network: Network, layer: MappedLayer, windows: number, copy: number): number {
  const rows = heightOf(network, layer.output);
  const own = Math.floor((rows - 1 - copy) / layer.replicas) + 1;
  return (windows * Math.max(0, own)) / rows;
}

/** One step of a layer with the windows it sees in a sample. */
export interface DrivenStep {
  core: number;
  windows: number;
  cost: StepCost;
}

/** All steps of a matrix layer. */
export function drivenSteps(context: EstimateContext, layer: MappedLayer, work: LayerWork): DrivenStep[] {
  const { mapping, network, chip, ideal } = context;
  if (layer.kind === "vector") return [];
  const inputBits = bitsOf(context, network.layers[layer.layer]!.inputs[0]!);
  const steps: DrivenStep[] = [];
  for (const slice of layer.slices)
    slice.copies.forEach((copy, index) => {
      const windows = windowsOfCopy(network, layer, work.windows, index);
      for (const part of copy.parts)
        for (const step of part.steps)
          steps.push({ core: part.core, windows, cost: stepCost(mapping, chip, ideal, step, inputBits) });
    });
  return steps;
}

/** Raw partial sums of a slice's copies that travel: bytes a sample from each part to the owner. */
export function partialSums(
  context: EstimateContext,
  layer: MappedLayer,
  work: LayerWork,
): { from: number; to: number; bytes: number }[] {
  const sums: { from: number; to: number; bytes: number }[] = [];
  for (const slice of layer.slices)
    slice.copies.forEach((copy, index) => {
      const windows = windowsOfCopy(context.network, layer, work.windows, index);
      const bytes = (windows * slice.channels * context.chip.core.accumulatorBits) / 8;
      for (const part of copy.parts.slice(1)) sums.push({ from: part.core, to: copy.parts[0]!.core, bytes });
    });
  return sums;
}

/** What the vector unit of one core does beyond the results the work table counts. */
export interface VectorExtra {
  /** Bytes a pooling window works on beyond its result. */
  poolBytes: number;
  /** Bytes of operands read from local memory. */
  readBytes: number;
  /** Bytes of results that are raw partial sums or their sums. */
  partialBytes: number;
}

/** Operands a link reads for each result: the whole window for pooling, both operands of a sum. */
function operandsOf(layer: Layer): number {
  if (layer.op === "maxpool" || layer.op === "avgpool") return layer.kernelHeight * layer.kernelWidth;
  return layer.op === "add" || layer.op === "mul" ? 2 : 1;
}

/** Bytes that one link of a chain keeps the vector unit of each owner busy with in a sample: results, times the window for pooling. */
export function followerBytes(context: EstimateContext, layer: MappedLayer, link: number): Map<number, number> {
  const { network } = context;
  const one = chainOf(network, layer)[link]!;
  const { height, width } = network.tensors[one.output]!.shape;
  const pooled = one.op === "maxpool" || one.op === "avgpool";
  const bytes = new Map<number, number>();
  for (const slice of layer.slices)
    for (const { parts } of slice.copies) {
      const results = (height * width * slice.channels * bitsOf(context, one.output)) / 8 / slice.copies.length;
      const { core } = parts[0]!;
      bytes.set(core, (bytes.get(core) ?? 0) + results * (pooled ? operandsOf(one) : 1));
    }
  return bytes;
}

/** Vector work by core: links of the chain behind the arrays, and the adding of partial sums. */
export function vectorExtras(context: EstimateContext, layer: MappedLayer, work: LayerWork): Map<number, VectorExtra> {
  const { network, chip } = context;
  const extras = new Map<number, VectorExtra>();
  const of = (core: number): VectorExtra => {
    let extra = extras.get(core);
    if (!extra) {
      extra = { poolBytes: 0, readBytes: 0, partialBytes: 0 };
      extras.set(core, extra);
    }
    return extra;
  };
  const chain = chainOf(network, layer);
  const links = layer.kind === "vector" ? chain : chain.slice(1);
  const owners = (slice: MappedSlice) => slice.copies.map((copy) => copy.parts[0]!.core);
  for (const link of links) {
    const { height, width } = network.tensors[link.output]!.shape;
    const operands = operandsOf(link);
    for (const slice of layer.slices) {
      const bytes = (height * width * slice.channels * bitsOf(context, link.output)) / 8;
      for (const core of owners(slice)) {
        const extra = of(core);
        const share = bytes / slice.copies.length;
        extra.readBytes += share * operands;
        if (link.op === "maxpool" || link.op === "avgpool") extra.poolBytes += share * (operands - 1);
      }
    }
  }
  for (const slice of layer.slices)
    slice.copies.forEach((copy, index) => {
      const { parts } = copy;
      if (parts.length < 2) return;
      const raw = (windowsOfCopy(network, layer, work.windows, index) * slice.channels * chip.core.accumulatorBits) / 8;
      for (const part of parts) of(part.core).partialBytes += raw;
      const owner = of(parts[0]!.core);
      owner.partialBytes += raw * (parts.length - 1);
      owner.readBytes += raw * (2 * (parts.length - 1) + 1);
    });
  return extras;
}

function addArrays(context: EstimateContext, ledger: Ledger, index: number, steps: readonly DrivenStep[]): number {
  const { chip, ideal } = context;
  const { mvmIssueCycles, outstanding, arrays } = chip.core;
  const issue = ideal.has("issue") ? 1 : mvmIssueCycles;
  let tail = 0;
  for (const { core, windows, cost } of steps) {
    const times = (terms: StepCost["vectorTerms"], factor: number) =>
      Object.fromEntries(Object.entries(terms).map(([term, ticks]) => [term, ticks * factor]));
    for (const array of cost.facts.arrays)
      ledger.use(`core ${core} array ${array}`, index, "mvm", times(cost.vectorTerms, windows));
    for (const group of cost.facts.adcGroups)
      ledger.use(`core ${core} ADC group ${group}`, index, "mvm", times(cost.holdTerms, windows));
    ledger.use(`core ${core} MVMs under way`, index, "mvm", times(cost.vectorTerms, windows / outstanding.mvm));
    ledger.use(`core ${core} MVM issue`, index, "mvm", { mvm: windows * issue });
    const bytes = cost.facts.inputBytes * windows;
    if (arrays.inputsFrom === "localMemory") ledger.local(core, "reads", bytes, "inputLoad", index, "mvm");
    else {
      ledger.memory(arrays.inputsFrom === "dram" ? "gm" : "gb", "reads", bytes, "inputLoad", index, "mvm");
      ledger.network("memory", core, bytes, "inputLoad", index, "mvm");
    }
    tail = Math.max(tail, cost.tailTicks);
  }
  return tail;
}

function addVector(context: EstimateContext, ledger: Ledger, index: number, layer: MappedLayer, work: LayerWork): void {
  const { chip, ideal } = context;
  const perByte = vectorTicksPerByte(chip, ideal);
  const start = ideal.has("vector") ? 1 : chip.core.vectorUnit.startCycles;
  const extras = vectorExtras(context, layer, work);
  const toLocal = chip.core.arrays.outputsTo === "localMemory";
  for (const row of work.cores) {
    const { poolBytes, readBytes, partialBytes } = extras.get(row.core) ?? {
      poolBytes: 0,
      readBytes: 0,
      partialBytes: 0,
    };
    const partial = Math.min(partialBytes, row.vectorBytes) * perByte;
    const all = (row.vectorBytes + poolBytes) * perByte + row.vectorOps * start;
    ledger.use(`core ${row.core} vector unit`, index, "vector", { vector: all - partial, partialSums: partial });
    ledger.local(row.core, "reads", readBytes, "vector", index, "vector");
    if (toLocal) ledger.local(row.core, "writes", row.vectorBytes, "vector", index, "vector");
  }
}

function addTransfers(context: EstimateContext, ledger: Ledger, index: number, work: LayerWork): void {
  const { mapping, chip } = context;
  const space = mapping.tensorMemory;
  const onBus = chip.network.kind === "bus";
  for (const row of work.cores) {
    const { core } = row;
    ledger.memory(space, "reads", row.inputMemoryBytes, "inputLoad", index, "load");
    ledger.network("memory", core, row.inputMemoryBytes, "inputLoad", index, "load");
    ledger.local(core, "writes", row.inputMemoryBytes, "inputLoad", index, "load");
    ledger.local(core, "writes", row.inputStreamBytes, "network", index, "load");
    ledger.local(core, "reads", row.outputStreamBytes, "network", index, "out");
    // A message to several cores takes the bus once; links are counted by `addStreams`.
    if (onBus) ledger.network(core, core, row.outputStreamBytes, "network", index, "out");
    if (chip.core.arrays.outputsTo === "localMemory")
      ledger.local(core, "reads", row.outputMemoryBytes, "store", index, "out");
    ledger.network(core, "memory", row.outputMemoryBytes, "store", index, "out");
    ledger.memory(space, "writes", row.outputMemoryBytes, "store", index, "out");
  }
}

/** On a mesh: what each consumer core receives, shared out over the owners of the producers' slices by channels. */
function addStreams(context: EstimateContext, ledger: Ledger, partition: MappedPartition): void {
  if (context.chip.network.kind === "bus") return;
  partition.layers.forEach((consumer) => {
    const producers = partition.edges
      .filter((edge) => edge.kind === "stream" && edge.to === consumer.layer)
      .map((edge) => partition.layers.findIndex((layer) => layer.layer === edge.from))
      .filter((index) => index >= 0);
    const sources = producers.flatMap((index) =>
      partition.layers[index]!.slices.flatMap(({ channels, copies }) =>
        copies.map((copy) => ({ index, core: copy.parts[0]!.core, weight: channels / copies.length })),
      ),
    );
    const all = sources.reduce((sum, source) => sum + source.weight, 0);
    for (const { core, inputStreamBytes } of workOf(partition, consumer).cores)
      for (const source of sources)
        ledger.network(source.core, core, (inputStreamBytes * source.weight) / all, "network", source.index, "out");
  });
}

/** Adds one layer of a stage to a ledger, streams on a mesh apart; gives the tail of its MVMs. */
export function addLayer(context: EstimateContext, ledger: Ledger, partition: MappedPartition, index: number): number {
  const layer = partition.layers[index]!;
  const work = workOf(partition, layer);
  const tail = addArrays(context, ledger, index, drivenSteps(context, layer, work));
  addVector(context, ledger, index, layer, work);
  addTransfers(context, ledger, index, work);
  for (const { from, to, bytes } of partialSums(context, layer, work)) {
    if (from === to) continue;
    ledger.local(from, "reads", bytes, "network", index, "out");
    ledger.network(from, to, bytes, "network", index, "out");
    ledger.local(to, "writes", bytes, "network", index, "out");
  }
  return tail;
}

/** Adds all layers of a stage to a ledger; gives the tail of each layer's MVMs. */
export function addLayers(context: EstimateContext, ledger: Ledger, partition: MappedPartition): number[] {
  const tails = partition.layers.map((_, index) => addLayer(context, ledger, partition, index));
  addStreams(context, ledger, partition);
  return tails;
}
