/** Traces: the record, the sink contract, writers and readers. */
export { CAUSE_KINDS, CSV_COLUMNS, type CsvColumn } from "./columns.js";
export * from "./csv.js";
export * from "./estimate.js";
export * from "./file-output.js";
export * from "./filter.js";
export { type FindHold, indexHolds } from "./hold-index.js";
export * from "./open.js";
export {
  type DescribeInstruction,
  describeFrom,
  type PerfettoOptions,
  PerfettoSink,
  perfettoTrace,
} from "./perfetto.js";
export * from "./read.js";
export * from "./record.js";
export { type ByteOutput, RowBuffer } from "./row-buffer.js";
export * from "./table.js";
export * from "./tee.js";
