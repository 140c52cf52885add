/**
 * First-fit decreasing by counts of sizes: the same answer as packing one by one (`packFirstFit`), in time that does not grow with the
 * number of items. Equal items go, in first fit, to the first core as long as it has room, then to the next.
 */
import type { Geometry } from "../geometry.js";

/** Says whether so many items of each size can be packed into the cores. */
export class CorePacker {
  private readonly free: Int32Array;

  constructor(private readonly geometry: Pick<Geometry, "cores" | "slotsPerCore">) {
    this.free = new Int32Array(geometry.cores);
  }

  /** Element s of `counts` is the number of items of s slots. */
  packs(counts: ArrayLike<number>): boolean {
    const { free } = this;
    const { cores, slotsPerCore } = this.geometry;
    free.fill(slotsPerCore);
    for (let size = counts.length - 1; size > 0; size--) {
      let left = counts[size]!;
      if (left > 0 && size > slotsPerCore) return false;
      for (let core = 0; left > 0 && core < cores; core++) {
        const taken = Math.min(left, Math.floor(free[core]! / size));
        free[core]! -= taken * size;
        left -= taken;
      }
      if (left > 0) return false;
    }
    return true;
  }
}
