/** Builds a Comparison: subtraction of term tables, and the name of the largest part. */
import { addTerms, subtractTerms, sumTerms, TERMS, type TermCycles, zeroTerms } from "../base/index.js";
import type { Cause, Comparison, LayerComparison, StageComparison } from "./comparison.js";
import type { Estimate } from "./estimate.js";

/** One stage as it was simulated: its critical-path cycles by term. */
export interface SimulatedStage {
  stage: number;
  path: TermCycles;
}

/** One layer as it was simulated. */
export interface SimulatedLayer {
  name: string;
  stage: number;
  serviceCycles: number;
  firstStartCycle: number;
  lastEndCycle: number;
  /** What its simulated time consists of, where that is known. */
  terms?: TermCycles;
}

/**
 * Parts of a gap without what only changed its name: arrays are issued to, driven and converted from at once, so the same cycles may
 * be MVM time to the estimate and conversion time to the path. Where the two parts have opposite signs, they cancel as far as they go.
 */
export function settled(parts: Readonly<TermCycles>): TermCycles {
  const { mvm, adc } = parts;
  if (mvm * adc >= 0) return { ...parts };
  const sum = mvm + adc;
  return { ...parts, mvm: Math.abs(mvm) > Math.abs(adc) ? sum : 0, adc: Math.abs(mvm) > Math.abs(adc) ? 0 : sum };
}

/** The term that pushes most in the direction of the gap; the first in the list of terms where two are equal. */
export function causeOf(all: Readonly<TermCycles>): Cause {
  const parts = settled(all);
  const direction = Math.sign(sumTerms(parts));
  let cause: Cause = "none";
  let most = 0;
  for (const term of TERMS) {
    const push = direction === 0 ? Math.abs(parts[term]) : parts[term] * direction;
    if (push > most) {
      most = push;
      cause = term;
    }
  }
  return direction === 0 ? "none" : cause;
}

/** Estimate beside simulation, stage by stage and layer by layer. A stage that only one side knows counts as zero on the other. */
export function compare(
  estimate: Estimate,
  stages: readonly SimulatedStage[],
  layers: readonly SimulatedLayer[],
): Comparison {
  const estimated = new Map(estimate.stages.map((stage) => [stage.stage, stage]));
  const indices = [...new Set([...estimated.keys(), ...stages.map(({ stage }) => stage)])].sort((a, b) => a - b);
  const paths = new Map(stages.map(({ stage, path }) => [stage, path]));
  const parts = subtractTerms(
    stages.reduce((sum, { path }) => addTerms(sum, path), zeroTerms()),
    estimate.terms,
  );
  const rows = indices.map((stage): StageComparison => {
    const path = paths.get(stage) ?? zeroTerms();
    const stageParts = subtractTerms(path, estimated.get(stage)?.terms ?? zeroTerms());
    return {
      stage,
      layers: [...new Set(layers.filter((layer) => layer.stage === stage).map(({ name }) => name))],
      estimateCycles: estimated.get(stage)?.cycles ?? 0,
      simulatedCycles: sumTerms(path),
      gap: sumTerms(stageParts),
      parts: stageParts,
      path,
      cause: causeOf(stageParts),
    };
  });
  const stageCause = new Map(rows.map((row) => [row.stage, row.cause]));
  return {
    gap: { cycles: sumTerms(parts), parts },
    stages: rows,
    layers: layers.map((layer): LayerComparison => {
      const own = estimated.get(layer.stage)?.layers.find(({ layer: name }) => name === layer.name);
      const gap = layer.serviceCycles - (own?.cycles ?? 0);
      return {
        name: layer.name,
        stage: layer.stage,
        estimateCycles: own?.cycles ?? 0,
        simulatedCycles: layer.serviceCycles,
        gap,
        cause: layerCause(gap, layer.terms, own?.terms, stageCause.get(layer.stage) ?? "none"),
        waitCycles: layer.lastEndCycle - layer.firstStartCycle - layer.serviceCycles,
        firstStartCycle: layer.firstStartCycle,
        lastEndCycle: layer.lastEndCycle,
      };
    }),
  };
}

/** A layer's own terms name its cause; where they are not known, its stage's cause stands in. */
function layerCause(
  gap: number,
  simulated: TermCycles | undefined,
  estimated: TermCycles | undefined,
  ofStage: Cause,
): Cause {
  if (gap === 0) return "none";
  if (simulated === undefined) return ofStage;
  const parts = subtractTerms(simulated, estimated ?? zeroTerms());
  return Math.sign(sumTerms(parts)) === Math.sign(gap) ? causeOf(parts) : ofStage;
}
