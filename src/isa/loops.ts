/**
 * Loops of a code: which LOOP belongs to which ENDL, and how many instructions run.
 * A code whose loops do not match is refused by `checkProgram`; here it is an internal error.
 */
import { invariant } from "../base/index.js";
import type { InstructionOf } from "./instruction.js";
import { OPCODES } from "./instruction.js";
import type { Code } from "./program.js";

const LOOP = OPCODES.indexOf("LOOP");
const ENDL = OPCODES.indexOf("ENDL");
const MARK = OPCODES.indexOf("MARK");
const HALT = OPCODES.indexOf("HALT");

/** Whether an opcode (by index) is passed over at fetch: it takes no time and gets no id. */
export function isPassedOver(opcode: number): boolean {
  return opcode === LOOP || opcode === ENDL || opcode === MARK || opcode === HALT;
}

/** One loop of a code. */
export interface Loop {
  /** Index of its LOOP, and of its ENDL. */
  start: number;
  end: number;
  trips: number;
  /** Loops around it: 0 for an outermost one. */
  depth: number;
}

/** Every loop of a code, in the order of its LOOPs. */
export function loopsOf(code: Code): Loop[] {
  const loops: Loop[] = [];
  const open: Loop[] = [];
  for (let index = 0; index < code.length; index++) {
    const opcode = code.opcodeAt(index);
    if (opcode === LOOP) {
      const { trips } = code.at(index) as InstructionOf<"LOOP">;
      const loop: Loop = { start: index, end: -1, trips, depth: open.length };
      loops.push(loop);
      open.push(loop);
    } else if (opcode === ENDL) {
      const loop = open.pop();
      invariant(loop, `ENDL #${index} without LOOP`);
      loop.end = index;
    }
  }
  invariant(open.length === 0, `LOOP #${open.at(-1)?.start} without ENDL`);
  return loops;
}

/** Instructions that run, all trips counted, without LOOP, ENDL, MARK and HALT. */
export function dynamicCount(code: Code): number {
  let total = 0;
  const around: number[] = [];
  let trips = 1;
  const loops = loopsOf(code);
  let nextLoop = 0;
  for (let index = 0; index < code.length; index++) {
    const opcode = code.opcodeAt(index);
    if (opcode === LOOP) {
      around.push(trips);
      trips *= loops[nextLoop++]!.trips;
    } else if (opcode === ENDL) trips = around.pop()!;
    else if (!isPassedOver(opcode)) total += trips;
  }
  return total;
}
