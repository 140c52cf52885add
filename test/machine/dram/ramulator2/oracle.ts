/**
 * The `ramulator2` policy once more, slow and obvious: every cycle is played, every constraint is looked up in the list of past
 * commands. Written from the specification and not from the fast controller, which must equal it.
 */
import type { DramDevice } from "../../../../src/hardware/dram/index.js";

/** A command as a line of the file of commands. */
export interface Line {
  cycle: number;
  name: string;
  rank: number;
  group: number;
  bank: number;
  row: number;
  column: number;
}

interface Request {
  index: number;
  address: number;
  write: boolean;
  rank: number;
  group: number;
  bank: number;
  row: number;
  column: number;
  accepted: number;
}

/** One request of a trace. */
export interface Offered {
  address: number;
  write: boolean;
  arrival: number;
}

/** What a run of the oracle came to. */
export interface OracleRun {
  commands: Line[];
  accepted: number[];
  done: number[];
  /** Cycles with some bank open, summed over ranks. */
  rankActiveCycles: number;
  lastCycle: number;
}

type Scope = "channel" | "rank" | "group" | "bank" | "other rank";
type Rule = [first: string, then: string, scope: Scope, gap: number];

function rulesOf(device: DramDevice): Rule[] {
  const n = device.ramulator2!.timing;
  return [
    ["RD", "RD", "channel", n.nBL],
    ["RD", "RD", "rank", n.nCCDS],
    ["RD", "WR", "rank", n.nCL + n.nBL + 2 - n.nCWL],
    ["RD", "PREab", "rank", n.nRTP],
    ["RD", "RD", "group", n.nCCDL],
    ["RD", "PREpb", "bank", n.nRTP],
    ["RD", "RD", "other rank", n.nBL + n.nCS],
    ["RD", "WR", "other rank", n.nBL + n.nCS],
    ["WR", "WR", "channel", n.nBL],
    ["WR", "WR", "rank", n.nCCDS],
    ["WR", "RD", "rank", n.nCWL + n.nBL + n.nWTRS],
    ["WR", "PREab", "rank", n.nCWL + n.nBL + n.nWR],
    ["WR", "WR", "group", n.nCCDL],
    ["WR", "RD", "group", n.nCWL + n.nBL + n.nWTRL],
    ["WR", "PREpb", "bank", n.nCWL + n.nBL + n.nWR],
    ["WR", "RD", "other rank", n.nCWL + n.nBL + n.nCS - n.nCL],
    ["ACT", "ACT", "rank", n.nRRDS],
    ["ACT", "PREab", "rank", n.nRAS],
    ["ACT", "REFab", "rank", n.nRC],
    ["ACT", "ACT", "group", n.nRRDL],
    ["ACT", "ACT", "bank", n.nRC],
    ["ACT", "RD", "bank", n.nRCD],
    ["ACT", "WR", "bank", n.nRCD],
    ["ACT", "PREpb", "bank", n.nRAS],
    ["PREpb", "ACT", "bank", n.nRP],
    ["PREpb", "REFab", "rank", n.nRP],
    ["PREab", "ACT", "rank", n.nRP],
    ["PREab", "REFab", "rank", n.nRP],
    ["REFab", "ACT", "rank", n.nRFC],
    ...(device.protocol === "DDR3" ? [] : ([["REFab", "PREab", "rank", n.nRFC]] as Rule[])),
  ];
}

/** Plays a trace cycle by cycle. */
export function playOracle(device: DramDevice, trace: readonly Offered[], width: number): OracleRun {
  return new Oracle(device).play(trace, width);
}

class Oracle {
  private readonly rules: Rule[];
  private readonly commands: Line[] = [];
  private readonly reads: Request[] = [];
  private readonly writes: Request[] = [];
  private readonly active: Request[] = [];
  private readonly refreshes: number[] = [];
  private readonly openRows = new Map<string, number>();
  private readonly accepted: number[] = [];
  private readonly done: number[] = [];
  private writeMode = false;
  private delivered = 0;

  constructor(private readonly device: DramDevice) {
    this.rules = rulesOf(device);
  }

  play(trace: readonly Offered[], width: number): OracleRun {
    let next = 0;
    let rankActiveCycles = 0;
    for (let cycle = 1; ; cycle++) {
      this.work(cycle);
      for (let rank = 0; rank < this.device.ramulator2!.organization.ranks; rank++)
        if (this.isOpen(rank)) rankActiveCycles++;
      for (let offered = 0; offered < width && next < trace.length; offered++) {
        if (trace[next].arrival + 1 > cycle || !this.offer(next, trace[next], cycle)) break;
        next++;
      }
      const lastDone = Math.max(...this.done);
      const isOver = next === trace.length && this.done.filter((value) => value !== undefined).length === next;
      if (isOver && cycle === lastDone + 2000)
        return {
          commands: this.commands,
          accepted: this.accepted,
          done: this.done,
          rankActiveCycles,
          lastCycle: cycle,
        };
    }
  }

  private offer(index: number, { address, write }: Offered, cycle: number): boolean {
    if (this.writes.some((one) => one.address === address)) {
      this.accepted[index] = cycle;
      this.done[index] = write ? cycle : this.deliver(cycle + 1);
      return true;
    }
    const buffer = write ? this.writes : this.reads;
    if (buffer.length === 32) return false;
    const { ranks, bankGroups, banksPerGroup, rows, columns, requestBytes } = this.device.ramulator2!.organization;
    let rest = Math.floor(address / requestBytes);
    const cut = (count: number) => {
      const field = rest % count;
      rest = Math.floor(rest / count);
      return field;
    };
    const column = cut(columns / 8);
    const rank = cut(ranks);
    const group = cut(bankGroups);
    const bank = cut(banksPerGroup);
    buffer.push({ index, address, write, rank, group, bank, row: cut(rows), column, accepted: cycle });
    this.accepted[index] = cycle;
    return true;
  }

  private deliver(depart: number): number {
    this.delivered = Math.max(this.delivered, depart);
    return this.delivered;
  }

  private work(cycle: number): void {
    const { timing, organization } = this.device.ramulator2!;
    if (cycle % timing.nREFI === 0) for (let rank = 0; rank < organization.ranks; rank++) this.refreshes.push(rank);
    const legalActive = this.active.filter((one) => this.isLegal(this.nextOf(one), one, cycle));
    if (legalActive.length > 0) {
      const oldest = Math.min(...legalActive.map((one) => one.accepted));
      this.issue(legalActive.find((one) => one.accepted === oldest)!, cycle, this.active);
    } else if (this.refreshes.length > 0) this.refresh(cycle, this.refreshes[0]);
    else {
      const isFull = this.writes.length > 0.8 * 32;
      const isEmpty = this.writes.length < 0.2 * 32;
      if (!this.writeMode && (isFull || this.reads.length === 0)) this.writeMode = true;
      else if (this.writeMode && isEmpty && this.reads.length > 0) this.writeMode = false;
      const buffer = this.writeMode ? this.writes : this.reads;
      const chosen = buffer.find((one) => {
        const name = this.nextOf(one);
        if (name === "PREpb" && this.active.some((other) => bankOf(other) === bankOf(one))) return false;
        return this.isLegal(name, one, cycle);
      });
      if (chosen) this.issue(chosen, cycle, buffer);
    }
  }

  private isOpen(rank: number): boolean {
    return [...this.openRows.keys()].some((bank) => bank.startsWith(`${rank}.`));
  }

  private refresh(cycle: number, rank: number): void {
    const place = { rank, group: -1, bank: -1 };
    const name = this.isOpen(rank) ? "PREab" : "REFab";
    if (name === "PREab" && this.active.some((one) => one.rank === rank)) return;
    if (!this.isLegal(name, place, cycle)) return;
    this.commands.push({ cycle, name, ...place, row: -1, column: -1 });
    if (name === "REFab") this.refreshes.shift();
    else for (const bank of [...this.openRows.keys()]) if (bank.startsWith(`${rank}.`)) this.openRows.delete(bank);
  }

  private nextOf(request: Request): string {
    const open = this.openRows.get(bankOf(request));
    if (open === undefined) return "ACT";
    return open !== request.row ? "PREpb" : request.write ? "WR" : "RD";
  }

  private isLegal(name: string, to: { rank: number; group: number; bank: number }, cycle: number): boolean {
    let acts = 0;
    for (let i = this.commands.length - 1; i >= 0; i--) {
      const past = this.commands[i];
      if (past.cycle < cycle - 3000) break;
      const sameRank = past.rank === to.rank;
      const sameGroup = sameRank && past.group === to.group;
      const within = (scope: Scope) =>
        scope === "channel" ||
        (scope === "rank" && sameRank) ||
        (scope === "group" && sameGroup) ||
        (scope === "bank" && sameGroup && past.bank === to.bank) ||
        (scope === "other rank" && !sameRank);
      for (const [first, then, scope, gap] of this.rules)
        if (first === past.name && then === name && cycle < past.cycle + gap && within(scope)) return false;
      if (name === "ACT" && past.name === "ACT" && sameRank && ++acts === 4)
        if (cycle < past.cycle + this.device.ramulator2!.timing.nFAW) return false;
    }
    return true;
  }

  private issue(request: Request, cycle: number, from: Request[]): void {
    const name = this.nextOf(request);
    const { rank, group, bank, row } = request;
    const isColumn = name === "RD" || name === "WR";
    this.commands.push({
      cycle,
      name,
      rank,
      group,
      bank,
      row: name === "PREpb" ? -1 : row,
      column: isColumn ? request.column : -1,
    });
    if (name === "PREpb") {
      this.openRows.delete(bankOf(request));
      return;
    }
    from.splice(from.indexOf(request), 1);
    if (name === "ACT") {
      this.openRows.set(bankOf(request), row);
      this.active.push(request);
    } else {
      const { nCL, nBL } = this.device.ramulator2!.timing;
      this.done[request.index] = request.write ? cycle : this.deliver(cycle + nCL + nBL);
    }
  }
}

function bankOf({ rank, group, bank }: { rank: number; group: number; bank: number }): string {
  return `${rank}.${group}.${bank}`;
}
