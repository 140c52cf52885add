/** The gaps between commands of the `dramsim3` policy: what follows from a device's primary timing (docs/dram.md). */
import { burstCyclesOf, type DramDevice } from "../../hardware/index.js";

/** Cycles from one command to the earliest cycle of another. `S` and `L` as in bank group: other group, same group. */
export interface CommandGaps {
  /** Cycles the data of one burst take on the bus. */
  burst: number;
  /** From a read to its first datum, and from a write to its. */
  readLatency: number;
  writeLatency: number;
  /** From a read to the end of its data. */
  readDone: number;
  actToAct: number;
  actToActS: number;
  actToActL: number;
  actToRead: number;
  actToWrite: number;
  actToPrecharge: number;
  /** Four (thirty-two) activations of a rank may lie in a window of this many cycles; 0 where the family has none. */
  fourActs: number;
  thirtyTwoActs: number;
  columnS: number;
  columnL: number;
  readToWrite: number;
  writeToReadS: number;
  writeToReadL: number;
  /** To another rank. */
  readToReadRank: number;
  readToWriteRank: number;
  writeToReadRank: number;
  writeToWriteRank: number;
  readToPrecharge: number;
  writeToPrecharge: number;
  prechargeToAct: number;
  /** Precharge to precharge of another bank of the rank; 0 where the family has none. */
  prechargeToPrecharge: number;
  refreshToAct: number;
  bankRefresh: number;
  /** An access with auto-precharge to the next ACT, and to a refresh, as DRAMsim3 has it. */
  readAutoToAct: number;
  readAutoToRefresh: number;
  writeAutoToAct: number;
}

/** Works out all gaps of a device. */
export function commandGaps(device: DramDevice): CommandGaps {
  const t = device.timing;
  const graphics = device.protocol.startsWith("GDDR");
  const ownRcd = graphics || device.protocol.startsWith("HBM");
  const burst = burstCyclesOf(device);
  // With one group no two banks are in different groups and in the same rank: the short values hold everywhere.
  const oneGroup = device.organization.bankGroups === 1;
  const rrdL = oneGroup ? t.tRRD_S : t.tRRD_L;
  const ccdL = oneGroup ? t.tCCD_S : t.tCCD_L;
  const wtrL = oneGroup ? t.tWTR_S : t.tWTR_L;
  const readLatency = t.AL + t.CL;
  const writeLatency = t.AL + t.CWL;
  const readDone = readLatency + burst;
  const writeDone = writeLatency + burst;
  const writeToPrecharge = writeLatency + burst + t.tWR;
  return {
    burst,
    readLatency,
    writeLatency,
    readDone,
    actToAct: t.tRAS + t.tRP,
    actToActS: t.tRRD_S,
    actToActL: rrdL,
    actToRead: ownRcd ? t.tRCDRD : t.tRCD - t.AL,
    actToWrite: ownRcd ? t.tRCDWR : t.tRCD - t.AL,
    actToPrecharge: t.tRAS,
    fourActs: t.tFAW,
    thirtyTwoActs: graphics ? t.t32AW : 0,
    columnS: Math.max(burst, t.tCCD_S),
    columnL: Math.max(burst, ccdL),
    readToWrite: readLatency + burst - writeLatency + t.tRTRS,
    writeToReadS: writeDone + t.tWTR_S,
    writeToReadL: writeDone + wtrL,
    readToReadRank: burst + t.tRTRS,
    readToWriteRank: readDone + burst + t.tRTRS - writeDone,
    writeToReadRank: writeDone + burst + t.tRTRS - readDone,
    writeToWriteRank: burst,
    readToPrecharge: t.AL + t.tRTP,
    writeToPrecharge,
    prechargeToAct: t.tRP,
    prechargeToPrecharge: graphics || device.protocol === "LPDDR4" ? t.tPPD : 0,
    refreshToAct: t.tRFC,
    bankRefresh: t.tRFCb,
    readAutoToAct: t.AL + burst + t.tRTP + t.tRP,
    readAutoToRefresh: t.AL + t.tRTP + t.tRP,
    writeAutoToAct: writeToPrecharge + t.tRP,
  };
}
