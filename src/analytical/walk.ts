/** Walking a stream's code: how often each static instruction runs, and one after another. */
import { type Code, isPassedOver, type Loop, loopsOf, OPCODES } from "../isa/index.js";

const LOOP = OPCODES.indexOf("LOOP");
const ENDL = OPCODES.indexOf("ENDL");

/** How often every static instruction runs: the product of the trips around it; 0 for LOOP, ENDL, MARK and HALT, which are passed over. */
export function tripsOf(code: Code): Float64Array {
  const trips = new Float64Array(code.length).fill(1);
  for (const loop of loopsOf(code)) for (let index = loop.start; index < loop.end; index++) trips[index]! *= loop.trips;
  for (let index = 0; index < code.length; index++) if (isPassedOver(code.opcodeAt(index))) trips[index] = 0;
  return trips;
}

/** Goes through a code in the order it runs, loops unrolled one step at a time. */
export class CodeWalk {
  /** Index of the instruction to run next; `code.length` at the end. */
  index = 0;
  private readonly loops: Map<number, Loop>;
  private readonly open: { loop: Loop; left: number }[] = [];

  constructor(private readonly code: Code) {
    this.loops = new Map(loopsOf(code).map((loop) => [loop.start, loop]));
    this.settle();
  }

  get done(): boolean {
    return this.index >= this.code.length;
  }

  /** Whether the instruction stands in a loop. */
  get inLoop(): boolean {
    return this.open.length > 0;
  }

  /** Goes on to the next instruction. */
  advance(): void {
    this.index++;
    this.settle();
  }

  private settle(): void {
    for (; this.index < this.code.length; this.index++) {
      const opcode = this.code.opcodeAt(this.index);
      if (!isPassedOver(opcode)) return;
      if (opcode === LOOP) this.enter(this.loops.get(this.index)!);
      else if (opcode === ENDL) this.leave();
    }
  }

  private enter(loop: Loop): void {
    if (loop.trips > 0) this.open.push({ loop, left: loop.trips });
    else this.index = loop.end;
  }

  private leave(): void {
    const top = this.open.at(-1)!;
    top.left--;
    if (top.left > 0) this.index = top.loop.start;
    else this.open.pop();
  }
}
