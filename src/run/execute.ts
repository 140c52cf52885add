/**
 * Executing one program: legality, simulation with its traces, bounds, and the check.
 * Inputs: a program and the chip it was made for. Invariants: files appear whole or not at all; nothing is printed.
 */
import { type ProgramBounds, programBounds, programShapes } from "../analytical/index.js";
import { UserError } from "../base/index.js";
import type { Chip } from "../hardware/index.js";
import { checkProgram, dynamicCount, type Program, programDigest } from "../isa/index.js";
import { type IdealPart, idealParts, type SimulateOptions, type Simulation, simulate } from "../machine/index.js";
import type { BoundsSummary, CheckSummary, SimulationFields } from "../results/index.js";
import type { TraceSink, TraceTable } from "../trace/index.js";
import { checkRun } from "./check-run.js";
import { DramTraces } from "./dram-traces.js";
import { expectedRows } from "./expected-rows.js";
import { limitsOf } from "./limits.js";
import type { RunStep, Watching } from "./progress.js";
import { JoinedSink, LimitedMemory } from "./sinks.js";
import { openTraces, type TraceRequest, writtenTraces } from "./traces.js";

/** Rows up to which a run keeps its whole trace in memory, to check and explain it. */
export const CHECKED_ROWS = 1_000_000;

/** How a program is run. */
export interface ExecuteOptions extends Watching, Pick<SimulateOptions, "mode" | "engine" | "ideal" | "seed"> {
  traces?: readonly TraceRequest[];
  /** Files for the DRAM's request stream (`.ramulator` for Ramulator's form). */
  dramTraces?: readonly string[];
  /** Rows up to which all laws are checked on the trace; beyond, those on counters. 0 checks counters only. */
  checkRows?: number;
  /** Further listeners. */
  sinks?: readonly TraceSink[];
}

/** A program that ran. */
export interface Execution {
  simulation: Simulation;
  bounds: ProgramBounds;
  /** The whole trace, where it was small enough to keep. */
  table?: TraceTable;
  /** Everything about the run that a result shows. */
  fields: SimulationFields;
}

/** Throws every reason why a program cannot run on a chip. */
export function checkLegality(program: Program, chip: Chip): void {
  const problems = checkProgram(program, limitsOf(chip));
  if (problems.length > 0) throw new UserError(problems);
}

/** Instructions a program runs, LOOP and other marks not counted. */
export function instructionsOf(program: Program): number {
  return program.streams.reduce((sum, { code }) => sum + dynamicCount(code), 0);
}

/** Runs a program with nobody listening but the progress. */
export function simulateWatched(
  program: Program,
  chip: Chip,
  options: SimulateOptions,
  watching: Watching,
  step: RunStep,
  detail = "",
): Simulation {
  const { onProgress, aborted } = watching;
  const totalInstructions = onProgress === undefined ? 0 : instructionsOf(program);
  return simulate(program, chip, {
    ...options,
    ...(aborted === undefined ? {} : { aborted }),
    ...(onProgress === undefined
      ? {}
      : {
          onProgress: ({ ticks, events, instructions }) =>
            onProgress({ step, detail, cycles: ticks, events, instructions, totalInstructions }),
        }),
  });
}

/** Runs a program: legality, traces, simulation, bounds, check. */
export async function executeProgram(program: Program, chip: Chip, options: ExecuteOptions = {}): Promise<Execution> {
  const { traces = [], checkRows = CHECKED_ROWS } = options;
  const ideal = [...idealParts(options.ideal ?? [])].sort();
  options.onProgress?.({ step: "check program", detail: "" });
  checkLegality(program, chip);
  const shapes = programShapes(program, chip);
  const expected = expectedRows(program, chip, shapes);
  const memory = expected.instructions + expected.holds <= checkRows ? new LimitedMemory(checkRows * 2) : undefined;
  const digest = programDigest(program);
  const files = openTraces(traces, program);
  let requests: DramTraces;
  try {
    requests = new DramTraces(options.dramTraces ?? [], chip, ideal);
  } catch (error) {
    for (const file of files) file.abort();
    throw error;
  }
  const sink = new JoinedSink([...files, ...(memory ? [memory] : []), ...(options.sinks ?? [])]);
  const listening = files.length + (memory ? 1 : 0) + (options.sinks?.length ?? 0) > 0;
  const before = process.cpuUsage();
  let simulation: Simulation;
  try {
    simulation = simulateWatched(
      program,
      chip,
      {
        ideal,
        programDigest: digest,
        ...(options.mode === undefined ? {} : { mode: options.mode }),
        ...(options.engine === undefined ? {} : { engine: options.engine }),
        ...(options.seed === undefined ? {} : { seed: options.seed }),
        ...(listening ? { sink } : {}),
        ...(requests.listener === undefined ? {} : { onDramRequest: requests.listener }),
      },
      options,
      "simulate",
    );
    await sink.ended;
    requests.finish();
  } catch (error) {
    sink.abort();
    requests.abort();
    throw error;
  }
  const used = process.cpuUsage(before);
  options.onProgress?.({ step: "check", detail: "" });
  const bounds = programBounds(program, chip, { ideal: new Set(ideal as IdealPart[]), shapes });
  const table = memory?.table;
  const check = checkRun({ simulation, program, chip, bounds, table, checkRows, shapes });
  return {
    simulation,
    bounds,
    ...(table === undefined ? {} : { table }),
    fields: fieldsOf(simulation, bounds, check, chip, {
      programDigest: digest,
      cpuSeconds: (used.user + used.system) / 1e6,
      mode: options.mode ?? "coarse",
      engine: options.engine ?? "wheel",
      seed: options.seed ?? "1",
      traces: [...writtenTraces(traces), ...requests.written()],
    }),
  };
}

type Given = Pick<SimulationFields, "programDigest" | "cpuSeconds" | "mode" | "engine" | "seed" | "traces">;

function fieldsOf(
  simulation: Simulation,
  bounds: ProgramBounds,
  check: CheckSummary,
  chip: Chip,
  given: Given,
): SimulationFields {
  return {
    cycles: simulation.cycles,
    seconds: simulation.cycles / chip.clockHz,
    energyPj: simulation.energyPj,
    path: { terms: simulation.path },
    writes: { ...simulation.writes, removableCycles: null },
    bounds: boundsSummary(bounds),
    check,
    resources: resourceSummary(simulation),
    ...(simulation.dram === undefined ? {} : { dram: dramSummary(simulation, chip) }),
    counts: simulation.counts,
    digest: simulation.digest,
    instructions: simulation.instructions,
    holds: simulation.holds,
    events: simulation.events,
    ideal: simulation.ideal,
    ...given,
  };
}

/** What the DRAM's controller counted. */
function dramSummary({ dram }: Simulation, chip: Chip): NonNullable<SimulationFields["dram"]> {
  const { energyPj, ...counted } = dram!;
  return { device: chip.dram!.device!.name, policy: chip.dram!.policy, ...counted, energyPj: energyPj ?? null };
}

function boundsSummary(bounds: ProgramBounds): BoundsSummary {
  const busiest = bounds.resources[0];
  return {
    lowerCycles: bounds.lowerTicks,
    upperCycles: bounds.upperTicks,
    method:
      bounds.method === "chain"
        ? "busiest resource and longest dependency chain"
        : "busiest resource; the program is too long for its longest chain",
    busiestResource: busiest?.name ?? null,
    busiestCycles: busiest?.boundTicks ?? 0,
  };
}

/** Use of the shared resources by kind, the busiest kind first. */
function resourceSummary(simulation: Simulation): SimulationFields["resources"] {
  const kinds = new Map<string, Simulation["resources"]>();
  for (const row of simulation.resources) kinds.set(row.kind, [...(kinds.get(row.kind) ?? []), row]);
  const share = ({ busyCycles, ports }: { busyCycles: number; ports: number }) =>
    simulation.cycles === 0 ? 0 : busyCycles / (simulation.cycles * ports);
  return [...kinds]
    .map(([kind, rows]) => {
      const busiest = rows.reduce((most, row) => (share(row) > share(most) ? row : most));
      return {
        kind,
        count: rows.length,
        ports: rows.reduce((sum, row) => sum + row.ports, 0),
        busyCycles: rows.reduce((sum, row) => sum + row.busyCycles, 0),
        busiest: busiest.name,
        utilisation: share(busiest),
      };
    })
    .sort((a, b) => b.utilisation - a.utilisation);
}
