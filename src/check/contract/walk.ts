/** A stream's code as it runs: which instruction is the n-th, and in which trip of each loop around it. */
import { type Code, isPassedOver, type Loop, loopsOf, OPCODES } from "../../isa/index.js";

const LOOP = OPCODES.indexOf("LOOP");
const ENDL = OPCODES.indexOf("ENDL");
const HALT = OPCODES.indexOf("HALT");

/** Goes through a code one dynamic instruction after another. */
export class TripWalk {
  /** Index of the next instruction; `code.length` at the end. */
  index = 0;
  /** Trip of each open loop, outermost first. */
  readonly trips: number[] = [];
  private readonly loopAt = new Map<number, Loop>();
  private readonly open: Loop[] = [];

  constructor(private readonly code: Code) {
    for (const loop of loopsOf(code)) this.loopAt.set(loop.start, loop);
    this.settle();
  }

  get done(): boolean {
    return this.index >= this.code.length;
  }

  advance(): void {
    this.index++;
    this.settle();
  }

  /** Passes over loops and marks up to the next instruction. */
  private settle(): void {
    while (this.index < this.code.length) {
      const opcode = this.code.opcodeAt(this.index);
      if (!isPassedOver(opcode)) return;
      if (opcode === HALT) {
        this.index = this.code.length;
        return;
      }
      if (opcode === LOOP) {
        const loop = this.loopAt.get(this.index)!;
        this.open.push(loop);
        this.trips.push(0);
      } else if (opcode === ENDL) {
        const loop = this.open.at(-1)!;
        const level = this.trips.length - 1;
        this.trips[level]!++;
        if (this.trips[level]! < loop.trips) this.index = loop.start;
        else {
          this.open.pop();
          this.trips.pop();
        }
      }
      this.index++;
    }
  }
}
