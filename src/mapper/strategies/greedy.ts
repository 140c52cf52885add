/** Greedy: every partition takes as many units, in topological order, as its cores can hold. */
import { longestRuns, type Strategy } from "./strategy.js";

/** The greedy strategy (COMPASS baseline). */
export const greedy: Strategy = {
  name: "greedy",
  about: "fills the chip with units in topological order, then starts the next partition",
  cut: (input) => longestRuns(input, () => false),
};
