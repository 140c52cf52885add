/** The event kernel: queue, clock domains, state registry, probes. It knows nothing of compute-in-memory. */
export * from "./queue.js";
