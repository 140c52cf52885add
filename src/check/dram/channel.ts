/** The commands of one channel, held pair by pair against the table; memory as far back as a constraint reaches. */
import type { DramOrganization } from "../../hardware/dram/index.js";
import type { DramCommandLine } from "../../trace/dram/index.js";
import { Banks } from "./banks.js";
import type { CompiledTable } from "./compiled.js";
import { type RefreshRule, SCOPE } from "./gap.js";
import { Recent } from "./recent.js";
import { RefreshWatch } from "./refresh.js";
import type { CommandPlace, DramViolation } from "./report.js";

/** One channel. */
export class ChannelCheck {
  private readonly banks: Banks;
  private readonly recent: Recent[];
  private readonly refreshes: RefreshWatch | undefined;
  private last: DramCommandLine | undefined;
  /** Commands in the cycle of the last one. */
  private inCycle = 0;
  private columnsInCycle = 0;

  constructor(
    private readonly compiled: CompiledTable,
    private readonly organization: DramOrganization,
    private readonly mostOwed: number,
    private readonly report: (violation: DramViolation) => void,
  ) {
    const { ranks, bankGroups, banksPerGroup } = organization;
    this.banks = new Banks(ranks, bankGroups, banksPerGroup);
    this.recent = compiled.horizon.map((cycles) => new Recent(cycles));
    const { refresh } = compiled.table;
    if (!("skipped" in refresh))
      this.refreshes = new RefreshWatch(refresh, ranks * (refresh.unit === "bank" ? bankGroups * banksPerGroup : 1));
  }

  /** Most refreshes owed so far. */
  get worstOwed(): number {
    return this.refreshes?.worst ?? 0;
  }

  /** Looks at the next command. */
  command(command: DramCommandLine): void {
    if (!this.fieldsThere(command)) return;
    this.slot(command);
    this.gaps(command);
    this.windows(command);
    this.state(command);
    this.refreshed(command);
    const { kind, line, cycle, rank, group, bank, row } = command;
    this.recent[kind]!.push(line, cycle, rank, group, bank, row);
    this.last = command;
  }

  /** The run went on to `cycle`. */
  finish(cycle: number): void {
    if (!this.refreshes) return;
    const rule = this.compiled.table.refresh as RefreshRule;
    for (const { unit, owed } of this.refreshes.finish(cycle))
      if (owed > this.mostOwed)
        this.report({
          ...(this.last ? this.place(this.last) : { line: 0, cycle, channel: -1, command: "end of the commands" }),
          rule: "refresh",
          message: `at the end, in cycle ${cycle}, ${rule.unit === "bank" ? "bank" : "rank"} ${unit} owes ${owed} refreshes beyond the one that is due`,
        });
  }

  /** Whether every field the command needs is there and within the device. */
  private fieldsThere(command: DramCommandLine): boolean {
    const { kind, rank, group, bank, row, column } = command;
    const { ranks, bankGroups, banksPerGroup, rows, columns, burstLength } = this.organization;
    const effects = this.compiled.effects[kind]!;
    const whole = this.compiled.rankWide[kind]!;
    const needsRow = effects.includes("open") || this.compiled.column[kind]!;
    const wrong: [string, number, number][] = [];
    const within = (name: string, value: number, most: number) => {
      if (value < 0 || value >= most) wrong.push([name, value, most]);
    };
    within("rank", rank, ranks);
    if (!whole) {
      within("group", group, bankGroups);
      within("bank", bank, banksPerGroup);
    }
    if (needsRow) within("row", row, rows);
    if (this.compiled.column[kind]) within("column", column, columns / burstLength);
    for (const [name, value, most] of wrong)
      this.report({
        ...this.place(command),
        rule: "fields",
        message: `the ${name} is ${value}, the device has 0 to ${most - 1}`,
      });
    return wrong.length === 0;
  }

  /** One command a cycle; two where the device can and exactly one moves data; never backwards. */
  private slot(command: DramCommandLine): void {
    const { last } = this;
    const column = this.compiled.column[command.kind] ? 1 : 0;
    if (last === undefined || command.cycle > last.cycle) {
      this.inCycle = 1;
      this.columnsInCycle = column;
      return;
    }
    if (command.cycle < last.cycle) {
      this.fault(command, "order", "commands of a channel go backwards in time", last);
      return;
    }
    this.inCycle++;
    this.columnsInCycle += column;
    if (!this.compiled.table.dualCommand)
      this.fault(command, "one command a cycle", "a second command in its cycle", last);
    else if (this.inCycle > 2) this.fault(command, "two commands a cycle", "a third command in its cycle", last);
    else if (this.columnsInCycle !== 1)
      this.fault(command, "two commands a cycle", "of two commands in a cycle exactly one may move data", last);
  }

  /** Every earlier command that reaches this far; of those that forbid it the one it is shortest of is told. */
  private gaps(command: DramCommandLine): void {
    const { compiled } = this;
    let short = 0;
    let worst: { kind: number; slot: number; scope: number } | undefined;
    for (const { earlier, cycles } of compiled.bounding[command.kind]!) {
      const recent = this.recent[earlier]!;
      for (let back = 0; back < recent.length; back++) {
        const slot = recent.slot(back);
        const apart = command.cycle - recent.cycle[slot]!;
        if (apart >= cycles) break;
        const scope = this.scope(command, recent, slot, compiled.rankWide[earlier]!);
        const missing = compiled.gap(earlier, command.kind, scope) - apart;
        if (missing <= short) continue;
        short = missing;
        worst = { kind: earlier, slot, scope };
      }
    }
    if (!worst) return;
    const { kind, slot, scope } = worst;
    const wanted = compiled.gap(kind, command.kind, scope);
    const recent = this.recent[kind]!;
    this.report({
      ...this.place(command),
      rule: compiled.name(kind, command.kind, scope),
      message: `${compiled.kinds[command.kind]} comes ${wanted - short} cycles after ${compiled.kinds[kind]}, ${wanted} are needed`,
      earlier: this.placeOf(recent, slot, kind, command.channel),
      shortCycles: short,
    });
  }

  /** How two commands lie to each other; one for a whole rank is beside every bank of it. */
  private scope(command: DramCommandLine, recent: Recent, slot: number, whole: boolean): number {
    if (command.rank !== recent.rank[slot]) return SCOPE.otherRank;
    if (whole || this.compiled.rankWide[command.kind] || command.group !== recent.group[slot]) return SCOPE.rank;
    return command.bank === recent.bank[slot] ? SCOPE.bank : SCOPE.group;
  }

  /** Counts the activations of the rank in each window that ends here. */
  private windows(command: DramCommandLine): void {
    if (!this.compiled.effects[command.kind]!.includes("open")) return;
    const recent = this.recent[command.kind]!;
    for (const { name, activations, cycles } of this.compiled.table.windows) {
      let seen = 0;
      for (let back = 0; back < recent.length && seen < activations; back++) {
        const slot = recent.slot(back);
        const apart = command.cycle - recent.cycle[slot]!;
        if (apart >= cycles) break;
        if (recent.rank[slot] !== command.rank || ++seen < activations) continue;
        this.report({
          ...this.place(command),
          rule: name,
          message: `${activations + 1} activations of a rank within ${apart + 1} cycles, the window is ${cycles}`,
          earlier: this.placeOf(recent, slot, command.kind, command.channel),
          shortCycles: cycles - apart,
        });
      }
    }
  }

  private state(command: DramCommandLine): void {
    for (const effect of this.compiled.effects[command.kind]!) {
      const wrong = this.banks.apply(effect, command.rank, command.group, command.bank, command.row);
      if (wrong !== undefined) this.fault(command, "bank state", wrong);
    }
  }

  private refreshed(command: DramCommandLine): void {
    if (!this.refreshes) return;
    const effects = this.compiled.effects[command.kind]!;
    const { unit } = this.compiled.table.refresh as RefreshRule;
    let owed = 0;
    if (unit === "bank") {
      if (!effects.includes("refreshBank")) return;
      owed = this.refreshes.refresh(this.banks.number(command.rank, command.group, command.bank), command.cycle);
    } else {
      if (!effects.includes("refreshRank")) return;
      owed = this.refreshes.refresh(command.rank, command.cycle);
    }
    if (owed > this.mostOwed)
      this.fault(
        command,
        "refresh",
        `${owed} refreshes are owed beyond this one, at most ${this.mostOwed} may be put off`,
      );
  }

  private fault(command: DramCommandLine, rule: string, message: string, earlier?: DramCommandLine): void {
    this.report({ ...this.place(command), rule, message, ...(earlier ? { earlier: this.place(earlier) } : {}) });
  }

  private place({ line, cycle, channel, kind, rank, group, bank, row }: DramCommandLine): CommandPlace {
    return { line, cycle, channel, command: this.words(kind, rank, group, bank, row) };
  }

  private placeOf(recent: Recent, slot: number, kind: number, channel: number): CommandPlace {
    return {
      line: recent.line[slot]!,
      cycle: recent.cycle[slot]!,
      channel,
      command: this.words(kind, recent.rank[slot]!, recent.group[slot]!, recent.bank[slot]!, recent.row[slot]!),
    };
  }

  private words(kind: number, rank: number, group: number, bank: number, row: number): string {
    const name = this.compiled.kinds[kind]!;
    if (this.compiled.rankWide[kind]) return `${name} rank ${rank}`;
    const where = this.organization.bankGroups > 1 ? `group ${group} bank ${bank}` : `bank ${bank}`;
    return `${name} rank ${rank} ${where}${row >= 0 ? ` row ${row}` : ""}`;
  }
}
