/** The chips of the study: a preset with another write port. All of one case but `doubleBanked` have the same structure. */
import { type Chip, readChip } from "../../src/hardware/index.js";
import type { StudyCase } from "./cases.js";

/** Chance that a pass of a drawn verification leaves the row right, and most passes: 1.99 passes on average. */
const PASS_PROBABILITY = 0.5;
const MAX_PASSES = 8;

/** Pulse and read-back of one drawn pass, in ns: together half of the row-write time, a fifth of it reading. */
export function passNs(rowWriteNs: number): { pulseNs: number; readNs: number } {
  const readNs = Math.max(1, Math.round(rowWriteNs / 10));
  return { pulseNs: Math.max(1, Math.round(rowWriteNs / 2) - readNs), readNs };
}

/** The chip of a case whose rows (groups of `rowsPerPulse`) take so long to write. */
export function chipOf(one: StudyCase, rowWriteNs: number): Chip {
  const { pulseNs, readNs } = one.verify === "drawn" ? passNs(rowWriteNs) : { pulseNs: rowWriteNs, readNs: 0 };
  const write = "core.arrays.write";
  return readChip(one.chip, {
    set: {
      [`${write}.pulseTime`]: `${pulseNs} ns`,
      [`${write}.rowsPerPulse`]: one.rowsPerPulse,
      [`${write}.portsPerCore`]: one.ports,
      [`${write}.doubleBanked`]: one.doubleBanked,
      ...(one.verify === "drawn"
        ? {
            [`${write}.verify`]: {
              kind: "program",
              readTime: `${readNs} ns`,
              maxPasses: MAX_PASSES,
              passProbability: PASS_PROBABILITY,
            },
          }
        : {}),
    },
  });
}
