/** Layer rows of a stage: each layer alone on its own resources; the busiest one is its service time. */
import { sumTerms, type TermCycles, zeroTerms } from "../../base/index.js";
import type { MappedLayer, MappedPartition } from "../../mapping/index.js";
import type { EstimateContext } from "./context.js";
import type { LayerDemand } from "./demand.js";
import { addLayer } from "./layer.js";
import { Ledger } from "./ledger.js";
import { vectorTicksPerByte } from "./rates.js";
import { wholeCycles, wholeTerms } from "./round.js";
import type { LayerDetail } from "./types.js";
import { tilePlaces, weightTimes } from "./weights.js";

interface Candidate {
  bound: string;
  terms: TermCycles;
}

function row(name: string, candidates: readonly Candidate[]): LayerDetail {
  let best: Candidate = { bound: "none", terms: zeroTerms() };
  for (const one of candidates) if (sumTerms(one.terms) > sumTerms(best.terms)) best = one;
  const cycles = wholeCycles(sumTerms(best.terms));
  return { layer: name, cycles, terms: wholeTerms(best.terms, cycles), bound: best.bound };
}

/** The rows of one mapped layer: its head (all but the followers' vector work is counted there), then its followers. */
function rowsOf(
  context: EstimateContext,
  partition: MappedPartition,
  layer: MappedLayer,
  index: number,
  demand: LayerDemand,
): LayerDetail[] {
  const { mapping, chip, ideal, network } = context;
  const { batch } = mapping;
  const ledger = new Ledger(chip, ideal);
  addLayer(context, ledger, layer, index, demand);
  const perByte = vectorTicksPerByte(chip, ideal);
  // What link n of the chain keeps each core's vector unit busy with.
  const followers = layer.fused.map((id, n) => ({
    id,
    bytes: new Map([...demand.cores].map(([core, { results, pooling }]) => [core, results[n + 1]! + pooling[n + 1]!])),
  }));
  const candidates: Candidate[] = ledger.list().map(({ name, terms }) => {
    const all = { ...terms };
    for (const term of Object.keys(all) as (keyof TermCycles)[]) all[term] *= batch;
    const core = /^core (\d+) vector unit$/.exec(name)?.[1];
    if (core !== undefined)
      for (const { bytes } of followers)
        all.vector = Math.max(0, all.vector - batch * (bytes.get(Number(core)) ?? 0) * perByte);
    return { bound: name, terms: all };
  });
  const weights = weightTimes(context, tilePlaces(mapping, partition, index));
  const { loadTicks, writeTicks, pulseTicks } = weights;
  candidates.push({ bound: "weight load", terms: { ...zeroTerms(), weightLoad: loadTicks } });
  candidates.push({
    bound: "weight write",
    terms: { ...zeroTerms(), write: pulseTicks, weightLoad: writeTicks - pulseTicks },
  });
  return [
    row(layer.name, candidates),
    ...followers.map(({ id, bytes }) =>
      row(
        network.layers[id]!.name,
        [...bytes].map(([core, n]) => ({
          bound: `core ${core} vector unit`,
          terms: { ...zeroTerms(), vector: batch * n * perByte },
        })),
      ),
    ),
  ];
}

/** The rows of all layers of a stage. */
export function layerRows(
  context: EstimateContext,
  partition: MappedPartition,
  demands: readonly LayerDemand[],
): LayerDetail[] {
  return partition.layers.flatMap((layer, index) => rowsOf(context, partition, layer, index, demands[index]!));
}
