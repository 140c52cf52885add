/**
 * Finding a hold by its name (stream, n, stage, packet): how a path is walked from cause to cause.
 * An open-addressed table of row numbers beside the columns; 8 bytes a hold.
 */
import type { HoldColumns } from "./table.js";

/** The row of the hold so named, −1 where the trace does not hold it. */
export type FindHold = (stream: number, n: number, stage: number, packet: number) => number;

/** A well-mixed 32-bit hash of a hold's name. */
export function hashHold(stream: number, n: number, stage: number, packet: number): number {
  let h = Math.imul(stream + 1, 0x9e3779b1) ^ Math.imul(n + 1, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0xc2b2ae35) ^ Math.imul(stage + 2, 0x27d4eb2f) ^ Math.imul(packet + 2, 0x165667b1);
  h = Math.imul(h ^ (h >>> 13), 0x2c1b3c6d);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Builds the index; of holds with one name the first counts. */
export function indexHolds(holds: HoldColumns): FindHold {
  let size = 16;
  while (size < holds.length * 2) size *= 2;
  const mask = size - 1;
  const slots = new Int32Array(size).fill(-1);
  const same = (row: number, stream: number, n: number, stage: number, packet: number): boolean =>
    holds.n[row] === n && holds.packet[row] === packet && holds.stream[row] === stream && holds.stage[row] === stage;
  const slotOf = (stream: number, n: number, stage: number, packet: number): number => {
    let slot = hashHold(stream, n, stage, packet) & mask;
    while (slots[slot]! >= 0 && !same(slots[slot]!, stream, n, stage, packet)) slot = (slot + 1) & mask;
    return slot;
  };
  for (let row = 0; row < holds.length; row++) {
    const slot = slotOf(holds.stream[row]!, holds.n[row]!, holds.stage[row]!, holds.packet[row]!);
    if (slots[slot]! < 0) slots[slot] = row;
  }
  return (stream, n, stage, packet) => slots[slotOf(stream, n, stage, packet)]!;
}
