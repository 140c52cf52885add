/** What a channel counts. */

/** Counters of one channel, by command and by what column commands met. */
export class Counters {
  /** Commands issued, by number. */
  readonly commands = new Float64Array(16);
  readRowHits = 0;
  writeRowHits = 0;
  rowMisses = 0;
  dualCommands = 0;
}
