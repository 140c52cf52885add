/**
 * Keeping part of a trace: a time window, some cores, units and kinds of hold.
 * The filter is a sink around a sink; the header it hands on says what was left out. Streams and resources keep their ids.
 */
import { nearestName, type Problem, UserError } from "../base/index.js";
import { UNITS } from "../isa/index.js";
import type { FileTraceSink } from "./csv.js";
import {
  HOLD_KINDS,
  type HoldKind,
  type HoldRecord,
  type InstructionRecord,
  type TraceFilter,
  type TraceFooter,
  type TraceHeader,
  type TraceSink,
} from "./record.js";
import { abortSink } from "./tee.js";

/** What both filters let through. */
export function intersectFilters(a: TraceFilter, b: TraceFilter): TraceFilter {
  const both: TraceFilter = {};
  const from = Math.max(a.fromTick ?? 0, b.fromTick ?? 0);
  if (a.fromTick !== undefined || b.fromTick !== undefined) both.fromTick = from;
  const until = Math.min(a.untilTick ?? Number.POSITIVE_INFINITY, b.untilTick ?? Number.POSITIVE_INFINITY);
  if (until !== Number.POSITIVE_INFINITY) both.untilTick = until;
  const cores = common(a.cores, b.cores);
  if (cores) both.cores = cores;
  const units = common(a.units, b.units);
  if (units) both.units = units;
  const kinds = common(a.kinds, b.kinds);
  if (kinds) both.kinds = kinds;
  return both;
}

function common<Item>(a: Item[] | undefined, b: Item[] | undefined): Item[] | undefined {
  if (!a || !b) return a ?? b;
  return a.filter((item) => b.includes(item));
}

/**
 * Lets through what the filter names. A hold is inside the window when any of its ticks is, an instruction when any tick from its
 * fetch to its end is; cores and units are those of the stream; kinds concern holds only.
 */
export class FilterSink implements FileTraceSink {
  private readonly fromTick: number;
  private readonly untilTick: number;
  private readonly kinds: Uint8Array;
  private streams = new Uint8Array(0);

  constructor(
    private readonly inner: TraceSink,
    private readonly filter: TraceFilter,
  ) {
    this.fromTick = filter.fromTick ?? 0;
    this.untilTick = filter.untilTick ?? Number.POSITIVE_INFINITY;
    this.kinds = Uint8Array.from(HOLD_KINDS, (kind) =>
      filter.kinds === undefined || filter.kinds.includes(kind) ? 1 : 0,
    );
  }

  begin(header: TraceHeader): void {
    const { cores, units } = this.filter;
    const ids = header.streams.map((stream) => stream.id);
    this.streams = new Uint8Array(Math.max(-1, ...ids) + 1);
    for (const stream of header.streams)
      if ((!cores || cores.includes(stream.core)) && (!units || units.includes(stream.unit)))
        this.streams[stream.id] = 1;
    this.inner.begin({ ...header, filter: intersectFilters(header.filter, this.filter) });
  }

  instruction(record: Readonly<InstructionRecord>): void {
    if (this.streams[record.stream] === 1 && record.endTick > this.fromTick && record.fetchTick < this.untilTick)
      this.inner.instruction(record);
  }

  hold(record: Readonly<HoldRecord>): void {
    if (
      this.streams[record.stream] === 1 &&
      this.kinds[record.kind] === 1 &&
      record.endTick > this.fromTick &&
      record.startTick < this.untilTick
    )
      this.inner.hold(record);
  }

  end(footer: TraceFooter): void | Promise<void> {
    return this.inner.end(footer);
  }

  abort(): void {
    abortSink(this.inner);
  }
}

/** How a filter is written, for messages. */
export const FILTER_FORM =
  "from=TICK until=TICK core=0,2-5 unit=mvm,load kind=dram,bus, separated by blanks or semicolons";

/** Reads a filter from text, e.g. "from=1000 until=2000 core=0,2-5 unit=mvm kind=dram,bus"; every problem at once. */
export function parseTraceFilter(text: string): TraceFilter {
  const filter: TraceFilter = {};
  const problems: Problem[] = [];
  const refuse = (message: string, seen: string, accepted: string, nearest?: string): void => {
    problems.push({ code: "trace-filter", message, seen, accepted, ...(nearest === undefined ? {} : { nearest }) });
  };
  const names = <Name extends string>(key: string, value: string, known: readonly Name[]): Name[] => {
    const list = value.split(",");
    for (const name of list)
      if (!known.includes(name as Name))
        refuse(`unknown ${key} in the trace filter`, `"${name}"`, known.join(", "), nearestName(name, known));
    return list as Name[];
  };
  for (const part of text.split(/[\s;]+/).filter((p) => p !== "")) {
    const split = part.indexOf("=");
    const key = split < 0 ? part : part.slice(0, split);
    const value = split < 0 ? "" : part.slice(split + 1);
    if (key === "from" || key === "until") {
      if (/^\d+$/.test(value) && Number.isSafeInteger(Number(value)))
        filter[key === "from" ? "fromTick" : "untilTick"] = Number(value);
      else refuse(`${key} in the trace filter is no tick`, `"${value}"`, "a whole number");
    } else if (key === "core") filter.cores = parseCores(value, refuse);
    else if (key === "unit") filter.units = names(key, value, UNITS);
    else if (key === "kind") filter.kinds = names<HoldKind>(key, value, HOLD_KINDS);
    else
      refuse(
        "unknown part of the trace filter",
        `"${part}"`,
        FILTER_FORM,
        nearestName(key, ["from", "until", "core", "unit", "kind"]),
      );
  }
  if ((filter.fromTick ?? 0) >= (filter.untilTick ?? Number.POSITIVE_INFINITY))
    refuse(
      "the trace filter's window is empty",
      `from=${filter.fromTick ?? 0} until=${filter.untilTick}`,
      "from before until",
    );
  if (problems.length > 0) throw new UserError(problems);
  return filter;
}

const MOST_CORES = 65536;

function parseCores(value: string, refuse: (message: string, seen: string, accepted: string) => void): number[] {
  const cores = new Set<number>();
  for (const part of value.split(",")) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    const first = Number(match?.[1]);
    const last = Number(match?.[2] ?? match?.[1]);
    if (!match || last < first || last >= MOST_CORES) {
      refuse(
        "core in the trace filter is no core number",
        `"${part}"`,
        `numbers and ranges like 0,2-5, below ${MOST_CORES}`,
      );
      continue;
    }
    for (let core = first; core <= last; core++) cores.add(core);
  }
  return [...cores].sort((a, b) => a - b);
}
