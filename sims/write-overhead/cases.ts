/** What is simulated: one factor at a time around a base point, the networks beside each other, and programs made anew for each row-write time. */

/** Row-write times of a full sweep, in ns: half decades from fast SRAM to pulses of RRAM. */
export const FULL_SWEEP = [1, 3, 10, 32, 100, 316, 1000, 3162, 10_000];

/** Row-write times of a coarse sweep: decades. */
export const DECADES = [1, 10, 100, 1000, 10_000];

/** Row-write time for which a program is made that then runs over the whole range; the presets' own. */
export const HOME_NS = 10;

/** How a row is verified: not at all, or in as many passes of half the row-write time as are drawn (2 on average). */
export type Verify = "none" | "drawn";

/** One setting, run over row-write times. */
export interface StudyCase {
  name: string;
  network: string;
  chip: string;
  batch: number;
  mapper: string;
  rowsPerPulse: number;
  ports: number;
  doubleBanked: boolean;
  verify: Verify;
  replicate: boolean;
  prefetch: boolean;
  /** `same`: one program for the whole range (law 11). `each`: map and emit again for every row-write time. */
  program: "same" | "each";
  sweep: readonly number[];
  /** Ratio to which the crossovers are closed in; 0 leaves them to the sweep. */
  tolerance: number;
  /** Whether the laws on counters are checked at the home row-write time. */
  checked: boolean;
}

/** The point around which one factor at a time is changed. */
export const BASE: StudyCase = {
  name: "base",
  network: "resnet18",
  chip: "compass-s",
  batch: 4,
  mapper: "greedy",
  rowsPerPulse: 1,
  ports: 1,
  doubleBanked: false,
  verify: "none",
  replicate: true,
  prefetch: true,
  program: "same",
  sweep: FULL_SWEEP,
  tolerance: 1.06,
  checked: true,
};

/** As the base: crossovers within 6 %, laws checked. */
const CLOSELY = { tolerance: BASE.tolerance, checked: BASE.checked };

const FACTORS: Partial<StudyCase>[] = [
  { name: "batch 1", batch: 1, ...CLOSELY },
  { name: "batch 16", batch: 16, sweep: DECADES, ...CLOSELY },
  { name: "chip M", chip: "compass-m", ...CLOSELY },
  { name: "chip L", chip: "compass-l", sweep: DECADES },
  { name: "4 rows a pulse", rowsPerPulse: 4, sweep: DECADES },
  { name: "16 rows a pulse", rowsPerPulse: 16, sweep: DECADES },
  { name: "4 write ports", ports: 4, sweep: DECADES, tolerance: 1.25 },
  { name: "9 write ports", ports: 9, sweep: DECADES, tolerance: 1.25 },
  { name: "double-banked", doubleBanked: true, tolerance: 1.25 },
  { name: "no prefetch", prefetch: false, sweep: DECADES },
  { name: "drawn verify", verify: "drawn", sweep: DECADES.slice(1), tolerance: 1.25 },
  { name: "no replicas", replicate: false, sweep: DECADES },
  { name: "layerwise", mapper: "layerwise", sweep: DECADES },
  { name: "compass", mapper: "compass" },
  { name: "optimal", mapper: "compass-optimal", checked: true },
];

const NETWORKS: Partial<StudyCase>[] = [
  { name: "squeezenet", network: "squeezenet1_1" },
  { name: "squeezenet optimal", network: "squeezenet1_1", mapper: "compass-optimal" },
  { name: "vgg16", network: "vgg16", tolerance: 1.25 },
];

const RECOMPILED: Partial<StudyCase>[] = [
  // Greedy cuts look at no times: the ends of the range show that the program is the same.
  { name: "base recompiled", sweep: [1, 10_000] },
  { name: "optimal recompiled", mapper: "compass-optimal" },
  { name: "squeezenet optimal recompiled", network: "squeezenet1_1", mapper: "compass-optimal" },
].map((one) => ({ ...one, program: "each" as const, tolerance: 0, checked: false }));

/** All cases. */
export function studyCases(): StudyCase[] {
  // Crossovers of the others are closed in more loosely, for the time it takes.
  const others = { ...BASE, tolerance: 1.12, checked: false };
  const changes = [...FACTORS, ...NETWORKS].map((change) => ({ ...others, ...change }));
  return [BASE, ...changes, ...RECOMPILED.map((change) => ({ ...BASE, ...change }))];
}
