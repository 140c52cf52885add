/**
 * What to say where the numbers of a run are decided by the quantisation of its network, not by the chip.
 * Inputs: the quantised network, the chip, what the user gave, and how far the results are from the real ones.
 */
import type { Chip } from "../hardware/index.js";
import type { RuntimeSummary } from "../results/index.js";
import { isMacLayer, type Network } from "../workload/index.js";

/** Under this an output has more than a tenth of its power in noise: nothing a chip does shows beside it. */
const poorDecibels = 10;

/** An output whose largest element is more often another one than not is poor too, unless it is this close. */
const closeDecibels = 20;

/** What helps, as far as it can be had. */
export interface QuantisationAdvice {
  /** Widths of the network, as `w4a8`. */
  precision: string;
  /** The option that gives wider numbers, where this network and this chip take it. */
  wider?: string;
  /** Whether the user's own samples were calibrated with. */
  ownInputs: boolean;
}

/** Widths of a quantised network, and what would help if they are too few. */
export function quantisationAdvice(
  network: Network,
  chip: Chip,
  { stated, ownInputs }: { stated: boolean; ownInputs: boolean },
): QuantisationAdvice {
  const weightBits = Math.max(0, ...network.layers.filter(isMacLayer).map((layer) => layer.weightBits ?? 0));
  const activationBits = network.tensors.reduce((most, { bits = 0 }) => Math.max(most, bits), 0);
  const takes = chip.weightBits.includes(8) && chip.inputBits.includes(8);
  const other = weightBits !== 8 || activationBits !== 8;
  return {
    precision: `w${weightBits}a${activationBits}`,
    ...(takes && other && !stated ? { wider: "--precision w8a8" } : {}),
    ownInputs,
  };
}

/** One sentence where the outputs are so far from the real ones that quantisation decides; undefined elsewhere. */
export function poorQuantisation(
  outputs: NonNullable<RuntimeSummary["outputs"]>,
  { precision, wider, ownInputs }: QuantisationAdvice,
): string | undefined {
  const poor = outputs.find(
    ({ sqnrDb, topOneAgreement }) =>
      sqnrDb !== null && (sqnrDb < poorDecibels || (topOneAgreement < 0.5 && sqnrDb < closeDecibels)),
  );
  if (poor === undefined) return undefined;
  const helps = [
    ...(wider === undefined ? [] : [wider]),
    ...(ownInputs ? [] : ["--inputs with real samples, which are calibrated with"]),
  ];
  return (
    `the quantisation to ${precision}, not the chip, decides these results` +
    (helps.length === 0 ? "" : `; try ${helps.join(", or ")}`)
  );
}
