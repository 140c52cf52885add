/**
 * The cost of every valid partition, worked out when first asked for and kept: a search asks for the same partitions again and again.
 * Counted in atoms. Costs must be finite and positive.
 */
import { invariant } from "../../base/index.js";
import type { PartitionCost } from "../../mapping/index.js";
import type { Validity } from "./validity.js";

/** Costs by partition. */
export class CostTable {
  /** Index of the first partition of every start. */
  private readonly offsets: number[] = [];
  private readonly cycles: Float64Array;
  private readonly energy: Float64Array;
  /** Partitions worked out so far. */
  evaluated = 0;

  constructor(
    readonly validity: Validity,
    private readonly evaluate: (start: number, end: number) => PartitionCost,
  ) {
    let size = 0;
    validity.reach.forEach((end, start) => {
      this.offsets.push(size);
      size += end - start;
    });
    this.cycles = new Float64Array(size).fill(Number.NaN);
    this.energy = new Float64Array(size).fill(Number.NaN);
  }

  /** Partitions there are. */
  get size(): number {
    return this.cycles.length;
  }

  /** Cycles of partition [start, end). */
  cyclesOf(start: number, end: number): number {
    return this.cycles[this.at(start, end)]!;
  }

  /** Energy in pJ of partition [start, end). */
  energyOf(start: number, end: number): number {
    return this.energy[this.at(start, end)]!;
  }

  private at(start: number, end: number): number {
    const index = this.offsets[start]! + end - start - 1;
    if (Number.isNaN(this.cycles[index]!)) {
      invariant(end > start && end <= this.validity.reach[start]!, `partition [${start}, ${end}) is not valid`);
      const { cycles, energyPj } = this.evaluate(start, end);
      invariant(
        cycles > 0 && energyPj >= 0 && cycles + energyPj < Number.POSITIVE_INFINITY,
        "a cost must be a positive number",
      );
      this.cycles[index] = cycles;
      this.energy[index] = energyPj;
      this.evaluated++;
    }
    return index;
  }
}
