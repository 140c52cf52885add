/** The errors of DRAMsim3 that change its commands; that of its energies is not among them. */
import type { DramQuirks } from "./device.js";

/** Quirks a device has as DRAMsim3 runs it. */
export const SCHEDULING_QUIRKS: readonly (keyof DramQuirks)[] = [
  "refbBlocksOthers",
  "simultaneousRefreshesFirstRank",
  "lastWritesStay",
  "autoPrechargeBounds",
  "readBeforeWriteLock",
];
