/** Mappers: strategies that make a Mapping of a Network and a Chip, and the emitter that makes a Program of it. */
export * from "./compass/index.js";
export { decompose, slotsOf, type Unit } from "./decompose.js";
export { emit } from "./emit/emit.js";
export { map } from "./map.js";
export type { MapOptions } from "./options.js";
export { REPLICATION_RULES, type ReplicationRule } from "./replication.js";
export { registerStrategy, strategies } from "./strategies/index.js";
export type { Cut, SearchRequest, Strategy, StrategyInput } from "./strategies/strategy.js";
