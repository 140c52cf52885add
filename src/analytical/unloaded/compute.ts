/** The compute end of an MVM in the recurrence: vectors computed whole, or phase by phase on shared converters. */
import type { ComputeForm, PhasedCompute, WholeCompute } from "./flow.js";
import { extend, laterOf, type PathEnd } from "./path.js";

/** The computing of vectors, one after another, as their loads end. */
export class ComputeTrack {
  /** What freed the register of the last vectors, the latest last; at most `registers` of them. */
  private readonly frees: PathEnd[] = [];
  private vectors = 0;
  /** Whole: end of the last compute hold. Phased: end of the last settle. */
  private busyUntil: PathEnd | undefined;
  /** Phased: ends of the last two conversions. */
  private converted: PathEnd | undefined;
  private convertedBefore: PathEnd | undefined;

  constructor(private readonly form: ComputeForm) {}

  /** What must have ended before a packet of a vector may be loaded: vector − R computed (settled), if there is one. */
  freed(vector: number): PathEnd | undefined {
    if (vector < this.form.registers) return undefined;
    return this.frees[this.frees.length - (this.vectors - (vector - this.form.registers))];
  }

  /** Computes the next vector, loaded at `loaded`. */
  compute(loaded: PathEnd): void {
    const freed =
      this.form.grain === "vector" ? this.computeWhole(this.form, loaded) : this.computePhases(this.form, loaded);
    this.vectors++;
    this.frees.push(freed);
    if (this.frees.length > this.form.registers) this.frees.shift();
  }

  /** C_v = max(L_v, C_{v−1}) + H. */
  private computeWhole(form: WholeCompute, loaded: PathEnd): PathEnd {
    let end = laterOf(loaded, this.busyUntil);
    for (const part of form.parts) end = extend(end, end.tick, end.tick + part.ticks, part.term);
    this.busyUntil = end;
    return end;
  }

  /**
   * Settle of phase i begins at max(its vector loaded, settle i−1 ended, conversion i−room ended), conversion i at
   * max(settle i ended, conversion i−1 ended).
   */
  private computePhases(form: PhasedCompute, loaded: PathEnd): PathEnd {
    let settled = laterOf(loaded, this.busyUntil);
    for (let phase = 0; phase < form.phases; phase++) {
      if (phase > 0) settled = this.busyUntil!;
      settled = laterOf(settled, form.room === 2 ? this.convertedBefore : this.converted);
      settled = extend(settled, settled.tick, settled.tick + form.settleTicks, "mvm");
      this.busyUntil = settled;
      const cause = laterOf(settled, this.converted);
      this.convertedBefore = this.converted;
      this.converted = extend(cause, cause.tick, cause.tick + form.convertTicks, "adc");
    }
    return this.busyUntil!;
  }

  /** The end of the last vector's last hold. */
  last(): PathEnd {
    return (this.form.grain === "vector" ? this.busyUntil : this.converted)!;
  }

  /** Everything that decides how computing goes on. */
  ends(): (PathEnd | undefined)[] {
    if (this.form.grain === "vector") return [...this.frees];
    const first = this.convertedBefore ?? this.converted;
    return [...this.frees, this.busyUntil, this.converted, first];
  }

  /** Counts vectors that were skipped. */
  skip(vectors: number): void {
    this.vectors += vectors;
  }
}
