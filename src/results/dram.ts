/** Results of memory controllers on their own. */
import * as z from "zod";

/** What a controller counts, in its own cycles. */
const counters = {
  commands: z.record(z.string(), z.number().int()).describe("commands issued, by name; absent where none"),
  readRowHits: z.number().int(),
  writeRowHits: z.number().int(),
  rowMisses: z.number().int(),
  dualCommands: z.number().int().describe("cycles with two commands on one channel"),
  rankActiveCycles: z.number().describe("DRAM cycles with some bank open, summed over ranks"),
  rankIdleCycles: z.number().describe("DRAM cycles with all banks closed, summed over ranks"),
};

/** Where its energy goes. */
const energies = {
  activate: z.number(),
  read: z.number(),
  write: z.number(),
  refresh: z.number(),
  bankRefresh: z.number(),
  activeBackground: z.number(),
  idleBackground: z.number(),
  total: z.number(),
};

const NO_ENERGY = "null where the policy has no energy model";

/** What the controller of a DRAM played by commands counted in a run. */
export const dramCountsSchema = z
  .strictObject({
    device: z.string(),
    policy: z.string(),
    ...counters,
    energyPj: z.strictObject(energies).nullable().describe(NO_ENERGY),
  })
  .describe("the DRAM's controller, where DRAM was played command by command");

/** What `wordline dram replay --json` prints. */
export const dramReplayResultSchema = z
  .strictObject({
    kind: z.literal("dram-replay"),
    format: z.literal(1),
    trace: z.string(),
    device: z.string(),
    policy: z.string(),
    issueWidth: z.number().int().describe("requests offered in one cycle at most"),
    tCkNs: z.number(),
    requestBytes: z.number().int(),
    requests: z.number().int(),
    reads: z.number().int(),
    writes: z.number().int(),
    cycles: z.number().int().describe("cycles simulated: up to the last completion, and 2000 more"),
    lastDoneCycle: z.number().int(),
    ...counters,
    causes: z
      .strictObject({
        hit: z.number().int(),
        turnaround: z.number().int(),
        miss: z.number().int(),
        conflict: z.number().int(),
        refresh: z.number().int(),
        merged: z.number().int(),
      })
      .describe("requests by the worst that happened to them on their way; a posted write is a hit"),
    readLatencyCycles: z
      .strictObject({
        average: z.number(),
        p50: z.number().int(),
        p99: z.number().int(),
        max: z.number().int(),
      })
      .describe("from acceptance to completion; quantile q is the value at place floor(q(n − 1)); 0 without reads"),
    bandwidthGBps: z.number(),
    peakBandwidthGBps: z.number(),
    energy: z
      .strictObject({
        unit: z.enum(["pJ", "V·mA·cycle"]).describe("of every energy; the second is what DRAMsim3 prints as pJ"),
        ...energies,
        averagePowerMw: z.number(),
      })
      .nullable()
      .describe(NO_ENERGY),
  })
  .describe("what `wordline dram replay --json` prints");

/** What a replayed request trace came to. */
export type DramReplayResult = z.infer<typeof dramReplayResultSchema>;
