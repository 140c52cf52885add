/**
 * What one layer of a stage asks of every resource in one sample: its counted work (`demand.ts`) × the chip's rates, and for its steps
 * windows × ticks a vector on every array, windows × issue cycles on its core's issue slot.
 */
import type { Term, TermCycles } from "../../base/index.js";
import type { MappedLayer } from "../../mapping/index.js";
import { bitsOf, type EstimateContext } from "./context.js";
import type { LayerDemand } from "./demand.js";
import type { Ledger } from "./ledger.js";
import { vectorTicksPerByte } from "./rates.js";
import { type StepCost, stepCost } from "./steps.js";

/** One step of a layer with the windows it sees in a sample. */
export interface DrivenStep {
  core: number;
  windows: number;
  cost: StepCost;
}

/** All steps of a matrix layer; none of a vector layer. */
export function drivenSteps(context: EstimateContext, layer: MappedLayer, demand: LayerDemand): DrivenStep[] {
  if (layer.kind === "vector") return [];
  const { mapping, network, chip, ideal } = context;
  const inputBits = bitsOf(context, network.layers[layer.layer]!.inputs[0]!);
  const costs = new Map<string, StepCost>();
  return layer.slices.flatMap((slice) =>
    slice.copies.flatMap((copy, index) =>
      copy.parts.flatMap((part) =>
        part.steps.map((step): DrivenStep => {
          // Copies of a slice cost the same where they lie in the same arrays.
          const key = step.pieces.map(({ array, tile }) => `${array} ${tile}`).join();
          const cost = costs.get(key) ?? stepCost(mapping, chip, ideal, step, inputBits);
          costs.set(key, cost);
          return { core: part.core, windows: demand.windows[index]!, cost };
        }),
      ),
    ),
  );
}

function scaled(terms: Readonly<Partial<TermCycles>>, factor: number): Partial<TermCycles> {
  const result: Partial<TermCycles> = {};
  for (const term in terms) result[term as Term] = terms[term as Term]! * factor;
  return result;
}

function addArrays(context: EstimateContext, ledger: Ledger, index: number, steps: readonly DrivenStep[]): number {
  const { chip, ideal } = context;
  const { mvmIssueCycles, outstanding, arrays } = chip.core;
  const issue = ideal.has("issue") ? 1 : mvmIssueCycles;
  let tail = 0;
  for (const { core, windows, cost } of steps) {
    const ofArrays = scaled(cost.vectorTerms, windows);
    for (const array of cost.facts.arrays) ledger.use(`core ${core} array ${array}`, index, "mvm", ofArrays);
    for (const group of cost.facts.adcGroups)
      ledger.use(`core ${core} ADC group ${group}`, index, "mvm", scaled(cost.converterTerms, windows));
    ledger.use(`core ${core} MVMs under way`, index, "mvm", scaled(cost.vectorTerms, windows / outstanding.mvm));
    // An issue slot is named after the work of the vector that keeps it; only what exceeds that is mvm.
    const slot = scaled(cost.vectorTerms, (windows * Math.min(issue, cost.vectorTicks)) / cost.vectorTicks);
    slot.mvm = (slot.mvm ?? 0) + windows * Math.max(0, issue - cost.vectorTicks);
    ledger.use(`core ${core} MVM issue`, index, "mvm", slot);
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

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function addVector(context: EstimateContext, ledger: Ledger, index: number, demand: LayerDemand): void {
  const { chip, ideal } = context;
  const perByte = vectorTicksPerByte(chip, ideal);
  const start = ideal.has("vector") ? 1 : chip.core.vectorUnit.startCycles;
  for (const [core, { results, pooling, partial, operands, vectorOps }] of demand.cores) {
    const written = sum(results);
    const all = (written + sum(pooling)) * perByte + vectorOps * start;
    const partialSums = partial * perByte;
    ledger.use(`core ${core} vector unit`, index, "vector", { vector: all - partialSums, partialSums });
    ledger.local(core, "reads", operands, "vector", index, "vector");
    ledger.local(core, "writes", written, "vector", index, "vector");
  }
}

function addTransfers(context: EstimateContext, ledger: Ledger, index: number, demand: LayerDemand): void {
  const { mapping, chip } = context;
  const space = mapping.tensorMemory;
  const onBus = chip.network.kind === "bus";
  for (const [core, { inputMemory, inputStream, outputMemory, outputStream }] of demand.cores) {
    ledger.memory(space, "reads", inputMemory, "inputLoad", index, "load");
    ledger.network("memory", core, inputMemory, "inputLoad", index, "load");
    ledger.local(core, "writes", inputMemory, "inputLoad", index, "load");
    ledger.local(core, "writes", inputStream, "network", index, "load");
    ledger.local(core, "reads", outputStream, "network", index, "out");
    if (onBus) ledger.network(core, core, outputStream, "network", index, "out");
    ledger.local(core, "reads", outputMemory, "store", index, "out");
    ledger.network(core, "memory", outputMemory, "store", index, "out");
    ledger.memory(space, "writes", outputMemory, "store", index, "out");
  }
  if (!onBus)
    for (const { from, to, bytes } of demand.streams) ledger.network(from, to, bytes, "network", index, "out");
  for (const { from, to, bytes } of demand.partialSums) {
    ledger.local(from, "reads", bytes, "network", index, "out");
    ledger.network(from, to, bytes, "network", index, "out");
    ledger.local(to, "writes", bytes, "network", index, "out");
  }
}

/** Adds one layer of a stage to a ledger; gives the tail of its MVMs. */
export function addLayer(
  context: EstimateContext,
  ledger: Ledger,
  index: number,
  demand: LayerDemand,
  steps: readonly DrivenStep[],
): number {
  addVector(context, ledger, index, demand);
  addTransfers(context, ledger, index, demand);
  return addArrays(context, ledger, index, steps);
}
