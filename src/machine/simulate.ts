/**
 * simulate(): a program on a chip, cycle by cycle.
 * Runs the machine in slices, so that progress can be shown and a run be stopped; collects counters, path totals and digest.
 */
import { type Problem, TERMS, type TermCycles, UserError, zeroTerms } from "../base/index.js";
import { type Chip, structureDigest } from "../hardware/index.js";
import type { Program } from "../isa/index.js";
import type { TraceFilter, TraceSink } from "../trace/index.js";
import { HOLD_KINDS } from "../trace/index.js";
import { deadlockError } from "./deadlock.js";
import type { DramSummary } from "./dram/controller.js";
import type { RequestListener } from "./dram/memory.js";
import { energyOf } from "./energy.js";
import { Machine } from "./machine.js";
import { COUNT, COUNTS, type CountName, IDEAL_PARTS, type IdealPart } from "./plan/plan.js";
import type { MachineProbes } from "./probes.js";
import { type Hazards, MachineState } from "./state.js";

/** Options of a run; all have defaults. */
export interface SimulateOptions {
  /** One event a hold, or one a step; both give the same cycles. Default coarse. */
  mode?: "coarse" | "fine";
  /** Timing wheel, or the plain heap that serves as its oracle. Default wheel. */
  engine?: "wheel" | "heap";
  /** Parts made free (docs/timing.md section 7). */
  ideal?: readonly string[];
  /** Seed of all random streams. Default "1". */
  seed?: string;
  /** Keep critical-path totals. Default true; needed for traces. */
  pathTotals?: boolean;
  /** Nodes of the path log before it folds (tests make it small). */
  pathCapacity?: number;
  /** Where rows go. */
  sink?: TraceSink;
  filter?: TraceFilter;
  /** Probes with their listeners; free where nobody listens. */
  probes?: MachineProbes;
  programDigest?: string;
  /** Called between slices of events. */
  onProgress?: (progress: { ticks: number; events: number; instructions: number }) => void;
  /** Asked between slices; true stops the run with an error. */
  aborted?: () => boolean;
  /** Run on a chip of another structure than the program's (tests only). */
  anyChip?: boolean;
  shuffleSeed?: number;
  checked?: boolean;
  hazards?: Hazards;
  /** Told of every DRAM request as it is accepted: byte address, direction, DRAM cycle (DRAM by commands only). */
  onDramRequest?: RequestListener;
}

/** Cycles one stage or layer took. */
export interface TagCycles {
  tag: number;
  stage: number;
  layer: string;
  firstStart: number;
  lastEnd: number;
  /** The busiest of its streams: ticks with any of its instructions under way. */
  serviceCycles: number;
}

/** What a run gives. */
export interface Simulation {
  cycles: number;
  digest: string;
  instructions: number;
  holds: number;
  events: number;
  /** Critical-path totals over the run, and for every stage. */
  path: TermCycles;
  stagePath: TermCycles[];
  tags: TagCycles[];
  counts: Record<CountName, number>;
  energyPj: Record<string, number>;
  writes: {
    exposedCycles: number;
    hiddenCycles: number;
    activeCycles: number;
    busyCycles: number;
  };
  /** Ticks each shared resource was held. */
  resources: { name: string; kind: string; core: number; ports: number; busyCycles: number }[];
  /** Hold ticks by kind, all resources together. */
  holdCycles: Record<string, number>;
  /** What the DRAM controller counted, where DRAM was played by commands. */
  dram?: DramSummary;
  ideal: string[];
}

const SLICE = 50_000;

/** Parts named in `--ideal`, checked. */
export function idealParts(names: readonly string[]): Set<IdealPart> {
  const problems: Problem[] = [];
  const parts = new Set<IdealPart>();
  for (const name of names) {
    if ((IDEAL_PARTS as readonly string[]).includes(name)) parts.add(name as IdealPart);
    else
      problems.push({
        code: "unknown-ideal",
        message: "unknown part to make ideal",
        seen: `"${name}"`,
        accepted: IDEAL_PARTS.join(", "),
      });
  }
  if (problems.length > 0) throw new UserError(problems);
  return parts;
}

/** Runs a program on a chip. Throws `UserError` where the program does not fit the chip, deadlocks, or uses a wrong tile. */
export function simulate(program: Program, chip: Chip, options: SimulateOptions = {}): Simulation {
  const digest = structureDigest(chip);
  if (!options.anyChip && program.structureDigest !== digest)
    throw new UserError({
      code: "other-chip",
      message: "the program was made for a chip of another structure",
      seen: `${program.chip} (${program.structureDigest})`,
      accepted: `${chip.name} (${digest})`,
    });
  const ideal = idealParts(options.ideal ?? []);
  const mode = options.mode ?? "coarse";
  const seed = options.seed ?? "1";
  const state = new MachineState(program, chip, {
    mode,
    engine: options.engine ?? "wheel",
    ideal,
    seed,
    pathTotals: options.pathTotals ?? true,
    ...(options.pathCapacity === undefined ? {} : { pathCapacity: options.pathCapacity }),
    ...(options.shuffleSeed === undefined ? {} : { shuffleSeed: options.shuffleSeed }),
    ...(options.checked === undefined ? {} : { checked: options.checked }),
    ...(options.hazards === undefined ? {} : { hazards: options.hazards }),
    ...(options.onDramRequest === undefined ? {} : { onDramRequest: options.onDramRequest }),
  });
  options.sink?.begin({
    format: 1,
    chip: chip.name,
    structureDigest: digest,
    programDigest: options.programDigest ?? "",
    program: program.name,
    clockHz: chip.clockHz,
    mode,
    ideal: [...ideal].sort(),
    seed,
    filter: options.filter ?? {},
    streams: program.streams.map((stream, id) => ({ id, core: stream.core, unit: stream.unit })),
    resources: state.resources.rows,
    tags: program.tags,
  });
  const machine = new Machine(state, options.sink, options.probes);
  machine.begin();
  for (;;) {
    const reason = state.queue.run(machine, { maxEvents: SLICE });
    options.onProgress?.({
      ticks: state.queue.now,
      events: state.queue.processed,
      instructions: machine.recorder.instructions,
    });
    if (options.aborted?.()) throw new UserError({ code: "aborted", message: "the run was stopped" });
    if (reason === "drained") break;
  }
  const { recorder } = machine;
  if (machine.issue.finished < state.streams || state.contextActive.some((active) => active !== 0))
    throw deadlockError(state, machine.issue);

  const flat = recorder.pathTotals();
  const stages = Math.max(1, ...program.tags.map((tag) => tag.stage + 1));
  const path = zeroTerms();
  const stagePath: TermCycles[] = [];
  for (let stage = 0; stage < stages; stage++) {
    const terms = zeroTerms();
    TERMS.forEach((term, index) => {
      const cycles = flat[stage * TERMS.length + index] ?? 0;
      terms[term] = cycles;
      path[term] += cycles;
    });
    stagePath.push(terms);
  }
  options.sink?.end({
    makespanTicks: recorder.makespan,
    instructions: recorder.instructions,
    holds: recorder.holds,
    digest: recorder.digest,
    pathTerms: path,
  });
  const counts = Object.fromEntries(COUNTS.map((name) => [name, 0])) as Record<CountName, number>;
  state.decoded.plans.plans.forEach((plan, index) => {
    const times = recorder.executions[index]!;
    for (const name of COUNTS) counts[name] += times * plan.counts[COUNT[name]]!;
  });
  counts.cellWrites += recorder.extraCellWrites;
  counts.verifyRows += recorder.extraVerifyRows;
  const tags: TagCycles[] = program.tags.map((tag, index) => {
    let service = 0;
    for (let stream = 0; stream < state.streams; stream++)
      service = Math.max(service, recorder.service[stream * recorder.tags + index]!);
    return {
      tag: index,
      stage: tag.stage,
      layer: tag.layer,
      firstStart: Math.max(0, recorder.tagFirst[index]!),
      lastEnd: recorder.tagLast[index]!,
      serviceCycles: service,
    };
  });
  const dram = state.memory?.finish(recorder.makespan);
  return {
    cycles: recorder.makespan,
    digest: recorder.digest,
    instructions: recorder.instructions,
    holds: recorder.holds,
    events: state.queue.processed,
    path,
    stagePath,
    tags,
    counts,
    energyPj: energyOf(counts, chip, recorder.makespan, dram?.energyPj?.total),
    ...(dram === undefined ? {} : { dram }),
    writes: {
      exposedCycles: path.write,
      hiddenCycles: recorder.writeActive - path.write,
      activeCycles: recorder.writeActive,
      busyCycles: recorder.writeBusy,
    },
    resources: state.resources.rows
      .filter((row) => row.id < state.servers.count || row.kind === "dram")
      .map((row) => ({
        name: row.name,
        kind: row.kind,
        core: row.core,
        ports: row.ports,
        busyCycles:
          row.id < state.servers.count
            ? recorder.serverBusy[row.id]!
            : (state.memory?.busyTicks(row.id - state.resources.dram) ?? 0),
      })),
    holdCycles: Object.fromEntries(HOLD_KINDS.map((kind, index) => [kind, recorder.kindBusy[index]!])),
    ideal: [...ideal].sort(),
  };
}
