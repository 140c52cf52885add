/** The partitions of a run beside the estimate that COMPASS would have made of them, and what it misses. */
import { type CompassModel, compassEstimator, compassTerms, mappingPlans } from "../analytical/index.js";
import { subtractTerms } from "../base/index.js";
import type { Chip } from "../hardware/index.js";
import type { Mapping } from "../mapping/index.js";
import type { StageComparison } from "../results/index.js";
import { causeOf, type ModelledPartition, type ModelSummary, type PartitionComparison } from "../results/index.js";
import type { Network } from "../workload/index.js";

/** A Mapping by the estimate of COMPASS: each partition, and the sums. */
export interface ModelledMapping {
  model: ModelSummary;
  partitions: ModelledPartition[];
  /** Terms of every partition's estimate. */
  terms: ReturnType<typeof compassTerms>[];
}

/** The COMPASS estimate of all partitions of a Mapping. */
export function modelMapping(
  mapping: Mapping,
  network: Network,
  chip: Chip,
  model: Partial<CompassModel> = {},
): ModelledMapping {
  const plans = mappingPlans(mapping, network, chip);
  const estimates = plans.map(compassEstimator(chip, mapping.batch, model));
  const sum = (of: (estimate: (typeof estimates)[number]) => number) =>
    estimates.reduce((total, estimate) => total + of(estimate), 0);
  const cycles = sum((estimate) => estimate.cycles);
  return {
    model: {
      name: "compass",
      cycles,
      energyPj: sum((estimate) => estimate.energyPj),
      throughputPerSecond: cycles > 0 ? (mapping.batch * chip.clockHz) / cycles : 0,
    },
    partitions: estimates.map((estimate, index) => {
      const { layers, unit0, unit1 } = mapping.partitions[index]!;
      const { loadWeightCycles, writeCycles, sampleCycles, fillCycles, ioCycles } = estimate;
      return {
        index,
        layers: layers.map(({ name }) => name),
        units: unit1 - unit0,
        modelCycles: estimate.cycles,
        modelEnergyPj: estimate.energyPj,
        modelParts: { loadWeightCycles, writeCycles, sampleCycles, fillCycles, ioCycles },
        loadBytes: plans[index]!.loadBytes,
        storeBytes: plans[index]!.storeBytes,
      };
    }),
    terms: estimates.map((estimate, index) => compassTerms(estimate, plans[index]!, chip, mapping.batch, model)),
  };
}

/** Model, estimate and simulation of every partition. */
export function comparePartitions(
  { partitions, terms }: ModelledMapping,
  mapping: Mapping,
  stages: readonly StageComparison[],
): PartitionComparison[] {
  return partitions.map((partition, index) => {
    const mapped = mapping.partitions[index]!;
    const stage = stages.find((one) => one.stage === partition.index);
    const simulatedCycles = stage?.simulatedCycles ?? 0;
    return {
      ...partition,
      estimateCycles: stage?.estimateCycles ?? 0,
      simulatedCycles,
      gapCycles: simulatedCycles - partition.modelCycles,
      cause: stage === undefined ? "none" : causeOf(subtractTerms(stage.path, terms[index]!)),
      writeExposedCycles: stage?.path.write ?? 0,
      samplesPerRound: mapped.samplesPerRound,
      inStrips: mapped.layers.filter(({ strips }) => strips > 1).map(({ name }) => name),
      traffic: { ...mapped.traffic },
    };
  });
}
