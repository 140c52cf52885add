/** Options that several commands share, declared once. */
import { type Command, Option } from "commander";
import {
  OBJECTIVES,
  type Objective,
  REPLICATION_RULES,
  type ReplicationRule,
  strategies,
  UNIT_RULES,
  type UnitRule,
} from "../mapper/index.js";
import { MVM_PER, type MvmPer, PIPELINES, type Pipeline } from "../mapping/index.js";
import type { ExecuteOptions, RunOptions, TraceRequest } from "../run/index.js";
import { parseTraceFilter, type TraceFilter } from "../trace/index.js";
import { idealOf, precisionOf, wholeNumber } from "./inputs.js";
import type { Terminal } from "./terminal.js";
import { refuseUnreadByMapper, refuseUnreadByTrace } from "./unread-options.js";

/** Most generations and most groups in one: some hundred times what was published, and more than any study needs. */
const MOST_GENERATIONS = 10_000;
const MOST_POPULATION = 10_000;

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
  seed: string;
  objective?: Objective;
  generations?: number;
  population?: number;
  earlyStop?: boolean;
  unitRule?: UnitRule;
  replication?: ReplicationRule;
  mvmPer?: MvmPer;
  pipeline?: Pipeline;
  prefetchWeights: boolean;
  modelFill?: "window" | "sample";
  modelCombine?: "max" | "sum";
  modelIssue?: "linear" | "piecewise";
}

/** Adds `--mapper`, `--batch`, `--precision` and what a search for partitions takes. */
export function addMapperOptions(command: Command): Command {
  const choice = (flags: string, description: string, choices: readonly string[]) =>
    command.addOption(new Option(flags, description).choices(choices));
  addSeed(command);
  command.hook("preAction", () => refuseUnreadByMapper(command));
  choice("--objective <objective>", "what compass and compass-optimal make small (default: latency)", OBJECTIVES);
  command
    .option(
      "--generations <count>",
      `generations of compass behind the first random one, 0 to ${MOST_GENERATIONS} (default: 30)`,
      wholeNumber("--generations", 0, MOST_GENERATIONS),
    )
    .option(
      "--population <count>",
      `groups in a generation of compass, 2 to ${MOST_POPULATION} (default: 100)`,
      wholeNumber("--population", 2, MOST_POPULATION),
    )
    .option("--early-stop", "end compass when its best has not improved for 10 generations");
  choice(
    "--unit-rule <rule>",
    "cut tall columns into units too, or columns alone (default: two-dimensional)",
    UNIT_RULES,
  );
  choice(
    "--replication <rule>",
    "replicas until the chip is full, the issue ports are slower, or half of it is full (default: chip-full)",
    REPLICATION_RULES,
  );
  choice(
    "--mvm-per <what>",
    "one MVM a unit, or one a row block of it (default: rowBlock for compass and compass-optimal, unit for the others)",
    MVM_PER,
  );
  choice(
    "--pipeline <how>",
    "a layer starts on a sample with its producer's first windows, or when it is done (default: window)",
    PIPELINES,
  );
  command.option("--no-prefetch-weights", "load a partition's weights only when the one before has been computed");
  choice("--model-fill <how>", "COMPASS estimate: pipeline by window or by sample (default: as --pipeline)", [
    "window",
    "sample",
  ]);
  choice("--model-combine <how>", "COMPASS estimate: memory beside computing, or after it (default: max)", [
    "max",
    "sum",
  ]);
  choice("--model-issue <form>", "COMPASS estimate: issue ports linear or piecewise (default: linear)", [
    "linear",
    "piecewise",
  ]);
  return command
    .option("-m, --mapper <name>", `mapping strategy: ${strategies().join(", ")}`, "greedy")
    .option("-b, --batch <samples>", "samples in a batch", wholeNumber("--batch", 1), 1)
    .option(
      "-p, --precision <wXaY>",
      "bits of weights and activations that the network leaves open, e.g. w8a8",
      precisionOf,
    );
}

/** `--seed`, once a command. */
function addSeed(command: Command): Command {
  if (command.options.some(({ long }) => long === "--seed")) return command;
  return command.option("--seed <seed>", "seed of drawn write passes and of the search of compass", seedOf, "1");
}

/** A seed: a whole number, kept as text. */
function seedOf(text: string): string {
  return String(wholeNumber("--seed", 0)(text));
}

/** What commander makes of them, as the run takes it. */
export function mapperOptionsOf(
  options: MapperOptions,
): Pick<RunOptions, "mapper" | "batch" | "precision" | "mapping" | "model" | "seed"> {
  const { objective, generations, population, earlyStop, unitRule, replication, mvmPer, pipeline, prefetchWeights } =
    options;
  const given = {
    objective,
    generations,
    population,
    earlyStop,
    unitRule,
    replication,
    mvmPer,
    pipeline,
    prefetchWeights,
  };
  const { modelFill: fill, modelCombine: combine, modelIssue: issue } = options;
  return {
    mapper: options.mapper,
    batch: options.batch,
    seed: options.seed,
    mapping: withoutUndefined(given),
    model: withoutUndefined({ fill, combine, issue }),
    ...(options.precision === undefined ? {} : { precision: options.precision }),
  };
}

/** The properties that are there. */
function withoutUndefined<T extends object>(value: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as never;
}

/** Options of every command that simulates. */
export interface MachineOptions {
  trace: string[];
  dramTrace: string[];
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
  addRepeated(
    command,
    "--dram-trace <file>",
    "write the DRAM's request stream for DRAMsim3 and `wordline dram replay`, or named .ramulator for Ramulator; .gz (repeatable)",
  );
  addSeed(command);
  command.hook("preAction", () => refuseUnreadByTrace(command));
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
  for (const file of options.dramTrace) terminal.announce(file);
  return {
    mode: options.mode,
    engine: options.engine,
    seed: options.seed,
    ...(options.ideal === undefined ? {} : { ideal: options.ideal }),
    ...(options.checkRows === undefined ? {} : { checkRows: options.checkRows }),
    traces,
    dramTraces: options.dramTrace,
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
