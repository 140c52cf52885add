/** The program the cases of legality start from, and ways to change it. */
import {
  type Instruction,
  type InstructionOf,
  type Limits,
  type Opcode,
  type Program,
  packCode,
  type Unit,
} from "../../../src/isa/index.js";
import { programOf } from "../legal.js";

/** A tile used in two loops on core 0, and three messages from core 0 to core 1. */
export const base = (): Program =>
  programOf([
    {
      kind: "compute",
      core: 0,
      array: 1,
      copies: 1,
      rows: 8,
      outputs: 4,
      depth: 0,
      weightBits: 8,
      inputBits: 8,
      vectors: 2,
      loops: [2, 3],
      split: false,
      verify: true,
      relu: true,
      rowRange: false,
    },
    { kind: "message", from: 0, count: 3, bytes: 64, channel: 0, unrolled: true },
  ]);

/** A program or a chip with one thing wrong, and the problem it must give. */
export interface Case {
  name: string;
  code: string;
  /** What the problem's line must hold. */
  says?: RegExp;
  program?: (program: Program) => void;
  limits?: Partial<Limits>;
}

/** Replaces the code of one stream of core 0. */
export function recode(program: Program, unit: Unit, change: (code: Instruction[]) => Instruction[], core = 0): void {
  const stream = program.streams.find((s) => s.unit === unit && s.core === core)!;
  const code = Array.from({ length: stream.code.length }, (_, index) => stream.code.at(index));
  stream.code = packCode(change(code));
}

/** A case that changes the first instruction of one opcode in its stream of core 0. */
export function edit<Op extends Opcode>(
  unit: Unit,
  op: Op,
  change: (instruction: InstructionOf<Op>) => void,
  core = 0,
): (program: Program) => void {
  return (program) =>
    recode(
      program,
      unit,
      (code) => {
        change(code.find((instruction) => instruction.op === op) as InstructionOf<Op>);
        return code;
      },
      core,
    );
}

/** A case that appends to a stream of core 0. */
export const append =
  (unit: Unit, ...added: Instruction[]) =>
  (program: Program) =>
    recode(program, unit, (code) => [...code, ...added]);

/** A message nobody takes. */
export const send: Instruction = {
  op: "SEND",
  cores: [1],
  channel: 5,
  rows: 1,
  rowBytes: 8,
  source: { address: { space: "lm", base: 0 }, stride: 8 },
};
