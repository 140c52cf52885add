/**
 * The law on memory commands: whoever issued them, no timing constraint, bank state, activation window or refresh is violated.
 * Commands come one by one, in the order of their cycles; memory is bounded by how far back a constraint reaches.
 */
import { UserError } from "../../base/index.js";
import type { DramDevice, DramOrganization, DramPolicy } from "../../hardware/dram/index.js";
import type { DramCommandLine } from "../../trace/dram/index.js";
import { ChannelCheck } from "./channel.js";
import { CompiledTable } from "./compiled.js";
import { dramsim3Table } from "./dramsim3-table.js";
import type { LegalTable } from "./gap.js";
import { ramulator2Table } from "./ramulator2-table.js";
import { type DramCheckReport, type DramViolation, KEPT_VIOLATIONS } from "./report.js";

/** How strictly to look. */
export interface DramCheckOptions {
  /** Violations to keep; all are counted. */
  keep?: number;
  /** Refreshes of a rank that may be put off; the standards allow 8. */
  mostRefreshesOwed?: number;
}

/** Checks a stream of commands. */
export class DramCommandChecker {
  /** The names of the commands, by their number in `command`. */
  readonly kinds: readonly string[];
  private readonly compiled: CompiledTable;
  private readonly organization: DramOrganization;
  private readonly channels: ChannelCheck[];
  private readonly counts: number[];
  private readonly violations: DramViolation[] = [];
  private readonly byRule: Record<string, number> = {};
  private violationCount = 0;
  private commands = 0;
  private lastCycle = 0;

  constructor(device: DramDevice, policy: DramPolicy, options: DramCheckOptions = {}) {
    const { table, organization } = legalOn(device, policy);
    const keep = options.keep ?? KEPT_VIOLATIONS;
    this.compiled = new CompiledTable(table);
    this.organization = organization;
    this.kinds = table.kinds;
    this.counts = new Array<number>(table.kinds.length).fill(0);
    const report = (violation: DramViolation) => {
      this.violationCount++;
      this.byRule[violation.rule] = (this.byRule[violation.rule] ?? 0) + 1;
      if (this.violations.length < keep) this.violations.push(violation);
    };
    this.channels = Array.from(
      { length: organization.channels },
      () => new ChannelCheck(this.compiled, organization, options.mostRefreshesOwed ?? 8, report),
    );
  }

  /** The names of all constraints that are looked at pair by pair or in a window. */
  constraintNames(): string[] {
    return this.compiled.allNames();
  }

  /** All that is legal, as a plain value. */
  legality(): Omit<LegalTable, "effects"> & { organization: DramOrganization } {
    const { effects: _, ...legal } = this.compiled.table;
    return { ...legal, organization: this.organization };
  }

  /** Looks at the next command. */
  command(command: DramCommandLine): void {
    const channel = this.channels[command.channel];
    if (channel === undefined)
      throw new UserError({
        code: "dram-command-channel",
        message: "the device has no such channel",
        place: { line: command.line, field: "ch" },
        seen: String(command.channel),
        accepted: `0 to ${this.channels.length - 1}`,
      });
    this.commands++;
    this.counts[command.kind]!++;
    this.lastCycle = Math.max(this.lastCycle, command.cycle);
    channel.command(command);
  }

  /** What was found; the run is taken to end with its last command, or at `endCycle`. */
  finish(endCycle = this.lastCycle): DramCheckReport {
    for (const channel of this.channels) channel.finish(endCycle);
    const { refresh } = this.compiled.table;
    return {
      commands: this.commands,
      lastCycle: this.lastCycle,
      counts: Object.fromEntries(
        this.kinds.map((kind, at) => [kind, this.counts[at]!] as const).filter(([, n]) => n > 0),
      ),
      violations: this.violations,
      violationCount: this.violationCount,
      violationsByRule: this.byRule,
      worstRefreshesOwed: Math.max(...this.channels.map(({ worstOwed }) => worstOwed)),
      skipped: "skipped" in refresh ? [{ rule: "refresh", reason: refresh.skipped }] : [],
    };
  }
}

/** What is legal on a device under a policy, and the organisation it sees. */
function legalOn(device: DramDevice, policy: DramPolicy): { table: LegalTable; organization: DramOrganization } {
  if (policy === "ramulator2") return { table: ramulator2Table(device), organization: device.ramulator2!.organization };
  return { table: dramsim3Table(device), organization: device.organization };
}
