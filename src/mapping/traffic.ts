/** The memory traffic of a whole program, by reason: weights once a partition, everything else once a sample. */
import type { MappedTraffic, Mapping } from "./mapping.js";

/** Bytes a program moves to and from the memory its tensors live in, and their sum. */
export interface DramTraffic extends MappedTraffic {
  totalBytes: number;
}

const ONCE: readonly (keyof MappedTraffic)[] = ["weightBytes", "weightRepeatBytes", "weightAlignmentBytes"];

/** No bytes of any kind. */
export function noTraffic(): MappedTraffic {
  return {
    weightBytes: 0,
    weightRepeatBytes: 0,
    weightAlignmentBytes: 0,
    loadMarkBytes: 0,
    storeMarkBytes: 0,
    spillLoadBytes: 0,
    spillStoreBytes: 0,
    repeatBytes: 0,
    partialSumBytes: 0,
    alignmentBytes: 0,
  };
}

/** The bytes of all partitions and samples; the parts add up to the DRAM bytes of the program. */
export function dramTraffic(mapping: Mapping): DramTraffic {
  const total: DramTraffic = { ...noTraffic(), totalBytes: 0 };
  for (const { traffic } of mapping.partitions)
    for (const name of Object.keys(traffic) as (keyof MappedTraffic)[]) {
      const bytes = traffic[name] * (ONCE.includes(name) ? 1 : mapping.batch);
      total[name] += bytes;
      total.totalBytes += bytes;
    }
  return total;
}
