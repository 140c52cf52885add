/** A trace file by its name: the ending says the form. */
import { UserError } from "../base/index.js";
import { csvTrace, type FileTraceSink } from "./csv.js";
import type { TraceForm } from "./estimate.js";
import type { FileOutputOptions } from "./file-output.js";
import { FilterSink } from "./filter.js";
import { type PerfettoOptions, perfettoTrace } from "./perfetto.js";
import type { TraceFilter } from "./record.js";

/** The form a file name asks for. */
export function traceFormOf(file: string): { form: TraceForm; gzip: boolean } {
  const gzip = file.endsWith(".gz");
  const plain = gzip ? file.slice(0, -3) : file;
  if (plain.endsWith(".csv")) return { form: "csv", gzip };
  if (plain.endsWith(".json")) return { form: "perfetto", gzip };
  throw new UserError({
    code: "trace-name",
    message: "the name of a trace file must say its form",
    place: { file },
    accepted: "a name ending in .csv (lossless) or .json (for ui.perfetto.dev), or either with .gz",
  });
}

/** Opens a trace file in the form its name asks for, filtered where a filter is given. */
export function openTrace(
  file: string,
  options: PerfettoOptions & FileOutputOptions & { filter?: TraceFilter } = {},
): FileTraceSink {
  const { form } = traceFormOf(file);
  const sink = form === "csv" ? csvTrace(file, options) : perfettoTrace(file, options);
  return options.filter === undefined ? sink : new FilterSink(sink, options.filter);
}
