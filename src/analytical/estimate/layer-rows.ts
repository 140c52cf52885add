/** Layer rows of a stage: each layer alone on its own resources; the busiest one is its service time. */
import { type Term, type TermCycles, zeroTerms } from "../../base/index.js";
import type { MappedPartition } from "../../mapping/index.js";
import type { EstimateContext } from "./context.js";
import { addLayer } from "./layer.js";
import { Ledger } from "./ledger.js";
import { vectorTicksPerByte } from "./rates.js";
import { wholeCycles, wholeTerms } from "./round.js";
import type { StageTicks } from "./stage.js";
import type { LayerDetail } from "./types.js";
import { tilePlaces, weightTimes } from "./weights.js";

/** What could be a layer's busiest: ticks of the whole batch, and their terms. */
interface Candidate {
  bound: string;
  ticks: number;
  terms: Partial<TermCycles>;
}

function row(name: string, candidates: readonly Candidate[]): LayerDetail {
  let best: Candidate = { bound: "none", ticks: 0, terms: {} };
  for (const one of candidates) if (one.ticks > best.ticks) best = one;
  const cycles = wholeCycles(best.ticks);
  return { layer: name, cycles, terms: wholeTerms({ ...zeroTerms(), ...best.terms }, cycles), bound: best.bound };
}

/** The rows of one mapped layer: its head (all but the followers' vector work is counted there), then its followers. */
function rowsOf(
  context: EstimateContext,
  partition: MappedPartition,
  { demands, steps }: StageTicks,
  index: number,
): LayerDetail[] {
  const { mapping, chip, ideal, network } = context;
  const { batch } = mapping;
  const layer = partition.layers[index]!;
  const demand = demands[index]!;
  const ledger = new Ledger(chip, ideal);
  addLayer(context, ledger, index, demand, steps[index]!);
  const perByte = vectorTicksPerByte(chip, ideal);
  // What link n of the chain keeps each core's vector unit busy with.
  const followers = layer.fused.map((id, n) => ({
    id,
    bytes: new Map([...demand.cores].map(([core, { results, pooling }]) => [core, results[n + 1]! + pooling[n + 1]!])),
  }));
  const theirs = new Map<string, number>();
  for (const { bytes } of followers)
    for (const [core, n] of bytes) {
      const name = `core ${core} vector unit`;
      theirs.set(name, (theirs.get(name) ?? 0) + n * perByte);
    }
  const candidates = ledger.list().map(({ name, ticks, terms }): Candidate => {
    const others = theirs.get(name) ?? 0;
    const all: Partial<TermCycles> = {};
    for (const term in terms) all[term as Term] = batch * terms[term as Term]!;
    if (others > 0) all.vector = Math.max(0, all.vector! - batch * others);
    return { bound: name, ticks: batch * (ticks - others), terms: all };
  });
  const { loadTicks, writeTicks, pulseTicks, loadTerms } = weightTimes(context, tilePlaces(mapping, partition, index));
  candidates.push({ bound: "weight load", ticks: loadTicks, terms: loadTerms(loadTicks) });
  candidates.push({
    bound: "weight write",
    ticks: writeTicks,
    terms: { write: pulseTicks, ...loadTerms(writeTicks - pulseTicks) },
  });
  return [
    row(layer.name, candidates),
    ...followers.map(({ id, bytes }) =>
      row(
        network.layers[id]!.name,
        [...bytes].map(([core, n]): Candidate => {
          const ticks = batch * n * perByte;
          return { bound: `core ${core} vector unit`, ticks, terms: { vector: ticks } };
        }),
      ),
    ),
  ];
}

/** The rows of all layers of a stage. */
export function layerRows(context: EstimateContext, partition: MappedPartition, stage: StageTicks): LayerDetail[] {
  return partition.layers.flatMap((_, index) => rowsOf(context, partition, stage, index));
}
