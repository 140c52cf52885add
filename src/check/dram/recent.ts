/** The last commands of one kind on one channel: as many as a constraint can reach back to, the oldest forgotten first. */

/** A ring of commands. */
export class Recent {
  private readonly mask: number;
  readonly cycle: Float64Array;
  readonly line: Float64Array;
  readonly rank: Int32Array;
  readonly group: Int32Array;
  readonly bank: Int32Array;
  readonly row: Int32Array;
  /** Commands ever put in; the newest is at `at(0)`. */
  private count = 0;

  /** Reaches back `cycles` cycles: no more than two commands share one. */
  constructor(cycles: number) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(4, 2 * cycles + 2)));
    this.mask = size - 1;
    this.cycle = new Float64Array(size);
    this.line = new Float64Array(size);
    this.rank = new Int32Array(size);
    this.group = new Int32Array(size);
    this.bank = new Int32Array(size);
    this.row = new Int32Array(size);
  }

  /** Commands that can still be looked at. */
  get length(): number {
    return Math.min(this.count, this.mask + 1);
  }

  /** The slot of the command that came `back` before the newest. */
  slot(back: number): number {
    return (this.count - 1 - back) & this.mask;
  }

  /** Puts a command in. */
  push(line: number, cycle: number, rank: number, group: number, bank: number, row: number): void {
    const slot = this.count++ & this.mask;
    this.cycle[slot] = cycle;
    this.line[slot] = line;
    this.rank[slot] = rank;
    this.group[slot] = group;
    this.bank[slot] = bank;
    this.row[slot] = row;
  }
}
