/**
 * A DRAM device as plain values: organisation, primary timing, controller settings, currents. What follows from them
 * (command gaps, address fields, energies) is worked out by whoever needs it: once by the controller, once more by its checker.
 */

/** Families of devices; they differ in burst cycles, in which tRCD counts, and in a few constraints. */
export type DramProtocol = "DDR3" | "DDR4" | "LPDDR3" | "LPDDR4" | "GDDR5" | "GDDR5X" | "GDDR6" | "HBM" | "HBM2";

/** How the array of bits is built. */
export interface DramOrganization {
  channels: number;
  /** Ranks of one channel. */
  ranks: number;
  bankGroups: number;
  banksPerGroup: number;
  rows: number;
  /** Columns of a row, in units of the device's width. */
  columns: number;
  deviceWidthBits: number;
  busWidthBits: number;
  devicesPerRank: number;
  burstLength: number;
  /** Bytes of one request: bus width × burst length. */
  requestBytes: number;
}

/** Primary timing, in cycles of the device's clock. Names as in DRAMsim3's files. */
export interface DramTiming {
  AL: number;
  CL: number;
  CWL: number;
  tCCD_S: number;
  tCCD_L: number;
  tRRD_S: number;
  tRRD_L: number;
  tRCD: number;
  tRCDRD: number;
  tRCDWR: number;
  tRP: number;
  tRAS: number;
  tFAW: number;
  t32AW: number;
  tWR: number;
  tWTR_S: number;
  tWTR_L: number;
  tRTP: number;
  tRFC: number;
  tRFCb: number;
  tREFI: number;
  tREFIb: number;
  tPPD: number;
  tRTRS: number;
}

/** Timing of Ramulator 2.1's generic DDR controller, in cycles. Names as in its presets. */
export interface RamulatorTiming {
  nBL: number;
  nCL: number;
  nRCD: number;
  nRP: number;
  nRAS: number;
  nRC: number;
  nWR: number;
  nRTP: number;
  nCWL: number;
  nCCDS: number;
  nCCDL: number;
  nRRDS: number;
  nRRDL: number;
  nWTRS: number;
  nWTRL: number;
  nFAW: number;
  nRFC: number;
  nREFI: number;
  nCS: number;
}

/** Scheduling policies, by the simulator whose command streams they equal. */
export type DramPolicy = "dramsim3" | "ramulator2";

/** Settings of the controller. */
export interface DramControllerSettings {
  queueStructure: "PER_BANK" | "PER_RANK";
  commandQueueEntries: number;
  transactionQueueEntries: number;
  unifiedQueue: boolean;
  rowBufferPolicy: "OPEN_PAGE" | "CLOSE_PAGE";
  refreshPolicy: "RANK_LEVEL_STAGGERED" | "RANK_LEVEL_SIMULTANEOUS" | "BANK_LEVEL_STAGGERED";
  /** HBM: a column and another command may issue in one cycle. */
  dualCommand: boolean;
}

/**
 * Behaviours of DRAMsim3 that are errors, each of which can be kept (to equal it) or not (to be right).
 * They concern the controller's `dramsim3` policy only.
 */
export interface DramQuirks {
  /** REFB puts no bound on its own bank and blocks all others for tRFC; banks of all ranks share one interval tREFIb. */
  refbBlocksOthers: boolean;
  /** RANK_LEVEL_SIMULTANEOUS refreshes only the first rank. */
  simultaneousRefreshesFirstRank: boolean;
  /** The last writes stay in the buffer for ever; without it the buffer is emptied when nothing else is left to do. */
  lastWritesStay: boolean;
  /** RDA bounds ACT a burst later, and REF without tRAS and the burst. */
  autoPrechargeBounds: boolean;
  /** A buffered write that waits for a read still in the read queue holds up both for ever, once the buffer is drained without a pause. */
  readBeforeWriteLock: boolean;
  /** Energies lack the factor tCK. */
  energyLacksClock: boolean;
}

/** Currents of one device in mA, and its supply; `idd5pbMa` is that of a per-bank refresh. */
export interface DramPower {
  vddV: number;
  idd0Ma: number;
  idd2nMa: number;
  idd3nMa: number;
  idd4rMa: number;
  idd4wMa: number;
  idd5abMa: number;
  idd5pbMa: number;
}

/** A DRAM device with its controller. */
export interface DramDevice {
  name: string;
  description: string;
  protocol: DramProtocol;
  /** Clock period in nanoseconds. */
  tCkNs: number;
  organization: DramOrganization;
  /** Six fields of two letters from most to least significant: ro ch ra bg ba co. */
  addressMap: string;
  timing: DramTiming;
  /** Only where the `ramulator2` policy can run the device. */
  ramulator2?: { tCkNs: number; timing: RamulatorTiming; organization: DramOrganization };
  controller: DramControllerSettings;
  quirks: DramQuirks;
  power: DramPower;
}
