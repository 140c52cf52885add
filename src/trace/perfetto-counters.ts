/**
 * Counters of the Perfetto view, downsampled while they stream: at most N points, however long the run.
 * Amounts are spread evenly over their interval; the sum over all points stays exact to rounding.
 */
import { CHIP_PID, MEMORY_PID, NETWORK_PID } from "./perfetto-lanes.js";

/** The counters and the holds each one counts; `bytes` per second, or holds under way on average. */
export const COUNTERS = [
  { name: "DRAM bytes/s", pid: MEMORY_PID, kinds: ["dram", "dramTurnaround", "dramRow", "dramRefresh"], unit: "bytes" },
  { name: "bus bytes/s", pid: NETWORK_PID, kinds: ["bus"], unit: "bytes" },
  { name: "mesh link bytes/s", pid: NETWORK_PID, kinds: ["link"], unit: "bytes" },
  { name: "array sets computing", pid: CHIP_PID, kinds: ["compute", "settle"], unit: "holds" },
  { name: "array writes under way", pid: CHIP_PID, kinds: ["pulse", "swap"], unit: "holds" },
] as const;

/** Amounts over time in at most `points` bins of one width, which doubles when the run outgrows them. */
export class Downsampler {
  /** Bin width in ticks. */
  width = 1;
  readonly bins: Float64Array;
  /** Whether anything was added. */
  used = false;

  constructor(
    points: number,
    /** Tick of the first bin. */
    readonly originTick = 0,
  ) {
    this.bins = new Float64Array(Math.max(2, points + (points & 1)));
  }

  /** Spreads an amount over [startTick, endTick). */
  add(startTick: number, endTick: number, amount: number): void {
    const start = Math.max(0, startTick - this.originTick);
    const end = endTick - this.originTick;
    if (end <= start || amount === 0) return;
    this.used = true;
    while (end > this.width * this.bins.length) this.halve();
    const { width, bins } = this;
    const first = Math.floor(start / width);
    const last = Math.floor((end - 1) / width);
    // Of an interval that began before the first bin only the part behind it counts.
    const rate = amount / (endTick - startTick);
    if (first === last) {
      bins[first]! += rate * (end - start);
      return;
    }
    bins[first]! += rate * ((first + 1) * width - start);
    for (let bin = first + 1; bin < last; bin++) bins[bin]! += rate * width;
    bins[last]! += rate * (end - last * width);
  }

  /** The points at which the amount per tick changes, ending with 0 behind the last one. */
  *series(): Generator<{ tick: number; perTick: number }> {
    const { width, bins, originTick } = this;
    let length = bins.length;
    while (length > 0 && bins[length - 1] === 0) length--;
    let before = Number.NaN;
    for (let bin = 0; bin < length; bin++) {
      const perTick = bins[bin]! / width;
      if (perTick !== before) yield { tick: originTick + bin * width, perTick };
      before = perTick;
    }
    yield { tick: originTick + length * width, perTick: 0 };
  }

  private halve(): void {
    const { bins } = this;
    const half = bins.length / 2;
    for (let bin = 0; bin < half; bin++) bins[bin] = bins[2 * bin]! + bins[2 * bin + 1]!;
    bins.fill(0, half);
    this.width *= 2;
  }
}
