/** Small helpers of the machine's tests: programs from instruction lists, runs with a memory sink. */
import type { Chip } from "../../src/hardware/index.js";
import { readChip, structureDigest } from "../../src/hardware/index.js";
import { type Instruction, type Program, ProgramBuilder, type Unit } from "../../src/isa/index.js";
import { type SimulateOptions, type Simulation, simulate } from "../../src/machine/index.js";
import { MemorySink, type TraceTable } from "../../src/trace/index.js";

/** A preset with fields set. */
export function chipWith(name: string, set: Record<string, unknown> = {}): Chip {
  return readChip(name, { set });
}

/** A builder for a chip. */
export function builderFor(chip: Chip, cores = chip.cores): ProgramBuilder {
  return new ProgramBuilder({
    name: "test",
    chip: chip.name,
    structureDigest: structureDigest(chip),
    cores,
    semaphores: chip.core.semaphores,
  });
}

/** A program of plain streams, written as lists. */
export function programOf(chip: Chip, streams: [core: number, unit: Unit, code: Instruction[]][]): Program {
  const builder = builderFor(chip);
  for (const [core, unit, code] of streams)
    for (const instruction of code) builder.stream(core, unit).push(instruction);
  return builder.build();
}

/** A run with its rows. */
export function run(
  program: Program,
  chip: Chip,
  options: SimulateOptions = {},
): { result: Simulation; table: TraceTable } {
  const sink = new MemorySink();
  const result = simulate(program, chip, { checked: true, ...options, sink });
  return { result, table: sink.table };
}

/** Start and end of every instruction, by stream and n. */
export function spans(table: TraceTable): { stream: number; n: number; start: number; end: number }[] {
  const { instructions } = table;
  return Array.from({ length: instructions.length }, (_, i) => ({
    stream: instructions.stream[i]!,
    n: instructions.n[i]!,
    start: instructions.startTick[i]!,
    end: instructions.endTick[i]!,
  })).sort((a, b) => a.stream - b.stream || a.n - b.n);
}
