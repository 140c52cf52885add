/**
 * Schema of a DRAM device file: every field with its meaning and default, declared once. Objects are strict.
 * Names of timings are those of DRAMsim3's files, so that a data sheet, its `.ini` and ours can be laid side by side.
 */
import * as z from "zod";

/** The order of fields of an address, most significant first: any order of these six. */
export const ADDRESS_FIELDS = ["ro", "ch", "ra", "bg", "ba", "co"] as const;

const MOST_CYCLES = 10_000_000;

function cycles(least: number, description: string) {
  return z.int().min(least).max(MOST_CYCLES).describe(description);
}

function count(most: number, description: string) {
  return z.int().min(1).max(most).describe(description);
}

function current(description: string) {
  return z.number().min(0).max(1_000_000).describe(description);
}

const organization = z
  .strictObject({
    channels: count(1024, "Channels"),
    ranks: count(64, "Ranks of one channel"),
    bankGroups: count(64, "Bank groups of a rank; 1 where the device has none"),
    banksPerGroup: count(1024, "Banks of one group"),
    rows: count(2 ** 24, "Rows of a bank"),
    columns: count(2 ** 20, "Columns of a row, each as wide as a device"),
    deviceWidthBits: count(1024, "Data pins of one device"),
    busWidthBits: count(4096, "Data pins of a channel; bus width / device width devices make a rank"),
    burstLength: count(64, "Beats of one burst; a request is bus width x burst length"),
  })
  .describe("How the array of bits is built; every count is a power of two");

const timing = z
  .strictObject({
    AL: cycles(0, "Additive latency").default(0),
    CL: cycles(1, "Read command to first data"),
    CWL: cycles(1, "Write command to first data"),
    tCCD_S: cycles(1, "Column command to column command, other group"),
    tCCD_L: cycles(1, "Column command to column command, same group; without it tCCD_S").optional(),
    tRRD_S: cycles(1, "ACT to ACT, other group"),
    tRRD_L: cycles(1, "ACT to ACT, same group; without it tRRD_S").optional(),
    tRCD: cycles(1, "ACT to column command (not GDDR and HBM)").optional(),
    tRCDRD: cycles(1, "ACT to RD (GDDR and HBM)").optional(),
    tRCDWR: cycles(1, "ACT to WR (GDDR and HBM)").optional(),
    tRP: cycles(1, "PRE to ACT"),
    tRAS: cycles(1, "ACT to PRE; tRAS + tRP is the row cycle tRC"),
    tFAW: cycles(1, "Window of four ACTs of a rank"),
    t32AW: cycles(1, "Window of 32 ACTs of a rank (GDDR)").optional(),
    tWR: cycles(1, "End of write data to PRE"),
    tWTR_S: cycles(1, "End of write data to RD, other group"),
    tWTR_L: cycles(1, "End of write data to RD, same group; without it tWTR_S").optional(),
    tRTP: cycles(1, "RD to PRE"),
    tRFC: cycles(1, "REF to ACT or REF of its rank"),
    tRFCb: cycles(1, "REFB to ACT of its bank; needed by BANK_LEVEL_STAGGERED").optional(),
    tREFI: cycles(1, "Mean interval of a rank's refreshes"),
    tREFIb: cycles(1, "Interval of per-bank refreshes; needed by BANK_LEVEL_STAGGERED").optional(),
    tPPD: cycles(0, "PRE to PRE (GDDR and LPDDR4)").optional(),
    tRTRS: cycles(0, "Idle data bus when the driver changes: other rank, or read to write"),
  })
  .describe("Timing in cycles of the device's clock");

const NOT_GIVEN = "without it, from the main timing";

const ramulatorTiming = z
  .strictObject({
    nBL: cycles(1, `Burst; ${NOT_GIVEN}`).optional(),
    nCL: cycles(1, `CL; ${NOT_GIVEN}`).optional(),
    nRCD: cycles(1, `tRCD; ${NOT_GIVEN}`).optional(),
    nRP: cycles(1, `tRP; ${NOT_GIVEN}`).optional(),
    nRAS: cycles(1, `tRAS; ${NOT_GIVEN}`).optional(),
    nRC: cycles(1, "ACT to ACT of a bank; without it nRAS + nRP").optional(),
    nWR: cycles(1, `tWR; ${NOT_GIVEN}`).optional(),
    nRTP: cycles(1, `tRTP; ${NOT_GIVEN}`).optional(),
    nCWL: cycles(1, `CWL; ${NOT_GIVEN}`).optional(),
    nCCDS: cycles(1, `tCCD_S; ${NOT_GIVEN}`).optional(),
    nCCDL: cycles(1, `tCCD_L; ${NOT_GIVEN}`).optional(),
    nRRDS: cycles(1, `tRRD_S; ${NOT_GIVEN}`).optional(),
    nRRDL: cycles(1, `tRRD_L; ${NOT_GIVEN}`).optional(),
    nWTRS: cycles(1, `tWTR_S; ${NOT_GIVEN}`).optional(),
    nWTRL: cycles(1, `tWTR_L; ${NOT_GIVEN}`).optional(),
    nFAW: cycles(1, `tFAW; ${NOT_GIVEN}`).optional(),
    nRFC: cycles(1, `tRFC; ${NOT_GIVEN}`).optional(),
    nREFI: cycles(1, `tREFI; ${NOT_GIVEN}`).optional(),
    nCS: cycles(0, "Gap when the rank changes").default(2),
  })
  .describe("Timing of the ramulator2 policy where it differs from the main timing");

const ramulator2 = z
  .strictObject({
    tCkNs: z
      .number()
      .gt(0)
      .max(1000)
      .describe("Clock period it states bandwidths with; without it as above")
      .optional(),
    organization: z
      .strictObject({
        rows: count(2 ** 24, "Rows of a bank; without it as above").optional(),
        columns: count(2 ** 20, "Columns of a row; without it as above").optional(),
      })
      .prefault({})
      .describe("Organisation of the ramulator2 policy where it differs"),
    timing: ramulatorTiming.prefault({}),
  })
  .describe("What the ramulator2 policy (DDR3 and DDR4) takes otherwise");

const controller = z
  .strictObject({
    queueStructure: z
      .enum(["PER_BANK", "PER_RANK"])
      .default("PER_BANK")
      .describe("One command queue a bank, or a rank"),
    commandQueueEntries: count(65536, "Entries of one command queue").default(8),
    transactionQueueEntries: count(65536, "Entries of the read queue, and of the write buffer").default(32),
    unifiedQueue: z.boolean().default(false).describe("Reads and writes wait in one queue"),
    rowBufferPolicy: z
      .enum(["OPEN_PAGE", "CLOSE_PAGE"])
      .default("OPEN_PAGE")
      .describe("Rows stay open, or every access closes its row"),
    refreshPolicy: z
      .enum(["RANK_LEVEL_STAGGERED", "RANK_LEVEL_SIMULTANEOUS", "BANK_LEVEL_STAGGERED"])
      .default("RANK_LEVEL_STAGGERED")
      .describe("Ranks in turn, all ranks at once, or bank by bank"),
    dualCommand: z
      .boolean()
      .default(false)
      .describe("HBM: a column command and another command may issue in one cycle"),
  })
  .describe("Settings of the controller");

function quirk(description: string) {
  return z.boolean().default(false).describe(description);
}

const quirks = z
  .strictObject({
    refbBlocksOthers: quirk("REFB puts no bound on its own bank and blocks all others for tRFC"),
    simultaneousRefreshesFirstRank: quirk("RANK_LEVEL_SIMULTANEOUS refreshes only the first rank"),
    lastWritesStay: quirk("Up to 8 writes stay in the buffer for ever"),
    autoPrechargeBounds: quirk("RDA bounds ACT a burst later, and REF without tRAS and the burst"),
    readBeforeWriteLock: quirk("A write waiting for a read still in the read queue can hold up both for ever"),
    energyLacksClock: quirk("Energies lack the factor tCK"),
  })
  .describe("Errors of DRAMsim3 that are kept; all off gives a controller that is right");

const power = z
  .strictObject({
    vddV: z.number().gt(0).max(100).describe("Supply"),
    idd0Ma: current("ACT and PRE of one bank, every tRC"),
    idd2nMa: current("Standby, all banks closed"),
    idd3nMa: current("Standby, some bank open"),
    idd4rMa: current("Reading without a gap"),
    idd4wMa: current("Writing without a gap"),
    idd5abMa: current("Refreshing all banks without a gap"),
    idd5pbMa: current("Refreshing one bank without a gap; needed by BANK_LEVEL_STAGGERED").optional(),
  })
  .describe("Currents of one device in mA, and its supply in V");

const asDramsim3 = z
  .strictObject({
    timing: z
      .strictObject({
        tREFI: cycles(1, "The interval it runs with").optional(),
        tRTP: cycles(1, "The tRTP it runs with").optional(),
      })
      .describe("Timing it takes instead"),
  })
  .describe("What DRAMsim3 really runs this device with, where that is not what its file means");

/** Schema of a DRAM device file. */
export const dramSchema = z
  .strictObject({
    name: z.string().min(1).describe("Name"),
    description: z.string().min(1).describe("One line for lists"),
    protocol: z
      .enum(["DDR3", "DDR4", "LPDDR3", "LPDDR4", "GDDR5", "GDDR5X", "GDDR6", "HBM", "HBM2"])
      .describe("Family of the device"),
    tCkNs: z.number().gt(0).max(1000).describe("Clock period in ns"),
    organization,
    addressMap: z
      .string()
      .describe(
        "Six fields of two letters, most significant first: ro row, ch channel, ra rank, bg group, ba bank, co column",
      ),
    timing,
    controller: controller.prefault({}),
    power,
    quirks: quirks.prefault({}),
    ramulator2: ramulator2.optional(),
    asDramsim3: asDramsim3.optional(),
    sources: z.record(z.string(), z.string()).optional().describe("Where numbers come from: field path to text"),
  })
  .describe("A DRAM device with its controller");

/** A DRAM device file, validated, defaults filled in. */
export type DramForm = z.infer<typeof dramSchema>;

/** The JSON Schema of a DRAM device file. */
export function dramDeviceJsonSchema(): Record<string, unknown> {
  return { title: "Wordline DRAM device", ...z.toJSONSchema(dramSchema, { io: "input" }) };
}
