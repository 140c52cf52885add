/** Latencies as counts by value: exact quantiles in memory that does not grow with the run. */

/** Latencies above this are counted one by one in a map. */
const DENSE = 1 << 16;

/** Counts of latencies. */
export class Latencies {
  count = 0;
  max = 0;
  private sum = 0;
  private readonly dense = new Float64Array(DENSE);
  private readonly sparse = new Map<number, number>();

  /** One latency, a whole number of cycles. */
  add(cycles: number): void {
    this.count++;
    this.sum += cycles;
    if (cycles > this.max) this.max = cycles;
    if (cycles < DENSE) this.dense[cycles]++;
    else this.sparse.set(cycles, (this.sparse.get(cycles) ?? 0) + 1);
  }

  /** The mean; 0 where there is none. */
  get average(): number {
    return this.count === 0 ? 0 : this.sum / this.count;
  }

  /** The latency at place floor(q × (n − 1)) of the sorted list; 0 where there is none. */
  quantile(q: number): number {
    if (this.count === 0) return 0;
    let place = Math.floor(q * (this.count - 1));
    for (let cycles = 0; cycles < DENSE; cycles++) {
      place -= this.dense[cycles];
      if (place < 0) return cycles;
    }
    for (const [cycles, times] of [...this.sparse].sort(([a], [b]) => a - b)) {
      place -= times;
      if (place < 0) return cycles;
    }
    return this.max;
  }
}
