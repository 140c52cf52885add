/**
 * Law 2: the digest of a run, summed once more from the instruction rows.
 * A polynomial of ids and ticks modulo 2^32 in two halves; a sum, so that no order matters.
 */
import type { CheckContext } from "../context.js";

/** The digest of a table's instruction rows, 16 hex digits. */
export function digestOf(table: CheckContext["table"]): string {
  const { instructions: rows } = table;
  let low = 0;
  let high = 0;
  for (let row = 0; row < rows.length; row++) {
    const id = (Math.imul(rows.stream[row]! + 1, 0x9e3779b1) + Math.imul(rows.n[row]! + 1, 0x85ebca6b)) | 0;
    const ticks =
      (Math.imul(rows.startTick[row]! | 0, 0xc2b2ae35) +
        Math.imul(rows.endTick[row]! | 0, 0x27d4eb2f) +
        Math.imul(rows.fetchTick[row]! | 0, 0x165667b1) +
        Math.imul(rows.causeStream[row]! + 2, 0x2545f491) +
        Math.imul(rows.causeN[row]! + 2, 0x3c6ef35f)) |
      0;
    low = (low + Math.imul(id, ticks)) | 0;
    high = (high + Math.imul((Math.imul(id, 0x2c1b3c6d) + 0x5bd1e995) | 0, Math.imul(ticks, ticks) + 0x7f4a7c15)) | 0;
  }
  const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, "0");
  return hex(high) + hex(low);
}

/** Compares the footer's digest with the rows'. */
export function checkDigest(context: CheckContext): void {
  const { table, findings, whole } = context;
  if (!whole) {
    findings.skip("the trace is filtered: rows that count in the digest were left out", "digest");
    return;
  }
  const digest = digestOf(table);
  if (digest !== table.footer.digest)
    findings.add({
      law: "digest",
      code: "digest",
      message: `the rows have digest ${digest}, the footer says ${table.footer.digest}`,
    });
}
