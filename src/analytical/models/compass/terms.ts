/** The parts of a COMPASS estimate as terms of time, so that a simulated partition can be set against it term by term. */
import { type TermCycles, zeroTerms } from "../../../base/index.js";
import type { Chip } from "../../../hardware/index.js";
import type { PartitionPlan } from "../../../mapping/index.js";
import { compassConstants } from "./constants.js";
import { COMPASS_MODEL, type CompassEstimate, type CompassModel } from "./estimate.js";

/** The terms of an estimate of a batch; they sum to its cycles. */
export function compassTerms(
  estimate: CompassEstimate,
  plan: PartitionPlan,
  chip: Chip,
  batch: number,
  model: Partial<CompassModel> = {},
): TermCycles {
  const { combine } = { ...COMPASS_MODEL, ...model };
  const { loadWeightCycles, writeCycles, sampleCycles, fillCycles, ioCycles } = estimate;
  const terms = { ...zeroTerms(), weightLoad: loadWeightCycles, write: writeCycles };
  const computing = batch * sampleCycles;
  const inputBits = Math.max(0, ...plan.layers.map((layer) => layer.inputBits));
  const { adcShare } = compassConstants(chip).group(inputBits);
  const moved = plan.loadBytes + plan.storeBytes;
  if (combine === "sum" || ioCycles > fillCycles + computing) {
    terms.inputLoad = moved > 0 ? (ioCycles * plan.loadBytes) / moved : 0;
    terms.store = ioCycles - terms.inputLoad;
  }
  if (combine === "sum" || ioCycles <= fillCycles + computing) {
    terms.fill = fillCycles;
    terms.adc = computing * adcShare;
    terms.mvm = computing - terms.adc;
  }
  return terms;
}
