/** Open rows of a channel, the requests that opened them, and what is counted of both. */

/** Rows and their active requests, by bank counted through ranks and groups. */
export class OpenRows {
  /** −1 where closed. */
  readonly row: Int32Array;
  readonly openBanks: Int32Array;
  /** Active requests, at most one a bank: it opened the row and has not been served. */
  readonly isActive: Uint8Array;
  readonly activeInRank: Int32Array;
  readonly id: Float64Array;
  readonly accepted: Float64Array;
  readonly column: Int32Array;
  readonly isWrite: Uint8Array;
  /** Banks of active requests by acceptance, then by promotion. */
  readonly order: Int32Array;
  activeCount = 0;
  /** When each bank's row was last opened and closed by a command of its own, and each rank refreshed. */
  readonly lastAct: Float64Array;
  readonly lastPrecharge: Float64Array;
  readonly lastRefresh: Float64Array;
  /** Cycles with some bank open, summed over ranks, up to the last change. */
  private activeCycles = 0;
  private readonly openSince: Float64Array;

  constructor(
    private readonly rankOf: Int32Array,
    private readonly ranks: number,
  ) {
    const banks = rankOf.length;
    this.row = new Int32Array(banks).fill(-1);
    this.openBanks = new Int32Array(ranks);
    this.isActive = new Uint8Array(banks);
    this.activeInRank = new Int32Array(ranks);
    this.id = new Float64Array(banks);
    this.accepted = new Float64Array(banks);
    this.column = new Int32Array(banks);
    this.isWrite = new Uint8Array(banks);
    this.order = new Int32Array(banks);
    this.lastAct = new Float64Array(banks).fill(-1);
    this.lastPrecharge = new Float64Array(banks).fill(-1);
    this.lastRefresh = new Float64Array(ranks).fill(-1);
    this.openSince = new Float64Array(ranks);
  }

  /** A request opens a row and becomes active; returns its place in the order. */
  open(cycle: number, bank: number, row: number, id: number, accepted: number, column: number, write: boolean): number {
    const rank = this.rankOf[bank];
    if (this.openBanks[rank]++ === 0) this.openSince[rank] = cycle;
    this.row[bank] = row;
    this.lastAct[bank] = cycle;
    this.isActive[bank] = 1;
    this.activeInRank[rank]++;
    this.id[bank] = id;
    this.accepted[bank] = accepted;
    this.column[bank] = column;
    this.isWrite[bank] = write ? 1 : 0;
    let place = this.activeCount++;
    for (; place > 0 && this.accepted[this.order[place - 1]] > accepted; place--)
      this.order[place] = this.order[place - 1];
    this.order[place] = bank;
    return place;
  }

  /** The active request at a place of the order is served; its row stays open. */
  serve(place: number): void {
    const bank = this.order[place];
    this.isActive[bank] = 0;
    this.activeInRank[this.rankOf[bank]]--;
    this.activeCount--;
    for (let at = place; at < this.activeCount; at++) this.order[at] = this.order[at + 1];
  }

  /** A bank's row is closed. */
  close(cycle: number, bank: number): void {
    const rank = this.rankOf[bank];
    this.row[bank] = -1;
    if (--this.openBanks[rank] === 0) this.activeCycles += cycle - this.openSince[rank];
  }

  /** Cycles before `cycle` with some bank open, summed over ranks. */
  activeCyclesUntil(cycle: number): number {
    let sum = this.activeCycles;
    for (let rank = 0; rank < this.ranks; rank++)
      if (this.openBanks[rank] > 0) sum += Math.max(0, cycle - this.openSince[rank]);
    return sum;
  }
}
