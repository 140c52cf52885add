/** Layerwise: a partition never holds two matrix layers; a layer larger than the chip takes several. */
import { longestRuns, type Strategy } from "./strategy.js";

/** The layerwise strategy (COMPASS baseline). */
export const layerwise: Strategy = {
  name: "layerwise",
  about: "one matrix layer a partition; a layer larger than the chip takes several",
  cut: (input) => longestRuns(input, (previous, next) => previous.layer !== next.layer),
};
