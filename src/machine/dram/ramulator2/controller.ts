/**
 * The `ramulator2` policy: Ramulator 2.1's generic DDR controller (FR-FCFS, all-bank refresh, open rows), by events.
 * After each change the next command is foreseen with its cycle; in between nothing can happen but an acceptance or the refresh timer.
 */
import type { DramDevice } from "../../../hardware/dram/index.js";
import {
  DRAM_CAUSE,
  DRAM_COMMAND,
  DRAM_COMMANDS,
  type DramController,
  type DramListener,
  type DramSummary,
} from "../controller.js";
import { type RamulatorMap, ramulatorMap } from "./address-map.js";
import { KEY, RamulatorBounds } from "./bounds.js";
import { BUFFER_ENTRIES, RequestBuffer } from "./buffer.js";
import { RamulatorCauses } from "./causes.js";
import { Foresight, SOURCE } from "./foresight.js";
import { type RamulatorGaps, ramulatorGaps } from "./gaps.js";
import { OpenRows } from "./open-rows.js";

/** Writes are drained above the one share of their buffer, until below the other. */
const DRAIN_ABOVE = 0.8 * BUFFER_ENTRIES;
const DRAIN_BELOW = 0.2 * BUFFER_ENTRIES;

const { ACT, PREpb, PREab, RD, WR, REFab } = DRAM_COMMAND;

/** One channel under the policy `ramulator2`. */
export class Ramulator2Controller implements DramController {
  readonly policy = "ramulator2";
  readonly channels = 1;
  private readonly map: RamulatorMap;
  private readonly gaps: RamulatorGaps;
  private readonly ranks: number;
  private readonly groups: number;
  private readonly banksPerGroup: number;
  private readonly bounds: RamulatorBounds;
  private readonly rows: OpenRows;
  private readonly foresight: Foresight;
  private readonly causes: RamulatorCauses;
  private readonly reads: RequestBuffer;
  private readonly writes: RequestBuffer;

  /** Refreshes waiting, for ranks in turn from `refreshRank` on. */
  private refreshes = 0;
  private refreshRank = 0;
  private nextRefresh: number;
  /** Write mode as of the last cycle that settled it, and as the next such cycle will have it. */
  private draining = false;
  private willDrain = true;
  /** The last cycle with a command or an acceptance: later cycles without an active command settle the write mode. */
  private lastChange = 0;
  /** Reads leave through one queue in the order of their issue. */
  private lastDelivery = 0;

  private readonly issued = new Float64Array(DRAM_COMMANDS.length);
  private readRowHits = 0;
  private writeRowHits = 0;
  private endCycle = 0;

  constructor(
    device: DramDevice,
    private readonly listener: DramListener,
  ) {
    const { timing, organization } = device.ramulator2!;
    this.map = ramulatorMap(organization);
    this.gaps = ramulatorGaps(timing);
    this.ranks = organization.ranks;
    this.groups = organization.bankGroups;
    this.banksPerGroup = organization.banksPerGroup;
    const banks = this.ranks * this.groups * this.banksPerGroup;
    this.bounds = new RamulatorBounds(this.gaps, this.ranks, this.groups, this.banksPerGroup);
    this.rows = new OpenRows(this.bounds.rankOf, this.ranks);
    this.foresight = new Foresight(this.bounds, this.rows);
    this.causes = new RamulatorCauses(this.gaps, this.rows);
    this.reads = new RequestBuffer(banks, false, organization.requestBytes);
    this.writes = new RequestBuffer(banks, true, organization.requestBytes);
    this.nextRefresh = this.gaps.refreshInterval;
  }

  get pending(): number {
    return this.reads.count + this.writes.count + this.rows.activeCount;
  }

  channelOf(): number {
    return 0;
  }

  accepts(address: number, write: boolean): boolean {
    return (write ? this.writes : this.reads).count < BUFFER_ENTRIES || this.writes.holds(address);
  }

  accept(id: number, address: number, write: boolean, cycle: number): number {
    if (this.writes.holds(address)) {
      this.acceptBuffered(id, write, cycle);
      return cycle;
    }
    this.settleWriteMode(cycle);
    this.lastChange = cycle;
    const { map, rows } = this;
    const block = Math.floor(address / map.requestBytes);
    const rank = (block >>> map.rankShift) & map.rankMask;
    const group = (block >>> map.groupShift) & map.groupMask;
    const bank = (rank * this.groups + group) * this.banksPerGroup + ((block >>> map.bankShift) & map.bankMask);
    const row = (block >>> map.rowShift) & map.rowMask;
    const buffer = write ? this.writes : this.reads;
    const slot = buffer.append(id, address, cycle, bank, row, block & map.columnMask, rows.row[bank]);
    const assumed = this.willDrain;
    this.willDrain = this.nextWriteMode();
    if (this.refreshes > 0) return cycle;
    if (this.willDrain !== assumed) this.foresee(cycle + 1);
    else if (write === assumed) this.foresight.bufferAppended(buffer.key[slot], buffer.count - 1, cycle + 1);
    return cycle;
  }

  nextCycle(): number {
    return Math.min(this.foresight.cycle, this.nextRefresh);
  }

  step(cycle: number): void {
    const { foresight } = this;
    if (cycle === this.nextRefresh) {
      this.settleWriteMode(cycle - 1);
      this.nextRefresh += this.gaps.refreshInterval;
      this.refreshes += this.ranks;
      if (foresight.source !== SOURCE.active || foresight.cycle > cycle) this.foresee(cycle);
    }
    if (cycle !== foresight.cycle) return;
    const { source, place } = foresight;
    this.settleWriteMode(source === SOURCE.active ? cycle - 1 : cycle);
    if (source === SOURCE.active) this.issueActive(cycle, place);
    else if (source === SOURCE.refresh) this.issueRefresh(cycle);
    else this.issueBuffered(cycle, this.willDrain ? this.writes : this.reads, place);
    this.lastChange = cycle;
    this.willDrain = this.nextWriteMode();
    this.foresee(cycle + 1);
  }

  bursts(): number {
    return this.issued[RD] + this.issued[WR];
  }

  finish(cycle: number): void {
    this.endCycle = cycle;
  }

  summary(): DramSummary {
    const commands: Record<string, number> = {};
    for (const [number, name] of DRAM_COMMANDS.entries())
      if (this.issued[number] > 0) commands[name] = this.issued[number];
    // The clock begins at 1: cycle 0 never was.
    const rankActiveCycles = this.rows.activeCyclesUntil(this.endCycle);
    return {
      commands,
      readRowHits: this.readRowHits,
      writeRowHits: this.writeRowHits,
      rowMisses: this.issued[RD] + this.issued[WR] - this.readRowHits - this.writeRowHits,
      dualCommands: 0,
      rankActiveCycles,
      rankIdleCycles: Math.max(0, this.endCycle - 1) * this.ranks - rankActiveCycles,
    };
  }

  /** A request to an address that waits to be written: a write joins it, a read is served from the buffer. */
  private acceptBuffered(id: number, write: boolean, cycle: number): void {
    let done = cycle;
    if (!write) {
      done = Math.max(cycle + 1, this.lastDelivery);
      this.lastDelivery = done;
    }
    this.listener.done?.(id, done, done - 1, done - 1, DRAM_CAUSE.merged);
  }

  /** The write mode that the next look at it finds, at the buffers' present fill. */
  private nextWriteMode(): boolean {
    const writes = this.writes.count;
    const reads = this.reads.count;
    return this.draining ? writes >= DRAIN_BELOW || reads === 0 : writes > DRAIN_ABOVE || reads === 0;
  }

  /** Cycles after the last change up to `until` have looked at the write mode, unless a refresh was waiting. */
  private settleWriteMode(until: number): void {
    if (until > this.lastChange && this.refreshes === 0) this.draining = this.willDrain;
  }

  /** Finds the command that issues next if nothing else happens, at `from` or later. */
  private foresee(from: number): void {
    if (this.refreshes > 0) this.foresight.withRefresh(this.refreshBound(), from);
    else this.foresight.withBuffer(this.willDrain ? this.writes : this.reads, from);
  }

  /** When the first waiting refresh may go on: its rank's rows are closed first, once none of them is waited for. */
  private refreshBound(): number {
    const rank = this.refreshRank;
    if (this.rows.openBanks[rank] === 0) return this.bounds.refresh[rank];
    return this.rows.activeInRank[rank] > 0 ? Number.POSITIVE_INFINITY : this.bounds.prechargeAll[rank];
  }

  private issueRefresh(cycle: number): void {
    const { rows, bounds } = this;
    const rank = this.refreshRank;
    if (rows.openBanks[rank] > 0) {
      bounds.onPrechargeAll(cycle, rank);
      const perRank = this.groups * this.banksPerGroup;
      for (let bank = rank * perRank; bank < (rank + 1) * perRank; bank++)
        if (rows.row[bank] >= 0) this.closeRow(cycle, bank);
      this.tell(cycle, PREab, rank, -1, -1, -1);
      return;
    }
    bounds.onRefresh(cycle, rank);
    rows.lastRefresh[rank] = cycle;
    this.refreshRank = (rank + 1) % this.ranks;
    this.refreshes--;
    this.tell(cycle, REFab, rank, -1, -1, -1);
  }

  private issueActive(cycle: number, place: number): void {
    const { rows } = this;
    const bank = rows.order[place];
    rows.serve(place);
    this.issueColumn(
      cycle,
      rows.id[bank],
      bank,
      rows.row[bank],
      rows.column[bank],
      rows.isWrite[bank] === 1,
      rows.accepted[bank],
    );
  }

  private issueBuffered(cycle: number, buffer: RequestBuffer, place: number): void {
    const { rows } = this;
    const slot = buffer.slotAt(place);
    const bank = buffer.bank[slot];
    const kind = buffer.key[slot] & 3;
    if (kind === KEY.precharge) {
      this.bounds.onPrecharge(cycle, bank);
      rows.lastPrecharge[bank] = cycle;
      this.closeRow(cycle, bank);
      this.tell(cycle, PREpb, this.bounds.rankOf[bank], bank, -1, -1);
      return;
    }
    const write = buffer === this.writes;
    const row = buffer.row[slot];
    buffer.remove(place);
    if (kind === KEY.act) {
      this.bounds.onAct(cycle, bank);
      const opened = rows.open(cycle, bank, row, buffer.id[slot], buffer.accepted[slot], buffer.column[slot], write);
      this.foresight.activeAdded(opened, (bank << 2) | (write ? KEY.write : KEY.read));
      this.reads.rowChanged(bank, row);
      this.writes.rowChanged(bank, row);
      this.tell(cycle, ACT, this.bounds.rankOf[bank], bank, row, -1);
      return;
    }
    if (write) this.writeRowHits++;
    else this.readRowHits++;
    this.issueColumn(cycle, buffer.id[slot], bank, row, buffer.column[slot], write, buffer.accepted[slot]);
  }

  private issueColumn(
    cycle: number,
    id: number,
    bank: number,
    row: number,
    column: number,
    write: boolean,
    accepted: number,
  ): void {
    const rank = this.bounds.rankOf[bank];
    let done = cycle;
    let firstData = cycle;
    if (write) this.bounds.onWrite(cycle, bank);
    else {
      this.bounds.onRead(cycle, bank);
      done = Math.max(cycle + this.gaps.readToDone, this.lastDelivery);
      firstData = cycle + this.gaps.readToDone - this.gaps.burst;
      this.lastDelivery = done;
    }
    this.foresight.columnIssued(cycle + 1);
    this.tell(cycle, write ? WR : RD, rank, bank, row, column);
    if (this.listener.done !== undefined)
      this.listener.done(id, done, cycle, firstData, this.causes.column(cycle, bank, rank, write, accepted));
  }

  private closeRow(cycle: number, bank: number): void {
    this.rows.close(cycle, bank);
    this.reads.rowChanged(bank, -1);
    this.writes.rowChanged(bank, -1);
  }

  /** Counts a command and tells the listener; `bank` is counted through ranks and groups, −1 for a whole rank. */
  private tell(cycle: number, command: number, rank: number, bank: number, row: number, column: number): void {
    this.issued[command]++;
    if (this.listener.command === undefined) return;
    if (bank < 0) this.listener.command(cycle, 0, command, rank, -1, -1, row, column);
    else {
      const inRank = bank - rank * this.groups * this.banksPerGroup;
      const group = Math.floor(inRank / this.banksPerGroup);
      this.listener.command(cycle, 0, command, rank, group, inRank - group * this.banksPerGroup, row, column);
    }
  }
}
