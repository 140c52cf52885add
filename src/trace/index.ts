/** Traces: the record, the sink contract, writers and readers. */
export * from "./record.js";
