/** The strategies by name. */
import { nearestName, UserError } from "../../base/index.js";
import { compass, compassOptimal } from "../compass/strategies.js";
import { greedy } from "./greedy.js";
import { greedyLayers } from "./greedy-layers.js";
import { layerwise } from "./layerwise.js";
import type { Strategy } from "./strategy.js";

const registry = new Map<string, Strategy>(
  [greedy, greedyLayers, layerwise, compass, compassOptimal].map((strategy) => [strategy.name, strategy]),
);

/** Names of all strategies, in the order they were registered. */
export function strategies(): string[] {
  return [...registry.keys()];
}

/** Adds a strategy under its name. */
export function registerStrategy(strategy: Strategy): void {
  registry.set(strategy.name, strategy);
}

/** The strategy of a name; an unknown name is a UserError that offers the nearest. */
export function strategyOf(name: string): Strategy {
  const strategy = registry.get(name);
  if (strategy) return strategy;
  const nearest = nearestName(name, registry.keys());
  throw new UserError({
    code: "unknown-strategy",
    message: "there is no mapping strategy of this name",
    seen: `"${name}"`,
    accepted: strategies().join(", "),
    ...(nearest === undefined ? {} : { nearest }),
  });
}

export * from "./strategy.js";
