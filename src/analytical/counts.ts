/**
 * Exact counts of what a program does, for law 6 and for energy. Loops are multiplied, never unrolled.
 *
 * An MVM adds, for every vector: arrayMvm the distinct arrays of its groups; cellPhases B · Σ over pieces of rows in range × columns (B: phases
 * of the input bits, 1 where the timing is given: row groups take turns, so a cell is driven in these only); conversions F · Σ over pieces of columns · m for ADC timing, else 0 (m = 2 in modes other than normal).
 * A WWR adds, for every pulse group and array: rowsWritten its rows, cellWrites rows × columns × passes, verifyRows rows × reads (none 0, read 1,
 * program one a pass). A WVF adds a verify row a row.
 * Bytes are what the stages move: read and written bytes of every memory (vector loads of an MVM are reads of their source), weight buffer
 * bytes filled (once a destination core) and read, network bytes (bus: once; mesh: once a link), and vector bytes as the vector unit is timed
 * on them (the whole window for POOL).
 */
import type { Chip } from "../hardware/index.js";
import { type Instruction, OPCODES, type Opcode, type Program } from "../isa/index.js";
import { type ProgramShapes, programShapes } from "./shapes.js";
import { flowOf, movedBytes, mvmFacts, type Passes, type UnloadedContext } from "./unloaded/index.js";

/** Everything counted as a plain number. */
export const COUNT_NAMES = [
  "mvmVectors",
  "arrayMvm",
  "cellPhases",
  "conversions",
  "rowsWritten",
  "cellWrites",
  "verifyRows",
  "localMemoryReadBytes",
  "localMemoryWriteBytes",
  "weightBufferReadBytes",
  "weightBufferWriteBytes",
  "globalBufferReadBytes",
  "globalBufferWriteBytes",
  "dramReadBytes",
  "dramWriteBytes",
  "networkBytes",
  "vectorBytes",
] as const;
/** The name of one count. */
export type CountName = (typeof COUNT_NAMES)[number];
/** A whole number for every count. */
export type WorkCounts = Record<CountName, number>;

/** What a program does in all; LOOP, ENDL, MARK and HALT are not counted. */
export interface ProgramCounts extends WorkCounts {
  instructions: Record<Opcode, number>;
}

/** All counts at zero. */
export function zeroCounts(): WorkCounts {
  return Object.fromEntries(COUNT_NAMES.map((name) => [name, 0])) as WorkCounts;
}

function addBytes(counts: WorkCounts, instruction: Instruction, context: UnloadedContext): void {
  const flow = flowOf(instruction, context);
  if (!flow) return;
  const outward = instruction.op === "ST" || instruction.op === "ACC.OUT";
  for (const stage of flow.stages) {
    const bytes = movedBytes(stage, flow.packets);
    switch (stage.kind) {
      case "localRead":
        counts.localMemoryReadBytes += bytes;
        break;
      case "localWrite":
        counts.localMemoryWriteBytes += bytes;
        break;
      case "globalRead":
        counts.globalBufferReadBytes += bytes;
        break;
      case "globalWrite":
        counts.globalBufferWriteBytes += bytes;
        break;
      case "dram":
        counts[outward ? "dramWriteBytes" : "dramReadBytes"] += bytes;
        break;
      case "bus":
      case "link":
        counts.networkBytes += bytes;
        break;
      case "weightBuffer":
        counts.weightBufferReadBytes += bytes;
        break;
      case "vector":
        counts.vectorBytes += bytes;
        break;
      default:
        break;
    }
  }
}

/** Verify passes over all rows of a write: Σ over pulse groups of rows × passes. */
function rowPasses(rows: number, rowsPerPulse: number, maxPasses: number, passes: Passes): number {
  if (passes === "best") return rows;
  if (passes === "worst") return rows * maxPasses;
  let sum = 0;
  for (let row = 0, group = 0; row < rows; row += rowsPerPulse, group++)
    sum += Math.min(rowsPerPulse, rows - row) * passes[group]!;
  return sum;
}

/** What one run of one instruction does. */
export function instructionCounts(instruction: Instruction, context: UnloadedContext): WorkCounts {
  const counts = zeroCounts();
  addBytes(counts, instruction, { ...context, ideal: new Set() });
  const { write } = context.chip.core.arrays;
  switch (instruction.op) {
    case "WLD":
      counts.weightBufferWriteBytes += instruction.bytes * instruction.cores.length;
      break;
    case "WWR": {
      const { verify } = write;
      const drawn = verify.kind === "program";
      const pulsed = drawn
        ? rowPasses(instruction.rows, write.rowsPerPulse, verify.maxPasses, context.passes ?? "best")
        : instruction.rows;
      const arrays = instruction.arrays.length;
      counts.rowsWritten += instruction.rows * arrays;
      counts.cellWrites += pulsed * instruction.columns * arrays;
      counts.verifyRows += verify.kind === "none" ? 0 : pulsed * arrays;
      break;
    }
    case "WVF":
      counts.verifyRows += instruction.rows;
      break;
    case "MVM": {
      const facts = mvmFacts(instruction, { ...context, ideal: new Set() });
      counts.mvmVectors += instruction.vectors;
      counts.arrayMvm += instruction.vectors * facts.arrays.length;
      counts.cellPhases += instruction.vectors * facts.bitPhases * facts.cells;
      counts.conversions += instruction.vectors * facts.phases * facts.conversions;
      break;
    }
    default:
      break;
  }
  return counts;
}

/** The counts of a whole program; `passes` "best" takes one pass a pulse group, "worst" the most the chip allows. */
export function programCounts(
  program: Program,
  chip: Chip,
  passes: "best" | "worst" = "best",
  all: ProgramShapes = programShapes(program, chip),
): ProgramCounts {
  const runs = new Float64Array(all.examples.length);
  all.shapes.forEach((shapes, stream) => {
    const trips = all.trips[stream]!;
    for (let index = 0; index < shapes.length; index++) if (shapes[index]! >= 0) runs[shapes[index]!]! += trips[index]!;
  });
  const counts = zeroCounts();
  const instructions = Object.fromEntries(OPCODES.map((op) => [op, 0])) as Record<Opcode, number>;
  all.examples.forEach(({ instruction, core }, shape) => {
    instructions[instruction.op] += runs[shape]!;
    const one = instructionCounts(instruction, { chip, groups: program.groups, core, passes });
    for (const name of COUNT_NAMES) counts[name] += one[name] * runs[shape]!;
  });
  return { ...counts, instructions };
}
