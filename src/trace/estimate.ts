/**
 * How large a trace will be, before it is written: for a warning, good to about a factor of 1.5.
 * Own derivation: the fixed bytes of a row of each form, plus the digits of its numbers.
 */

/** What is known of a run before it is traced. */
export interface TraceExpectation {
  instructions: number;
  /** All holds, the one issue hold of every instruction included. */
  holds: number;
  /** Ticks of the run; an order of magnitude will do. */
  makespanTicks: number;
  streams: number;
  /** Perfetto only: how many touching packet holds become one span on average; default 1.5. */
  packetsPerSpan?: number;
}

/** A written form. */
export type TraceForm = "csv" | "perfetto";

/** Size by gzip at level 1, as a share: measured by `npm run bench -- trace`. */
const GZIP_SHARE: Readonly<Record<TraceForm, number>> = { csv: 0.27, perfetto: 0.11 };
/** Headers, names and counters. */
const FIXED_BYTES: Readonly<Record<TraceForm, number>> = { csv: 2000, perfetto: 20000 };

/** Mean number of digits of the numbers from 0 to `most`. */
function meanDigits(most: number): number {
  return most < 10 ? 1 : Math.log10(most) + 1 - 0.6;
}

/** Bytes the file will take. */
export function estimateTraceBytes(form: TraceForm, gzip: boolean, run: TraceExpectation): number {
  const { instructions, holds, makespanTicks, streams } = run;
  const tick = meanDigits(makespanTicks);
  const n = meanDigits(instructions / Math.max(1, streams));
  const stream = meanDigits(streams);
  const packet = meanDigits(holds / Math.max(1, instructions));
  let bytes: number;
  if (form === "csv") {
    // Type, 18 commas and the line end; pc and stage a few digits; four ticks; its own name and its cause's.
    const instructionBytes = 20 + 4 * tick + 2 * (stream + n) + 2 + 1 + 1 + packet;
    const holdBytes = 20 + 4 * tick + 2 * (stream + n + packet) + 2 + 2 + 2 + 3;
    bytes = instructions * instructionBytes + holds * holdBytes;
  } else {
    // The fixed texts of a span and the two ends of an arrow, which about every third instruction has.
    const instructionBytes = 180 + n + tick + (2 * (95 + n + tick)) / 3;
    const spanBytes = 158 + n + tick + packet;
    const spans = Math.max(0, holds - instructions) / (run.packetsPerSpan ?? 1.5);
    bytes = instructions * instructionBytes + spans * spanBytes;
  }
  return Math.round((bytes + FIXED_BYTES[form]) * (gzip ? GZIP_SHARE[form] : 1));
}
