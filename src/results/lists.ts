/** Results that list what there is: chips and networks. */
import * as z from "zod";

/** A chip in a few numbers. */
export const chipRowSchema = z.strictObject({
  name: z.string(),
  description: z.string(),
  clockHz: z.number(),
  cores: z.number().int(),
  arraysPerCore: z.number().int(),
  arrays: z.number().int(),
  rows: z.number().int(),
  columns: z.number().int(),
  depth: z.number().int(),
  cellBits: z.number().int(),
  weightBits: z.array(z.number()),
  inputBits: z.array(z.number()),
  weightCapacity: z.number().describe("weights the cells hold at capacityWeightBits"),
  capacityWeightBits: z.number().int(),
  network: z.string(),
  readOut: z.enum(["adc", "adderTree", "given"]),
  dramBytesPerSecond: z.number(),
  sources: z.record(z.string(), z.string()),
});

/** All chips. */
export const chipsResultSchema = z
  .strictObject({ kind: z.literal("chips"), format: z.literal(1), chips: z.array(chipRowSchema) })
  .describe("what `wordline chips --json` prints");

/** One chip with every number and its source. */
export const chipResultSchema = z
  .strictObject({
    kind: z.literal("chip"),
    format: z.literal(1),
    chip: chipRowSchema,
    numbers: z.array(
      z.strictObject({
        path: z.string(),
        value: z.union([z.number(), z.string()]),
        source: z.string().nullable(),
      }),
    ),
  })
  .describe("what `wordline chips NAME --json` prints");

const totals = {
  layers: z.number().int(),
  macLayers: z.number().int(),
  parameters: z.number(),
  weights: z.number(),
  macs: z.number().describe("multiply-accumulates of one sample"),
};

/** All built-in networks. */
export const networksResultSchema = z
  .strictObject({
    kind: z.literal("networks"),
    format: z.literal(1),
    networks: z.array(z.strictObject({ name: z.string(), input: z.string(), ...totals })),
  })
  .describe("what `wordline networks --json` prints");

/** One network, layer by layer. */
export const networkResultSchema = z
  .strictObject({
    kind: z.literal("network"),
    format: z.literal(1),
    name: z.string(),
    source: z.string().nullable(),
    digest: z.string(),
    totals: z.strictObject(totals),
    layers: z.array(
      z.strictObject({
        name: z.string(),
        op: z.string(),
        inputs: z.array(z.string()).describe("names of the tensors it reads"),
        output: z.string().describe("height x width x channels"),
        weights: z.number(),
        macs: z.number(),
      }),
    ),
  })
  .describe("what `wordline networks NAME --json` prints");

/** All chips. */
export type ChipsResult = z.infer<typeof chipsResultSchema>;
/** One chip. */
export type ChipResult = z.infer<typeof chipResultSchema>;
/** All built-in networks. */
export type NetworksResult = z.infer<typeof networksResultSchema>;
/** One network. */
export type NetworkResult = z.infer<typeof networkResultSchema>;
