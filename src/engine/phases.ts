/** The phases of a tick: 0 completions, posts and arrivals, 1 issue, 2 arbitration of arrays, 3 arbitration of ports, 4 probes. */
export const PHASE = { complete: 0, issue: 1, arbitrateArrays: 2, arbitratePorts: 3, probe: 4 } as const;

/** How many phases a tick has. */
export const PHASE_COUNT = 5;
