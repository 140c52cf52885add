/** Trace files of a run: opened before it, so that a bad name fails at once, and measured after it. */
import { statSync } from "node:fs";
import type { Program } from "../isa/index.js";
import type { TraceFile } from "../results/index.js";
import { describeFrom, type FileTraceSink, openTrace, type TraceFilter, traceFormOf } from "../trace/index.js";

/** A trace to write: the ending of its name says its form. */
export interface TraceRequest {
  file: string;
  filter?: TraceFilter;
}

/** Whether a filter leaves anything out. */
export function isFiltering(filter: TraceFilter | undefined): boolean {
  return filter !== undefined && Object.keys(filter).length > 0;
}

/** Opens every file; where one fails, those before it are dropped. */
export function openTraces(requests: readonly TraceRequest[], program: Program): FileTraceSink[] {
  const sinks: FileTraceSink[] = [];
  try {
    for (const { file } of requests) traceFormOf(file);
    for (const { file, filter } of requests)
      sinks.push(
        openTrace(file, {
          describe: describeFrom(program),
          ...(isFiltering(filter) ? { filter: filter as TraceFilter } : {}),
        }),
      );
  } catch (error) {
    for (const sink of sinks) sink.abort();
    throw error;
  }
  return sinks;
}

/** What was written. */
export function writtenTraces(requests: readonly TraceRequest[]): TraceFile[] {
  return requests.map(({ file, filter }) => {
    const stat = statSync(file, { throwIfNoEntry: false });
    const { form } = traceFormOf(file);
    return { file, form, bytes: stat?.isFile() ? stat.size : 0, filtered: isFiltering(filter) };
  });
}
