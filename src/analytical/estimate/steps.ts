/**
 * Mapped steps as MVMs: what one vector costs, from the same facts as the unloaded form of an MVM instruction.
 * Ticks a vector in a long run: max(load, H) with two input registers, load + H with one; H is cut into mvm and adc as in
 * docs/timing.md section 5, what the load adds is inputLoad.
 */
import { invariant, type TermCycles } from "../../base/index.js";
import type { Chip } from "../../hardware/index.js";
import type { ArrayGroup, InstructionOf } from "../../isa/index.js";
import type { MappedStep, Mapping } from "../../mapping/index.js";
import { type MvmFacts, mvmFacts } from "../unloaded/index.js";
import { dramTicksPerByte, type IdealSet, networkTicksPerByte, sramTicksPerByte } from "./rates.js";

/** What one step costs a vector. */
export interface StepCost {
  facts: MvmFacts;
  /** Ticks a vector keeps its arrays, and by term. */
  vectorTicks: number;
  vectorTerms: Partial<TermCycles>;
  /** Ticks a vector keeps shared converters, by term: H where a grant covers an MVM, its conversions alone where it covers a phase. */
  converterTerms: Partial<TermCycles>;
  /** Ticks from the last hold to the result in the accumulators. */
  tailTicks: number;
}

function groupOf(mapping: Mapping, step: MappedStep, inputBits: number): ArrayGroup {
  const pieces = step.pieces.map((piece) => {
    const tile = mapping.tiles[piece.tile];
    invariant(tile, `the mapping has no tile ${piece.tile}`);
    return {
      array: piece.array,
      row0: 0,
      rows: tile.rows,
      column0: 0,
      columns: tile.columns * tile.columnsPerWeight,
      depth: piece.depth,
      tile: piece.tile,
      inputElement0: piece.inputElement0,
      output0: piece.output0,
      outputs: tile.columns,
    };
  });
  const inputs = Math.max(0, ...pieces.map((piece) => piece.inputElement0 + piece.rows));
  const outputs = Math.max(0, ...pieces.map((piece) => piece.output0 + piece.outputs));
  const weightBits = mapping.tiles[step.pieces[0]!.tile]!.weightBits;
  return { name: "step", core: 0, pieces, inputs, outputs, inputBits, weightBits, inputSigned: false };
}

/** The MVM that carries no more than the facts ask for: plain mode, the chip's registers in use. */
export function plainMvm(vectors: number): InstructionOf<"MVM"> {
  const source = {
    address: { space: "lm", base: 0 } as const,
    segments: 1,
    segmentStride: 0,
    parts: 1,
    partBytes: 0,
    partStride: 0,
    headRows: 0,
    tailRows: 0,
    padValue: 0,
  };
  const accumulator = { space: "acc", base: 0 } as const;
  return { op: "MVM", groups: [0], source, vectors, vectorStride: 0, accumulator, accumulate: "set", mode: "normal" };
}

/** Ticks a byte of input takes on its way to the arrays: the slowest of the stages it passes, alone. */
function inputTicksPerByte(chip: Chip, ideal: IdealSet): number {
  switch (chip.core.arrays.inputsFrom) {
    case "localMemory":
      return sramTicksPerByte(chip.core.localMemory, ideal);
    case "globalBuffer":
      return Math.max(sramTicksPerByte(chip.globalBuffer!, ideal), networkTicksPerByte(chip, ideal));
    default:
      return Math.max(dramTicksPerByte(chip, ideal), networkTicksPerByte(chip, ideal));
  }
}

/** The cost of one step for inputs of so many bits. */
export function stepCost(mapping: Mapping, chip: Chip, ideal: IdealSet, step: MappedStep, inputBits: number): StepCost {
  const { inputRegisters } = chip.core.arrays;
  const groups = [groupOf(mapping, step, inputBits)];
  const facts = mvmFacts(plainMvm(inputRegisters), { chip, groups, core: 0, ideal });
  const { compute } = facts;
  const holdTerms: Partial<TermCycles> = {};
  let converterTerms = holdTerms;
  let hold = 0;
  let tailTicks = facts.tail.reduce((sum, part) => sum + part.cycles, 0);
  if (compute.grain === "vector") {
    hold = compute.holdTicks;
    for (const { term, ticks } of compute.parts) holdTerms[term] = (holdTerms[term] ?? 0) + ticks;
  } else {
    const { phases, settleTicks, convertTicks, room } = compute;
    const pipelined = room === 2;
    hold = phases * (pipelined ? Math.max(settleTicks, convertTicks) : settleTicks + convertTicks);
    const settled = pipelined ? (convertTicks >= settleTicks ? settleTicks : hold) : phases * settleTicks;
    holdTerms.mvm = settled;
    holdTerms.adc = hold - settled;
    converterTerms = { adc: phases * convertTicks };
    if (pipelined) tailTicks += Math.min(settleTicks, convertTicks);
  }
  const load = facts.inputBytes * inputTicksPerByte(chip, ideal);
  const vectorTicks = inputRegisters === 1 ? load + hold : Math.max(load, hold);
  const vectorTerms = { ...holdTerms, inputLoad: vectorTicks - hold };
  return { facts, vectorTicks, vectorTerms, converterTerms, tailTicks };
}
