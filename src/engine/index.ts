/** The event kernel: queue, clock domains, state registry, probes. It knows nothing of compute-in-memory. */
export * from "./clock.js";
export * from "./probes.js";
export * from "./queue.js";
export * from "./registry.js";
