/** The overlap assumption of an estimate in words, made of the sentences that hold for its chip and mapping. */
import type { EstimateContext } from "./context.js";
import { writesAhead } from "./weights.js";

/** What the estimate takes to run at the same time as what. */
export function overlapOf(context: EstimateContext): string {
  const { mapping, chip } = context;
  const { weightsFrom } = chip.core.arrays;
  const sentences = [
    `Within a stage, loads, MVMs, vector work, transfers and stores of all layers and samples overlap freely once the ${mapping.pipeline === "sample" ? "samples" : "rows"} they depend on are there; the busiest resource sets the pace.`,
    "Nobody waits for an arbiter: channels and ports share work evenly, packets, clock edges and buffers that run full cost nothing.",
    weightsFrom === "weightBuffer"
      ? "Weight loads overlap with writes tile by tile."
      : "Weights go straight to the cells, each pulse group while the next is read.",
    mapping.weightMulticast && weightsFrom === "weightBuffer" && chip.network.kind === "bus"
      ? "A weight tile is read once for all cores that hold it."
      : "A weight tile is read once for every core that holds it.",
    "Computing of a stage begins when all its weights are written; the next stage's writes begin when the whole batch is through.",
  ];
  if (mapping.partitions.length > 1) {
    if (writesAhead(context))
      sentences[4] =
        "Weights of the next stage are loaded and written to the shadow banks while a stage computes; then the banks are swapped.";
    else if (weightsFrom === "weightBuffer" && mapping.prefetchWeights)
      sentences.push(
        "The next stage's weights are loaded while a stage computes, as far as the weight buffers hold them and memory and bus are free.",
      );
    else sentences.push("Nothing of the next stage's weights is loaded before a stage ends.");
  } else sentences.push("The weights stay; they are loaded and written once, before the first sample.");
  return sentences.join(" ");
}
