/** Results about memory devices on their own: lists, one device, a check of commands. */
import * as z from "zod";

/** A memory device in a few numbers. */
const dramRowSchema = z.strictObject({
  name: z.string(),
  description: z.string(),
  protocol: z.string(),
  megatransfers: z.number().describe("million transfers a second on one pin"),
  channels: z.number().int(),
  ranks: z.number().int(),
  bankGroups: z.number().int(),
  banksPerGroup: z.number().int(),
  rowBytes: z.number(),
  requestBytes: z.number(),
  bytes: z.number().describe("capacity of all channels"),
  peakBytesPerSecond: z.number().describe("of all channels"),
  policies: z.array(z.string()),
});

/** All memory devices. */
export const dramDevicesResultSchema = z
  .strictObject({
    kind: z.literal("dram-devices"),
    format: z.literal(1),
    devices: z.array(dramRowSchema),
    variants: z.array(z.string()).describe("DEVICE.VARIANT is accepted where a device is"),
  })
  .describe("what `wordline dram devices --json` prints");

/** One memory device with every number and its source. */
export const dramDeviceResultSchema = z
  .strictObject({
    kind: z.literal("dram-device"),
    format: z.literal(1),
    device: dramRowSchema,
    numbers: z.array(
      z.strictObject({
        path: z.string(),
        value: z.union([z.number(), z.string(), z.boolean()]),
        source: z.string().nullable(),
      }),
    ),
  })
  .describe("what `wordline dram devices NAME --json` prints");

const placeSchema = z.strictObject({
  line: z.number().int(),
  cycle: z.number(),
  channel: z.number().int(),
  command: z.string(),
});

/** A check of memory commands. */
export const dramCheckResultSchema = z
  .strictObject({
    kind: z.literal("dram-check"),
    format: z.literal(1),
    file: z.string(),
    device: z.string(),
    policy: z.enum(["dramsim3", "ramulator2"]),
    commands: z.number().int(),
    lastCycle: z.number(),
    counts: z.record(z.string(), z.number()),
    violationCount: z.number().int(),
    violationsByRule: z.record(z.string(), z.number()),
    violations: z.array(
      placeSchema.extend({
        rule: z.string(),
        message: z.string(),
        earlier: placeSchema.optional().describe("the command that forbids it"),
        shortCycles: z.number().optional().describe("cycles it comes too early"),
      }),
    ),
    worstRefreshesOwed: z.number().int().describe("refreshes of a rank that were put off at most"),
    skipped: z.array(z.strictObject({ rule: z.string(), reason: z.string() })),
  })
  .describe("what `wordline dram check --json` prints");

/** All memory devices. */
export type DramDevicesResult = z.infer<typeof dramDevicesResultSchema>;
/** One memory device. */
export type DramDeviceResult = z.infer<typeof dramDeviceResultSchema>;
/** A check of memory commands. */
export type DramCheckResult = z.infer<typeof dramCheckResultSchema>;
