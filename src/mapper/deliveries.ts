/** Bytes of rows that are handed from core to core as streams. */

/** A ring that takes some channels of a slice of results. */
export interface Target {
  core: number;
  /** Rows it takes. */
  rows: ReadonlySet<number>;
  /** First channel, counted from the slice's first, and number of channels. */
  from: number;
  channels: number;
}

/** What a core does to hand on rows it made: copies inside itself, and what leaves it. */
export interface Deliveries {
  copies: number;
  copiedBytes: number;
  sentBytes: number;
}

/**
 * Counts what hands the given rows to the targets. On a bus a message reaches every core once, so that a piece of a row is sent as often
 * as any one core takes it; on a mesh it is sent to each target.
 */
export function countDeliveries(
  core: number,
  rows: Iterable<number>,
  targets: readonly Target[],
  network: "bus" | "mesh",
  rowBytes: (channels: number) => number,
): Deliveries {
  const counted: Deliveries = { copies: 0, copiedBytes: 0, sentBytes: 0 };
  for (const row of rows) {
    /** By piece: how often it was sent, and how often each core took it. */
    const sent = new Map<string, { times: number; byCore: Map<number, number> }>();
    for (const target of targets) {
      if (!target.rows.has(row)) continue;
      const bytes = rowBytes(target.channels);
      if (target.core === core) {
        counted.copies++;
        counted.copiedBytes += bytes;
        continue;
      }
      const piece = `${target.from} ${target.channels}`;
      const known = sent.get(piece) ?? { times: 0, byCore: new Map<number, number>() };
      sent.set(piece, known);
      const taken = (known.byCore.get(target.core) ?? 0) + 1;
      known.byCore.set(target.core, taken);
      if (network === "bus" && taken <= known.times) continue;
      known.times++;
      counted.sentBytes += bytes;
    }
  }
  return counted;
}
