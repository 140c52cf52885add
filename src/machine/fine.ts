/**
 * The fine mode: every hold is walked step by step (row pulse and read, bit phase, conversion, cycle of a transfer).
 * Where a hold ends is found by counting steps, not by its closed length; in checked runs the two are compared (laws 3 and 4).
 */

import { InternalError } from "../base/index.js";
import { LANE_DONE } from "./columns.js";
import { KIND } from "./plan/plan.js";
import { FIELD } from "./plan/table.js";
import type { MachineState } from "./state.js";

/** Walks the steps of the holds under way. */
export class FineSteps {
  /** Steps left of each lane's hold and the length of each, by lane. */
  private readonly left: Int32Array;
  private readonly phase: Int32Array;
  private readonly pattern: Int32Array;
  private readonly promised: Float64Array;
  private readonly byBytes: Uint8Array;
  private readonly cycle: Float64Array;
  private readonly rateNum = new Float64Array(Object.keys(KIND).length);
  private readonly rateDen = new Float64Array(Object.keys(KIND).length);

  constructor(private readonly state: MachineState) {
    const { lanes, chip } = state;
    this.left = new Int32Array(lanes);
    this.phase = new Int32Array(lanes);
    this.pattern = new Int32Array(lanes);
    this.promised = new Float64Array(lanes);
    this.byBytes = new Uint8Array(lanes);
    this.cycle = new Float64Array(lanes);
    const { ideal } = state.options;
    const rate = (kind: number, perByte: { num: number; den: number } | undefined): void => {
      this.rateNum[kind] = perByte?.num ?? 0;
      this.rateDen[kind] = perByte?.den ?? 1;
    };
    const unlessIdeal = <T>(part: "sram" | "vector", value: T): T | undefined => (ideal.has(part) ? undefined : value);
    rate(KIND.localRead, unlessIdeal("sram", chip.core.localMemory.ticksPerByte));
    rate(KIND.localWrite, unlessIdeal("sram", chip.core.localMemory.ticksPerByte));
    rate(KIND.globalRead, unlessIdeal("sram", chip.globalBuffer?.ticksPerByte));
    rate(KIND.globalWrite, unlessIdeal("sram", chip.globalBuffer?.ticksPerByte));
    rate(KIND.weightBuffer, unlessIdeal("sram", chip.core.weightBuffer?.ticksPerByte));
  }

  /** Ticks to the first step of a hold of the given closed length. */
  begin(lane: number, row: number, length: number): number {
    const { state } = this;
    const { rows } = state;
    this.promised[lane] = state.queue.now + length;
    const kind = rows[row + FIELD.kind]!;
    this.byBytes[lane] = 0;
    const repeats = rows[row + FIELD.stepRepeats]!;
    if (repeats > 0) {
      const first = rows[row + FIELD.stepFirst]!;
      const ticks = rows[row + FIELD.stepTicks]!;
      const count = rows[row + FIELD.stepCount]!;
      let times = repeats;
      // Drawn passes: the hold's length says how many; each is walked as pulse and read.
      if (kind === KIND.pulse) times = Math.round(length / Math.max(1, first + ticks * count));
      this.pattern[lane] = row;
      this.phase[lane] = 0;
      this.left[lane] = times * ((first > 0 ? 1 : 0) + (ticks > 0 ? count : 0));
      return this.nextStep(lane);
    }
    if (this.rateNum[kind]! > 0) {
      const unit = state.lane[(lane << 2) + LANE_DONE]!;
      const period = rows[row + FIELD.period]!;
      const bytes = (unit + 1) % period === 0 ? rows[row + FIELD.restBytes]! : rows[row + FIELD.fullBytes]!;
      this.byBytes[lane] = 1;
      this.cycle[lane] = 1;
      // Bytes still to move after this cycle, in units of 1/num.
      this.left[lane] = 0;
      this.phase[lane] = bytes;
      this.pattern[lane] = kind;
      return 1;
    }
    this.left[lane] = 0;
    return length;
  }

  /** A hold of one step, whose length somebody else knows. */
  whole(lane: number, ticks: number): void {
    this.byBytes[lane] = 0;
    this.left[lane] = 0;
    this.promised[lane] = this.state.queue.now + ticks;
  }

  private nextStep(lane: number): number {
    const { rows } = this.state;
    const row = this.pattern[lane]!;
    const first = rows[row + FIELD.stepFirst]!;
    const ticks = rows[row + FIELD.stepTicks]!;
    const count = rows[row + FIELD.stepCount]!;
    this.left[lane]!--;
    const at = this.phase[lane]!;
    const inFirst = first > 0 && at === 0;
    const length = (first > 0 ? 1 : 0) + (ticks > 0 ? count : 0);
    this.phase[lane] = at + 1 >= length ? 0 : at + 1;
    return inFirst ? first : ticks;
  }

  /** After a step: ticks to the next one, or 0 where the hold has ended. */
  next(lane: number): number {
    if (this.byBytes[lane] !== 0) {
      const kind = this.pattern[lane]!;
      const cycle = this.cycle[lane]!;
      if (cycle * this.rateDen[kind]! < this.phase[lane]! * this.rateNum[kind]!) {
        this.cycle[lane] = cycle + 1;
        return 1;
      }
    } else if (this.left[lane]! > 0) return this.nextStep(lane);
    if (this.state.options.checked && this.promised[lane] !== this.state.queue.now)
      throw new InternalError(
        `a hold of lane ${lane} ended at ${this.state.queue.now} step by step, at ${this.promised[lane]} in closed form`,
      );
    return 0;
  }
}
