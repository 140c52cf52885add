/** Ramulator's map RoBaRaCoCh on one channel: from the least significant bit column, rank, bank group, bank, row. */
import type { DramOrganization } from "../../../hardware/dram/index.js";

/** Where an address lies, as shifts and masks on its block number (address / request bytes). */
export interface RamulatorMap {
  requestBytes: number;
  columnMask: number;
  rankShift: number;
  rankMask: number;
  groupShift: number;
  groupMask: number;
  bankShift: number;
  bankMask: number;
  rowShift: number;
  rowMask: number;
}

/** The map of a device; counts are powers of two (the device's checks hold that). */
export function ramulatorMap(organization: DramOrganization): RamulatorMap {
  const { ranks, bankGroups, banksPerGroup, rows, columns, burstLength, requestBytes } = organization;
  const rankShift = Math.log2(columns / burstLength);
  const groupShift = rankShift + Math.log2(ranks);
  const bankShift = groupShift + Math.log2(bankGroups);
  const rowShift = bankShift + Math.log2(banksPerGroup);
  return {
    requestBytes,
    columnMask: columns / burstLength - 1,
    rankShift,
    rankMask: ranks - 1,
    groupShift,
    groupMask: bankGroups - 1,
    bankShift,
    bankMask: banksPerGroup - 1,
    rowShift,
    rowMask: rows - 1,
  };
}
