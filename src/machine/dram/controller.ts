/** The contract of a command-level memory controller: one clock, all channels in step, events instead of ticks. */

/** Commands, as numbers for the hot path; `DRAM_COMMANDS` has their names. */
export const DRAM_COMMAND = {
  ACT: 0,
  PRE: 1,
  RD: 2,
  WR: 3,
  RDA: 4,
  WRA: 5,
  REF: 6,
  REFB: 7,
  PREpb: 8,
  PREab: 9,
  REFab: 10,
} as const;

/** Names of the commands, by number. */
export const DRAM_COMMANDS = Object.keys(DRAM_COMMAND) as readonly (keyof typeof DRAM_COMMAND)[];

/** Why a request took longer than a row hit on an idle channel; the worst that happened to it on its way. */
export const DRAM_CAUSE = {
  /** A hit on an open row. */
  hit: 0,
  /** The bus had to turn round between reading and writing, or change rank. */
  turnaround: 1,
  /** Its row had to be opened in a closed bank. */
  miss: 2,
  /** Another row of its bank was open. */
  conflict: 3,
  /** A refresh ran while it waited. */
  refresh: 4,
  /** It merged with a write, joined a read, or was served from the write buffer: no command of its own. */
  merged: 5,
} as const;

/** Where a controller tells what happens. Every member may be absent; the controller then spends nothing on it. */
export interface DramListener {
  /** A command was issued. −1 where a field has no meaning. Called in (cycle, channel, issue) order a channel. */
  command?(
    cycle: number,
    channel: number,
    command: number,
    rank: number,
    group: number,
    bank: number,
    row: number,
    column: number,
  ): void;
  /**
   * A request's data is complete at `doneCycle`; told when that becomes known (a read: at its RD, a posted write: when accepted),
   * so `doneCycle` may lie ahead. `firstDataCycle` is the cycle its burst begins, `issueCycle` that of its column command
   * (both = doneCycle − 1 … where it had none). `cause` is of DRAM_CAUSE.
   */
  done?(id: number, doneCycle: number, issueCycle: number, firstDataCycle: number, cause: number): void;
}

/** A controller with all its channels, at one moment. */
export interface DramController {
  /** Which policy it follows. */
  readonly policy: string;
  readonly channels: number;
  /** The channel an address lies in. */
  channelOf(address: number): number;
  /** Whether a request would be taken now, after the step of the present cycle. */
  accepts(address: number, write: boolean): boolean;
  /**
   * Takes a request after the step of cycle `cycle` (≥ the last step's). Returns the cycle it counts as accepted.
   * Must only be called where `accepts`. `id` comes back with `done`.
   */
  accept(id: number, address: number, write: boolean, cycle: number): number;
  /** The earliest cycle after the last step at which a step can do anything, if nothing more is accepted. Refresh included. */
  nextCycle(): number;
  /** The controller's work in cycle `cycle`: at or before `nextCycle()`, after the last step. */
  step(cycle: number): void;
  /** Requests accepted and not done (their `done` not yet told). */
  readonly pending: number;
  /** Column commands a channel has issued: bursts on its data bus. Merged requests have none, posted writes only when they are written. */
  bursts(channel: number): number;
  /** Ends the run at `cycle` (exclusive): background energy and counters up to it. */
  finish(cycle: number): void;
  /** Counters and raw energy up to the last `finish`. */
  summary(): DramSummary;
}

/** What a controller counted. Energies in pJ (in DRAMsim3's unit where the quirk `energyLacksClock` is kept). */
export interface DramSummary {
  /** Commands issued, by name; absent where none. */
  commands: Record<string, number>;
  readRowHits: number;
  writeRowHits: number;
  rowMisses: number;
  dualCommands: number;
  /** Cycles in which some bank was open, summed over ranks; and in which none was. */
  rankActiveCycles: number;
  rankIdleCycles: number;
  /** Undefined where the policy has no energy model. */
  energyPj?: {
    activate: number;
    read: number;
    write: number;
    refresh: number;
    bankRefresh: number;
    activeBackground: number;
    idleBackground: number;
    total: number;
  };
}
