/** Dynamic instructions as numbers, and as text for people. */
import type { Program } from "../isa/index.js";
import { StreamWalk } from "./walk.js";

/** Stands for an instruction whose number does not fit 32 bits. */
export const UNKNOWN_INSTRUCTION = 0xffffffff;

/** Numbers dynamic instructions from 1; 0 means none. */
export class Identity {
  constructor(private readonly program: Program) {}

  /** The number of the n-th instruction of a stream. */
  number(stream: number, n: number): number {
    return Math.min(n * this.program.streams.length + stream + 1, UNKNOWN_INSTRUCTION);
  }

  /** The stream of a number. */
  stream(id: number): number {
    return (id - 1) % this.program.streams.length;
  }

  /** The place in its stream. */
  n(id: number): number {
    return Math.floor((id - 1) / this.program.streams.length);
  }

  /** An instruction as text: core, unit, number, code index, opcode and layer. */
  describe(id: number): string {
    if (id === 0) return "nothing";
    if (id === UNKNOWN_INSTRUCTION) return "an instruction too far on to be numbered";
    const { core, unit, code } = this.program.streams[this.stream(id)]!;
    const n = this.n(id);
    const walk = new StreamWalk(code);
    while (walk.n < n && !walk.ended) walk.advance();
    if (walk.ended) return `core ${core} ${unit} instruction ${n}`;
    return `core ${core} ${unit} instruction ${n} (code index ${walk.pc}, ${walk.instruction.op}${this.layerText(walk)})`;
  }

  /** The layer an instruction belongs to, where it is tagged. */
  layer(id: number): string | undefined {
    if (id === 0 || id === UNKNOWN_INSTRUCTION) return undefined;
    const walk = new StreamWalk(this.program.streams[this.stream(id)]!.code);
    const n = this.n(id);
    while (walk.n < n && !walk.ended) walk.advance();
    return walk.ended ? undefined : this.program.tags[walk.instruction.tag ?? -1]?.layer;
  }

  private layerText(walk: StreamWalk): string {
    const layer = this.program.tags[walk.instruction.tag ?? -1]?.layer;
    return layer === undefined ? "" : `, layer ${layer}`;
  }
}
