/** Where the units of each layer lie in the list, and how much of a layer's output a run of units finishes. */
import type { SearchUnit } from "./search-unit.js";

/** Units [first, end) of a layer. */
export interface UnitRange {
  first: number;
  end: number;
}

/** Unit ranges of all layers with prefix sums of finished channels. */
export class UnitRanges {
  private readonly ranges = new Map<number, UnitRange>();
  private readonly channels = new Map<number, number>();
  /** Element i: output channels whose last unit lies before unit i. */
  private readonly finished: number[] = [0];

  constructor(readonly units: readonly SearchUnit[]) {
    units.forEach((unit, index) => {
      const range = this.ranges.get(unit.layer);
      if (range) range.end = index + 1;
      else this.ranges.set(unit.layer, { first: index, end: index + 1 });
      const last = units[index + 1]?.slice !== unit.slice;
      const made = last ? unit.channels : 0;
      this.channels.set(unit.layer, (this.channels.get(unit.layer) ?? 0) + made);
      this.finished.push(this.finished[index]! + made);
    });
  }

  /** Units of a matrix layer. What comes before all matrix layers (−1) goes with the first unit. */
  of(layer: number): UnitRange {
    return this.ranges.get(layer) ?? { first: 0, end: Math.min(1, this.units.length) };
  }

  /** Share of a range's layer whose outputs are finished by units [start, end). */
  share(range: UnitRange, start: number, end: number): number {
    const low = Math.max(start, range.first);
    const high = Math.min(end, range.end);
    if (high <= low) return 0;
    if (low === range.first && high === range.end) return 1;
    return (this.finished[high]! - this.finished[low]!) / this.channels.get(this.units[low]!.layer)!;
  }
}
