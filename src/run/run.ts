/**
 * The whole chain: Network × Chip → Mapping → Program → machine, beside the estimate of the Mapping; then check and explain.
 * Inputs: plain values. Invariants: nothing is printed; files appear whole or not at all; the same inputs give the same result but for `cpuSeconds`.
 */
import { type CompassModel, compassEstimator, estimateMapping } from "../analytical/index.js";
import { summarisePath } from "../explain/index.js";
import type { Chip, Precision } from "../hardware/index.js";
import { structureDigest } from "../hardware/index.js";
import type { Program } from "../isa/index.js";
import type { SimulateOptions, Simulation } from "../machine/index.js";
import { emit, type MapOptions, map } from "../mapper/index.js";
import type { Mapping } from "../mapping/index.js";
import { type Comparison, compare, type Estimate, type Experiment, type Result } from "../results/index.js";
import type { TraceTable } from "../trace/index.js";
import { type Network, networkDigest } from "../workload/index.js";
import { type ExecuteOptions, type Execution, executeProgram, simulateWatched } from "./execute.js";
import { experimentOf, type IdealOf, idealFromCounters, idealFromPath, largestPart } from "./experiments.js";
import { layerTerms } from "./layer-terms.js";
import { comparePartitions, modelMapping } from "./partitions.js";
import type { Watching } from "./progress.js";
import { FirstLoadWatch } from "./sinks.js";
import type { Verification } from "./verify.js";
import { weightsOf } from "./weights.js";
import { widthsOf } from "./widths.js";

/** How a network is run. */
export interface RunOptions extends ExecuteOptions {
  /** Name of the mapping strategy (default greedy). */
  mapper?: string;
  batch?: number;
  precision?: Precision;
  /** Further options of the mapper. */
  mapping?: Omit<MapOptions, "strategy" | "batch" | "precision" | "cost">;
  /** Choices in the estimate of COMPASS, which strategies that search make small; it fills pipelines as the mapping does unless told otherwise. */
  model?: Partial<CompassModel>;
  /** Whether the program is run again with parts made free, and once with two batches (default true). */
  experiments?: boolean;
  /** Chip fields that were set for this run, to be kept in the result. */
  overrides?: Record<string, unknown>;
  /** Verification of the run; `network` must then be the verification's. */
  verification?: Verification;
}

/** A run with everything it was made of. */
export interface Run {
  result: Result;
  mapping: Mapping;
  program: Program;
  table?: TraceTable;
}

/** What of a run decides its mapping. */
export type MappingChoice = Pick<RunOptions, "mapper" | "batch" | "precision" | "mapping" | "model" | "seed">;

/** Maps a network to a chip. */
export function mapNetwork(network: Network, chip: Chip, options: MappingChoice & Watching = {}): Mapping {
  return map(network, chip, mapOptions(chip, options, options.batch ?? 1));
}

/** Maps and emits a network. */
export function compileNetwork(
  network: Network,
  chip: Chip,
  options: MappingChoice & Watching = {},
): { mapping: Mapping; program: Program } {
  options.onProgress?.({ step: "map", detail: "" });
  const mapping = mapNetwork(network, chip, options);
  options.onProgress?.({ step: "emit", detail: "" });
  return { mapping, program: emit(mapping, network, chip) };
}

function mapOptions(chip: Chip, options: MappingChoice & Watching, batch: number): MapOptions {
  const { onProgress } = options;
  return {
    // Made when first called: chips that cannot be mapped need no estimate.
    cost: lazily(() => compassEstimator(chip, batch, modelOf(options))),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(onProgress === undefined
      ? {}
      : {
          onGeneration: ({ generation, generations, best, partitions }) =>
            onProgress({
              step: "map",
              detail: `generation ${generation} of ${generations}, best ${best.toPrecision(5)}, ${partitions} partitions`,
            }),
        }),
    ...options.mapping,
    strategy: options.mapper ?? "greedy",
    batch,
    ...(options.precision === undefined ? {} : { precision: options.precision }),
  };
}

/** Options that were set, without those that are functions. */
function plainOptions(options: RunOptions["mapping"] = {}): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => typeof value !== "function"));
}

/** The estimate of COMPASS that goes with a choice of mapping. */
export function modelOf({ mapping, model }: MappingChoice): Partial<CompassModel> {
  return { ...(mapping?.pipeline === undefined ? {} : { fill: mapping.pipeline }), ...model };
}

/** A function that is made when first called. */
function lazily<Argument, Value>(make: () => (argument: Argument) => Value): (argument: Argument) => Value {
  let made: ((argument: Argument) => Value) | undefined;
  return (argument) => {
    made ??= make();
    return made(argument);
  };
}

/** Runs a network on a chip: map, emit, legality, simulate, estimate, check, explain. */
export async function runNetwork(network: Network, chip: Chip, options: RunOptions = {}): Promise<Run> {
  const { mapping, program } = compileNetwork(network, chip, options);
  options.onProgress?.({ step: "estimate", detail: "" });
  const estimate = estimateMapping(mapping, network, chip, { ideal: options.ideal ?? [] });
  const watch = mapping.resident ? new FirstLoadWatch() : undefined;
  const { verification } = options;
  const sinks = [
    ...(options.sinks ?? []),
    ...(watch === undefined ? [] : [watch]),
    ...(verification === undefined ? [] : [verification.listen(program)]),
  ];
  const execution = await executeProgram(program, chip, { ...options, sinks });
  const { simulation, fields, table } = execution;
  if (verification !== undefined) options.onProgress?.({ step: "verify", detail: "" });
  const verify = verification?.summary();
  const onnxRuntime = await verification?.onnxRuntime();
  options.onProgress?.({ step: "explain", detail: "" });
  const comparison = compareRun(network, chip, estimate, program, execution);
  const modelled = modelMapping(mapping, network, chip, modelOf(options));
  const again = new Again(program, chip, simulation, options);
  const experiments =
    options.experiments === false ? [] : experimentsOf(again, comparison, idealOf(program, chip, execution));
  const steady =
    watch === undefined ? wholeRun(simulation) : steadyOf(network, chip, mapping, simulation, watch, options);
  const cyclesPerSample = steady.cyclesPerBatch / mapping.batch;
  return {
    mapping,
    program,
    ...(table === undefined ? {} : { table }),
    result: {
      kind: "run",
      format: 1,
      network: network.name,
      networkDigest: networkDigest(network),
      chip: chip.name,
      structureDigest: structureDigest(chip),
      overrides: options.overrides ?? {},
      mapper: mapping.strategy,
      mapping: {
        ...{ mvmPer: mapping.mvmPer, pipeline: mapping.pipeline, prefetchWeights: mapping.prefetchWeights },
        ...{ weightMulticast: mapping.weightMulticast, options: plainOptions(options.mapping) },
      },
      batch: mapping.batch,
      precision: widthsOf(mapping),
      clockHz: chip.clockHz,
      weights: weightsOf(network, chip, mapping),
      throughputPerSecond: cyclesPerSample > 0 ? chip.clockHz / cyclesPerSample : 0,
      firstLoad:
        watch === undefined
          ? null
          : {
              cycles: watch.lastWriteEndTick,
              firstMvmCycle: Number.isFinite(watch.firstMvmStartTick) ? watch.firstMvmStartTick : 0,
            },
      steady: { ...steady, cyclesPerSample },
      estimate,
      ...fields,
      edpJouleSeconds: fields.energyPj.total! * 1e-12 * fields.seconds,
      writes: { ...fields.writes, removableCycles: again.removableCycles },
      ...comparison,
      model: modelled.model,
      partitions: comparePartitions(modelled, mapping, comparison.stages),
      experiments,
      ...(verify === undefined ? {} : { verify: { ...verify, ...(onnxRuntime === undefined ? {} : { onnxRuntime }) } }),
    },
  };
}

/** Estimate beside simulation, layers in the order of the network. */
export function compareRun(
  network: Network,
  chip: Chip,
  estimate: Estimate,
  program: Program,
  { simulation, table }: Execution,
): Comparison {
  const terms = table === undefined ? [] : layerTerms(table, program, chip);
  const names = new Map(network.layers.map(({ id, name }) => [name, id]));
  const order = (layer: string) => names.get(layer) ?? network.layers.length;
  return compare(
    estimate,
    simulation.stagePath.map((path, stage) => ({ stage, path })),
    simulation.tags
      .filter(({ lastEnd }) => lastEnd > 0)
      .sort((a, b) => order(a.layer) - order(b.layer))
      .map((tag) => ({
        name: tag.layer,
        stage: tag.stage,
        serviceCycles: tag.serviceCycles,
        firstStartCycle: tag.firstStart,
        lastEndCycle: tag.lastEnd,
        ...(terms[tag.tag] === undefined ? {} : { terms: terms[tag.tag]! }),
      })),
  );
}

/** The same program run again with parts made free; equal parts are run once. */
class Again {
  private readonly runs = new Map<string, Simulation>();
  /** Cycles that free writes remove, once that run was made. */
  removableCycles: number | null = null;

  constructor(
    private readonly program: Program,
    private readonly chip: Chip,
    readonly base: Simulation,
    private readonly options: RunOptions,
  ) {}

  with(part: string): Simulation {
    const known = this.runs.get(part);
    if (known) return known;
    const simulation = simulateWatched(
      this.program,
      this.chip,
      { ...simulateOptions(this.options), ideal: [...new Set([...this.base.ideal, part])] },
      this.options,
      "simulate again",
      `${part} made free`,
    );
    this.runs.set(part, simulation);
    return simulation;
  }
}

function simulateOptions({ mode, engine, seed }: RunOptions): SimulateOptions {
  return {
    ...(mode === undefined ? {} : { mode }),
    ...(engine === undefined ? {} : { engine }),
    ...(seed === undefined ? {} : { seed }),
  };
}

/** Free writes always; and the part behind the largest share of any stage's gap. */
function experimentsOf(again: Again, comparison: Comparison, idealOf: IdealOf): Experiment[] {
  const writes = experimentOf(again.base, again.with("write"), "removable writes", "write");
  again.removableCycles = writes.removedCycles;
  const part = largestPart(comparison, idealOf);
  if (part === undefined) return [writes];
  return [writes, experimentOf(again.base, again.with(part.ideal), "largest gap part", part.term, part)];
}

/** Which part of the machine a term stands for: from the critical path where the trace is there, else from the counters. */
function idealOf(program: Program, chip: Chip, { simulation, table }: Execution): IdealOf {
  return table === undefined
    ? idealFromCounters(simulation)
    : idealFromPath(summarisePath(table, program, chip).segments);
}

type Steady = Omit<Result["steady"], "cyclesPerSample">;

/** Replaced weights: the whole run is what every batch takes. */
function wholeRun(simulation: Simulation): Steady {
  return { cyclesPerBatch: simulation.cycles, method: "whole run" };
}

/** Resident weights: what one batch more adds, or, without experiments, what follows the first load. */
function steadyOf(
  network: Network,
  chip: Chip,
  resident: Mapping,
  simulation: Simulation,
  watch: FirstLoadWatch,
  options: RunOptions,
): Steady {
  if (options.experiments === false)
    return { cyclesPerBatch: simulation.cycles - watch.lastWriteEndTick, method: "after first load" };
  // All units fit together, so the greedy strategy gives the one partition of the run, whichever found it.
  const same = { ...options, mapper: "greedy", mapping: { ...options.mapping, mvmPer: resident.mvmPer } };
  const mapping = map(network, chip, mapOptions(chip, same, 2 * (options.batch ?? 1)));
  const twice = simulateWatched(
    emit(mapping, network, chip),
    chip,
    { ...simulateOptions(options), ...(options.ideal === undefined ? {} : { ideal: options.ideal }) },
    options,
    "simulate again",
    "one batch more",
  );
  return { cyclesPerBatch: twice.cycles - simulation.cycles, method: "one batch more" };
}
