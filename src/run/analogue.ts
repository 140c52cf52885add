/**
 * Converters and cells that are not ideal, as a verification is asked for them.
 * Inputs: what the user gave, the chip, the seed. Invariants: what the chip has nothing for is refused, never ignored.
 */
import { type Problem, UserError } from "../base/index.js";
import type { AdcModel, FunctionalOptions } from "../functional/index.js";
import type { Chip } from "../hardware/index.js";
import type { AnalogueSummary } from "../results/index.js";

/** What is not ideal; everything absent is. */
export interface AnalogueRequest {
  /** Model of the converters. */
  adc?: AdcModel;
  /** Standard deviation of a cell's conductance, as a share of one level step. */
  variation?: number;
  /** Share of cells stuck at the lowest and at the highest level. */
  stuckLow?: number;
  stuckHigh?: number;
}

/** Options of the functional run, and what the summary says of them; undefined where all is ideal. */
export function analogueOf(
  request: AnalogueRequest | undefined,
  chip: Chip,
  seed: string,
): { functional: FunctionalOptions; said: Omit<AnalogueSummary, "layers" | "outputs"> } | undefined {
  if (request === undefined) return undefined;
  const { adc = "ideal", variation = 0, stuckLow = 0, stuckHigh = 0 } = request;
  const { timing } = chip.core.arrays;
  const converter = timing.kind === "composed" && timing.converter.kind === "adc" ? timing.converter : undefined;
  const problems: Problem[] = [];
  const needsConverter = (what: string) =>
    problems.push({
      code: "no-converters",
      message: `${what} needs arrays with analogue-to-digital converters`,
      seen: `chip ${chip.name}: ${timing.kind === "composed" ? timing.converter.kind : "steps of given time"}`,
      accepted: "a chip whose core.arrays.timing.converter.kind is adc",
    });
  if (converter === undefined && adc !== "ideal") needsConverter("a model of converters");
  if (converter === undefined && variation > 0) needsConverter("variation of cells");
  if (stuckLow + stuckHigh > 1)
    problems.push({
      code: "stuck-cells",
      message: "more cells are stuck than there are",
      seen: `${stuckLow + stuckHigh}`,
    });
  if (problems.length > 0) throw new UserError(problems);
  const faults = variation > 0 || stuckLow > 0 || stuckHigh > 0;
  return {
    functional: { adc, ...(faults ? { faults: { seed, variation, stuckLow, stuckHigh } } : {}) },
    said: {
      adc,
      adcBits: converter?.bits ?? null,
      rowsActive: timing.kind === "composed" ? timing.rowsActive : null,
      variation,
      stuckLow,
      stuckHigh,
    },
  };
}
