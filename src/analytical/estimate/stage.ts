/**
 * One stage: exposed weight part + fill + batch × bound resource + drain.
 *
 * compute = max over resources r of [ fill_r + batch · ticks_r + drain_r ].
 * Weights of the stage before are written and used while this stage's loads run ahead, so of the load L only
 *   L' = L − min(P, slack)  is exposed, P the loads that fit the weight buffers, slack = compute before − its own use of memory and network;
 * exposed = max(L' + w, l' + W). Double-banked arrays also take the writes meanwhile: exposed = max(0, max(L + use before + w, l + W) −
 * compute before) + swaps. Nothing runs ahead of the first stage.
 */
import { addTerms, type TermCycles, zeroTerms } from "../../base/index.js";
import type { MappedPartition } from "../../mapping/index.js";
import type { EstimateContext } from "./context.js";
import { type LayerDemand, stageDemands } from "./demand.js";
import { addLayer, type DrivenStep, drivenSteps } from "./layer.js";
import { type Busy, Ledger, type OwnTicks, ownTicks } from "./ledger.js";
import { aroundOf, pipelineTimes } from "./pipeline.js";
import { tilePlaces, type WeightTimes, weightTimes } from "./weights.js";

/** A stage before rounding. */
export interface StageTicks {
  demands: LayerDemand[];
  steps: DrivenStep[][];
  busies: Busy[];
  own: OwnTicks[];
  bound: string;
  fill: number;
  sample: number;
  sampleTerms: TermCycles;
  drain: number;
  /** Ticks from the first work on samples to the end. */
  compute: number;
  /** Of these, ticks in which a load of weights finds memory or network taken, at least. */
  transport: number;
  weights: WeightTimes;
}

/** Whether a resource lies on the way of weight loads. */
function carriesWeights(name: string): boolean {
  return name === "DRAM" || name === "bus" || name.startsWith("link ") || name.startsWith("global buffer");
}

/** Everything of a stage that does not depend on the stage before. */
export function stageTicks(context: EstimateContext, partition: MappedPartition): StageTicks {
  const { mapping, chip, ideal } = context;
  const ledger = new Ledger(chip, ideal);
  const demands = stageDemands(context, partition);
  const steps = partition.layers.map((layer, index) => drivenSteps(context, layer, demands[index]!));
  const tails = partition.layers.map((_, index) => addLayer(context, ledger, index, demands[index]!, steps[index]!));
  const busies = ledger.list();
  const own = ownTicks(busies, partition.layers.length);
  const times = pipelineTimes(context, partition, own, tails);
  const stage: StageTicks = {
    demands,
    steps,
    busies,
    own,
    bound: "none",
    fill: 0,
    sample: 0,
    sampleTerms: zeroTerms(),
    drain: 0,
    compute: 0,
    transport: 0,
    weights: weightTimes(context, tilePlaces(mapping, partition)),
  };
  for (const busy of busies) {
    const { fill, drain } = aroundOf(times, busy.users);
    const compute = fill + mapping.batch * busy.ticks + drain;
    if (compute > stage.compute) {
      const { ticks: sample, name: bound } = busy;
      const sampleTerms = { ...zeroTerms(), ...busy.terms };
      Object.assign(stage, { bound, fill, sample, sampleTerms, drain, compute });
    }
    if (carriesWeights(busy.name)) stage.transport = Math.max(stage.transport, mapping.batch * busy.ticks);
  }
  return stage;
}

/** Ticks of a stage's weights that nothing hides, by term. */
export type ExposedWeights = Partial<TermCycles> & { write: number };

/** The exposed part of a stage's weights, split between loading and writing. */
export function exposedWeights(
  { weights }: StageTicks,
  before: StageTicks | undefined,
  ahead: boolean,
): ExposedWeights {
  const {
    loadTicks,
    writeTicks,
    pulseTicks,
    tileLoadTicks,
    tilePulseTicks,
    tileWriteTicks,
    prefetchTicks,
    swapTicks,
    loadTerms,
  } = weights;
  let load = loadTicks;
  let first = tileLoadTicks;
  let hidden = 0;
  if (before && ahead) {
    load += before.transport;
    hidden = before.compute;
  } else if (before) {
    const prefetched = Math.min(prefetchTicks, before.compute - before.transport);
    load -= prefetched;
    first = Math.max(0, first - prefetched);
  }
  const writeBound = first + writeTicks >= load + tileWriteTicks;
  const exposed = Math.max(0, Math.max(load + tileWriteTicks, first + writeTicks) - hidden);
  const write = Math.min(exposed, writeBound ? pulseTicks : tilePulseTicks);
  return { ...loadTerms(exposed - write), write: write + swapTicks };
}

/** All terms of a stage, unrounded: exposed weights, fill, batch × the bound resource's terms, drain. */
export function stageTerms(stage: StageTicks, exposed: ExposedWeights, batch: number): TermCycles {
  const terms = zeroTerms();
  addTerms(terms, exposed);
  for (const term of Object.keys(terms) as (keyof TermCycles)[]) terms[term] += batch * stage.sampleTerms[term];
  return addTerms(terms, { fill: stage.fill, drain: stage.drain });
}
