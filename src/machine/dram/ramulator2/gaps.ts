/** Least distances between commands under the `ramulator2` policy, from its primary timing. */
import type { RamulatorTiming } from "../../../hardware/dram/index.js";

/** All gaps in cycles; `aToB` is the least distance from A to a following B, "Other" on another rank of the channel. */
export interface RamulatorGaps {
  /** RD or WR to the same kind, anywhere on the channel, on its rank, in its bank group. */
  columnChannel: number;
  columnRank: number;
  columnGroup: number;
  readToWrite: number;
  readToPrecharge: number;
  readToOther: number;
  writeToReadRank: number;
  writeToReadGroup: number;
  writeToPrecharge: number;
  writeToReadOther: number;
  actToActRank: number;
  actToActGroup: number;
  actToActBank: number;
  /** Window of four activations in a rank. */
  fourActs: number;
  actToColumn: number;
  actToPrecharge: number;
  actToRefresh: number;
  prechargeToAct: number;
  refreshToAct: number;
  /** RD to its last data; its burst begins `burst` before. */
  readToDone: number;
  burst: number;
  refreshInterval: number;
}

/** The constraint table of the policy; nCL + nBL + 2 − nCWL is a bus turnaround with two cycles of preamble. */
export function ramulatorGaps(timing: RamulatorTiming): RamulatorGaps {
  const { nBL, nCL, nCWL, nCS } = timing;
  return {
    columnChannel: nBL,
    columnRank: timing.nCCDS,
    columnGroup: timing.nCCDL,
    readToWrite: nCL + nBL + 2 - nCWL,
    readToPrecharge: timing.nRTP,
    readToOther: nBL + nCS,
    writeToReadRank: nCWL + nBL + timing.nWTRS,
    writeToReadGroup: nCWL + nBL + timing.nWTRL,
    writeToPrecharge: nCWL + nBL + timing.nWR,
    writeToReadOther: nCWL + nBL + nCS - nCL,
    actToActRank: timing.nRRDS,
    actToActGroup: timing.nRRDL,
    actToActBank: timing.nRC,
    fourActs: timing.nFAW,
    actToColumn: timing.nRCD,
    actToPrecharge: timing.nRAS,
    actToRefresh: timing.nRC,
    prechargeToAct: timing.nRP,
    refreshToAct: timing.nRFC,
    readToDone: nCL + nBL,
    burst: nBL,
    refreshInterval: timing.nREFI,
  };
}
