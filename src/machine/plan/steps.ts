/**
 * Steps of a hold in the fine mode: row pulses, bit phases, conversions.
 * Derived from the chip, not from the hold's length, so that walking them is a second road to its end (law 4).
 */
import type { Chip } from "../../hardware/index.js";
import { COUNT, type IdealPart, type Plan } from "./plan.js";
import type { Steps } from "./table.js";

const WHOLE: Steps = { first: 0, ticks: 0, count: 0, repeats: 0 };

/** The steps of one stage of a plan; `repeats` 0 where the hold is stepped by bytes or is one step. */
export function stepsOf(plan: Plan, index: number, chip: Chip, ideal: ReadonlySet<IdealPart>): Steps {
  const stage = plan.stages[index]!;
  const { timing, write } = chip.core.arrays;
  if (stage.kind === "pulse") {
    if (ideal.has("write") || plan.counts[COUNT.rowsWritten] === 0) return WHOLE;
    const reads = write.verify.kind === "none" ? 0 : 1;
    return {
      first: write.pulseCycles,
      ticks: write.verify.kind === "none" ? 0 : write.verify.readCycles,
      count: reads,
      repeats: 1,
    };
  }
  if (stage.kind !== "compute") return WHOLE;
  if (timing.kind === "given") {
    if (ideal.has("mvm")) return WHOLE;
    return {
      first: 0,
      ticks: timing.cyclesPerStep,
      count: 1,
      repeats: Math.round(stage.fullTicks / timing.cyclesPerStep),
    };
  }
  const a = ideal.has("mvm") ? 1 : timing.phaseCycles;
  if (timing.converter.kind === "adderTree") return { first: 0, ticks: a, count: 1, repeats: plan.phases };
  const conversion = ideal.has("adc") ? 1 : timing.converter.conversionCycles;
  const c = plan.conversionTicks;
  const conversions = ideal.has("adc") ? 1 : Math.round(c / conversion);
  if (!timing.converter.pipelined) return { first: a, ticks: conversion, count: conversions, repeats: plan.phases };
  return c >= a
    ? { first: 0, ticks: conversion, count: conversions, repeats: plan.phases }
    : { first: 0, ticks: a, count: 1, repeats: plan.phases };
}
