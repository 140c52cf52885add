/**
 * The independent analytical estimate of a Mapping: an architect's closed forms, contention-free, the busiest resource of every stage.
 * Input: Mapping, Network and Chip, never a Program, so that an error in code emission shows as a gap. docs/estimate.md derives the forms.
 */
import { addTerms, sumTerms, zeroTerms } from "../../base/index.js";
import type { Chip } from "../../hardware/index.js";
import type { Mapping } from "../../mapping/index.js";
import type { Estimate } from "../../results/index.js";
import type { Network } from "../../workload/index.js";
import type { WorkCounts } from "../counts.js";
import { type Energy, energyOf } from "../energy.js";
import { IDEAL_PARTS, type IdealPart } from "../unloaded/index.js";
import type { EstimateContext } from "./context.js";
import { mappingCounts } from "./energy.js";
import { layerRows } from "./layer-rows.js";
import { overlapOf } from "./overlap.js";
import { wholeCycles, wholeTerms } from "./round.js";
import { exposedWeights, type StageTicks, stageTerms, stageTicks } from "./stage.js";
import type { EstimateDetail, StageDetail } from "./types.js";
import { writesAhead } from "./weights.js";

/** Options of an estimate. */
export interface EstimateOptions {
  /** Parts taken as free, as in `--ideal` (docs/timing.md section 7); names that are no part are passed over. */
  ideal?: Iterable<string>;
}

function contextOf(mapping: Mapping, network: Network, chip: Chip, options: EstimateOptions): EstimateContext {
  const ideal = new Set<IdealPart>();
  for (const part of options.ideal ?? [])
    if ((IDEAL_PARTS as readonly string[]).includes(part)) ideal.add(part as IdealPart);
  return { mapping, network, chip, ideal };
}

/**
 * The estimate with its parts. Stage boundaries are rounded up on the running total: end_j = ceil(Σ_{i≤j} ticks_i), cycles_j = end_j −
 * end_{j−1}, so that rounded steps are never added (law 1).
 */
export function estimateDetail(
  mapping: Mapping,
  network: Network,
  chip: Chip,
  options: EstimateOptions = {},
): EstimateDetail {
  const context = contextOf(mapping, network, chip, options);
  const ahead = writesAhead(context);
  const stages: StageDetail[] = [];
  let before: StageTicks | undefined;
  let elapsed = 0;
  for (const partition of mapping.partitions) {
    const stage = stageTicks(context, partition);
    const exposed = exposedWeights(stage, before, ahead);
    const terms = stageTerms(stage, exposed, mapping.batch);
    const weightTicks = sumTerms({ ...zeroTerms(), ...exposed });
    const start = wholeCycles(elapsed);
    elapsed += weightTicks + stage.compute;
    const cycles = wholeCycles(elapsed) - start;
    stages.push({
      stage: partition.index,
      cycles,
      terms: wholeTerms(terms, cycles),
      layers: layerRows(context, partition, stage),
      bound: stage.bound,
      weightTicks,
      fillTicks: stage.fill,
      sampleTicks: stage.sample,
      drainTicks: stage.drain,
    });
    before = stage;
  }
  const terms = zeroTerms();
  for (const stage of stages) addTerms(terms, stage.terms);
  const cycles = wholeCycles(elapsed);
  return {
    cycles,
    terms,
    stages,
    overlap: overlapOf(context),
    energyPj: energyOf(mappingCounts(context), chip, cycles),
  };
}

/** The estimate of a Mapping, as `results` has it: cycles, terms, stages and their layers, and what is taken to overlap. */
export function estimateMapping(
  mapping: Mapping,
  network: Network,
  chip: Chip,
  options: EstimateOptions = {},
): Estimate {
  const { cycles, terms, stages, overlap } = estimateDetail(mapping, network, chip, options);
  return {
    cycles,
    terms,
    stages: stages.map(({ stage, cycles: own, terms: parts, layers }) => ({
      stage,
      cycles: own,
      terms: parts,
      layers: layers.map(({ layer, cycles: service, terms: split }) => ({ layer, cycles: service, terms: split })),
    })),
    overlap,
  };
}

/** Counts and energy of a Mapping over a time of `cycles`: counts × the chip's table, without looking at a Program. */
export function estimateEnergy(
  mapping: Mapping,
  network: Network,
  chip: Chip,
  cycles: number,
): { counts: WorkCounts; energyPj: Energy } {
  const counts = mappingCounts(contextOf(mapping, network, chip, {}));
  return { counts, energyPj: energyOf(counts, chip, cycles) };
}
