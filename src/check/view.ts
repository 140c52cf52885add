/**
 * A trace sorted for checking: instructions by (stream, n), the holds of each by (stage, packet), the holds of each resource by start.
 * Only row numbers are kept beside the columns: about 16 bytes an instruction and 8 a hold.
 */
import type { TraceTable } from "../trace/index.js";

/** How many instructions of a stream to expect, where the program is known. */
export type ExpectedCounts = readonly number[] | undefined;

/** Room for rows whose number lies a little beyond what is expected, so that their holds are still found. */
const SLACK = 16;

/** Sorted row numbers of one trace. */
export class TraceView {
  readonly streams: number;
  /** First slot of each stream, and the first n it stands for; a slot is one (stream, n). */
  readonly firstSlot: Int32Array;
  readonly firstN: Int32Array;
  readonly slots: number;
  /** Instruction row of each slot, −1 where there is none. */
  readonly rowOf: Int32Array;
  /** Hold rows of slot i: holdRows[holdStart[i] … holdStart[i + 1]), by stage and packet. */
  readonly holdStart: Int32Array;
  readonly holdRows: Int32Array;
  /** Rows whose (stream, n) has no slot, and further rows of a slot that has one. */
  readonly strayInstructions: number[] = [];
  readonly strayHolds: number[] = [];
  readonly doubles: number[] = [];
  private resourceRows: Int32Array[] | undefined;

  /** `whole`: slots are 0 … count; else they are what the rows span. */
  constructor(
    readonly table: TraceTable,
    expected: ExpectedCounts,
    whole: boolean,
  ) {
    const { header, instructions, holds } = table;
    const streams = header.streams.length;
    this.streams = streams;
    this.firstN = new Int32Array(streams);
    const sizes = new Int32Array(streams);
    if (whole) {
      for (let row = 0; row < instructions.length; row++)
        if (instructions.stream[row]! >= 0 && instructions.stream[row]! < streams) sizes[instructions.stream[row]!]!++;
      if (expected)
        for (let stream = 0; stream < streams; stream++)
          sizes[stream] = Math.min(Math.max(sizes[stream]!, expected[stream] ?? 0), sizes[stream]! + SLACK);
    } else this.span(sizes);
    this.firstSlot = new Int32Array(streams + 1);
    for (let stream = 0; stream < streams; stream++)
      this.firstSlot[stream + 1] = this.firstSlot[stream]! + sizes[stream]!;
    this.slots = this.firstSlot[streams]!;

    this.rowOf = new Int32Array(this.slots).fill(-1);
    for (let row = 0; row < instructions.length; row++) {
      const slot = this.slotOf(instructions.stream[row]!, instructions.n[row]!);
      if (slot < 0) this.strayInstructions.push(row);
      else if (this.rowOf[slot]! >= 0) this.doubles.push(row);
      else this.rowOf[slot] = row;
    }

    this.holdStart = new Int32Array(this.slots + 1);
    for (let row = 0; row < holds.length; row++) {
      const slot = this.slotOf(holds.stream[row]!, holds.n[row]!);
      if (slot < 0) this.strayHolds.push(row);
      else this.holdStart[slot + 1]!++;
    }
    for (let slot = 0; slot < this.slots; slot++) this.holdStart[slot + 1]! += this.holdStart[slot]!;
    this.holdRows = new Int32Array(this.holdStart[this.slots]!);
    const next = this.holdStart.slice();
    for (let row = 0; row < holds.length; row++) {
      const slot = this.slotOf(holds.stream[row]!, holds.n[row]!);
      if (slot >= 0) this.holdRows[next[slot]!++] = row;
    }
    const { stage, packet } = holds;
    for (let slot = 0; slot < this.slots; slot++)
      this.holdRows
        .subarray(this.holdStart[slot]!, this.holdStart[slot + 1]!)
        .sort((a, b) => stage[a]! - stage[b]! || packet[a]! - packet[b]! || a - b);
  }

  /** The slots a filtered trace needs: from the lowest to the highest n of a stream. */
  private span(sizes: Int32Array): void {
    const { instructions, holds } = this.table;
    const low = new Float64Array(sizes.length).fill(Number.POSITIVE_INFINITY);
    const high = new Float64Array(sizes.length).fill(-1);
    for (const rows of [instructions, holds])
      for (let row = 0; row < rows.length; row++) {
        const stream = rows.stream[row]!;
        if (stream < 0 || stream >= sizes.length || rows.n[row]! < 0) continue;
        low[stream] = Math.min(low[stream]!, rows.n[row]!);
        high[stream] = Math.max(high[stream]!, rows.n[row]!);
      }
    for (let stream = 0; stream < sizes.length; stream++) {
      this.firstN[stream] = high[stream]! < 0 ? 0 : low[stream]!;
      sizes[stream] = high[stream]! < 0 ? 0 : high[stream]! - low[stream]! + 1;
    }
  }

  /** The slot of an instruction, −1 where there is none. */
  slotOf(stream: number, n: number): number {
    if (!(stream >= 0 && stream < this.streams)) return -1;
    const slot = this.firstSlot[stream]! + n - this.firstN[stream]!;
    return slot >= this.firstSlot[stream]! && slot < this.firstSlot[stream + 1]! ? slot : -1;
  }

  /** The row of a hold, −1 where the trace does not hold it. */
  find(stream: number, n: number, stage: number, packet: number): number {
    const slot = this.slotOf(stream, n);
    if (slot < 0) return -1;
    const { holds } = this.table;
    let low = this.holdStart[slot]!;
    let high = this.holdStart[slot + 1]! - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const row = this.holdRows[middle]!;
      const order = holds.stage[row]! - stage || holds.packet[row]! - packet;
      if (order === 0) return row;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  /** The last hold of an instruction: last stage, last packet; −1 where it has none. */
  lastHold(slot: number): number {
    const end = this.holdStart[slot + 1]!;
    return end > this.holdStart[slot]! ? this.holdRows[end - 1]! : -1;
  }

  /** The holds of each resource, by start, then end; holds on unknown resources are left out. */
  byResource(): Int32Array[] {
    if (this.resourceRows) return this.resourceRows;
    const { header, holds } = this.table;
    const sizes = new Int32Array(header.resources.length);
    for (let row = 0; row < holds.length; row++)
      if (holds.resource[row]! >= 0 && holds.resource[row]! < sizes.length) sizes[holds.resource[row]!]!++;
    const lists = [...sizes].map((size) => new Int32Array(size));
    sizes.fill(0);
    for (let row = 0; row < holds.length; row++) {
      const id = holds.resource[row]!;
      if (id >= 0 && id < sizes.length) lists[id]![sizes[id]!++] = row;
    }
    const { startTick, endTick } = holds;
    for (const list of lists) list.sort((a, b) => startTick[a]! - startTick[b]! || endTick[a]! - endTick[b]! || a - b);
    this.resourceRows = lists;
    return lists;
  }
}
