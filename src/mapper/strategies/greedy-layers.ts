/** Greedy by layers: every partition takes as many whole layers as its cores can hold; only a layer larger than the chip is cut. */
import type { Cut, Strategy, StrategyInput } from "./strategy.js";

/** The greedy strategy at the granularity of layers (the knob of COMPASS's baseline). */
export const greedyLayers: Strategy = {
  name: "greedy-layers",
  about: "fills the chip with whole layers; only a layer larger than the chip takes several partitions",
  cut: (input) => {
    const { units } = input;
    const cuts: Cut[] = [];
    let start = 0;
    while (start < units.length) {
      const end = longestByLayers(input, start) ?? longestByUnits(input, start);
      if (end === start) return [];
      cuts.push({ start, end });
      start = end;
    }
    return cuts;
  },
};

/** The end of the longest run of whole layers that fits, or undefined where not even the first (or what is left of it) does. */
function longestByLayers({ units, fits }: StrategyInput, start: number): number | undefined {
  let best: number | undefined;
  for (let end = start + 1; end <= units.length; end++) {
    if (end < units.length && units[end]!.layer === units[end - 1]!.layer) continue;
    if (!fits(start, end)) break;
    best = end;
  }
  return best;
}

/** The end of the longest run of units that fits and may be cut off; `start` where there is none. */
function longestByUnits({ units, fits, mayCutAfter }: StrategyInput, start: number): number {
  let best = start;
  for (let end = start + 1; end < units.length && fits(start, end); end++) if (mayCutAfter(end - 1)) best = end;
  return best;
}
