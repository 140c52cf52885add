/** One line of a table of constraints: after one command, how long another has to wait, by how far apart their banks are. */

/** How two commands of a channel lie to each other. */
export const SCOPE = { bank: 0, group: 1, rank: 2, otherRank: 3 } as const;

/** Where a constraint holds: the same bank; other banks of its group; other groups of its rank; and sums of these. */
export type Reach = "bank" | "sameGroup" | "otherGroups" | "wholeRank" | "otherBanks" | "otherRanks";

/** The scopes a reach covers. */
export const REACHES: Readonly<Record<Reach, readonly number[]>> = {
  bank: [SCOPE.bank],
  sameGroup: [SCOPE.bank, SCOPE.group],
  otherGroups: [SCOPE.rank],
  wholeRank: [SCOPE.bank, SCOPE.group, SCOPE.rank],
  otherBanks: [SCOPE.group, SCOPE.rank],
  otherRanks: [SCOPE.otherRank],
};

/** After `earlier`, `later` within `reach` has to wait `cycles`. */
export interface GapRule<Kind extends string> {
  name: string;
  earlier: readonly Kind[];
  later: readonly Kind[];
  reach: Reach;
  cycles: number;
}

/** At most so many activations of a rank in any window of so many cycles. */
export interface WindowRule {
  name: string;
  activations: number;
  cycles: number;
}

/** What a command does to its bank or its rank. */
export type Effect = "open" | "read" | "write" | "close" | "closeRank" | "refreshBank" | "refreshRank";

/** Everything that is legal under one policy on one device. */
export interface LegalTable<Kind extends string = string> {
  kinds: readonly Kind[];
  /** What each command does; a column command may close its bank behind it. */
  effects: Readonly<Record<Kind, readonly Effect[]>>;
  gaps: readonly GapRule<Kind>[];
  windows: readonly WindowRule[];
  /** Two commands may share a cycle where exactly one of them moves data. */
  dualCommand: boolean;
  refresh: RefreshRule | { skipped: string };
}

/** How often refreshes have to come. */
export interface RefreshRule {
  /** What has to be refreshed: each rank, the first rank alone, or each bank. */
  unit: "rank" | "firstRank" | "bank";
  /** Mean interval of one unit. */
  intervalCycles: number;
}
