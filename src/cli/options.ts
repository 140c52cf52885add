/** Options that several commands share, declared once. */
import { type Command, Option } from "commander";
import type { ExecuteOptions, RunOptions, TraceRequest } from "../run/index.js";
import { parseTraceFilter, type TraceFilter } from "../trace/index.js";
import { idealOf, precisionOf, wholeNumber } from "./inputs.js";
import type { Terminal } from "./terminal.js";

/** Adds an option that may be given several times. */
export function addRepeated(command: Command, flags: string, description: string): Command {
  return command.option(flags, description, (value: string, before: string[]) => [...before, value], [] as string[]);
}

/** Options of every command that needs a chip. */
export interface ChipOptions {
  chip: string;
  set: string[];
}

/** Adds `--chip` and `--set`. */
export function addChipOptions(command: Command): Command {
  command.requiredOption("-c, --chip <chip>", "chip: a name from `wordline chips`, or a YAML file");
  return addRepeated(command, "--set <field=value>", "set a chip field, e.g. core.arrays.count=32 (repeatable)");
}

/** Options of every command that maps. */
export interface MapperOptions {
  mapper: string;
  batch: number;
  precision?: ReturnType<typeof precisionOf>;
}

/** Adds `--mapper`, `--batch` and `--precision`. */
export function addMapperOptions(command: Command): Command {
  return command
    .option("-m, --mapper <name>", "mapping strategy: greedy or layerwise", "greedy")
    .option("-b, --batch <samples>", "samples in a batch", wholeNumber("--batch", 1), 1)
    .option(
      "-p, --precision <wXaY>",
      "bits of weights and activations that the network leaves open, e.g. w8a8",
      precisionOf,
    );
}

/** What commander makes of them, as the run takes it. */
export function mapperOptionsOf(options: MapperOptions): Pick<RunOptions, "mapper" | "batch" | "precision"> {
  return {
    mapper: options.mapper,
    batch: options.batch,
    ...(options.precision === undefined ? {} : { precision: options.precision }),
  };
}

/** Options of every command that simulates. */
export interface MachineOptions {
  trace: string[];
  traceFrom?: number;
  traceUntil?: number;
  traceCores?: string;
  traceUnits?: string;
  traceKinds?: string;
  ideal?: string[];
  mode: "coarse" | "fine";
  engine: "wheel" | "heap";
  seed: string;
  checkRows?: number;
}

/** Adds the options of a simulation. */
export function addMachineOptions(command: Command): Command {
  addRepeated(
    command,
    "-t, --trace <file>",
    "write a trace: .csv (lossless) or .json (for ui.perfetto.dev), either with .gz (repeatable)",
  );
  return addFilterOptions(command)
    .option("--ideal <parts>", "make parts free: write,dram,bus,adc,sram,vector,mvm,issue", idealOf)
    .addOption(
      new Option("--mode <mode>", "one event a hold, or one a step; the cycles are the same")
        .choices(["coarse", "fine"])
        .default("coarse"),
    )
    .addOption(
      new Option("--engine <engine>", "event queue; the cycles are the same")
        .choices(["wheel", "heap"])
        .default("wheel"),
    )
    .option("--seed <seed>", "seed of drawn write passes", "1")
    .option(
      "--check-rows <rows>",
      "check all laws on traces up to this many rows, beyond it those on counters",
      wholeNumber("--check-rows", 0),
    );
}

/** Adds what keeps part of a trace. */
export function addFilterOptions(command: Command): Command {
  return command
    .option("--trace-from <cycle>", "first cycle of the trace", wholeNumber("--trace-from", 0))
    .option("--trace-until <cycle>", "cycle before which the trace ends", wholeNumber("--trace-until", 1))
    .option("--trace-cores <cores>", "cores in the trace, e.g. 0,2-5")
    .option("--trace-units <units>", "units in the trace, e.g. mvm,load")
    .option("--trace-kinds <kinds>", "holds in the trace, e.g. dram,bus,pulse");
}

/** The filter of the `--trace-…` options. */
export function filterOf(options: Partial<MachineOptions>): TraceFilter {
  const parts: string[] = [];
  const add = (key: string, value: string | number | undefined) => {
    if (value !== undefined) parts.push(`${key}=${value}`);
  };
  add("from", options.traceFrom);
  add("until", options.traceUntil);
  add("core", options.traceCores);
  add("unit", options.traceUnits);
  add("kind", options.traceKinds);
  return parseTraceFilter(parts.join(";"));
}

/** What commander makes of the machine's options, as a run takes it; the traces' files are announced. */
export function machineOptionsOf(options: MachineOptions, terminal: Terminal): ExecuteOptions {
  const filter = filterOf(options);
  const traces = options.trace.map((file): TraceRequest => ({ file, filter }));
  for (const { file } of traces) terminal.announce(file);
  return {
    mode: options.mode,
    engine: options.engine,
    seed: options.seed,
    ...(options.ideal === undefined ? {} : { ideal: options.ideal }),
    ...(options.checkRows === undefined ? {} : { checkRows: options.checkRows }),
    traces,
    ...watchingOf(terminal),
  };
}

/** Progress and Ctrl-C from a terminal. */
export function watchingOf(terminal: Terminal): Pick<ExecuteOptions, "onProgress" | "aborted"> {
  return {
    ...(terminal.showsProgress ? { onProgress: (progress) => terminal.progress(progress) } : {}),
    aborted: () => terminal.aborted(),
  };
}
