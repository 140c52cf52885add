/**
 * What an estimate is made of beyond the plain `Estimate` of `results`: the resource that decides a stage, and the unrounded parts.
 * Plain values. Invariants: all cycles are whole; the terms of a stage sum to its cycles, and stages sum to the total, terms included.
 */
import type { Estimate, LayerEstimate, StageEstimate } from "../../results/index.js";
import type { Energy } from "../energy.js";

/**
 * One layer of a stage, alone on its own resources: cycles = the busiest of {its weight load, its writes, batch × each resource it uses}.
 * Rows of one stage overlap in time, so they do not add up to the stage; compare a row with the layer's own service time only.
 * Fused followers have rows of their own: their share of the vector unit.
 */
export interface LayerDetail extends LayerEstimate {
  /** The resource that takes this long. */
  bound: string;
}

/** One stage: weightTicks + fillTicks + batch × sampleTicks + drainTicks, rounded up on running totals so that stages add up. */
export interface StageDetail extends StageEstimate {
  layers: LayerDetail[];
  /** The resource that decides how long the stage computes. */
  bound: string;
  /** Weight load and write that nothing hides. */
  weightTicks: number;
  /** Before the bound resource's first work. */
  fillTicks: number;
  /** Work of the bound resource for one sample. */
  sampleTicks: number;
  /** Behind its last work. */
  drainTicks: number;
}

/** A whole estimate with what it was made of. */
export interface EstimateDetail extends Estimate {
  stages: StageDetail[];
  /** Counts of the Mapping × the chip's table, over the estimated cycles. */
  energyPj: Energy;
}
